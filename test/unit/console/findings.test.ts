import { describe, expect, test } from 'vitest'
import { findingsOf } from '../../../src/console/model/findings.ts'
import type { ReceiverReport } from '../../../src/notify/index.ts'
import { ago, downTarget, NOW, poolOf, statusOf, targetOf } from './support.ts'

const told = (...given: Parameters<typeof findingsOf>): string[] =>
  findingsOf(...given).map(({ word, subject, why }) => `${word}: ${subject}: ${why}`)

const GUARD = { share: 0.5, within: 60, least: 4, for: 600 } as const
const RECEIVER: ReceiverReport = {
  ...{ number: 1, zone: null, format: 'json', url: 'https://hook.example/…', on: [], hold: 0, waiting: 1 },
  ...{ delivered: 0, failed: 1, last: { at: ago(2), delivered: false, event: 'target-down', why: 'HTTP 500' } },
}

test('while all is well nothing is told', () => {
  const status = statusOf({
    targets: [targetOf('192.0.2.1')],
    vantages: [{ name: 'cron', at: ago(1), fineUntil: ago(-14), targets: 1 }],
    pools: [poolOf('www.example.com/A', 2, 2)],
  })
  expect(told(status, NOW)).toEqual([])
})

test('the worst comes first: pools without a member, refused documents, silence, targets, then the rest', () => {
  const status = statusOf({
    targets: [downTarget('192.0.2.1', 5, { reports: [] })],
    vantages: [{ name: 'fra', at: ago(30), fineUntil: ago(15), targets: 1 }],
    refused: [{ origin: 'bad.example', why: 'line 3', since: ago(2) }],
    problems: ['API_KEY is so short that it can be guessed'],
    complete: false,
    askedFull: [{ zone: '', since: ago(1) }],
    aliases: [{ name: 'elsewhere.example' }],
    pools: [poolOf('half/A', 1, 2), poolOf('none/A', 0, 2)],
    guards: [
      { ...GUARD, zone: 'calm.example', holding: false },
      { ...GUARD, zone: 'blind.example', holding: true, since: ago(1), fell: 9, of: 12, held: 9 },
    ],
    dnssec: [{ zone: 'signed.example', isBroken: true, warnings: ['the DS matches no key'] }],
    notifications: [RECEIVER],
  })
  expect(told(status, NOW)).toEqual([
    'no member up: none/A: 0 of 2 members up',
    'guard holds: zone blind.example: 9 of 12 targets went down at once; 9 are held up',
    'refused: zone bad.example: line 3',
    'silent: vantage point fra: its reports no longer count',
    'down: 192.0.2.1 of example.com/web: ',
    'degraded: half/A: 1 of 2 members up',
    'bogus: signed zone signed.example: the DS matches no key',
    'not told: receiver 1: https://hook.example/…: HTTP 500',
    'setting: deployment: API_KEY is so short that it can be guessed',
    'incomplete: this page: not every zone could be read; what is missing here may be there',
    'full: all zones: queries ask for more checks than there is room for',
    'unresolved: ALIAS target elsewhere.example: it has no known address',
  ])
})

test('a target that somebody forces is no trouble, and one that is down says why, in the words of who saw it', () => {
  const override = {
    target: '192.0.2.1',
    force: 'down',
    by: 'ops',
    why: 'disk',
    ended: false,
    until: ago(-60),
  } as const
  const report = { vantage: 'cron', state: 'down', since: ago(5), at: ago(1), nextDue: null, ms: 3 } as const
  const status = statusOf({
    overrides: [override],
    targets: [
      downTarget('192.0.2.1', 5, { forced: override }),
      downTarget('192.0.2.2', 5, {
        reports: [{ ...report, count: 0, needed: 2, why: 'HTTP 500', held: false, silent: false }],
      }),
    ],
  })
  expect(told(status, NOW)).toEqual(['down: 192.0.2.2 of example.com/web: HTTP 500'])
})

describe('forgotten overrides', () => {
  const base = { target: '192.0.2.1', force: 'down', by: 'ops', why: 'disk', ended: false } as const

  test('are those without an end', () => {
    expect(told(statusOf({ overrides: [base] }), NOW)).toEqual(['no end: target 192.0.2.1: forced down by ops: disk'])
  })

  test('and those that keep a target down which is well again', () => {
    const override = { ...base, until: ago(-60) }
    const well = targetOf('192.0.2.1', { state: 'down', forced: override })
    expect(told(statusOf({ overrides: [override], targets: [well] }), NOW)).toEqual([
      'well again: target 192.0.2.1: forced down by ops, and measured up: disk',
    ])
    expect(told(statusOf({ overrides: [override], targets: [{ ...well, real: 'down' }] }), NOW)).toEqual([])
  })

  test('are found in one look at each target, however many overrides there are', () => {
    let looks = 0
    const override = (i: number) => ({ ...base, target: `192.0.2.${i}`, until: ago(-60) })
    const targets = Array.from({ length: 500 }, (_, i) => {
      const target = targetOf(`192.0.2.${i}`, { state: 'down', real: 'up' })
      return Object.defineProperty(target, 'forced', {
        get() {
          looks++
          return override(i)
        },
      })
    })
    const found = findingsOf(statusOf({ overrides: Array.from({ length: 500 }, (_, i) => override(i)), targets }), NOW)
    expect(found.filter(({ word }) => word === 'well again').length).toBe(500)
    expect(looks).toBeLessThan(5 * targets.length)
  })

  test('and none that has ended, comes again, or does not count yet', () => {
    const every = { at: '22:00', for: '2h', zone: 'UTC' }
    for (const more of [{ ended: true }, { every }, { active: false }])
      expect(told(statusOf({ overrides: [{ ...base, ...more }] }), NOW)).toEqual([])
  })
})
