import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { publish } from '../../../src/cli/publish/publish-plan.ts'
import { overApiLines, report, reportJson } from '../../../src/cli/publish/report.ts'
import { printHeld, printKept, publishAll, Republisher } from '../../../src/cli/publish/republisher.ts'
import { compileFolder } from '../../../src/cli/zones/compile-files.ts'
import { API, hashText, reconcile } from '../../../src/store/index.ts'
import { MemoryKv, publication, TestIsolate, zoneOf } from '../store/kv-memory.ts'
import { must } from '../support.ts'
import { folderWith, recorder, zoneFile } from './support.ts'

const A = publication('a.example', 1)
const again = async (kv: MemoryKv) => must(await publish([A], kv.commands, { prune: false, now: 0 }))

async function published(): Promise<MemoryKv> {
  const kv = new MemoryKv()
  await again(kv)
  return kv
}

test.each<[string, (kv: MemoryKv) => void]>([
  ['a document that is broken', (kv) => kv.values.set('zone:a.example', { value: '{', metadata: null })],
  [
    'one that is broken beside metadata that say that all is well',
    (kv) => kv.values.set('zone:a.example', { value: '{', metadata: kv.values.get('zone:a.example')?.metadata }),
  ],
  ['an empty document', (kv) => kv.values.set('zone:a.example', { value: '', metadata: null })],
  [
    'another valid document',
    (kv) => kv.values.set('zone:a.example', { value: publication('a.example', 9).text, metadata: null }),
  ],
  ['a key that is gone', (kv) => kv.values.delete('zone:a.example')],
  ['the same document without metadata', (kv) => kv.values.set('zone:a.example', { value: A.text, metadata: null })],
  ['a head that is gone', (kv) => kv.values.delete([...kv.values.keys()].find((key) => key.startsWith('head:')) ?? '')],
])('publish repairs %s at once, reports it, and writes nothing the next time', async (_, make) => {
  const kv = await published()
  const whole = new Map(kv.values)
  make(kv)
  const repaired = await again(kv)
  expect(repaired).toMatchObject({ repaired: ['a.example'], changed: [], unchanged: [], writes: 1 })
  expect(report(repaired, { where: 'local KV', targets: 0, dryRun: false, costs: new Map() })[0]).toMatch(
    /^repaired {3}a\.example\. \d{3} octets; 1 KV write \(KV did not have what was published\)$/,
  )
  expect(new Map([...kv.values].sort())).toEqual(new Map([...whole].sort()))
  expect(await again(kv)).toMatchObject({ repaired: [], unchanged: ['a.example'], writes: 0 })
})

test('publish keeps the last two compiled zones, and older ones for ten minutes', async () => {
  const kv = new MemoryKv()
  const heads = () => [...kv.values.keys()].filter((key) => key.startsWith('head:')).length
  for (const [i, version] of [1, 2, 3, 2, 4].entries()) {
    const now = i * 601_000
    must(await publish([publication('a.example', version)], kv.commands, { prune: false, now }))
    const isolate = new TestIsolate(kv)
    expect(await isolate.ask('a.example')).toBe(version)
    expect(heads()).toBeLessThanOrEqual(3)
  }
  // The second time it finds the rest, and then nothing.
  const again = () => publish([publication('a.example', 4)], kv.commands, { prune: false, now: 5 * 601_000 })
  expect([must(await again()).deletes, must(await again()).deletes, heads()]).toEqual([1, 0, 2])
})

test('a version that was dropped, and is published again when it is to be swept, stays', async () => {
  const kv = new MemoryKv()
  const at = (version: number, now: number) =>
    publish([publication('a.example', version)], kv.commands, { prune: false, now })
  for (const version of [1, 2, 3]) must(await at(version, version))
  must(await at(1, 1_000_000))
  expect(await new TestIsolate(kv).ask('a.example')).toBe(1)
})

