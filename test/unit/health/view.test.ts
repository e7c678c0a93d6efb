import { describe, expect, test } from 'vitest'
import {
  type Checks,
  type Condition,
  compileCheck,
  Health,
  liveOverrides,
  NO_HEALTH,
  type Override,
  type Probe,
  parseOverrides,
  type Quorum,
  type TargetState,
} from '../../../src/health/index.ts'
import { must } from '../support.ts'
import { conditionOf, stateOf, told, vantageOf } from './support.ts'

const NOW = 1_000_000
const healthOf = (vantages: ConstructorParameters<typeof Health>[0], overrides: readonly Override[] = []): Health =>
  new Health(vantages, liveOverrides(overrides), NOW * 1000)

/**
 * The report of a vantage point: `up`, `down` or `unknown`; with a `!` it has been silent; an empty text is no report.
 */
const sayings = (...said: string[]) =>
  said.map((text, i) => {
    const state = text.replace('!', '') as TargetState['state']
    const at = text.endsWith('!') ? NOW - 900 : NOW - 899
    return vantageOf(`v${i}`, text === '' ? {} : { a: stateOf(state, { at: NOW - 60 }) }, at)
  })

describe('a quorum of vantage points', () => {
  const rows: [said: string[], Record<string, string>][] = [
    [['up'], { any: 'up', majority: 'up', all: 'up', 1: 'up', 2: 'up' }],
    [['down'], { any: 'down', majority: 'down', all: 'down', 1: 'down', 2: 'down' }],
    [['up', 'down'], { any: 'up', majority: 'up', all: 'down', 1: 'up', 2: 'down', 3: 'down' }],
    [['up', 'down', 'down'], { any: 'up', majority: 'down', all: 'down', 1: 'up', 2: 'down', 3: 'down' }],
    [['up', 'up', 'down'], { any: 'up', majority: 'up', all: 'down', 1: 'up', 2: 'up', 3: 'down', 4: 'down' }],
    [['up', 'up', 'down', 'down'], { any: 'up', majority: 'up', all: 'down', 2: 'up', 3: 'down' }],
    [['up', 'down', 'down', 'down', 'down'], { any: 'up', majority: 'down', all: 'down', 1: 'up' }],
    // A vantage point without a result, outside "from", or silent, does not count.
    [['down', 'unknown', '', 'up!'], { any: 'down', majority: 'down', all: 'down', 1: 'down', 3: 'down' }],
    [['up', 'unknown', '', 'down!', 'down!'], { any: 'up', majority: 'up', all: 'up', 1: 'up', 3: 'up' }],
    // Without any result, the check's `initially` decides.
    [['unknown', 'unknown'], { any: 'up (unknown)', majority: 'up (unknown)', all: 'up (unknown)' }],
    [['', ''], { any: 'up (unknown)', majority: 'up (unknown)', all: 'up (unknown)' }],
    [['unknown!'], { any: 'up (unknown)', all: 'up (unknown)' }],
    // All are silent: the last that they said.
    [['up!', 'down!'], { any: 'up stale', majority: 'up stale', all: 'down stale' }],
    [['down!'], { any: 'down stale', majority: 'down stale', all: 'down stale' }],
    // One that is there and knows nothing confirms nothing.
    [['down!', 'unknown'], { any: 'down stale', majority: 'down stale', all: 'down stale' }],
  ]
  const cases = rows.flatMap(([said, by]) =>
    Object.entries(by).map(([quorum, expected]) => [said, quorum, expected] as const),
  )
  test.each(cases)('%j, %s: %s', (said, text, expected) => {
    const quorum: Quorum = /\d/.test(text) ? Number(text) : (text as Quorum)
    expect(told(healthOf(sayings(...said)).status(conditionOf('a', {}, { quorum })))).toBe(expected)
  })
  test('before the first result, `initially` of the check counts', () => {
    expect(told(NO_HEALTH.status(conditionOf('a', { initially: 'down' })))).toBe('down (unknown)')
    expect(told(healthOf(sayings('unknown')).status(conditionOf('a', { initially: 'down' })))).toBe('down (unknown)')
    expect(told(healthOf(sayings('up')).status(conditionOf('a', { initially: 'down' })))).toBe('up')
  })
  test('only the vantage points that a check names count', () => {
    const condition = conditionOf('a', {}, { from: ['v0', 'v2'] })
    expect(told(healthOf(sayings('up', 'down', 'up')).status(condition))).toBe('up')
    expect(
      healthOf(sayings('up', 'down', 'up'))
        .witnesses(condition.probe, condition.stale)
        .map(({ vantage }) => vantage),
    ).toEqual(['v0', 'v2'])
  })
  test('the weight and load of the last report count', () => {
    const health = healthOf([
      vantageOf('v0', { a: stateOf('up', { at: NOW - 10, weight: 1, load: 1 }) }, NOW),
      vantageOf('v1', { a: stateOf('up', { at: NOW - 5, weight: 0 }) }, NOW),
      vantageOf('v2', { a: stateOf('unknown', { at: NOW - 1, weight: 9 }) }, NOW),
    ])
    expect(health.status(conditionOf('a'))).toMatchObject({ weight: 0 })
    expect(health.status(conditionOf('a'))).not.toHaveProperty('load')
  })
})

