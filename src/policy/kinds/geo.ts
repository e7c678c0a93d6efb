import type * as v from 'valibot'
import type { GeoPartition, Levels, Located } from '../../geo/query-path.ts'
import { buildScopeMap, type ScopeMap } from '../../net/index.ts'
import { wholeOf } from '../../stored-value.ts'
import type { Builders } from '../builders.ts'
import type { Compilers } from '../compilers.ts'
import type { Compiling } from '../context.ts'
import { type GeoTable, insideGeoTable } from '../geo-table.ts'
import type { Path } from '../issues.ts'
import { type LocatedClient, locateFor } from '../location.ts'
import { STEPS_A_PLACE } from '../steps.ts'
import { loadText, loadTexts, storeText, storeTexts, storeWords, type TextList, textsOf } from '../stored.ts'
import { loadLevels, storeLevels } from '../stored-levels.ts'
import { loadScopeMap, soundScopeMap, storeScopeMap } from '../stored-scope-map.ts'
import { type Loading, loadBranches, loadMembers, loadNumbers, type Stored, type Storing } from '../storing.ts'
import { DAMAGED, type Fail } from './fail.ts'
import type { Choice, ChoiceInput, Inner, Trace } from './kind.ts'

/** docs/geography.md describes it by example. */
export interface GeoExpression<E> extends GeoTable<E> {
  readonly kind: 'geo'
  readonly otherwise: E
}

/** The member of the client's location, or of a network, which comes before all locations. */
export interface Geo<P> {
  readonly kind: 'geo'
  /** Its outcomes are numbers of branches that answer alike. */
  readonly division: GeoPartition
  readonly levels: Levels<number>
  /** The number of each member: the same one for members that answer alike. */
  readonly outcomes: readonly number[]
  /** The text of each network, and the member that it leads to. */
  readonly networks: TextList
  readonly branches: Uint32Array
  /** The last member is for all other clients. */
  readonly members: readonly P[]
}

export type GeoStep = LocatedClient & {
  readonly step: 'geo'
  /** The key or the network that decided; null if none has the client. */
  readonly matched: string | null
  readonly branch: number | 'otherwise'
}

export const schema = <E>({ v, object, geoTableFields }: Builders, answer: v.GenericSchema<E>) =>
  object({ kind: v.literal('geo'), ...geoTableFields(answer), otherwise: answer })

export function compile<E, P>(
  expression: GeoExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Compilers<E, P>,
): P | Geo<P> {
  const members: P[] = []
  const { levels, prefixes, networks, values } = kinds.compileGeoTable<E, number>(
    expression,
    path,
    context,
    (answer, at) => members.push(kinds.compile(answer, at, context)) - 1,
  )
  members.push(kinds.compile(expression.otherwise, [...path, 'otherwise'], context))
  const outcomes = kinds.outcomeNumbers(members)
  if (outcomes.every((number) => number === outcomes[0])) return members[0] as P
  const outcomeOf = (branch: number): number => outcomes[branch] as number
  const otherwise = outcomes.at(-1) as number
  const ofNetworks = values.map(outcomeOf)
  const ofLevels = levels.entries().map(([key, branch]) => [key, outcomeOf(branch)])
  const id = `geo ${JSON.stringify([otherwise, ofLevels, networks, ofNetworks])}`
  const scopes = networks.length > 0 ? buildScopeMap(prefixes, 'longest', ofNetworks, -1) : undefined
  const branches = Uint32Array.from(values)
  const division = divisionOf(id, levels, outcomes, branches, scopes)
  return { kind: 'geo', division, levels, outcomes, networks, branches, members }
}

/** @param scopes finds the network of a client, if the policy has networks */
function divisionOf(
  id: string,
  levels: Levels<number>,
  outcomes: readonly number[],
  branches: Uint32Array,
  scopes: ScopeMap | undefined,
): GeoPartition {
  const outcomeOf = (branch: number): number => outcomes[branch] as number
  return {
    id,
    reads: levels.reads,
    outcome: (place) => outcomeOf(levels.find(place)?.value ?? outcomes.length - 1),
    ...(scopes && { networks: { map: scopes, outcomes: Array.from(branches, outcomeOf) } }),
  }
}

export function choose<P>(policy: Geo<P>, input: ChoiceInput, trace: Trace<GeoStep> | undefined): Choice<P | Fail> {
  const located = locateFor(policy.division, input)
  const { place, from, scope } = located
  const { matched, branch } = branchAt(policy, located)
  trace?.push({ step: 'geo', place, from, matched, branch: matched === null ? 'otherwise' : branch, scope })
  return { member: policy.members[branch] ?? DAMAGED, scope }
}

/** Returns the key or the network that decides, as the zone has it, and the index of its member. */
function branchAt(
  { networks, branches, levels, members }: Geo<unknown>,
  { place, network }: Located,
): { matched: string | null; branch: number } {
  if (network >= 0) return { matched: networks.at(network) as string, branch: branches[network] as number }
  const found = levels.find(place)
  return found ? { matched: found.key, branch: found.value } : { matched: null, branch: members.length - 1 }
}

export const steps = (): number => STEPS_A_PLACE

export const identity = ({ networks, branches, division }: Geo<unknown>): unknown => [
  textsOf(networks),
  [...branches],
  division.id,
]

export const inside = <E>(expression: GeoExpression<E>): Inner<E>[] => [
  ...insideGeoTable(expression),
  [expression.otherwise, ['otherwise']],
]

export const store = <P>(policy: Geo<P>, { keeper, store }: Storing<P>): Stored => [
  policy.kind,
  policy.members.map(store),
  policy.outcomes,
  storeText(policy.division.id, keeper),
  storeLevels(policy.levels),
  storeTexts(policy.networks, keeper),
  storeWords(policy.branches, keeper),
  policy.division.networks ? storeScopeMap(policy.division.networks.map, keeper) : null,
]

export function load<P>([, stored, numbers, id, entries, texts, leads, map]: Stored, loading: Loading<P>): Geo<P> {
  const { kept } = loading
  const members = loadMembers(stored, loading)
  const outcomes = loadNumbers(numbers, members, 0, 2 ** 32 - 1)
  const levels = loadLevels(entries, (branch) => wholeOf(branch, 0, members.length - 1))
  const networks = loadTexts(texts, kept)
  const branches = loadBranches(leads, kept, networks)
  const scopes = networks.length > 0 ? soundScopeMap(loadScopeMap(map, kept), networks.length) : undefined
  const division = divisionOf(loadText(id, kept), levels, outcomes, branches, scopes)
  return { kind: 'geo', division, levels, outcomes, networks, branches, members }
}
