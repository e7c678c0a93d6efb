import { describe, expect, test } from 'vitest'
import { parseName, ROOT, rcodeName } from '../../../src/dns/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { MAX_HASH_POINTS, MAX_QUERY_STEPS, MAX_ZONE_HASH_POINTS } from '../../../src/limits.ts'
import { translateLua } from '../../../src/lua/index.ts'
import { buildRing } from '../../../src/policy/build-ring.ts'
import { burtle } from '../../../src/policy/hash.ts'
import { type CompileContext, compile, type Expression, evaluate, type Issue, Work } from '../../../src/policy/index.ts'
import { numberedHashes } from '../../../src/policy/numbered-hashes.ts'
import { ringAmong } from '../../../src/policy/ring.ts'
import { compileScript } from '../../../src/powerdns/index.ts'
import { loadedZones, type Step, type Zone } from '../../../src/zone/index.ts'
import { resolve } from '../both-forms.ts'
import { luaZone } from '../lua/support.ts'
import { address, must, questionOf, SOA, seeded } from '../support.ts'
import { issuesOf } from '../zone/support.ts'
import { policyOf } from './support.ts'

const NAME = must(parseName('example.com.', ROOT))
const CONTEXT: Omit<CompileContext, 'issues' | 'budget'> = {
  rdata: (text) => ({ ok: false, error: text }),
  owner: 'x/A',
  check: () => ({ ok: false, error: 'no check' }),
  target: () => undefined,
  script: (expression, path, context) =>
    compileScript(expression, path, context, {
      record: { type: 1, zone: NAME, owner: NAME },
      included: () => undefined,
    }),
}

const OVER = /was stopped: it took too many steps/

/** The answer, and the steps that its scripts took together. */
function asked(zone: Zone, name = 'x', type = 'A') {
  const asker = { client: address('192.0.2.1'), health: NO_HEALTH, random: seeded(1), identity: '' }
  const trace: Step[] = []
  const found = resolve(questionOf(`${name}.example.com.`, type), loadedZones([zone]), asker, trace)
  if (found.kind !== 'resolved') throw new Error(JSON.stringify(found))
  // A draw that is used again is told again, and is not made again.
  const steps = [...new Set(trace)].reduce((sum, step) => sum + (step.step === 'script' ? step.steps : 0), 0)
  const { rcode, ede, answer } = found.response
  const records = answer.flatMap(({ rdatas }) => rdatas.map(({ text }) => text))
  return { rcode: rcodeName(rcode), why: ede?.text ?? '', records, steps }
}

const LOOP = 'while true do end'
const repeated = (times: number, line: (i: number) => string): string =>
  Array.from({ length: times }, (_, i) => line(i)).join('\n')