describe('states without confirmation', () => {
  const up = { stale: { after: 900, policy: 'up' as const } }
  test.each([
    [['down!'], 'up (unknown) stale'],
    [['down!', 'unknown'], 'up (unknown) stale'],
    [['up!'], 'up (unknown) stale'],
    [['down!', 'down'], 'down'],
    [['down'], 'down'],
    [['unknown!'], 'up (unknown)'],
  ])('%j, all up: %s', (said, expected) => {
    expect(told(healthOf(sayings(...said)).status(conditionOf('a', up)))).toBe(expected)
  })
  test('a pushed state is as old as its own report', () => {
    const push = { action: { kind: 'push', check: 'example.com/load' }, from: ['push'] } as const
    const said = (at: number) =>
      healthOf([vantageOf('push', { a: stateOf('down', { at }), b: stateOf('up', { at: NOW }) }, NOW)])
    const condition = conditionOf('a', { stale: { after: 600, policy: 'up' } }, push)
    expect(told(said(NOW - 600).status(condition))).toBe('up (unknown) stale')
    expect(told(said(NOW - 599).status(condition))).toBe('down')
  })
})

describe('the time until which health is valid', () => {
  const until = (health: Health, ...conditions: Condition[]): number => {
    for (const condition of conditions) health.status(condition)
    return health.until / 1000 - NOW
  }
  const override = (seconds?: number): Override => ({
    ...{ check: '*', force: 'up', by: 'me', why: 'a test' },
    ...(seconds !== undefined && { until: (NOW + seconds) * 1000 }),
  })
  test.each<[string, Health, number]>([
    ['nothing is looked at', healthOf(sayings('up')), Number.POSITIVE_INFINITY],
    ['an override that ends', healthOf([], [override(50), override(30), override()]), 30],
    ['an override that has ended', healthOf([], [override(0), override(-5)]), Number.POSITIVE_INFINITY],
  ])('%s', (_what, health, expected) => expect(until(health)).toBe(expected))
  test('the first vantage point that becomes silent ends it', () => {
    expect(until(healthOf(sayings('up', 'down')), conditionOf('a'))).toBe(1)
    expect(until(healthOf(sayings('up!', 'down!')), conditionOf('a'))).toBe(Number.POSITIVE_INFINITY)
    expect(until(healthOf(sayings('up'), [override(30)]), conditionOf('b'))).toBe(30)
    expect(
      until(
        healthOf([vantageOf('v', { a: stateOf('up') }, NOW)]),
        conditionOf('a', { stale: { after: 20, policy: 'up' } }),
      ),
    ).toBe(20)
  })
})

