import { unmatched, type WhatIf } from '../../explain/index.ts'
import type { Zone } from '../../zone/index.ts'
import type { Console } from '../console.ts'

/** Collects the globs of --down and --up that match nothing in any of some zones: what they suppose is then nothing. */
export class Unmatched {
  private readonly whatIf: WhatIf
  private left: ReadonlySet<string>

  constructor(whatIf: WhatIf) {
    this.whatIf = whatIf
    this.left = new Set([...whatIf.down, ...whatIf.up])
  }

  /** Looks for the globs that are left in more zones. */
  look(zones: readonly Zone[]): void {
    if (this.left.size === 0) return
    const still = new Set(unmatched(this.whatIf, zones))
    this.left = new Set([...this.left].filter((glob) => still.has(glob)))
  }

  warn(console: Console): void {
    for (const glob of this.left) {
      console.err(`warning: "${glob}" is not a target, a check or a datacenter of the zones`)
    }
  }
}
