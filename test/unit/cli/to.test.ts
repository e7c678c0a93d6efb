import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { explainCommand } from '../../../src/cli/explain/explain.ts'
import { type ExplainToOptions, explainThroughApi } from '../../../src/cli/explain/through-api.ts'
import { historyCommand } from '../../../src/cli/history/history.ts'
import { rollbackCommand } from '../../../src/cli/history/rollback.ts'
import { parseAdd } from '../../../src/cli/override/options.ts'
import { type OverrideAction, overrideCommand } from '../../../src/cli/override/override.ts'
import { healthThroughApi, overridesThroughApi } from '../../../src/cli/override/through-api.ts'
import { plain } from '../../../src/cli/paint.ts'
import { type ApiPlanChoices, planThroughApi } from '../../../src/cli/plan/through-api.ts'
import { check } from '../../../src/cli/zones/check.ts'
import { checkThroughApi } from '../../../src/cli/zones/check-through-api.ts'
import { compileFile } from '../../../src/cli/zones/compile-files.ts'
import { exportPublished } from '../../../src/cli/zones/export.ts'
import { documentFrom } from '../../../src/cli/zones/export-through-api.ts'
import { ok } from '../../../src/result.ts'
import { must } from '../support.ts'
import { type Answer, ApiServer, problem, type Seen } from './api-server.ts'
import { folderWith, recorder, zoneFile } from './support.ts'

const answering =
  (path: string, body: unknown, status = 200) =>
  (seen: Seen): Answer | undefined =>
    seen.path === path ? { status, body } : undefined

describe('edge-gslb check --to', () => {
  const checked = async (server: ApiServer, files: Readonly<Record<string, string>>) => {
    const folder = folderWith(files)
    const console = recorder()
    const status = await check([folder], console, {}, { alsoBy: checkThroughApi(server.client(), {}) })
    return { status, err: console.stderr.map((line) => line.replace(`${folder}/`, '')) }
  }

  test('sends the text of a file, so that what the Worker finds has its lines', async () => {
    const server = await ApiServer.start()
    const bodies: string[] = []
    server.fault = (_, body) => {
      bodies.push(body)
      const error = { line: 4, column: 2, message: 'this Worker is old', expected: 'A' }
      return { status: 200, body: { ok: false, errors: [error], warnings: [{ ...error, line: 5, expected: '' }] } }
    }
    const text = zoneFile(1)
    expect(await checked(server, { 'a.example.zone': text })).toEqual({
      status: 1,
      err: ['a.example.zone:4:2: this Worker is old; expected A', 'a.example.zone:5:2: warning: this Worker is old'],
    })
    expect(bodies).toEqual([text])
  })

  test('sends the document of a file that includes others, or that is not ASCII', async () => {
    const server = await ApiServer.start()
    const bodies: string[] = []
    server.fault = (_, body) => {
      bodies.push(body)
      return undefined
    }
    const files = {
      'a.example.zone': zoneFile(1, '$INCLUDE more.inc'),
      'b.example.zone': zoneFile(1, 't TXT "ü"'),
      'more.inc': 'www A 192.0.2.1\n',
    }
    expect((await checked(server, files)).status).toBe(0)
    const [a, b] = bodies.map((body) => JSON.parse(body))
    expect([a.records.www, b.records.t]).toEqual([{ A: '192.0.2.1' }, { TXT: expect.anything() }])
  })

  test('a server that is away is an error of each file, and is waited for once', async () => {
    const server = await ApiServer.start()
    server.fault = () => 'lost'
    const { status, err } = await checked(server, { 'a.example.zone': zoneFile(1), 'b.example.zone': zoneFile(1) })
    expect([status, err.length, server.waits.length]).toEqual([1, 2, 2])
    expect(err[1]).toContain('b.example.zone:1:1: the zone is not checked there: ')
  })
})

