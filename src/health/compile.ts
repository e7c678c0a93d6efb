import { oneOf } from '../did-you-mean.ts'
import { MAX_CALCULATED_DEPTH, MAX_CONVERSATION_BYTES } from '../limits.ts'
import { formatAddress, isNumeric, parseAddress } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import { type CheckDocument, type CheckReference, type Expected, parseStatus } from './check.ts'
import type { Condition, ProbeCondition, StalePolicy } from './condition.ts'
import { type PatternSize, whyTooMuch } from './pattern.ts'
import { type Action, formatTarget, identified, type Probe } from './probe.ts'
import { PUSH } from './vantage.ts'

/** The named checks of a zone, and the settings that they share. */
export type Checks = {
  /** The zone's origin without the final dot. */
  readonly zone: string
  readonly named: Readonly<Record<string, CheckDocument>>
  readonly stale: StalePolicy
  /** Measures patterns. Without it they count as validated. */
  readonly patternSize?: PatternSize | undefined
}

/**
 * Compiles a check of a target into a condition.
 * @param address the address or host that the record itself leads to, if it leads to one
 * @param target the target that the member names instead
 */
export function compileCheck(
  reference: CheckReference,
  address: string | undefined,
  target: string | undefined,
  checks: Checks,
  within: readonly string[] = [],
): Result<Condition> {
  const found = typeof reference === 'string' ? lookUp(reference, checks) : ok(reference)
  if (!found.ok) return found
  const document = found.value
  const inline = typeof reference !== 'string'
  const name = `${checks.zone}/${inline ? document.kind : reference}`
  const targetText = target ?? document.target ?? address
  if (targetText === undefined) {
    return err('the record has no address to probe; expected a "target" beside its "answer", or in the check')
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
      const condition = compileCheck(other, targetText, undefined, checks, path)
      if (!condition.ok) return condition
      of.push(condition.value)
    }
    return ok({ kind: 'calculated', check: name, target: targetText, need, of })
  }
  const conflict = contradiction(document, checks)
  if (conflict !== undefined) return err(conflict)
  const endpoint = parseTarget(targetText, defaultPort(document))
  if (!endpoint.ok) return endpoint
  if (document.kind === 'push' && inline) return err('a push check is reported by its name; expected it in "checks"')
  const probe = probeFor(document, endpoint.value, name)
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

/** Names a check without a name: `example.com/http:www.example.com/health`, then the same with a part of its id. */
function aliasesOf(name: string, { action, id }: Probe): readonly string[] {
  const request = 'path' in action ? `:${action.host}${action.path}` : ''
  const exact = `${name}${request}#${id.slice(0, 6)}`
  return request === '' ? [exact] : [name + request, exact]
}

/** Returns the error of fields that are valid one by one, but not together. */
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
  if ('method' in document && document.method === 'HEAD' && (document.body || document.weight || document.load)) {
    return 'a reply to HEAD has no body; expected another "method", or no "body", "weight" and "load"'
  }
  const [expected, octets] = searched(document)
  return patternSize && expected && 'matches' in expected
    ? whyTooMuch(expected.matches, octets, patternSize)
    : undefined
}

/** Returns the text or pattern that a check searches for, and the number of octets that it searches. */
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
  const expected = names.length > 0 ? oneOf(name, names, (other) => `"${other}"`) : 'it in the zone\'s "checks"'
  return err(`there is no check "${name}"; expected ${expected}`)
}

/** A pushed state is stale after the check's `silent`, if it has one. */
const staleFor = (document: CheckDocument, { stale }: Checks): StalePolicy =>
  document.kind === 'push' && document.silent !== undefined ? { ...stale, after: document.silent } : stale

type Endpoint = Pick<Probe, 'host' | 'port'>

