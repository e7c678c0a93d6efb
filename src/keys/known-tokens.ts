import { MAX_KNOWN_TOKENS } from '../limits.ts'
import type { FoundKey } from './keep.ts'

/** The key of a token as it was read last; or why nobody knows it, since storage could not be read. */
export type TokenState = FoundKey | { readonly kind: 'unread' }

/** A read of a token. It rejects where storage fails. */
type ReadToken = (token: string, now: number) => Promise<FoundKey>

type Entry = { readonly found: FoundKey; readonly readAt: number; askedAt: number }

/**
 * The tokens that an isolate has read: the queries of a client all have the same one. A token is read again behind an
 * answer once it is half as old as it may become. While storage fails a token that was right counts on: its clients
 * have no other resolver.
 */
export class KnownTokens {
  private readonly right = new Map<string, Entry>()
  private readonly wrong = new Map<string, Entry>()
  /** The reads under way: many queries come at once with a token that nobody knows yet. */
  private readonly reads = new Map<string, { readonly since: number; readonly found: Promise<FoundKey> }>()
  private readonly read: ReadToken

  constructor(read: ReadToken) {
    this.read = read
  }

  /**
   * Returns what is known of a token without a wait; undefined if it has to be read.
   * @param now milliseconds since the epoch
   * @param behind takes work that nobody waits for
   */
  known(token: string, now: number, behind: (work: Promise<unknown>) => void): FoundKey | undefined {
    const entry = this.right.get(token) ?? this.wrong.get(token)
    if (!entry) return undefined
    const age = Math.abs(now - entry.readAt)
    if (entry.found.kind === 'unknown') return age < RENEW_MS ? entry.found : undefined
    if (age >= OLD_MS) return undefined
    if (age >= RENEW_MS && Math.abs(now - entry.askedAt) >= RENEW_MS) {
      entry.askedAt = now
      behind(this.renew(token, now).catch(() => {}))
    }
    return endedOr(entry.found, now)
  }

  /** Returns true if a read of the token is under way, which `find` waits for. */
  isBeingRead(token: string, now: number): boolean {
    const read = this.reads.get(token)
    return read !== undefined && Math.abs(now - read.since) < READ_MS
  }

  /**
   * Reads a token, once for all who ask at a time.
   * @param late resolves when it is too late to wait any longer; the read goes on
   */
  async find(
    token: string,
    now: number,
    late: Promise<void>,
    behind: (work: Promise<unknown>) => void,
  ): Promise<TokenState> {
    const reading = this.renew(token, now).catch(() => undefined)
    behind(reading)
    const found = await Promise.race([reading, late.then(() => undefined)])
    if (found) return endedOr(found, now)
    const before = this.right.get(token)
    return before && Math.abs(now - before.readAt) < LAST_MS ? endedOr(before.found, now) : { kind: 'unread' }
  }

  private renew(token: string, now: number): Promise<FoundKey> {
    const under = this.reads.get(token)
    if (under && this.isBeingRead(token, now)) return under.found
    if (this.reads.size >= MAX_KNOWN_TOKENS) this.reads.clear()
    const own = { since: now, found: this.readAnew(token, now) }
    this.reads.set(token, own)
    const done = (): void => {
      if (this.reads.get(token) === own) this.reads.delete(token)
    }
    own.found.then(done, done)
    return own.found
  }

  private async readAnew(token: string, now: number): Promise<FoundKey> {
    const found = await this.read(token, now)
    const [into, other] = found.kind === 'unknown' ? [this.wrong, this.right] : [this.right, this.wrong]
    other.delete(token)
    if (into.size >= MAX_KNOWN_TOKENS) into.clear()
    into.set(token, { found, readAt: now, askedAt: now })
    return found
  }
}

/** Keys of the API are read as often: KV gives out values that are half a minute old. */
const RENEW_MS = 20_000
const OLD_MS = 30_000

/** A read that has not ended after so long is begun anew: the request that began it may be gone. */
const READ_MS = 2000

/** While storage fails, a right token counts for so long. */
const LAST_MS = 3_600_000

const endedOr = (found: FoundKey, now: number): FoundKey =>
  found.kind === 'found' && found.key.ends !== undefined && found.key.ends <= now ? { ...found, kind: 'ended' } : found
