import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Address } from '../../../src/net/index.ts'
import { Damaged } from '../../../src/stored-value.ts'
import { answer, type LocalZone, type Reply, readHead, type StoredZone, type Zone } from '../../../src/zone/index.ts'
import { inSoak, runCount } from '../../effort.ts'
import { places } from '../lua/support.ts'
import { CHECKS, MAPS } from '../policy/stored-arbitraries.ts'
import { opened, type Written, written } from '../stored-zone.ts'
import { address, contextOf, ecsOption, must, queryOf, seeded, unhex, zoneOf } from '../support.ts'
import { compileText } from '../zonefile/support.ts'
import { pack, unpack } from './format-reader.ts'
import { TINY } from './support.ts'

// Octets that are not as they were written: each is refused, or every query about it is answered without an exception.

const A = '192.0.2.1'
const [B, C] = ['192.0.2.2', '192.0.2.3']
const weighted = (kind: string) => ({ kind, members: [A, B, C].map((answer, i) => ({ weight: i + 1, answer })) })

/** Every kind of policy, and every turn of a look-up. */
const DOCUMENT = zoneOf(
  {
    '@': { NS: ['ns', 'ns.elsewhere.example.'], MX: '10 mail', A: [A, B] },
    ns: { A, AAAA: '2001:db8::53' },
    mail: { A: { ttl: [5, 60], answer: { kind: 'pool', members: [A, B], check: 'web' } } },
    '*.wild': { A, TXT: '"wild"' },
    'a.b.wild': { A: C },
    sub: { NS: ['ns.sub', 'ns'], DS: '1 8 2 0000000000000000000000000000000000000000000000000000000000000000' },
    'ns.sub': { A: B },
    old: { DNAME: 'wild' },
    'below.old': { TXT: '"occluded"' },
    alias: { CNAME: 'weighted' },
    flat: { ALIAS: 'weighted' },
    svc: { HTTPS: '1 ns ipv4hint=auto ipv6hint=auto' },
    srv: { SRV: '1 2 443 mail' },
    weighted: { A: weighted('weighted') },
    hashed: { A: weighted('weighted-hashed') },
    byname: { A: weighted('name-hashed') },
    ring: { A: weighted('consistent-hashed') },
    random: { A: { kind: 'random', of: [A, B, C], count: 2 } },
    view: { A: { kind: 'view', rules: [{ networks: ['198.51.100.0/24', '2001:db8::/32'], answer: A }], otherwise: B } },
    geo: { A: { kind: 'geo', countries: { US: A, NL: B }, networks: { '203.0.113.0/24': C }, otherwise: A } },
    map: { A: { kind: 'datacenters', map: 'plain', datacenters: { fra: A, nyc: B } } },
    failover: { A: { kind: 'failover', pools: [{ answer: A, check: 'web' }, { answer: B }] } },
  },
  { checks: CHECKS, maps: MAPS, guard: {}, health: { dns: true } },
)

const SCRIPTS = must(
  compileText(
    '$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.53\n' +
      "config LUA LUA \"US = {'192.0.2.1', '192.0.2.2'}\"\n" +
      "x LUA A \";include('config') if country('US') then return US end return pickrandom(US)\"\n" +
      'y LUA TXT "qname:toString()"\n*.z LUA A "ifportup(443, {createForward()})"\nw A 192.0.2.9\n',
  ),
).zone

type Subject = { readonly zone: LocalZone; readonly octets: Written }
const SUBJECTS: readonly Subject[] = [DOCUMENT, SCRIPTS].flatMap((zone) => [
  { zone, octets: written(zone) },
  { zone, octets: written(zone, TINY) },
])
const subject = fc.constantFrom(...SUBJECTS)

const TYPES = ['A', 'AAAA', 'NS', 'MX', 'TXT', 'CNAME', 'DS', 'SRV', 'HTTPS', 'ANY', 'SOA']
const CLIENTS = ['198.51.100.7', '192.0.2.7', '203.0.113.9', '2001:db8::1'].map(address)

