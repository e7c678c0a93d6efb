import { describe, expect, test } from 'vitest'
import { publish } from '../../../src/cli/publish/publish-plan.ts'
import { reconcile } from '../../../src/store/index.ts'
import { must } from '../support.ts'
import { Died, MemoryKv, publication, TestIsolate, zoneOf } from './kv-memory.ts'

const MINUTES = 60_000
const ORIGINS = ['changed.example', 'same.example', 'pruned.example', 'new.example'] as const
const BEFORE = [1, 1, 1, 'REFUSED']
const AFTER = [2, 1, 'REFUSED', 2]

/** The zones of the next publication: one changes, one stays, one goes, one comes. */
const NEXT = [publication('changed.example', 2), publication('same.example', 1), publication('new.example', 2)]

async function published(): Promise<MemoryKv> {
  const kv = new MemoryKv()
  const first = ['changed.example', 'same.example', 'pruned.example'].map((origin) => publication(origin, 1))
  must(await publish(first, kv.commands, { prune: true }))
  kv.ops.length = 0
  return kv
}

const next = (kv: MemoryKv, now = 0) => publish(NEXT, kv.commands, { prune: true, now })

/** Returns the answers of an isolate that begins now for each zone, and the zones that it refuses. */
async function seen(kv: MemoryKv) {
  const isolate = new TestIsolate(kv)
  const answers: unknown[] = []
  for (const origin of ORIGINS) answers.push(await isolate.ask(origin))
  return { answers, refused: isolate.snapshot.refused.map(({ origin }) => origin) }
}

/** Kills who writes after so many operations: then nothing more of it is done. */
function dieAfter(kv: MemoryKv, count: number): void {
  let left = count
  kv.before = () => {
    if (left-- <= 0) throw new Died('the writer died')
  }
}

const live = (kv: MemoryKv): void => {
  kv.before = () => {}
}

async function countOps(kv: MemoryKv, work: (kv: MemoryKv) => Promise<unknown>): Promise<number> {
  const copy = kv.copy()
  await work(copy)
  return copy.ops.length
}

/** Each zone is as it was or as it is to be, and one that is there is never refused. */
function isBetween(answers: readonly unknown[]): boolean {
  return answers.every((answer, i) => answer === BEFORE[i] || answer === AFTER[i])
}

describe('a publish that dies', () => {
  test('after each operation: no zone is lost, and none that was removed comes back', async () => {
    const whole = await published()
    const count = await countOps(whole, next)
    expect(count).toBeGreaterThanOrEqual(12)
    for (let ops = 0; ops <= count; ops++) {
      const kv = whole.copy()
      dieAfter(kv, ops)
      await next(kv)
      live(kv)
      const dead = await seen(kv)
      expect([ops, dead.answers, isBetween(dead.answers)]).toEqual([ops, dead.answers, true])
      let last = dead.answers
      for (let round = 1; round <= 4; round++) {
        await reconcile(kv as never, round * 5 * MINUTES)
        const { answers } = await seen(kv)
        expect([ops, round, answers, isBetween(answers)]).toEqual([ops, round, answers, true])
        // A zone that answers as after the publication goes on doing so.
        last.forEach((answer, i) => {
          if (answer === AFTER[i]) expect([ops, round, answers[i]]).toEqual([ops, round, answer])
        })
        last = answers
      }
      must(await next(kv))
      expect([ops, await seen(kv)]).toEqual([ops, { answers: AFTER, refused: [] }])
      await reconcile(kv as never, 60 * MINUTES)
      expect([ops, await seen(kv)]).toEqual([ops, { answers: AFTER, refused: [] }])
      // All that is not needed any more has gone, and nothing is written any more.
      await reconcile(kv as never, 65 * MINUTES)
      kv.ops.length = 0
      await reconcile(kv as never, 70 * MINUTES)
      expect(must(await next(kv))).toMatchObject({ writes: 0, deletes: 0 })
      expect(kv.writes()).toEqual([])
    }
  })

  test('before it deletes: the zone stays gone, status names its key, and the next publish deletes it', async () => {
    const kv = await published()
    kv.before = ([kind]) => {
      if (kind === 'delete') throw new Died()
    }
    expect(await next(kv)).toMatchObject({ ok: false, error: expect.stringContaining('publish again') })
    live(kv)
    for (const minute of [5, 10, 15]) {
      await reconcile(kv as never, minute * MINUTES)
      expect(await seen(kv)).toEqual({ answers: AFTER, refused: ['pruned.example'] })
    }
    must(await next(kv))
    expect(kv.values.has('zone:pruned.example')).toBe(false)
    expect((await seen(kv)).refused).toEqual([])
  })

  test('a zone that was removed is taken up again when somebody puts it by hand, also the same as before', async () => {
    const kv = await published()
    must(await next(kv))
    await kv.put('zone:pruned.example', publication('pruned.example', 1).text)
    await reconcile(kv as never, 5 * MINUTES)
    expect((await seen(kv)).answers).toEqual([2, 1, 1, 2])
  })
})

