import { type KeySet, keyRingOf, type OpenKey, type StoredKey } from '../dnssec/index.ts'
import { MAX_KEY_READS_A_LOOK, MAX_PARENT_ASKS_A_LOOK, MAX_WATCHED_ZONES } from '../limits.ts'
import type { Result } from '../result.ts'
import type { ParentDs } from './call.ts'
import { keysWithDs } from './ds-lines.ts'
import { needsParent } from './stages.ts'
import { type ParentFacts, warningsOf } from './status.ts'

/** The keys of a signed zone as a watcher finds them. */
export type KeyFinding = {
  /** Without the final dot. */
  readonly zone: string
  /**
   * True if those that want signatures get none that is valid: the keys cannot be used, or the DS at the parent is of
   * no key.
   */
  readonly isBroken: boolean
  /** False if the keys cannot be read or opened: who wants signatures gets SERVFAIL. */
  readonly usable: boolean
  /** The number of DS records at the parent; undefined while nobody was asked, or nobody answered. */
  readonly parentDs?: number
  /** True if one of them is of a key that signs; undefined if there are none, or while it is not known. */
  readonly dsMatches?: boolean
  /** The change of keys that goes on. `notBefore`: milliseconds since the epoch, when its next step is safe. */
  readonly stage?: { readonly name: string; readonly notBefore: number; readonly waitsForParent: boolean }
  readonly warnings: readonly string[]
}

type KeyWatchOptions = {
  /** Reads a key set, by the hash that the catalog names. */
  readonly read: (origin: string, hash: string) => Promise<Result<KeySet>>
  readonly opener: (origin: string) => OpenKey
  /** Asks for the DS records at the parent; undefined if nobody answers. Left out if nobody can be asked. */
  readonly parent?: (origin: string) => Promise<ParentDs | undefined>
  /** Gives milliseconds since the epoch. */
  readonly clock: () => number
}

type Watched = {
  readonly hash: string
  /** Milliseconds since the epoch, when they were read. */
  readonly at: number
  readonly keys: Result<KeySet>
  /** The reason why the keys cannot be used, if they cannot. */
  readonly whyNot?: string
  /** The keys that the parent has a DS of, as its records were when somebody looked last. */
  parent?: ParentFacts
}

/** A read of a key set that is not at its end. */
type Reading = { readonly hash: string; readonly at: number }

type Asked = { readonly at: number; readonly records: ParentDs | undefined }

/** The DS records at a parent live for hours. */
const ASK_AGAIN_MS = 3_600_000
/** KV, or the upstreams, gave nothing. */
const RETRY_MS = 300_000

/**
 * Watches the keys of signed zones for those who look at the status or scrape metrics. It keeps what it found: key sets
 * never change, and the parent of a zone is asked once an hour. A look reads and asks for few zones; the others have
 * their turn with the next.
 */
export class KeyWatch {
  private readonly options: KeyWatchOptions
  private readonly watched = new Map<string, Watched>()
  private readonly parents = new Map<string, Asked>()
  private readonly reading = new Map<string, Reading>()
  private readonly asking = new Set<string>()

  constructor(options: KeyWatchOptions) {
    this.options = options
  }

  /**
   * Reads and asks what is due. Never rejects.
   * @param signed the hash of the keys of each signed zone, by its origin without the final dot
   */
  async refresh(signed: ReadonlyMap<string, string>): Promise<void> {
    for (const known of [this.watched, this.parents, this.reading]) {
      for (const origin of known.keys()) if (!signed.has(origin)) known.delete(origin)
    }
    const zones = [...signed].slice(0, MAX_WATCHED_ZONES)
    const now = this.options.clock()
    const unread = zones.filter(([origin, hash]) => {
      const read = this.reading.get(origin)
      // A read that takes so long was of a request that ended.
      if (read?.hash === hash && Math.abs(now - read.at) < RETRY_MS) return false
      const known = this.watched.get(origin)
      return known?.hash !== hash || (!known.keys.ok && Math.abs(now - known.at) >= RETRY_MS)
    })
    await Promise.all([
      ...unread.slice(0, MAX_KEY_READS_A_LOOK).map(([origin, hash]) => this.read(origin, hash)),
      ...this.due(zones.map(([origin]) => origin)).map((origin) => this.ask(origin)),
    ])
  }

