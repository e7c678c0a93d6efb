import type { Expression } from '../policy/index.ts'
import type { Selector } from './check-options.ts'
import { isList, isSame, type Member, type Option, option, type Pool, type Refusal } from './print-refusal.ts'

/** Reads the selection of a pool back into `selector` and `backupSelector`. */
export class SelectorPrinter {
  private readonly refusal: Refusal
  private readonly canonical: (text: string) => string

  constructor(refusal: Refusal, canonical: (text: string) => string) {
    this.refusal = refusal
    this.canonical = canonical
  }

  selectorOf(pools: readonly Pool[], groups: readonly (readonly Member[])[]): Selector | undefined {
    const selects = new Set(pools.map(({ select = 'random' }) => select))
    const [select] = selects
    if (selects.size > 1) return this.refusal.refuse('pools with different "select"; expected the same in each')
    if (select === 'random' || select === 'all' || select === 'hashed' || select === 'pickclosest') return select
    const isEmpty = groups.every((group) => group.every(({ answer }) => isList(answer) && answer.length === 0))
    if (select === 'first' && isEmpty) return 'empty'
    return this.refusal.refuse(
      `"select": "${select}" has no selector in PowerDNS; expected "random", "all", "hashed" or "pickclosest"`,
    )
  }

  optionsOf(
    { whenDown, whenUnknown }: Pool,
    selector: Selector,
    answers: readonly string[],
    groups: readonly (readonly Member[])[],
  ): { readonly options: readonly Option[]; readonly isOne: boolean } | undefined {
    const backup = this.backupOf(whenDown, selector, answers)
    if (!backup) return undefined
    const most = Math.max(...groups.map((group) => group.length))
    const isOne =
      selector !== 'empty' &&
      backup !== 'empty' &&
      (selector !== 'all' || most === 1) &&
      (backup !== 'all' || answers.length === 1)
    return {
      options: [
        ...option('selector', selector, 'random'),
        ...option('backupSelector', backup, 'random'),
        ...option('failOnIncompleteCheck', whenUnknown === undefined ? 'false' : 'true', 'false'),
      ],
      isOne,
    }
  }

  /** Returns the selector while all are down. "all" is the selector itself, which leaves out what is drained. */
  private backupOf(whenDown: Pool['whenDown'], selector: Selector, answers: readonly string[]): Selector | undefined {
    if (whenDown === undefined || whenDown === 'all') return selector
    const backup = whenDown === 'nodata' ? 'empty' : this.selectorIn(whenDown, selector, answers)
    if (backup !== undefined && backup !== selector) return backup
    const expected = 'expected "all", "nodata", or an "answer" by another selector over the same addresses'
    return this.refusal.refuse(
      `"whenDown": ${JSON.stringify(whenDown)} is not a backup selector of PowerDNS; ${expected}`,
    )
  }

  private selectorIn(
    whenDown: Exclude<Pool['whenDown'], undefined>,
    selector: Selector,
    answers: readonly string[],
  ): Selector | undefined {
    if (typeof whenDown !== 'object') return undefined
    const { answer } = whenDown
    const texts = chosenFrom(answer).map((one) => (typeof one === 'string' ? this.canonical(one) : undefined))
    if (!isSame(texts, answers)) return undefined
    if (isChoice(answer)) return answer.kind
    if (isClosest(answer)) return 'pickclosest'
    if (isList(answer)) return 'all'
    // One address needs no choice: either selector is read as it.
    return selector === 'random' ? 'hashed' : 'random'
  }
}

/** Returns the answers that a backup selector chooses from. */
export function chosenFrom(answer: Expression): readonly Expression[] {
  if (isChoice(answer)) return answer.of
  if (isClosest(answer)) return answer.members
  return isList(answer) ? answer : [answer]
}

const isChoice = (expression: Expression): expression is Extract<Expression, { kind: 'random' | 'hashed' }> =>
  typeof expression === 'object' &&
  'kind' in expression &&
  (expression.kind === 'hashed' || (expression.kind === 'random' && (expression.count ?? 1) === 1))

type Closest = Pool & { readonly members: readonly Expression[] }

/** A pool that has nothing but its choice by place. Members that are not expressions are not texts either. */
const isClosest = (expression: Expression): expression is Closest =>
  typeof expression === 'object' &&
  'kind' in expression &&
  expression.kind === 'pool' &&
  expression.select === 'pickclosest' &&
  Object.keys(expression).every((field) => ['kind', 'select', 'members'].includes(field))