describe('a cron that dies', () => {
  /** By hand: one zone is changed, one is broken, one is deleted, one is put. */
  async function byHand(): Promise<MemoryKv> {
    const kv = await published()
    await kv.put('zone:changed.example', JSON.stringify(zoneOf('changed.example', 2)))
    await kv.put('zone:same.example', '{')
    await kv.delete('zone:pruned.example')
    await kv.put('zone:new.example', JSON.stringify(zoneOf('new.example', 2)))
    kv.ops.length = 0
    return kv
  }

  test('after each operation: the next one goes on', async () => {
    const whole = await byHand()
    const count = await countOps(whole, (kv) => reconcile(kv as never, 5 * MINUTES))
    expect(count).toBeGreaterThan(8)
    for (let ops = 0; ops <= count; ops++) {
      const kv = whole.copy()
      dieAfter(kv, ops)
      await reconcile(kv as never, 5 * MINUTES).catch(() => {})
      live(kv)
      const { answers } = await seen(kv)
      expect([ops, answers, isBetween(answers)]).toEqual([ops, answers, true])
      await reconcile(kv as never, 10 * MINUTES)
      await reconcile(kv as never, 15 * MINUTES)
      expect([ops, await seen(kv)]).toEqual([ops, { answers: AFTER, refused: ['same.example'] }])
    }
  })
})

describe('a publish and a cron at once', () => {
  /** Runs `during` as a whole before operation `at` of the KV, which then goes on. */
  const interrupted = (kv: MemoryKv, at: number, during: () => Promise<unknown>): void => {
    let count = 0
    kv.before = async () => {
      if (count++ !== at) return
      live(kv)
      await during()
    }
  }

  const settled = async (kv: MemoryKv, at: number): Promise<void> => {
    live(kv)
    const { answers } = await seen(kv)
    expect([at, answers, isBetween(answers)]).toEqual([at, answers, true])
    for (let round = 2; round <= 5; round++) await reconcile(kv as never, round * 5 * MINUTES)
    expect([at, (await seen(kv)).answers]).toEqual([at, AFTER])
  }

  test('the cron comes before each operation of the publish', async () => {
    const whole = await published()
    // Something by hand, so that the cron has something to write.
    await whole.put('zone:Other.example', '{')
    const count = await countOps(whole, next)
    for (let at = 0; at < count; at++) {
      const kv = whole.copy()
      interrupted(kv, at, () => reconcile(kv as never, 5 * MINUTES))
      must(await next(kv))
      await settled(kv, at)
    }
  })

  test('the publish comes before each operation of the cron', async () => {
    const whole = await published()
    await whole.put('zone:Other.example', '{')
    const count = await countOps(whole, (kv) => reconcile(kv as never, 5 * MINUTES))
    for (let at = 0; at < count; at++) {
      const kv = whole.copy()
      interrupted(kv, at, async () => must(await next(kv)))
      await reconcile(kv as never, 5 * MINUTES)
      await settled(kv, at)
    }
  })
})
