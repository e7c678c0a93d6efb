import { instructionsOf, type ProbeCondition } from '../health/index.ts'
import { MAX_ZONE_PATTERN_INSTRUCTIONS } from '../limits.ts'

/** The patterns of a zone's checks: all are compiled when the zone is. */
export class Patterns {
  private left = MAX_ZONE_PATTERN_INSTRUCTIONS
  private readonly known = new Set<string>()

  /** Returns what is wrong if the zone has too many. */
  add({ probe: { action } }: ProbeCondition): string | undefined {
    const expected = action.kind === 'tcp' ? action.expect : 'body' in action ? action.body : undefined
    if (!expected || !('matches' in expected) || this.known.has(expected.matches)) return undefined
    this.known.add(expected.matches)
    const instructions = instructionsOf(expected.matches)
    this.left -= instructions.ok ? instructions.value : 0
    if (this.left >= 0) return undefined
    return `with this one the patterns of the zone have more than ${MAX_ZONE_PATTERN_INSTRUCTIONS} instructions; expected fewer, or "contains"`
  }
}
