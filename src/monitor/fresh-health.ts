import {
  formatOverrides,
  Health,
  type LiveOverride,
  parseOverrides,
  parseVantage,
  type VantageView,
} from '../health/index.ts'
import { MAX_PERSISTED_CHARS, MAX_STALE_KV_MS } from '../limits.ts'
import type { SqlStorage } from '../store/index.ts'
import { Meta } from './tables.ts'

/** The texts that a writer has put into KV, and passes along, since KV shows them elsewhere only later. */
export type Told = { readonly vantage?: string; readonly overrides?: string }

/**
 * Health as the newest documents have it. KV is eventually consistent: a read may give the document before, and a state
 * would seem to go back. So documents that writers told count, and a document that is older than one that was seen is
 * waited for.
 */
export class FreshHealth {
  private readonly meta: Meta
  private readonly vantages = new Map<string, VantageView>()
  private overrides: { readonly text: string; readonly at: number } | undefined
  /** The times of the newest documents that were seen, by vantage point. */
  private newest: Map<string, number>
  private lateSince: number | undefined

  constructor(storage: SqlStorage) {
    this.meta = new Meta(storage)
    this.newest = new Map(Object.entries(this.meta.get<Record<string, number>>('newest') ?? {}))
    this.overrides = this.meta.get('overrides') ?? undefined
  }

  /** Takes what a writer tells. What is not valid is left to the readers of KV, who report it. */
  take({ vantage, overrides }: Told, now: number): void {
    if (vantage !== undefined) {
      const parsed = parseVantage(vantage)
      if (parsed.ok) this.vantages.set(parsed.value.name, parsed.value)
    }
    if (overrides !== undefined) this.keep({ text: overrides, at: now })
  }

  /**
   * Puts what was told into health as it was read.
   * @param now milliseconds since the epoch
   * @returns undefined if a document is older than one that was seen: it has to be read again
   */
  over(read: Health, now: number): Health | undefined {
    const vantages = read.vantages.map((view) => {
      const told = this.vantages.get(view.name)
      if (told && told.at > view.at) return { ...told, at: Math.min(told.at, now) }
      this.vantages.delete(view.name)
      return view
    })
    for (const [name, told] of this.vantages) {
      if (!read.vantages.some((view) => view.name === name)) vantages.push({ ...told, at: Math.min(told.at, now) })
    }
    const isLate = vantages.some(({ name, at }) => at < Math.min(now, this.newest.get(name) ?? 0))
    if (isLate) {
      this.lateSince ??= now
      if (now - this.lateSince < MAX_STALE_KV_MS) return undefined
    }
    this.lateSince = undefined
    this.note(vantages)
    return new Health(vantages, this.overridesOver(read.overrides, now), now, read.platform)
  }

  private note(vantages: readonly VantageView[]): void {
    if (vantages.every(({ name, at }) => this.newest.get(name) === at) && vantages.length === this.newest.size) return
    this.newest = new Map(vantages.map(({ name, at }) => [name, at]))
    this.meta.set('newest', Object.fromEntries(this.newest))
  }

  private overridesOver(overrides: readonly LiveOverride[], now: number): readonly LiveOverride[] {
    const told = this.overrides
    if (!told) return overrides
    const isOver = now - told.at > MAX_STALE_KV_MS || formatOverrides(overrides) === told.text
    if (isOver) this.keep(undefined)
    const parsed = isOver ? undefined : parseOverrides(told.text)
    return parsed?.ok ? parsed.value : overrides
  }

  private keep(overrides: { readonly text: string; readonly at: number } | undefined): void {
    this.overrides = overrides
    const isSmall = overrides === undefined || overrides.text.length <= MAX_PERSISTED_CHARS
    this.meta.set('overrides', isSmall ? (overrides ?? null) : null)
  }
}
