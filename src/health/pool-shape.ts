import { MAX_DEPTH } from '../limits.ts'
import { Damaged, flagOf, listOf, numberOf, objectOf, textOf, wordOf } from '../stored-value.ts'
import type { Condition, ProbeCondition } from './condition.ts'
import { readCondition } from './stored-condition.ts'
import type { LoadLimits } from './target-state.ts'

/**
 * An answer as far as health decides about it, without records and without clients. `answer` is always alive, `fail`
 * never, and `any` as long as one of its parts is: chance, or the client, chooses among them.
 */
export type PoolShape =
  | { readonly kind: 'answer' | 'fail' }
  | { readonly kind: 'any'; readonly of: readonly PoolShape[] }
  | PoolOfMembers

/** A pool, or a failover in the order of its levels. A map of datacenters is a failover in the order of the map. */
export type PoolOfMembers = {
  readonly kind: 'pool' | 'failover'
  /** The name in overrides and traces: `www.example.com/A`. */
  readonly name: string
  readonly members: readonly ShapeMember[]
  /** The part of the members, or of their weights, that has to be up. */
  readonly minLive: number
  /** True if `minLive` counts weights. */
  readonly weighs: boolean
  readonly ignoreHealth: boolean
  /** The answer for all members being down, if there is one. */
  readonly last?: PoolShape
  /** The way on of clients that members pass on, if any does: to all others, or to those behind. */
  readonly way?: 'by-room' | 'in-turn'
}

export type ShapeMember = {
  /** Undefined: its answer alone decides. */
  readonly condition: Condition | undefined
  readonly datacenter: string | undefined
  readonly weight: number
  /** The seconds that it has to be up before it counts again; `manual`: until a person resumes it. */
  readonly failback?: number | 'manual'
  readonly answer: PoolShape
  /** The limits of its load, if answers follow it. */
  readonly load?: LoadLimits | 'reported'
}

const ANSWER: PoolShape = { kind: 'answer' }
const FAIL: PoolShape = { kind: 'fail' }

/**
 * Returns shapes as JSON. Conditions that the zone's list has are numbers in it; a member that is a plain answer with a
 * condition is the condition alone.
 * @param conditions those of the zone, which stand beside it
 */
export function storePools(shapes: readonly PoolShape[], conditions: readonly ProbeCondition[]): unknown[] {
  const places = new Map(conditions.map((one, i) => [keyOf(one), i]))
  const conditionOf = (condition: Condition): unknown =>
    condition.kind === 'probe'
      ? (places.get(keyOf(condition)) ?? condition)
      : { ...condition, of: condition.of.map(conditionOf) }
  const shapeOf = (shape: PoolShape): unknown => {
    switch (shape.kind) {
      case 'answer':
        return 1
      case 'fail':
        return 0
      case 'any':
        return shape.of.map(shapeOf)
      case 'pool':
      case 'failover': {
        const { kind, name, members, minLive, weighs, ignoreHealth, last, way } = shape
        return {
          ...{ [kind]: name, of: members.map(memberOf) },
          ...(minLive > 0 && { minLive }),
          ...(weighs && { weighs }),
          ...(ignoreHealth && { ignoreHealth }),
          ...(last && { last: shapeOf(last) }),
          ...(way && { way }),
        }
      }
    }
  }
  const memberOf = ({ condition, datacenter, weight, failback, answer, load }: ShapeMember): unknown => {
    const stored = condition && conditionOf(condition)
    const isUsual = datacenter === undefined && weight === 1 && failback === undefined && !load
    const isPlain = isUsual && answer.kind === 'answer'
    if (typeof stored === 'number' && isPlain) return stored
    return {
      ...(stored !== undefined && { if: stored }),
      ...(datacenter !== undefined && { datacenter }),
      ...(weight !== 1 && { weight }),
      ...(failback !== undefined && { failback }),
      ...(answer.kind !== 'answer' && { answer: shapeOf(answer) }),
      ...(load && { load }),
    }
  }
  return shapes.map(shapeOf)
}

/**
 * Reads what `storePools` made.
 * @throws `Damaged` for anything else
 */
export function loadPools(value: unknown, conditions: readonly ProbeCondition[]): PoolShape[] {
  const numbered = (at: number): ProbeCondition => {
    const condition = conditions[at]
    if (!condition) throw new Damaged('the number of a condition')
    return condition
  }
  const conditionOf = (stored: unknown, depth: number): Condition => {
    if (typeof stored === 'number') return numbered(stored)
    deepEnough(depth)
    const fields = objectOf(stored)
    if (fields.kind === 'probe') return readCondition(fields)
    return readCondition({ ...fields, of: listOf(fields.of).map((one) => conditionOf(one, depth + 1)) })
  }
  const shapeOf = (stored: unknown, depth: number): PoolShape => {
    deepEnough(depth)
    if (stored === 1) return ANSWER
    if (stored === 0) return FAIL
    if (Array.isArray(stored)) return { kind: 'any', of: stored.map((one) => shapeOf(one, depth + 1)) }
    const fields = objectOf(stored)
    const kind = wordOf('pool' in fields ? 'pool' : 'failover', ['pool', 'failover'])
    return {
      kind,
      name: textOf(fields[kind]),
      members: listOf(fields.of).map((one) => memberOf(one, depth + 1)),
      minLive: numberOf(fields.minLive ?? 0),
      weighs: flagOf(fields.weighs ?? false),
      ignoreHealth: flagOf(fields.ignoreHealth ?? false),
      ...(fields.last !== undefined && { last: shapeOf(fields.last, depth + 1) }),
      ...(fields.way !== undefined && { way: wordOf(fields.way, ['by-room', 'in-turn']) }),
    }
  }
  const memberOf = (stored: unknown, depth: number): ShapeMember => {
    if (typeof stored === 'number')
      return { condition: numbered(stored), datacenter: undefined, weight: 1, answer: ANSWER }
    const fields = objectOf(stored)
    return {
      condition: fields.if === undefined ? undefined : conditionOf(fields.if, 0),
      datacenter: fields.datacenter === undefined ? undefined : textOf(fields.datacenter),
      weight: numberOf(fields.weight ?? 1),
      ...(fields.failback !== undefined && { failback: failbackOf(fields.failback) }),
      answer: fields.answer === undefined ? ANSWER : shapeOf(fields.answer, depth),
      ...(fields.load !== undefined && { load: loadRule(fields.load) }),
    }
  }
  return listOf(value).map((one) => shapeOf(one, 0))
}

function loadRule(value: unknown): LoadLimits | 'reported' {
  if (value === 'reported') return 'reported'
  const { target, capacity } = objectOf(value)
  return { target: numberOf(target), capacity: numberOf(capacity) }
}

const failbackOf = (stored: unknown): number | 'manual' => (stored === 'manual' ? stored : numberOf(stored))

const keyOf = ({ check, probe }: ProbeCondition): string => `${check} ${probe.id}`

function deepEnough(depth: number): void {
  if (depth > 2 * MAX_DEPTH) throw new Damaged(`at most ${2 * MAX_DEPTH} levels of pools`)
}
