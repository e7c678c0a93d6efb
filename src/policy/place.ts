import { type Division, type Located, locate, type Whereabouts } from '../geo/index.ts'
import type { Address } from '../net/index.ts'
import type { PlaceAttribute } from './trace.ts'
import type { Datacenters, Failover, Geo, Part, Policy } from './types.ts'
import type { Work } from './work.ts'

type Asked = { readonly client: Address; readonly places?: Whereabouts | undefined; readonly work?: Work }

export const whereIs = (division: Division, asked: Asked) =>
  locate(asked.places ?? {}, asked.client, division, asked.work?.cells)

/** What decided, as the zone has it, and the member that it leads to. */
export function branchAt(policy: Geo, { place, network }: Located): { matched: string | null; branch: number } {
  if (network >= 0) {
    return { matched: policy.networks[network] as string, branch: policy.branches[network] as number }
  }
  const found = policy.levels.find(place)
  return found ? { matched: found.key, branch: found.value } : { matched: null, branch: policy.members.length - 1 }
}

const NOTHING: Policy = { kind: 'values', rdatas: [] }

/** Every order is remembered while there are few: by distance they can be many. */
const KEPT_ORDERS = 1000

/** What is left to be decided once the order is known. An empty order is NODATA. */
export function alongOrder(policy: Datacenters, { outcome }: Located): Policy {
  const key = String(outcome)
  const known = policy.orders.get(key)
  if (known) return known
  const { name, members, parts, whenDown, failUnknown, steered } = policy
  const order = policy.map.indices(key)
  const chosen = [...order.map((i) => members[i] as Policy), ...members.slice(parts.length)]
  const failover: Failover = {
    ...{ kind: 'failover', name, members: chosen, parts: order.map((i) => parts[i] as Part), whenDown, failUnknown },
    steered,
    steeredInside: steered,
  }
  const made = order.length === 0 ? NOTHING : failover
  if (policy.orders.size >= KEPT_ORDERS) policy.orders.clear()
  policy.orders.set(key, made)
  return made
}

/** Places that are alike for who asks one thing of them. */
const ALIKE: Readonly<Record<PlaceAttribute, Division>> = {
  asn: { id: 'asn', reads: new Set(['asn']), outcome: ({ asn }) => asn ?? 0 },
  continent: { id: 'continent', reads: new Set(['continent']), outcome: ({ continent }) => continent ?? '' },
  coordinates: {
    ...{ id: 'coordinates', reads: new Set(['latitude', 'longitude']) },
    outcome: ({ latitude, longitude }) => (latitude === undefined ? '' : `${latitude} ${longitude}`),
  },
  country: { id: 'country', reads: new Set(['country']), outcome: ({ country }) => country ?? '' },
  region: { id: 'region', reads: new Set(['region']), outcome: ({ region }) => region ?? '' },
}

export const whereIsBy = (attribute: PlaceAttribute, asked: Asked) => whereIs(ALIKE[attribute], asked)
