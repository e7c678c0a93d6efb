import { oneOf } from '../did-you-mean.ts'
import { MAX_CALCULATED_DEPTH, MAX_CONVERSATION_BYTES } from '../limits.ts'
import { formatAddress, isNumeric, parseAddress } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import { type CheckDocument, type CheckReference, type Expected, parseStatus } from './check.ts'
import type { Condition, ProbeCondition, StalePolicy } from './condition.ts'
import { type PatternSize, whyTooMuch } from './pattern.ts'
import { type Action, formatTarget, identified, type Probe } from './probe.ts'
import { PUSH } from './vantage.ts'

/**
 * The checks of a zone, and what they share. `zone`: its origin without the final dot. Without `patternSize` patterns
 * count as validated.
 */
export type Checks = {
  readonly zone: string
  readonly named: Readonly<Record<string, CheckDocument>>
  readonly stale: StalePolicy
  readonly patternSize?: PatternSize | undefined
}

/**
 * What has to be asked for a check of a target.
 * @param own what the record itself leads to, if it leads anywhere; @param target what its member says to probe instead
 */
export function compileCheck(
  reference: CheckReference,
  own: string | undefined,
  target: string | undefined,
  checks: Checks,
  within: readonly string[] = [],
): Result<Condition> {
  const found = typeof reference === 'string' ? lookUp(reference, checks) : ok(reference)
  if (!found.ok) return found
  const document = found.value
  const inline = typeof reference !== 'string'
  const name = `${checks.zone}/${inline ? document.kind : reference}`
  const where = target ?? document.target ?? own
  if (where === undefined) {
    return err(
      'the record has no address of its own to probe; expected a "target" beside its "answer", or in the check',
    )
  }
  if (document.kind === 'calculated') {
    const path = inline ? within : [...within, reference]
    if (!inline && within.includes(reference)) return err(`the check "${reference}" depends on itself`)
    if (path.length > MAX_CALCULATED_DEPTH)
      return err(`checks are calculated from each other more than ${MAX_CALCULATED_DEPTH} deep`)
    const { need } = document
    if (typeof need === 'number' && need > document.of.length) {
      return err(`the check needs ${need} of ${document.of.length} others; expected at most ${document.of.length}`)
    }
    const of: Condition[] = []
    for (const other of document.of) {
      const part = compileCheck(other, where, undefined, checks, path)
      if (!part.ok) return part
      of.push(part.value)
    }
    return ok({ kind: 'calculated', check: name, target: where, need, of })
  }
  const senseless = contradiction(document, checks)
  if (senseless !== undefined) return err(senseless)
  const place = parseTarget(where, usualPort(document))
  if (!place.ok) return place
  if (document.kind === 'push' && inline) return err('a push check is reported by its name; expected it in "checks"')
  const probe = probeFor(document, place.value, name)
  const initially = document.initially ?? 'up'
  return ok({
    kind: 'probe',
    check: name,
    ...(inline && { aliases: aliasesOf(name, probe) }),
    target: formatTarget(probe),
    probe,
    initially,
    stale: staleFor(document, checks),
  })
}

/** `example.com/http:www.example.com/health`, and where that is not enough a part of the probe's identity. */
function aliasesOf(name: string, { action, id }: Probe): readonly string[] {
  const asked = 'path' in action ? `:${action.host}${action.path}` : ''
  const exact = `${name}${asked}#${id.slice(0, 6)}`
  return asked === '' ? [exact] : [name + asked, exact]
}

/** What each field allows, and all together do not. */
function contradiction(
  document: Exclude<CheckDocument, { kind: 'calculated' }>,
  { patternSize }: Checks,
): string | undefined {
  if (document.kind === 'push') return undefined
  if ('host' in document && document.host !== undefined && has(document.headers, 'host')) {
    return 'the header "Host" and "host" say the same; expected one of them'
  }
  if ('userAgent' in document && document.userAgent !== undefined && has(document.headers, 'user-agent')) {
    return 'the header "User-Agent" and "userAgent" say the same; expected one of them'
  }
  if ('method' in document && document.method === 'HEAD' && (document.body || document.weight)) {
    return 'a reply to HEAD has no body; expected another "method", or no "body" and no "weight"'
  }
  const [expected, octets] = searched(document)
  return patternSize && expected && 'matches' in expected
    ? whyTooMuch(expected.matches, octets, patternSize)
    : undefined
}

/** Returns what a check expects in the data of a target, and the number of octets in which it looks for it. */
function searched(document: Exclude<CheckDocument, { kind: 'calculated' | 'push' }>): [Expected | undefined, number] {
  switch (document.kind) {
    case 'tcp':
      return [document.expect, MAX_CONVERSATION_BYTES]
    case 'tls':
      return [undefined, 0]
    case 'http':
    case 'https':
      return [document.body, document.bytes ?? DEFAULT_BODY_BYTES]
  }
}

const has = (headers: Readonly<Record<string, string>> | undefined, name: string): boolean =>
  Object.keys(headers ?? {}).some((key) => key.toLowerCase() === name)

