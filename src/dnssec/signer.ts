import type { Rrset } from '../dns/query-path.ts'
import { MAX_MADE_SIGNATURE_BYTES, MAX_SIGNATURE_BYTES } from '../limits.ts'
import { distinctRdatas } from './canonical.ts'
import { isKeyType, type KeyRing, type SigningKey, signWith } from './key-ring.ts'
import { MAX_VALIDITY_DAYS, type Validity } from './key-set.ts'
import { MessageCache } from './message-cache.ts'
import { labelCount, SignatureRdata, signatureHead, signedOctets } from './rrsig.ts'
import { type Content, hashOf, type Kept, SignatureCache, type Signatures } from './signature-cache.ts'

/** An rrset to be signed. */
export type ToSign = {
  readonly rrset: Rrset
  /** The TTL that the rrset has in the zone, in seconds. In the answer it may have less. */
  readonly originalTtl: number
  readonly life: keyof Validity
  /** True if the name does not stand in the zone: clients make up as many as they like. */
  readonly isMadeUp: boolean
}

const DAY_SECONDS = 86_400

/** The least time that is left of a signature when it is made anew; a reply may be kept for some minutes more. */
const LEAST_SECONDS = DAY_SECONDS + 1800

/** Clocks of validators may be wrong by as much. */
const INCEPTION_SECONDS = 3600

/**
 * Makes signatures, and keeps them: what is asked for again is signed once. Names that clients make up have a cache of
 * their own, so that a flood of them pushes out nothing else.
 */
export class Signer {
  private readonly standing = new SignatureCache(MAX_SIGNATURE_BYTES)
  readonly messages = new MessageCache()
  private readonly madeUp = new SignatureCache(MAX_MADE_SIGNATURE_BYTES)

  /**
   * Signs an rrset with the keys that are for it.
   * @param now milliseconds since the epoch
   * @returns the data of RRSIG records; a promise if they have to be made first
   */
  sign(ring: KeyRing, { rrset, originalTtl, life, isMadeUp }: ToSign, now: number): Signatures | Promise<Signatures> {
    const content = contentOf(rrset, originalTtl)
    const hash = hashOf(content)
    const cache = isMadeUp ? this.madeUp : this.standing
    const known = cache.find(hash, content, ring)
    const seconds = Math.floor(now / 1000)
    if (known && isUsable(known, seconds)) return known.made
    const keys = keysFor(ring, content.type)
    const times = timesOf(seconds, ring.validity[life], hash)
    const making = Promise.all(keys.map((key) => signatureBy(key, ring, content, times)))
    const kept: Kept = { ring, since: seconds, refreshAt: times.refreshAt, made: making }
    cache.keep(hash, content, kept, keys.length * SIGNATURE_OCTETS)
    making.then(
      (made) => {
        kept.made = made
      },
      () => cache.drop(hash, kept),
    )
    return making
  }
}

const contentOf = ({ owner, type, rdatas }: Rrset, ttl: number): Content => ({
  ...{ owner: owner.key, type, ttl },
  rdatas: distinctRdatas(type, rdatas),
})

const keysFor = (ring: KeyRing, type: number): readonly SigningKey[] =>
  isKeyType(type) ? ring.keySigning : ring.zoneSigning

/** A signature as it would be made: by these keys, for these times in seconds since the epoch. */
type PlannedSignature = Pick<Times, 'inception' | 'expiration'> & {
  readonly keys: readonly Pick<SigningKey, 'algorithm' | 'tag'>[]
}

/** Returns the signatures that `Signer` would make now, for those who explain them. @param now as there */
export function planSignature(ring: KeyRing, { rrset, originalTtl, life }: ToSign, now: number): PlannedSignature {
  const hash = hashOf(contentOf(rrset, originalTtl))
  const { inception, expiration } = timesOf(Math.floor(now / 1000), ring.validity[life], hash)
  return { keys: keysFor(ring, rrset.type), inception, expiration }
}

/**
 * A signature that takes long may never end: the request that began it may have ended. A signature that a clock made
 * that was far ahead would begin in the future; one that went back a little makes nothing stale.
 */
const isUsable = ({ made, since, refreshAt }: Kept, now: number): boolean =>
  now < refreshAt && since - now < AHEAD_SECONDS && (!(made instanceof Promise) || now - since < MAKING_SECONDS)

/** Half of what a signature begins before it is made: the other half is for the clocks of validators. */
const AHEAD_SECONDS = INCEPTION_SECONDS / 2

const MAKING_SECONDS = 2

/** The memory of a signature and its record, about. */
const SIGNATURE_OCTETS = 400

type Times = { readonly inception: number; readonly expiration: number; readonly refreshAt: number }

/**
 * Returns the times of a signature, in seconds since the epoch. It begins an hour back, and is valid for the days that
 * are set and an eighth of them at most more, by its content, so that not all expire at once; for 16 days at most. It
 * is made again when a quarter is left, and a day at least.
 */
export function timesOf(now: number, days: number, hash: number): Times {
  const seconds = days * DAY_SECONDS
  const jitter = Math.floor((seconds / 16) * (1 + (hash >>> 0) / 0x1_0000_0000))
  const expiration = now + Math.min(seconds + jitter, MAX_VALIDITY_DAYS * DAY_SECONDS)
  return {
    inception: now - INCEPTION_SECONDS,
    expiration,
    refreshAt: expiration - Math.max(LEAST_SECONDS, Math.floor(seconds / 4)),
  }
}

async function signatureBy(
  key: SigningKey,
  { origin }: KeyRing,
  { owner, type, ttl, rdatas }: Content,
  { inception, expiration }: Times,
): Promise<SignatureRdata> {
  const { algorithm, tag } = key
  const fields = { type, algorithm, labels: labelCount(owner), originalTtl: ttl, expiration, inception, tag }
  const head = signatureHead({ ...fields, signer: origin })
  const signature = await signWith(key, signedOctets(head, owner, fields, rdatas))
  return new SignatureRdata(head, signature, origin)
}
