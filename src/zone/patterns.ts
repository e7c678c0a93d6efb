import type { PatternSize, ProbeCondition } from '../health/index.ts'
import { MAX_ZONE_PATTERN_INSTRUCTIONS } from '../limits.ts'

/** The patterns of a zone's checks, which are all compiled when a zone is validated for the first time. */
export class Patterns {
  private left = MAX_ZONE_PATTERN_INSTRUCTIONS
  private readonly counted = new Set<string>()
  private readonly patternSize: PatternSize

  constructor(patternSize: PatternSize) {
    this.patternSize = patternSize
  }

  /** Returns what is wrong if the zone has too many. */
  add({ probe: { action } }: ProbeCondition): string | undefined {
    const expected = action.kind === 'tcp' ? action.expect : 'body' in action ? action.body : undefined
    if (!expected || !('matches' in expected) || this.counted.has(expected.matches)) return undefined
    this.counted.add(expected.matches)
    const instructions = this.patternSize(expected.matches)
    this.left -= instructions.ok ? instructions.value : 0
    if (this.left >= 0) return undefined
    return `with this one the patterns of the zone have more than ${MAX_ZONE_PATTERN_INSTRUCTIONS} instructions; expected fewer, or "contains"`
  }
}
