import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LogEvent } from '../../../src/events.ts'
import { GeoCopy } from '../../../src/store/geo-copy.ts'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

/** A copy over KV that answers each read as it is told to. */
function copyOver(answer: () => Promise<string | null>, refreshMs = 30_000) {
  const logged: (string | undefined)[] = []
  let reads = 0
  const get = () => {
    reads++
    return answer()
  }
  const log = (event: LogEvent) => logged.push('why' in event ? event.why : undefined)
  const copy = new GeoCopy({ get } as never, { refreshMs, clock: Date.now, log })
  const ask = async (seconds: number): Promise<'waits' | 'goes on'> => {
    vi.setSystemTime(seconds * 1000)
    const wait = copy.refresh(Date.now(), () => {})
    await vi.advanceTimersByTimeAsync(0)
    return wait ? 'waits' : 'goes on'
  }
  return { ask, logged, reads: () => reads }
}

test('one answer waits for the first look, and none after it, though that failed and a long time has passed', async () => {
  const { ask, logged, reads } = copyOver(() => Promise.reject(new Error('KV is down')))
  expect([await ask(0), await ask(5), await ask(5000)]).toEqual(['waits', 'goes on', 'goes on'])
  expect(reads()).toBe(3)
  expect(logged).toEqual(Array(3).fill('Error: KV is down'))
})

test('what takes too long goes on, and is begun again after a minute', async () => {
  const gives: ((_: null) => void)[] = []
  const { ask, logged, reads } = copyOver(() => new Promise((resolve) => gives.push(resolve)))
  expect([await ask(0), await ask(1), await ask(2), await ask(59)]).toEqual(['waits', 'waits', 'goes on', 'goes on'])
  expect(reads()).toBe(1)
  expect(logged).toEqual(['KV did not answer in time'])
  await ask(60)
  expect(reads()).toBe(2)
  // The next one is given twice the time, so that they do not pile up.
  await ask(179)
  expect(reads()).toBe(2)
  await ask(180)
  expect(reads()).toBe(3)
  for (const give of gives) give(null)
  await ask(181)
  await ask(779)
  expect(reads()).toBe(3)
  await ask(781)
  expect(reads()).toBe(4)
})

test.each([
  ['every ten minutes', 30, [599, 601], [1, 2]],
  ['no oftener than anything else', 3600, [601, 3599, 3601], [1, 1, 2]],
])('it is looked for %s', async (_, refreshSeconds, at, expected) => {
  const { ask, reads } = copyOver(() => Promise.resolve(null), refreshSeconds * 1000)
  await ask(0)
  const counts: number[] = []
  for (const seconds of at) {
    await ask(seconds)
    counts.push(reads())
  }
  expect(counts).toEqual(expected)
})
