import { describe, expect, test } from 'vitest'
import type { Kv } from '../../../src/cli/kv/kv.ts'
import { type AddOptions, parseAdd, parseRemove, parseResume } from '../../../src/cli/override/options.ts'
import { type OverrideAction, overrideCommand } from '../../../src/cli/override/override.ts'
import { plain } from '../../../src/cli/paint.ts'
import { formatOverrides, Health, type LiveOverride, type Override, parseOverrides } from '../../../src/health/index.ts'
import { err, ok } from '../../../src/result.ts'
import { must } from '../support.ts'
import { folderWith, recorder } from './support.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const HOUR = 3_600_000

const ZONE = JSON.stringify({
  ...{ origin: 'example.com', ttl: 60, checks: { web: { kind: 'tcp', port: 80 } } },
  soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
  records: {
    '@': { NS: 'ns' },
    ns: { A: '192.0.2.53' },
    www: {
      A: {
        kind: 'pool',
        check: 'web',
        members: [
          { answer: '192.0.2.1', datacenter: 'fra' },
          { answer: '192.0.2.2', datacenter: 'ams' },
        ],
      },
    },
  },
})

/** Health before the first probe. */
const unprobed = async (_: unknown, overrides: readonly LiveOverride[], now: number) =>
  ok(new Health([], overrides, now))

/** KV with one value, or none. */
function kvWith(text: string | undefined, failing?: 'get' | 'put') {
  const stored = { text }
  const kv: Kv = {
    get: async () => (failing === 'get' ? err('KV is away') : ok(stored.text)),
    put: async ([row]) => {
      if (failing === 'put') return err('KV is away')
      stored.text = row?.value as string
      return ok(true)
    },
    delete: async () => ok(true),
    close: async () => {},
  }
  const run = async (action: OverrideAction) => {
    const console = recorder()
    const place = {
      open: async () => ok(kv),
      where: 'local KV',
      byHand: (what: string) => `wrangler ${what}`,
      health: unprobed,
    }
    const status = await overrideCommand(action, place, NOW, console, plain)
    return { status, stdout: console.stdout.join('\n'), stderr: console.stderr.join('\n') }
  }
  return { run, stored, list: () => must(parseOverrides(stored.text ?? '{"overrides":[]}')) }
}

const down = (target: string, until?: number): Override => ({
  ...{ target, force: 'down', by: 'me', why: 'repair' },
  ...(until !== undefined && { until }),
})
const add = (override: Override, anyway = true): OverrideAction => ({
  ...{ kind: 'add', override, anyway, zones: folderWith({ 'example.com.json': ZONE }) },
})

test('add writes, prints the matches, and drops overrides that ended more than a day ago', async () => {
  const old = [down('a', NOW - 25 * HOUR), down('b', NOW - HOUR), down('c')]
  const kv = kvWith(formatOverrides(old))
  const { status, stdout, stderr } = await kv.run(add(down('192.0.2.*', NOW + 2 * HOUR)))
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(kv.list().map(({ target }) => target)).toEqual(['b', 'c', '192.0.2.*'])
  expect(stdout.replace(/folder \/\S*:/, 'folder ZONES:')).toBe(
    [
      'dropped 1 override that ended more than a day ago',
      'matches 2 parts of the zones in the folder ZONES: example.com/web 192.0.2.1:80; example.com/web 192.0.2.2:80',
      '  1  ended  target b          by me until 2026-11-22T11:00:00Z (1h00m ago): repair',
      '  2  down   target c          by me: repair',
      '  3  down   target 192.0.2.*  by me until 2026-11-22T14:00:00Z (in 2h00m): repair',
      'written to local KV; answers follow within seconds here, and about a minute around the world',
    ].join('\n'),
  )
})

test.each([
  [{ datacenter: 'fra' }, 'matches 1 part of the zones in the folder ZONES: www.example.com/A in fra', ''],
  [{ pool: 'www*' }, 'matches 1 part of the zones in the folder ZONES: www.example.com/A', ''],
  [
    { check: 'exmaple.com/*' },
    '',
    'the override matches nothing in the zones of the folder ZONES; there are: example.com/web 192.0.2.1:80',
  ],
  [
    { datacenter: 'nrt' },
    '',
    'the override matches nothing in the zones of the folder ZONES; there are: www.example.com/A; www.example.com/A in',
  ],
])('%j', async (named, told, warned) => {
  const kv = kvWith(undefined)
  const { status, stdout, stderr } = await kv.run(add({ ...named, force: 'drained', by: 'me', why: 'repair' }))
  const anywhere = (text: string): string => text.replace(/\/\S*edge-gslb-test-[^\s:;]*/, 'ZONES')
  expect(status).toBe(0)
  expect(anywhere(stdout)).toContain(told)
  expect(anywhere(stderr)).toContain(warned)
  expect(kv.list()).toHaveLength(1)
})

