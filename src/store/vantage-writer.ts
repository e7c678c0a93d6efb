import type { Log } from '../events.ts'
import {
  emptyVantage,
  formatVantage,
  mergeVantages,
  notAhead,
  parseVantage,
  type RoundResult,
  toWrite,
  type Vantage,
} from '../health/index.ts'
import { inTime, TooLate } from './in-time.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { healthKey } from './shapes.ts'

/** What is needed of Workers KV to keep a vantage point's document. */
export type KvWriter = {
  get(key: string, options: { type: 'text'; cacheTtl: number }): Promise<string | null>
  put(key: string, value: string): Promise<void>
}

export type VantageWriterOptions = {
  readonly name: string
  /** Writes that it may make in a day. */
  readonly perDay: number
  /** Whether progress is written, and not only changes of state. */
  readonly forgets: boolean
  /** Whether others write the same document: then each keeps what the others found. */
  readonly shared: boolean
  readonly clock: () => number
  readonly log: Log
}

/** Longer than KV takes when it works. */
const READ_MS = 2000
const WRITE_MS = 5000

/** What another writer alone knows of stays so long, in seconds, after it was probed last: longer than any interval. */
const KEPT_SECONDS = 2 * 86_400

/** Every writer reads the same list of what queries asked for, so that another one knows more for a moment only. */
const ASKED_KEPT_SECONDS = 300

/** Keeps the document of one vantage point: in memory, and in KV as far as the budget of writes allows. */
export class VantageWriter {
  private readonly kv: KvWriter
  private readonly options: VantageWriterOptions
  private memory: Vantage | undefined
  /** What changed and is not written yet. */
  private pending: RoundResult['changed'] = 'nothing'
  /** Whether a round was made here. */
  private made = false

  constructor(kv: KvWriter, options: VantageWriterOptions) {
    this.kv = kv
    this.options = options
  }

  /**
   * The newest that is known: what is remembered here, and what is written. Never rejects.
   * @returns undefined where KV fails and nothing is remembered: to begin anew would undo what is known
   */
  async load(): Promise<Vantage | undefined> {
    const read = await this.read()
    const own = this.sound(this.memory ?? emptyVantage(this.options.name))
    if (!read.ok) return this.memory && own
    this.memory = read.written ? this.merged(own, this.sound(read.written)) : own
    return this.memory
  }

  /** The newest that was loaded or saved here. */
  get remembered(): Vantage | undefined {
    return this.memory
  }

  /** Whether a round was made here within the last `ms` milliseconds, so that memory is what it left. */
  continues(ms: number): boolean {
    const began = this.memory?.round?.at
    return this.made && began !== undefined && this.options.clock() - began < ms
  }

  /** Takes over what a round found, and writes it if that is due and allowed. Never rejects. One at a time. */
  async save(result: RoundResult): Promise<'written' | 'kept' | 'failed'> {
    const { perDay, forgets, shared, clock, name, log } = this.options
    this.made = true
    this.pending = graver(this.pending, result.changed)
    // What was written since the round began has been paid for.
    const { at, budget: left } = this.memory ?? result.after
    const after = { ...result.after, at, ...(left && { budget: left }) }
    const { write, budget } = toWrite({ after, changed: this.pending }, clock(), { perDay, forgets })
    this.memory = write ?? { ...after, budget }
    if (!write) return 'kept'
    try {
      // Another writer may have been at work since the round began: what it found later counts.
      const other = shared ? await this.read() : undefined
      const merged = other?.ok && other.written ? this.merged(write, this.sound(other.written)) : write
      await inTime(this.kv.put(healthKey(name), formatVantage(merged)), WRITE_MS)
      this.memory = merged
      this.pending = 'nothing'
      return 'written'
    } catch (error) {
      // The next round tries again. What KV refused costs nothing; what came too late may have been written.
      const tokens = budget.tokens + (error instanceof TooLate ? 0 : 1)
      this.memory = { ...after, budget: { ...budget, tokens } }
      log({ event: 'health-failed', vantage: name, why: String(error) })
      return 'failed'
    }
  }

  /** Times that are ahead are written anew at once: each reader would take them for its own now. */
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
      const parsed = text === null ? undefined : parseVantage(text)
      // What is damaged mends by being written anew.
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
