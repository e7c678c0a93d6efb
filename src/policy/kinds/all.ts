import { type Loading, loadMembers, type Stored, type Storing } from '../storing.ts'
import type { Inner } from './kind.ts'
import { joined, type Values } from './values.ts'

/** The records of every member. */
export interface All<P> {
  readonly kind: 'all'
  readonly members: readonly P[]
}

export type AllStep = { readonly step: 'all'; readonly of: number }

/** Joins the answers of a list. Lists of fixed records become one. */
export function compile<P extends { readonly kind: string }>(members: readonly P[]): P | Values | All<P> {
  const lists: readonly { readonly kind: string }[] = members
  if (lists.every(isValues)) return joined(lists)
  return members.length === 1 ? (members[0] as P) : { kind: 'all', members }
}

const isValues = (policy: { readonly kind: string }): policy is Values => policy.kind === 'values'

export const stepOf = ({ members }: All<unknown>): AllStep => ({ step: 'all', of: members.length })

export const maxMembers = ({ members }: All<unknown>): number => members.length

export const inside = <E>(list: readonly E[]): Inner<E>[] => list.map((one, i) => [one, [i]])

export const store = <P>({ kind, members }: All<P>, { store }: Storing<P>): Stored => [kind, members.map(store)]

export const load = <P>([, members]: Stored, loading: Loading<P>): All<P> => ({
  kind: 'all',
  members: loadMembers(members, loading),
})