describe('edge-gslb plan --to', () => {
  const change = (name: string) => ({
    ...{ name, type: 'A', change: 'changed', ttl: { before: 300, after: 300 }, share: { ipv4: 1 } },
    networks: ['0.0.0.0/0', '::/0'].map((prefix) => ({
      ...{ prefix, before: [{ data: '192.0.2.1', probability: '1' }] },
      after: [{ data: '192.0.2.2', probability: '1/3' }],
    })),
  })
  const CHOICES: ApiPlanChoices = { prune: false, form: 'text', health: false, whatIf: { up: [], down: [] } }
  const planned = async (server: ApiServer, folder: string, more: Partial<ApiPlanChoices> = {}) => {
    const console = recorder()
    const status = await planThroughApi([folder], { ...CHOICES, ...more }, server.client(), console, {})
    return { status, out: console.stdout, err: console.stderr }
  }

  test('sends what differs, and prints what the Worker says, with status 2', async () => {
    const server = await ApiServer.start()
    const bodies: unknown[] = []
    server.fault = (seen, body) => {
      if (seen.path !== '/api/v1/plan') return undefined
      bodies.push(JSON.parse(body))
      return { status: 200, body: { changes: [change('www.a.example.')], serials: [], cut: false } }
    }
    await server.put('gone.example.', { soa: { serial: 1 } })
    const folder = folderWith({ 'a.example.zone': zoneFile(1, 'www A 192.0.2.2') })
    const whatIf = { up: [], down: ['fra'] }
    const { status, out, err } = await planned(server, folder, { prune: true, health: true, whatIf })
    expect([status, err]).toEqual([2, ['warning: "fra" is not a target, a check or a datacenter of the zones']])
    expect(out).toContain('    + 192.0.2.2 (33.33 %)')
    const sent = {
      'a.example.': { document: expect.objectContaining({ origin: 'a.example.' }) },
      'gone.example.': null,
    }
    expect(bodies).toEqual([{ zones: sent, health: 'current', up: [], down: ['fra'] }])
    const json = await planned(server, folder, { form: 'json' })
    expect(JSON.parse(json.out.join('\n')).changes).toEqual([change('www.a.example.')])
    expect((await planned(server, folder, { form: 'markdown' })).out[0]).toBe('**edge-gslb plan**: answers: 1 changed')
  })

  test('asks nothing if nothing differs, with status 0', async () => {
    const server = await ApiServer.start()
    const folder = folderWith({ 'a.example.zone': zoneFile(1) })
    const compiled = compileFile(join(folder, 'a.example.zone'))
    if (compiled.ok) await server.put('a.example.', compiled.value.document)
    expect(await planned(server, folder)).toEqual({ status: 0, out: ['no answer changes'], err: [] })
    expect(server.seen.map(({ path }) => path)).toEqual(['/api/v1/zones'])
  })

  test('many zones are several requests, whose plans are put together', async () => {
    const server = await ApiServer.start()
    server.fault = (seen, body) => {
      if (seen.path !== '/api/v1/plan') return undefined
      const changes = Object.keys(JSON.parse(body).zones).map((origin) => change(`www.${origin}`))
      return { status: 200, body: { changes, serials: [], cut: false } }
    }
    const files = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`z${i}.example.zone`, zoneFile(1)]))
    const { status, out, err } = await planned(server, folderWith(files), { form: 'json' })
    // On a slow machine the progress is told, too.
    expect([status, err.filter((line) => !/^(reading|checking) /.test(line))]).toEqual([
      2,
      ['warning: the zones are compared in 3 parts: names that lead from one to another are not'],
    ])
    expect(JSON.parse(out.join('\n')).changes).toHaveLength(120)
    expect(server.seen.filter(({ path }) => path === '/api/v1/plan')).toHaveLength(3)
  })

  test('an error has status 1, with the places of problem details', async () => {
    const server = await ApiServer.start()
    const errors = [{ line: 2, column: 3, message: 'no', expected: 'yes', zone: 'a.example.' }]
    server.fault = (seen) => (seen.path === '/api/v1/plan' ? problem(422, 'not valid', { errors }) : undefined)
    const { status, err } = await planned(server, folderWith({ 'a.example.zone': zoneFile(1) }))
    expect([status, err]).toEqual([
      1,
      [
        'a.example.:2:3: no; expected yes',
        `error: ${server.url} answered with status 422: not valid`,
        'nothing was compared',
      ],
    ])
    server.fault = answering('/api/v1/plan', '<html>')
    expect((await planned(server, folderWith({ 'a.example.zone': zoneFile(1) }))).err[0]).toBe(
      `error: ${server.url} did not answer /api/v1/plan as edge-gslb of this version does`,
    )
  })
})

