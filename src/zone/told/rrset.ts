import { TYPE } from '../../dns/query-path.ts'
import type { PoolShape } from '../../health/index.ts'
import { MAX_TOLD_TTL_SECONDS, MIN_TOLD_TTL_SECONDS } from '../../limits.ts'
import type { Decision, Input, Policy, PolicyTrace, Script } from '../../policy/index.ts'
import { poolShapesOf, poolsIn } from '../../policy/pool-shapes.ts'
import type { PolicyRrset, ZoneNode } from '../zone.ts'
import { type Told as States, toldRecords } from './records.ts'

/** Returns the TXT records that tell the health of a name's pools; undefined if it has none. */
export function toldRrset({ rrsets }: ZoneNode): PolicyRrset | undefined {
  const shapes = rrsets.flatMap(({ policy }) => poolShapesOf(policy))
  if (shapes.length === 0) return undefined
  const policy: Policy = new Told(shapes)
  return { type: TYPE.TXT, ttl: MAX_TOLD_TTL_SECONDS, minTtl: MIN_TOLD_TTL_SECONDS, policy }
}

/** Code that answers with states. It depends on health alone. */
class Told implements Script {
  readonly kind = 'script'
  readonly policies = []
  readonly usesClients = false
  readonly usesPlaces = false
  readonly usesClosest = false
  readonly asksTargets = false
  private readonly shapes: readonly PoolShape[]
  /** The steps of its budget that a query takes, whether the states are cached or not. */
  private readonly steps: number

  constructor(shapes: readonly PoolShape[]) {
    this.shapes = shapes
    this.steps = shapes.flatMap(poolsIn).reduce((sum, { members }) => sum + 2 * members.length, 0)
  }

  run({ health, work }: Input, _: unknown, trace: PolicyTrace | undefined): Decision {
    work.chargeSteps(this.steps)
    const known = health.memo.get(this) as States | undefined
    const states = known ?? toldRecords(this.shapes, health)
    if (!known) health.memo.set(this, states)
    const { pools, members, rdatas, validForSeconds } = states
    trace?.push({ step: 'health', pools, members, records: rdatas.length })
    return { rdatas, scope: 0, byChance: false, failure: undefined, validForSeconds }
  }
}
