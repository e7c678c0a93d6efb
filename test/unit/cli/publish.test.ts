import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { explainCommand } from '../../../src/cli/explain/explain.ts'
import type { PublishKv } from '../../../src/cli/kv/kv.ts'
import { explainFailure } from '../../../src/cli/kv/wrangler.ts'
import { Progress } from '../../../src/cli/publish/progress.ts'
import { type PublishChoices, publishCommand } from '../../../src/cli/publish/publish.ts'
import { publish } from '../../../src/cli/publish/publish-plan.ts'
import { report } from '../../../src/cli/publish/report.ts'
import { err, ok } from '../../../src/result.ts'
import { publication } from '../store/kv-memory.ts'
import { must } from '../support.ts'
import { folderWith, recorder, zoneFile } from './support.ts'

type Call = readonly ['get' | 'list' | 'put' | 'delete', ...string[]]

/** KV in memory that records operations. `failing` selects operations that fail. */
function memoryKv(content: Record<string, string> = {}, failing: (call: Call) => boolean = () => false) {
  const values = new Map<string, string | Uint8Array>(Object.entries(content))
  const textOf = (key: string): string | undefined => {
    const value = values.get(key)
    return value === undefined || typeof value === 'string' ? value : new TextDecoder().decode(value)
  }
  const metadata = new Map<string, unknown>()
  const calls: Call[] = []
  const made = (call: Call) => {
    // Keys of compiled zones contain a hash, so they are abbreviated.
    calls.push(call.map((part) => part.replace(/^(head|part):.+/, '$1')) as unknown as Call)
    return !failing(call)
  }
  const kv: PublishKv = {
    getAll: async (keys) => {
      if (!made(['get', ...keys])) return err('KV is away')
      return ok(new Map(keys.flatMap((key) => (values.has(key) ? [[key, textOf(key) as string] as const] : []))))
    },
    list: async (prefix) => {
      if (!made(['list', prefix])) return err('KV is away')
      const names = [...values.keys()].filter((name) => name.startsWith(prefix))
      return ok(names.map((name) => ({ name, metadata: metadata.get(name) })))
    },
    get: async (key) => (made(['get', key]) ? ok(textOf(key)) : err('KV is away')),
    put: async (rows) => {
      if (!made(['put', ...rows.map(({ key }) => key)])) return err('KV is away')
      for (const row of rows) values.set(row.key, row.value)
      for (const row of rows) metadata.set(row.key, row.metadata)
      return ok(true)
    },
    delete: async (keys) => {
      if (!made(['delete', ...keys])) return err('KV is away')
      for (const key of keys) values.delete(key)
      return ok(true)
    },
    getBytes: async (key) => {
      const value = values.get(key)
      if (!made(['get', key])) return err('KV is away')
      return ok(value === undefined ? undefined : (Uint8Array.from(Buffer.from(value)).buffer as ArrayBuffer))
    },
    putBytes: async () => ok(true),
    close: async () => {},
  }
  return { kv, values, metadata, calls, writes: () => calls.filter(([kind]) => kind === 'put' || kind === 'delete') }
}

const zone = (origin: string, serial = 1) => publication(origin, serial)
const OWN_NAMES = ['__proto__', 'constructor', 'prototype']
const A = zone('a.example')
const B = zone('b.example')