function lookUp(name: string, { named }: Checks): Result<CheckDocument> {
  if (Object.hasOwn(named, name)) return ok(named[name] as CheckDocument)
  const names = Object.keys(named)
  return err(
    `there is no check "${name}"; expected ${names.length > 0 ? oneOf(name, names, (one) => `"${one}"`) : 'it in the zone\'s "checks"'}`,
  )
}

/** What an application pushed holds until it goes silent, if that is told. */
const staleFor = (document: CheckDocument, { stale }: Checks): StalePolicy =>
  document.kind === 'push' && document.silent !== undefined ? { ...stale, after: document.silent } : stale

type Place = Pick<Probe, 'host' | 'port'>

function usualPort(document: Exclude<CheckDocument, { kind: 'calculated' }>): number {
  switch (document.kind) {
    case 'tcp':
      return document.port
    case 'http':
      return document.port ?? 80
    case 'https':
    case 'tls':
      return document.port ?? 443
    case 'push':
      return 0
  }
}

/** `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`, `probe.example.com`, `probe.example.com:80`. */
export function parseTarget(text: string, usual: number): Result<Place> {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const hostText = bracketed ?? plain ?? text
  const port = portText === undefined ? usual : Number(portText)
  const address = parseAddress(hostText)
  const host = address.ok ? formatAddress(address.value) : hostText.toLowerCase().replace(/\.$/, '')
  const sound = address.ok || (bracketed === undefined && HOST_NAME.test(host) && !isNumeric(host))
  if (sound && (portText === undefined || (port >= 1 && port <= 65_535))) return ok({ host, port })
  return err(
    `"${text}" is not a target; expected an address or a host name, with or without a port, like "192.0.2.1:8080"`,
  )
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/

const DEFAULT = { interval: 60, timeout: 5, fall: 2, rise: 2, first: 'decides', quorum: 'majority' } as const
const PUSHED = { ...DEFAULT, fall: 1, rise: 1 }

function probeFor(document: Exclude<CheckDocument, { kind: 'calculated' }>, place: Place, name: string): Probe {
  const { interval, timeout, fall, rise, first, quorum } = document.kind === 'push' ? PUSHED : effectiveTimes(document)
  // The order of the fields is part of what identifies a probe.
  return identified({
    action: actionOf(document, place, name),
    host: place.host,
    port: place.port,
    interval,
    timeout,
    fall,
    rise,
    first,
    damping: document.kind === 'push' ? undefined : document.damping,
    from: document.kind === 'push' ? [PUSH] : document.from && [...new Set(document.from)].sort(),
    quorum,
  })
}

/** The times and counts of a check, with the defaults where it says nothing. Times are seconds. */
export function effectiveTimes(document: Exclude<CheckDocument, { kind: 'calculated' | 'push' }>) {
  const { interval = DEFAULT.interval, fall = DEFAULT.fall, rise = DEFAULT.rise } = document
  const { first = DEFAULT.first, quorum = DEFAULT.quorum } = document
  const { timeout = Math.min(DEFAULT.timeout, Math.max(interval, 1)) } = document
  return { interval, timeout, fall, rise, first, quorum }
}

function actionOf(document: Exclude<CheckDocument, { kind: 'calculated' }>, place: Place, name: string): Action {
  switch (document.kind) {
    case 'tcp':
      return { kind: 'tcp', send: document.send, expect: document.expect }
    case 'tls':
      return { kind: 'tls', serverName: nameOf(document.serverName ?? place.host), verify: document.verify ?? true }
    case 'push':
      return { kind: 'push', check: name }
    case 'http':
    case 'https': {
      const { kind, status = 200 } = document
      const host = document.host ?? hostHeader(place, USUAL_PORT[kind])
      const statuses = Array.isArray(status) ? status : [status]
      return {
        kind,
        method: document.method ?? 'GET',
        path: document.path ?? '/',
        host,
        headers: Object.fromEntries(Object.entries(document.headers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))),
        status: statuses.map((one) => parseStatus(one) as readonly [number, number]),
        body: document.body,
        bytes: document.bytes ?? DEFAULT_BODY_BYTES,
        userAgent: document.userAgent ?? 'edge-gslb',
        redirects: document.redirects ?? 'refuse',
        weight: document.weight,
        serverName: document.kind === 'https' ? nameOf(document.serverName ?? withoutPort(host)) : undefined,
        verify: document.kind === 'https' ? (document.verify ?? true) : true,
      }
    }
  }
}

const USUAL_PORT = { http: 80, https: 443 } as const
const DEFAULT_BODY_BYTES = 65_536

const hostHeader = ({ host, port }: Place, usual: number): string =>
  port !== usual ? formatTarget({ host, port }) : host.includes(':') ? `[${host}]` : host

/** A name is sent (SNI), an address is not (RFC 6066 §3). */
const nameOf = (host: string): string | undefined => (parseAddress(host).ok ? undefined : host.toLowerCase())

const withoutPort = (host: string): string => host.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([^:]*):\d+$/, '$1')

/** Every probe of some conditions, each once. */
export function distinctProbes(conditions: Iterable<ProbeCondition>): Probe[] {
  return [...new Map(Array.from(conditions, ({ probe }) => [probe.id, probe])).values()]
}
