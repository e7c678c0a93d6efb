import { formatName, type NameKey } from '../dns/query-path.ts'
import { type KeyRing, type KeySet, keyRingOf, opener, parseKeySet } from '../dnssec/query-path.ts'
import type { Log } from '../events.ts'
import { MAX_KEY_RINGS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { Damaged } from '../stored-value.ts'
import { Attempts } from './attempts.ts'
import { Deadline, QUERY_DEADLINE_MS, type Timer } from './deadline.ts'
import { type KvOctetsReader, readImmutable } from './immutable.ts'
import type { WaitUntil } from './refreshed.ts'
import { dnssecKey } from './shapes.ts'

/** A zone, and the hash of its keys that the catalog names. */
export type WantedKeys = { readonly origin: NameKey; readonly hash: string }

type Options = {
  /** `DNSSEC_SECRET`. */
  readonly secret: string | undefined
  readonly clock: () => number
  readonly timer?: Timer
  readonly log: Log
}

/**
 * An isolate's keys, by zone, ready to sign. A key set never changes: it is read once. Where the newest cannot be had,
 * the one before goes on signing; without any there are no signatures, and so no answers to those who want them.
 */
export class KeyRings {
  private readonly held = new Map<NameKey, { readonly hash: string; readonly ring: KeyRing }>()
  private readonly attempts: Attempts
  private readonly told = new Set<string>()
  private readonly kv: KvOctetsReader
  private readonly options: Options

  constructor(kv: KvOctetsReader, options: Options) {
    this.kv = kv
    this.options = options
    this.attempts = new Attempts(options.clock)
  }

  /** Returns the keys of a zone. Newer ones are read behind the answer. */
  find(wanted: WantedKeys, now: number, waitUntil: WaitUntil): KeyRing | undefined {
    const held = this.held.get(wanted.origin)
    if (held && held.hash !== wanted.hash) this.begin(wanted, now, waitUntil)
    return held?.ring
  }

  /** Reads keys, for no longer than a query may wait. */
  async load(wanted: readonly WantedKeys[], now: number, waitUntil: WaitUntil): Promise<void> {
    const deadline = new Deadline(QUERY_DEADLINE_MS, this.options.timer)
    await deadline.within(Promise.all(wanted.map((one) => this.begin(one, now, waitUntil))))
    deadline.end()
  }

  private begin(wanted: WantedKeys, now: number, waitUntil: WaitUntil): Promise<void> | undefined {
    // With its zone: a zone that names the keys of another one must not keep that one from reading them.
    return this.attempts.begin(`${wanted.hash} ${wanted.origin}`, now, waitUntil, () => this.read(wanted))
  }

  private async read({ origin, hash }: WantedKeys): Promise<boolean> {
    const zone = formatName(origin).slice(0, -1)
    const ring = await this.ringOf(zone, hash)
    if (!ring.ok) {
      this.tell(zone, ring.error)
      return false
    }
    this.told.delete(zone)
    this.held.delete(origin)
    for (const oldest of this.held.keys()) if (this.held.size >= MAX_KEY_RINGS) this.held.delete(oldest)
    this.held.set(origin, { hash, ring: ring.value })
    return true
  }

  private async ringOf(zone: string, hash: string): Promise<Result<KeyRing>> {
    const set = await readKeySet(this.kv, zone, hash)
    return set.ok ? keyRingOf(set.value, opener(zone, this.options.secret)) : set
  }

  /** A zone whose keys cannot be used is asked for again and again: that is said once. */
  private tell(zone: string, why: string): void {
    if (this.told.has(zone)) return
    if (this.told.size >= MAX_KEY_RINGS) this.told.clear()
    this.told.add(zone)
    this.options.log({ event: 'keys-failed', zone, why })
  }
}

/** Reads the keys of a zone, whose private keys are wrapped. @param zone in lower case, without the final dot */
export async function readKeySet(kv: KvOctetsReader, zone: string, hash: string): Promise<Result<KeySet>> {
  const octets = await readImmutable(kv, dnssecKey(hash), hash)
  if (!octets.ok) return octets
  try {
    const set = parseKeySet(new TextDecoder().decode(octets.value))
    return set.origin === zone ? ok(set) : err(`the keys are those of ${set.origin}; expected its own`)
  } catch (error) {
    if (error instanceof Damaged) return err(`the value under "${dnssecKey(hash)}" is damaged: ${error.message}`)
    throw error
  }
}