test('npm start removes zones that it published, keeps those that were put by hand, and lists them', async () => {
  const kv = new MemoryKv()
  const compiled = (files: Record<string, string>) => must(compileFolder(folderWith(files)))
  const both = compiled({ 'a.example.zone': zoneFile(1), 'b.example.zone': zoneFile(1) })
  must(await publishAll(both, kv.commands))
  await kv.put('zone:hand.example', JSON.stringify(zoneOf('hand.example', 7)))
  must(await publish([publication('other.example', 8)], kv.commands, { prune: false, now: 0 }))
  await reconcile(kv as never, 300_000)
  const one = must(await publishAll(compiled({ 'a.example.zone': zoneFile(1) }), kv.commands))
  expect(one).toMatchObject({ removed: ['b.example'], unchanged: ['a.example'] })
  expect([...one.kept].sort()).toEqual(['hand.example', 'other.example'])
  const isolate = new TestIsolate(kv)
  expect(await isolate.ask('hand.example')).toBe(7)
  expect(await isolate.ask('b.example')).toBe('REFUSED')
  const console = recorder()
  printKept({ ...one, kept: [...one.kept].sort() }, console)
  expect(console.stdout).toEqual(['kept hand.example. other.example.: in local KV, and not published by npm start'])
  printKept({ ...one, kept: [] }, console)
  expect(console.stdout).toHaveLength(1)
})

test('npm start restores a zone that was changed in local KV at the next change of a file', async () => {
  const folder = folderWith({ 'a.example.zone': zoneFile(1) })
  const kv = new MemoryKv()
  const files = must(compileFolder(folder))
  must(await publishAll(files, kv.commands))
  const console = recorder()
  const republisher = new Republisher(folder, kv.commands, files, console, {})
  await kv.put('zone:a.example', '{')
  await republisher.changed()
  expect(console.stdout.join()).toMatch(/^published in \d+ ms: a\.example\. repaired$/)
})

test('npm start tries again what local KV refuses, says each reason once, and ends with the server', async () => {
  const folder = folderWith({ 'a.example.zone': zoneFile(1) })
  const kv = new MemoryKv()
  const files = must(compileFolder(folder))
  must(await publishAll(files, kv.commands))
  const console = recorder()
  const waits: number[] = []
  let run = async (): Promise<void> => {}
  let isCalledOff = false
  const republisher = new Republisher(folder, kv.commands, files, console, {}, (ms, then) => {
    waits.push(ms)
    run = then as typeof run
    isCalledOff = false
    return () => {
      isCalledOff = true
    }
  })
  const failsWith = (why: string) => {
    kv.before = () => {
      throw new Error(why)
    }
  }
  writeFileSync(join(folder, 'a.example.zone'), zoneFile(2))
  failsWith('it is locked')
  await republisher.changed()
  for (let i = 0; i < 7; i++) await run()
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  failsWith('it is full')
  await run()
  expect(console.stderr).toEqual(
    ['locked', 'full'].map((why) => expect.stringMatching(new RegExp(`^error: .*it is ${why}; it is tried again$`))),
  )
  kv.before = () => {}
  await run()
  expect(console.stdout.join()).toMatch(/^fixed and published in \d+ ms: a\.example\. serial 2$/)
  expect(isCalledOff).toBe(true)

  failsWith('it is locked')
  await republisher.changed()
  expect([waits.at(-1), isCalledOff]).toEqual([1000, false])
  republisher.stop()
  expect(isCalledOff).toBe(true)
  const before = kv.ops.length
  kv.before = () => {}
  await republisher.changed()
  expect(kv.ops.length).toBe(before)
})

test('a zone that was removed and returns unchanged keeps the zone before', async () => {
  const kv = await published()
  const second = publication('a.example', 2)
  must(await publish([second], kv.commands, { prune: true, now: 1 }))
  must(await publish([], kv.commands, { prune: true, now: 2 }))
  must(await publish([second], kv.commands, { prune: true, now: 3 }))
  const { zone, previousZone } = JSON.parse(kv.textOf('catalog') ?? '').zones['a.example']
  expect([zone, previousZone]).toEqual([(await second.compiled()).zone, (await A.compiled()).zone])
  expect([...kv.values.keys()].filter((key) => key.startsWith('head:')).sort()).toEqual(
    [zone, previousZone].map((hash) => `head:${hash}`).sort(),
  )
})

