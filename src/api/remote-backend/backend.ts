import { logEvent } from '../../events.ts'
import type { Ledgers, ListedZone } from '../../ledger/index.ts'
import { NOTIFY_MS } from '../../limits.ts'
import { ok } from '../../result.ts'
import { transferRecords } from '../../rrsets/index.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import { authorityOver } from './authority.ts'
import type { Call, Parameters } from './call.ts'
import { type Domain, domainId, domainOf, isPrimaryKind } from './domain.ts'
import { lookUp } from './lookup.ts'
import { lookupOf } from './parameters.ts'
import { type BackendRecord, writtenText } from './record.ts'
import { signingMetadata } from './signing.ts'
import { changeSigning, domainKeys, isSigningWrite, namesAround } from './signing-calls.ts'
import {
  type Answered,
  absolute,
  type BackendSources,
  type Found,
  NOTHING,
  publishedZone,
  unavailable,
} from './sources.ts'

/**
 * Answers a call of PowerDNS's remote backend. Zones are written through the API alone: all calls that would are
 * "false". The keys by which PowerDNS signs, and its settings for that, are written here.
 * @throws if storage cannot be read
 */
export async function answerCall({ method, parameters }: Call, sources: BackendSources): Answered {
  switch (method) {
    case 'lookup':
    case 'apilookup':
      return lookup(parameters, sources)
    case 'list':
      return list(parameters, sources)
    case 'getalldomains':
      return allDomains(sources)
    case 'getdomaininfo':
      return domainInfo(parameters, sources)
    case 'getalldomainmetadata':
      return allMetadata(parameters, sources)
    case 'getdomainmetadata':
      return metadata(parameters, sources)
    case 'getupdatedmasters':
      return updatedPrimaries(sources)
    // There are no secondary zones.
    case 'getunfreshslaveinfos':
      return ok({ result: [] })
    case 'getdomainkeys':
      return domainKeys(parameters, sources)
    case 'getbeforeandafternamesabsolute':
      return namesAround(parameters, sources)
    // The time of its change tells if a zone is to be notified of.
    case 'setnotified':
      return ok({ result: true })
    default:
      return isSigningWrite(method) ? changeSigning(method, parameters, sources) : ok(NOTHING)
  }
}

async function lookup(parameters: Parameters, { served, random }: BackendSources): Answered {
  const wanted = lookupOf(parameters)
  if (!wanted) return ok(NOTHING)
  const { clientSubnet } = served
  const asked = await served.ask((sources) => lookUp(wanted, { ...sources, random, clientSubnet }))
  if (!asked.ok) return unavailable(asked.error)
  if (!asked.value.ok) return unavailable(asked.value.error)
  const { records, asked: checks } = asked.value.value
  if (checks.length > 0) served.tell(checks)
  return ok(records ? { result: records } : NOTHING)
}

/** The records of a whole zone, as PowerDNS's API exports them: steered ones as LUA. */
async function list({ zonename }: Parameters, sources: BackendSources): Answered {
  const found = await publishedZone(zonename, sources)
  if (!found.ok || !found.value) return found.ok ? ok(NOTHING) : found
  const { origin } = found.value
  const reading = await sources.ledgers.zone(origin).read()
  if (!reading) return ok(NOTHING)
  const document: ZoneDocument = JSON.parse(reading.text)
  const all = transferRecords(document)
  const id = domainId(origin)
  const isAuthoritative = authorityOver(origin, all)
  const records = all
    .filter(({ isNote }) => !isNote)
    .map(
      ({ name, ttl, type, content }): BackendRecord => ({
        ...writtenText(type, content),
        ...{ qname: name, ttl, domain_id: id },
        ...(isAuthoritative(name, type) ? {} : { auth: 0 }),
      }),
    )
  const log = all.filter(({ isNote }) => isNote).map(({ name, content }) => `${name} has no LUA form: ${content}`)
  return ok({ result: records, ...(log.length > 0 && { log: log.slice(0, MAX_LOG_LINES) }) })
}

