import { lookupScope, type ScopeMap } from '../../net/index.ts'
import { wordOf } from '../../stored-value.ts'
import { STEPS_A_SEARCH } from '../steps.ts'
import { loadTexts, type TextList } from '../stored.ts'
import { loadScopeMap } from '../stored-scope-map.ts'
import { type Loading, loadBranches, loadMembers, type Stored } from '../storing.ts'
import { DAMAGED, type Fail } from './fail.ts'
import type { Choice, ChoiceInput, Trace } from './kind.ts'

/** The first rule with a network of the client decides (PowerDNS's view). */
export interface ViewExpression<E> {
  readonly kind: 'view'
  readonly rules: readonly Rule<E>[]
  readonly otherwise?: E | undefined
}

export type Rule<E> = { readonly networks: readonly string[]; readonly answer: E }

/** The longest network of the client decides (PowerDNS's netmask map). */
export interface NetworksExpression<E> {
  readonly kind: 'networks'
  readonly networks: Readonly<Record<string, E>>
  readonly otherwise?: E | undefined
}

/** The member of the network that decides for the client. */
export interface Networks<P> {
  readonly kind: 'view' | 'networks'
  readonly map: ScopeMap
  /** The text of each network, and the member that it leads to. */
  readonly networks: TextList
  readonly branches: Uint32Array
  /** The last member is for clients in no network. */
  readonly members: readonly P[]
}

export type NetworksStep = {
  readonly step: 'view' | 'networks'
  /** The network that decided; null if none holds the client. */
  readonly matched: string | null
  readonly branch: number | 'otherwise'
  readonly scope: number
}

export function choose<P>(
  policy: Networks<P>,
  { client }: ChoiceInput,
  trace: Trace<NetworksStep> | undefined,
): Choice<P | Fail> {
  const { kind, map, networks, branches, members } = policy
  const { index, scope } = lookupScope(map, client)
  const branch = index < 0 ? members.length - 1 : (branches[index] as number)
  trace?.push(
    index < 0
      ? { step: kind, matched: null, branch: 'otherwise', scope }
      : { step: kind, matched: networks.at(index) as string, branch, scope },
  )
  return { member: members[branch] ?? DAMAGED, scope }
}

export const steps = (): number => STEPS_A_SEARCH

/** Does not look through the arrays, which may be long: `choose` finds it out if one leads nowhere. */
export function load<P>([kind, stored, texts, numbers, map]: Stored, loading: Loading<P>): Networks<P> {
  const { kept } = loading
  const members = loadMembers(stored, loading)
  const networks = loadTexts(texts, kept)
  const branches = loadBranches(numbers, kept, networks)
  return { kind: wordOf(kind, KINDS), map: loadScopeMap(map, kept), networks, branches, members }
}

const KINDS: readonly Networks<unknown>['kind'][] = ['view', 'networks']
