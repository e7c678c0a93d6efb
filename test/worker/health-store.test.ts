import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { emptyVantage, HEARTBEAT_MS, type RoundResult, type TargetState, UNPROBED } from '../../src/health/index.ts'
import { healthKey, type KvWriter, VantageWriter, type VantageWriterOptions } from '../../src/store/index.ts'
import { BreakingKv, documentOf, kvWith } from './health-support.ts'

const NOW = Date.UTC(2026, 10, 22)
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  await env.GSLB.delete(healthKey('cron'))
})
afterEach(() => vi.useRealTimers())

const logged: string[] = []
const writer = (options: Partial<VantageWriterOptions> & { kv?: KvWriter } = {}): VantageWriter =>
  new VantageWriter(options.kv ?? env.GSLB, {
    ...{ name: 'cron', perDay: 100_000, forgets: true, shared: true, clock: Date.now },
    log: (event) => logged.push(JSON.stringify(event)),
    ...options,
  })

const seen = (state: TargetState['state'], at: number, count = 0): TargetState => ({
  ...UNPROBED,
  ...{ state, since: at, at, count },
})
const round = (
  before: RoundResult['after'],
  targets: Record<string, TargetState>,
  changed: RoundResult['changed'] = 'state',
): RoundResult => ({ after: { ...before, targets: new Map([...before.targets, ...Object.entries(targets)]) }, changed })

/** KV whose calls wait until the test releases them, one by one, in any order. */
class Gate {
  readonly kv: KvWriter
  private readonly waiting: { let: () => void; done: Promise<unknown> }[] = []

  constructor() {
    this.kv = {
      get: (key, options) => this.hold(() => env.GSLB.get(key, options)),
      put: (key, value) => this.hold(() => env.GSLB.put(key, value)),
    }
  }

  private hold<T>(call: () => Promise<T>): Promise<T> {
    let go = (): void => {}
    const done = new Promise<void>((resolve) => {
      go = resolve
    }).then(call)
    this.waiting.push({ let: go, done })
    return done
  }

  /** Releases calls as `choices` select them, until the work has ended. */
  async run(
    work: Promise<unknown>,
    choices: readonly number[] = [],
    afterCall?: () => Promise<unknown>,
  ): Promise<void> {
    let isRunning = true
    const end = work.finally(() => {
      isRunning = false
    })
    for (let turn = 0; isRunning; ) {
      // Between its calls the work hashes a document, which takes a turn of the event loop and more.
      await new Promise((resolve) => setTimeout(resolve, 0))
      const [call] = this.waiting.splice((choices[turn] ?? 0) % Math.max(1, this.waiting.length), 1)
      if (!call) continue
      turn++
      call.let()
      await call.done
      await afterCall?.()
    }
    await end
  }
}

/** Two concurrent ticks, each with its probed targets and times, and KV calls in any order. */
type Run = { readonly probed: readonly { readonly id: string; readonly at: number; readonly up: boolean }[] }
const someRun = fc.record<Run>({
  probed: fc.uniqueArray(
    fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), at: fc.integer({ min: 1, max: 50 }), up: fc.boolean() }),
    { selector: ({ id }) => id, minLength: 1 },
  ),
})

test('two concurrent ticks: in any order the document is complete, with the later probe of each target', async () => {
  let lost = 0
  await fc.assert(
    fc.asyncProperty(fc.tuple(someRun, someRun), fc.array(fc.nat(5), { maxLength: 12 }), async (both, order) => {
      await env.GSLB.delete(healthKey('cron'))
      const gate = new Gate()
      const writers = both.map(() => writer({ kv: gate.kv }))
      const base = NOW / 1000
      const work = both.map(async ({ probed }, i) => {
        const one = writers[i] as VantageWriter
        const before = (await one.load()) ?? emptyVantage('cron')
        const targets = Object.fromEntries(
          probed.map(({ id, at, up }) => [id, seen(up ? 'up' : 'down', base + at + i / 2)]),
        )
        await one.save(round(before, targets))
      })
      await gate.run(Promise.all(work), order, () => documentOf('cron').catch(onlyMissing))
      if (!(await isLatest(both, base))) lost++
      // One more tick of each: the isolate that remembers an overwritten state writes it again.
      for (const one of writers) {
        const after = one.load().then((before) => one.save({ after: before ?? emptyVantage('cron'), changed: 'state' }))
        await gate.run(after)
      }
      expect(await latest()).toEqual(expectedOf(both, base))
    }),
    { numRuns: 40, seed: 3 },
  )
  expect(lost).toBeGreaterThan(0)

  async function latest() {
    const { targets } = await documentOf('cron')
    return Object.fromEntries([...targets].map(([id, { state, at }]) => [id, `${state} ${at}`]))
  }
  function expectedOf(both: readonly Run[], base: number) {
    const all = both.flatMap(({ probed }, i) => probed.map((one) => ({ ...one, at: base + one.at + i / 2 })))
    all.sort((a, b) => a.at - b.at)
    return Object.fromEntries(all.map(({ id, at, up }) => [id, `${up ? 'up' : 'down'} ${Math.floor(at)}`]))
  }
  async function isLatest(both: readonly Run[], base: number) {
    const found = await latest()
    return Object.entries(expectedOf(both, base)).every(([id, text]) => found[id] === text)
  }
})

const onlyMissing = (error: Error): void => {
  if (!error.message.includes('not valid JSON') && !error.message.includes('Unexpected token')) throw error
}