function defaultPort(document: Exclude<CheckDocument, { kind: 'calculated' }>): number {
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

/**
 * Parses `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`, `probe.example.com`, `probe.example.com:80`.
 * @param defaultPort the port of a target without one
 */
export function parseTarget(text: string, defaultPort: number): Result<Endpoint> {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const hostText = bracketed ?? plain ?? text
  const port = portText === undefined ? defaultPort : Number(portText)
  const address = parseAddress(hostText)
  const host = address.ok ? formatAddress(address.value) : hostText.toLowerCase().replace(/\.$/, '')
  const isHost = address.ok || (bracketed === undefined && HOST_NAME.test(host) && !isNumeric(host))
  if (isHost && (portText === undefined || (port >= 1 && port <= 65_535))) return ok({ host, port })
  return err(
    `"${text}" is not a target; expected an address or a host name, with or without a port, like "192.0.2.1:8080"`,
  )
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/

const DEFAULT = { interval: 60, timeout: 5, fall: 2, rise: 2, first: 'decides', quorum: 'majority' } as const
const PUSHED = { ...DEFAULT, fall: 1, rise: 1 }

function probeFor(document: Exclude<CheckDocument, { kind: 'calculated' }>, endpoint: Endpoint, name: string): Probe {
  const { interval, timeout, fall, rise, first, quorum } = document.kind === 'push' ? PUSHED : effectiveTimes(document)
  // The order of the fields is part of a probe's identity.
  return identified({
    action: actionOf(document, endpoint, name),
    host: endpoint.host,
    port: endpoint.port,
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

/** Returns the times, counts and rules of a check, with defaults for fields that are left out. Times are in seconds. */
export function effectiveTimes(document: Exclude<CheckDocument, { kind: 'calculated' | 'push' }>) {
  const { interval = DEFAULT.interval, fall = DEFAULT.fall, rise = DEFAULT.rise } = document
  const { first = DEFAULT.first, quorum = DEFAULT.quorum } = document
  const { timeout = Math.min(DEFAULT.timeout, Math.max(interval, 1)) } = document
  return { interval, timeout, fall, rise, first, quorum }
}

function actionOf(document: Exclude<CheckDocument, { kind: 'calculated' }>, endpoint: Endpoint, name: string): Action {
  switch (document.kind) {
    case 'tcp':
      return { kind: 'tcp', send: document.send, expect: document.expect }
    case 'tls':
      return { kind: 'tls', serverName: nameOf(document.serverName ?? endpoint.host), verify: document.verify ?? true }
    case 'push':
      return { kind: 'push', check: name }
    case 'http':
    case 'https': {
      const { kind, status = 200 } = document
      const host = document.host ?? hostHeader(endpoint, DEFAULT_PORT[kind])
      const statuses = Array.isArray(status) ? status : [status]
      return {
        kind,
        method: document.method ?? 'GET',
        path: document.path ?? '/',
        host,
        headers: Object.fromEntries(Object.entries(document.headers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))),
        status: statuses.map((range) => parseStatus(range) as readonly [number, number]),
        body: document.body,
        bytes: document.bytes ?? DEFAULT_BODY_BYTES,
        userAgent: document.userAgent ?? 'edge-gslb',
        redirects: document.redirects ?? 'refuse',
        weight: document.weight,
        load: document.load,
        serverName: document.kind === 'https' ? nameOf(document.serverName ?? withoutPort(host)) : undefined,
        verify: document.kind === 'https' ? (document.verify ?? true) : true,
      }
    }
  }
}

const DEFAULT_PORT = { http: 80, https: 443 } as const
const DEFAULT_BODY_BYTES = 65_536

const hostHeader = ({ host, port }: Endpoint, defaultPort: number): string =>
  port !== defaultPort ? formatTarget({ host, port }) : host.includes(':') ? `[${host}]` : host

/** Returns the name for SNI. An address is not sent (RFC 6066 §3). */
const nameOf = (host: string): string | undefined => (parseAddress(host).ok ? undefined : host.toLowerCase())

const withoutPort = (host: string): string => host.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([^:]*):\d+$/, '$1')

/** Returns the distinct probes of some conditions. */
export function distinctProbes(conditions: Iterable<ProbeCondition>): Probe[] {
  return [...new Map(Array.from(conditions, ({ probe }) => [probe.id, probe])).values()]
}
