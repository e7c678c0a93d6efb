import { describe, expect, test, vi } from 'vitest'
import { type KeySet, opener } from '../../../src/dnssec/index.ts'
import { MAX_KEY_READS_A_LOOK, MAX_PARENT_ASKS_A_LOOK } from '../../../src/limits.ts'
import { err, ok, type Result } from '../../../src/result.ts'
import { dsFields, type KeyFinding, KeyWatch, type ParentDs } from '../../../src/zone-keys/index.ts'
import { changed, NOW, SECRET } from './support.ts'

const HOUR = 3_600_000

const enabled = (origin = 'example.com', algorithm: 13 | 15 = 13): Promise<KeySet> =>
  changed(undefined, { kind: 'enable', algorithm }, { origin }).then(({ set }) => set)

/** Returns the DS records of the keys of a set, as its parent has them. */
async function dsOf({ origin, keys }: KeySet) {
  const lines = await Promise.all(keys.map((key) => dsFields(origin, key, 2)))
  return lines.map((line) => {
    const [tag, algorithm, digestType, digest] = line.split(' ') as [string, string, string, string]
    return { tag: Number(tag), algorithm: Number(algorithm), digestType: Number(digestType), digest }
  })
}

/** A watch of some zones, with what it read and asked for. */
class Bench {
  now = NOW
  readonly asked: string[] = []
  readonly reads: string[] = []
  secret: string | undefined = SECRET
  /** Reads wait for it. */
  delay: Promise<void> = Promise.resolve()
  answer: (origin: string) => Promise<ParentDs | undefined> = async () => undefined
  readonly sets = new Map<string, Result<KeySet>>()
  readonly watch: KeyWatch

  constructor(hasUpstreams = true) {
    this.watch = new KeyWatch({
      read: async (origin, hash) => {
        this.reads.push(hash)
        await this.delay
        return this.sets.get(hash) ?? err(`no keys of ${origin}`)
      },
      opener: (origin) => opener(origin, this.secret),
      ...(hasUpstreams && {
        parent: (origin: string) => {
          this.asked.push(origin)
          return this.answer(origin)
        },
      }),
      clock: () => this.now,
    })
  }

  async look(signed: Record<string, string>): Promise<readonly KeyFinding[]> {
    await this.watch.refresh(new Map(Object.entries(signed)))
    return this.watch.findings()
  }
}

