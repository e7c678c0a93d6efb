import { expect } from 'vitest'
import type { Time } from '../../../src/cli/agent/time.ts'
import { eventually, pause } from '../../eventually.ts'

const EPOCH = Date.UTC(2027, 0)
const STEP_MS = 100

/** A simulated clock that a test advances. */
export class PassedTime implements Time {
  private at = 0
  private readonly resting = new Set<{ readonly until: number; readonly end: () => void }>()

  readonly now = (): number => this.at
  readonly date = (): number => EPOCH + this.at
  readonly rest = (ms: number, ended?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const end = () => void (this.resting.delete(rest) && resolve())
      const rest = { until: this.at + ms, end }
      this.resting.add(rest)
      ended?.addEventListener('abort', end, { once: true })
      if (ended?.aborted) end()
    })

  /**
   * Lets `ms` pass, rest by rest. Before each one it waits until as many rest as `all` says, so that nothing is under
   * way; without `all` it waits for promises alone.
   */
  async pass(ms: number, all?: number): Promise<void> {
    const end = this.at + ms
    for (;;) {
      if (all === undefined) await new Promise((resolve) => setImmediate(resolve))
      else await eventually(() => expect(this.resting.size).toBe(all))
      const [next] = [...this.resting].sort((a, b) => a.until - b.until)
      if (!next || next.until > end) break
      this.at = next.until
      next.end()
    }
    this.at = end
  }

  /** Advances time until `check` does not throw. */
  async until(check: () => void): Promise<void> {
    for (;;) {
      try {
        return check()
      } catch {
        await this.pass(STEP_MS)
        await pause(1)
      }
    }
  }
}