describe('the seconds until a state can change', () => {
  // gdnsd's own example: interval 10, up_thresh 20, down_thresh 10.
  const gdnsd = { interval: 10, rise: 20, fall: 10 }
  const holds = (states: TargetState[], probe: Partial<Probe> = gdnsd): number =>
    healthOf(states.map((state, i) => vantageOf(`v${i}`, { a: state }, NOW))).status(conditionOf('a', {}, probe))
      .validForSeconds
  test.each<[string, TargetState[], number, Partial<Probe>?]>([
    ['healthy', [stateOf('up')], 100],
    ['just gone down', [stateOf('down')], 200],
    ['healthy with 4 counted failures', [stateOf('up', { count: 4 })], 60],
    ['one failure from down', [stateOf('up', { count: 9 })], 10],
    ['5 successes on the way up', [stateOf('down', { count: 5 })], 150],
    ['never probed', [], 10],
    ['nothing known', [stateOf('unknown')], 10],
    ['the least of two vantage points', [stateOf('up'), stateOf('down', { count: 18 })], 20],
    ['ten times a second', [stateOf('up')], 1, { interval: 0.1, fall: 3 }],
    ['parts of a second count down', [stateOf('up')], 4, { interval: 1.6, fall: 3 }],
    ['pushed', [stateOf('up')], Number.POSITIVE_INFINITY, { action: { kind: 'push', check: 'x' } }],
  ])('%s: %i', (_what, states, expected, probe = gdnsd) => expect(holds(states, probe)).toBe(expected))
  const damping = { changes: 1, within: 60, hold: 65 }
  const held = { ...gdnsd, rise: 3, damping }
  test.each<[string, TargetState, number]>([
    // Results at 10, 20 … do not count; those behind the 65th second do: the third of them.
    ['held for 65 s more', stateOf('down', { since: NOW, flaps: { count: 1, from: NOW } }), 85],
    ['held for 5 s more', stateOf('down', { since: NOW - 60, flaps: { count: 1, from: NOW } }), 30],
    ['held no more', stateOf('down', { since: NOW - 65, flaps: { count: 1, from: NOW } }), 30],
    ['up again', stateOf('up', { since: NOW - 1, flaps: { count: 1, from: NOW } }), 100],
  ])('%s: %i', (_what, state, expected) => expect(holds([state], held)).toBe(expected))
  test('stale: the next interval counts; forced: only the end of the override does', () => {
    expect(healthOf(sayings('down!')).status(conditionOf('a')).validForSeconds).toBe(60)
    const force = { check: '*', force: 'down', by: 'me', why: 'a test' } as const
    expect(healthOf(sayings('up'), [force]).status(conditionOf('a')).validForSeconds).toBe(Number.POSITIVE_INFINITY)
    expect(
      healthOf(sayings('up'), [{ ...force, until: NOW * 1000 + 7999 }]).status(conditionOf('a')).validForSeconds,
    ).toBe(7)
  })
})

// --- calculated ---------------------------------------------------------------------------------------------------

const TCP = { kind: 'tcp', port: 80 } as const
const named: Checks['named'] = {
  a: TCP,
  b: { ...TCP, port: 81 },
  c: { ...TCP, port: 82 },
  d: { ...TCP, port: 83, initially: 'down' },
}
const checksOf = (more: Checks['named'] = {}): Checks => ({
  zone: 'example.com',
  named: { ...named, ...more },
  stale: { after: 900, policy: 'keep' },
})
const compiled = (reference: Parameters<typeof compileCheck>[0], more: Checks['named'] = {}): Condition =>
  must(compileCheck(reference, '192.0.2.1', undefined, checksOf(more)))
/** Health in which the checks a, b … of 192.0.2.1 are as told: `up`, `down`, anything else for unknown. */
const knowing = (states: Readonly<Record<string, string>>, overrides: readonly Override[] = []): Health => {
  const targets = Object.entries(states).map(([name, state]) => {
    const condition = compiled(name)
    if (condition.kind !== 'probe') throw new Error(name)
    return [condition.probe.id, stateOf(state as TargetState['state'], { at: NOW - 1 })] as const
  })
  return healthOf([vantageOf('cron', Object.fromEntries(targets), NOW)], overrides)
}

