import type { CheckDocument } from '../health/index.ts'
import type { Expression, FailoverExpression, PoolExpression, PoolMemberExpression } from '../policy/index.ts'

export type Pool = PoolExpression<Expression>
export type Failover = FailoverExpression<Expression>
export type Member = PoolMemberExpression<Expression>
export type Http = Extract<CheckDocument, { kind: 'http' | 'https' }>
export type Probed = Extract<CheckDocument, { kind: 'tcp' }> | Http

/** An option of a call. */
export type Option = readonly [name: string, value: string | number | Readonly<Record<string, string>>]

export const option = (name: string, value: Option[1] | undefined, usual?: string | number): readonly Option[] =>
  value === undefined || value === usual ? [] : [[name, value]]

/** Keeps the first property of a pool that no call of PowerDNS can express. */
export class Refusal {
  problem = ''

  refuse(problem: string): undefined {
    this.problem ||= problem
  }

  /** Returns true if PowerDNS knows all fields that are given. A field with its default value does not count. */
  hasOnly(what: string, object: object, allowed: readonly string[], usual: object = {}): boolean {
    const more = Object.entries(object).find(
      ([field, value]) =>
        value !== undefined &&
        field !== 'kind' &&
        !allowed.includes(field) &&
        (usual as Record<string, unknown>)[field] !== value,
    )
    if (!more) return true
    const [field, value] = more
    this.refuse(`${JSON.stringify(field)}: ${JSON.stringify(value)} of a ${what} is not in PowerDNS; expected none`)
    return false
  }
}

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

export const said = (target: string | undefined, answer: Expression): string =>
  target ?? (typeof answer === 'string' ? answer : 'an answer that is not a text')

/** TypeScript's Array.isArray does not narrow readonly arrays. */
export const isList = (expression: Expression): expression is readonly Expression[] => Array.isArray(expression)

/** True for records that are the same whoever asks. */
export const isFixed = (answer: Expression): boolean =>
  typeof answer === 'string' || (isList(answer) && answer.every(isFixed))

export const whole = <T>(list: readonly (T | undefined)[]): readonly T[] | undefined =>
  list.every((item) => item !== undefined) ? (list as readonly T[]) : undefined
