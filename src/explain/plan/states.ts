import type { Health } from '../../health/index.ts'
import { MAX_PLAN_STATES } from '../../limits.ts'
import type { Zone } from '../../zone/index.ts'
import { subjectsOf } from '../subjects.ts'
import { assuming } from '../what-if.ts'
import type { PlanOptions } from './plan.ts'

/**
 * Returns the states of health that a plan compares in: the present one, and those in which a change may show that does
 * not show in it: everything down, and each target or datacenter by itself.
 */
export function statesAround(health: Health, zones: readonly Zone[]): PlanOptions['states'] {
  const present = { name: undefined, health }
  const using = zones.filter(({ usesHealth }) => usesHealth)
  if (using.length === 0) return [present]
  const names = new Set<string>()
  for (const subject of subjectsOf(using)) {
    if ('target' in subject) names.add(subject.target)
    else if (subject.datacenter !== undefined) names.add(subject.datacenter)
  }
  const down = (glob: string): Health => assuming(health, { down: [glob], up: [] })
  return [
    present,
    { name: 'everything is down', health: down('*') },
    ...[...names].slice(0, MAX_PLAN_STATES - 2).map((name) => ({ name: `${name} is down`, health: down(name) })),
  ]
}
