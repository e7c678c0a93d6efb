import { type Condition, readCondition } from '../health/query-path.ts'
import { MAX_WEIGHT } from '../limits.ts'
import { Damaged, flagOf, listOf, maybe, numberOf, parsedOf, textOf, wholeOf, wordOf } from '../stored-value.ts'
import type { Alternatives, PoolMember, WhenDown } from './alternatives.ts'
import { type Kept, loadText } from './stored.ts'
import { type Loading, loadMembers } from './storing.ts'

/** @param parts the number of parts, if that is known */
export function loadAlternatives<P>(value: unknown, loading: Loading<P>, parts?: number): Alternatives<P> {
  const [name, members, stored, whenDown, failUnknown, dependsOnClient, paces] = listOf(value)
  const own = listOf(stored).map((part) => loadPart(part, loading.kept))
  const policy: Alternatives<P> = {
    name: textOf(name),
    members: loadMembers(members, loading),
    parts: own,
    whenDown: wordOf(whenDown, WHEN_DOWN),
    failUnknown: flagOf(failUnknown),
    dependsOnClient: flagOf(dependsOnClient),
    ...(paces !== undefined && loading.pacing.alternatives(paces, own)),
  }
  const { length } = policy.parts
  if (policy.members.length !== length + (policy.whenDown === 'last' ? 1 : 0) || length !== (parts ?? length))
    throw new Damaged('a member for each part')
  return policy
}

const WHEN_DOWN: readonly WhenDown[] = ['all', 'first', 'last-known', 'nodata', 'servfail', 'refused', 'last']

function loadPart(value: unknown, kept: Kept): PoolMember {
  const [check, key, weight, datacenter, group, shed] = listOf(value)
  return {
    condition: maybe(check, (number) => loadCondition(number, kept)),
    key: textOf(key),
    weight: wholeOf(weight, 1, MAX_WEIGHT),
    datacenter: maybe(datacenter, textOf),
    group: maybe(group, textOf),
    shed: maybe(shed, loadShed),
  }
}

const loadCondition = (number: unknown, kept: Kept): Condition => readCondition(parsedOf(loadText(number, kept)))

function loadShed(value: unknown): PoolMember['shed'] {
  const [low, high] = listOf(value)
  return { low: numberOf(low), high: numberOf(high) }
}