describe('a zone that the API wrote', () => {
  const SINCE = Date.UTC(2026, 11, 1, 10)

  /** The API publishes a version of the zone. */
  async function throughApi(kv: MemoryKv, version: number): Promise<void> {
    const one = publication('a.example', version)
    must(await publish([one], kv.commands, { prune: false, now: SINCE }))
    const catalog = JSON.parse(kv.textOf('catalog') ?? '')
    catalog.zones['a.example'].by = API
    await kv.put('catalog', JSON.stringify(catalog))
  }

  const entryIn = (kv: MemoryKv) => JSON.parse(kv.textOf('catalog') ?? '').zones['a.example']

  test('is not published over by npm start, which says so, until its file is saved', async () => {
    const folder = folderWith({ 'a.example.zone': zoneFile(1), 'b.example.zone': zoneFile(1) })
    const save = (name: string, text: string, seconds: number) => {
      writeFileSync(join(folder, name), text)
      utimesSync(join(folder, name), seconds, seconds)
    }
    save('a.example.zone', zoneFile(1), 1000)
    save('b.example.zone', zoneFile(1), 1000)
    const kv = new MemoryKv()
    await throughApi(kv, 5)
    const files = must(compileFolder(folder))
    const first = must(await publishAll(files, kv.commands))
    expect(first).toMatchObject({ changed: ['b.example'], kept: [], held: [{ origin: 'a.example', since: SINCE }] })
    expect(await new TestIsolate(kv).ask('a.example')).toBe(5)
    const console = recorder()
    printHeld(first, files, console)
    expect(console.stdout).toEqual([
      `a.example. was changed through the API at 2026-12-01T10:00:00.000Z; ${join(folder, 'a.example.zone')} is not ` +
        'published over it; save the file to publish it',
    ])
    const republisher = new Republisher(folder, kv.commands, files, console, {})
    save('b.example.zone', zoneFile(2), 2000)
    await republisher.changed()
    expect(entryIn(kv)).toMatchObject({ serial: 5, by: 'api' })
    // Saving it without a change is enough.
    save('a.example.zone', zoneFile(1), 2000)
    await republisher.changed()
    expect(entryIn(kv)).toMatchObject({ serial: 1, by: 'dev' })
    // A version that the API writes after that is newer again.
    await throughApi(kv, 6)
    save('b.example.zone', zoneFile(3), 3000)
    await republisher.changed()
    expect(entryIn(kv)).toMatchObject({ serial: 6, by: 'api' })
    expect(console.stdout.filter((line) => line.startsWith('published'))).toHaveLength(3)
  })

  test('and has what its file has is left as it is', async () => {
    const kv = new MemoryKv()
    const folder = folderWith({ 'a.example.zone': zoneFile(1) })
    const files = must(compileFolder(folder))
    must(await publishAll(files, kv.commands))
    await kv.put('catalog', (kv.textOf('catalog') ?? '').replace('"by":"dev"', '"by":"api"'))
    expect(must(await publishAll(files, kv.commands))).toMatchObject({ held: [], unchanged: ['a.example'], writes: 0 })
    expect(entryIn(kv)).toMatchObject({ by: 'api', hash: await hashText(JSON.stringify(files[0]?.document)) })
  })

  test('is replaced and removed by publish, which says so', async () => {
    const kv = new MemoryKv()
    await throughApi(kv, 5)
    const replaced = must(await publish([A], kv.commands, { prune: false }))
    const at = 'a.example. was changed through the API at 2026-12-01T10:00:00.000Z'
    expect(overApiLines(replaced)).toEqual([
      `${at}, and this replaces that; the version of the API stays in the history of the zone`,
    ])
    const context = { where: 'local KV', targets: 0, dryRun: false, costs: new Map() }
    expect(reportJson(replaced, context).replacesApi).toEqual([
      { origin: 'a.example.', changed: '2026-12-01T10:00:00.000Z' },
    ])
    expect(overApiLines(must(await publish([A], kv.commands, { prune: false })))).toEqual([])
    await throughApi(kv, 6)
    expect(overApiLines(must(await publish([], kv.commands, { prune: true })))[0]).toContain('this removes the zone')
  })
})
