import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GATHER_MS, MESSAGE_BURST, MESSAGE_GAP_MS, MESSAGE_REFILL_MS } from '../../../src/limits.ts'
import { ALL, type Audience, differences, type Message, type Seen, Telling } from '../../../src/notify/index.ts'
import { runCount } from '../../effort.ts'

const NOW = 1_796_000_000_000
const EVERYBODY: Audience = { audience: ALL, hold: 0 }
const targetKey = (i: number): string => `target example.com/web 192.0.2.${i}:80`

const targetSeen = (i: number, state: string): Seen => ({
  ...{ kind: 'target', state, shown: state, zones: ['example.com'] },
  about: { zone: 'example.com', check: 'example.com/web', target: `192.0.2.${i}:80` },
})

const poolSeen = (pool: string, state: string, live: number): Seen => ({
  ...{ kind: 'pool', state, shown: state, zones: ['example.com'] },
  about: { zone: 'example.com', pool, live, members: 2 },
})

/** The states of subjects, and the messages about them, on a clock of its own. */
class Simulation {
  now = NOW
  readonly seen = new Map<string, Seen>()
  readonly sent: { readonly at: number; readonly message: Message }[] = []
  telling = new Telling()
  private readonly audiences: readonly Audience[]
  private made = 0

  constructor(audiences: readonly Audience[] = [EVERYBODY]) {
    this.audiences = audiences
  }

  set(key: string, now: Seen): void {
    const before = this.seen.get(key)
    this.seen.set(key, now)
    if (!before || before.state === now.state) return
    const found = { ...now, key, zones: () => now.zones }
    const seeing = { isFirst: false, isComplete: false, newsFrom: 0 }
    for (const change of differences(new Map([[key, before]]), new Map([[key, found]]), seeing))
      this.telling.change(change, this.audiences, this.now)
    this.pass()
  }

  /** Goes on until a time, and passes whenever something is due. */
  until(end: number): void {
    for (;;) {
      const next = this.telling.nextAt(this.now)
      if (next > end) break
      this.now = Math.max(this.now, next)
      const before = this.sent.length
      this.pass()
      if (this.sent.length === before && this.telling.nextAt(this.now) <= this.now)
        throw new Error('nothing is sent that is due')
    }
    this.now = end
  }

  private pass(): void {
    for (const { message } of this.telling.pass(
      this.now,
      () => this.seen.values(),
      () => `msg_${++this.made}`,
    ))
      this.sent.push({ at: this.now, message })
  }

  get texts(): string[] {
    return this.sent.map(({ message }) => `${message.event}: ${message.text}`)
  }
}

const withTargets = (count: number, audiences?: readonly Audience[]): Simulation => {
  const simulation = new Simulation(audiences)
  for (let i = 1; i <= count; i++) simulation.set(targetKey(i), targetSeen(i, 'up'))
  return simulation
}

