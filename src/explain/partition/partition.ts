import { type Name, type Question, TYPE } from '../../dns/index.ts'
import { MAX_PLAN_SINGLES } from '../../limits.ts'
import { type Address, addressBits, type Family, type Prefix } from '../../net/index.ts'
import type { Zones } from '../../zone/index.ts'
import { type Budget, type Cut, partition as partitionOfFamily, toAddress } from '../plan/networks.ts'
import { type Asking, type Conditions, Side, type Subject, subjectOf, WALK } from '../plan/side.ts'
import { questionFor } from '../question.ts'
import { type Share, Shares } from './shares.ts'

/** The addresses of a family from `start` up to `end`, without it. Neighbours have different shares. */
export type Piece = {
  readonly family: Family
  readonly start: bigint
  readonly end: bigint
  readonly share: Share
}

export type Partition = {
  readonly pieces: readonly Piece[]
  /** The first address that is not in it, and the reason; left out if it is whole. */
  readonly cut?: { readonly at: Address; readonly why: Cut }
}

/** Stands for the shares of a network that is not looked into. */
export const SEVERAL: Share = { branch: 'several branches', outcome: { records: [], endings: [], ttl: null, key: '' } }

export type PartitionOptions = Conditions & {
  /** Looks at these clients alone. */
  readonly within?: Prefix | undefined
  /** The longest prefix: networks of this length with several shares are `SEVERAL`, and are not looked into. */
  readonly depth?: number | undefined
  /** The pieces that are listed at most, of both families together; no limit by default. */
  readonly most?: number
  /** True for clients with a token. */
  readonly hasToken?: boolean
  /** The steps that are left. Rounds of loading share it. */
  readonly budget: Budget
}

/**
 * Divides all clients by their branch and its answers, with their chances. A hash counts as chance, so that the chances
 * are those over the clients of a network. Addresses in ::ffff:0:0/96 count as IPv4: they belong to the piece around
 * them.
 */
export function partition(name: Name, type: number, zones: Zones, options: PartitionOptions): Partition {
  const { within, depth, most = Number.POSITIVE_INFINITY, hasToken = false, budget } = options
  const question = questionFor(name, type)
  const asking: Asking = hasToken ? 'token' : 'anybody'
  const side = new Side(question, subjectFor(question, type, zones), zones, options, { asking, tell: asIs })
  const shares = new Shares()
  const pieces: Piece[] = []
  const coarse = depth === undefined ? undefined : { length: depth, value: SEVERAL }
  for (const family of within ? [within.family] : ([1, 2] as const)) {
    const look = (client: Address) => {
      const probed = side.probe(client)
      const { scope, steps, readsAll = false } = probed
      return { value: shares.of(probed), scope, steps, readsAll }
    }
    const range = within && rangeOf(within)
    const bounds = { within: range, coarse, most: most - pieces.length }
    const { spans, cut } = partitionOfFamily(family, look, Object.is, budget, MAX_PLAN_SINGLES, bounds)
    for (const { start, end, value } of spans) pieces.push({ family, start, end, share: value })
    if (cut === undefined) continue
    return { pieces, cut: { at: toAddress(family, spans.at(-1)?.end ?? range?.start ?? 0n), why: cut } }
  }
  return { pieces }
}

const asIs = (_type: number, data: string): string => data

/** Returns the source of answers: one rrset where that is all there is, which takes less time, else a walk. */
function subjectFor(question: Question, type: number, zones: Zones): Subject {
  const state = zones.find(question.key)
  if (state?.kind !== 'loaded' || type === TYPE.ANY || state.zone.access) return WALK
  if (state.zone.names.lookup(question.key).kind === 'delegation') return WALK
  const found = subjectOf(question.key, type, zones)
  return found.kind === 'rrset' ? found : WALK
}

function rangeOf({ family, bytes, length }: Prefix): { readonly start: bigint; readonly end: bigint } {
  const start = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  return { start, end: start + (1n << BigInt(addressBits(family) - length)) }
}
