import { expect, test } from 'vitest'
import { toJson } from '../../../src/http/json.ts'
import { randomZone } from '../../e2e/signed-zones.ts'
import { contextOf, hex, queryOf, replyTo } from '../support.ts'
import { newKey, ringsOf, signed } from './support.ts'

/** The types that only a signed zone has: they are answered without DO, too. */
const OF_KEYS = new Set(['DNSKEY', 'CDS', 'CDNSKEY', 'NSEC', 'RRSIG'])

test('without DO a signed zone gives the octets, and the JSON, of the same zone unsigned', async () => {
  const rings = await ringsOf(['zone.example'], [await newKey()])
  let compared = 0
  for (let seed = 1; seed <= 40; seed++) {
    const { zone, questions } = randomZone('zone.example', seed, 60)
    for (const [i, { name, type }] of questions.entries()) {
      if (OF_KEYS.has(type)) continue
      // Without OPT, and with one in which CO alone is set.
      const query = queryOf(`${name}.`, type, i % 2 === 0 ? {} : { options: [] })
      if (i % 4 === 1) query[query.length - 4] = 0x40
      const plain = replyTo(query, contextOf([zone]))
      const reply = await signed(plain, rings)
      expect(hex(reply.message), `${seed}: ${name} ${type}`).toBe(hex(plain.message))
      for (const form of ['google-json', 'cloudflare-json'] as const) {
        expect(toJson(reply, form)).toBe(toJson(plain, form))
      }
      compared++
    }
  }
  expect(compared).toBeGreaterThan(1500)
})