describe('publish', () => {
  test('zones with names of object members, like constructor, are normal zones', async () => {
    const zones = OWN_NAMES.map((origin) => zone(origin))
    const { kv, values } = memoryKv()
    expect(must(await publish(zones, kv, { prune: true })).changed).toEqual(OWN_NAMES)
    expect(Object.keys(JSON.parse(values.get('catalog') as string).zones)).toEqual(OWN_NAMES)
    expect(must(await publish(zones, kv, { prune: true }))).toMatchObject({ unchanged: OWN_NAMES, writes: 0 })
    expect(must(await publish([A], kv, { prune: true })).removed).toEqual(OWN_NAMES)
  })

  test('writes the zones, then the catalog, and nothing the second time', async () => {
    const { kv, values, metadata, calls, writes } = memoryKv()
    const first = must(await publish([A, B], kv, { prune: false }))
    expect(calls).toEqual([
      ['get', 'catalog'],
      ['list', 'zone:'],
      ['list', 'head:'],
      ['list', 'part:'],
      ['list', 'source:'],
      ['list', 'dnssec:'],
      ['get', 'zone:a.example', 'zone:b.example'],
      ['put', 'head', 'zone:a.example', 'head', 'zone:b.example'],
      ['put', 'catalog'],
    ])
    expect(first).toMatchObject({ changed: ['a.example', 'b.example'], unchanged: [], writes: 5, deletes: 0 })
    expect(values.get('zone:a.example')).toBe(A.text)
    const { zones } = JSON.parse(values.get('catalog') as string)
    const { since, ...entry } = zones['a.example']
    expect([since, metadata.get('zone:a.example')]).toEqual([expect.any(Number), entry])

    const second = must(await publish([A, B], kv, { prune: false }))
    expect(second).toMatchObject({ changed: [], unchanged: ['a.example', 'b.example'], writes: 0, deletes: 0 })
    expect(writes()).toHaveLength(2)

    // A zone that the cron found missing stays, though its document did not change.
    zones['a.example'].missing = 1
    values.set('catalog', JSON.stringify({ zones }))
    const third = must(await publish([A, B], kv, { prune: false }))
    expect(third).toMatchObject({ repaired: ['a.example'], changed: [], unchanged: ['b.example'], writes: 1 })
    expect(values.get('catalog')).not.toContain('missing')
  })

  test('keeps and lists other zones; --prune deletes them, after the catalog', async () => {
    const { kv, calls, values } = memoryKv()
    must(await publish([A, B], kv, { prune: false }))
    expect(must(await publish([A], kv, { prune: false }))).toMatchObject({ kept: ['b.example'], writes: 0 })
    expect(values.has('zone:b.example')).toBe(true)
    calls.length = 0
    expect(must(await publish([A], kv, { prune: true }))).toMatchObject({ removed: ['b.example'], kept: [] })
    expect(calls).toEqual([
      ['get', 'catalog'],
      ['list', 'zone:'],
      ['list', 'head:'],
      ['list', 'part:'],
      ['list', 'source:'],
      ['list', 'dnssec:'],
      ['get', 'zone:a.example'],
      ['put', 'catalog'],
      ['delete', 'zone:b.example'],
    ])
    expect(Object.keys(JSON.parse(values.get('catalog') as string).zones)).toEqual(['a.example'])
  })

  test.each([
    ['that could not be read', memoryKv({}, ([kind]) => kind === 'get'), 'could not be read, so nothing was written'],
    ['that is not JSON', memoryKv({ catalog: '{' }), 'is damaged, so nothing was written'],
    ['of another shape', memoryKv({ catalog: '{"zones":[1]}' }), 'is damaged, so nothing was written'],
  ])('never overwrites a catalog %s', async (_, { kv, writes }, message) => {
    const published = await publish([A], kv, { prune: true })
    expect(published.ok ? 'published' : published.error).toContain(message)
    expect(writes()).toEqual([])
  })

  test.each([
    ['a zone', /^put,head/, 'the catalog is unchanged', [['put', 'head', 'zone:a.example']]],
    [
      'the catalog',
      /^put,catalog/,
      'publish again',
      [
        ['put', 'head', 'zone:a.example'],
        ['put', 'catalog'],
      ],
    ],
  ])('stops at %s that cannot be written', async (_, failing, message, expected) => {
    const { kv, writes } = memoryKv({}, (call) => failing.test(call.join()))
    const published = await publish([A], kv, { prune: false })
    expect(published.ok ? 'published' : published.error).toMatch(new RegExp(`^KV is away; .*${message}`))
    expect(writes()).toEqual(expected)
  })

  test('writes many zones in parts, and reports progress', async () => {
    const { kv, writes } = memoryKv()
    const zones = Array.from({ length: 450 }, (_, i) => zone(`z${i}.example`))
    const progress: string[] = []
    must(await publish(zones, kv, { prune: false, onProgress: (done, of) => progress.push(`${done}/${of}`) }))
    expect(writes().map((call) => call.length - 1)).toEqual([200, 200, 200, 200, 100, 1])
    expect(progress).toEqual(['200/900', '400/900', '600/900', '800/900', '900/900'])
  })
})

