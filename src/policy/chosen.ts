import { lookupScope } from '../net/index.ts'
import { unreachable } from '../result.ts'
import { nextPoint } from './consistent-hashed.ts'
import { burtle, nameHash } from './hash.ts'
import { membersOf } from './members.ts'
import { alongOrder, branchAt, whereIs } from './place.ts'
import type { ConsistentHashed, Datacenters, Geo, Hashed, Input, Networks, Policy, WeightedHashed } from './types.ts'
import { atPoint } from './weighted.ts'

/** A choice in which neither chance nor health has a say. */
type Determined = Hashed | WeightedHashed | ConsistentHashed | Networks | Geo | Datacenters

const DETERMINED: { readonly [Kind in Policy['kind']]: Kind extends Determined['kind'] ? true : false } = {
  values: false,
  fail: false,
  all: false,
  random: false,
  weighted: false,
  multi: false,
  hashed: true,
  'weighted-hashed': true,
  'name-hashed': true,
  'consistent-hashed': true,
  view: true,
  networks: true,
  geo: true,
  datacenters: true,
  pool: false,
  failover: false,
  script: false,
}

export const isDetermined = (policy: Policy): policy is Determined => DETERMINED[policy.kind]

/** The members that are left when it is known who asks for which name. */
export const membersFor = (policy: Policy, asked: Asked): readonly Policy[] =>
  isDetermined(policy) ? [chosenMember(policy, asked)] : membersOf(policy)

/** The member that the client, or the name, decides for. */
function chosenMember(policy: Determined, asked: Asked): Policy {
  if (policy.kind === 'datacenters') return alongOrder(policy, whereIs(policy.map.division, asked))
  return policy.members[chosenIndex(policy, asked)] as Policy
}

type Asked = Pick<Input, 'client' | 'name' | 'places'> & Partial<Pick<Input, 'work'>>

function chosenIndex(policy: Exclude<Determined, Datacenters>, asked: Asked): number {
  switch (policy.kind) {
    case 'hashed':
      return burtle(asked.client.bytes) % policy.members.length
    case 'weighted-hashed':
    case 'name-hashed': {
      const hash = policy.kind === 'name-hashed' ? nameHash(asked.name) : burtle(asked.client.bytes)
      return atPoint(policy.weights, hash % policy.total, policy.order)
    }
    case 'consistent-hashed':
      return policy.owners[nextPoint(policy.points, burtle(asked.client.bytes))] as number
    case 'view':
    case 'networks':
      return branchOf(policy, lookupScope(policy.map, asked.client).index)
    case 'geo':
      return branchAt(policy, whereIs(policy.division, asked)).branch
    default:
      return unreachable(policy)
  }
}

/** The member that a network leads to, or the last one for none. */
export const branchOf = (policy: Networks, network: number): number =>
  network < 0 ? policy.members.length - 1 : (policy.branches[network] as number)