describe('calculated checks', () => {
  const of = ['a', 'b', 'c']
  test.each([
    [['up', 'up', 'up'], { any: 'up', all: 'up', none: 'down', 0: 'up', 1: 'up', 2: 'up', 3: 'up' }],
    [['up', 'up', 'down'], { any: 'up', all: 'down', none: 'down', 0: 'up', 1: 'up', 2: 'up', 3: 'down' }],
    [['up', 'down', 'down'], { any: 'up', all: 'down', none: 'down', 0: 'up', 1: 'up', 2: 'down', 3: 'down' }],
    [['down', 'down', 'down'], { any: 'down', all: 'down', none: 'up', 0: 'up', 1: 'down', 2: 'down', 3: 'down' }],
    // An unknown part counts as its own check's `initially` says.
    [['unknown', 'down', 'down'], { any: 'up', all: 'down', none: 'down', 1: 'up', 2: 'down' }],
    [['unknown', 'unknown', 'unknown'], { any: 'up (unknown)', all: 'up (unknown)', none: 'down (unknown)' }],
  ])('%j', ([a, b, c], by) => {
    for (const [text, expected] of Object.entries(by)) {
      const need = /\d/.test(text) ? Number(text) : (text as 'any' | 'all' | 'none')
      const status = knowing({ a, b, c } as never).status(compiled({ kind: 'calculated', of, need }))
      expect([text, told(status)]).toEqual([text, expected])
    }
  })
  test('nest, and each part limits the time', () => {
    const more: Checks['named'] = {
      or: { kind: 'calculated', of: ['a', 'b'], need: 'any' },
      not: { kind: 'calculated', of: ['c'], need: 'none' },
      both: { kind: 'calculated', of: ['or', 'not'], need: 'all' },
    }
    const status = (states: Record<string, string>) => told(knowing(states).status(compiled('both', more)))
    expect(status({ a: 'down', b: 'up', c: 'down' })).toBe('up')
    expect(status({ a: 'down', b: 'up', c: 'up' })).toBe('down')
    expect(status({ a: 'down', b: 'down', c: 'down' })).toBe('down')
    const slow = { ...more, a: { ...TCP, interval: 600 }, c: { ...TCP, port: 82, interval: 30, fall: 1 } }
    expect(NO_HEALTH.status(compiled('both', slow)).validForSeconds).toBe(30)
    expect(NO_HEALTH.status(compiled('or', slow)).validForSeconds).toBe(60)
  })
  test('a part may have its own target', () => {
    const db = { db: { kind: 'tcp', port: 5432, target: 'db.example.com' } } as const
    const condition = compiled({ kind: 'calculated', of: ['a', 'db'], need: 'all' }, db)
    expect(condition).toMatchObject({
      target: '192.0.2.1',
      of: [{ target: '192.0.2.1:80' }, { target: 'db.example.com:5432' }],
    })
  })
  const refusal = (name: string, more: Checks['named']): string => {
    const result = compileCheck(name, '192.0.2.1', undefined, checksOf(more))
    return result.ok ? 'compiled' : result.error
  }
  const chain = (length: number): Checks['named'] =>
    Object.fromEntries(
      Array.from(
        { length },
        (_, i) => [`n${i}`, { kind: 'calculated', of: [i + 1 < length ? `n${i + 1}` : 'a'], need: 'all' }] as const,
      ),
    )
  test.each<[string, string, Checks['named'], RegExp]>([
    ['on itself', 'x', { x: { kind: 'calculated', of: ['x'], need: 'all' } }, /"x" depends on itself/],
    [
      'on itself by another',
      'x',
      { x: { kind: 'calculated', of: ['a', 'y'], need: 'all' }, y: { kind: 'calculated', of: ['x'], need: 'any' } },
      /"x" depends on itself/,
    ],
    ['too deep', 'n0', chain(9), /more than 8 deep/],
    [
      'on more than there are',
      'x',
      { x: { kind: 'calculated', of: ['a', 'b'], need: 3 } },
      /needs 3 of 2 others; expected at most 2/,
    ],
    [
      'on what there is not',
      'x',
      { x: { kind: 'calculated', of: ['z'], need: 'all' } },
      /there is no check "z"; expected one of "a", "b", "c", "d", "x"/,
    ],
  ])('depends %s: refused', (_what, name, more, why) => expect(refusal(name, more)).toMatch(why))
  test('eight deep is enough, and one check may be used twice', () => {
    expect(refusal('n0', chain(8))).toBe('compiled')
    expect(
      refusal('x', {
        x: { kind: 'calculated', of: ['y', 'y'], need: 2 },
        y: { kind: 'calculated', of: ['a'], need: 'all' },
      }),
    ).toBe('compiled')
  })
})