describe('edge-gslb explain --to', () => {
  const explained = async (server: ApiServer, more: Partial<ExplainToOptions> = {}) => {
    const console = recorder()
    const options = { client: '192.0.2.7', zones: 'zones', down: [], up: [], ...more }
    const status = await explainThroughApi('ns.a.example', 'a', options, server.client(), console)
    return { status, out: console.stdout, err: console.stderr }
  }

  test('prints what the Worker explains as the command itself would', async () => {
    const local = recorder()
    const folder = folderWith({ 'a.example.zone': zoneFile(1) })
    const source = { open: undefined, platform: 'workerd', vantages: [], whatIf: { down: [], up: [] }, now: 0 } as const
    const options = { client: '192.0.2.7', zones: folder }
    await explainCommand('ns.a.example', 'a', { ...options, json: true }, source, () => 0, local)
    const json = JSON.parse(local.stdout.join('\n'))
    await explainCommand('ns.a.example', 'a', options, source, () => 0, local)
    const server = await ApiServer.start()
    const at = '2026-11-22T18:00:00Z'
    server.fault = ({ path }) => (path.startsWith('/api/v1/explain?') ? { status: 200, body: json } : undefined)
    const more = { down: ['fra', 'web/192.0.2.1'], up: ['ams'], cf: '{"country":"DE"}', at }
    expect(await explained(server, more)).toEqual({ status: 0, out: [local.stdout.at(-1)], err: [] })
    const query = new URL(server.seen[0]?.path ?? '', server.url).searchParams
    expect([...query]).toEqual([
      ...[
        ['name', 'ns.a.example'],
        ['type', 'a'],
        ['client', '192.0.2.7'],
        ['country', 'DE'],
        ['at', at],
      ],
      ...[
        ['down', 'fra'],
        ['down', 'web/192.0.2.1'],
        ['up', 'ams'],
      ],
    ])
    expect(JSON.parse((await explained(server, { json: true })).out.join('\n'))).toEqual(json)
  })

  test.each([
    [{ client: 'x' }, 'is not an IP address'],
    [{ cf: '{"country":"DE","asn":1}' }, 'has more than a country'],
    [{ cf: '{"continent":"EU"}' }, 'has more than a country'],
  ])('%j is a wrong command line', async (more, text) => {
    const server = await ApiServer.start()
    expect(await explained(server, more)).toMatchObject({ status: 2, err: [expect.stringContaining(text)] })
    expect(server.seen).toEqual([])
  })
})

describe('edge-gslb export --to', () => {
  test('writes the document of the API as a zone file, or as it is', async () => {
    const server = await ApiServer.start()
    const compiled = compileFile(join(folderWith({ 'a.example.zone': zoneFile(4) }), 'a.example.zone'))
    if (compiled.ok) await server.put('a.example.', compiled.value.document)
    const console = recorder()
    expect(await exportPublished('A.example', {}, documentFrom(server.client()), console)).toBe(0)
    expect(console.stdout.join('\n')).toContain('SOA')
    const json = recorder()
    expect(await exportPublished('a.example.', { json: true }, documentFrom(server.client()), json)).toBe(0)
    expect(JSON.parse(json.stdout.join('\n'))).toMatchObject({ origin: 'a.example.', soa: { serial: 4 } })
    expect(await exportPublished('b.example', {}, documentFrom(server.client()), json)).toBe(1)
    expect(json.stderr).toEqual([
      `error: ${server.url} has no zone b.example.; expected one that it serves; nothing was written`,
    ])
  })
})

