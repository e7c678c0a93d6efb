import { describe, expect, test } from 'vitest'
import {
  type AskedShare,
  dueProbes,
  emptyVantage,
  formatVantage,
  mergeVantages,
  type Probe,
  parseVantage,
  type RoundResult,
  runRound,
  type TargetState,
  type Vantage,
} from '../../../src/health/index.ts'
import { type KvWriter, VantageWriter } from '../../../src/store/index.ts'
import { inSoak } from '../../effort.ts'
import { must, seeded } from '../support.ts'
import {
  FREE,
  failed,
  type Life,
  mostInADay,
  OK,
  PAID,
  Platform,
  probeOf,
  stateOf,
  VantagePoint,
  vantageOf,
} from './support.ts'

const T0 = 1_800_000_000_000
const MINUTE = 60_000

const named = (letter: string, count: number, more: Partial<Probe> = {}): Probe[] =>
  Array.from({ length: count }, (_, i) => probeOf(`${letter}${i}`, more))
const share = (probes: readonly Probe[], maxProbes: number, ms = 15_000): AskedShare => ({
  ids: new Set(probes.map(({ id }) => id)),
  ...{ maxProbes, ms },
})
/** Probes of documents are called d0, d1 and so on; asked probes a0, a1. */
const ROUND = { everyMs: MINUTE, deadlineMs: 45_000, connections: 5, continued: true }

