import { MAX_RECENT_RECORDS } from '../limits.ts'
import type { KeptCompiled, Source } from '../store/index.ts'
import { countRecords } from '../zone/index.ts'
import type { ValidZone } from './validation.ts'

/** A version of a zone that was compiled a short time ago. `hash` is that of its document. */
type RecentZone = {
  readonly hash: string
  readonly valid: ValidZone
  readonly source?: Source | undefined
  /** The values of a version, which need not be this one. */
  readonly written?: KeptCompiled | undefined
}

/**
 * The zones that ledgers of this isolate compiled last. A Durable Object without requests is evicted after some
 * seconds, and its isolate mostly stays: without this, the first change after a pause compiles the whole zone.
 */
export class RecentZones {
  private readonly zones = new Map<string, RecentZone>()

  get(origin: string): RecentZone | undefined {
    return this.zones.get(origin)
  }

  /** Keeps a zone in place of an earlier version of it. What was kept longest ago goes first. */
  keep(origin: string, zone: RecentZone): void {
    this.zones.delete(origin)
    this.zones.set(origin, zone)
    let records = 0
    for (const [other, { valid }] of [...this.zones].reverse()) {
      records += countRecords(valid.zone)
      if (records > MAX_RECENT_RECORDS) this.zones.delete(other)
    }
  }

  forget(origin: string): void {
    this.zones.delete(origin)
  }
}
