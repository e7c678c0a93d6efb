import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ApiPublishChoices, publishThroughApi } from '../../../src/cli/publish/through-api.ts'
import { compileFile } from '../../../src/cli/zones/compile-files.ts'
import { ApiServer, problem } from './api-server.ts'
import { folderWith, recorder, zoneFile } from './support.ts'

const CHOICES: ApiPublishChoices = {
  ...{ prune: false, yes: true, dryRun: false, json: false, reason: undefined, confirm: undefined },
}

async function publish(server: ApiServer, paths: readonly string[], more: Partial<ApiPublishChoices> = {}) {
  const console = recorder()
  const status = await publishThroughApi(paths, { ...CHOICES, ...more }, server.client(), console, {})
  return { status, out: console.stdout, err: console.stderr }
}

/** Puts a zone as a file of these records is compiled. */
async function serve(server: ApiServer, origin: string, text: string): Promise<void> {
  const compiled = compileFile(join(folderWith({ [`${origin}zone`]: text }), `${origin}zone`))
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  await server.put(origin, compiled.value.document)
}

const TESTS = (answer: string): string => JSON.stringify([{ name: 'ns.a.example', client: '192.0.2.7', answer }])

describe('edge-gslb publish --to', () => {
  test('writes new and changed zones, with the reason, and leaves the others', async () => {
    const server = await ApiServer.start()
    await serve(server, 'a.example.', zoneFile(1))
    await serve(server, 'b.example.', zoneFile(1))
    await serve(server, 'other.example.', zoneFile(1))
    const folder = folderWith({
      'a.example.zone': zoneFile(1),
      'b.example.zone': zoneFile(2, 'www A 192.0.2.1'),
      'c.example.zone': zoneFile(7),
    })
    const { status, out, err } = await publish(server, [folder], { reason: 'größer\nund neu' })
    expect([status, err]).toEqual([0, []])
    expect(out).toEqual([
      'changed    b.example. serial 2',
      'new        c.example. serial 7',
      'unchanged  a.example.',
      'kept       other.example. (there, and not in this folder; --prune removes)',
      `published through ${server.url}: 2 zones written`,
    ])
    expect(server.writes.toSorted()).toEqual(['PUT b.example.', 'PUT c.example.'])
    expect(new Set(server.seen.flatMap(({ reason }) => reason ?? []))).toEqual(new Set(['größer und neu']))
    expect((await publish(server, [folder])).out.at(0)).toBe('unchanged  a.example. b.example. c.example.')
  })

  test('a serial that the Worker raised is no change of the next run', async () => {
    const server = await ApiServer.start()
    await serve(server, 'a.example.', zoneFile(5))
    const folder = folderWith({ 'a.example.zone': zoneFile(5, 'www A 192.0.2.1') })
    const first = await publish(server, [folder])
    expect(first.err).toEqual(['warning: a.example. has the serial 5, and 5 is served; the Worker will raise it'])
    expect(first.out[0]).toBe('changed    a.example. serial 6; the file has 5')
    const again = await publish(server, [folder])
    expect([again.status, again.out[0], again.err]).toEqual([0, 'unchanged  a.example.', []])
    expect((await publish(server, [folderWith({ 'a.example.zone': zoneFile(9, 'www A 192.0.2.1') })])).out[0]).toBe(
      'changed    a.example. serial 9',
    )
  })

  test("what only PowerDNS's API keeps stays, as far as it agrees with the file", async () => {
    const server = await ApiServer.start()
    const compiled = compileFile(join(folderWith({ 'a.example.zone': zoneFile(1) }), 'a.example.zone'))
    if (!compiled.ok) throw new Error('not valid')
    const comments = [{ content: 'the name server', account: 'ada', modified_at: 1 }]
    const disabled = { content: '192.0.2.99', disabled: true }
    const rrsets = { ns: { A: { ttl: 300, records: [{ content: '192.0.2.53' }, disabled], comments } } }
    const served = { ...compiled.value.document, api: { account: 'ada', rrsets } }
    await server.put('a.example.', served)
    expect((await publish(server, [folderWith({ 'a.example.zone': zoneFile(1) })])).out[0]).toBe(
      'unchanged  a.example.',
    )
    const changed = folderWith({ 'a.example.zone': zoneFile(2).replace('192.0.2.53', '192.0.2.54') })
    expect((await publish(server, [changed])).out[0]).toBe('changed    a.example. serial 2')
    const { api, records } = JSON.parse(server.zones.get('a.example.')?.text ?? '')
    expect(records.ns).toEqual({ A: '192.0.2.54' })
    expect(api.account).toBe('ada')
    expect(api.rrsets.ns.A.comments).toEqual(comments)
    expect(JSON.stringify(api)).not.toContain('192.0.2.53')
    expect((await publish(server, [changed])).out[0]).toBe('unchanged  a.example.')
  })

  test('--prune removes what has no file, after --yes or a question', async () => {
    const server = await ApiServer.start()
    await serve(server, 'a.example.', zoneFile(1))
    await serve(server, 'b.example.', zoneFile(1))
    const folder = folderWith({ 'a.example.zone': zoneFile(1) })
    const refused = await publish(server, [folder], { prune: true, yes: false })
    expect(refused).toMatchObject({ status: 1, err: [expect.stringContaining('--prune removes from')] })
    expect(server.zones.size).toBe(2)
    const pruned = await publish(server, [folder], { prune: true })
    expect([pruned.status, pruned.out]).toEqual([
      0,
      ['unchanged  a.example.', 'removed    b.example.', `published through ${server.url}: 1 removed`],
    ])
    expect([...server.zones.keys()]).toEqual(['a.example.'])
    expect(await publish(server, [join(folder, 'a.example.zone')], { prune: true })).toMatchObject({ status: 2 })
  })

  test('shows the plan of the Worker and asks; a no writes nothing', async () => {
    const server = await ApiServer.start()
    await serve(server, 'a.example.', zoneFile(1))
    const change = {
      name: 'www.a.example.',
      type: 'A',
      change: 'added',
      share: { ipv4: 1 },
      ttl: { before: null, after: 300 },
    }
    const networks = ['0.0.0.0/0', '::/0'].map((prefix) => ({
      ...{ prefix, before: [], after: [{ data: '192.0.2.1', probability: '1' }] },
    }))
    server.fault = ({ path }) =>
      path === '/api/v1/plan' ? { status: 200, body: { changes: [{ ...change, networks }] } } : undefined
    const folder = folderWith({ 'a.example.zone': zoneFile(2, 'www A 192.0.2.1') })
    const confirm = (answer: boolean) => async () => answer
    const refused = await publish(server, [folder], { yes: false, confirm: confirm(false) })
    expect([refused.status, refused.err]).toEqual([
      1,
      [
        'www.a.example. A  added, 100 % of IPv4',
        '  everyone',
        '    + 192.0.2.1',
        '',
        'answers: 1 added',
        'error: nothing was published',
      ],
    ])
    expect(server.writes).toEqual([])
    expect((await publish(server, [folder], { yes: false, confirm: confirm(true) })).status).toBe(0)
    expect(server.writes).toEqual(['PUT a.example.'])
  })

  test('--dry-run and --json: what would be written', async () => {
    const server = await ApiServer.start()
    await serve(server, 'a.example.', zoneFile(1))
    const folder = folderWith({ 'a.example.zone': zoneFile(2), 'b.example.zone': zoneFile(1) })
    const { status, out } = await publish(server, [folder], { dryRun: true, json: true })
    expect([status, JSON.parse(out.join('\n'))]).toEqual([
      0,
      {
        where: server.url,
        dryRun: true,
        zones: [
          { origin: 'a.example.', outcome: 'changed', expectations: 'none', serial: 2, published: null },
          { origin: 'b.example.', outcome: 'new', expectations: 'none', serial: 1, published: null },
        ],
      },
    ])
    expect(server.writes).toEqual([])
  })

  test('writes nothing if a file, or the Worker, finds an error in one zone', async () => {
    const server = await ApiServer.start()
    await serve(server, 'a.example.', zoneFile(1))
    const bad = folderWith({ 'a.example.zone': zoneFile(2), 'b.example.zone': zoneFile(1, 'www A 192.0.2.300') })
    expect(await publish(server, [bad])).toMatchObject({ status: 1, err: { length: 2 } })
    expect(server.seen).toEqual([])
    const folder = folderWith({ 'a.example.zone': zoneFile(2), 'b.example.zone': zoneFile(1) })
    const error = { line: 3, column: 9, message: 'the zone is too large', expected: 'at most 1 record' }
    server.fault = ({ path }) =>
      path.endsWith('/b.example./check')
        ? { status: 200, body: { ok: false, errors: [error], warnings: [] } }
        : undefined
    expect(await publish(server, [folder])).toMatchObject({
      status: 1,
      err: [
        `${join(folder, 'b.example.zone')}:3:9: the zone is too large; expected at most 1 record`,
        `error: ${server.url} refuses it: 1 error; nothing was published`,
      ],
    })
    expect(server.writes).toEqual([])
  })

  test('a zone that somebody changed meanwhile is not written over', async () => {
    const server = await ApiServer.start()
    await serve(server, 'a.example.', zoneFile(1))
    server.fault = ({ method, path }) => {
      if (method === 'PUT' && path.endsWith('/a.example.'))
        void serve(server, 'a.example.', zoneFile(1, 'x A 192.0.2.9'))
      return undefined
    }
    const { status, err } = await publish(server, [folderWith({ 'a.example.zone': zoneFile(2) })])
    expect([status, err]).toEqual([
      1,
      [
        'error: somebody has changed it since it was read, or the zone is there already: it is another one now',
        'error: 1 zone could not be written, a.example. first; publish again',
      ],
    ])
    expect(server.zones.get('a.example.')?.text).toContain('192.0.2.9')
  })

  test('a write whose reply was lost is sent again, and finds its own work', async () => {
    const server = await ApiServer.start()
    await serve(server, 'a.example.', zoneFile(1))
    let lost = 0
    server.fault = ({ method }) => (method === 'PUT' && lost++ === 0 ? 'lost' : undefined)
    const { status, err } = await publish(server, [folderWith({ 'a.example.zone': zoneFile(2) })])
    expect([status, err]).toEqual([0, []])
    expect(server.writes).toEqual(['PUT a.example.', 'PUT a.example.'])
    expect(server.zones.get('a.example.')?.serial).toBe(2)
  })

  test('a server that is busy is asked again after the time that it names; one that is away in the end is an error', async () => {
    const server = await ApiServer.start()
    const folder = folderWith({ 'a.example.zone': zoneFile(1) })
    let busy = 0
    server.fault = () => (busy++ < 2 ? { ...problem(503, 'not now'), headers: { 'Retry-After': '3' } } : undefined)
    expect((await publish(server, [folder])).status).toBe(0)
    expect(server.waits).toEqual([3000, 3000])
    server.fault = () => problem(503, 'storage could not be reached')
    expect(await publish(server, [folder])).toMatchObject({
      status: 1,
      err: [`error: ${server.url} answered with status 503: storage could not be reached`, 'nothing was published'],
    })
  })

  test('after a fault, what was written is told, and nothing more is begun', async () => {
    const server = await ApiServer.start()
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`z${i + 10}.example.zone`, zoneFile(1)]))
    server.fault = ({ method, path }) =>
      method === 'PUT' && path.endsWith('/z12.example.')
        ? problem(422, 'the zone is not valid', { errors: [{ line: 1, column: 4, message: 'no', expected: 'yes' }] })
        : undefined
    const { status, out, err } = await publish(server, [folderWith(files)])
    const written = out.filter((line) => line.startsWith('new ')).length
    expect([status, server.zones.size, written < 39]).toEqual([1, written, true])
    expect(err).toEqual([
      'z12.example.:1:4: no; expected yes',
      `error: ${server.url} answered with status 422: the zone is not valid`,
      `error: ${40 - written} zones could not be written, z12.example. first; publish again`,
    ])
  })

  test.each([
    [401, 'rejects this key'],
    [403, 'refuses this key: the key ci may: read'],
    [404, 'the API is off'],
    [302, 'redirects'],
  ])('status %i is told in words: %s', async (status, text) => {
    const server = await ApiServer.start()
    const details = new Map([
      [403, 'the key ci may: read'],
      [404, 'the API is off; set the secret API_KEY'],
    ])
    server.fault = () => problem(status, details.get(status) ?? '')
    const { err } = await publish(server, [folderWith({ 'a.example.zone': zoneFile(1) })])
    expect(err[0]).toContain(text)
    expect(server.seen).toHaveLength(1)
  })
})

