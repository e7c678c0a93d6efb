import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseName } from '../../../src/dns/index.ts'
import { burtle, nameHash, unorderedMapOrder } from '../../../src/policy/hash.ts'
import type { Expression, Member } from '../../../src/policy/index.ts'
import { nextPoint } from '../../../src/policy/ring.ts'
import { runCount } from '../../effort.ts'
import { address, must } from '../support.ts'
import { addresses, decide, pick, policyOf } from './support.ts'

/** Values that PowerDNS gives. */
type Vectors = Readonly<Record<string, Readonly<Record<string, number>>>>
const vectors = JSON.parse(readFileSync(new URL('../../fixtures/powerdns-hash-vectors.json', import.meta.url), 'utf8'))
const numbers: Vectors = vectors
const picks: Readonly<Record<string, string>> = vectors['pickchashed_15_1.2.3.4_42_4.3.2.1']

const W: readonly Member[] = [
  { weight: 15, answer: '1.2.3.4' },
  { weight: 42, answer: '4.3.2.1' },
]

describe('hash vectors', () => {
  test.each(Object.entries(numbers.burtle_init0 as object))('of the text %j: %i', (text, hash) => {
    expect(burtle(new TextEncoder().encode(text))).toBe(hash)
  })
  test.each(Object.entries(numbers.addressOnlyHash as object))('of the address %s: %i', (text, hash) => {
    expect(burtle(address(text).bytes)).toBe(hash)
  })
  test.each(Object.entries(numbers['DNSName.hash'] as object))('of the name %s: %i', (text, hash) => {
    expect(nameHash(must(parseName(text)).key)).toBe(hash)
    expect(nameHash(must(parseName(text.toUpperCase())).key)).toBe(hash)
  })
  test('every length from 0 to 40 is hashed over all its octets', () => {
    const seen = new Set<number>()
    for (let length = 0; length <= 40; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => i)
      seen.add(burtle(bytes))
      for (let at = 0; at < length; at++) {
        const other = bytes.slice()
        other[at] = 200
        seen.add(burtle(other))
      }
    }
    expect(seen.size).toBe(41 + (40 * 41) / 2)
  })
})

