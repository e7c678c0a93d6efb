/** A value of Workers KV, and its metadata. */
export type Stored = { readonly value: string | null; readonly metadata: unknown }

type Options = { type: 'text'; cacheTtl: number }

/** The reads of Workers KV: one key, or several at once, which count as one operation. */
export type KvMetadataReader = {
  getWithMetadata(key: string, options: Options): Promise<Stored>
  getWithMetadata(keys: string[], options: Options): Promise<ReadonlyMap<string, Stored>>
}

/** The number of keys that KV reads at once. */
export const MAX_BULK_KEYS = 100

/** An invocation has six connections on Cloudflare; one is left for other work. */
const AT_ONCE = 5

type Waiting = {
  readonly key: string
  readonly resolve: (stored: Stored) => void
  readonly reject: (error: unknown) => void
}

/**
 * Reads keys, each by itself, or those of one `together` in one operation for each hundred. A read is a subrequest, and
 * a tick that reads its zones one by one would have no subrequest left for probes.
 */
export class ZoneReads {
  private readonly kv: KvMetadataReader
  private readonly options: Options
  private waiting: Waiting[] | undefined

  constructor(kv: KvMetadataReader, cacheTtl: number) {
    this.kv = kv
    this.options = { type: 'text', cacheTtl }
  }

  get(key: string): Promise<Stored> {
    const { waiting } = this
    if (!waiting) return this.kv.getWithMetadata(key, this.options)
    return new Promise((resolve, reject) => waiting.push({ key, resolve, reject }))
  }

  /** True if keys that are asked for now are read together with others. */
  get isTogether(): boolean {
    return this.waiting !== undefined
  }

  /** Reads all keys together that `work` asks for until it returns. */
  together<T>(work: () => T): T {
    const waiting: Waiting[] = []
    this.waiting = waiting
    try {
      return work()
    } finally {
      this.waiting = undefined
      this.begin(waiting)
    }
  }

  private begin(asked: readonly Waiting[]): void {
    const parts: Waiting[][] = []
    for (let i = 0; i < asked.length; i += MAX_BULK_KEYS) parts.push(asked.slice(i, i + MAX_BULK_KEYS))
    void inTurn(parts, 1, (part) => (part.length === 1 ? this.readEach(part) : this.readAll(part)))
  }

  /** Reads all or none: KV fails the whole read if one key fails, or if they are too large together. */
  private async readAll(part: readonly Waiting[]): Promise<void> {
    let found: ReadonlyMap<string, Stored>
    try {
      found = await this.kv.getWithMetadata(
        part.map(({ key }) => key),
        this.options,
      )
    } catch {
      return this.readEach(part)
    }
    for (const { key, resolve } of part) resolve(found.get(key) ?? { value: null, metadata: null })
  }

  private readEach(part: readonly Waiting[]): Promise<void> {
    return inTurn(part, AT_ONCE, async ({ key, resolve, reject }) => {
      try {
        resolve(await this.kv.getWithMetadata(key, this.options))
      } catch (error) {
        reject(error)
      }
    })
  }
}

async function inTurn<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
}
