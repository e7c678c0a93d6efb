import { type Database, type Division, type Levels, type Located, locate, type Whereabouts } from '../geo/index.ts'
import type { Address } from '../net/index.ts'
import type { DatacenterMap } from './datacenter-map.ts'
import type { Failover, Part, Policy, WhenDown } from './policy.ts'
import type { Spot } from './trace.ts'
import type { Work } from './work.ts'

/** The member that the client's place leads to, or one of the networks that stand before it. */
export type Geo = {
  readonly kind: 'geo'
  /** Its outcomes are numbers of branches that answer alike. */
  readonly division: Division
  readonly levels: Levels<number>
  /** Per network: its text, and the member that it leads to. */
  readonly networks: readonly string[]
  readonly branches: Uint32Array
  /** The last member is for all others. */
  readonly members: readonly Policy[]
}

/** A failover along the order in which the map has the datacenters for the client. */
export type Datacenters = {
  readonly kind: 'datacenters'
  readonly map: DatacenterMap
  readonly name: string
  /** One for each datacenter of the map, in its order; one more is what is answered when all are down. */
  readonly members: readonly Policy[]
  readonly parts: readonly Part[]
  readonly whenDown: WhenDown
  readonly failUnknown: boolean
  /** Whether the client has a say inside a datacenter too. */
  readonly steered: boolean
  /** What orders come to, by their outcome: made as they come up, and kept, since health remembers by identity. */
  readonly orders: Map<string, Policy>
}

/** In which order, by distance from the client, a pool has its members; those equally near are a group. */
export type Nearest = {
  readonly division: Division
  readonly groups: (at: Located['place'], database: Database) => readonly (readonly number[])[]
  /** How far members are, in kilometres, or by PowerDNS's measure in squared degrees. */
  readonly distances: (at: Located['place'], database: Database) => readonly (number | undefined)[]
  readonly spots: (database: Database) => readonly Spot[]
}

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

/** What a script asks of a place. */
export type PlaceAttribute = 'asn' | 'continent' | 'coordinates' | 'country' | 'region'

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