describe('targets', () => {
  test('that go down together are one message, which counts them', () => {
    const simulation = withTargets(14)
    for (let i = 1; i <= 12; i++) {
      simulation.set(targetKey(i), targetSeen(i, 'down'))
      simulation.now += 100
    }
    simulation.until(NOW + 10_000)
    expect(simulation.sent.length).toBe(1)
    const [{ at, message } = { at: 0, message: undefined }] = simulation.sent
    expect(at - NOW).toBeLessThanOrEqual(GATHER_MS)
    expect(message?.text).toMatch(/^12 of 14 targets of example\.com\/web are down: 192\.0\.2\.1:80, .* and 7 more$/)
    expect([message?.live, message?.members]).toEqual([2, 14])
  })

  test('of one datacenter are told by its name', () => {
    const simulation = new Simulation()
    const at = (i: number, state: string): Seen => {
      const seen = targetSeen(i, state)
      return { ...seen, about: { ...seen.about, datacenters: [i <= 3 ? 'fra' : 'nyc'] } }
    }
    for (let i = 1; i <= 5; i++) simulation.set(targetKey(i), at(i, 'up'))
    for (let i = 1; i <= 2; i++) simulation.set(targetKey(i), at(i, 'down'))
    simulation.until(NOW + 5000)
    expect(simulation.texts).toEqual(['target-down: 2 of 3 targets of fra are down: 192.0.2.1:80, 192.0.2.2:80'])
  })

  test('cause one message in five minutes for each direction, and what they are is told in the end', () => {
    const simulation = withTargets(1)
    for (let second = 0; second < 280; second += 20) {
      simulation.until(NOW + second * 1000)
      simulation.set(targetKey(1), targetSeen(1, second % 40 === 0 ? 'down' : 'up'))
    }
    // It has been up since second 260, which was told at second 20.
    simulation.until(NOW + 290_000)
    expect(simulation.sent.map(({ message }) => message.event)).toEqual(['target-down', 'target-up'])
    simulation.set(targetKey(1), targetSeen(1, 'down'))
    simulation.until(NOW + 900_000)
    expect(simulation.sent.map(({ at, message }) => [message.event, Math.round((at - NOW) / 1000)])).toEqual([
      ['target-down', 2],
      ['target-up', 22],
      ['target-down', 303],
    ])
  })

  test('have no message for a change that goes back within hold', () => {
    const simulation = withTargets(2, [{ audience: ALL, hold: 60 }])
    simulation.set(targetKey(1), targetSeen(1, 'down'))
    simulation.set(targetKey(2), targetSeen(2, 'down'))
    simulation.until(NOW + 59_000)
    simulation.set(targetKey(1), targetSeen(1, 'up'))
    simulation.until(NOW + 600_000)
    expect(simulation.texts).toEqual(['target-down: 192.0.2.2:80 of example.com/web is down'])
    expect((simulation.sent[0]?.at ?? 0) - NOW).toBe(60_000 + GATHER_MS)
  })

  test.each([[1], [4]])('that flap, 200 of %d checks for ten minutes, send a bounded number of messages', (checks) => {
    const minutes = 10
    const simulation = new Simulation()
    const flapping = (i: number, state: string): Seen => {
      const seen = targetSeen(i, state)
      return { ...seen, about: { ...seen.about, check: `example.com/web${i % checks}` } }
    }
    for (let i = 1; i <= 200; i++) simulation.set(targetKey(i), flapping(i, 'up'))
    let random = 42
    const next = (): number => {
      random = (random * 1_103_515_245 + 12_345) % 2_147_483_648
      return random / 2_147_483_648
    }
    for (let second = 0; second < minutes * 60; second++) {
      simulation.until(NOW + second * 1000)
      for (let i = 1; i <= 200; i++) {
        if (next() < 0.1)
          simulation.set(targetKey(i), flapping(i, simulation.seen.get(targetKey(i))?.state === 'up' ? 'down' : 'up'))
      }
    }
    simulation.until(NOW + minutes * 60_000)
    const most = MESSAGE_BURST + (minutes * 60_000) / MESSAGE_REFILL_MS
    for (const event of ['target-down', 'target-up']) {
      const count = simulation.sent.filter(({ message }) => message.event === event).length
      expect([event, count > 0, count <= most]).toEqual([event, true, true])
    }
  })
})

describe('pools', () => {
  test('are told when they are restored, however often they were down', () => {
    const simulation = new Simulation()
    simulation.set('pool p', poolSeen('p', 'up', 2))
    for (const [second, state, live] of [
      [0, 'degraded', 1],
      [10, 'down', 0],
      [20, 'up', 2],
      [30, 'down', 0],
      [40, 'up', 2],
    ] as const) {
      simulation.until(NOW + second * 1000)
      simulation.set('pool p', poolSeen('p', state, live))
    }
    simulation.until(NOW + 900_000)
    expect(simulation.sent.map(({ message }) => message.event)).toEqual(['pool-degraded', 'pool-down', 'pool-restored'])
    expect(simulation.texts.at(-1)).toBe('pool-restored: the pool p is restored: 2 of 2 members are up')
  })

  test('that are many share a message, a few have one each', () => {
    for (const [count, texts] of [
      [3, ['a', 'b', 'c'].map((pool) => `pool-down: the pool ${pool} is down: 0 of 2 members are up`)],
      [6, ['pool-down: 6 pools of example.com are down: a, b, c, d, e and 1 more']],
    ] as const) {
      const simulation = new Simulation()
      const pools = ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, count)
      for (const pool of pools) simulation.set(`pool ${pool}`, poolSeen(pool, 'up', 2))
      for (const pool of pools) simulation.set(`pool ${pool}`, poolSeen(pool, 'down', 0))
      simulation.until(NOW + 10_000)
      expect(simulation.texts).toEqual(texts)
    }
  })

  test('have one incident from the first message to the last', () => {
    const simulation = new Simulation()
    for (const pool of ['a', 'b']) simulation.set(`pool ${pool}`, poolSeen(pool, 'up', 2))
    simulation.set('pool a', poolSeen('a', 'degraded', 1))
    simulation.until(NOW + 10_000)
    simulation.set('pool a', poolSeen('a', 'down', 0))
    simulation.until(NOW + 20_000)
    simulation.set('pool a', poolSeen('a', 'up', 2))
    simulation.until(NOW + 30_000)
    expect(simulation.sent.map(({ message }) => message.incidents)).toEqual([
      [{ name: 'msg_1', isOver: false }],
      [{ name: 'msg_1', isOver: false }],
      [{ name: 'msg_1', isOver: true }],
    ])
  })
})

