import { distinctNames, type ProbeCondition, zoneOfCheck } from '../health/index.ts'
import { escaped, labelsOf } from './exposition.ts'

/**
 * The labels of a target in pieces, of which many targets share the first: `{zone="…",check="…",target="` and the
 * target.
 */
type TargetLabel = { readonly start: string; readonly target: string }

/**
 * The labels of targets. They are kept from one scrape to the next for as long as the checks and the zones are the
 * same, since there may be thousands.
 */
export class TargetLabels {
  private conditions: readonly ProbeCondition[] = []
  private zones: readonly string[] = []
  private labels: readonly (TargetLabel | undefined)[] = []

  /**
   * Undefined stands for a target that has the labels of an earlier one: two targets of one name would be one series.
   */
  of(conditions: readonly ProbeCondition[], zones: Iterable<string>): readonly (TargetLabel | undefined)[] {
    const origins = [...zones]
    if (!areSame(origins, this.zones) || !areSame(conditions, this.conditions)) {
      this.labels = labelsOfTargets(conditions, new Set(origins))
      this.conditions = conditions
      this.zones = origins
    }
    return this.labels
  }
}

const areSame = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some === others || (some.length === others.length && some.every((one, i) => one === others[i]))

function labelsOfTargets(
  conditions: readonly ProbeCondition[],
  origins: ReadonlySet<string>,
): readonly (TargetLabel | undefined)[] {
  const nameOf = distinctNames(conditions)
  const starts = new Map<string, string>()
  const told = new Map<string, Set<string>>()
  return conditions.map((condition) => {
    const { check, target } = condition
    const name = nameOf(condition)
    const key = name === check ? name : `${check} ${name}`
    let start = starts.get(key)
    if (start === undefined) {
      start = labelsOf({ zone: zoneOfCheck(check, origins), check: name, target: '' }).slice(0, -'"}'.length)
      starts.set(key, start)
      if (!told.has(start)) told.set(start, new Set())
    }
    const targets = told.get(start) as Set<string>
    if (targets.has(target)) return undefined
    targets.add(target)
    return { start, target: escaped(target) }
  })
}