test('add writes without zones, too', async () => {
  const kv = kvWith(undefined)
  const { status, stderr } = await kv.run({ kind: 'add', override: down('a'), zones: '/none' })
  expect(status).toBe(0)
  expect(stderr).toContain(
    'warning: the zones could not be read, so it is not known what the override matches: there is no folder /none',
  )
  expect(kv.list()).toHaveLength(1)
})

test('list and remove use the same numbers', async () => {
  const kv = kvWith(formatOverrides([down('a'), down('b'), down('c')]))
  expect((await kv.run({ kind: 'list' })).stdout.split('\n')[1]).toBe('  2  down  target b  by me: repair')
  expect(await kv.run({ kind: 'remove', which: [1, 4] })).toMatchObject({
    ...{ status: 1, stdout: '' },
    stderr: 'error: there is no override 4; expected numbers of the list, from 1 to 3; nothing was changed',
  })
  expect(await kv.run({ kind: 'remove', which: [3, 1] })).toMatchObject({ status: 0 })
  expect(kv.list().map(({ target }) => target)).toEqual(['b'])
  expect((await kv.run({ kind: 'remove', which: 'all' })).stdout).toContain('there are no overrides')
  expect(kv.stored.text).toBe('{"overrides":[]}')
  expect((await kvWith(undefined).run({ kind: 'remove', which: [1] })).stderr).toContain('there are none')
})

test.each(['{', '[]', '{"overrides":[{"force":"down"}]}'])(
  'a damaged document %s is never overwritten',
  async (text) => {
    const kv = kvWith(text)
    for (const action of [{ kind: 'list' }, add(down('a')), { kind: 'remove', which: 'all' }] as const) {
      const { status, stderr } = await kv.run(action)
      expect(status).toBe(1)
      expect(stderr).toMatch(
        /^error: the overrides are not .*nothing was changed: look at them with "wrangler get" and/,
      )
    }
    expect(kv.stored.text).toBe(text)
  },
)

test('a KV that fails is an error, and nothing is written', async () => {
  expect((await kvWith('{', 'get').run(add(down('a')))).stderr).toContain('so nothing was changed: KV is away')
  expect((await kvWith(undefined, 'put').run(add(down('a')))).stderr).toBe(
    'error: KV is away; the overrides are unchanged',
  )
})

const options = { target: 'a', force: ['down'], why: 'repair', by: 'me' }

test.each([
  [{}, undefined],
  [{ for: '2h' }, NOW + 2 * HOUR],
  [{ for: '90' }, NOW + 90_000],
  [{ until: '2026-11-22T13:00:00Z' }, NOW + HOUR],
  [{ until: '2026-11-22T15:00+02:00' }, NOW + HOUR],
])('%j', (end, until) => {
  expect(must(parseAdd({ ...options, ...end }, NOW))).toEqual({ override: down('a', until), anyway: false })
})

test.each<[Partial<AddOptions>, string]>([
  [{ for: '2x' }, '--for "2x" is not a valid time'],
  [{ for: '0' }, '--for is 0'],
  [{ for: '1h', until: '2026-11-22T13:00:00Z' }, 'not both'],
  [{ until: '2026-11-22T11:00:00Z' }, 'is in the past'],
  [{ until: '18:00' }, 'is not a valid time; expected one with its zone'],
  [{ until: '2026-13-22T11:00:00Z' }, 'is not a valid time'],
  [{ until: '2027-02-30T11:00:00Z' }, 'is not a valid time'],
  [{ pool: 'b' }, 'expected one kind of them'],
  [{ why: '' }, 'why: expected why it is forced'],
])('%j is refused', (more, message) => {
  const parsed = parseAdd({ ...options, ...more }, NOW)
  expect(parsed.ok ? 'accepted' : parsed.error).toContain(message)
})

