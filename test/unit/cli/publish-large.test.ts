import { expect, test } from 'vitest'
import { publishCommand } from '../../../src/cli/publish/publish.ts'
import { publish } from '../../../src/cli/publish/publish-plan.ts'
import { exportPublished } from '../../../src/cli/zones/export.ts'
import { documentInKv } from '../../../src/cli/zones/export-from-kv.ts'
import { ok } from '../../../src/result.ts'
import { reconcile } from '../../../src/store/index.ts'
import { documentOf } from '../../../src/store/source.ts'
import { inSoak } from '../../effort.ts'
import { Died, MemoryKv, publicationOf, TestIsolate, zoneOf } from '../store/kv-memory.ts'
import { must } from '../support.ts'
import { folderWith, recorder } from './support.ts'

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
/** Writes a zone once for all tests. */
function once(zone: ReturnType<typeof large>): typeof zone {
  const [source, compiled] = [zone.source(), zone.compiled()]
  return { ...zone, source: () => source, compiled: () => compiled }
}
const first = once(large(1))
const second = once(large(2))
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

const MINUTES = 60_000
const cron = async (kv: MemoryKv, now: number) => (await reconcile(kv as never, now)).result

test('the cron leaves a document in pieces alone, and refuses one that was changed by hand', async () => {
  const kv = await published()
  kv.ops.length = 0
  expect(await cron(kv, 5 * MINUTES)).toMatchObject({ changed: [], refused: [] })
  expect(kv.writes()).toEqual([])
  const { pieces, ...shell } = JSON.parse(kv.textOf(`zone:${ZONE}`) as string)
  await kv.put(`zone:${ZONE}`, JSON.stringify({ ...shell, ttl: 60, pieces }))
  const why = expect.stringMatching(/^the document has its records in pieces, .*expected "npx edge-gslb publish"/)
  expect(await cron(kv, 10 * MINUTES)).toMatchObject({ changed: [], refused: [{ origin: ZONE, why }] })
  expect(await new TestIsolate(kv).ask(ZONE, HOST)).toBe(1)
  expect(must(await publish([first], kv.commands, { prune: true, now: HOUR }))).toMatchObject({
    ...{ repaired: [ZONE], writes: 2 },
  })
})

test('the cron adopts a large zone whose publisher died before the catalog, and nothing before its last value', async () => {
  const whole = await published()
  await publish([second], whole.commands, { prune: true, now: HOUR })
  const writes = ['source', 'part', 'head', 'zone']
  for (let done = 0; done <= writes.length; done++) {
    const kv = await published()
    let left = done
    kv.before = ([op]) => {
      if (op === 'put' && left-- <= 0) throw new Died('the publisher died')
    }
    expect((await publish([second], kv.commands, { prune: true, now: HOUR })).ok).toBe(false)
    kv.before = () => {}
    await cron(kv, HOUR + MINUTES)
    await cron(kv, HOUR + 6 * MINUTES)
    expect([done, await new TestIsolate(kv).ask(ZONE, HOST)]).toEqual([done, done === writes.length ? 2 : 1])
    await publish([second], kv.commands, { prune: true, now: HOUR + 7 * MINUTES })
    expect([...kv.values.keys()].sort()).toEqual([...whole.values.keys()].sort())
  }
})

test('a published document in pieces is exported as a zone file', async () => {
  const kv = await published()
  const run = async (zone: string) => {
    const console = recorder()
    const status = await exportPublished(
      zone,
      {},
      documentInKv(async () => ok(kv.commands)),
      console,
    )
    return { status, stdout: console.stdout.join('\n'), stderr: console.stderr.join('\n') }
  }
  const { status, stdout } = await run('Example.COM.')
  expect([status, stdout.match(/^host-with\S* IN A /gm)?.length]).toEqual([0, OWNERS])
  const missing = (why: string) => ({ status: 1, stdout: '', stderr: `error: ${why}; nothing was written` })
  expect(await run('example.net')).toEqual(missing('KV has no zone example.net.; expected a published one'))
  const piece = [...kv.values.keys()].find((key) => key.startsWith('source:')) as string
  kv.values.delete(piece)
  expect(await run(ZONE)).toEqual(
    missing(`the piece "${piece}" of the document is not in KV; expected "publish" to be run again`),
  )
})

const millionLines = (version: number): string => {
  const lines = ['$TTL 300', '@ IN SOA ns root 1 3600 900 604800 60', '@ IN NS ns', 'ns IN A 192.0.2.53']
  for (let i = 0; i < 1_000_000; i++) {
    const address = i === 777 ? `192.0.2.${version}` : `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
    lines.push(`host-${i} IN A ${address}`)
  }
  return `${lines.join('\n')}\n`
}

test.each(inSoak(['big.example']))(
  '%s of a million records: a changed one rewrites one part and one piece',
  async (origin) => {
    const kv = new MemoryKv()
    const run = async (version: number) => {
      const console = recorder()
      const folder = folderWith({ [`${origin}.zone`]: millionLines(version) })
      const choices = { prune: true, where: 'local KV', json: true }
      expect(await publishCommand([folder], choices, async () => ok(kv.commands), console)).toBe(0)
      return JSON.parse(console.stdout.join('\n'))
    }
    const { parts, pieces } = (await run(1)).zones[0]
    expect([parts.of > 200, pieces.of > 200]).toEqual([true, true])
    expect(await run(2)).toMatchObject({
      zones: [{ parts: { written: 1, of: parts.of }, pieces: { written: 1, of: pieces.of }, writes: 4 }],
      ...{ writes: 5, deletes: 1 },
    })
    expect(await new TestIsolate(kv).ask(origin, `host-777.${origin}`)).toBe(2)
  },
)