  /** Returns what is known, of each zone that was read, in their order. */
  async findings(): Promise<readonly KeyFinding[]> {
    const now = this.options.clock()
    return Promise.all(
      [...this.watched]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([zone, watched]) => findingOf(zone, watched, this.parents.get(zone)?.records, now)),
    )
  }

  private async read(origin: string, hash: string): Promise<void> {
    const { read, opener, clock } = this.options
    const reading = { hash, at: clock() }
    this.reading.set(origin, reading)
    try {
      const keys = await read(origin, hash)
      const ring = keys.ok ? await keyRingOf(keys.value, opener(origin)) : keys
      this.watched.set(origin, { hash, at: clock(), keys, ...(!ring.ok && { whyNot: ring.error }) })
    } catch {
      // KV gave nothing: it is read again with the next look.
    } finally {
      if (this.reading.get(origin) === reading) this.reading.delete(origin)
    }
  }

  /** Returns the zones whose parents are to be asked, the longest unasked first. */
  private due(origins: readonly string[]): readonly string[] {
    if (!this.options.parent) return []
    const now = this.options.clock()
    const askedAt = (origin: string): number => this.parents.get(origin)?.at ?? Number.NEGATIVE_INFINITY
    const isDue = (origin: string): boolean => {
      const asked = this.parents.get(origin)
      // A time ahead is one that a wrong clock gave.
      if (!asked || asked.at > now) return true
      return now - asked.at >= (asked.records ? ASK_AGAIN_MS : RETRY_MS)
    }
    return origins
      .filter((origin) => !this.asking.has(origin) && isDue(origin))
      .sort((a, b) => askedAt(a) - askedAt(b))
      .slice(0, Math.max(0, MAX_PARENT_ASKS_A_LOOK - this.asking.size))
  }

  private async ask(origin: string): Promise<void> {
    const { parent, clock } = this.options
    this.asking.add(origin)
    try {
      // Known facts count until somebody answers again.
      const records = (await parent?.(origin)) ?? this.parents.get(origin)?.records
      this.parents.set(origin, { at: clock(), records })
    } catch {
      this.parents.set(origin, { at: clock(), records: this.parents.get(origin)?.records })
    } finally {
      this.asking.delete(origin)
    }
  }
}

async function findingOf(
  zone: string,
  watched: Watched,
  records: ParentDs | undefined,
  now: number,
): Promise<KeyFinding> {
  const { keys, whyNot } = watched
  const unusable = whyNot === undefined ? [] : [`the keys of ${zone}. cannot be used: ${whyNot}`]
  if (!keys.ok) return { zone, isBroken: true, usable: false, warnings: unusable }
  const { stage } = keys.value
  const parent = records && (await factsOf(watched, keys.value, records))
  const dsMatches = parent && parent.ds.length > 0 ? hasSigningKey(parent.matched) : undefined
  return {
    ...{ zone, isBroken: whyNot !== undefined || dsMatches === false, usable: whyNot === undefined },
    ...(parent && { parentDs: parent.ds.length }),
    ...(dsMatches !== undefined && { dsMatches }),
    ...(stage && {
      stage: { name: stage.name, notBefore: Date.parse(stage.notBefore), waitsForParent: needsParent(stage) },
    }),
    warnings: [...unusable, ...warningsOf(keys.value, parent, now)],
  }
}

/** Digests are computed once for the records of an answer of the parent. */
async function factsOf(watched: Watched, keys: KeySet, records: ParentDs): Promise<ParentFacts> {
  if (watched.parent?.ds !== records) watched.parent = { ds: records, matched: await keysWithDs(keys, records) }
  return watched.parent
}

const hasSigningKey = (keys: ReadonlySet<StoredKey>): boolean => [...keys].some(({ active }) => active)
