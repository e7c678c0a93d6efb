import { expect, test } from 'vitest'
import {
  dueProbes,
  emptyVantage,
  formatVantage,
  Health,
  notAhead,
  parseVantage,
  UNPROBED,
  type Vantage,
} from '../../../src/health/index.ts'
import { VantageWriter } from '../../../src/store/index.ts'
import { must } from '../support.ts'
import { probeOf } from './support.ts'

const NOW = 1_700_000_000_000
const SECONDS = NOW / 1000
const DAY = 86_400_000
const probe = probeOf('a')

/** A document of a clock that ran a day ahead. */
const AHEAD: Vantage = {
  ...{ name: 'cron', at: NOW + DAY, budget: { tokens: 5, at: NOW + DAY, perDay: 900 } },
  round: { at: NOW + DAY, ms: 1, due: 1, probed: 1, left: 0 },
  targets: new Map([
    [
      probe.id,
      {
        ...UNPROBED,
        state: 'up',
        at: SECONDS + 86_400,
        since: SECONDS + 86_400,
        flaps: { count: 1, from: SECONDS + 86_400 },
      },
    ],
  ]),
}

test('times ahead of now count as now', () => {
  const vantage = notAhead(AHEAD, NOW)
  expect([vantage.at, vantage.round?.at, vantage.budget?.at]).toEqual([NOW, NOW, NOW])
  expect(vantage.targets.get(probe.id)).toMatchObject({
    state: 'up',
    at: SECONDS,
    since: SECONDS,
    flaps: { from: SECONDS },
  })
})

test('times of a clock that is a few seconds ahead stay unchanged', () => {
  const near = { ...emptyVantage('cron'), at: NOW + 5000, targets: new Map([['a', { ...UNPROBED, at: SECONDS + 5 }]]) }
  expect(notAhead(near, NOW)).toBe(near)
})

test('a target that was probed ahead of now is due, and keeps its state', () => {
  const before = notAhead(AHEAD, NOW, 'prober')
  const due = dueProbes(
    { probes: [probe], before, everyMs: 60_000, continued: true, connections: 5, maxProbes: 40, deadlineMs: 45_000 },
    NOW,
  )
  expect(due.due.map(({ id }) => id)).toEqual([probe.id])
  expect(before.targets.get(probe.id)?.state).toBe('up')
})

test('a document ahead of now is rewritten in the same round, and then as rarely as any other', async () => {
  let stored = formatVantage(AHEAD)
  let puts = 0
  const kv = {
    get: async () => stored,
    put: async (_: string, text: string) => {
      puts++
      stored = text
    },
  }
  const writer = () =>
    new VantageWriter(kv, {
      ...{ name: 'cron', perDay: 900, forgets: true, shared: true },
      clock: () => NOW,
      log: () => {},
    })
  const before = must(await loaded(writer()))
  const first = writer()
  await first.load()
  expect(await first.save({ after: before, changed: 'nothing' })).toBe('written')
  const written = must(parseVantage(stored))
  expect([written.at, written.round?.at, written.budget?.at].every((at) => (at ?? 0) <= NOW)).toBe(true)
  expect((written.targets.get(probe.id)?.at ?? 0) <= SECONDS).toBe(true)
  const second = writer()
  const again = must(await loaded(second))
  expect(await second.save({ after: again, changed: 'nothing' })).toBe('kept')
  expect(puts).toBe(1)
})

async function loaded(writer: VantageWriter) {
  const value = await writer.load()
  return value ? { ok: true as const, value } : { ok: false as const, error: 'nothing' }
}

test('health is rebuilt after a clock went back', () => {
  const stale = { after: 600, policy: 'keep' } as const
  const silentAt = (now: number) => new Health([notAhead(AHEAD, NOW)], [], now).witnesses(probe, stale)[0]?.silent
  expect([silentAt(NOW), silentAt(NOW + 599_000), silentAt(NOW + 600_000)]).toEqual([false, false, true])
})
