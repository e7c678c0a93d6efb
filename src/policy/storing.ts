import { MAX_WEIGHT } from '../limits.ts'
import { Damaged, listOf, wholeOf } from '../stored-value.ts'
import type { PacingCode, PoolMember } from './alternatives.ts'
import type { DatacenterMap } from './datacenter-orders.ts'
import { type Keeper, type Kept, loadWords, type TextList } from './stored.ts'

/** Author time: the operations that a kind stores a policy with. `P` is any policy. */
export type Storing<P> = {
  readonly keeper: Keeper
  /** Returns the JSON value of a member. */
  readonly store: (policy: P) => unknown
  /** Returns the pace of each part as it is stored. */
  readonly paces: (parts: readonly PoolMember[]) => unknown
}

/** Query time: the operations that a kind loads a policy with. All throw on what was not written like this. */
export type Loading<P> = {
  readonly kept: Kept
  readonly load: (value: unknown) => P
  /** Returns a map of the zone by its name. */
  readonly map: (name: string) => DatacenterMap
  /** The code of pools that come back gently. @throws if nobody has loaded it */
  readonly pacing: PacingLoader<P>
}

/** Loads what is stored of members that come back gently, and of weights that shift. */
export type PacingLoader<P> = {
  /** @param stored the pace of each part */
  alternatives(stored: unknown, parts: readonly PoolMember[]): { parts: readonly PoolMember[]; pacing: PacingCode }
  shift(stored: Stored, loading: Loading<P>): P
}

/** A stored policy, but for fixed records: the name of its kind, and what that kind writes behind it. */
export type Stored = readonly unknown[]

/** @param least the number of members without which a query could not choose */
export function loadMembers<P>(value: unknown, { load }: Loading<P>, least = 1): P[] {
  const list = listOf(value)
  if (list.length < least) throw new Damaged(`at least ${least} members`)
  return list.map(load)
}

/** Reads one number for each member. */
export function loadNumbers(value: unknown, members: readonly unknown[], least: number, most: number): number[] {
  const list = listOf(value)
  if (list.length !== members.length) throw new Damaged('a number for each member')
  return list.map((number) => wholeOf(number, least, most))
}

export const loadWeights = (value: unknown, members: readonly unknown[]): number[] =>
  loadNumbers(value, members, 1, MAX_WEIGHT)

/** Reads the index of the member that each network leads to. The index may be too large. */
export function loadBranches(value: unknown, kept: Kept, networks: TextList): Uint32Array {
  const branches = loadWords(value, kept)
  if (branches.length !== networks.length) throw new Damaged('a branch for each network')
  return branches
}