test('an override without a subject is refused; the default author is the user', () => {
  const { target: _, ...nothing } = options
  const parsed = parseAdd(nothing, NOW)
  expect(parsed.ok ? 'accepted' : parsed.error).toMatch(/^nothing is named; expected at least one of/)
  const { by: __, ...anonymous } = options
  expect(must(parseAdd(anonymous, NOW)).override.by).toMatch(/^.+@.+$/)
})

test('parseRemove: exactly one way of selection', () => {
  expect(parseRemove(['1', '3'], {})).toEqual({ ok: true, value: [1, 3] })
  expect(parseRemove([], { all: true })).toEqual({ ok: true, value: 'all' })
  expect(parseRemove([], { all: false, target: 'a' })).toEqual({ ok: true, value: { target: 'a' } })
  expect(parseRemove([], { pool: 'a', datacenter: 'b' })).toEqual({ ok: true, value: { pool: 'a', datacenter: 'b' } })
  for (const [numbers, options] of [
    [[], {}],
    [['1'], { all: true }],
    [['1'], { target: 'a' }],
    [[], { all: true, target: 'a' }],
    [['x'], {}],
    [['-1'], {}],
  ] as const) {
    expect(parseRemove(numbers, options)).toMatchObject({ ok: false })
  }
})

test('remove by subject does not depend on numbers', async () => {
  const inPool: Override = { pool: 'a', datacenter: 'b', force: 'up', by: 'me', why: 'test' }
  const kv = kvWith(formatOverrides([down('a'), down('192.0.2.*'), inPool, down('a', NOW + HOUR), down('a*')]))
  const removed = await kv.run({ kind: 'remove', which: { target: 'a' } })
  expect(removed.stdout.split('\n').slice(0, 2)).toEqual([
    'removed target a, forced down by me: repair',
    'removed target a, forced down by me until 2026-11-22T13:00:00Z (in 1h00m): repair',
  ])
  expect(kv.list().map(({ target, pool }) => target ?? pool)).toEqual(['192.0.2.*', 'a', 'a*'])
  // Globs are compared as texts. A datacenter in a pool differs from each of the two alone.
  for (const which of [{ target: '192.0.2.1' }, { pool: 'a' }, { datacenter: 'b' }]) {
    const before = kv.stored.text
    expect(await kv.run({ kind: 'remove', which })).toMatchObject({ status: 1, stdout: '' })
    expect(kv.stored.text).toBe(before)
  }
  expect((await kv.run({ kind: 'remove', which: { target: 'b' } })).stderr).toBe(
    'error: there is no override of target b; expected the subject as "override list" shows it; nothing was changed',
  )
  expect(await kv.run({ kind: 'remove', which: { pool: 'a', datacenter: 'b' } })).toMatchObject({ status: 0 })
  expect(await kv.run({ kind: 'remove', which: { target: '192.0.2.*' } })).toMatchObject({ status: 0 })
  expect((await kv.run({ kind: 'remove', which: [1] })).stdout).toContain(
    'removed target a*, forced down by me: repair',
  )
})

describe('the guard of pools', () => {
  const all = { target: '192.0.2.*', force: 'down', by: 'me', why: 'repair' } as const

  test.each<[string, Partial<Override>]>([
    ['all members', all],
    ['the pool itself', { pool: 'www*', force: 'drained' }],
    ['from a time on', { ...all, from: NOW + HOUR }],
    ['each week', { ...all, every: { at: '22:00', for: 3600, zone: 'Europe/Berlin' } }],
  ])('%s: refused, unless it is meant', async (_, more) => {
    const override: Override = { force: 'down', by: 'me', why: 'repair', ...more }
    const kv = kvWith(undefined)
    expect(await kv.run(add(override, false))).toMatchObject({
      status: 1,
      stderr:
        'error: the override would leave www.example.com/A without a member that is up; nothing was changed: expected another override, or --force',
    })
    expect(kv.stored.text).toBeUndefined()
    expect(await kv.run(add(override, true))).toMatchObject({ status: 0 })
  })

  test('one of two members is no empty pool; the second one is', async () => {
    const kv = kvWith(undefined)
    expect(await kv.run(add(down('192.0.2.1'), false))).toMatchObject({ status: 0 })
    expect(await kv.run(add(down('192.0.2.2', NOW + HOUR), false))).toMatchObject({ status: 1 })
    expect(kv.list()).toHaveLength(1)
  })

  test('rehearse prints what each member would get, and writes nothing', async () => {
    const kv = kvWith(undefined)
    const rehearsed = (override: Override): OverrideAction => ({ kind: 'rehearse', override, zones })
    const pool = { ...JSON.parse(ZONE) }
    pool.records.www.A.select = 'weighted'
    const zones = folderWith({ 'example.com.json': JSON.stringify(pool) })
    expect(await kv.run(rehearsed({ ...all, target: '192.0.2.1', force: 'weight', weight: 0 }))).toEqual({
      status: 0,
      stdout: [
        'www.example.com/A',
        '  fra 192.0.2.1:80  up  1/2 (50.0 %) -> 0 (0.0 %)',
        '  ams 192.0.2.2:80  up  1/2 (50.0 %) -> 1 (100.0 %)',
      ].join('\n'),
      stderr: '',
    })
    expect((await kv.run(rehearsed(all))).stdout).toBe(
      [
        'www.example.com/A: no member is left',
        '  fra 192.0.2.1:80  up -> down  1/2 (50.0 %) -> 1/2 (50.0 %)',
        '  ams 192.0.2.2:80  up -> down  1/2 (50.0 %) -> 1/2 (50.0 %)',
      ].join('\n'),
    )
    expect(kv.stored.text).toBeUndefined()
  })
})

