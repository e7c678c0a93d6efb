import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  buildQuery,
  formatName,
  parseName,
  parseQuery,
  type Question,
  rcodeName,
  TYPE,
} from '../../../src/dns/index.ts'
import type { Outcomes } from '../../../src/explain/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { compileZone, loadedZones, type Zone } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { outcomes, resolve } from '../both-forms.ts'
import { address, documentOf, must, seeded, zoneOf } from '../support.ts'

const CLIENT = address('10.1.2.3')

const QUESTION = must(parseQuery(buildQuery({ name: must(parseName('a.example.com.')), type: TYPE.A })))
  .question as Question

/** Returns the outcomes of a.example.com. A for a client in 10.0.0.0/8. */
function outcomesOf(zone: Zone): Outcomes {
  const found = outcomes(QUESTION, loadedZones([zone]), {
    client: CLIENT,
    health: NO_HEALTH,
    random: seeded(1),
    identity: '',
  })
  if (!found) throw new Error('no outcomes')
  return found
}

/** Each outcome as text, to its chance as a fraction: `a. A 192.0.2.1`, and the rcode with how it ended. */
function table({ records, endings }: Outcomes): Record<string, string> {
  const rows = records.map((record) => [`${formatName(record.owner)} ${record.text}`, record.chance] as const)
  const ends = endings.map(({ rcode, ending, chance }) => [`${rcodeName(rcode)} ${ending}`, chance] as const)
  return Object.fromEntries([...rows, ...ends].map(([what, chance]) => [what, chance?.toFraction() ?? '?']))
}

const view = (network: string, answer: unknown) => ({ kind: 'view', rules: [{ networks: [network], answer }] })
const weighted = (members: Record<string, number>, count = 1) => ({
  kind: 'weighted',
  count,
  members: Object.entries(members).map(([answer, weight]) => ({ weight, answer })),
})

describe('exact chances', () => {
  test.each([
    ['one record', '192.0.2.1', { 'a.example.com. 192.0.2.1': '1', 'NOERROR records': '1' }],
    [
      'a branch for this client, by weight',
      view('10.0.0.0/8', weighted({ '192.0.2.1': 1, '192.0.2.2': 2 })),
      { 'a.example.com. 192.0.2.1': '1/3', 'a.example.com. 192.0.2.2': '2/3', 'NOERROR records': '1' },
    ],
    [
      'a draw that may find no branch',
      {
        kind: 'weighted',
        members: [
          { weight: 1, answer: view('172.16.0.0/12', '192.0.2.1') },
          { weight: 3, answer: ['192.0.2.2', '192.0.2.3'] },
        ],
      },
      {
        'a.example.com. 192.0.2.2': '3/4',
        'a.example.com. 192.0.2.3': '3/4',
        'NOERROR records': '3/4',
        'SERVFAIL failure': '1/4',
      },
    ],
    [
      'a failure beside records takes them along',
      ['192.0.2.1', { kind: 'random', of: ['192.0.2.2', view('172.16.0.0/12', '192.0.2.3')] }],
      {
        'a.example.com. 192.0.2.1': '1/2',
        'a.example.com. 192.0.2.2': '1/2',
        'NOERROR records': '1/2',
        'SERVFAIL failure': '1/2',
      },
    ],
    [
      'a draw that may be empty',
      { kind: 'random', of: [[], '192.0.2.1', '192.0.2.2', []] },
      {
        'a.example.com. 192.0.2.1': '1/4',
        'a.example.com. 192.0.2.2': '1/4',
        'NOERROR records': '1/2',
        'NOERROR no data': '1/2',
      },
    ],
    [
      'two draws without replacement',
      weighted({ '192.0.2.1': 1, '192.0.2.2': 2, '192.0.2.3': 3 }, 2),
      {
        'a.example.com. 192.0.2.1': '5/12',
        'a.example.com. 192.0.2.2': '11/15',
        'a.example.com. 192.0.2.3': '17/20',
        'NOERROR records': '1',
      },
    ],
  ])('%s', (_, answer, expected) => {
    expect(table(outcomesOf(zoneOf({ a: { A: answer } })))).toEqual(expected)
  })

  test('a chain: every target, what it leads to, and no CNAME where the end is a failure', () => {
    const zone = zoneOf({
      a: { CNAME: weighted({ b: 1, c: 1, gone: 1, 'elsewhere.example.org.': 1, bad: 1, loop: 1 }) },
      b: { A: weighted({ '192.0.2.1': 1, '192.0.2.2': 2 }) },
      c: { CNAME: 'b' },
      bad: { A: view('172.16.0.0/12', '192.0.2.3') },
      loop: { CNAME: 'loop' },
    })
    expect(table(outcomesOf(zone))).toEqual({
      'a.example.com. b.example.com.': '1/6',
      'a.example.com. c.example.com.': '1/6',
      'a.example.com. gone.example.com.': '1/6',
      'a.example.com. elsewhere.example.org.': '1/6',
      'b.example.com. 192.0.2.1': '1/9',
      'b.example.com. 192.0.2.2': '2/9',
      'c.example.com. b.example.com.': '1/6',
      'NOERROR records': '1/3',
      'NXDOMAIN no such name': '1/6',
      'NOERROR the chain leaves our zones': '1/6',
      'SERVFAIL failure': '1/3',
    })
  })

  test('a chain whose target may be left out', () => {
    const zone = zoneOf({ a: { CNAME: { kind: 'random', count: 2, of: [[], 'b', []] } }, b: { A: '192.0.2.1' } })
    expect(table(outcomesOf(zone))).toEqual({
      'a.example.com. b.example.com.': '2/3',
      'b.example.com. 192.0.2.1': '2/3',
      'NOERROR records': '2/3',
      'NOERROR no data': '1/3',
    })
  })

  test('a chain that comes back to a name of its own is a failure, and all else is exact', () => {
    const zone = zoneOf({ a: { CNAME: 'b' }, b: { CNAME: weighted({ a: 1, c: 1 }) }, c: { A: '192.0.2.1' } })
    expect(table(outcomesOf(zone))).toEqual({
      'a.example.com. b.example.com.': '1/2',
      'b.example.com. c.example.com.': '1/2',
      'c.example.com. 192.0.2.1': '1/2',
      'NOERROR records': '1/2',
      'SERVFAIL failure': '1/2',
    })
  })

  test('a sample that is too large to compute is told as unknown, and no more than it', () => {
    const many = Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`192.0.2.${i}`, i + 1]))
    const { records, endings } = outcomesOf(zoneOf({ a: { A: weighted(many, 2) } }))
    expect(records).toHaveLength(13)
    expect(records.every(({ chance }) => chance === null)).toBe(true)
    expect(endings.map(({ ending, chance }) => [ending, chance?.toFraction()])).toEqual([['records', '1']])
  })
})