// --- overrides ----------------------------------------------------------------------------------------------------

const force = (what: Partial<Override>): Override => ({ force: 'down', by: 'ada', why: 'a test', ...what }) as Override

describe('overrides', () => {
  const subject = { check: 'example.com/web', target: '192.0.2.1:80' }
  const v6 = { check: 'example.com/web', target: '[2001:db8::1]:443' }
  test.each<[Partial<Override>, object, boolean]>([
    [{ check: 'example.com/web' }, subject, true],
    [{ check: 'EXAMPLE.com/Web' }, subject, true],
    [{ check: 'example.com/we' }, subject, false],
    [{ check: 'xample.com/web' }, subject, false],
    [{ check: 'example.com/*' }, subject, true],
    [{ check: '*' }, subject, true],
    [{ check: '*/web' }, subject, true],
    [{ check: 'ex*com*web' }, subject, true],
    [{ check: '**web**' }, subject, true],
    [{ check: '*web*x' }, subject, false],
    [{ check: 'example?com/web' }, subject, true],
    [{ check: 'example.com/web?' }, subject, false],
    [{ check: 'example.com/we[b]' }, subject, false],
    [{ check: 'example.com.web' }, subject, false],
    [{ target: '192.0.2.1:80' }, subject, true],
    [{ target: '192.0.2.1:8' }, subject, false],
    [{ target: '192.0.2.1:*' }, subject, true],
    [{ target: '192.0.2.*' }, subject, true],
    [{ target: '[2001:db8::*' }, v6, true],
    [{ target: '[2001:db8::1]:443' }, v6, true],
    [{ check: '*', target: '192.0.2.2:*' }, subject, false],
    [{ check: '*', target: '192.0.2.1:*' }, subject, true],
    [{ check: 'other/*', target: '192.0.2.1:*' }, subject, false],
    [{ pool: '*' }, subject, false],
    [{ datacenter: '*' }, subject, false],
    [{ pool: 'www.example.com/A' }, { pool: 'www.example.com/A' }, true],
    [{ pool: 'www.example.com/*' }, { pool: 'www.example.com/A' }, true],
    [{ pool: 'www.example.com/A' }, { pool: 'www.example.com/A/eu' }, false],
    [{ check: '*' }, { pool: 'www.example.com/A' }, false],
    [{ datacenter: 'fra' }, { pool: 'www.example.com/A', datacenter: 'fra' }, true],
    [{ datacenter: 'fra' }, { pool: 'www.example.com/A', datacenter: 'ams' }, false],
    [{ datacenter: 'fra' }, { pool: 'www.example.com/A' }, false],
    [{ pool: 'www.example.com/A' }, { pool: 'www.example.com/A', datacenter: 'fra' }, false],
    [{ pool: '*/A', datacenter: 'f*' }, { pool: 'www.example.com/A', datacenter: 'fra' }, true],
    [{ pool: '*/AAAA', datacenter: 'f*' }, { pool: 'www.example.com/A', datacenter: 'fra' }, false],
  ])('%j on %j: %s', (what, on, expected) => {
    expect(healthOf([], [force(what)]).forced(on as never) !== undefined).toBe(expected)
  })
  // A matcher that backtracks to every star would not end.
  test('a glob of many stars takes little time', () => {
    const health = healthOf([], [force({ check: `${'*a'.repeat(200)}*b` })])
    expect(health.forced({ check: 'a'.repeat(5000), target: '' })).toBeUndefined()
  })
  test('the last matching override that has not ended counts', () => {
    const list = [
      force({ check: '*', why: 'first' }),
      force({ check: 'example.com/*', why: 'second' }),
      force({ check: 'example.net/*', why: 'other' }),
      force({ check: '*', why: 'ended', until: NOW * 1000 }),
    ]
    expect(healthOf([], list).forced(subject)?.why).toBe('second')
    expect(
      healthOf([], [...list, force({ check: '*', why: 'not yet', until: NOW * 1000 + 1 })]).forced(subject)?.why,
    ).toBe('not yet')
  })
  test.each<[Override['force'], string, string]>([
    ['up', 'down', 'up (down) forced'],
    ['up', 'up', 'up forced'],
    ['down', 'up', 'down (up) forced'],
    ['drained', 'up', 'drained (up) forced'],
    ['down', 'unknown', 'down (unknown) forced'],
  ])('forced %s, measured %s: %s', (what, real, expected) => {
    expect(told(knowing({ a: real }, [force({ check: '*', force: what })]).status(compiled('a')))).toBe(expected)
  })
  test('weight and load stay as reported', () => {
    const health = healthOf(
      [vantageOf('v', { a: stateOf('up', { at: NOW, weight: 3, load: 4 }) }, NOW)],
      [force({ check: '*' })],
    )
    expect(health.status(conditionOf('a'))).toMatchObject({ weight: 3, load: 4 })
  })

  const all: Condition = { kind: 'every', of: [compiled('a'), compiled('b')] }
  const two = compiled({ kind: 'calculated', of: ['a', 'b', 'c'], need: 2 })
  test.each<[string, Condition, Record<string, string>, Partial<Override>[], string]>([
    ['one of several', all, { a: 'up', b: 'up' }, [{ check: '*/a' }], 'down (up) forced'],
    [
      'one of several, the other is down',
      all,
      { a: 'down', b: 'up' },
      [{ check: '*/a', force: 'up' }],
      'up (down) forced',
    ],
    [
      'one is drained, and takes no part',
      all,
      { a: 'down', b: 'up' },
      [{ check: '*/a', force: 'drained' }],
      'up (down)',
    ],
    ['all are drained', all, { a: 'up', b: 'up' }, [{ check: '*', force: 'drained' }], 'drained (up) forced'],
    ['a part of a calculation', two, { a: 'up', b: 'up', c: 'down' }, [{ check: '*/a' }], 'down (up) forced'],
    ['the calculation itself', two, { a: 'up', b: 'up', c: 'up' }, [{ check: '*/calculated' }], 'down (up) forced'],
    [
      'a part, and the calculation',
      two,
      { a: 'down', b: 'up', c: 'down' },
      [{ check: '*/a', force: 'up' }, { check: '*/calculated' }],
      'down forced',
    ],
    ['a part that makes no difference', two, { a: 'up', b: 'up', c: 'up' }, [{ check: '*/a' }], 'up'],
  ])('forced: %s', (_what, condition, states, overrides, expected) => {
    expect(told(knowing(states, overrides.map(force)).status(condition))).toBe(expected)
  })
})