describe('the order of weighted tables (§6.3)', () => {
  const up = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
  const down = (from: number, to: number): number[] => up(to, from).reverse()
  const rows: [number, number, (n: number) => number[]][] = [
    [1, 13, (n) => down(n, 1)],
    [14, 14, () => [14, ...up(1, 13)]],
    [15, 29, (n) => [...down(n, 14), ...up(1, 13)]],
    [30, 30, () => [30, ...down(13, 1), ...up(14, 29)]],
    [31, 59, (n) => [...down(n, 30), ...down(13, 1), ...up(14, 29)]],
    [60, 60, () => [60, ...down(29, 14), ...up(1, 13), ...up(30, 59)]],
    [61, 127, (n) => [...down(n, 60), ...down(29, 14), ...up(1, 13), ...up(30, 59)]],
  ]
  test.each(rows)('of %i to %i entries', (from, to, order) => {
    for (let n = from; n <= to; n++) expect(unorderedMapOrder(n).map((index) => index + 1)).toEqual(order(n))
  })
  test('every length is a permutation; growing at 128 reverses', () => {
    for (const n of [0, 128, 257, 258, 1000, 2358]) {
      expect(unorderedMapOrder(n).toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
    }
    expect(unorderedMapOrder(128)).toEqual([127, ...unorderedMapOrder(127).reverse()])
  })
})

describe('picks as PowerDNS makes them (§6.5)', () => {
  const rows = [
    // bestwho, H, H % 2, H % 3, pickwhashed(W)
    ['127.0.0.1', 4196678856, 0, 0, '1.2.3.4'],
    ['127.0.0.2', 287116632, 0, 0, '1.2.3.4'],
    ['192.0.2.0', 1089457031, 1, 2, '4.3.2.1'],
    ['1.2.3.0', 4209512405, 1, 2, '1.2.3.4'],
    ['203.0.113.7', 3069710909, 1, 2, '4.3.2.1'],
    ['198.51.100.77', 1237046052, 0, 0, '4.3.2.1'],
    ['2001:db8::', 429933902, 0, 2, '4.3.2.1'],
    ['2001:db8:1234::1', 3873245519, 1, 2, '1.2.3.4'],
  ] as const
  const three = ['192.0.2.1', '192.0.2.2', '192.0.2.3']

  test.each(rows)('pickhashed for %s: hash %i, element %i of 2, %i of 3', (client, hash, of2, of3) => {
    const two = decide(policyOf({ kind: 'hashed', of: three.slice(0, 2) }), client)
    expect(two.trace[0]).toEqual({ step: 'hashed', hash, of: 2, picked: of2 })
    expect(pick(policyOf({ kind: 'hashed', of: three }), client)).toBe(three[of3])
  })
  test.each(rows)('pickwhashed for %s (hash %i, %i, %i): %s', (client, hash, _2, _3, picked) => {
    const policy = policyOf({ kind: 'weighted-hashed', members: W })
    expect(pick(policy, client)).toBe(picked)
    expect(decide(policy, client).trace[0]).toMatchObject({ hash, point: hash % 57, total: 57 })
  })
  test.each(rows)('pickchashed for %s: 4.3.2.1', (client) => {
    expect(pick(policyOf({ kind: 'consistent-hashed', members: W }), client)).toBe('4.3.2.1')
  })
  test.each(Object.entries(picks))('pickchashed for %s: %s', (client, picked) => {
    expect(pick(policyOf({ kind: 'consistent-hashed', members: W }), client)).toBe(picked)
  })
  test.each([6, 8, 11, 14])('pickchashed for 192.0.2.%i: 1.2.3.4', (last) => {
    expect(pick(policyOf({ kind: 'consistent-hashed', members: W }), `192.0.2.${last}`)).toBe('1.2.3.4')
  })
  test.each([
    ['test.namehashed.example.org.', 46, '1.2.3.4'],
    ['test2.namehashed.example.org.', 17, '4.3.2.1'],
    ['TEST2.NameHashed.example.ORG.', 17, '4.3.2.1'],
  ])('picknamehashed for %s: point %i, %s', (name, point, picked) => {
    const policy = policyOf({ kind: 'name-hashed', members: W })
    expect(pick(policy, '192.0.2.1', name)).toBe(picked)
    expect(decide(policy, '192.0.2.1', undefined, name).trace[0]).toMatchObject({ point })
  })
  test('a weighted table of 14 is walked from its last entry, then from the first', () => {
    const members = Array.from({ length: 14 }, (_, i) => ({ weight: 1, answer: `192.0.2.${i + 1}` }))
    const policy = policyOf({ kind: 'weighted-hashed', members })
    const order = [14, ...Array.from({ length: 13 }, (_, i) => i + 1)]
    for (const client of addresses(200)) {
      expect(pick(policy, client)).toBe(`192.0.2.${order[burtle(address(client).bytes) % 14]}`)
    }
  })
})

describe('consistent hashing', () => {
  const clients = addresses(3000)
  const member = fc.record({ weight: fc.integer({ min: 1, max: 40 }), last: fc.integer({ min: 1, max: 250 }) })
  const tables = fc
    .uniqueArray(member, { minLength: 2, maxLength: 6, selector: (each) => each.last })
    .map((list) => list.map(({ weight, last }) => ({ weight, answer: `192.0.2.${last}` })))
  const ring = (members: readonly Member[]) => policyOf({ kind: 'consistent-hashed', members } as Expression)

  test('the order of the table does not matter', () => {
    fc.assert(
      fc.property(tables, fc.nat(), (members, turn) => {
        const turned = [...members.slice(turn % members.length), ...members.slice(0, turn % members.length)].reverse()
        const [a, b] = [ring(members), ring(turned)]
        for (const client of clients.slice(0, 100)) expect(pick(a, client)).toBe(pick(b, client))
      }),
      { numRuns: runCount(30), seed: 3 },
    )
  })
  test('a member that leaves moves its own clients only; one that comes takes clients only for itself', () => {
    fc.assert(
      fc.property(tables, (members) => {
        const [gone, ...rest] = members as [Member, ...Member[]]
        const [before, after] = [ring(members), ring(rest)]
        for (const client of clients.slice(0, 200)) {
          const was = pick(before, client)
          if (was !== gone.answer) expect(pick(after, client)).toBe(was)
        }
      }),
      { numRuns: runCount(30), seed: 4 },
    )
  })
  test('a weight that grows takes clients only for its own member, about its new share of them', () => {
    const answers = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
    const at = (third: number) => ring(answers.map((answer, i) => ({ weight: i === 2 ? third : 500, answer })))
    const [before, after] = [at(500), at(1000)]
    let moved = 0
    for (const client of clients) {
      const [was, is] = [pick(before, client), pick(after, client)]
      if (was === is) continue
      moved++
      expect(is).toBe('192.0.2.3')
    }
    // A third becomes a half: a sixth of all move.
    expect(moved / clients.length).toBeGreaterThan(1 / 6 - 0.06)
    expect(moved / clients.length).toBeLessThan(1 / 6 + 0.06)
  })
  test('the key is hashed, whatever the answer is', () => {
    const named = policyOf({
      kind: 'consistent-hashed',
      members: [
        { weight: 15, answer: '192.0.2.1', key: '1.2.3.4' },
        { weight: 42, answer: ['192.0.2.2'], key: '4.3.2.1' },
      ],
    })
    const plain = ring(W)
    for (const client of clients.slice(0, 300)) {
      expect(pick(named, client)).toBe(pick(plain, client) === '1.2.3.4' ? '192.0.2.1' : '192.0.2.2')
    }
  })
  test.each([
    [0, 0],
    [10, 0],
    [11, 1],
    [20, 1],
    [21, 2],
    [2 ** 32 - 1, 2],
  ])('on the ring 10, 20, 4294967295 the hash %i belongs to point %i', (hash, index) => {
    expect(nextPoint(Uint32Array.of(10, 20, 2 ** 32 - 1), hash)).toBe(index)
  })
  test('above the last point the ring begins again', () => {
    expect(nextPoint(Uint32Array.of(10, 20), 21)).toBe(0)
  })
  test('past the last point of the ring the first owns; a client at a point gets its owner', () => {
    const policy = ring(W)
    if (policy.kind !== 'consistent-hashed') throw new Error('not a ring')
    const points = [...policy.points]
    expect(points).toEqual(points.toSorted((a, b) => a - b))
    expect(points).toHaveLength(57)
    const naive = (hash: number): number => {
      const next = points.findIndex((point) => point >= hash)
      return policy.owners[next < 0 ? 0 : next] as number
    }
    for (const client of clients) {
      expect(decide(policy, client).trace[0]).toMatchObject({ picked: naive(burtle(address(client).bytes)) })
    }
    expect(clients.some((client) => burtle(address(client).bytes) > (points.at(-1) as number))).toBe(true)
  })
})