describe('asked checks in a round', () => {
  test.each<[what: string, own: number, asked: number, maxProbes: number, share: number, first: string]>([
    ['comes after the others', 3, 2, 10, 4, 'd0 d1 d2 a0 a1'],
    ['has a share, where the others would take all', 6, 6, 4, 1, 'd0 d1 d2 a0'],
    ['leaves what it does not need of its share', 6, 1, 4, 3, 'd0 d1 d2 a0'],
    ['has what the others leave', 1, 6, 4, 1, 'd0 a0 a1 a2'],
    ['has nothing where it is not its turn', 2, 3, 10, 0, 'd0 d1'],
    ['has all where there is nothing else', 0, 6, 4, 1, 'a0 a1 a2 a3'],
    ['is nothing', 3, 0, 2, 1, 'd0 d1'],
  ])('%s', async (_what, own, asked, maxProbes, theirs, first) => {
    const probes = [...named('a', asked), ...named('d', own)]
    const platform = new Platform(PAID, () => OK)
    const options = { ...ROUND, connections: 1, probes, maxProbes, asked: share(named('a', asked), theirs) }
    await platform.invoke(0, () =>
      runRound({ ...options, before: emptyVantage('cron'), clock: () => platform.now, probe: platform.probe }),
    )
    expect(platform.order.join(' ')).toBe(first)
  })

  test.each([true, false])('is due oldest first, the others too; memory kept: %s', (continued) => {
    const at = (seconds: number): TargetState => stateOf('up', { at: T0 / 1000 + seconds, since: 1 })
    const before = vantageOf('cron', { d0: at(-70), d1: at(-90), a0: at(-100), a1: at(-300) })
    const probes = [...named('a', 2), ...named('d', 2)]
    const options = { ...ROUND, continued, probes, before, maxProbes: 10, asked: share(named('a', 2), 5) }
    expect(dueProbes(options, T0).due.map(({ id }) => id)).toEqual(['d1', 'd0', 'a1', 'a0'])
  })

  test('starts no later than its time, and delays neither the others nor the round', async () => {
    // Every asked target is a black hole; two of the documents' are slow.
    const platform = new Platform(PAID, (id) => {
      if (id.startsWith('a')) return { ...failed(), ms: 5000 }
      return id === 'd0' || id === 'd1' ? { ...OK, ms: 4000 } : OK
    })
    const probes = [...named('a', 500), ...named('d', 30)]
    const began = platform.now
    const { after } = await platform.invoke(0, () =>
      runRound({
        ...{ ...ROUND, probes, maxProbes: 1000, asked: share(named('a', 500), 500, 5000) },
        ...{ before: emptyVantage('cron'), clock: () => platform.now, probe: platform.probe },
      }),
    )
    expect(platform.order.slice(0, 30).every((id) => id.startsWith('d'))).toBe(true)
    expect(named('d', 30).every(({ id }) => (platform.log.get(id)?.[0] ?? 0) - began <= 4000)).toBe(true)
    const asked = platform.order.filter((id) => id.startsWith('a'))
    expect(asked.length).toBeGreaterThanOrEqual(5)
    expect(asked.length).toBeLessThanOrEqual(10)
    expect(platform.now - began).toBeLessThanOrEqual(4000 + 5000 + 5000)
    expect(after.round?.left).toBe(500 - asked.length)
  })

  test('is never urgent: the reserve of writes and the early write are for zone documents', async () => {
    const news: string[] = []
    const round = (broken: string) =>
      runRound({
        ...{ ...ROUND, probes: [probeOf('a0'), probeOf('d0')], maxProbes: 10, asked: share(named('a', 1), 1) },
        before: vantageOf('cron', { a0: stateOf('up', { since: 1, at: 1 }), d0: stateOf('up', { since: 1, at: 1 }) }),
        clock: () => T0,
        probe: async ({ id }) => (id === broken ? failed() : OK),
        onNews: () => news.push(broken),
      })
    expect((await round('a0')).after.urgent).toBe(false)
    expect((await round('d0')).after.urgent).toBe(true)
    expect(news).toEqual([])
    const first = await runRound({
      ...{
        ...ROUND,
        probes: [probeOf('a0')],
        maxProbes: 10,
        asked: share(named('a', 1), 1),
        before: emptyVantage('cron'),
      },
      ...{ clock: () => T0, probe: async () => failed(), onNews: () => news.push('first') },
    })
    expect([first.changed, first.after.urgent, news]).toEqual(['state', false, []])
  })

  test('is left without a write; a check of a document is not', async () => {
    const changed = async (own: number, asked: number): Promise<RoundResult['changed']> => {
      const probes = [...named('a', asked), ...named('d', own)]
      const up = stateOf('up', { since: 1, at: 1 })
      const before = vantageOf('cron', Object.fromEntries(probes.map(({ id }) => [id, up])))
      const options = { ...ROUND, probes, before, maxProbes: 4, asked: share(named('a', asked), 1) }
      return (await runRound({ ...options, clock: () => T0, probe: async () => OK })).changed
    }
    expect(await changed(2, 50)).toBe('nothing')
    expect(await changed(50, 2)).toBe('progress')
  })

  test('keeps its state while it is not probed, and is marked until a document contains it', async () => {
    const round = async (before: Vantage, asked: AskedShare | undefined, now = T0) =>
      (
        await runRound({
          ...{ ...ROUND, probes: [probeOf('a0'), probeOf('d0')], before, maxProbes: 10, ...(asked && { asked }) },
          ...{ clock: () => now, probe: async () => OK },
        })
      ).after
    const marks = ({ targets }: Vantage) => [...targets].map(([id, { state, asked }]) => [id, state, asked])
    const first = await round(emptyVantage('cron'), share(named('a', 1), 1))
    const both = [
      ['d0', 'up', undefined],
      ['a0', 'up', true],
    ]
    expect(marks(first)).toEqual(both)
    const read = must(parseVantage(formatVantage(first)))
    expect(marks(read).sort()).toEqual([both[1], both[0]])
    const second = await round(read, share(named('a', 1), 0), T0 + MINUTE)
    expect([second.round?.due, second.round?.left]).toEqual([1, 0])
    expect(marks(second).sort()).toEqual([both[1], both[0]])
    expect(marks(await round(second, undefined)).every(([, , asked]) => asked === undefined)).toBe(true)
  })
})