/** Names that the zone has, and names below them that it has not. */
function messagesFor({ names }: LocalZone, random: () => number): Uint8Array[] {
  const some = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const shown = (key: string): string => {
    let text = ''
    for (let at = 0; key.charCodeAt(at) > 0; at += key.charCodeAt(at) + 1)
      text += `${key.slice(at + 1, at + 1 + key.charCodeAt(at))}.`
    return text
  }
  const all = [...names.nodes.keys()].map(shown)
  return all
    .flatMap((name) => [name, `none.${name}`, `192-0-2-9.${name}`, `_health.${name}`])
    .map((name) => {
      const options = random() < 0.5 ? [] : [ecsOption('198.51.100.0/24')]
      return queryOf(name, some(TYPES), { options })
    })
}

type Counts = { refused: number; failed: number; answered: number }

/** Opens octets, and asks for every name. Anything that is thrown ends the test. */
function askAll({ zone, octets }: Subject, seed: number, counts: Counts): void {
  const stored = opened(octets)
  if (!stored.ok) {
    counts.refused++
    return
  }
  const random = seeded(seed)
  for (const message of messagesFor(zone, random)) {
    const client = CLIENTS[Math.floor(random() * CLIENTS.length)] as Address
    const { zones, ...context } = contextOf([stored.value], { connection: client, database: places, random })
    const answered = answer(message, { ...context, zones: { isFinal: true, find: (name) => zones.find(name) } })
    if (answered.kind !== 'reply') throw new Error(JSON.stringify(answered))
    expectWellFormed(answered.message)
    if (isFailure(answered)) counts.failed++
    else counts.answered++
  }
  listed(stored.value)
}

/** The records of a message stand behind each other up to its end, and their names are names. */
function expectWellFormed(message: Uint8Array): void {
  const bytes = Buffer.from(message)
  const [questions, ...records] = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at)) as [number, number, number, number]
  let at = 12
  const skipName = (): void => {
    for (let length = bytes.readUInt8(at); length !== 0; length = bytes.readUInt8(at)) {
      if (length >= 0xc0) {
        at += 2
        return
      }
      if (length > 63) throw new Error(`a label of ${length} octets`)
      at += length + 1
    }
    at++
  }
  for (let i = 0; i < questions; i++) {
    skipName()
    at += 4
  }
  for (let i = records.reduce((sum, count) => sum + count, 0); i > 0; i--) {
    skipName()
    at += 10 + bytes.readUInt16BE(at + 8)
  }
  if (at !== bytes.length) throw new Error(`records up to octet ${at} of ${bytes.length}`)
}

const isFailure = ({ response }: Reply): boolean => response.rcode === 2

/** A list of all names, for people, may say that they are damaged, and nothing else. */
function listed({ names }: StoredZone): void {
  try {
    for (const { key, rrsets } of names.all())
      for (const { policy } of rrsets) expect([key, policy.kind]).toHaveLength(2)
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
  }
}

/** The value with another in the place of one of a zone's: the head for 0, or a part. */
function replaced({ head, parts, hashes }: Written, number: number, by: (octets: Uint8Array) => Uint8Array): Written {
  const hash = hashes[number - 1]
  if (hash === undefined) return { head: by(head), parts, hashes }
  return { head, hashes, parts: new Map([...parts, [hash, by(parts.get(hash) as Uint8Array)]]) }
}

const below = (random: () => number, limit: number): number => Math.floor(random() * limit)

/** Numbers at which readers go wrong. */
const KEEN = [0, 1, 2, 3, 4, 5, 16, 63, 64, 127, 128, 192, 255]
const KEEN_WORDS = [0, 1, 2, 4, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff, 0x1_0000]

