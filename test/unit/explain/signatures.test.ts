import { expect, test } from 'vitest'
import { parseName, TYPE } from '../../../src/dns/index.ts'
import type { KeySet } from '../../../src/dnssec/index.ts'
import { explanationText, publicRings, zonesOf } from '../../../src/explain/index.ts'
import { Health } from '../../../src/health/index.ts'
import { parseAddress } from '../../../src/net/index.ts'
import { loadedZones } from '../../../src/zone/index.ts'
import { explain } from '../both-forms.ts'
import { keySetOf, newKey, ringsOf, signed } from '../dnssec/support.ts'
import { contextOf, must, queryOf, replyTo, zoneOf } from '../support.ts'

const NOW = Date.UTC(2026, 0, 1)
const zone = zoneOf({
  '@': { NS: 'ns' },
  ns: { A: '192.0.2.1' },
  www: { A: { kind: 'random', of: ['192.0.2.2', '192.0.2.3'] } },
  away: { CNAME: 'www.unsigned.example.' },
  insecure: { NS: 'ns.insecure' },
  'ns.insecure': { A: '192.0.2.54' },
})
const unsigned = zoneOf({ '@': { NS: 'ns' }, www: { A: '192.0.2.99' } }, { origin: 'unsigned.example.' })

async function explained(label: string, type: keyof typeof TYPE, sets: readonly KeySet[]) {
  const client = must(parseAddress('192.0.2.200'))
  const question = { name: must(parseName(`${label}.example.com.`)), type: TYPE[type], client, ecs: undefined }
  const health = new Health([], [], NOW)
  const rings = await publicRings(sets)
  return explain(question, loadedZones([zone, unsigned]), () => 0.3, health, undefined, undefined, rings)
}

test('the signatures that are told are those that are made', async () => {
  const keys = [await newKey(1, 13, 257), await newKey(2, 13, 256), await newKey(3, 13, 256, { active: false })]
  const rings = await ringsOf(['example.com'], keys)
  for (const [label, type] of [
    ['ns', 'A'],
    ['nothing', 'A'],
    ['ns', 'TXT'],
    ['away', 'A'],
    ['x.insecure', 'A'],
  ] as const) {
    const query = queryOf(`${label}.example.com.`, type, { options: [] })
    query[query.length - 4] = 0x80
    const { response } = await signed(replyTo(query, contextOf([zone, unsigned])), rings, NOW)
    const made = [...response.answer, ...response.authority, ...response.additional].flatMap(({ type, rdatas }) =>
      type === TYPE.RRSIG ? rdatas.map(({ text }) => text.split(' ')) : [],
    )
    const { signatures = [] } = await explained(label, type, [keySetOf('example.com', keys)])
    const digits = (time: string): string => time.replace(/\D/g, '').slice(0, 14)
    expect(made.length).toBeGreaterThan(0)
    expect(
      signatures.map((one) => [one.type, digits(one.expiration), digits(one.inception), `${one.keys[0]?.tag}`]),
      `${label} ${type}`,
    ).toEqual(made.map(([type, , , , expiration, inception, tag]) => [type, expiration, inception, tag]))
  }
})

test('it is said by which key until when, without anything of a private key', async () => {
  const key = await newKey(1, 15)
  const set = keySetOf('example.com', [key])
  const explanation = await explained('www', 'A', [set])
  expect(explanation.signatures).toEqual([
    {
      ...{ name: 'www.example.com.', type: 'A', zone: 'example.com.' },
      keys: [{ tag: key.stored.tag, algorithm: 15 }],
      inception: '2025-12-31T23:00:00.000Z',
      expiration: expect.stringMatching(/^2026-01-03T/),
    },
  ])
  expect(explanationText(explanation)).toMatch(
    /signed +www\.example\.com\. A by key \d+ \(algorithm 15\), until 2026-01-03T\d\d:\d\dZ if it is made now/,
  )
  expect(JSON.stringify(explanation)).not.toContain('in hand')
  expect(zonesOf(explanation)).toEqual(['example.com'])
})

test('of unsigned zones, and of a set without a key that signs, nothing is said', async () => {
  expect(await explained('www', 'A', [])).not.toHaveProperty('signatures')
  const idle = keySetOf('example.com', [await newKey(1, 13, 257, { active: false })])
  expect(await explained('www', 'A', [idle])).not.toHaveProperty('signatures')
})