test('to resume again replaces the time of before', async () => {
  const resume = (from: number): OverrideAction => ({
    kind: 'resume',
    override: must(parseResume({ target: '192.0.2.1', by: 'me', why: 'checked' }, from)),
  })
  const kv = kvWith(formatOverrides([down('a')]))
  await kv.run(resume(NOW - HOUR))
  expect((await kv.run(resume(NOW))).stdout.split('\n')[1]).toBe(
    '  2  resume  target 192.0.2.1  by me from 2026-11-22T12:00:00Z (0s ago): checked',
  )
  expect(kv.list()).toMatchObject([{ target: 'a' }, { force: 'resume', from: NOW }])
})

test.each<[Partial<AddOptions>, object]>([
  [
    { state: 'drained', force: [''] },
    { override: { force: 'drained' }, anyway: true },
  ],
  [{ force: ['down', ''] }, { override: { force: 'down' }, anyway: true }],
  [{ force: ['weight'], weight: '7' }, { override: { force: 'weight', weight: 7 } }],
  [{ from: '2026-11-22T13:00:00Z', for: '1h' }, { override: { from: NOW + HOUR, until: NOW + 2 * HOUR } }],
  [
    { every: 'mon,sat 22:00 2h Europe/Berlin' },
    { override: { every: { days: ['mon', 'sat'], at: '22:00', for: 7200, zone: 'Europe/Berlin' } } },
  ],
  [{ every: '22:00 90m UTC' }, { override: { every: { at: '22:00', for: 5400, zone: 'UTC' } } }],
])('%j', (more, expected) => {
  expect(must(parseAdd({ ...options, ...more }, NOW))).toMatchObject(expected)
})

test.each<[Partial<AddOptions>, string]>([
  [{ force: [] }, 'expected one state, as in --force down'],
  [{ force: ['down'], state: 'up' }, 'expected one state'],
  [{ force: ['gone'] }, '"gone" is not a state'],
  [{ force: ['weight'] }, 'expected a "weight" with "force": "weight"'],
  [{ weight: '5' }, 'expected a "weight" with "force": "weight", and with no other'],
  [{ force: ['weight'], weight: 'x' }, '--weight x is not a whole number'],
  [{ from: '2026-11-22T11:00:00Z' }, '--from 2026-11-22T11:00:00Z is in the past'],
  [{ from: '2026-11-22T14:00:00Z', until: '2026-11-22T13:00:00Z' }, 'it ends before it begins'],
  [{ every: '22:00' }, '--every "22:00" is not complete'],
  [{ every: 'someday 22:00 2h UTC' }, 'every.days.0: expected days like ["mon", "tue"]'],
  [{ every: '25:00 2h UTC' }, 'every.at: expected a local time like "22:00"'],
  [{ every: '22:00 8d UTC' }, 'every.for: expected a length like "2h", up to 7 days'],
  [{ every: '22:00 2h Mars/Base' }, 'every.zone: expected a time zone of the IANA database'],
])('%j is refused', (more, message) => {
  const parsed = parseAdd({ ...options, ...more }, NOW)
  expect(parsed.ok ? 'accepted' : parsed.error).toContain(message)
})