const found = async () => [...(await documentOf('cron')).targets].map(([id, { state }]) => `${id} ${state}`).sort()
const loaded = async (one: VantageWriter) => (await one.load()) ?? emptyVantage('nothing was loaded')
const broken = (methods: Record<string, unknown>): KvWriter => kvWith(methods) as unknown as KvWriter
const down = () => Promise.reject(new Error('KV is down'))

test('states of the other writer are kept, until they were not probed for two days', async () => {
  const at = NOW / 1000
  const [old, other] = [writer(), writer()]
  const before = await loaded(old)
  await other.save(round(await loaded(other), { 'new.example': seen('down', at) }))
  await old.save(round(before, { 'old.example': seen('up', at) }))
  expect(await found()).toEqual(['new.example down', 'old.example up'])
  expect((await loaded(old)).targets.get('new.example')?.state).toBe('down')
  vi.setSystemTime(NOW + 3 * 86_400_000)
  const { targets: _, ...rest } = await loaded(writer())
  await writer().save({ after: { ...rest, targets: new Map([['old.example', seen('up', at)]]) }, changed: 'state' })
  expect(await found()).toEqual(['old.example up'])
})

test('a document that cannot be read is not replaced by a new isolate; a damaged one is replaced', async () => {
  const remembers = writer()
  await remembers.save(round(await loaded(remembers), { a: seen('down', NOW / 1000) }))
  expect(await writer({ kv: broken({ get: down }) }).load()).toBeUndefined()
  Reflect.set(remembers, 'kv', broken({ get: down }))
  expect((await remembers.load())?.targets.get('a')?.state).toBe('down')

  logged.length = 0
  await env.GSLB.put(healthKey('cron'), '{"name":"cron","at":0,"targets":{"a":[7]}}')
  expect((await writer().load())?.targets.size).toBe(0)
  expect(logged).toEqual([expect.stringContaining('the row of a is damaged')])
  Reflect.set(remembers, 'kv', env.GSLB)
  await remembers.save(round(await loaded(remembers), { a: seen('up', NOW / 1000 + 60) }))
  expect(await found()).toEqual(['a up'])
})

test('KV that hangs or fails: each call ends in time, and unwritten states are written when KV works again', async () => {
  const one = writer({ perDay: 100 })
  await one.save(round(await loaded(one), { a: seen('up', NOW / 1000) }))
  const { budget } = one.remembered ?? {}

  vi.setSystemTime(NOW + 60_000)
  const breaking = new BreakingKv(['get', 'put'])
  breaking.become('hangs')
  Reflect.set(one, 'kv', breaking.kv)
  const loading = one.load()
  expect(await breaking.sitOut(loading)).toBe(2000)
  expect((await loading)?.targets.get('a')?.state).toBe('up')
  const again = one.load()
  await breaking.sitOut(again)
  const saving = one.save(
    round((await again) ?? emptyVantage('nothing was loaded'), { a: seen('down', NOW / 1000 + 1) }),
  )
  expect(await breaking.sitOut(saving)).toBeLessThan(10_000)
  expect(await saving).toBe('failed')

  // A refused write does not count; a write that hung may have succeeded.
  Reflect.set(one, 'kv', broken({ put: down }))
  for (let i = 0; i < 50; i++) expect(await one.save({ after: await loaded(one), changed: 'nothing' })).toBe('failed')
  expect(one.remembered?.budget?.tokens).toBeCloseTo((budget?.tokens ?? 0) - 1, 0)
  Reflect.set(one, 'kv', env.GSLB)
  expect(await one.save({ after: await loaded(one), changed: 'nothing' })).toBe('written')
  expect(await found()).toEqual(['a down'])
})

/** Simulates a quarter of a day with a target that changes at every tick, and several isolates in random order. */
async function flapping(perDay: number, isolates: number, seed: number) {
  let writes = 0
  let writtenAt = NOW
  let longest = 0
  const put = (key: string, value: string) => {
    writes++
    longest = Math.max(longest, Date.now() - writtenAt)
    writtenAt = Date.now()
    return env.GSLB.put(key, value)
  }
  const writers = Array.from({ length: isolates }, () => writer({ kv: broken({ put }), perDay }))
  for (let minute = 1; minute <= 360; minute++) {
    vi.setSystemTime(NOW + minute * 60_000)
    seed = (seed * 48_271) % 2_147_483_647
    const one = writers[seed % isolates] as VantageWriter
    const flaps = seen(minute % 2 ? 'up' : 'down', NOW / 1000 + minute * 60)
    await one.save(round(await loaded(one), { flaps }))
  }
  return { writes, longest }
}

test.each([
  [450, 3],
  [100, 1],
])(
  'six hours of flapping, %i writes a day, %i isolates: no more are made, and the document stays fresh',
  async (perDay, isolates) => {
    const { writes, longest } = await flapping(perDay, isolates, 7)
    // A fifth of the day's writes is available at once, and a quarter of the rest within this time.
    expect(writes).toBeLessThanOrEqual(0.4 * perDay + 1)
    expect(writes).toBeGreaterThan(perDay / 8)
    // As often as the heartbeat, if the budget allows.
    if (perDay * 0.8 >= 86_400_000 / HEARTBEAT_MS) expect(longest).toBeLessThanOrEqual(HEARTBEAT_MS + 60_000)
  },
)
