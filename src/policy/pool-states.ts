import type { Condition, Forced, Health, PoolOfMembers, PoolShape } from '../health/index.ts'
import { UNMETERED } from '../meter.ts'
import type { PoolMember, SpillStep, Whole } from './alternatives.ts'
import { NODATA } from './kinds/values.ts'
import { PACING } from './pacing/pacing.ts'
import { resolvePool } from './resolve-pool.ts'
import type { Policy, Resolved, UndrawnInput } from './types.ts'

/** A pool or failover at one moment of health. */
export type PoolReport = {
  /** `www.example.com/A`, as in overrides. */
  readonly pool: string
  readonly kind: 'pool' | 'failover'
  readonly members: number
  /** The members that are up, after overrides. One that waits for its time after it was down (`failback`) is none. */
  readonly live: number
  /** The members that wait for their time, or for a person. */
  readonly waiting: number
  /** False if the pool counts as down: too few members are up, or an override says so. */
  readonly isUp: boolean
  /** True if no target in it has a result. */
  readonly isUnknown: boolean
  /** The level of a failover that is answered, from 1; 0 for none. Undefined for a pool. */
  readonly level?: number
  readonly forced?: Forced
  /** The members whose loads answers follow. */
  readonly followed: readonly FollowedMember[]
}

/** A member whose load answers follow. `spill` is left out as long as nothing is known of it. */
export type FollowedMember = { readonly condition: Condition; readonly spill?: SpillStep | undefined }

/**
 * Returns the state of each pool of some trees, inner pools included. The code that decides is that of queries, over a
 * policy that has no answers and asks for no client.
 */
export function poolReports(shapes: readonly PoolShape[], health: Health): PoolReport[] {
  const reports: PoolReport[] = []
  const input: UndrawnInput = { ...NOBODY, health }
  const policyOf = (shape: PoolShape): Policy => {
    switch (shape.kind) {
      case 'answer':
        return NODATA
      case 'fail':
        return { kind: 'fail', why: '' }
      case 'any':
        return { kind: 'all', members: shape.of.map(policyOf) }
      case 'pool':
      case 'failover': {
        // The outer pools come first.
        const at = reports.push(UNSEEN) - 1
        const policy = resolvedOf(shape, policyOf)
        reports[at] = reportOf(policy, input)
        return policy
      }
    }
  }
  for (const shape of shapes) policyOf(shape)
  return reports
}

const NOBODY = { client: { family: 1, bytes: new Uint8Array(4) }, name: '' } as const

const UNSEEN: PoolReport = {
  pool: '',
  kind: 'pool',
  members: 0,
  live: 0,
  waiting: 0,
  isUp: true,
  isUnknown: true,
  followed: [],
}

function resolvedOf(shape: PoolOfMembers, policyOf: (shape: PoolShape) => Policy): Resolved {
  const { kind, name, members, minLive, weighs, ignoreHealth, last, way } = shape
  const parts = members.map(
    ({ condition, datacenter, weight, failback, load }): PoolMember => ({
      ...{ condition, datacenter, weight, group: undefined, key: '', shed: undefined },
      ...((load || failback !== undefined) && {
        pace: { ...(failback !== undefined && { failback }), ...(load && { load }) },
      }),
    }),
  )
  const common = {
    name,
    members: [...members.map(({ answer }) => policyOf(answer)), ...(last ? [policyOf(last)] : [])],
    parts,
    ...(parts.some(({ pace }) => pace) && { pacing: PACING }),
    whenDown: last ? 'last' : 'nodata',
    failUnknown: false,
    dependsOnClient: false,
  } as const
  if (kind === 'failover') return { kind, ...common, ...(way === 'by-room' && { whole: wholeOf(parts) }) }
  const select = way === 'in-turn' ? 'first' : weighs ? 'weighted' : way ? 'random' : 'all'
  const rules = { select, count: 1, reported: false, lost: 'spread', minLive, ignoreHealth } as const
  return { kind, ...common, ...rules, healthDependsOnClient: false }
}

/** Datacenters in the order of their map, from nowhere in particular. */
const wholeOf = (parts: readonly PoolMember[]): Whole => ({
  ...{ parts, coordinates: [], order: parts.map((_, i) => i) },
  division: { id: '', outcome: () => '' },
})

function reportOf(policy: Resolved, input: UndrawnInput): PoolReport {
  const { members, live, unknown, forced } = resolvePool(policy, input, UNMETERED)
  const up = members.filter(({ state }) => state === 'up')
  const level = live ? (up[0]?.index ?? 0) + 1 : 0
  return {
    pool: policy.name,
    kind: policy.kind,
    members: members.length,
    live: up.length,
    waiting: members.filter(({ state, coming }) => state === 'down' && coming?.step.waits !== undefined).length,
    isUp: live,
    isUnknown: unknown,
    ...(policy.kind === 'failover' && { level }),
    ...(forced && { forced }),
    followed: members.flatMap(({ part: { condition, pace }, coming }) =>
      condition && pace?.load ? [{ condition, spill: coming?.step.spill }] : [],
    ),
  }
}