describe('a query has one budget', () => {
  test.each<[string, string, string, string]>([
    ['300 records that loop', repeated(300, (i) => `x LUA A ";local a = ${i} ${LOOP}"`), 'x', 'A'],
    [
      '3,000 records that take some steps',
      repeated(3000, (i) => `x LUA A ";for i = 1, 90 do end return '192.0.2.${i % 250}'"`),
      'x',
      'A',
    ],
    [
      'a chain of CNAMEs, each with some steps',
      repeated(7, (i) => `x${i} LUA CNAME ";for i = 1, 3500 do end return 'x${i + 1}.example.com'"`),
      'x0',
      'A',
    ],
    [
      'hints, each with some steps',
      `x HTTPS 1 . ipv4hint=auto ipv6hint=auto\nx LUA A ";for i = 1, 6000 do end return '192.0.2.1'"\nx LUA AAAA ";for i = 1, 6000 do end return '2001:db8::1'"`,
      'x',
      'HTTPS',
    ],
    ['an ALIAS to a name with many steps', `x ALIAS y\ny ALIAS z\nz LUA A ";${LOOP}"`, 'x', 'A'],
    [
      '60 records of 1,000 texts',
      repeated(60, (i) => `x LUA TXT ";local t = {} for i = 1, 1000 do t[i] = i .. ' ${i}' end return t"`),
      'x',
      'TXT',
    ],
    [
      'code that is long, and does nothing',
      repeated(
        25,
        (i) => `x LUA TXT ";local y = math.abs if y == 0 then return {${'y(1), '.repeat(2500)}} end return '${i}'"`,
      ),
      'x',
      'TXT',
    ],
    ['3,000 texts of their own', repeated(3000, (i) => `x LUA TXT ";return ('x'):rep(${1000 + i})"`), 'x', 'TXT'],
  ])('%s', (_, records, name, type) => {
    const { rcode, why, steps } = asked(luaZone(records), name, type)
    expect(steps).toBeLessThanOrEqual(MAX_QUERY_STEPS)
    // Hints that fail are left out: the record itself is static.
    if (type === 'HTTPS') return expect(steps).toBeGreaterThan(10_000)
    expect(rcode).toBe('SERVFAIL')
    expect(why).toMatch(/was stopped|fit/)
  })

  test('what its scripts have left is what the next ones have', () => {
    const script = (i: number) => `x LUA A ";for i = 1, 1500 do end return '192.0.2.${i}'"`
    const few = asked(luaZone(repeated(2, script)))
    expect(few).toMatchObject({ rcode: 'NOERROR', records: expect.arrayContaining(['192.0.2.0', '192.0.2.1']) })
    const each = few.steps / 2
    const most = Math.floor(MAX_QUERY_STEPS / each)
    expect(most).toBeGreaterThan(2)
    expect(asked(luaZone(repeated(most + 1, script)))).toMatchObject({
      rcode: 'SERVFAIL',
      why: expect.stringMatching(OVER),
    })
  })

  test('3,000 records that fold are answered', () => {
    const text = repeated(
      3000,
      (i) => `x LUA A "pickrandom({'10.0.${i >> 8}.${i & 255}', '10.0.${i >> 8}.${i & 255}'})"`,
    )
    const { rcode, records } = asked(luaZone(text))
    expect(rcode).toBe('NOERROR')
    expect(new Set(records).size).toBe(3000)
  })

  test('100 records that run are answered', () => {
    const text = repeated(100, (i) => `x LUA A ";if country('US') then return '192.0.2.1' end return '192.0.2.${i}'"`)
    expect(asked(luaZone(text))).toMatchObject({ rcode: 'NOERROR' })
  })
})

describe('choices are charged by what they go through', () => {
  const members = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ weight: 1, answer: `10.0.${i >> 8}.${i & 255}` }))
  const texts = (count: number) => members(count).map(({ answer }) => answer)
  const stepsOf = (expression: Parameters<typeof policyOf>[0]): number => {
    const work = new Work()
    const input = { client: address('192.0.2.1'), name: '\0', health: NO_HEALTH, random: seeded(1), work }
    evaluate(policyOf(expression), input)
    return MAX_QUERY_STEPS - work.steps
  }

  test.each<[string, Parameters<typeof policyOf>[0], number]>([
    ['one of two', { kind: 'weighted', members: members(2) }, 2],
    ['one of 12,800 by weight', { kind: 'weighted', members: members(12_800) }, 102],
    ['a sample of 100 of 12,800', { kind: 'weighted', count: 100, members: members(12_800) }, 10_000],
    [
      'all of a list',
      [
        { kind: 'random', of: texts(2) },
        { kind: 'random', of: texts(2) },
      ],
      5,
    ],
    ['a sample of 20 of 3,200', { kind: 'random', count: 20, of: texts(3200) }, 121],
    ['a pool of 500', { kind: 'pool', members: texts(500) }, 502],
    ['a hash by weight over 1,280', { kind: 'weighted-hashed', members: members(1280) }, 12],
  ])('%s', (_, expression, least) => {
    const steps = stepsOf(expression)
    expect(steps).toBeGreaterThanOrEqual(least)
    expect(steps).toBeLessThan(3 * least + 10)
  })

  test('what no query could choose is refused when the zone is compiled', () => {
    const records = { x: { A: { kind: 'weighted', count: 2000, members: members(3000) } } }
    expect(issuesOf({ origin: 'example.com', ttl: 60, soa: SOA, records })).toEqual([
      'records / x / A: a query would take 46876 steps to choose here; expected at most 20000; take a smaller "count", or fewer members',
    ])
  })

  test('pools inside pools, which clients steer, are not gone through for ever', () => {
    const inside = (depth: number): Parameters<typeof policyOf>[0] =>
      depth === 0
        ? { kind: 'hashed', of: ['192.0.2.1', '192.0.2.2'] }
        : { kind: 'failover', pools: [inside(depth - 1), inside(depth - 1), inside(depth - 1)] }
    const work = new Work()
    const input = { client: address('192.0.2.1'), name: '\0', health: NO_HEALTH, random: seeded(1), work }
    expect(evaluate(policyOf(inside(9)), input).failure).toMatchObject({ why: expect.stringMatching(OVER) })
    expect(work.steps).toBeLessThan(0)
    // The last charge alone may go over.
    expect(work.steps).toBeGreaterThan(-100)
  })
})

