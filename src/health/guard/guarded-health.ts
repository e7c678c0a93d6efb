import type { ProbeCondition, StalePolicy } from '../condition.ts'
import type { Hold } from '../guard.ts'
import { Health, type Status, type Witness, type Witnessed } from '../health.ts'
import { fallOf, signalOf } from './falls.ts'
import type { HoldTime } from './holds.ts'

/**
 * Health as a guard holds it: targets that went down in a hold count as up until its end. Overrides count before that.
 */
export class GuardedHealth extends Health {
  private readonly base: Health
  private readonly holds: readonly HoldTime[]
  private readonly present: Hold | undefined

  constructor(base: Health, holds: readonly HoldTime[], present: Hold | undefined) {
    super(base.vantages, base.overrides, base.now, base.platform)
    this.base = base
    this.holds = holds
    this.present = present
  }

  override get isGuarded(): boolean {
    return true
  }

  override get until(): number {
    return this.base.until
  }

  override witnesses(probe: Witnessed, stale: StalePolicy): Witness[] {
    return this.base.witnesses(probe, stale)
  }

  override heldUntil(condition: ProbeCondition): number | undefined {
    // Applications tell what they know.
    if (condition.probe.action.kind === 'push') return undefined
    const signal = signalOf(condition, this)
    const fall = signal && fallOf(signal)
    return fall && this.holds.find(({ from, until }) => fall.at >= from && fall.at < until)?.until
  }

  protected override effective(condition: ProbeCondition, status: Status): Status {
    const { now, present } = this
    if (!present || status.real !== 'down') return status
    if ((this.heldUntil(condition) ?? 0) * 1000 <= now) return status
    const seconds = Math.max(1, Math.floor((present.until - now) / 1000))
    return { ...status, state: 'up', held: present, validForSeconds: Math.min(seconds, status.validForSeconds) }
  }
}