test('an incident of several targets ends with the last of them', () => {
  const simulation = withTargets(3)
  for (const i of [1, 2]) simulation.set(targetKey(i), targetSeen(i, 'down'))
  simulation.until(NOW + 10_000)
  simulation.set(targetKey(1), targetSeen(1, 'up'))
  simulation.until(NOW + 20_000)
  simulation.set(targetKey(2), targetSeen(2, 'up'))
  simulation.until(NOW + 30_000)
  expect(simulation.sent.map(({ message }) => message.incidents)).toEqual([
    [{ name: 'msg_1', isOver: false }],
    [{ name: 'msg_1', isOver: false }],
    [{ name: 'msg_1', isOver: true }],
  ])
})

test('whatever happens: who was told of trouble is told of its end, and of nothing twice within five minutes', () => {
  const step = fc.record({ target: fc.integer({ min: 1, max: 6 }), wait: fc.integer({ min: 0, max: 120 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 30), (steps, hold) => {
      const simulation = withTargets(6, [{ audience: ALL, hold }])
      for (const { target, wait } of steps) {
        simulation.until(simulation.now + wait * 1000)
        const state = simulation.seen.get(targetKey(target))?.state === 'up' ? 'down' : 'up'
        simulation.set(targetKey(target), targetSeen(target, state))
      }
      simulation.until(simulation.now + 4 * MESSAGE_GAP_MS)
      const told = new Map<string, string>()
      const last = new Map<string, number>()
      for (const { at, message } of simulation.sent) {
        for (const { key, from, to } of message.items) {
          expect([key, told.get(key) ?? 'up']).toEqual([key, from])
          expect(at - (last.get(`${key} ${to}`) ?? 0)).toBeGreaterThanOrEqual(MESSAGE_GAP_MS)
          told.set(key, to)
          last.set(`${key} ${to}`, at)
        }
      }
      for (const [key, { state }] of simulation.seen) expect([key, told.get(key) ?? 'up']).toEqual([key, state])
    }),
    { numRuns: runCount(300) },
  )
})

test('what is kept in the storage goes on as if nothing had happened', () => {
  const simulation = withTargets(2)
  const kept = new Map<string, NonNullable<ReturnType<Telling['changes']>[number]['row']>>()
  const keep = (): void => {
    for (const { key, row } of simulation.telling.changes()) {
      if (row) kept.set(key, row)
      else kept.delete(key)
    }
  }
  simulation.set(targetKey(1), targetSeen(1, 'down'))
  keep()
  simulation.telling = new Telling(
    JSON.parse(JSON.stringify([...kept.values()])),
    simulation.telling.kept(simulation.now),
  )
  simulation.until(NOW + 5000)
  keep()
  expect(simulation.texts).toEqual(['target-down: 192.0.2.1:80 of example.com/web is down'])
  simulation.telling = new Telling(
    JSON.parse(JSON.stringify([...kept.values()])),
    simulation.telling.kept(simulation.now),
  )
  simulation.set(targetKey(1), targetSeen(1, 'up'))
  simulation.until(NOW + 10_000)
  keep()
  expect(simulation.sent.at(-1)?.message.incidents).toEqual([{ name: 'msg_1', isOver: true }])
  // Five minutes later nothing has to be remembered.
  simulation.now += 2 * MESSAGE_GAP_MS
  simulation.set(targetKey(2), targetSeen(2, 'down'))
  simulation.until(simulation.now + 5000)
  keep()
  expect([...kept.keys()]).toEqual([targetKey(2)])
})
