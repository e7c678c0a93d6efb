import type { NameKey } from '../../dns/query-path.ts'
import type { GeoSources } from '../../geo/query-path.ts'
import type { Address } from '../../net/index.ts'
import type { Work } from '../work.ts'

// The forms that kinds share. A kind's file is generic in `E`, any expression, and `P`, any policy: it knows no other
// kind, so that no two kinds import each other.

/** The client and the queried name, or the name that a CNAME led to. `work` bounds the search for exact scopes. */
export type ChoiceInput = {
  readonly client: Address
  readonly name: NameKey
  /** The sources of clients' locations. Without them every location is unknown. */
  readonly places?: GeoSources | undefined
  readonly work?: Work
}

/**
 * The member for a client and a name. `scope`: the shortest prefix length, in bits of the client's family, whose
 * clients all get the same member; 0 if the client does not matter.
 */
export type Choice<P> = { readonly member: P; readonly scope: number }

/** The index of the member that chance drew, or those of several. */
export type Draw = number | readonly number[]

/**
 * Gets each decision's step, in order. Only an explanation asks for one: `trace?.push({ … })` makes no step without it.
 */
export type Trace<Step> = { push(step: Step): unknown }

/** The members' indices in the zone, set if health has left others out. */
export interface Among {
  readonly among?: readonly number[]
}

/** Returns members by their indices in the zone. */
export const named = (picked: Draw, among: readonly number[] | undefined): readonly number[] =>
  among ? listOf(picked).map((i) => among[i] as number) : listOf(picked)

export const listOf = (picked: Draw): readonly number[] => (typeof picked === 'number' ? [picked] : picked)

/** An expression directly inside another one, and its path from there. */
export type Inner<E> = readonly [expression: E, path: readonly (string | number)[]]

/** The step before this one, as far as the text of a step depends on it. */
export type TextContext = {
  /** Says how many members a draw was from: fewer than the zone has if health left some out. */
  readonly drawnFrom: (count: number) => string
  /** True if the step before says where the client is. */
  readonly isLocated: boolean
}
