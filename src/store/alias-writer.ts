import { type AliasBook, formatAliases, parseAliases } from '../aliases/index.ts'
import type { Log } from '../events.ts'
import { inTime } from './in-time.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { ALIASES_KEY } from './shapes.ts'
import type { KvWriter } from './vantage-writer.ts'

/** Longer than KV takes when it works. */
const READ_MS = 2000
const WRITE_MS = 5000

type AliasWriterOptions = {
  /** The number of writes in a day. */
  readonly perDay: number
  readonly clock: () => number
  readonly log: Log
}

/** Keeps what is known of names outside the zones in KV, as far as the budget of writes allows. */
export class AliasWriter {
  private readonly kv: KvWriter
  private readonly book: AliasBook
  private readonly options: AliasWriterOptions

  constructor(kv: KvWriter, book: AliasBook, options: AliasWriterOptions) {
    this.kv = kv
    this.book = book
    this.options = options
  }

  /**
   * Reads what was written, by whoever did. A damaged document is replaced by the next write. Never rejects.
   * @returns false if KV failed: a write could undo one that is not known
   */
  async load(): Promise<boolean> {
    try {
      const text = await inTime(this.kv.get(ALIASES_KEY, { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS }), READ_MS)
      const parsed = text === null ? undefined : parseAliases(text)
      if (parsed?.ok) this.book.take(parsed.value)
      else if (parsed) this.failed(parsed.error)
      return true
    } catch (error) {
      this.failed(String(error))
      return false
    }
  }

  /** Writes what has changed. Never rejects. @param names as for `AliasBook.toWrite` */
  async save(names: readonly string[] | undefined): Promise<'written' | 'kept' | 'failed'> {
    const { clock, perDay } = this.options
    const document = this.book.toWrite(names, clock(), perDay)
    if (!document) return 'kept'
    try {
      await inTime(this.kv.put(ALIASES_KEY, formatAliases(document)), WRITE_MS)
      this.book.wrote(document)
      return 'written'
    } catch (error) {
      // The next tick tries again.
      this.failed(String(error))
      return 'failed'
    }
  }

  private failed(why: string): void {
    this.options.log({ event: 'aliases-failed', why })
  }
}
