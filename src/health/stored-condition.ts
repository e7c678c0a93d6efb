import { MAX_DEPTH, MAX_ZONE_TARGETS } from '../limits.ts'
import { Damaged, listOf, numberOf, objectOf, textOf, wordOf } from '../stored-value.ts'
import type { Condition, ProbeCondition, StalePolicy } from './condition.ts'
import { checkAction } from './kinds/probed-by.ts'

/**
 * Returns a condition that was stored as JSON: it is plain data. Throws if a field has not the form that a query relies
 * on.
 */
export function readCondition(value: unknown): Condition {
  checkCondition(value, 0)
  return value as Condition
}

/** Returns the condition of a probe. @param stale the zone's policy, if that stands elsewhere */
export function readProbeCondition(value: unknown, stale: StalePolicy): ProbeCondition {
  const condition = { stale, ...objectOf(value), kind: 'probe' }
  checkProbeCondition(condition)
  return condition as unknown as ProbeCondition
}

export function readStalePolicy(value: unknown): StalePolicy {
  const { after, policy } = objectOf(value)
  return { after: numberOf(after), policy: wordOf(policy, ['keep', 'up']) }
}

type Fields = Readonly<Record<string, unknown>>

function checkCondition(value: unknown, depth: number): void {
  if (depth > MAX_DEPTH) throw new Damaged(`at most ${MAX_DEPTH} levels of conditions`)
  const fields = objectOf(value)
  switch (wordOf(fields.kind, ['probe', 'calculated', 'every'])) {
    case 'probe':
      return checkProbeCondition(fields)
    case 'calculated':
      textOf(fields.check)
      textOf(fields.target)
      numberOr(fields.need, ['any', 'all', 'none'])
      return checkConditions(fields.of, depth)
    case 'every':
      return checkConditions(fields.of, depth)
  }
}

function checkConditions(value: unknown, depth: number): void {
  const list = listOf(value)
  if (list.length > MAX_ZONE_TARGETS) throw new Damaged(`at most ${MAX_ZONE_TARGETS} conditions`)
  for (const one of list) checkCondition(one, depth + 1)
}

function checkProbeCondition({ check, aliases, target, probe, initially, stale }: Fields): void {
  textOf(check)
  textsOrNone(aliases)
  textOf(target)
  checkProbe(objectOf(probe))
  wordOf(initially, ['up', 'down'])
  readStalePolicy(stale)
}

function checkProbe({ id, action, host, port, interval, timeout, from, quorum, ...thresholds }: Fields): void {
  textOf(id)
  checkAction(action)
  textOf(host)
  numberOf(port)
  // Times until a change are numbers of intervals.
  if (!(numberOf(interval) > 0)) throw new Damaged('an interval above 0')
  numberOf(timeout)
  textsOrNone(from)
  numberOr(quorum, ['any', 'majority', 'all'])
  const { fall, rise, first, damping } = thresholds
  numberOf(fall)
  numberOf(rise)
  wordOf(first, ['decides', 'counts'])
  if (damping === undefined) return
  const { changes, within, hold } = objectOf(damping)
  for (const number of [changes, within, hold]) numberOf(number)
}

function textsOrNone(value: unknown): void {
  if (value !== undefined) listOf(value).forEach(textOf)
}

const numberOr = (value: unknown, words: readonly string[]): unknown =>
  typeof value === 'number' ? value : wordOf(value, words)
