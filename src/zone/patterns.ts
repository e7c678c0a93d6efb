import { expectedBy, type PatternSize, type ProbeCondition } from '../health/index.ts'
import { MAX_ZONE_PATTERN_INSTRUCTIONS } from '../limits.ts'

/** The patterns of a zone's checks, which are all compiled when a zone is validated for the first time. */
export class Patterns {
  private left = MAX_ZONE_PATTERN_INSTRUCTIONS
  /** Their instructions. */
  private readonly sizes = new Map<string, number>()
  private readonly known: ReadonlyMap<string, number> | undefined
  private readonly patternSize: PatternSize

  /** @param before those of another version of the zone, which need not be measured again */
  constructor(patternSize: PatternSize, before?: Patterns) {
    this.patternSize = patternSize
    this.known = before?.sizes
  }

  /** Returns what is wrong if the zone has too many. */
  add({ probe: { action } }: ProbeCondition): string | undefined {
    const expected = expectedBy(action)
    if (!expected || !('matches' in expected) || this.sizes.has(expected.matches)) return undefined
    const size = this.known?.get(expected.matches) ?? this.measured(expected.matches)
    this.sizes.set(expected.matches, size)
    this.left -= size
    if (this.left >= 0) return undefined
    return `with this one the patterns of the zone have more than ${MAX_ZONE_PATTERN_INSTRUCTIONS} instructions; expected fewer, or "contains"`
  }

  private measured(pattern: string): number {
    const instructions = this.patternSize(pattern)
    return instructions.ok ? instructions.value : 0
  }
}
