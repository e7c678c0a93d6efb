import { logEvent } from '../../events.ts'
import type { Ledgers, ListedZone } from '../../ledger/index.ts'
import { NOTIFY_MS } from '../../limits.ts'
import type { Rng } from '../../policy/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { transferRecords } from '../../rrsets/index.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import type { Served, ServedZone } from '../served.ts'
import type { Call, Parameters } from './call.ts'
import { type Domain, domainId, domainOf, isPrimaryKind } from './domain.ts'
import type { DomainFacts, KnownFacts } from './facts.ts'
import { lookUp } from './lookup.ts'
import { lookupOf, originOf } from './parameters.ts'
import { type BackendRecord, writtenText } from './record.ts'

/** The sources of the backend's answers. `now` is milliseconds since the epoch. */
export type BackendSources = {
  readonly served: Served
  readonly ledgers: Ledgers
  readonly facts: KnownFacts
  readonly random: Rng
  readonly now: number
}

/** The result of a call as JSON; false where there is nothing, or the method is not known. `log` is for PowerDNS's log. */
export type CallResult = { readonly result: unknown; readonly log?: readonly string[] }

const NOTHING: CallResult = { result: false }

/**
 * Answers a call of PowerDNS's remote backend. Zones are written through the API alone: all calls that would are "false".
 * @returns an error if PowerDNS has to answer SERVFAIL
 * @throws if storage cannot be read
 */
export async function answerCall({ method, parameters }: Call, sources: BackendSources): Promise<Result<CallResult>> {
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
    // There are no secondary zones, and no keys of DNSSEC.
    case 'getunfreshslaveinfos':
    case 'getdomainkeys':
      return ok({ result: [] })
    // The time of its change tells if a zone is to be notified of.
    case 'setnotified':
      return ok({ result: true })
    default:
      return ok(NOTHING)
  }
}

async function lookup(parameters: Parameters, { served, random }: BackendSources): Promise<Result<CallResult>> {
  const wanted = lookupOf(parameters)
  if (!wanted) return ok(NOTHING)
  const { clientSubnet } = served
  const asked = await served.ask((sources) => lookUp(wanted, { ...sources, random, clientSubnet }))
  if (!asked.ok) return asked
  if (!asked.value.ok) return asked.value
  const { records, asked: checks } = asked.value.value
  if (checks.length > 0) served.tell(checks)
  return ok(records ? { result: records } : NOTHING)
}

/** The records of a whole zone, as PowerDNS's API exports them: steered ones as LUA. */
async function list({ zonename }: Parameters, sources: BackendSources): Promise<Result<CallResult>> {
  const found = await publishedZone(zonename, sources)
  if (!found.ok || !found.value) return found.ok ? ok(NOTHING) : found
  const { origin } = found.value
  const reading = await sources.ledgers.zone(origin).read()
  if (!reading) return ok(NOTHING)
  const document: ZoneDocument = JSON.parse(reading.text)
  const all = transferRecords(document)
  const id = domainId(origin)
  const records = all
    .filter(({ isNote }) => !isNote)
    .map(
      ({ name, ttl, type, content }): BackendRecord => ({
        ...writtenText(type, content),
        ...{ qname: name, ttl, domain_id: id },
      }),
    )
  const log = all.filter(({ isNote }) => isNote).map(({ name, content }) => `${name} has no LUA form: ${content}`)
  return ok({ result: records, ...(log.length > 0 && { log: log.slice(0, MAX_LOG_LINES) }) })
}

/** PowerDNS writes each of them to its log. */
const MAX_LOG_LINES = 20

async function allDomains(sources: BackendSources): Promise<Result<CallResult>> {
  const [zones, kinds] = await Promise.all([sources.served.published(), kindsOf(sources.ledgers)])
  if (!zones.ok) return zones
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

async function domainInfo({ name }: Parameters, sources: BackendSources): Promise<Result<CallResult>> {
  const found = await publishedZone(name, sources)
  if (!found.ok || !found.value) return found.ok ? ok(NOTHING) : found
  const { origin, serial, hash } = found.value
  return ok({ result: domainOf(origin, serial, await sources.facts.of(sources.ledgers, origin, hash)) })
}

/**
 * PowerDNS asks for this with queries, once a minute and zone, so that it must not fail while ledgers cannot be reached:
 * without metadata all answers are the same, and nobody may transfer a zone by it.
 */
async function allMetadata({ name }: Parameters, sources: BackendSources): Promise<Result<CallResult>> {
  const found = await publishedZone(name, sources)
  if (!found.ok || !found.value) return found.ok ? ok(NOTHING) : found
  const { origin, hash } = found.value
  try {
    const facts = await sources.facts.of(sources.ledgers, origin, hash)
    return ok({ result: Object.fromEntries(facts?.metadata ?? []) })
  } catch (error) {
    logEvent({ event: 'ledger-failed', zone: origin, why: String(error) })
    return ok({ result: {} })
  }
}

async function metadata({ name, kind }: Parameters, sources: BackendSources): Promise<Result<CallResult>> {
  const found = await publishedZone(name, sources)
  if (!found.ok || !found.value) return found.ok ? ok(NOTHING) : found
  const { origin, hash } = found.value
  const facts: DomainFacts | undefined = await sources.facts.of(sources.ledgers, origin, hash)
  return ok({ result: (typeof kind === 'string' && facts?.metadata.get(kind.toUpperCase())) || [] })
}

/**
 * The zones of kind Master that changed lately. PowerDNS notifies of each when it asks, once a minute: a lost NOTIFY comes
 * again, and several PowerDNS servers need no common memory of what they have sent.
 */
async function updatedPrimaries({ served, ledgers, now }: BackendSources): Promise<Result<CallResult>> {
  const [zones, kinds] = await Promise.all([served.published(), ledgers.list()])
  if (!zones.ok) return zones
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

type Found = Pick<ServedZone, 'serial' | 'hash'> & { readonly origin: string }

/** Finds a published zone by a parameter that names it; undefined for none. */
async function publishedZone(text: unknown, { served }: BackendSources): Promise<Result<Found | undefined>> {
  const origin = originOf(text)
  if (origin === undefined) return ok(undefined)
  const zones = await served.published()
  if (!zones.ok) return err(zones.error)
  const zone = zones.value.find((one) => absolute(one.origin) === origin)
  return ok(zone && { origin, serial: zone.serial, hash: zone.hash })
}

/** @param origin as the catalog has it, where the root is empty */
const absolute = (origin: string): string => `${origin}.`
