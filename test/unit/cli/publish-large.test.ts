import { expect, test } from 'vitest'
import { publish } from '../../../src/cli/publish/publish-plan.ts'
import { documentOf } from '../../../src/store/source.ts'
import { MemoryKv, publicationOf, TestIsolate, zoneOf } from '../store/kv-memory.ts'
import { must } from '../support.ts'

const OWNERS = 30_000
const ZONE = 'example.com'

/** A zone whose document and compiled zone do not fit one value each. One owner has the version's address. */
const large = (version: number, origin = ZONE) =>
  publicationOf(
    zoneOf(
      origin,
      1,
      Object.fromEntries(
        Array.from({ length: OWNERS }, (_, i) => [
          `host-with-a-name-as-long-as-that-${i}`,
          { A: i === 777 ? `192.0.2.${version}` : '192.0.2.1' },
        ]),
      ),
    ),
  )

const HOST = `host-with-a-name-as-long-as-that-777.${ZONE}`
const first = large(1)
const second = large(2)
const HOUR = 3_600_000

const kinds = (keys: Iterable<string>): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const key of keys) {
    const kind = key.replace(/:.*/, '')
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}
const written = (kv: MemoryKv, kind: 'put' | 'delete') => kv.ops.filter(([op]) => op === kind).map(([, key]) => key)

async function published(): Promise<MemoryKv> {
  const kv = new MemoryKv()
  must(await publish([first], kv.commands, { prune: true, now: 0 }))
  return kv
}

test('a large zone is published in parts and pieces, all of them before what names them', async () => {
  const kv = await published()
  const keys = written(kv, 'put')
  const { part = 0, source = 0, ...others } = kinds(keys)
  expect([part > 3, source > 3, others]).toEqual([true, true, { head: 1, zone: 1, catalog: 1 }])
  expect(kinds(keys.slice(-3))).toEqual({ head: 1, zone: 1, catalog: 1 })
  expect(keys.at(-1)).toBe('catalog')
  const text = kv.textOf(`zone:${ZONE}`) as string
  const pieces = new Map([...kv.values.keys()].map((key) => [key, kv.textOf(key) as string]))
  expect(must(documentOf(text, pieces))).toEqual(JSON.parse(first.text))
  expect(await new TestIsolate(kv).ask(ZONE, HOST)).toBe(1)
})

test('a changed record rewrites a part, a piece, the heads and the catalog, and deletes the piece before', async () => {
  const kv = await published()
  const before = new Set(kv.values.keys())
  kv.ops.length = 0
  const outcome = must(await publish([second], kv.commands, { prune: true, now: HOUR }))
  expect(kinds(written(kv, 'put'))).toEqual({ source: 1, part: 1, head: 1, zone: 1, catalog: 1 })
  const { source = 0, part = 0 } = kinds(before)
  expect(outcome.zoneWrites.get(ZONE)).toMatchObject({
    parts: { written: 1, of: part },
    pieces: { written: 1, of: source },
    values: 4,
  })
  expect(outcome).toMatchObject({ changed: [ZONE], writes: 5, deletes: 1 })
  const deleted = written(kv, 'delete')
  expect([kinds(deleted), deleted.every((key) => before.has(key))]).toEqual([{ source: 1 }, true])
  expect(await new TestIsolate(kv).ask(ZONE, HOST)).toBe(2)
  kv.ops.length = 0
  expect(must(await publish([second], kv.commands, { prune: true, now: HOUR }))).toMatchObject({ unchanged: [ZONE] })
  expect(kv.writes()).toEqual([])
})

test('a piece that is gone is written again', async () => {
  const kv = await published()
  const piece = [...kv.values.keys()].find((key) => key.startsWith('source:')) as string
  kv.values.delete(piece)
  kv.ops.length = 0
  const outcome = must(await publish([first], kv.commands, { prune: true, now: HOUR }))
  expect([outcome.repaired, kv.writes()]).toEqual([[ZONE], [['put', piece]]])
})

test('pieces of other zones stay, those of a removed zone go', async () => {
  const kv = await published()
  const twin = large(1, 'example.net')
  must(await publish([twin], kv.commands, { prune: false, now: HOUR }))
  const pieces = () => kinds(kv.values.keys()).source ?? 0
  const both = pieces()
  must(await publish([twin], kv.commands, { prune: true, now: HOUR }))
  expect(2 * pieces()).toBe(both)
  const isolate = new TestIsolate(kv)
  expect([await isolate.ask(ZONE, HOST), await isolate.ask('example.net', HOST.replace(ZONE, 'example.net'))]).toEqual([
    'REFUSED',
    1,
  ])
})

test('pieces of a zone that is being published for the first time stay for an hour', async () => {
  const kv = new MemoryKv()
  const { pieces } = await first.source()
  for (const [key, text] of pieces) await kv.put(key, text, { metadata: { origin: ZONE, at: HOUR } })
  const other = [publicationOf(zoneOf('example.net', 1))]
  must(await publish(other, kv.commands, { prune: true, now: HOUR }))
  expect(kinds(kv.values.keys()).source).toBe(pieces.size)
  must(await publish(other, kv.commands, { prune: true, now: 2 * HOUR }))
  expect(kinds(kv.values.keys()).source).toBeUndefined()
})
