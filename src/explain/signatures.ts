import { formatName, type NameKey, parseName, typeName } from '../dns/index.ts'
import { type KeyRing, type KeySet, keyRingOf, planSignature, signResponse } from '../dnssec/index.ts'
import { ok } from '../result.ts'
import type { Reply } from '../zone/index.ts'
import type { Explanation } from './explanation.ts'

/** The keys of signed zones by origin, without private keys: they tell what they would sign. */
export type PublicRings = ReadonlyMap<NameKey, KeyRing>

/**
 * An rrset of a reply to a query with DO, and the keys that sign it. Times are ISO 8601, as of a signature that is made
 * now.
 */
export type SignatureText = {
  readonly name: string
  readonly type: string
  readonly zone: string
  readonly keys: readonly { readonly tag: number; readonly algorithm: number }[]
  readonly inception: string
  readonly expiration: string
}

/**
 * Makes rings of key sets. A set of which no key can sign is left out: its zone answers with SERVFAIL, and has no
 * signatures.
 */
export async function publicRings(sets: readonly KeySet[]): Promise<PublicRings> {
  const rings = await Promise.all(sets.map((set) => keyRingOf(set, async () => ok(undefined))))
  return new Map(rings.flatMap((ring) => (ring.ok ? [[ring.value.origin.key, ring.value] as const] : [])))
}

/**
 * Returns the origins of the zones that an answer led into, as storage has them: in lower case, without the final dot.
 */
export function zonesOf({ trace }: Pick<Explanation, 'trace'>): string[] {
  const origins = trace.flatMap((step) => (step.step === 'zone' ? [step.origin] : []))
  return [...new Set(origins)].flatMap((origin) => {
    const name = parseName(origin)
    return name.ok ? [formatName(name.value.key).slice(0, -1)] : []
  })
}

/**
 * Returns the signatures that a reply would have, in the order of its records.
 * @param now milliseconds since the epoch
 */
export function signaturesOf({ query, response, asker }: Reply, rings: PublicRings, now: number): SignatureText[] {
  const { question } = query
  const told: SignatureText[] = []
  if (!question || !asker || rings.size === 0) return told
  const tell: Parameters<typeof signResponse>[1]['signer']['sign'] = (ring, toSign) => {
    const { keys, inception, expiration } = planSignature(ring, toSign, now)
    const { owner, type } = toSign.rrset
    told.push({
      ...{ name: formatName(owner), type: typeName(type), zone: formatName(ring.origin) },
      keys: keys.map(({ tag, algorithm }) => ({ tag, algorithm })),
      ...{ inception: timeText(inception), expiration: timeText(expiration) },
    })
    return []
  }
  const unsigned = { question, response, context: asker, dnssecOk: true, compactOk: false }
  signResponse(unsigned, { keysOf: ({ origin }) => rings.get(origin.key) ?? 'unsigned', signer: { sign: tell }, now })
  return told
}

const timeText = (seconds: number): string => new Date(seconds * 1000).toISOString()
