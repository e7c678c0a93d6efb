import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dayStrips, STRIP_CELLS } from '../../../src/console/model/day-strip.ts'
import type { EventJson } from '../../../src/notify/index.ts'
import { runCount } from '../../effort.ts'
import { ago, downTarget, NOW, targetOf } from './support.ts'

const CHECK = 'example.com/web'
const event = (name: 'target-down' | 'target-up', target: string, minutes: number): EventJson => ({
  ...{ event: name, check: CHECK, targets: [target], at: ago(minutes), text: '' },
})

/** The strip as text: U up, s some, d down, ? unknown. */
const stripOf = (...given: Parameters<typeof dayStrips>): string =>
  (dayStrips(...given).get(CHECK) ?? []).map((cell) => ({ up: 'U', some: 's', down: 'd', unknown: '?' })[cell]).join('')

test('a quiet day is up, as far as something is known of it', () => {
  expect(stripOf([targetOf('a')], [], false, NOW)).toBe('U'.repeat(STRIP_CELLS))
  expect(stripOf([targetOf('a', { since: ago(60) })], [], false, NOW)).toBe(`${'?'.repeat(46)}UU`)
})

test('a target without a result is unknown', () => {
  const unknown = targetOf('a', { real: 'unknown', since: null })
  expect(stripOf([unknown], [], false, NOW)).toBe('?'.repeat(STRIP_CELLS))
})

test('the worst state of each half hour is shown, by how many of the targets it was', () => {
  const events = [event('target-up', 'a', 65), event('target-down', 'a', 115)]
  expect(stripOf([targetOf('a', { since: ago(65) }), targetOf('b')], events, false, NOW)).toBe(`${'U'.repeat(44)}ssUU`)
  expect(stripOf([targetOf('a', { since: ago(65) })], events, false, NOW).slice(-4)).toBe('ddUU')
  const now = [downTarget('a', 10), downTarget('b', 10)]
  const both = [event('target-down', 'a', 10), event('target-down', 'b', 10)]
  expect(stripOf([...now, targetOf('c')], both, false, NOW)).toBe(`${'U'.repeat(47)}s`)
})

test('what was before the oldest of too many events is unknown', () => {
  const events = [event('target-down', 'a', 10), event('target-up', 'a', 100)]
  expect(stripOf([downTarget('a', 10), targetOf('b')], events, true, NOW)).toBe(`${'?'.repeat(44)}sUUs`)
})

test('a strip equals a walk through the day, minute by minute', () => {
  const minutes = fc.uniqueArray(fc.integer({ min: 1, max: 1439 }), { maxLength: 12 })
  fc.assert(
    fc.property(fc.array(minutes, { minLength: 1, maxLength: 4 }), (ofTargets) => {
      // Every target is up at the beginning, and changes at its minutes.
      const events: { readonly minute: number; readonly event: EventJson }[] = []
      const targets = ofTargets.map((times, i) => {
        const sorted = [...times].sort((a, b) => b - a)
        for (const [n, minute] of sorted.entries())
          events.push({ minute, event: event(n % 2 === 0 ? 'target-down' : 'target-up', `t${i}`, minute) })
        return sorted.length % 2 === 0 ? targetOf(`t${i}`) : downTarget(`t${i}`, sorted.at(-1) as number)
      })
      targets.push(targetOf('steady'))
      const isDown = (times: readonly number[], minute: number): boolean =>
        times.filter((time) => time >= minute).length % 2 === 1
      const expected = Array.from({ length: STRIP_CELLS }, (_, cell) => {
        const from = (STRIP_CELLS - cell) * 30
        let most = 0
        for (let minute = from; minute > from - 30; minute -= 1)
          most = Math.max(most, ofTargets.filter((times) => isDown(times, minute)).length)
        return most === 0 ? 'U' : 's'
      }).join('')
      const newestFirst = events.sort((a, b) => a.minute - b.minute).map((one) => one.event)
      expect(stripOf(targets, newestFirst, false, NOW)).toBe(expected)
    }),
    { numRuns: runCount(200) },
  )
})