/** PowerDNS writes each of them to its log. */
const MAX_LOG_LINES = 20

async function allDomains(sources: BackendSources): Answered {
  const [zones, kinds] = await Promise.all([sources.served.published(), kindsOf(sources.ledgers)])
  if (!zones.ok) return unavailable(zones.error)
  const domains = zones.value.map(({ origin, serial }): Domain => {
    const name = absolute(origin)
    return domainOf(name, serial, { isPrimary: isPrimaryKind(kinds.get(name)?.kind) })
  })
  return ok({ result: domains })
}

/** PowerDNS has to know its zones while ledgers cannot be reached, too. It needs their kinds for NOTIFY alone. */
async function kindsOf(ledgers: Ledgers): Promise<ReadonlyMap<string, ListedZone>> {
  try {
    return new Map((await ledgers.list()).map((zone) => [zone.origin, zone]))
  } catch (error) {
    logEvent({ event: 'api-failed', why: `the kinds of zones could not be read: ${error}` })
    return new Map()
  }
}

async function domainInfo({ name }: Parameters, sources: BackendSources): Answered {
  const found = await publishedZone(name, sources)
  if (!found.ok || !found.value) return found.ok ? ok(NOTHING) : found
  const { origin, serial, hash } = found.value
  return ok({ result: domainOf(origin, serial, await sources.facts.of(sources.ledgers, origin, hash)) })
}

/**
 * PowerDNS asks for this with queries, once a minute and zone, so that it must not fail while ledgers cannot be
 * reached: without metadata all answers are the same, and nobody may transfer a zone by it.
 */
async function allMetadata({ name }: Parameters, sources: BackendSources): Answered {
  const found = await publishedZone(name, sources)
  if (!found.ok || !found.value) return found.ok ? ok(NOTHING) : found
  const { origin } = found.value
  try {
    return ok({ result: await metadataOf(found.value, sources) })
  } catch (error) {
    logEvent({ event: 'ledger-failed', zone: origin, why: String(error) })
    return ok({ result: {} })
  }
}

async function metadata({ name, kind }: Parameters, sources: BackendSources): Answered {
  const found = await publishedZone(name, sources)
  if (!found.ok || !found.value) return found.ok ? ok(NOTHING) : found
  const all = await metadataOf(found.value, sources)
  const wanted = typeof kind === 'string' ? kind.toUpperCase() : ''
  return ok({ result: Object.hasOwn(all, wanted) ? all[wanted] : [] })
}

/** The metadata of the document, and PowerDNS's own settings of DNSSEC. */
async function metadataOf(
  { origin, hash }: Found,
  { facts, ledgers, signing }: BackendSources,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const [known, settings] = await Promise.all([facts.of(ledgers, origin, hash), signing.of(ledgers, origin)])
  return { ...Object.fromEntries(known?.metadata ?? []), ...(settings && signingMetadata(settings)) }
}

/**
 * The zones of kind Master that changed lately. PowerDNS notifies of each when it asks, once a minute: a lost NOTIFY
 * comes again, and several PowerDNS servers need no common memory of what they have sent.
 */
async function updatedPrimaries({ served, ledgers, now }: BackendSources): Answered {
  const [zones, kinds] = await Promise.all([served.published(), ledgers.list()])
  if (!zones.ok) return unavailable(zones.error)
  const primaries = new Set(kinds.filter(({ kind }) => isPrimaryKind(kind)).map(({ origin }) => origin))
  const changed = zones.value.filter(
    ({ origin, since }) => since !== undefined && now - since < NOTIFY_MS && primaries.has(absolute(origin)),
  )
  const result = changed.map(({ origin, serial }) => ({
    ...domainOf(absolute(origin), serial, { isPrimary: true }),
    notified_serial: 0,
  }))
  return ok({ result })
}