describe('the document of overrides', () => {
  const good = { check: '*', force: 'down', by: 'ada', why: 'a test' }
  const document = (...overrides: unknown[]): string => JSON.stringify({ overrides })
  test('is parsed, with times in milliseconds', () => {
    const text = document(good, {
      datacenter: 'fra',
      pool: 'www*',
      force: 'drained',
      until: '2026-11-22T18:00:00+02:00',
      by: 'b',
      why: 'w',
    })
    expect(must(parseOverrides(text))).toEqual([
      good,
      { datacenter: 'fra', pool: 'www*', force: 'drained', until: Date.UTC(2026, 10, 22, 16), by: 'b', why: 'w' },
    ])
    expect(must(parseOverrides(document()))).toEqual([])
  })
  test.each<[unknown, string, RegExp]>([
    [{ ...good, check: undefined }, '0', /nothing is named/],
    [{ ...good, pool: '*' }, '0', /expected one kind/],
    [{ ...good, datacenter: '*', check: undefined, target: 'x' }, '0', /expected one kind/],
    [{ ...good, check: '' }, '0.check', /expected text/],
    [{ ...good, check: 5 }, '0.check', /expected text/],
    [{ ...good, force: 'maintenance' }, '0.force', /"up", "down", "drained", "weight" or "resume"/],
    [{ ...good, by: '' }, '0.by', /who forces/],
    [{ ...good, why: undefined }, '0.why', /"why" is missing/],
    [{ ...good, util: 'x' }, '0.util', /unknown field "util"/],
    ...[
      'tomorrow',
      '2026-11-22',
      '2026-11-22T18:00:00',
      '2026-13-22T18:00:00Z',
      '2026-02-30T18:00:00Z',
      '2026-11-22T25:00:00Z',
      1_763_800_000,
    ].map((until) => [{ ...good, until }, '0.until', /expected a time like/] as [unknown, string, RegExp]),
  ])('%j is refused, and the whole document with it', (bad, path, why) => {
    const first = parseOverrides(document(bad))
    expect(first.ok ? 'read' : first.error).toMatch(why)
    expect(first.ok ? 'read' : first.error).toContain(`overrides.${path}: `)
    const second = parseOverrides(document(good, bad))
    expect(second.ok ? 'read' : second.error).toContain(`overrides.${path.replace('0', '1')}: `)
  })
  test.each(['', '[]', '{}', '{"overrides":{}}', '{"overrides":[],"more":1}', '{"overrides":[null]}'])(
    '%s is refused',
    (text) => {
      expect(parseOverrides(text).ok).toBe(false)
    },
  )
  test('leap days and fractions are times', () => {
    for (const until of ['2028-02-29T00:00Z', '2026-11-22T18:00:00.5Z'])
      expect(parseOverrides(document({ ...good, until })).ok).toBe(true)
  })
})