// --- against the engine itself --------------------------------------------------------------------------------------

const TARGETS = ['b', 'c', 'd', 'gone', 'elsewhere.example.org.']
const members = (inner: fc.Arbitrary<unknown>) =>
  fc.array(fc.record({ weight: fc.integer({ min: 1, max: 5 }), answer: inner }), { minLength: 1, maxLength: 3 })

/**
 * Expressions of any shape over the given texts: empty ones and views that hold nobody among them.
 * @param most how many members a list or a draw may give
 */
const expressions = (leaves: fc.Arbitrary<unknown>, most: number): fc.Arbitrary<unknown> =>
  fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      leaves,
      fc.array(tie('node'), { maxLength: most }),
      fc.record({
        kind: fc.constant('random'),
        of: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
        count: fc.integer({ min: 1, max: most }),
      }),
      fc.record({
        kind: fc.constant('weighted'),
        members: members(tie('node')),
        count: fc.integer({ min: 1, max: most }),
      }),
      fc.record({ kind: fc.constant('name-hashed'), members: members(tie('node')) }),
      fc.record({ kind: fc.constant('hashed'), of: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
      tie('node').map((answer) => view('10.0.0.0/8', answer)),
      tie('node').map((answer) => view('172.16.0.0/12', answer)),
    ),
  })).node

const addresses = expressions(fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3'), 2)
/** One at most, since a CNAME has one target; and at least one that is possible. */
const targets = expressions(fc.constantFrom(...TARGETS), 1).map((answer) => ({
  kind: 'weighted',
  members: [
    { weight: 3, answer },
    { weight: 1, answer: 'c' },
  ],
}))

const isOneTarget = (answer: unknown): boolean => compileZone(documentOf({ a: { CNAME: answer } })).ok

const DRAWS = 1500

test('what the engine answers, drawn many times, comes as often as outcomes says', () => {
  const random = seeded(11)
  fc.assert(
    fc.property(targets, targets, addresses, addresses, (a, b, c, d) => {
      fc.pre(isOneTarget(a) && isOneTarget(b))
      const zone = zoneOf({ a: { CNAME: a }, b: { CNAME: b }, c: { A: c }, d: { A: d } })
      const zones = loadedZones([zone])
      const seen = new Map<string, number>()
      for (let i = 0; i < DRAWS; i++) {
        const resolution = resolve(QUESTION, zones, { client: CLIENT, health: NO_HEALTH, random, identity: '' })
        if (resolution.kind !== 'resolved') throw new Error(resolution.kind)
        const { rcode, answer } = resolution.response
        const records = answer.flatMap(({ owner, rdatas }) => rdatas.map(({ text }) => `${formatName(owner)} ${text}`))
        for (const what of new Set([rcodeName(rcode), ...records])) seen.set(what, (seen.get(what) ?? 0) + 1)
      }
      const { records, endings } = outcomesOf(zone)
      const expected = new Map<string, number | null>()
      for (const { owner, text, chance } of records)
        expected.set(`${formatName(owner)} ${text}`, chance?.valueOf() ?? null)
      for (const { rcode, chance } of endings) {
        const before = expected.get(rcodeName(rcode)) ?? 0
        expected.set(rcodeName(rcode), chance === null ? null : before + chance.valueOf())
      }
      for (const what of seen.keys()) expect([...expected.keys()]).toContain(what)
      for (const [what, chance] of expected) {
        if (chance === null) continue
        const deviation = Math.sqrt((chance * (1 - chance)) / DRAWS)
        const difference = Math.abs((seen.get(what) ?? 0) / DRAWS - chance)
        expect(difference, `${what}: ${chance}`).toBeLessThanOrEqual(5 * deviation + 1e-9)
      }
    }),
    { numRuns: runCount(60, 400), seed: 5 },
  )
})