describe('edge-gslb history and rollback', () => {
  const change = (id: number, reason: string | null) => ({
    ...{ id, time: `2026-11-30T12:00:0${id}.250Z`, author: 'ci', reason, serial: id, hash: id === 2 ? null : 'ab' },
  })
  const history = '/api/v1/zones/a.example./history'
  const diff = '--- before\n+++ change 3, serial 3\n@@ -1 +1 @@\n-www A 192.0.2.1\n+www\tA 192.0.2.2\n'
  const serverWithHistory = async (): Promise<ApiServer> => {
    const server = await ApiServer.start()
    server.fault = ({ path }) => {
      if (path === history) return { status: 200, body: { changes: [change(3, 'fra is slow'), change(2, null)] } }
      if (path === `${history}/3`)
        return { status: 200, body: { ...change(3, 'fra is slow'), before: {}, after: {}, diff } }
      if (path === `${history}/2`)
        return { status: 200, body: { ...change(2, null), before: {}, after: null, diff: null } }
      return path.startsWith(history) ? problem(404, 'the zone a.example. has no change 9 that is kept') : undefined
    }
    return server
  }
  const run = async (id: string | undefined, more: { diff?: boolean; json?: boolean } = {}, zone = 'a.example') => {
    const console = recorder()
    const server = await serverWithHistory()
    const options = { diff: false, json: false, ...more }
    const status = await historyCommand(zone, id, options, server.client(), console)
    return { status, out: console.stdout, err: console.stderr }
  }

  test('lists changes in columns', async () => {
    expect(await run(undefined)).toEqual({
      status: 0,
      out: [
        'ID  TIME                  SERIAL   AUTHOR  REASON',
        '3   2026-11-30T12:00:03Z  3        ci      fra is slow',
        '2   2026-11-30T12:00:02Z  deleted  ci',
      ],
      err: [],
    })
  })

  test('shows one change, and all of them with --diff', async () => {
    const one = await run('3')
    expect(one.out).toEqual([
      'change 3, 2026-11-30T12:00:03Z, serial 3, by ci: fra is slow',
      ...diff.trimEnd().split('\n'),
      '',
    ])
    expect((await run(undefined, { diff: true })).out).toEqual([
      ...one.out,
      'change 2, 2026-11-30T12:00:02Z, the zone is deleted, by ci',
      'too many differences to tell; --json has both documents',
      '',
    ])
  })

  test('--json has the changes, and one with what it did', async () => {
    const list = JSON.parse((await run(undefined, { json: true, diff: true })).out.join('\n'))
    expect(list.changes.map(({ diff }: { diff: unknown }) => diff)).toEqual([diff, null])
    expect(JSON.parse((await run('3', { json: true })).out.join('\n'))).toMatchObject({ id: 3, before: {}, diff })
  })

  test.each([
    ['x', 'a.example', 2, '"x" is not the number of a change; expected one of "history", like 7'],
    ['3', 'a..example', 2, '"a..example" is not a name; expected that of a zone, like example.com'],
    ['9', 'a.example', 1, 'the zone a.example. has no change 9 that is kept'],
  ])('change %s of %s: status %i', async (id, zone, status, text) => {
    expect(await run(id, {}, zone)).toMatchObject({ status, err: [expect.stringContaining(text)] })
  })

  test('rollback sends the change and the reason once, and says which serial it has', async () => {
    const server = await ApiServer.start()
    const bodies: unknown[] = []
    server.fault = (_, body) => {
      bodies.push(JSON.parse(body))
      return { status: 200, body: { origin: 'a.example.', serial: 9, hash: 'ab', published: null } }
    }
    const console = recorder()
    const options = { reason: 'fra', dropExpectations: false, json: false }
    expect(await rollbackCommand('a.example', '3', options, server.client(), console)).toBe(0)
    expect([bodies, console.stdout]).toEqual([
      [{ to: 3, reason: 'fra' }],
      ['a.example. is as change 3 made it, with serial 9; KV has it in a moment'],
    ])
    expect(server.writes).toEqual(['POST a.example./rollback'])
    // A roll-back is a change each time: it is not sent again.
    server.fault = () => problem(503, 'try again')
    expect(await rollbackCommand('a.example', '3', options, server.client(), console)).toBe(1)
    expect(server.waits).toEqual([])
  })

  describe('rollback to a version that the expectations of today do not hold for', () => {
    const TESTS = [{ name: 'www.a.example', answer: '192.0.2.2' }]
    const held = problem(422, 'the expectations beside the zone do not hold', {
      errors: [{ line: 1, column: 9, message: 'it is 192.0.2.1', expected: '192.0.2.2', source: 'expectations' }],
    })
    /** @param last the reply once the expectations are gone */
    const rolled = async (dropExpectations: boolean, last: Answer) => {
      const server = await ApiServer.start()
      await server.put('a.example.', { soa: { serial: 2 } })
      const zone = server.zones.get('a.example.')
      if (!zone) throw new Error('no zone')
      zone.tests = TESTS
      server.fault = ({ path }) => {
        if (!path.endsWith('/rollback')) return undefined
        return zone.tests === undefined ? last : held
      }
      const console = recorder()
      const options = { dropExpectations, json: false }
      const status = await rollbackCommand('a.example', '3', options, server.client(), console)
      return { status, tests: zone.tests, writes: server.writes, out: console.stdout, err: console.stderr }
    }
    const DONE = { status: 200, body: { origin: 'a.example.', serial: 9, hash: 'ab', published: null } }
    const ROLL = 'POST a.example./rollback'
    const [REMOVE, PUT] = ['DELETE a.example./expectations', 'PUT a.example./expectations']

    test('is refused, with the row and the way out', async () => {
      const { status, tests, writes, err } = await rolled(false, DONE)
      expect([status, tests, writes]).toEqual([1, TESTS, [ROLL]])
      expect(err[0]).toBe('a.example.test.json:1:9: it is 192.0.2.1; expected 192.0.2.2')
      expect(err.at(-1)).toContain('--drop-expectations')
    })
    test('removes them with --drop-expectations, and says so', async () => {
      const { status, tests, writes, out, err } = await rolled(true, DONE)
      expect([status, tests, writes]).toEqual([0, undefined, [ROLL, REMOVE, ROLL]])
      expect([out[0], err]).toEqual([
        expect.stringContaining('is as change 3 made it'),
        ['warning: the expectations beside the zone did not hold, and are removed'],
      ])
    })
    test('brings them back if it fails all the same', async () => {
      const { status, tests, writes } = await rolled(true, problem(503, 'try again'))
      expect([status, tests, writes]).toEqual([1, TESTS, [ROLL, REMOVE, ROLL, PUT]])
    })
  })
})