const mutations: readonly ((section: Buffer, random: () => number) => Buffer)[] = [
  (section, random) => {
    const at = below(random, section.length)
    section[at] = (section[at] as number) ^ (1 << below(random, 8))
    return section
  },
  (section, random) => {
    section[below(random, section.length)] = KEEN[below(random, KEEN.length)] as number
    return section
  },
  (section, random) => {
    const at = below(random, section.length - 3)
    if (section.length >= 4) section.writeUInt32LE(KEEN_WORDS[below(random, KEEN_WORDS.length)] as number, at)
    return section
  },
  (section, random) => section.subarray(0, below(random, section.length + 1)),
  (section, random) => Buffer.concat([section, section.subarray(0, below(random, section.length + 1))]),
  (section, random) => {
    const [from, to] = [below(random, section.length), below(random, section.length)]
    section.copy(section, to, from, Math.min(section.length, from + 8))
    return section
  },
]

/** Damages one or more sections, and makes the sums right again. */
function damaged(octets: Uint8Array, random: () => number): Uint8Array {
  const { sections, ...rest } = unpack(octets)
  const changed: Buffer[] = sections.map((section) => Buffer.from(section))
  for (let times = 1 + below(random, 3); times > 0; times--) {
    const filled = changed.flatMap((section, i) => (section.length > 0 ? [i] : []))
    const i = filled[below(random, filled.length)]
    if (i === undefined) break
    const mutate = mutations[below(random, mutations.length)] as (typeof mutations)[number]
    changed[i] = mutate(changed[i] as Buffer, random)
  }
  return pack({ ...rest, sections: changed })
}

describe('octets of a stored zone', () => {
  test('that are any, cut or flipped are refused', () => {
    const random = fc.uint8Array({ maxLength: 400 })
    fc.assert(
      fc.property(subject, random, fc.nat(), fc.nat(), fc.nat({ max: 31 }), ({ octets }, any, number, at, bit) => {
        const { hashes } = octets
        const refuses = (by: (value: Uint8Array) => Uint8Array) => {
          expect(opened(replaced(octets, number % (hashes.length + 1), by)).ok).toBe(false)
        }
        refuses(() => any)
        refuses((value) => Uint8Array.from([...value.subarray(0, 28), ...any]))
        refuses((value) => value.slice(0, at % value.length))
        refuses((value) => Uint8Array.from([...value, ...any.subarray(0, 4), 0]))
        refuses((value) => value.map((octet, i) => (i === at % value.length ? octet ^ (1 << (bit % 8)) : octet)))
      }),
      { numRuns: runCount(300) },
    )
  })

  test('that are damaged, with right sums, are refused or answer without an exception', () => {
    const counts: Counts = { refused: 0, failed: 0, answered: 0 }
    const runs = runCount(600)
    fc.assert(
      fc.property(subject, fc.nat(), ({ zone, octets }, seed) => {
        const random = seeded(seed)
        const number = below(random, octets.hashes.length + 1)
        askAll({ zone, octets: replaced(octets, number, (value) => damaged(value, random)) }, seed, counts)
      }),
      { numRuns: runs },
    )
    // All of it happens, and often.
    expect(counts.refused).toBeGreaterThan(runs / 20)
    expect(counts.failed).toBeGreaterThan(runs / 2)
    expect(counts.answered).toBeGreaterThan(10 * runs)
  })
})

const FLIPS = [1, 0x1c, 0x40, 0xff]

test('each octet of a small zone may be another, with right sums', () => {
  const zone = zoneOf({
    a: { DNAME: 'b' },
    '*.b': { CNAME: 'c' },
    c: { AAAA: '2001:db8::1', A },
    d: { ALIAS: 'c' },
    e: { NS: 'c' },
    f: { RP: 'c d' },
  })
  const octets = written(zone)
  const value = unpack(octets.head)
  const counts: Counts = { refused: 0, failed: 0, answered: 0 }
  value.sections.forEach((section, i) => {
    for (let at = 0; at < section.length; at++) {
      for (const by of [FLIPS[at % 4] as number, ...inSoak(FLIPS)]) {
        const changed = Buffer.from(section)
        changed[at] = (changed[at] as number) ^ by
        const head = pack({ ...value, sections: value.sections.map((own, j) => (j === i ? changed : own)) })
        askAll({ zone, octets: { ...octets, head } }, at, counts)
      }
    }
  })
  expect(Math.min(counts.refused, counts.failed, counts.answered)).toBeGreaterThan(125)
})

