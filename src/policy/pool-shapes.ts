import type { PoolOfMembers, PoolShape } from '../health/index.ts'
import { hasScript, isAlternatives, membersOf } from './policy-tree.ts'
import { SELECT } from './selects.ts'
import type { Alternatives, Policy } from './types.ts'

/** Returns the pools of an answer as far as health decides in them: a tree for each outermost one. */
export function poolShapesOf(policy: Policy): readonly PoolShape[] {
  if (policy.kind === 'script') return membersOf(policy).flatMap(poolShapesOf)
  const shape = shapeOf(policy)
  const own = shape.kind === 'answer' || shape.kind === 'fail' ? [] : [shape]
  return hasScript(policy) ? [...own, ...scriptsIn(policy).flatMap(poolShapesOf)] : own
}

/** Returns the pools of a tree, the outer ones first. */
export function poolsIn(shape: PoolShape): readonly PoolOfMembers[] {
  switch (shape.kind) {
    case 'answer':
    case 'fail':
      return []
    case 'any':
      return shape.of.flatMap(poolsIn)
    case 'pool':
    case 'failover':
      return [
        shape,
        ...shape.members.flatMap(({ answer }) => poolsIn(answer)),
        ...(shape.last ? poolsIn(shape.last) : []),
      ]
  }
}

/** A script is alive whatever its calls find: it runs when its answer is needed. */
function shapeOf(policy: Policy): PoolShape {
  if (policy.kind === 'values' || policy.kind === 'script') return ANSWER
  if (policy.kind === 'fail') return { kind: 'fail' }
  if (isAlternatives(policy)) return shapeOfPool(policy)
  const of = membersOf(policy).map(shapeOf)
  const isPlain = of.every(({ kind }) => kind === 'answer' || kind === 'fail')
  if (!isPlain) return { kind: 'any', of }
  return of.some(({ kind }) => kind === 'answer') ? ANSWER : { kind: 'fail' }
}

const ANSWER: PoolShape = { kind: 'answer' }

function shapeOfPool(policy: Alternatives): PoolOfMembers {
  const { name, parts, members } = policy
  const isPool = policy.kind === 'pool'
  return {
    kind: isPool ? 'pool' : 'failover',
    name,
    members: parts.map(({ condition, datacenter, weight, pace: { failback = 0, load } = {} }, i) => ({
      ...{ condition, datacenter, weight },
      ...(failback !== 0 && { failback }),
      ...(load && { load }),
      answer: shapeOf(members[i] as Policy),
    })),
    minLive: isPool ? policy.minLive : 0,
    weighs: isPool && SELECT[policy.select].weights,
    ignoreHealth: isPool && policy.ignoreHealth,
    ...(parts.some(({ pace }) => pace?.load) && { way: wayOf(policy) }),
    ...(policy.whenDown === 'last' && { last: shapeOf(members[parts.length] as Policy) }),
  }
}

/** Clients of a datacenter go on in the order that the map has for them: to any other one. */
const wayOf = (policy: Alternatives): 'by-room' | 'in-turn' =>
  policy.kind === 'failover' || (policy.kind === 'pool' && policy.select === 'first') ? 'in-turn' : 'by-room'

/** Returns the outermost scripts of a policy. */
const scriptsIn = (policy: Policy): readonly Policy[] =>
  policy.kind === 'script' ? [policy] : membersOf(policy).flatMap(scriptsIn)