describe('the command', () => {
  test('with an invalid zone it never opens KV, and prints that nothing was published', async () => {
    const folder = folderWith({ 'good.example.zone': zoneFile(1), 'bad.example.zone': 'www IN A 192.0.2.1\n' })
    const console = recorder()
    let opened = false
    const open = async () => {
      opened = true
      return ok(memoryKv().kv)
    }
    expect(await publishCommand([folder], { prune: true, where: 'local KV' }, open, console)).toBe(1)
    expect(opened).toBe(false)
    expect(console.stdout).toEqual([])
    expect(console.stderr.join('\n')).toMatch(/bad\.example\.zone:\d+:\d+: /)
    expect(console.stderr.at(-1)).toMatch(
      /^error: 1 file of .* with errors; nothing was published, and KV is as it was$/,
    )
  })

  test('prints the changes and their cost', async () => {
    const folder = folderWith({ 'Good.Example.zone': zoneFile(5) })
    const { kv, values } = memoryKv()
    const console = recorder()
    expect(await publishCommand([folder], { prune: false, where: 'local KV' }, async () => ok(kv), console)).toBe(0)
    expect(console.stdout).toEqual([
      expect.stringMatching(/^changed {4}good\.example\. \d{3} octets; 2 KV writes$/),
      'published to local KV: 3 KV writes, 0 KV deletes',
    ])
    expect(JSON.parse(values.get('zone:good.example') as string)).toMatchObject({ soa: { serial: 5 } })
  })

  const good = zoneFile(1)
  const folders = async (more: Record<string, string> = {}) => {
    const memory = memoryKv()
    const first = folderWith({ 'a.example.zone': zoneFile(7), 'b.example.zone': good })
    const run = (paths: readonly string[], choices: Partial<PublishChoices> = {}) => {
      const console = recorder()
      const open = async () => ok(memory.kv)
      return publishCommand(paths, { prune: false, where: 'local KV', ...choices }, open, console).then((status) => ({
        ...{ status, out: console.stdout, err: console.stderr },
      }))
    }
    expect((await run([first])).status).toBe(0)
    memory.calls.length = 0
    return { ...memory, run, folder: folderWith({ 'a.example.zone': zoneFile(8), ...more }) }
  }

  test('--dry-run prints the plan, and writes nothing', async () => {
    const { run, folder, writes } = await folders()
    const { status, out } = await run([folder], { prune: true, dryRun: true })
    expect([status, writes()]).toEqual([0, []])
    expect(out).toEqual([
      expect.stringMatching(/^changed {4}a\.example\. \d{3} octets; 2 KV writes$/),
      'removed    b.example.',
      'would be published to local KV: 3 KV writes, 1 KV delete',
    ])
  })

  test('--json prints the same for programs', async () => {
    const { run, folder } = await folders()
    const { out } = await run([folder], { json: true })
    const octets = expect.any(Number)
    const costs = expect.objectContaining({ records: 3 })
    const nothing = { writes: 0, octets: 0 }
    const none = { written: 0, of: 0 }
    expect(JSON.parse(out.join('\n'))).toEqual({
      where: 'local KV',
      dryRun: false,
      zones: [
        { origin: 'a.example.', outcome: 'changed', writes: 2, octets, parts: none, pieces: none, costs },
        { origin: 'b.example.', outcome: 'kept', ...nothing },
      ],
      ...{ writes: 3, deletes: 0, targets: 0, olderSerials: [], replacesApi: [] },
    })
  })

  test.each<[string, Partial<PublishChoices>, number, boolean]>([
    ['without anybody to ask, needs --yes', {}, 1, false],
    ['asks, and is refused', { confirm: async () => false }, 1, false],
    ['asks, and is allowed', { confirm: async () => true }, 0, true],
    ['with --yes asks nobody', { yes: true, confirm: () => Promise.reject(new Error('asked')) }, 0, true],
  ])('--prune %s', async (_, choices, expected, goes) => {
    const { run, folder, values, writes } = await folders()
    const { status, err: errors } = await run([folder], { prune: true, ...choices })
    expect([status, values.has('zone:b.example'), writes().length > 0]).toEqual([expected, !goes, goes])
    if (choices.confirm === undefined) {
      expect(errors).toEqual([
        'error: --prune removes from local KV: b.example.; expected --yes too. Nothing was written',
      ])
    }
  })

  test('--prune with nothing to remove asks no question', async () => {
    const { run, folder } = await folders({ 'b.example.zone': good })
    expect((await run([folder], { prune: true })).status).toBe(0)
  })

  test('publishes single files, and keeps the other zones', async () => {
    const { run, folder, values } = await folders()
    const { status, out } = await run([join(folder, 'a.example.zone')])
    expect([status, values.has('zone:b.example')]).toEqual([0, true])
    expect(out.slice(0, 2)).toEqual([
      expect.stringMatching(/^changed {4}a\.example\. \d{3} octets; 2 KV writes$/),
      'kept       b.example. (published before, not in this folder; --prune removes)',
    ])
    expect(await run([join(folder, 'a.example.zone')], { prune: true })).toMatchObject({
      status: 2,
      err: ['error: --prune removes the zones that are not in a folder; expected one folder'],
    })
  })

  test('with an invalid file it writes none of the files', async () => {
    const { run, folder, writes } = await folders({ 'c.example.zone': 'www A 1.2.3.4\n' })
    const { status, err: errors } = await run(['a.example.zone', 'c.example.zone'].map((file) => join(folder, file)))
    expect([status, writes()]).toEqual([1, []])
    expect(errors.at(-1)).toBe('error: 1 error; nothing was published, and KV is as it was')
  })

  test('lists skipped files of the folder, and serials that decrease', async () => {
    const { run } = await folders()
    const folder = folderWith({ 'a.example.zone': zoneFile(6), 'db.b.example': good, 'a.example.zone~': good })
    const { err: errors } = await run([folder])
    expect(errors.map((line) => line.replace(`${folder}/`, '').replace(/; .*/, ''))).toEqual([
      'a.example.zone~:1:1: advice: the file is skipped',
      'db.b.example:1:1: advice: the file is skipped',
      'warning: a.example. has the serial 6, and 7 is published',
    ])
  })

  test('explain reads published zones', async () => {
    const { kv, values, run } = await folders({})
    const asked = async () => {
      const console = recorder()
      const known = {
        ...{ open: undefined, openZones: async () => ok(kv), platform: 'workerd' as const, vantages: [], now: 0 },
        whatIf: { down: [], up: [] },
      }
      const options = { client: '192.0.2.1', zones: 'local' }
      const status = await explainCommand('ns.a.example', 'A', options, known, Math.random, console)
      return [status, ...console.stderr, console.stdout.join('\n').match(/serial \d+/)?.[0]]
    }
    expect(await asked()).toEqual([0, 'serial 7'])
    // The zone before counts if the newest is damaged.
    await run([folderWith({ 'a.example.zone': zoneFile(8) })])
    expect(await asked()).toEqual([0, 'serial 8'])
    const { zone: hash } = JSON.parse(values.get('catalog') as string).zones['a.example']
    values.set(`head:${hash}`, '{')
    expect(await asked()).toEqual([0, 'serial 7'])
    values.delete('catalog')
    expect(await asked()).toEqual([
      1,
      'error: KV has no catalog; expected published zones; nothing can be explained',
      undefined,
    ])
  })

  test('prints the reason why KV cannot be opened', async () => {
    const folder = folderWith({ 'a.example.zone': zoneFile(1) })
    const console = recorder()
    expect(
      await publishCommand([folder], { prune: false, where: '' }, async () => err('no such binding'), console),
    ).toBe(1)
    expect(console.stderr).toEqual(['error: no such binding'])
  })
})

