import { describe, expect, test } from 'vitest'
import { type CostedProbe, costsOf, type ZoneCosts } from '../../../src/cli/costs/costs.ts'
import { probeNotes, zoneNotes } from '../../../src/cli/costs/notes.ts'
import { costsText } from '../../../src/cli/costs/text.ts'
import { publishCommand } from '../../../src/cli/publish/publish.ts'
import { check } from '../../../src/cli/zones/check.ts'
import { ok } from '../../../src/result.ts'
import type { ZoneSize } from '../../../src/store/index.ts'
import { MemoryKv } from '../store/kv-memory.ts'
import { folderWith, recorder, zoneFile } from './support.ts'

const MILLION: ZoneSize = [1_000_003, 43_957_104, 730_864]

const probes = (count: number, interval: number, from = 0): CostedProbe[] =>
  Array.from({ length: count }, (_, i) => ({ id: `probe-${from + i}`, interval }))

const costs = (size: ZoneSize, parts = 0, pieces = 0): ZoneCosts =>
  costsOf({ entry: { size, parts, pieces }, probes: [] })

describe('the costs of a zone', () => {
  test('memory is bounded, and CPU is that of a head and a part', () => {
    const { memory, loadMs, kvWrites } = costs(MILLION, 226, 232)
    expect([Math.round(memory / 1e6), Math.round(10 * loadMs) / 10, kvWrites]).toEqual([65, 2.6, 226 + 232 + 3])
    const ten = costs([10_000_000, 440_000_000, 830_000], 2260)
    expect(Math.round(ten.memory / 1e6)).toBe(68)
  })

  test('a target is counted once, and a pushed one is not probed', () => {
    const checked = [...probes(2, 30), ...probes(2, 30), ...probes(1, Number.POSITIVE_INFINITY, 2)]
    const entry = { size: [1, 1, 1] as const, checks: 'hash' }
    expect(costsOf({ entry, probes: checked })).toMatchObject({ targets: 3, probesAMinute: 4, kvWrites: 4 })
  })

  test.each<[string, ZoneCosts, string[]]>([
    ['a small zone', costs([20, 1900, 1900]), []],
    ['a million records', costs(MILLION, 226, 232), []],
    [
      'more than an isolate keeps',
      costs([2_000_000, 88_000_000, 800_000], 452, 460),
      [
        'advice: the compiled zone has 88 MB; an isolate keeps 47 MB of it, and reads other parts again when they are asked for',
      ],
    ],
    [
      'more than the writes of a day',
      costs([900_000, 40_000_000, 800_000], 500, 500),
      ['advice: the first publishing of the zone takes 1003 KV writes; expected at most 1000 a day on the free plan'],
    ],
    [
      'parts that are slow to load',
      costs([1000, 18_000_000, 15_000_000], 2),
      [
        'advice: a new isolate takes about 13 ms of CPU to read what it needs of the zone; expected at most 10 ms on the free plan',
      ],
    ],
    [
      'more than KV stores',
      costs([12_000_000, 600_000_000, 800_000], 100),
      [
        expect.stringContaining('advice: the compiled zone has 600 MB'),
        'advice: 2 versions of the compiled zone take 1.2 GB of KV; expected at most 1.0 GB on the free plan',
      ],
    ],
  ])('limits that %s passes', (_, zone, expected) => {
    expect(zoneNotes(zone).map(({ severity, message }) => `${severity}: ${message}`)).toEqual(expected)
  })

  test.each<[number, number, string[]]>([
    [40, 10, []],
    [80, 120, []],
    [
      41,
      60,
      [
        'advice: 41 targets are due in a minute; expected at most 40 on the free plan: longer intervals, regions or agents make up for it',
      ],
    ],
    [
      9001,
      60,
      [
        'warning: 9001 targets are due in a minute; expected at most 9000 on the paid plan: longer intervals, regions or agents make up for it',
      ],
    ],
  ])('%i targets every %i seconds', (count, interval, expected) => {
    expect(probeNotes(probes(count, interval)).map(({ severity, message }) => `${severity}: ${message}`)).toEqual(
      expected,
    )
  })

  test('as text', () => {
    expect(costsText(costs(MILLION, 226, 232))).toBe(
      '1000003 records, 44 MB compiled in 226 parts; an isolate takes at most 65 MB of memory and 2.6 ms of CPU to load it ' +
        '(estimated); 461 KV writes to publish all of it',
    )
    const checked = costsOf({ entry: { size: [1, 900, 900], checks: 'hash' }, probes: probes(3, 7) })
    expect(costsText(checked)).toBe(
      '1 record, 900 octets compiled; an isolate takes at most 9.9 kB of memory and 0 ms of CPU to load it (estimated); ' +
        '4 KV writes to publish all of it; 3 targets, 26 probes a minute',
    )
  })
})

const POOL = "www 60 IN LUA A \"ifportup(443, {'198.51.100.1', '198.51.100.2'})\""

describe('commands', () => {
  test('check --costs prints them below each zone, and as JSON beside the diagnostics', async () => {
    const folder = folderWith({ 'a.example.zone': zoneFile(1, POOL) })
    const console = recorder()
    expect(await check([folder], console, {}, { costs: true })).toBe(0)
    expect(console.stdout[1]).toMatch(
      /^ {2}5 records, \d\.\d kB compiled; an isolate .*; 4 KV writes to publish all of it; 2 targets, \d+ probes a minute$/,
    )
    const json = recorder()
    await check([folder], json, {}, { costs: true, json: true })
    expect(JSON.parse(json.stdout.join(''))).toMatchObject({
      diagnostics: [],
      zones: [{ origin: 'a.example.', costs: { records: 5, parts: 0, kvWrites: 4, targets: 2 } }],
    })
  })

  test('check and publish advise of more targets than the cron of the free plan can probe', async () => {
    const pool = (from: number): string =>
      Array.from({ length: 21 }, (_, i) => `w${i} 60 IN LUA A "ifportup(443, {'198.51.100.${from + i}'})"`).join('\n')
    const folder = folderWith({ 'a.example.zone': zoneFile(1, pool(1)), 'b.example.zone': zoneFile(1, pool(101)) })
    const advice = /advice: 42 targets are due in a minute; expected at most 40 on the free plan/
    const checked = recorder()
    expect(await check([folder], checked)).toBe(0)
    expect(checked.stderr.join('\n')).toMatch(advice)
    const published = recorder()
    const open = async () => ok(new MemoryKv().commands)
    expect(await publishCommand([folder], { prune: false, where: 'local KV' }, open, published)).toBe(0)
    expect(published.stderr.join('\n')).toMatch(advice)
  })

  test('publish --costs prints them below each zone that is written, and --json has those of all', async () => {
    const folder = folderWith({ 'a.example.zone': zoneFile(1, POOL) })
    const { commands: kv } = new MemoryKv()
    const run = async (choices: object) => {
      const console = recorder()
      await publishCommand([folder], { prune: false, where: 'local KV', ...choices }, async () => ok(kv), console)
      return console.stdout
    }
    expect((await run({ costs: true }))[1]).toMatch(/^ {2}5 records, /)
    const again = JSON.parse((await run({ json: true })).join(''))
    expect(again.zones).toMatchObject([{ outcome: 'unchanged', writes: 0, costs: { records: 5 } }])
  })
})
