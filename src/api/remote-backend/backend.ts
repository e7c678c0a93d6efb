import { logEvent } from '../../events.ts'
import type { Ledgers, ListedZone } from '../../ledger/index.ts'
import { NOTIFY_MS } from '../../limits.ts'
import type { Rng } from '../../policy/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { type TransferRecord, transferRecords } from '../../rrsets/index.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import type { Served, ServedZone } from '../served.ts'
import type { Call, Parameters } from './call.ts'
import { type Domain, domainId, domainOf, isPrimaryKind } from './domain.ts'
import type { KnownFacts } from './facts.ts'
import { lookUp } from './lookup.ts'
import { lookupOf, nameOf, originOf } from './parameters.ts'
import { type BackendRecord, writtenText } from './record.ts'
import { type KnownSigning, numberOf, signingChangeOf, signingMetadata, widensNsec3 } from './signing.ts'

/** The sources of the backend's answers. `now` is milliseconds since the epoch. */
export type BackendSources = {
  readonly served: Served
  readonly ledgers: Ledgers
  readonly facts: KnownFacts
  readonly signing: KnownSigning
  /** Why the key of the request may not read and write the keys by which PowerDNS signs; undefined: it may. */
  readonly signingRefusal: string | undefined
  readonly random: Rng
  readonly now: number
}

/** The result of a call as JSON; false where there is nothing, or the method is not known. `log` is for PowerDNS's log. */
export type CallResult = { readonly result: unknown; readonly log?: readonly string[] }

/** A call that has no result: the key may not make it, or what it needs is not there. PowerDNS answers SERVFAIL. */
export type CallError = { readonly status: 403 | 503; readonly why: string }

type Answered = Promise<Result<CallResult, CallError>>

const NOTHING: CallResult = { result: false }

/**
 * Answers a call of PowerDNS's remote backend. Zones are written through the API alone: all calls that would are "false".
 * The keys by which PowerDNS signs, and its settings for that, are written here.
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

/** True for the calls that change what PowerDNS signs by. @param method in lower case */
export const isSigningWrite = (method: string): boolean =>
  method === 'setdomainmetadata' || /^(add|activate|deactivate|publish|unpublish|remove)domainkey$/.test(method)

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
 * PowerDNS asks for this with queries, once a minute and zone, so that it must not fail while ledgers cannot be reached:
 * without metadata all answers are the same, and nobody may transfer a zone by it.
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

async function domainKeys({ name }: Parameters, sources: BackendSources): Answered {
  const found = await publishedZone(name, sources)
  if (!found.ok || !found.value) return found.ok ? ok({ result: [] }) : found
  const { keys = [] } = (await sources.signing.of(sources.ledgers, found.value.origin)) ?? {}
  // Without its keys PowerDNS would answer without signatures, which are bogus in a signed zone.
  const { signingRefusal: why } = sources
  if (keys.length > 0 && why !== undefined) return err({ status: 403, why })
  return ok({ result: keys })
}

/** The name before another one, or itself, and the one behind it, in canonical order: PowerDNS makes an NSEC record of them. */
async function namesAround({ id, qname }: Parameters, sources: BackendSources): Answered {
  const name = nameOf(qname)
  const zones = await sources.served.published()
  if (!zones.ok) return unavailable(zones.error)
  const number = numberOf(id)
  const [zone, ...others] = zones.value.filter(({ origin }) => domainId(absolute(origin)) === number)
  if (!name || !zone) return ok(NOTHING)
  if (others.length > 0) return unavailable(`the zones ${zone.origin} and ${others[0]?.origin} have one number`)
  const order = await sources.signing.orderOf(sources.ledgers, absolute(zone.origin), zone.hash)
  if (!order.ok) return unavailable(order.error)
  return ok({ result: { ...order.value.around(name.key), unhashed: '' } })
}

async function changeSigning(method: string, parameters: Parameters, sources: BackendSources): Answered {
  const found = await publishedZone(parameters.name, sources)
  if (!found.ok || !found.value) return found.ok ? ok(NOTHING) : found
  if (sources.signingRefusal !== undefined) return err({ status: 403, why: sources.signingRefusal })
  const change = signingChangeOf(method, parameters)
  const ledger = sources.ledgers.zone(found.value.origin)
  const before = change && (await ledger.signing())
  if (!before) return ok(NOTHING)
  if (widensNsec3(change, before)) return ok({ ...NOTHING, log: ['NSEC3 is always narrow here'] })
  const changed = await ledger.changeSigning(change)
  if (!changed.ok) return ok({ ...NOTHING, log: [changed.error] })
  return ok({ result: change.kind === 'add' ? changed.value.next - 1 : true })
}

/** @param records all of a zone @returns a function that tells if a record is the zone's own (RFC 1034 §4.2.1) */
function authorityOver(origin: string, records: readonly TransferRecord[]): (name: string, type: string) => boolean {
  const cuts = new Set(records.flatMap(({ name, type }) => (type === 'NS' && name !== origin ? [name] : [])))
  const dnames = new Set(records.flatMap(({ name, type }) => (type === 'DNAME' ? [name] : [])))
  return (name, type) => {
    if (cuts.has(name)) return type === 'DS'
    for (let above = parentOf(name); above !== undefined && above !== origin; above = parentOf(above)) {
      if (cuts.has(above) || dnames.has(above)) return false
    }
    return true
  }
}

/** Returns the name without its first label, in which a dot is escaped; undefined for the root. */
function parentOf(name: string): string | undefined {
  const label = /^(?:[^.\\]|\\.)*\./.exec(name)?.[0]
  return label === undefined || label.length === name.length ? undefined : name.slice(label.length)
}

const unavailable = (why: string) => err({ status: 503 as const, why })

/**
 * The zones of kind Master that changed lately. PowerDNS notifies of each when it asks, once a minute: a lost NOTIFY comes
 * again, and several PowerDNS servers need no common memory of what they have sent.
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

type Found = Pick<ServedZone, 'serial' | 'hash'> & { readonly origin: string }

/** Finds a published zone by a parameter that names it; undefined for none. */
async function publishedZone(text: unknown, { served }: BackendSources): Promise<Result<Found | undefined, CallError>> {
  const origin = originOf(text)
  if (origin === undefined) return ok(undefined)
  const zones = await served.published()
  if (!zones.ok) return unavailable(zones.error)
  const zone = zones.value.find((one) => absolute(one.origin) === origin)
  return ok(zone && { origin, serial: zone.serial, hash: zone.hash })
}

/** @param origin as the catalog has it, where the root is empty */
const absolute = (origin: string): string => `${origin}.`