describe('expectations go along', () => {
  const zoneAt = (address: string): string => zoneFile(1).replace('192.0.2.53', address)

  test('with a new zone, with a changed one, alone, and away', async () => {
    const server = await ApiServer.start()
    const files = (address: string, tests?: string) =>
      folderWith({ 'a.example.zone': zoneAt(address), ...(tests && { 'a.example.test.json': tests }) })
    expect((await publish(server, [files('192.0.2.53', TESTS('192.0.2.53'))])).out[0]).toBe(
      'new        a.example. serial 1; expectations written',
    )
    expect(server.writes).toEqual(['PUT a.example.', 'PUT a.example./expectations'])
    expect((await publish(server, [files('192.0.2.53', TESTS('192.0.2.53'))])).out[0]).toBe('unchanged  a.example.')
    server.seen.length = 0
    const changed = await publish(server, [files('192.0.2.54', TESTS('192.0.2.54'))])
    expect(changed.out[0]).toBe('changed    a.example. serial 2; the file has 1; expectations written')
    // The old tests do not fit the new zone, nor the new ones the old zone.
    expect(server.writes).toEqual(['DELETE a.example./expectations', 'PUT a.example.', 'PUT a.example./expectations'])
    server.seen.length = 0
    const more = `[${TESTS('192.0.2.54').slice(1, -1)},${TESTS('192.0.2.54').slice(1, -1)}]`
    expect((await publish(server, [files('192.0.2.54', more)])).out[0]).toBe(
      'unchanged  a.example. serial 1; expectations written',
    )
    expect(server.writes).toEqual(['PUT a.example./expectations'])
    expect(server.zones.get('a.example.')?.tests).toHaveLength(2)
    expect((await publish(server, [files('192.0.2.55')])).out[0]).toContain('expectations removed')
    expect(server.zones.get('a.example.')?.tests).toBeUndefined()
  })

  test('the old ones come back if the zone is refused', async () => {
    const server = await ApiServer.start()
    await publish(server, [
      folderWith({ 'a.example.zone': zoneAt('192.0.2.53'), 'a.example.test.json': TESTS('192.0.2.53') }),
    ])
    server.fault = ({ method, path }) =>
      method === 'PUT' && path.endsWith('/a.example.') ? problem(422, 'not valid') : undefined
    const after = { 'a.example.zone': zoneAt('192.0.2.54'), 'a.example.test.json': TESTS('192.0.2.54') }
    expect((await publish(server, [folderWith(after)])).status).toBe(1)
    expect(server.zones.get('a.example.')?.tests).toEqual(JSON.parse(TESTS('192.0.2.53')))
  })
})