describe('a part of other names is refused', () => {
  const zoneWith = (count: number, more: Record<string, unknown> = {}) =>
    zoneOf(Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}`, { A: `192.0.2.${i}` }])), more)
  const [zone, shorter, other] = [zoneWith(60), zoneWith(59), zoneWith(60, { origin: 'example.net.' })].map((one) =>
    written(one, TINY),
  ) as [Written, Written, Written]
  const valuesOf = ({ hashes, parts }: Written): Uint8Array[] => hashes.map((hash) => parts.get(hash) as Uint8Array)
  const head = (): StoredZone => must(opened({ ...zone, hashes: [], parts: new Map() }))

  test('of the same zone, in any other place', () => {
    const values = valuesOf(zone)
    expect(values.length).toBeGreaterThan(10)
    values.forEach((value, i) => {
      for (let j = 0; j < values.length; j++) expect([i, j, head().fill(j, value).ok]).toEqual([i, j, i === j])
    })
  })

  test('of another zone with the same names', () => {
    expect(unpack(other.head).sections[1]).toEqual(unpack(zone.head).sections[1])
    valuesOf(other).forEach((value, i) => {
      expect(head().fill(i, value)).toMatchObject({ ok: false, error: expect.stringContaining('of the same zone') })
    })
  })

  test('of another version of the zone, unless it has the same names', () => {
    const own = new Set(zone.hashes)
    shorter.hashes.forEach((hash, i) => {
      const value = shorter.parts.get(hash) as Uint8Array
      const places = zone.hashes.map((_, j) => head().fill(j, value).ok)
      expect([i, places.includes(true)]).toEqual([i, own.has(hash)])
    })
  })

  test('a head in the place of a part, and a part in the place of a head', () => {
    expect(head().fill(0, zone.head)).toEqual({ ok: false, error: 'it is not a part' })
    expect(readHead(valuesOf(zone)[0] as Uint8Array)).toEqual({ ok: false, error: 'it is not a head' })
  })
})

describe('a stored zone whose damage is found by a query', () => {
  test('is SERVFAIL with Not Ready, and says so', () => {
    const zone = zoneOf({ www: { MX: '10 mail' } })
    const { sections, ...rest } = unpack(written(zone).head)
    // The numbers of records, all of them behind the last one.
    const changed = sections.map((section, i) => (i === 5 ? section.subarray(0, 4) : section))
    const head = pack({ ...rest, sections: changed })
    const stored = must(opened({ head, parts: new Map(), hashes: [] }))
    expect(stored.damage.why).toBeUndefined()
    const { response } = replyOf(stored)
    expect([response.rcode, response.ede?.code]).toEqual([2, 14])
    expect(stored.damage.why).toBe('the stored value is not as it was written; expected a number of its tables')
  })

  const replyOf = (zone: Zone): Reply => {
    const answered = answer(queryOf('www.example.com.', 'MX'), contextOf([zone]))
    if (answered.kind !== 'reply') throw new Error(answered.kind)
    return answered
  }
})

test('a value of another version is refused with both versions', () => {
  const value = unpack(written(zoneOf({ www: { A } })).head)
  const octets = pack({ ...value, version: value.version + 1 })
  expect(readHead(octets)).toEqual({ ok: false, error: 'it is of format 2; expected 1' })
  expect(readHead(unhex('00'))).toMatchObject({ ok: false })
})