test('a report omits empty kinds, and cuts long lists', () => {
  const many = Array.from({ length: 23 }, (_, i) => `z${i}`)
  const none = {
    ...{ changed: [], repaired: [], unchanged: [], removed: [], kept: [], older: [], overApi: [], held: [] },
    zoneWrites: new Map(),
  }
  const writes = (written: number, of: number, octets: number) => ({
    parts: { written, of },
    pieces: { written, of },
    values: 2 * written + 2,
    octets,
  })
  const zoneWrites = new Map([
    ['z0', writes(1, 245, 182_345)],
    ['z1', writes(0, 0, 999)],
    ['z2', writes(1, 1, 1_400_000)],
  ])
  const published = { ...none, changed: many, removed: ['x'], kept: ['y'], zoneWrites, writes: 24, deletes: 1 }
  const context = { where: 'production', targets: 0, dryRun: false, costs: new Map() }
  expect(report(published, context)).toEqual([
    'changed    z0. 1 of 245 parts and 1 of 245 pieces of the document, 182 kB; 4 KV writes',
    'changed    z1. 999 octets; 2 KV writes',
    'changed    z2. 1 of 1 part and 1 of 1 piece of the document, 1.4 MB; 4 KV writes',
    ...many.slice(3, 20).map((name) => `changed    ${name}.`),
    'changed    and 3 more',
    'removed    x.',
    'kept       y. (published before, not in this folder; --prune removes)',
    'published to production: 24 KV writes, 1 KV delete',
  ])
  expect(
    report({ ...none, writes: 0, deletes: 0 }, { where: 'local KV', targets: 4, dryRun: true, costs: new Map() }),
  ).toEqual(['would be published to local KV: 0 KV writes, 0 KV deletes; 4 targets to probe'])
})

