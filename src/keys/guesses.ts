import type { Log } from '../events.ts'
import { GUESS_LOG_MS, GUESS_REFILL_MS, MAX_GUESSES, MAX_GUESSING_ADDRESSES } from '../limits.ts'
import { type Address, formatAddress, formatPrefix, maskAddress } from '../net/index.ts'

/** Wrong keys of one address. `left` may be a fraction. */
type Bucket = { left: number; at: number }

/**
 * Counts the wrong keys of each address, and says when there were too many. A right key of the API is never refused for
 * them: nobody who guesses shuts its owner out, who may have the same address. All of it is in memory: a guess costs no
 * write.
 */
export class Guesses {
  private readonly buckets = new Map<string, Bucket>()
  private readonly log: Log
  private untold = 0
  private loggedAt = Number.NEGATIVE_INFINITY

  constructor(log: Log) {
    this.log = log
  }

  /** The number of addresses that are remembered. */
  get size(): number {
    return this.buckets.size
  }

  /**
   * Counts a wrong key.
   * @param now milliseconds
   * @returns milliseconds until the next one is not too many; undefined if this one was not
   */
  wrong(address: Address, now: number): number | undefined {
    this.tell(address, now)
    return this.begin(address, now)
  }

  /**
   * Counts a key as wrong before it is read: many that come at once would pass otherwise. `right` takes it back, and
   * `tell` is for one that was wrong.
   * @returns as `wrong`
   */
  begin(address: Address, now: number): number | undefined {
    const bucket = this.bucket(networkOf(address), now)
    const wait = waitOf(bucket)
    if (wait === undefined) bucket.left -= 1
    return wait
  }

  /** Takes back what `begin` counted. */
  right(address: Address, now: number): void {
    const bucket = this.bucket(networkOf(address), now)
    bucket.left = Math.min(MAX_GUESSES, bucket.left + 1)
  }

  /** Logs at most one line in a while, with how many there were. */
  tell(address: Address, now: number): void {
    this.untold++
    if (Math.abs(now - this.loggedAt) < GUESS_LOG_MS) return
    this.log({ event: 'api-key-guessed', wrong: this.untold, last: formatAddress(address) })
    this.loggedAt = now
    this.untold = 0
  }

  private bucket(network: string, now: number): Bucket {
    const counted = this.buckets.get(network)
    // The longest untouched goes first.
    this.buckets.delete(network)
    const oldest = this.buckets.size >= MAX_GUESSING_ADDRESSES ? this.buckets.keys().next().value : undefined
    if (oldest !== undefined) this.buckets.delete(oldest)
    const bucket = counted ?? { left: MAX_GUESSES, at: now }
    bucket.left = Math.min(MAX_GUESSES, bucket.left + Math.max(0, now - bucket.at) / GUESS_REFILL_MS)
    bucket.at = now
    this.buckets.set(network, bucket)
    return bucket
  }
}

const waitOf = ({ left }: Bucket): number | undefined =>
  left < 1 ? Math.ceil((1 - left) * GUESS_REFILL_MS) : undefined

/** One host has all addresses of a /64. */
const networkOf = (address: Address): string =>
  address.family === 1 ? formatAddress(address) : formatPrefix(maskAddress(address, 64))
