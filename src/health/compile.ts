import { oneOf } from '../did-you-mean.ts'
import { MAX_CALCULATED_DEPTH } from '../limits.ts'
import { formatAddress, isNumeric, parseAddress } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import { actionOf, defaultPort, type Endpoint } from './action.ts'
import type { CheckDocument, CheckReference } from './check.ts'
import type { Condition, ProbeCondition, StalePolicy } from './condition.ts'
import { contradiction, missingPort } from './contradiction.ts'
import type { PatternSize } from './pattern.ts'
import { formatTarget, identified, type Probe } from './probe.ts'
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
  const conflict = contradiction(document, checks.patternSize)
  if (conflict !== undefined) return err(conflict)
  const endpoint = parseTarget(targetText, defaultPort(document))
  if (!endpoint.ok) return endpoint
  const portless = missingPort(document, endpoint.value)
  if (portless !== undefined) return err(portless)
  if (document.kind === 'push' && inline) return err('a push check is reported by its name; expected it in "checks"')
  // A record like SRV leads to a port, which an echo has not.
  const place = document.kind === 'icmp' ? { ...endpoint.value, port: 0 } : endpoint.value
  const probe = probeFor(document, place, name)
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

function lookUp(name: string, { named }: Checks): Result<CheckDocument> {
  if (Object.hasOwn(named, name)) return ok(named[name] as CheckDocument)
  const names = Object.keys(named)
  const expected = names.length > 0 ? oneOf(name, names, (other) => `"${other}"`) : 'it in the zone\'s "checks"'
  return err(`there is no check "${name}"; expected ${expected}`)
}

/** A pushed state is stale after the check's `silent`, if it has one. */
const staleFor = (document: CheckDocument, { stale }: Checks): StalePolicy =>
  document.kind === 'push' && document.silent !== undefined ? { ...stale, after: document.silent } : stale

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
    maxLatency: document.kind === 'push' ? undefined : document.maxLatency,
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

/** Returns the distinct probes of some conditions. */
export function distinctProbes(conditions: Iterable<ProbeCondition>): Probe[] {
  return [...new Map(Array.from(conditions, ({ probe }) => [probe.id, probe])).values()]
}