test.each([
  ['In a non-interactive environment, set a CLOUDFLARE_API_TOKEN', 'run "npx wrangler login"'],
  ['A request to the Cloudflare API failed. Authentication error [code: 10000]', 'run "npx wrangler login"'],
  ['No KV namespace ID found for binding "GSLB" in the deployed Worker settings', 'run "npx wrangler deploy" first'],
  ['This Worker does not exist on your account. [code: 10007]', 'run "npx wrangler deploy" first'],
  ['fetch failed', 'check the network'],
  ['Something else', 'wrangler failed: Something else'],
])('wrangler said "%s"', (said, advice) => {
  const message = explainFailure({
    stdout: '',
    stderr: `\u001b[31m✘ [ERROR] ${said}\u001b[0m\n\n🪵  Logs were written\n`,
  })
  expect(message).toContain(advice)
  expect(message).toContain(said)
  expect(message).not.toMatch(/Logs|✘|\[31m/)
})

describe('progress', () => {
  const run = (terminal: boolean, times: readonly number[]): string[] => {
    const shown: string[] = []
    let now = 0
    const show = (line: string) => shown.push(line)
    const console = { ...recorder(), err: show, rewrite: terminal ? show : undefined }
    const progress = new Progress('publishing', console, () => now)
    for (const [i, time] of times.entries()) {
      now = time
      progress.update(i + 1, 4)
    }
    progress.end()
    return shown
  }

  test.each([
    ['short work shows nothing', true, [1, 100, 499], []],
    ['work that is done in one go shows nothing', false, [0, 0, 0, 9000], []],
    [
      'a terminal has one line rewritten, and cleared',
      true,
      [500, 550, 650],
      ['publishing: 1 of 4 (25 %)', 'publishing: 3 of 4 (75 %)', ''],
    ],
    [
      'elsewhere a line now and then',
      false,
      [2000, 3000, 4000, 4100],
      ['publishing: 1 of 4 (25 %)', 'publishing: 3 of 4 (75 %)'],
    ],
  ])('%s', (_, terminal, times, expected) => {
    expect(run(terminal, times)).toEqual(expected)
  })
})
