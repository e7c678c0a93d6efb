import { type ProbeCondition, probeBlockerWithoutAgent } from '../health/index.ts'
import type { Issue, Path } from '../policy/index.ts'

/** Targets that a deployed Worker cannot probe, by the rrset and check that ask for it: one warning for each. */
export class ProbeBlockers {
  private readonly found = new Map<string, { path: Path; check: string; targets: string[]; why: string }>()

  /** Adds a target, unless its check names an agent, which can probe it. */
  add({ check, target, probe }: ProbeCondition, path: Path): void {
    const why = probeBlockerWithoutAgent(probe, 'edge')
    if (why === undefined) return
    const key = JSON.stringify([path, check])
    const found = this.found.get(key)
    if (found) found.targets.push(target)
    else this.found.set(key, { path, check, targets: [target], why: why })
  }

  warnings(): Issue[] {
    return [...this.found.values()].map(({ path, check, targets, why }) => {
      const more = targets.length > 1 ? ` and ${targets.length - 1} more` : ''
      return {
        path,
        message: `no deployed Worker can probe ${targets[0]}${more} for ${check} (counts as up): ${why}`,
      }
    })
  }
}
