import type { Log } from '../events.ts'
import {
  emptyVantage,
  formatVantage,
  mergeVantages,
  notAhead,
  type RoundResult,
  toWrite,
  type Vantage,
} from '../health/index.ts'
import { inTime, TooLate } from './in-time.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { parseSealed, sealVantage } from './sealed-vantage.ts'
import { healthKey } from './shapes.ts'

/** The operations of Workers KV that keep a vantage point's document. */
export type KvWriter = {
  get(key: string, options: { type: 'text'; cacheTtl: number }): Promise<string | null>
  put(key: string, value: string): Promise<void>
}

export type VantageWriterOptions = {
  readonly name: string
  /** The number of writes that it may make in a day. */
  readonly perDay: number
  /** True if progress is written, too, not only changes of state. */
  readonly forgets: boolean
  /** True if others write the same document: each writer then keeps the results of the others. */
  readonly shared: boolean
  readonly clock: () => number
  readonly log: Log
}

/** Longer than KV takes when it works. */
const READ_MS = 2000
const WRITE_MS = 5000

/** Seconds for which a target that only another writer knows is kept after its last probe: longer than any interval. */
const KEPT_SECONDS = 2 * 86_400

/** Every writer reads the same list of asked checks, so that another writer knows more for a moment only. */
const ASKED_KEPT_SECONDS = 300

/** Keeps the document of one vantage point: in memory, and in KV as far as the budget of writes allows. */
export class VantageWriter {
  private readonly kv: KvWriter
  private readonly options: VantageWriterOptions
  private memory: Vantage | undefined
  /** The gravest change that is not written yet. */
  private pending: RoundResult['changed'] = 'nothing'
  /** True if this isolate made a round. */
  private made = false

  constructor(kv: KvWriter, options: VantageWriterOptions) {
    this.kv = kv
    this.options = options
  }

  /**
   * Returns the newest document: the merge of memory and KV. Never rejects.
   * @returns undefined if KV fails and memory is empty: an empty document would undo the written one
   */
  async load(): Promise<Vantage | undefined> {
    const read = await this.read()
    const own = this.sound(this.memory ?? emptyVantage(this.options.name))
    if (!read.ok) return this.memory && own
    this.memory = read.written ? this.merged(own, this.sound(read.written)) : own
    return this.memory
  }

  /** The newest document that was loaded or saved here. */
  get remembered(): Vantage | undefined {
    return this.memory
  }

  /** Returns true if this isolate made a round within the last `ms` milliseconds, so that memory is up to date. */
  continues(ms: number): boolean {
    const began = this.memory?.round?.at
    return this.made && began !== undefined && this.options.clock() - began < ms
  }

  /**
   * Takes over the results of a round, and writes them if a write is due and allowed. Never rejects. One call at a
   * time.
   */
  async save(result: RoundResult): Promise<'written' | 'kept' | 'failed'> {
    const { perDay, forgets, shared, clock, name, log } = this.options
    this.made = true
    this.pending = graver(this.pending, result.changed)
    // Writes since the round began are already charged to the budget.
    const { at, budget: left } = this.memory ?? result.after
    const after = { ...result.after, at, ...(left && { budget: left }) }
    const { write, budget } = toWrite({ after, changed: this.pending }, clock(), { perDay, forgets })
    this.memory = write ?? { ...after, budget }
    if (!write) return 'kept'
    try {
      // Another writer may have written since the round began: its later results count.
      const other = shared ? await this.read() : undefined
      const merged = other?.ok && other.written ? this.merged(write, this.sound(other.written)) : write
      const text = await sealVantage(formatVantage(merged))
      await inTime(this.kv.put(healthKey(name), text), WRITE_MS)
      this.memory = merged
      this.pending = 'nothing'
      return 'written'
    } catch (error) {
      // The next round tries again. A refused write costs nothing; one that timed out may have been written.
      const tokens = budget.tokens + (error instanceof TooLate ? 0 : 1)
      this.memory = { ...after, budget: { ...budget, tokens } }
      log({ event: 'health-failed', vantage: name, why: String(error) })
      return 'failed'
    }
  }

  /** Corrects times in the future, which are then written at once: each reader would replace them by its own now. */
  private sound(vantage: Vantage): Vantage {
    const sound = notAhead(vantage, this.options.clock(), 'prober')
    if (sound !== vantage) this.pending = 'state'
    return sound
  }

  private merged(own: Vantage, other: Vantage): Vantage {
    const now = this.options.clock() / 1000
    return mergeVantages(own, other, now - KEPT_SECONDS, now - ASKED_KEPT_SECONDS)
  }

  private async read(): Promise<{ ok: true; written: Vantage | undefined } | { ok: false }> {
    const { name, log } = this.options
    const failed = (why: string): void => log({ event: 'health-failed', vantage: name, why })
    try {
      const asked = this.kv.get(healthKey(name), { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS })
      const text = await inTime(asked, READ_MS)
      const parsed = text === null ? undefined : await parseSealed(text)
      // A damaged document is repaired by the next write.
      if (parsed && !parsed.ok) failed(parsed.error)
      return { ok: true, written: parsed?.ok ? parsed.value : undefined }
    } catch (error) {
      failed(String(error))
      return { ok: false }
    }
  }
}

const GRAVITY = { nothing: 0, progress: 1, state: 2 } as const

export const graver = (a: RoundResult['changed'], b: RoundResult['changed']): RoundResult['changed'] =>
  GRAVITY[a] >= GRAVITY[b] ? a : b
