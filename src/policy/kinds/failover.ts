import type {
  Alternatives,
  AlternativesExpression,
  AlternativesStep,
  FailoverMemberExpression,
  Whole,
} from '../alternatives.ts'
import { loadAlternatives } from '../stored-alternatives.ts'
import type { Loading, Stored } from '../storing.ts'

/** docs/health.md describes it by example. */
export interface FailoverExpression<E> extends AlternativesExpression<E, 'first' | 'all'> {
  readonly kind: 'failover'
  readonly pools: readonly (E | FailoverMemberExpression<E>)[]
}

/** The first member that is up. */
export interface Failover<P> extends Alternatives<P> {
  readonly kind: 'failover'
  /** Set for an order of a map whose members have limits of their loads. */
  readonly whole?: Whole
}

export type FailoverStep = AlternativesStep<'failover'>

export const load = <P>([, stored]: Stored, loading: Loading<P>): Failover<P> => ({
  kind: 'failover',
  ...loadAlternatives(stored, loading),
})
