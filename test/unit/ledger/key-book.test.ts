import { describe, expect, test } from 'vitest'
import { reconcile } from '../../../src/store/index.ts'
import { Died, zoneOf } from '../store/kv-memory.ts'
import { Bench } from './support.ts'

const ZONE = 'example.com'
const ENABLE = { kind: 'enable' } as const

async function signed(): Promise<Bench> {
  const bench = new Bench()
  await bench.put(zoneOf(ZONE, 1))
  await bench.idle()
  expect(await bench.keys.changeKeys(ENABLE)).toMatchObject({ kind: 'changed', isPublished: true })
  return bench
}

const entryOf = (bench: Bench) => JSON.parse(bench.kv.textOf('catalog') ?? '{}').zones[ZONE]

test('keys stand twice in KV, and the catalog names them', async () => {
  const bench = await signed()
  const { dnssec } = entryOf(bench)
  expect(bench.kv.textOf(`dnssec:${dnssec}`)).toBe(bench.kv.textOf(`dnssec:${ZONE}`))
  expect(JSON.parse(bench.kv.textOf(`dnssec:${ZONE}`) ?? '')).toMatchObject({ origin: ZONE, keys: [{ flags: 257 }] })
  expect(await bench.keys.keySet()).toMatchObject({ origin: ZONE })
})

test('a zone that is not there gets no keys, and leaves nothing behind', async () => {
  const bench = new Bench()
  expect(await bench.keys.changeKeys(ENABLE)).toMatchObject({ kind: 'refused', refusal: { kind: 'absent' } })
  expect([...bench.kv.values.keys()].filter((key) => key.startsWith('dnssec:'))).toEqual([])
  expect([...bench.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'keys_written'")]).toEqual([])
})

test('without keys nothing is left but what an isolate may be about to read', async () => {
  const bench = await signed()
  const { dnssec } = entryOf(bench)
  await bench.keys.changeKeys({ kind: 'disable', isForced: true })
  expect(entryOf(bench).dnssec).toBeUndefined()
  expect([...bench.kv.values.keys()].filter((key) => key.startsWith('dnssec:'))).toEqual([`dnssec:${dnssec}`])
  expect(await bench.keys.keySet()).toBeUndefined()
})

test('KV that shows keys of before loses none of a change', async () => {
  const bench = await signed()
  const { getWithMetadata } = bench.kv
  const shown = await getWithMetadata(`dnssec:${ZONE}`)
  bench.kv.getWithMetadata = async (keys) => (keys === `dnssec:${ZONE}` ? shown : getWithMetadata(keys))
  await bench.keys.changeKeys({ kind: 'create', flags: 257, isActive: false, isPublished: true })
  bench.restart()
  await bench.keys.changeKeys({ kind: 'create', flags: 257, isActive: false, isPublished: true })
  bench.kv.getWithMetadata = getWithMetadata
  expect((await bench.keys.keySet())?.keys.map(({ id }) => id)).toEqual([1, 2, 3])
})

test('keys that a command wrote meanwhile count', async () => {
  const bench = await signed()
  const set = await bench.keys.keySet()
  const text = JSON.stringify({ ...set, digests: [2, 4] })
  await bench.kv.put(`dnssec:${ZONE}`, text, { metadata: { hash: 'other', at: bench.now } })
  expect((await bench.keys.keySet())?.digests).toEqual([2, 4])
})

test('the values of versions long gone are deleted, the last two stay', async () => {
  const bench = await signed()
  for (let i = 0; i < 4; i++)
    await bench.keys.changeKeys({ kind: 'create', flags: 256, isActive: false, isPublished: true })
  const stored = [...bench.kv.values.keys()].filter((key) => /^dnssec:[0-9a-f]{64}$/.test(key))
  expect(stored).toHaveLength(2)
  expect(stored).toContain(`dnssec:${entryOf(bench).dnssec}`)
})

describe('an object that dies', () => {
  test('at any operation of a change has the keys of before or after, and goes on', async () => {
    for (let operations = 0; ; operations++) {
      const bench = await signed()
      const before = await bench.keys.keySet()
      bench.dieAfter(operations)
      const outcome = await bench.keys.changeKeys({ kind: 'rollover' }).catch((error) => error)
      const { hasDied } = bench
      bench.live()
      bench.restart()
      const { dnssec } = entryOf(bench)
      const named = JSON.parse(bench.kv.textOf(`dnssec:${dnssec}`) ?? 'null')
      expect([1, 2]).toContain(named?.keys.length)
      expect(named?.keys[0]).toEqual(before?.keys[0])
      if (!hasDied) break
      expect(outcome).toBeInstanceOf(Died)
      const again = await bench.keys.changeKeys({ kind: 'enable' })
      expect(again).toMatchObject({ isPublished: true })
      const set = await bench.keys.keySet()
      expect(JSON.parse(bench.kv.textOf(`dnssec:${entryOf(bench).dnssec}`) ?? '')).toEqual(set)
    }
  })
})

test('a lost catalog finds the keys again, and a zone that comes back has them', async () => {
  const bench = await signed()
  const { dnssec } = entryOf(bench)
  bench.kv.values.delete('catalog')
  await reconcile(bench.kv as never, bench.now)
  expect(entryOf(bench).dnssec).toBe(dnssec)
  await bench.change({ kind: 'delete' })
  await bench.pass(60_000)
  expect(entryOf(bench)).toBeUndefined()
  await bench.put(zoneOf(ZONE, 2))
  await bench.pass(60_000)
  expect(entryOf(bench).dnssec).toBe(dnssec)
})
