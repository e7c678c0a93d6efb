import type { Condition, StalePolicy } from './condition.ts'
import { Health, type Status, type Witness } from './health.ts'
import type { Probe } from './probe.ts'

/**
 * Health of which much is asked several times: a report or a scrape asks for each of thousands of targets, for the
 * pools that they are in, and for who reports them.
 */
export class KeptHealth extends Health {
  private readonly statuses = new Map<Condition, Status>()
  private readonly reports = new Map<Probe, { readonly after: number; readonly witnesses: Witness[] }>()

  /** Keeps what another one keeps already. */
  static of(health: Health): KeptHealth {
    return health instanceof KeptHealth ? health : new KeptHealth(health)
  }

  constructor({ vantages, overrides, now, platform }: Health) {
    super(vantages, overrides, now, platform)
  }

  override status(condition: Condition): Status {
    const kept = this.statuses.get(condition)
    if (kept) return kept
    const status = super.status(condition)
    this.statuses.set(condition, status)
    return status
  }

  /** Two zones may wait for one probe for different times. */
  override witnesses(probe: Probe, stale: StalePolicy): Witness[] {
    const kept = this.reports.get(probe)
    if (kept?.after === stale.after) return kept.witnesses
    const witnesses = super.witnesses(probe, stale)
    this.reports.set(probe, { after: stale.after, witnesses })
    return witnesses
  }
}