// --- what cannot be probed ----------------------------------------------------------------------------------------

test.each([
  ['192.0.2.1', undefined, 'edge', 'down'],
  ['10.0.0.1', undefined, 'edge', 'up'],
  ['10.0.0.1', undefined, 'workerd', 'down'],
  ['10.0.0.1', ['agent-1'], 'edge', 'down'],
  ['10.0.0.1', ['cron', 'weur'], 'edge', 'up'],
  ['10.0.0.1', ['cron', 'agent-1'], 'edge', 'down'],
] as const)('%s from %j, with nothing known, counts on %s as %s', (target, from, platform, expected) => {
  const check = { ...TCP, initially: 'down', target, ...(from && { from: [...from] }) } as const
  const condition = must(
    compileCheck(check, undefined, undefined, {
      zone: 'example.com',
      named: {},
      stale: { after: 900, policy: 'keep' },
    }),
  )
  expect(new Health([], [], NOW * 1000, platform).status(condition)).toMatchObject({ state: expected, real: 'unknown' })
})

describe('a load that a check reads', () => {
  const NOW_MS = 1_000_000_000
  const ago = (seconds: number): number => NOW_MS / 1000 - seconds
  /** The load that counts, of a probe some seconds ago. The vantage point wrote its document some seconds ago. */
  const loadAfter = (probed: number, interval: number, wrote = 10): number | undefined => {
    const condition = conditionOf('a', {}, { interval })
    const state = stateOf('up', { at: ago(probed), since: ago(probed), load: 7, loadAt: ago(probed) })
    return new Health([vantageOf('cron', { a: state }, ago(wrote))], [], NOW_MS).status(condition).load
  }

  test('counts until the next but one probe can be in KV, if that is longer than states count', () => {
    expect([899, 900].map((probed) => loadAfter(probed, 60))).toEqual([7, undefined])
    expect([1799, 3899, 3900].map((probed) => loadAfter(probed, 1800))).toEqual([7, 7, undefined])
  })

  test('counts as none while the state is stale', () => {
    expect([899, 900].map((wrote) => loadAfter(1000, 1800, wrote))).toEqual([7, undefined])
  })
})
