import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runCount } from '../../effort.ts'
import { answer } from '../both-forms.ts'
import { contextOf, oracle, seeded, unhex, zoneOf } from '../support.ts'
import { zoneFixture } from './support.ts'

/**
 * Messages, random or mutated from real ones: every one is no query (HTTP 400 or 413), or gets a reply that
 * dns-packet reads, with the ID it came with.
 */
const MESSAGES = runCount(50_000)

const folder = new URL('../../fixtures/wire/', import.meta.url)
const corpus = readdirSync(folder)
  .filter((file) => file.endsWith('.hex'))
  .map((file) => unhex(readFileSync(new URL(file, folder), 'utf8')))
  .filter((message) => message.length > 12)

const steered = zoneOf(
  {
    '@': { NS: 'ns' },
    ns: { A: '192.0.2.53' },
    '*': {
      A: {
        kind: 'view',
        rules: [
          { networks: ['10.0.0.0/8', '2001:db8::/32'], answer: { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] } },
        ],
        otherwise: { kind: 'hashed', of: ['192.0.2.3', '192.0.2.4'] },
      },
      TXT: ['"one"', '"two"'],
      MX: '10 ns',
    },
  },
  { origin: 'org.' },
)
const context = contextOf([zoneFixture('rich'), zoneFixture('child'), zoneFixture('net'), steered])

const random = seeded(20_261_122)
const below = (limit: number): number => Math.floor(random() * limit)
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256))
const some = <T>(list: readonly T[]): T => list[below(list.length)] as T
const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))

/** Octets at which DNS parsers go wrong: pointers, the borders of lengths, types and option codes. */
const KEEN = [0, 1, 2, 3, 4, 8, 12, 15, 16, 41, 63, 64, 127, 128, 192, 193, 250, 251, 252, 254, 255]

const mutations: readonly ((message: Uint8Array) => Uint8Array)[] = [
  (message) => message.map((byte) => (below(message.length) === 0 ? byte ^ (1 << below(8)) : byte)),
  (message) => {
    const copy = message.slice()
    for (let i = below(4); i >= 0; i--) copy[below(copy.length)] = some(KEEN)
    return copy
  },
  (message) => message.subarray(0, below(message.length + 1)),
  (message) =>
    join(message.subarray(0, below(message.length)), bytes(1 + below(8)), message.subarray(below(message.length))),
  (message) => join(message, bytes(below(20))),
  (message) => {
    const other = some(corpus)
    return join(message.subarray(0, below(message.length)), other.subarray(below(other.length)))
  },
  (message) => join(message.subarray(0, 12), bytes(below(60))),
  (message) => {
    const copy = message.slice()
    copy[4 + below(8)] = some(KEEN) // a count
    return copy
  },
  (message) => message,
]

function make(i: number): Uint8Array {
  if (i % 20 === 0) return bytes(below(64))
  if (i % 1000 === 1) return oversized()
  let message = some(corpus)
  for (let times = 1 + below(3); times > 0; times--) message = message.length === 0 ? message : some(mutations)(message)
  return message
}

/** Up to 70,000 octets: random, chains of pointers, labels or records without end behind a good header. */
function oversized(): Uint8Array {
  const length = below(70_000)
  const head = unhex('1234 0100 0001 ffff ffff ffff')
  const fill = some<(i: number) => number>([
    () => below(256),
    (i) => (i % 2 === 0 ? 0xc0 : 12),
    (i) => (i % 2 === 0 ? 1 : 0x61),
    () => 0,
    (i) => [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0][i % 11] as number,
    (i) => [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0][i % 11] as number,
    (i) => (i < 19 ? ([3, 119, 119, 119, 0, 0, 1, 0, 1][i] ?? 0) : below(256)),
  ])
  const body = Uint8Array.from({ length }, (_, i) => fill(i))
  return join(random() < 0.5 ? head : some(corpus), body)
}

test(`${MESSAGES} messages`, () => {
  const kinds = { 'not-a-query': 0, reply: 0, 'needs-zone': 0 }
  const rcodes = new Map<number, number>()
  const wrong: string[] = []
  for (let i = 0; i < MESSAGES && wrong.length < 5; i++) {
    const message = make(i)
    const complain = (what: unknown) => wrong.push(`${what}: ${Buffer.from(message.subarray(0, 200)).toString('hex')}`)
    try {
      const answered = answer(message, context)
      kinds[answered.kind]++
      if (answered.kind === 'not-a-query') {
        const right = message.length < 12 || message.length > 65_535 || ((message[2] as number) & 0x80) !== 0
        if (!right) complain('refused')
      } else if (answered.kind === 'reply') {
        const reply = answered.message
        const decoded = oracle(reply)
        if (reply[0] !== message[0] || reply[1] !== message[1]) complain('another ID')
        if (decoded.type !== 'response' || decoded.flag_tc) complain('no response')
        const rcode = (reply[3] as number) & 15
        rcodes.set(rcode, (rcodes.get(rcode) ?? 0) + 1)
      }
    } catch (error) {
      complain(error)
    }
  }
  expect(wrong).toEqual([])
  // The mix is a mix: it reaches every part of the engine.
  expect(kinds['not-a-query']).toBeGreaterThan(MESSAGES / 50)
  expect(kinds.reply).toBeGreaterThan(MESSAGES / 2)
  expect(kinds['needs-zone']).toBe(0)
  for (const rcode of [0, 1, 3, 4, 5]) expect([rcode, (rcodes.get(rcode) ?? 0) > MESSAGES / 200]).toEqual([rcode, true])
})
