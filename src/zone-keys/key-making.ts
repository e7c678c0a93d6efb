import {
  type Algorithm,
  type KeySet,
  keyTag,
  type PublicKey,
  type StoredKey,
  USUAL_KEY_TTL,
  USUAL_VALIDITY,
  unwrapKey,
  wrapKey,
} from '../dnssec/index.ts'
import { MAX_ZONE_KEYS, MIN_DNSSEC_SECRET_CHARS } from '../limits.ts'
import { ok, type Result } from '../result.ts'
import { type KeyFacts, type KeyRefusal, refuse } from './call.ts'
import { generatePair, type KeyPair } from './material.ts'

export const emptySet = (origin: string): KeySet => ({
  ...{ version: 1, origin, keys: [], cds: 'publish', digests: [2] },
  ...{ ttl: USUAL_KEY_TTL, validity: USUAL_VALIDITY },
})

/** Makes a key whose tag no other key of the zone has: a validator would have to try both. */
export async function newKey(
  set: KeySet,
  algorithm: Algorithm,
  flags: 256 | 257,
  facts: KeyFacts,
  secret: string,
): Promise<StoredKey> {
  for (let attempt = 1; ; attempt++) {
    const key = await storedKey(set, await generatePair(algorithm), flags, facts, secret)
    if (attempt >= MAX_ATTEMPTS || !set.keys.some(({ tag }) => tag === key.tag)) return key
  }
}

const MAX_ATTEMPTS = 10

export async function storedKey(
  set: KeySet,
  { algorithm, publicKey, pkcs8 }: KeyPair,
  flags: 256 | 257,
  { origin, now }: KeyFacts,
  secret: string,
): Promise<StoredKey> {
  const tag = keyTag({ algorithm, flags, publicKey })
  const wrapped = await wrapKey(secret, { origin, algorithm, tag }, pkcs8)
  const fields = { id: nextId(set), algorithm, flags, publicKey, tag, wrapped }
  return { ...fields, published: false, active: false, ds: false, since: new Date(now).toISOString() }
}

export const nextId = ({ keys }: KeySet): number => Math.max(0, ...keys.map(({ id }) => id)) + 1

export const isSameKey = (a: PublicKey, b: PublicKey): boolean =>
  a.algorithm === b.algorithm && a.flags === b.flags && a.publicKey === b.publicKey

export const hasOwn = ({ keys }: KeySet): boolean => keys.some(({ wrapped }) => wrapped !== undefined)

export function tooMany({ keys }: KeySet): { ok: false; error: KeyRefusal } | undefined {
  if (keys.length < MAX_ZONE_KEYS) return undefined
  return refuse('conflict', `the zone has ${keys.length} keys; expected at most ${MAX_ZONE_KEYS}`)
}

/** Refuses a secret that is none, or is not the one of the keys that are there. */
export async function soundSecret(
  { secret, origin }: KeyFacts,
  set: KeySet | undefined,
): Promise<Result<string, KeyRefusal>> {
  if (!secret) return refuse('secret', NO_SECRET)
  if (secret.length < MIN_DNSSEC_SECRET_CHARS) {
    return refuse(
      'secret',
      `DNSSEC_SECRET is too short; expected at least ${MIN_DNSSEC_SECRET_CHARS} characters, ${HOW}`,
    )
  }
  const known = set?.keys.find(({ wrapped }) => wrapped !== undefined)
  if (known?.wrapped === undefined) return ok(secret)
  const opened = await unwrapKey(secret, { origin, ...known }, known.wrapped)
  return opened.ok ? ok(secret) : refuse('secret', opened.error)
}

const HOW = 'as of "openssl rand -base64 32"'
const NO_SECRET =
  `there is no DNSSEC_SECRET, which encrypts private keys; expected it in the environment or .dev.vars, ${HOW}, and for ` +
  'production as a secret of the Worker ("npx wrangler secret put DNSSEC_SECRET")'