describe('rings', () => {
  test('the hashes of numbered texts are those of the texts', () => {
    for (let length = 0; length < 40; length++) {
      const prefix = new TextEncoder().encode('abcdefghijklm'.repeat(4).slice(0, length))
      const hashes: number[] = []
      numberedHashes(prefix, 1201, (hash) => hashes.push(hash))
      const text = new TextDecoder().decode(prefix)
      for (const i of [0, 9, 10, 99, 100, 999, 1000, 1200])
        expect(hashes[i]).toBe(burtle(new TextEncoder().encode(`${text}${i}`)))
    }
  })

  test('the ring of some members is the ring without the others', () => {
    const keys = ['a', 'bb', 'ccc', 'dddd']
    const weights = [3, 50, 7, 100]
    for (const left of [[0], [1, 3], [0, 2, 3], [0, 1, 2, 3]]) {
      const some = (of: readonly (string | number)[]) => left.map((i) => of[i])
      expect(ringAmong(buildRing(keys, weights), left)).toEqual(
        buildRing(some(keys) as string[], some(weights) as number[]),
      )
    }
  })

  test('a key may be long: it is hashed once, and not for each point', () => {
    const { points } = buildRing(['x'.repeat(1_000_000)], [50_000])
    expect(points.length).toBe(50_000)
  })

  const ring = (points: number, of: 'consistent-hashed' | 'pool') => {
    const two = ['192.0.2.1', '192.0.2.2'].map((answer) => ({ weight: points / 2, answer }))
    return of === 'pool'
      ? { kind: 'pool', select: of === 'pool' ? 'consistent-hashed' : of, members: two }
      : { kind: of, members: two }
  }
  const zoneOf = (rings: number, of: 'consistent-hashed' | 'pool') => {
    const records = Object.fromEntries(
      Array.from({ length: rings }, (_, i) => [`x${i}`, { A: ring(MAX_HASH_POINTS, of) }]),
    )
    return { origin: 'example.com', ttl: 60, soa: SOA, records }
  }

  test.each(['consistent-hashed', 'pool'] as const)('of a zone are bounded together: %s', (of) => {
    const fitting = MAX_ZONE_HASH_POINTS / MAX_HASH_POINTS
    expect(issuesOf(zoneOf(fitting, of))).toEqual([])
    const [issue, ...others] = issuesOf(zoneOf(fitting + 1, of))
    expect(others).toEqual([])
    expect(issue).toMatch(
      /^records \/ x5 \/ A.*: with this one the hash rings of the zone have more than 500000 points; expected fewer, one hash each/,
    )
  })
})

describe('scripts of a zone', () => {
  test('are bounded together', () => {
    const script = translateLua(";local t = {} for i = 1, 9 do t[i] = 'x' .. i end return t", { globals: new Set() })
    if (!script.ok) throw new Error('it is sound')
    const issues: Issue[] = []
    const budget = { points: 0, nodes: 100 }
    const context = { ...CONTEXT, budget, issues }
    const answer: Expression = { kind: 'lua', code: '…', tree: script.value.tree }
    for (let i = 0; i < 20 && issues.length === 0; i++) compile(answer, ['records', `x${i}`], context)
    expect(issues).toEqual([
      { path: ['records', expect.not.stringMatching('x0'), 'tree'], message: expect.stringMatching(TOO_MANY_NODES) },
    ])
  })
})

const TOO_MANY_NODES =
  /^with this one the scripts of the zone have more than 1000000 nodes; expected at most 1000000; put/
