import { type NameKey, parseName, parseRdataText, type Rdata } from '../../../src/dns/index.ts'
import {
  type KeyRing,
  type KeySet,
  keyRingOf,
  keyTag,
  Signer,
  type StoredKey,
  signReply,
  toBase64,
  USUAL_KEY_TTL,
  USUAL_VALIDITY,
} from '../../../src/dnssec/index.ts'
import { err, ok } from '../../../src/result.ts'
import type { Reply } from '../../../src/zone/index.ts'
import { must } from '../must.ts'

export function rdata(type: number, text: string): Rdata {
  const parsed = parseRdataText(type, text)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return parsed.value
}

/** A key of a zone, with its private part. */
export type TestKey = { readonly stored: StoredKey; readonly pair: CryptoKeyPair }

const FORM = {
  13: { name: 'ECDSA', namedCurve: 'P-256' },
  14: { name: 'ECDSA', namedCurve: 'P-384' },
  15: { name: 'Ed25519' },
} as const

export async function newKey(
  id = 1,
  algorithm: 13 | 14 | 15 = 13,
  flags: 256 | 257 = 257,
  more: Partial<StoredKey> = {},
): Promise<TestKey> {
  const pair = (await crypto.subtle.generateKey(FORM[algorithm], true, ['sign', 'verify'])) as CryptoKeyPair
  const raw = new Uint8Array((await crypto.subtle.exportKey('raw', pair.publicKey)) as ArrayBuffer)
  // RFC 6605 §4: the octet in front, which says that the point is not compressed, is left out.
  const publicKey = toBase64(algorithm === 15 ? raw : raw.subarray(1))
  const stored = {
    ...{ id, algorithm, flags, publicKey, tag: keyTag({ flags, algorithm, publicKey }), wrapped: 'in hand' },
    ...{ published: true, active: true, ds: flags === 257, since: '2026-01-01T00:00:00Z' },
    ...more,
  }
  return { stored, pair }
}

export const keySetOf = (origin: string, keys: readonly TestKey[], more: Partial<KeySet> = {}): KeySet => ({
  ...{ version: 1, origin, keys: keys.map(({ stored }) => stored), cds: 'publish', digests: [2] },
  ...{ ttl: USUAL_KEY_TTL, validity: USUAL_VALIDITY },
  ...more,
})

export async function ringOf(origin: string, keys: readonly TestKey[], more: Partial<KeySet> = {}): Promise<KeyRing> {
  const open = async ({ id }: StoredKey) => {
    const key = keys.find(({ stored }) => stored.id === id)
    return key ? ok(key.pair.privateKey) : err('no such key')
  }
  return must(await keyRingOf(keySetOf(origin, keys, more), open))
}

/** Keys of zones by origin, as `example.com`. */
export type Rings = ReadonlyMap<NameKey, KeyRing>

export const ringsOf = async (origins: readonly string[], keys: readonly TestKey[]): Promise<Rings> =>
  new Map(
    await Promise.all(
      origins.map(async (origin) => [must(parseName(`${origin}.`)).key, await ringOf(origin, keys)] as const),
    ),
  )

/** Signs a reply with the keys of the zones that have any. */
export async function signed(reply: Reply, rings: Rings, now = Date.now(), signer = new Signer()): Promise<Reply> {
  const keysOf = ({ origin }: { readonly origin: { readonly key: NameKey } }) => rings.get(origin.key) ?? 'unsigned'
  const done = signReply(reply, { keysOf, signer, now })
  if (done.kind !== 'done') throw new Error('keys are missing')
  return done.reply
}