describe('edge-gslb override --to', () => {
  test('changes the overrides, unless somebody has changed them meanwhile', async () => {
    const server = await ApiServer.start()
    let [text, version] = ['{"overrides":[]}', 1]
    let isChangedMeanwhile = false
    server.fault = ({ method, path }, body) => {
      if (path.split('?')[0] !== '/api/v1/overrides') return undefined
      if (method === 'GET') return { status: 200, body: JSON.parse(text), headers: { ETag: `"${version}"` } }
      if (isChangedMeanwhile) return { status: 412, body: { error: 'the overrides are no longer those' } }
      text = body
      version++
      return { status: 200, body: { overrides: 1 } }
    }
    const run = async (action: OverrideAction, json = false) => {
      const console = recorder()
      const health = healthThroughApi(server.client())
      const store = {
        open: async () => ok(overridesThroughApi(server.client())),
        where: server.url,
        byHand: String,
        health,
        guards: true as const,
      }
      const status = await overrideCommand(action, store, 0, console, plain, json)
      return { status, out: console.stdout, err: console.stderr }
    }
    const override = must(parseAdd({ target: '192.0.2.1', force: ['down'], why: 'repair', by: 'me' }, 0))
    const add: OverrideAction = { kind: 'add', ...override, zones: folderWith({ 'a.example.zone': zoneFile(1) }) }
    const added = await run(add)
    expect([added.status, added.out.at(-1)]).toEqual([0, expect.stringContaining(`written to ${server.url}`)])
    expect(JSON.parse((await run({ kind: 'list' }, true)).out.join('\n')).overrides).toEqual([
      { target: '192.0.2.1', force: 'down', by: 'me', why: 'repair', ended: false, active: true },
    ])
    isChangedMeanwhile = true
    expect(await run({ kind: 'remove', which: 'all' })).toMatchObject({
      status: 1,
      err: [expect.stringContaining('the overrides are no longer those; the overrides are unchanged')],
    })
  })
})
