import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { liveOverrides, type Recurring } from '../../../src/health/index.ts'
import { DAYS, windowAt } from '../../../src/health/recurring.ts'

const HOUR = 3_600_000
const at = (text: string): number => Date.parse(text)
const shown = (every: Recurring, now: string): string[] => {
  const { start, end } = windowAt(every, at(now))
  return [start, end].map((time) => new Date(time).toISOString().slice(0, 16))
}
const nightly = { at: '02:30', for: 3600, zone: 'Europe/Berlin' } as const

test.each<[string, Recurring, string, string[]]>([
  ['the next one', { ...nightly, days: ['mon'] }, '2026-12-01T00:00Z', ['2026-12-07T01:30', '2026-12-07T02:30']],
  ['the one that is open', nightly, '2026-12-01T02:29:59Z', ['2026-12-01T01:30', '2026-12-01T02:30']],
  ['its end is not in it', nightly, '2026-12-01T02:30Z', ['2026-12-02T01:30', '2026-12-02T02:30']],
  ['in summer', nightly, '2026-07-01T00:00Z', ['2026-07-01T00:30', '2026-07-01T01:30']],
  [
    'a time that does not exist is an hour later',
    nightly,
    '2026-03-28T12:00Z',
    ['2026-03-29T01:30', '2026-03-29T02:30'],
  ],
  [
    'of a time that exists twice the first counts',
    nightly,
    '2026-10-24T12:00Z',
    ['2026-10-25T00:30', '2026-10-25T01:30'],
  ],
  [
    'the day is that of the place',
    { at: '00:30', for: 60, zone: 'Pacific/Auckland', days: ['tue'] },
    '2026-12-01T00:00Z',
    ['2026-12-07T11:30', '2026-12-07T11:31'],
  ],
  [
    'a window that ends as the next one begins goes on',
    { at: '00:00', for: 86_400, zone: 'UTC', days: ['mon', 'tue'] },
    '2026-11-30T12:00Z',
    ['2026-11-30T00:00', '2026-12-02T00:00'],
  ],
  [
    'one of a week',
    { at: '00:00', for: 604_800 - 60, zone: 'UTC', days: ['mon'] },
    '2026-12-06T12:00Z',
    ['2026-11-30T00:00', '2026-12-06T23:59'],
  ],
])('%s', (_, every, now, expected) => {
  expect(shown(every, now)).toEqual(expected)
})

/** Says minute by minute what a clock on the wall says. */
function isOpen({ days, at: time, for: length, zone }: Recurring, now: number): boolean {
  const clock = new Intl.DateTimeFormat('en-GB', {
    ...({ timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const),
  })
  for (let minute = 0; minute * 60 < length; minute++) {
    const [weekday = '', shows = ''] = clock.format(now - minute * 60_000).split(/,? /)
    const day = weekday.toLowerCase() as (typeof DAYS)[number]
    if (shows === time && (!days || days.includes(day))) return true
  }
  return false
}

test('a window is open when a clock on the wall says so', () => {
  const two = (n: number): string => String(n).padStart(2, '0')
  const recurring = fc.record({
    days: fc.option(fc.uniqueArray(fc.constantFrom(...DAYS), { minLength: 1 }), { nil: undefined }),
    // Hours at which no clock here is changed.
    at: fc
      .tuple(fc.integer({ min: 4, max: 22 }), fc.integer({ min: 0, max: 59 }))
      .map(([h, m]) => `${two(h)}:${two(m)}`),
    for: fc.integer({ min: 1, max: 300 }).map((minutes) => minutes * 60),
    zone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'UTC', 'Pacific/Auckland'),
  })
  const minute = fc.integer({ min: at('2026-01-01T00:00Z') / 60_000, max: at('2027-12-31T00:00Z') / 60_000 })
  fc.assert(
    fc.property(recurring, minute, (every, minutes) => {
      const now = minutes * 60_000
      const { start, end } = windowAt(every, now)
      expect(end).toBeGreaterThan(now)
      expect(start <= now).toBe(isOpen(every, now))
      // The next moment of a change is the border of a window.
      if (start > now) expect([isOpen(every, start - 60_000), isOpen(every, start)]).toEqual([false, true])
      else expect(isOpen(every, end - 60_000)).toBe(true)
    }),
    { numRuns: 150 },
  )
})

describe('an override in time', () => {
  const state = (fields: object, now: string) => {
    const [one] = liveOverrides([{ target: 'a', force: 'down', by: 'ada', why: 'test', ...fields }])
    const { isActive, changesAt } = one?.at(at(now)) ?? {}
    return [isActive, Number.isFinite(changesAt) ? new Date(changesAt as number).toISOString().slice(0, 16) : 'never']
  }
  const from = at('2026-12-01T10:00Z')
  const until = from + 48 * HOUR
  const every = { at: '22:00', for: 7200, zone: 'UTC' }
  test.each([
    [{}, '2026-12-01T00:00Z', true, 'never'],
    [{ from }, '2026-12-01T09:59Z', false, '2026-12-01T10:00'],
    [{ from }, '2026-12-01T10:00Z', true, 'never'],
    [{ from, until }, '2026-12-01T10:00Z', true, '2026-12-03T10:00'],
    [{ from, until }, '2026-12-03T10:00Z', false, 'never'],
    [{ from, until, every }, '2026-12-01T09:00Z', false, '2026-12-01T22:00'],
    [{ from, until, every }, '2026-12-01T23:00Z', true, '2026-12-02T00:00'],
    [{ from, until, every }, '2026-12-03T01:00Z', false, 'never'],
    [{ from: at('2026-12-01T23:00Z'), every }, '2026-12-01T22:30Z', false, '2026-12-01T23:00'],
    [{ until: at('2026-12-01T23:00Z'), every }, '2026-12-01T22:30Z', true, '2026-12-01T23:00'],
  ])('%j at %s', (fields, now, ...expected) => {
    expect(state(fields, now)).toEqual(expected)
  })
})
