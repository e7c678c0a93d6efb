import {
  type Condition,
  distinctNames,
  liveOverrides,
  type Override,
  type ProbeCondition,
  probesOf,
  type Subject,
} from '../health/index.ts'
import { isAlternatives, membersOf, type Policy } from '../policy/index.ts'
import type { Zone } from '../zone/index.ts'

/** Returns everything in the zones that overrides can match: checks of targets, pools, and datacenters of pools. */
export function subjectsOf(zones: readonly Zone[]): readonly Subject[] {
  const subjects = new Map<string, Subject>()
  const add = (subject: Subject): void => void subjects.set(JSON.stringify(subject), subject)
  const nameOf = distinctNames(zones.flatMap(probesIn))
  const addCondition = (condition: Condition): void => {
    if (condition.kind === 'probe')
      add({
        check: nameOf(condition),
        aliases: [condition.check, ...(condition.aliases ?? [])],
        target: condition.target,
      })
    if (condition.kind === 'calculated') add({ check: condition.check, target: condition.target })
    if (condition.kind !== 'probe') condition.of.forEach(addCondition)
  }
  const addPolicy = (policy: Policy): void => {
    if (policy.kind === 'pool' || policy.kind === 'failover') {
      add({ pool: policy.name })
      for (const { condition, datacenter } of policy.parts) {
        if (condition) addCondition(condition)
        if (datacenter !== undefined) add({ pool: policy.name, datacenter })
      }
    }
    membersOf(policy).forEach(addPolicy)
  }
  for (const { names } of zones) {
    for (const { rrsets } of names.all()) for (const { policy } of rrsets) addPolicy(policy)
  }
  return [...subjects.values()]
}

/** Returns the probes of all pools of a zone. */
function probesIn({ names }: Zone): ProbeCondition[] {
  const probes: ProbeCondition[] = []
  const addPolicy = (policy: Policy): void => {
    if (isAlternatives(policy)) {
      for (const { condition } of policy.parts) if (condition) probes.push(...probesOf(condition))
    }
    membersOf(policy).forEach(addPolicy)
  }
  for (const { rrsets } of names.all()) for (const { policy } of rrsets) addPolicy(policy)
  return probes
}

/** Returns the subjects that an override matches, whether it counts now or not. */
export function namedBy(override: Override, subjects: readonly Subject[]): readonly Subject[] {
  const [live] = liveOverrides([override])
  return subjects.filter((subject) => live?.names(subject))
}

export const subjectText = (subject: Subject): string =>
  'check' in subject
    ? `${subject.check} ${subject.target}`
    : [subject.pool, ...(subject.datacenter === undefined ? [] : [subject.datacenter])].join(' in ')
