import packet from 'dns-packet'
import { type KeySet, keyTag } from '../src/dnssec/index.ts'
import type { KeyPair } from '../src/zone-keys/material.ts'
import { WEIGHTED_PICK } from './engine.ts'
import { SOA } from './messages.ts'
import { median, type Row } from './ratio.ts'

/** A zone with a steered name, and one for names that nobody has asked for yet. */
export const ZONE = {
  origin: 'example.com',
  ttl: 300,
  soa: SOA,
  records: { '@': { NS: 'ns' }, ns: { A: '192.0.2.1' }, random: { A: WEIGHTED_PICK }, '*.many': { A: WEIGHTED_PICK } },
}

/** Returns a query with DO. */
export function query(name: string): Uint8Array {
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: packet.DNSSEC_OK, options: [] }
  const question = { type: 'A' as const, name, class: 'IN' as const }
  const message = { type: 'query', id: 1, flags: 256, questions: [question], additionals: [opt] }
  // dns-packet's types ask for fields that its encoder does not.
  return new Uint8Array(packet.encode(message as unknown as packet.Packet))
}

/** Returns a key set with one key, which signs everything. @param wrapped the stored private key */
export function keySetOf(
  origin: string,
  { algorithm, publicKey }: Pick<KeyPair, 'algorithm' | 'publicKey'>,
  wrapped: string,
): KeySet {
  const key = { algorithm, flags: 257, publicKey } as const
  const stored = {
    ...{ ...key, id: 1, tag: keyTag(key), wrapped, published: true, active: true, ds: true },
    since: '2026-01-01T00:00:00Z',
  }
  const validity = { static: 7, steered: 2 }
  return { version: 1, origin, keys: [stored], cds: 'publish', digests: [2], ttl: 3600, validity }
}

/** Microseconds of the CPU that a signature may cost above the answer. */
const FRESH_LIMIT = 60
/** Returns the median and the spread of the microseconds that a signature costs. */
export function summary(costs: readonly number[]): Omit<Row, 'row'> {
  const value = Math.round(10 * median(costs)) / 10
  const spread = Math.round(10 * (Math.max(...costs) - Math.min(...costs))) / 10
  return { value, limit: FRESH_LIMIT, spread }
}