describe('a check that expired', () => {
  test('does not return from the document of another writer, unless it was probed just now', () => {
    const now = T0 / 1000
    const state = (at: number, asked?: true): TargetState => stateOf('up', { since: 1, at, ...(asked && { asked }) })
    const other = vantageOf('cron', {
      document: state(now - 3600),
      expired: state(now - 3600, true),
      new: state(now - 60, true),
    })
    const merged = mergeVantages(emptyVantage('cron'), other, now - 2 * 86_400, now - 300)
    expect([...merged.targets.keys()]).toEqual(['document', 'new'])
  })

  test('leaves the document in KV, so that hours of ever new names do not enlarge it', async () => {
    let now = T0
    let text = ''
    const put = async (_key: string, value: string) => {
      text = value
    }
    const kv: KvWriter = { get: async () => text, put }
    const options = { name: 'cron', perDay: 900, forgets: true, shared: true, clock: () => now, log: () => {} }
    const sizes: number[] = []
    for (let minute = 0; minute < 6 * 60; minute++) {
      now = T0 + minute * MINUTE
      // Each tick runs in another isolate; a quarter of the names is new every quarter of an hour.
      const writer = new VantageWriter(kv, options)
      const asked = named('a', 200).map((probe, i) => ({
        ...probe,
        id: `a${i}-${Math.floor((minute + (i % 4) * 15) / 60)}`,
      }))
      const probes = [...named('d', 3), ...asked]
      const before = (await writer.load()) ?? emptyVantage('cron')
      const random = seeded(minute)
      const round = { ...ROUND, continued: false, probes, before, maxProbes: 40, asked: share(asked, 10) }
      const result = await runRound({ ...round, clock: () => now, probe: async () => (random() < 0.5 ? OK : failed()) })
      await writer.save(result)
      sizes.push(must(parseVantage(text)).targets.size)
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(203 + 50)
    expect(must(parseVantage(text)).targets.has('d0')).toBe(true)
  })
})

describe('a client that asks for ever new names', () => {
  // Every hour 200 targets that nobody asked for before, each of which flaps.
  const flood = (now: number): Probe[] => named(`a${Math.floor((now - T0) / 3_600_000)}-`, 200)

  /** @returns the writes, and how long it took until a written document told of the outage of a document's target */
  async function live(forgets: boolean, hours: number, floods = flood) {
    const outage = { from: T0 + 30 * 3_600_000, to: T0 + 31 * 3_600_000 }
    const random = seeded(7)
    const own = named('d', 20)
    const platform = new Platform(FREE, (id, now) => {
      if (id === 'd7') return now >= outage.from && now < outage.to ? failed() : OK
      if (id.startsWith('d')) return OK
      return random() < 0.5 ? OK : { ...failed(), ms: 5000 }
    })
    const point = new VantagePoint()
    let toldDown: number | undefined
    let toldUp: number | undefined
    for (let now = T0; now < T0 + hours * 3_600_000; now += MINUTE) {
      const asked = floods(now)
      const life: Life = {
        ...{ probes: [...asked, ...own], maxProbes: 40, everyMs: MINUTE, deadlineMs: 45_000, perDay: 900, forgets },
        ...{ connections: 5, asked: share(asked, 10) },
      }
      platform.now = now
      await platform.invoke(6, () => point.tick(life, () => platform.now, platform.probe))
      expect(platform.now - now).toBeLessThanOrEqual(25_000)
      const told = point.written.targets.get('d7')?.state
      if (now >= outage.from && told === 'down') toldDown ??= now - outage.from
      if (now >= outage.to && told === 'up') toldUp ??= now - outage.to
    }
    expect(platform.refusals).toEqual([])
    return { writes: point.writes, toldDown, toldUp, log: platform.log, own }
  }

  test.each([true, ...inSoak([false])])(
    'causes no more KV writes than the budget, and delays no failover; where nothing is remembered: %s',
    async (forgets) => {
      const { writes, toldDown, toldUp, log, own } = await live(forgets, 32)
      expect(mostInADay(writes)).toBeLessThanOrEqual(900)
      // Two failures, and two successes, a minute apart; the time that a write takes is no part of it.
      expect(toldDown).toBeLessThanOrEqual(2 * MINUTE)
      expect(toldUp).toBeLessThanOrEqual(2 * MINUTE)
      // The documents' probes are made in each round, as if nobody asked.
      for (const { id } of own) expect(log.get(id)?.length).toBe(32 * 60)
    },
  )
})
