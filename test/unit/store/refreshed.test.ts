import { expect, test } from 'vitest'
import { Deadline } from '../../../src/store/deadline.ts'
import { Refreshed } from '../../../src/store/refreshed.ts'

const REFRESH = 30_000
const DAY = 86_400_000

/** A copy whose reads end when the test says so, on a clock that the test sets. */
function copy() {
  let now = 0
  const ends: ((answered: boolean) => void)[] = []
  let late = 0
  const read = (): Promise<boolean> => new Promise((resolve) => ends.push(resolve))
  const refreshed = new Refreshed(read, () => late++, { refreshMs: REFRESH, clock: () => now })
  return {
    refreshed,
    reads: () => ends.length,
    late: () => late,
    /** @returns whether the answer has to wait */
    ask: (at: number): boolean => {
      now = at
      return refreshed.refresh(at, () => {}) !== undefined
    },
    end: async (answered = true): Promise<void> => {
      for (const end of ends) end(answered)
      await Promise.resolve()
      await Promise.resolve()
      await Promise.resolve()
    },
  }
}

test.each<[string, [number, boolean, number][]]>([
  [
    'a steady stream never waits',
    [
      [29_999, false, 1],
      [30_000, false, 2],
      [59_000, false, 2],
      [60_000, false, 3],
    ],
  ],
  [
    'one that nobody asked for during two intervals is waited for',
    [
      [59_999, false, 2],
      [120_000, true, 3],
    ],
  ],
  [
    'a clock that went back a day',
    [
      [-DAY, false, 1],
      [-DAY + 29_999, false, 1],
      [-DAY + 30_000, false, 2],
    ],
  ],
  [
    'a clock that jumps a day ahead and back',
    [
      [DAY, true, 2],
      [5000, false, 2],
      [34_999, false, 2],
      [35_000, false, 3],
    ],
  ],
])('%s', async (_, steps) => {
  const { ask, end, reads } = copy()
  expect(ask(0)).toBe(true)
  await end()
  for (const [at, waits, count] of steps) {
    expect([at, ask(at), reads()]).toEqual([at, waits, count])
    await end()
  }
})

test('a read that failed is tried again after a second, behind the answers', async () => {
  const { ask, end, reads } = copy()
  ask(0)
  await end(false)
  expect([ask(999), reads()]).toEqual([false, 1])
  expect([ask(1000), reads()]).toEqual([false, 2])
})

test('answers wait for a read that hangs for two seconds together, and then no more; that is told once', () => {
  const { ask, late, reads } = copy()
  expect([ask(0), ask(1999), late()]).toEqual([true, true, 0])
  expect([ask(2000), ask(5000), ask(9999)]).toEqual([false, false, false])
  expect([reads(), late()]).toEqual([1, 1])
})

test('a read that never ends is begun again, ever more seldom: 150 times in a day', async () => {
  const { ask, end, reads } = copy()
  const begun: number[] = []
  for (let at = 0; at <= DAY; at += 1000) {
    ask(at)
    if (reads() > begun.length) begun.push(at / 1000)
  }
  expect(begun.slice(0, 8)).toEqual([0, 10, 30, 70, 150, 310, 630, 1230])
  expect(reads()).toBeLessThanOrEqual(150)
  // The last one ends: all is as ever.
  await end()
  expect([ask(DAY + 29_000), reads()]).toEqual([false, begun.length])
  expect([ask(DAY + 30_000), reads()]).toEqual([false, begun.length + 1])
})

test('a read that hangs while the clock goes back is begun again all the same', () => {
  const { ask, reads } = copy()
  ask(DAY)
  ask(1000)
  expect([ask(10_999), reads()]).toEqual([false, 1])
  expect([ask(11_000), reads()]).toEqual([true, 2])
})

test('what a read brings that was given up is not taken', async () => {
  const taken: number[] = []
  const ends: (() => void)[] = []
  const read = async (isCurrent: () => boolean): Promise<boolean> => {
    const number = ends.length
    await new Promise<void>((resolve) => ends.push(resolve))
    if (isCurrent()) taken.push(number)
    return true
  }
  const refreshed = new Refreshed(read, () => {}, { refreshMs: REFRESH, clock: () => 0 })
  refreshed.refresh(0, () => {})
  const second = refreshed.refresh(10_000, () => {})
  ends[1]?.()
  ends[0]?.()
  await second
  await new Promise((resolve) => setImmediate(resolve))
  expect(taken).toEqual([1])
})

test('one deadline holds for all that is waited for', async () => {
  const timers: { ms: number; fire: () => void }[] = []
  let stopped = 0
  const deadline = new Deadline(2000, (ms, fire) => {
    timers.push({ ms, fire })
    return () => stopped++
  })
  expect(await deadline.within(undefined)).toBe(true)
  expect(timers).toEqual([])
  expect(await deadline.within(Promise.resolve())).toBe(true)
  const hangs = deadline.within(new Promise(() => {}))
  expect(timers.map(({ ms }) => ms)).toEqual([2000])
  timers[0]?.fire()
  expect([await hangs, deadline.passed]).toEqual([false, true])
  expect(await deadline.within(Promise.resolve())).toBe(false)
  expect(await deadline.within(new Promise(() => {}))).toBe(false)
  deadline.end()
  expect([timers.length, stopped]).toEqual([1, 1])
})
