import { flagOf, maybe, numberOf, wholeOf, wordOf } from '../../stored-value.ts'
import type { Alternatives, AlternativesExpression, AlternativesStep, PoolMemberExpression } from '../alternatives.ts'
import type { Nearest } from '../nearest.ts'
import type { Ring } from '../ring.ts'
import { SELECT, SELECTS, type Select } from '../selects.ts'
import { STEPS_A_PLACE, stepsToCopy } from '../steps.ts'
import { loadAlternatives } from '../stored-alternatives.ts'
import { loadNearest } from '../stored-nearest.ts'
import { loadRing } from '../stored-ring.ts'
import type { Loading, Stored } from '../storing.ts'

/** docs/health.md describes it by example. */
export interface PoolExpression<E> extends AlternativesExpression<E, 'all'> {
  readonly kind: 'pool'
  readonly members: readonly (E | PoolMemberExpression<E>)[]
  readonly select?: Select | undefined
  readonly count?: number | undefined
  readonly weights?: 'reported' | undefined
  readonly lost?: 'spread' | 'next' | undefined
  readonly minLive?: number | undefined
  readonly ignoreHealth?: boolean | undefined
}

/** Some of the members that are up. */
export interface Pool<P> extends Alternatives<P> {
  readonly kind: 'pool'
  readonly select: Select
  readonly count: number
  /** True if weights that targets report replace the members' own. */
  readonly reported: boolean
  /** The share of a member that is down goes to all others, or to the next one that is up. */
  readonly lost: 'spread' | 'next'
  /** The part of the members, or of their weights, that has to be up for the pool to be up. */
  readonly minLive: number
  readonly ignoreHealth: boolean
  /** True if the client, or the queried name, matters for health: the result is valid for this query alone. */
  readonly healthDependsOnClient: boolean
  /** Set if the client's location decides which members come first. */
  readonly nearest?: Nearest
  /** Set for consistent hashing: the ring of all members. */
  readonly ring?: Ring
}

export type PoolStep = AlternativesStep<'pool'>

/** The members themselves are charged when the pool is resolved. */
export const steps = ({ nearest, parts, ring }: Pool<unknown>): number =>
  1 + (nearest ? STEPS_A_PLACE * (1 + parts.length) : 0) + stepsToCopy(ring?.points.length ?? 0)

export function load<P>([, stored, word, count, ...rest]: Stored, loading: Loading<P>): Pool<P> {
  const [reported, lost, minLive, ignoreHealth, healthDependsOnClient, places, points] = rest
  const alternatives = loadAlternatives(stored, loading)
  const { length } = alternatives.parts
  const select = wordOf(word, SELECTS)
  const nearest = maybe(places, (value) => loadNearest(value, length))
  return {
    kind: 'pool',
    ...alternatives,
    select,
    count: maybe(count, (value) => wholeOf(value, 1, Number.MAX_VALUE)) ?? Number.POSITIVE_INFINITY,
    reported: flagOf(reported),
    lost: wordOf(lost, ['spread', 'next']),
    minLive: numberOf(minLive),
    ignoreHealth: flagOf(ignoreHealth),
    healthDependsOnClient: flagOf(healthDependsOnClient),
    ...(nearest && { nearest }),
    ...(SELECT[select].ring && { ring: loadRing(points, loading.kept) }),
  }
}