describe('the watch of keys', () => {
  test('a DS at the parent that is of a key that signs, and one of none', async () => {
    const bench = new Bench()
    const set = await enabled()
    bench.sets.set('h1', ok(set))
    const own = await dsOf(set)
    bench.answer = async () => own
    expect(await bench.look({ 'example.com': 'h1' })).toEqual([
      { zone: 'example.com', isBroken: false, usable: true, parentDs: 1, dsMatches: true, warnings: [] },
    ])
    const other = await dsOf(await enabled())
    bench.answer = async () => other
    bench.now += HOUR
    const [finding] = await bench.look({ 'example.com': 'h1' })
    expect(finding).toMatchObject({ isBroken: true, usable: true, parentDs: 1, dsMatches: false })
    expect(finding?.warnings.join()).toContain('matches no key of example.com.')
  })

  test('without upstreams, and while nobody answers, nothing is said of the parent', async () => {
    for (const bench of [new Bench(), new Bench(false)]) {
      bench.sets.set('h1', ok(await enabled()))
      const [finding] = await bench.look({ 'example.com': 'h1' })
      expect(finding).toEqual({ zone: 'example.com', isBroken: false, usable: true, warnings: [] })
    }
  })

  test('the parent is asked once an hour, after five minutes if nobody answered, and what it said stays', async () => {
    const bench = new Bench()
    const set = await enabled()
    bench.sets.set('h1', ok(set))
    const own = await dsOf(set)
    bench.answer = async () => own
    for (const [minutes, asked] of [
      [0, 1],
      [59, 1],
      [60, 2],
    ] as const) {
      bench.now = NOW + minutes * 60_000
      await bench.look({ 'example.com': 'h1' })
      expect([minutes, bench.asked.length]).toEqual([minutes, asked])
    }
    bench.answer = async () => {
      throw new Error('no network')
    }
    bench.now += HOUR
    const [finding] = await bench.look({ 'example.com': 'h1' })
    expect(finding?.dsMatches).toBe(true)
    const silent = new Bench()
    silent.sets.set('h1', ok(set))
    await silent.look({ 'example.com': 'h1' })
    silent.now += 299_000
    await silent.look({ 'example.com': 'h1' })
    expect(silent.asked.length).toBe(1)
    silent.now += 1000
    await silent.look({ 'example.com': 'h1' })
    expect(silent.asked.length).toBe(2)
    expect(bench.reads).toEqual(['h1'])
  })

  test('keys that cannot be opened, or read, are a warning without anything of the secret', async () => {
    const bench = new Bench(false)
    bench.sets.set('h1', ok(await enabled()))
    bench.secret = undefined
    const [closed, unread] = await bench.look({ 'example.com': 'h1', 'example.net': 'h2' })
    expect(closed).toMatchObject({ isBroken: true, usable: false })
    expect(closed?.warnings[0]).toContain('the keys of example.com. cannot be used: DNSSEC_SECRET is not set')
    expect(unread).toMatchObject({ isBroken: true, usable: false })
    bench.secret = SECRET
    // New keys are read by their new hash, and those that KV did not give out after five minutes.
    bench.sets.set('h2', ok(await enabled('example.net')))
    expect((await bench.look({ 'example.net': 'h2' }))[0]).toMatchObject({ usable: false })
    bench.now += 300_000
    expect((await bench.look({ 'example.net': 'h2' }))[0]).toMatchObject({ usable: true })
    bench.sets.set('h3', ok(await enabled()))
    expect((await bench.look({ 'example.com': 'h3', 'example.net': 'h2' }))[0]).toMatchObject({ usable: true })
  })

  test('a change of keys: its stage, when the next step is safe, and if it waits for the parent', async () => {
    const bench = new Bench(false)
    const { set } = await changed(await enabled(), { kind: 'rollover' })
    bench.sets.set('h1', ok(set))
    const [finding] = await bench.look({ 'example.com': 'h1' })
    expect(finding?.stage).toEqual({
      ...{ name: 'publish-ds', notBefore: Date.parse(set.stage?.notBefore ?? ''), waitsForParent: true },
    })
  })

  test('a look reads and asks for few zones, the others have their turn, and zones that are gone are forgotten', async () => {
    const bench = new Bench()
    const zones = Array.from({ length: 50 }, (_, i) => `z${i}.example`)
    for (const zone of zones) bench.sets.set(zone, err('damaged'))
    bench.answer = async () => []
    const signed = Object.fromEntries(zones.map((zone) => [zone, zone]))
    const looks = Math.ceil(zones.length / MAX_PARENT_ASKS_A_LOOK)
    for (let i = 0; i < looks; i++) {
      await bench.look(signed)
      expect(bench.asked.length).toBe(Math.min(50, (i + 1) * MAX_PARENT_ASKS_A_LOOK))
      expect(bench.reads.length).toBe(Math.min(50, (i + 1) * MAX_KEY_READS_A_LOOK))
    }
    expect(new Set(bench.asked).size).toBe(50)
    expect(await bench.look({ 'z1.example': 'z1.example' })).toHaveLength(1)
  })

  test('an answer that is still waited for is not asked for again', async () => {
    const bench = new Bench()
    bench.answer = () => new Promise(() => {})
    void bench.watch.refresh(new Map([['example.com', 'h1']]))
    void bench.watch.refresh(new Map([['example.com', 'h1']]))
    expect(bench.asked).toEqual(['example.com'])
  })

  test('two looks at once read each key set once, and a new one of a zone though the old one is still read', async () => {
    const bench = new Bench(false)
    const zones = Array.from({ length: MAX_KEY_READS_A_LOOK + 5 }, (_, i) => [`z${i}.example`, `h${i}`] as const)
    const looks = [bench.watch.refresh(new Map(zones)), bench.watch.refresh(new Map(zones))]
    expect(bench.reads).toEqual(zones.map(([, hash]) => hash))
    looks.push(bench.watch.refresh(new Map([['z0.example', 'new']])))
    expect(bench.reads.slice(zones.length)).toEqual(['new'])
    await Promise.all(looks)
  })

  test('a read that never ends is made again', async () => {
    const bench = new Bench(false)
    bench.delay = new Promise(() => {})
    const signed = new Map([['example.com', 'h1']])
    for (const [seconds, reads] of [
      [0, 1],
      [299, 1],
      [300, 2],
    ] as const) {
      bench.now = NOW + seconds * 1000
      void bench.watch.refresh(signed)
      expect([seconds, bench.reads.length]).toEqual([seconds, reads])
    }
  })

  test('digests are computed once for keys and the records at the parent, until one of them changes', async () => {
    const bench = new Bench()
    const set = await enabled()
    bench.sets.set('h1', ok(set))
    bench.sets.set('h2', ok(await enabled()))
    const own = await dsOf(set)
    bench.answer = async () => [...own]
    const digest = vi.spyOn(crypto.subtle, 'digest')
    try {
      const digests = async (hash: string, laterMs: number) => {
        bench.now += laterMs
        await bench.watch.refresh(new Map([['example.com', hash]]))
        digest.mockClear()
        const [finding] = await bench.watch.findings()
        return [digest.mock.calls.length, finding?.dsMatches]
      }
      const twoOfEachKey = 2 * set.keys.length
      expect(await digests('h1', 0)).toEqual([twoOfEachKey, true])
      expect(await digests('h1', 60_000)).toEqual([0, true])
      own.splice(0, 1)
      expect(await digests('h1', HOUR)).toEqual([0, undefined])
      own.push({ tag: 1, algorithm: 13, digestType: 2, digest: 'AB' })
      expect(await digests('h1', HOUR)).toEqual([twoOfEachKey, false])
      expect(await digests('h2', 60_000)).toEqual([twoOfEachKey, false])
      expect(await digests('h2', 60_000)).toEqual([0, false])
    } finally {
      digest.mockRestore()
    }
  })
})
