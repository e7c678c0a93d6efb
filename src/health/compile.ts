import { oneOf } from '../did-you-mean.ts'
import { MAX_CALCULATED_DEPTH } from '../limits.ts'
import { formatAddress, isNumeric, parseAddress } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { CheckDocument, CheckReference } from './check.ts'
import type { Probed } from './check-fields.ts'
import type { Condition, ProbeCondition, StalePolicy } from './condition.ts'
import { contradiction } from './contradiction.ts'
import { type Endpoint, formatTarget } from './endpoint.ts'
import { type DocumentOf, type Kind, kindOf } from './kinds/index.ts'
import type { PatternSize } from './pattern.ts'
import { identified, type Probe } from './probe.ts'
import { effectiveTimes } from './times.ts'

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
  const kind = kindOf(document)
  const endpoint = parseTarget(targetText, kind.defaultPort(document))
  if (!endpoint.ok) return endpoint
  const refusal = kind.refusal?.(document, { endpoint: endpoint.value, isInline: inline })
  if (refusal !== undefined) return err(refusal)
  // A record like SRV leads to a port, which an echo has not.
  const place = kind.isPortless ? { ...endpoint.value, port: 0 } : endpoint.value
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

function staleFor(document: DocumentOf<Kind>, { stale }: Checks): StalePolicy {
  const after = kindOf(document).staleAfter?.(document)
  return after === undefined ? stale : { ...stale, after }
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

function probeFor(document: DocumentOf<Kind>, endpoint: Endpoint, name: string): Probe {
  const kind = kindOf(document)
  // A kind without times of its own is probed.
  const times = kind.times?.(document) ?? effectiveTimes(document as Probed)
  const { interval, timeout, maxLatency, fall, rise, first, damping, from, quorum } = times
  // The order of the fields is part of a probe's identity.
  return identified({
    action: kind.actionOf(document, endpoint, name),
    ...{ host: endpoint.host, port: endpoint.port },
    ...{ interval, timeout, maxLatency, fall, rise, first, damping, from, quorum },
  })
}

/** Returns the distinct probes of some conditions. */
export function distinctProbes(conditions: Iterable<ProbeCondition>): Probe[] {
  return [...new Map(Array.from(conditions, ({ probe }) => [probe.id, probe])).values()]
}
