import type { Log } from '../events.ts'
import { type GeoLookup, openDatabase } from '../geo/query-path.ts'
import { MAX_PLACE_STEPS } from '../limits.ts'
import { GEO_KEY, parseGeoManifest } from './geo-shapes.ts'
import { Refreshed, type RefreshTiming, type WaitUntil } from './refreshed.ts'

/** The reads of Workers KV. */
export type KvGeoReader = {
  get(key: string, options: { type: 'text'; cacheTtl: number }): Promise<string | null>
  get(key: string, options: { type: 'arrayBuffer'; cacheTtl: number }): Promise<ArrayBuffer | null>
}

type GeoCopyOptions = RefreshTiming & { readonly log: Log }

/** A database changes once in a week or two: nobody waits for it, and looking for it costs a read. */
const REFRESH_MS = 600_000

/** The database may be many megabytes: a read of it is given more time than others before it is begun again. */
const HANG_MS = 60_000

/** KV's usual. A longer one would also keep for so long that a key is not there yet. */
const CACHE_SECONDS = 60

/**
 * An isolate's copy of the database of places. Only the first answers wait for it, and no longer than for anything
 * else; one that cannot be read leaves the last one, or places unknown.
 */
export class GeoCopy {
  private readonly kv: KvGeoReader
  private readonly options: GeoCopyOptions
  private readonly copy: Refreshed
  private tried = false
  private key: string | undefined
  database: GeoLookup | undefined

  constructor(kv: KvGeoReader, options: GeoCopyOptions) {
    this.kv = kv
    this.options = options
    const refreshMs = Math.max(REFRESH_MS, options.refreshMs)
    const timedOut = () => this.failed('KV did not answer in time')
    const read = (isCurrent: () => boolean) => this.read(isCurrent)
    this.copy = new Refreshed(read, timedOut, { ...options, refreshMs }, HANG_MS)
  }

  /** As in `Refreshed`, like the following; a database that was read once is never too old. */
  mustWait(now: number): boolean {
    return !this.tried && this.copy.mustWait(now)
  }

  refresh(now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    const wait = this.copy.refresh(now, waitUntil)
    return this.tried ? undefined : wait
  }

  giveUp(): void {
    this.copy.giveUp()
  }

  private async read(isCurrent: () => boolean): Promise<boolean> {
    try {
      const text = await this.kv.get(GEO_KEY, { type: 'text', cacheTtl: CACHE_SECONDS })
      if (!isCurrent()) return true
      if (text === null) {
        this.key = undefined
        this.database = undefined
        this.tried = true
        return true
      }
      const manifest = parseGeoManifest(text)
      if (!manifest.ok) this.failed(manifest.error)
      else if (manifest.value.keys[0] !== this.key) return await this.readBody(manifest.value.keys, isCurrent)
      return true
    } catch (error) {
      this.failed(String(error))
      return false
    }
  }

  private async readBody(keys: readonly string[], isCurrent: () => boolean): Promise<boolean> {
    const [key] = keys
    const read = (one: string) => this.kv.get(one, { type: 'arrayBuffer', cacheTtl: CACHE_SECONDS })
    // Reads the last written part first: until KV has spread it, the other parts, which may be large, are not read.
    const last = keys.at(-1) ?? ''
    const tail = await read(last)
    const bodies = tail === null ? [] : [...(await Promise.all(keys.slice(0, -1).map(read))), tail]
    if (!isCurrent()) return true
    const buffers = bodies.filter((body) => body !== null)
    if (buffers.length < keys.length) {
      const missing = bodies.indexOf(null)
      this.failed(`the database ${keys[missing] ?? last} is not in KV, or not everywhere yet`)
      return false
    }
    const opened = await openDatabase(buffers, MAX_PLACE_STEPS)
    if (!isCurrent()) return true
    if (!opened.ok) this.failed(`the database ${key} cannot be used: ${opened.error}`)
    else {
      this.database = opened.value
      this.options.log({ event: 'geo-loaded', ...(key !== undefined && { key }) })
    }
    // One that is damaged is not read again and again: the key never gets another one.
    this.key = key
    this.tried = true
    return true
  }

  private failed(why: string): void {
    this.tried = true
    this.options.log({ event: 'geo-failed', why })
  }
}
