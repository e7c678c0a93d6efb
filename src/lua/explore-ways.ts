import { MAX_EXPLORED_CHOICES, MAX_EXPLORED_OUTCOMES, MAX_EXPLORED_PENDING } from '../limits.ts'

/** Ends a way that would take too long. No code catches it. */
export class WayEnded {}

/** A way that is still to be taken: what is chosen on it first, and the place and outcome that it is taken for. */
type Way = { readonly choices: readonly number[]; readonly goal: string }

/**
 * The ways through code: at each choice one outcome is taken, and the others are kept for later. Ways with an outcome
 * that no way has taken come first, so that each branch is explored early even if there are too many ways.
 */
export class Ways {
  /** True if some ways are not explored. */
  incomplete = false
  private pending: Way[] = []
  private readonly seen = new Set<string>()
  private given: readonly number[] = []
  private taken: number[] = []

  /** Begins the next way. */
  next(): boolean {
    const way = this.taken.length === 0 && this.seen.size === 0 ? FIRST : this.pick()
    if (!way) return false
    this.given = way.choices
    this.taken = []
    this.seen.add(way.goal)
    return true
  }

  private pick(): Way | undefined {
    const at = this.pending.findLastIndex(({ goal }) => !this.seen.has(goal))
    if (at >= 0) return this.pending.splice(at, 1)[0]
    // The remaining ways have no new outcome: they are taken only if all ways can be.
    return this.incomplete ? undefined : this.pending.pop()
  }

  /** Chooses one of so many outcomes for this way, and keeps the others for later ways. */
  choose(outcomes: number, place: string): number {
    if (outcomes === 1) return 0
    if (this.taken.length >= MAX_EXPLORED_CHOICES) {
      this.incomplete = true
      throw new WayEnded()
    }
    if (outcomes > MAX_EXPLORED_OUTCOMES) this.incomplete = true
    const known = this.given[this.taken.length]
    const taken = known ?? 0
    this.seen.add(`${place} ${taken}`)
    if (known === undefined) {
      for (let other = Math.min(outcomes, MAX_EXPLORED_OUTCOMES) - 1; other > 0; other--) this.leave(other, place)
    }
    this.taken.push(taken)
    return taken
  }

  private leave(outcome: number, place: string): void {
    if (this.pending.length >= MAX_EXPLORED_PENDING) this.incomplete = true
    else this.pending.push({ choices: [...this.taken, outcome], goal: `${place} ${outcome}` })
  }

  get isEmpty(): boolean {
    return this.pending.length === 0
  }
}

const FIRST: Way = { choices: [], goal: '' }
