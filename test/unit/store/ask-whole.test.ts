import { expect, test } from 'vitest'
import { publish } from '../../../src/cli/publish/publish-plan.ts'
import { parseName } from '../../../src/dns/index.ts'
import { type Explanation, explain, parseExplainQuery } from '../../../src/explain/index.ts'
import { askWhole, type Sources } from '../../../src/store/index.ts'
import { compileZone, loadedZones, zonesOver, zonesWithout } from '../../../src/zone/index.ts'
import { must } from '../support.ts'
import { MemoryKv, publicationOf, TestIsolate, zoneOf } from './kv-memory.ts'

const SIZES = { headBytes: 64, leastBytes: 0, partBytes: 300, namesAPart: 4 }
const FILLING = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`n${i}`, { A: `192.0.2.${i}` }]))

/** A chain by chance through three zones, whose names are in several parts. */
const ZONES = [
  zoneOf('one.example', 1, {
    ...FILLING,
    www: {
      CNAME: {
        kind: 'weighted',
        members: [
          { weight: 1, answer: 'n3.two.example.' },
          { weight: 2, answer: 'next.two.example.' },
        ],
      },
    },
  }),
  zoneOf('two.example', 2, { ...FILLING, next: { CNAME: 'n17.three.example.' } }),
  zoneOf('three.example', 3, FILLING),
]

async function kvWith(): Promise<MemoryKv> {
  const kv = new MemoryKv()
  const zones = ZONES.map((zone) => publicationOf(zone, SIZES))
  must(await publish(zones, kv.commands, { prune: false, now: 1 }))
  kv.reads.length = 0
  return kv
}

const keyOf = (text: string) => must(parseName(`${text}.`)).key

const SPELLING = { client: '', ecs: '', wanted: '' }
const explained =
  (name: string) =>
  ({ zones, health, database }: Sources): Explanation => {
    const question = { name, type: 'A', client: '192.0.2.1', ecs: undefined, place: undefined }
    return explain(must(parseExplainQuery(question, SPELLING)), zones, () => 0, health, database)
  }

const asked = (kv: MemoryKv, name: string) => {
  const { snapshot } = new TestIsolate(kv)
  return askWhole({ snapshot, waitUntil: () => {}, timer: () => () => {} }, explained(name), 0)
}

test('an explanation out of storage is the one of zones in memory, in all ways that chance allows', async () => {
  const kv = await kvWith()
  const whole = loadedZones(ZONES.map((zone) => must(compileZone(zone)).zone))
  const { health, database, outside } = {
    health: undefined,
    database: undefined,
    outside: undefined,
  } as never as Sources
  for (const name of ['www.one.example', 'next.two.example', 'n7.three.example', 'absent.two.example', 'example.org']) {
    expect(must(await asked(kv, name))).toEqual(explained(name)({ zones: whole, health, database, outside }))
  }
  expect(must(await asked(kv, 'www.one.example')).answers.map(({ probability, data }) => [data, probability])).toEqual([
    ...[
      ['n3.two.example.', '1/3'],
      ['192.0.2.3', '1/3'],
      ['next.two.example.', '2/3'],
    ],
    ...[
      ['n17.three.example.', '2/3'],
      ['192.0.2.17', '2/3'],
    ],
  ])
})

test('only the parts that are needed are read, each once', async () => {
  const kv = await kvWith()
  must(await asked(kv, 'n7.three.example'))
  const parts = kv.reads.filter((key) => key.startsWith('part:'))
  expect(parts).toHaveLength(1)
  expect(kv.reads.filter((key) => key.startsWith('head:'))).toHaveLength(1)
})

test('where the list of zones cannot be read there is an error, and no answer', async () => {
  const kv = await kvWith()
  kv.before = () => Promise.reject(new Error('KV is down'))
  expect(await asked(kv, 'www.one.example')).toEqual({ ok: false, error: 'the list of zones could not be read' })
})

test('a part that cannot be read is an error', async () => {
  const kv = await kvWith()
  for (const key of kv.values.keys()) if (key.startsWith('part:')) kv.values.delete(key)
  const found = await asked(kv, 'www.one.example')
  expect(found).toMatchObject({ ok: false })
})

test('zones around: the longest origin counts, an own zone before another of its name; left out, the zone above', () => {
  const zones = (...versions: [string, number][]) =>
    versions.map(([origin, version]) => must(compileZone(zoneOf(origin, version))).zone)
  const around = loadedZones(zones(['example', 1], ['a.example', 2], ['b.a.example', 3]))
  const over = zonesOver(zones(['a.example', 9]), zonesWithout(around, new Set([keyOf('a.example')])))
  const serialAt = (name: string, of = over) => {
    const state = of.find(keyOf(name))
    return state?.kind === 'loaded' ? state.zone.serial : undefined
  }
  expect(['x.example', 'x.a.example', 'x.b.a.example', 'x.test'].map((name) => serialAt(name))).toEqual([
    1,
    9,
    3,
    undefined,
  ])
  const without = zonesWithout(around, new Set(['b.a.example', 'example'].map(keyOf)))
  expect(['x.b.a.example', 'x.example'].map((name) => serialAt(name, without))).toEqual([2, undefined])
})
