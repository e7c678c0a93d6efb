import { isMember, type PoolMember, type PoolMemberExpression } from './alternatives.ts'
import { reports } from './compile-members.ts'
import type { Compiling } from './context.ts'
import { type Path, refuse } from './issues.ts'
import { SELECT, type Select, selectsWith } from './selects.ts'

type Pool<E> = {
  readonly members: readonly (E | PoolMemberExpression<E>)[]
  readonly select?: Select | undefined
  readonly count?: number | undefined
  readonly weights?: 'reported' | undefined
  readonly lost?: 'spread' | 'next' | undefined
}

const COUNTED = selectsWith(({ answers }) => answers === 'count')
const SHARED = selectsWith(({ shares }) => shares)
const SPILLING = selectsWith(({ spills }) => spills)
const SHEDDING = selectsWith(({ sheds }) => sheds)

/** Refuses the fields of a pool that its selector does not read. */
export function refuseUnread<E, P>(
  { select = 'random', count = 1, members, weights, lost }: Pool<E>,
  parts: readonly PoolMember[],
  path: Path,
  context: Compiling<E, P>,
): void {
  const traits = SELECT[select]
  const fault = (field: string, message: string) => refuse(context, [...path, field], message)
  const hasWeights = members.some(
    (member) => isMember<E, PoolMemberExpression<E>>(member) && member.weight !== undefined,
  )
  if (!traits.weights && hasWeights)
    fault('select', `select "${select}" looks at no weights; expected one like "weighted"`)
  if (!traits.groups && parts.some((part) => part.group !== undefined)) {
    fault('select', `select "${select}" looks at no groups; expected "grouped" or "grouped-multi"`)
  }
  if (count > 1 && traits.answers !== 'count') {
    const expected = `expected no "count", or one of ${COUNTED.join(', ')}`
    fault('count', `"count" has no effect with select "${select}"; ${expected}`)
  }
  if (!traits.weights && weights) fault('weights', `select "${select}" looks at no weights; expected no "weights"`)
  if (weights && !parts.some((part) => reports(part, 'weight'))) {
    const expected = 'expected a "check" of kind push, or with "weight": "body"'
    fault('weights', `nothing reports a weight here; ${expected}`)
  }
  if (lost === 'next' && !traits.shares) {
    fault('lost', `select "${select}" gives out no shares; expected no "lost", or one of ${SHARED.join(', ')}`)
  }
  const spills = parts.some(({ pace }) => pace?.load)
  if (spills && !(traits.spills && count === 1)) {
    const expected = `expected no "load", or no "count" and one of ${SPILLING.join(', ')}`
    fault('load', `"load" passes clients on from one member to another, and an answer has several here; ${expected}`)
  }
  parts.forEach(({ shed }, i) => {
    if (!shed || traits.sheds) return
    const expected = `expected no "shed", or one of ${SHEDDING.join(', ')}`
    refuse(context, [...path, 'members', i, 'shed'], `select "${select}" gives out no shares; ${expected}`)
  })
}
