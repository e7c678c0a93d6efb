import { beforeEach, describe, expect, test } from 'vitest'
import { MAX_DIFF_EDITS, MAX_REASON_CHARS } from '../../../../src/limits.ts'
import { zoneOf } from '../../store/kv-memory.ts'
import { type Asked, Served } from './support.ts'

const ZONE = '/api/v1/zones/one.example'
const FILE = (serial: number, address = '192.0.2.1') => `$TTL 300
@ IN SOA ns root ${serial} 3600 900 604800 60
@ IN NS ns
ns IN A 192.0.2.53
www IN A ${address}
`

let served: Served
beforeEach(async () => {
  served = new Served()
})

const put = (content: unknown, headers: Record<string, string> = {}, path = ZONE) =>
  served.send('PUT', path, content, typeof content === 'string' ? 'text/dns' : 'application/json', headers)
const get = (accept?: string, headers: Record<string, string> = {}, path = ZONE) =>
  served.ask(path, { headers: { ...(accept !== undefined && { accept }), ...headers } })
const problemOf = ({ status, headers, body }: Asked) => {
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(body).toMatchObject({ type: 'about:blank', status, title: expect.any(String) })
  return [status, (body as { detail: string }).detail]
}

describe('PUT and GET /api/v1/zones/<origin>', () => {
  test('a new zone is 201, a change of it 200, in either form', async () => {
    const created = await put(zoneOf('one.example', 5, { '@': { NS: 'ns.example.net.' } }))
    expect(created).toMatchObject({
      status: 201,
      body: {
        origin: 'one.example',
        serial: 5,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        published: '2026-11-30T12:00:00.000Z',
      },
    })
    const { hash } = created.body as { hash: string }
    expect([created.headers.get('etag'), created.headers.get('location')]).toEqual([
      `"${hash}"`,
      '/api/v1/zones/one.example',
    ])
    const changed = await put(FILE(7))
    expect([changed.status, (changed.body as { serial: number }).serial]).toEqual([200, 7])
    const again = await put(FILE(7))
    expect([again.status, (again.body as { serial: number }).serial]).toEqual([200, 7])
  })

  test('what is read is what was written, as a document and as a zone file', async () => {
    await put(FILE(7))
    const json = await get()
    expect([json.status, json.headers.get('content-type'), json.headers.get('vary')]).toEqual([
      200,
      'application/json',
      'Accept',
    ])
    expect(json.body).toMatchObject({
      origin: 'one.example.',
      soa: { serial: 7 },
      records: { www: { A: '192.0.2.1' } },
    })
    const file = await get('text/dns')
    expect([file.headers.get('content-type'), file.text]).toEqual([
      'text/dns',
      expect.stringContaining('$ORIGIN one.example.'),
    ])
    const back = await put(file.text)
    expect((back.body as { hash: string }).hash).toBe(json.headers.get('etag')?.slice(1, -1))
  })

  test.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['text/*, application/json;q=0.5', 'text/dns'],
    ['application/json, text/dns', 'application/json'],
    ['text/dns;q=0, */*', 'application/json'],
    ['TEXT/DNS', 'text/dns'],
    ['text/html, text/plain', 'application/problem+json'],
    ['text/dns;q=7', 'application/problem+json'],
  ])('Accept %s gives %s', async (accept, type) => {
    await put(FILE(7))
    const found = await get(accept)
    expect([found.headers.get('content-type'), found.status]).toEqual([type, type.includes('problem') ? 406 : 200])
  })

  test('each form has its own ETag, and a condition may be of either', async () => {
    await put(FILE(7))
    const [json, file] = [await get(), await get('text/dns')].map(({ headers }) => headers.get('etag') ?? '')
    expect(json).not.toBe(file)
    for (const [accept, etag, other] of [
      ['application/json', json, file],
      ['text/dns', file, json],
    ] as const) {
      expect((await get(accept, { 'if-none-match': `W/${etag}, "x"` })).status).toBe(304)
      expect((await get(accept, { 'if-none-match': other ?? '' })).status).toBe(200)
      expect((await get(accept, { 'if-none-match': '*' })).status).toBe(304)
      expect((await get(accept, { 'if-none-match': 'nonsense' })).status).toBe(200)
    }
    expect((await put(FILE(8), { 'if-match': file ?? '' })).status).toBe(200)
    expect((await put(FILE(9), { 'if-match': `"x", ${json}` })).status).toBe(412)
  })

  test('a condition that fails is 412, tells the present ETag, and changes nothing', async () => {
    expect((await put(FILE(7), { 'if-match': '*' })).status).toBe(412)
    expect((await put(FILE(7), { 'if-none-match': '*' })).status).toBe(201)
    const present = (await get()).headers.get('etag')
    for (const headers of [
      { 'if-none-match': '*' },
      { 'if-match': '"old"' },
      { 'if-match': `W/${present}` },
      { 'if-none-match': present ?? '' },
    ]) {
      const refused = await put(FILE(9), headers)
      expect([refused.status, refused.headers.get('etag')]).toEqual([412, present])
      problemOf(refused)
    }
    expect((await get()).headers.get('etag')).toBe(present)
    expect(problemOf(await put(FILE(9), { 'if-match': 'no quotes' }))).toEqual([
      400,
      expect.stringContaining('If-Match is not valid'),
    ])
  })

  test('a zone that is not valid is 422 with places', async () => {
    const refused = await put(`${FILE(7)}bad IN A 192.0.2.300\n`)
    expect(problemOf(refused)[0]).toBe(422)
    expect(refused.body).toMatchObject({
      errors: [{ line: 6, column: 10, message: expect.any(String), expected: expect.any(String) }],
    })
    expect((await get()).status).toBe(404)
    expect(problemOf(await put(zoneOf('two.example', 1)))).toEqual([422, expect.stringContaining('two.example.')])
  })

  test('the reason and the key are in the history', async () => {
    await put(FILE(7), { 'x-reason': 'first' })
    await put(FILE(8, '192.0.2.2'), { 'x-reason': `${'long '.repeat(400)}` })
    const { changes } = (await get(undefined, {}, `${ZONE}/history`)).body as {
      changes: { reason: string; author: string }[]
    }
    expect(changes.map(({ author }) => author)).toEqual(['me', 'me'])
    expect([changes[0]?.reason.length, changes[1]?.reason]).toEqual([MAX_REASON_CHARS, 'first'])
  })

  test('a zone in any spelling of its name is the same one', async () => {
    await put(FILE(7))
    for (const path of ['one.example.', 'ONE.Example', '%6fne.example', 'one.example%2E', 'one\\.example']) {
      const found = await get(undefined, {}, `/api/v1/zones/${path}`)
      expect([path, found.status]).toEqual([path, path.includes('\\') ? 404 : 200])
    }
    const reverse = '/api/v1/zones/0%2F25.2.0.192.in-addr.arpa'
    expect((await put(FILE(1), {}, reverse)).status).toBe(201)
    expect((await get('text/dns', {}, reverse)).text).toContain('$ORIGIN 0/25.2.0.192.in-addr.arpa.')
  })

  test('a document is given back octet by octet, and may have names like __proto__', async () => {
    const text = JSON.stringify(zoneOf('one.example', 3)).replace(
      '"www":',
      '"__proto__":{"A":"192.0.2.9"},"constructor":{"TXT":"\\"ü\\\\255\\""},"www":',
    )
    const created = await served.send('PUT', ZONE, text)
    expect(created.status).toBe(201)
    expect((await get()).text).toContain('"__proto__":{"A":"192.0.2.9"}')
  })
})

describe('DELETE, history and roll-back', () => {
  test('a deleted zone is 404, and comes back', async () => {
    await put(FILE(7))
    expect(problemOf(await served.ask(ZONE, { method: 'DELETE', headers: { 'if-match': '"x"' } }))[0]).toBe(412)
    const gone = await served.ask(ZONE, { method: 'DELETE', headers: { 'x-reason': 'old' } })
    expect([gone.status, gone.text, gone.headers.get('content-type')]).toEqual([204, '', null])
    expect((await get()).status).toBe(404)
    expect((await served.ask(ZONE, { method: 'DELETE' })).status).toBe(404)
    const { changes } = (await get(undefined, {}, `${ZONE}/history`)).body as { changes: { id: number }[] }
    expect(changes).toMatchObject([
      { author: 'me', reason: 'old', hash: null },
      { author: 'me', reason: null, serial: 7, time: '2026-11-30T12:00:00.000Z' },
    ])
    const back = await served.post(`${ZONE}/rollback`, { to: changes[1]?.id, reason: 'needed' })
    expect([back.status, (await get()).body]).toMatchObject([201, { records: { www: { A: '192.0.2.1' } } }])
    expect(((await get()).body as { soa: { serial: number } }).soa.serial).toBeGreaterThan(7)
    const deletion = await get(undefined, {}, `${ZONE}/history/${changes[0]?.id}`)
    expect((deletion.body as { diff: string }).diff).toContain(`+++ change ${changes[0]?.id}, no zone`)
  })

  test('a roll-back without a reason has one that names the change', async () => {
    await put(FILE(7))
    await put(FILE(8, '192.0.2.2'))
    const history = async () => (await get(undefined, {}, `${ZONE}/history`)).body as { changes: { id: number }[] }
    const first = (await history()).changes[1]?.id
    await served.post(`${ZONE}/rollback`, { to: first })
    expect((await history()).changes[0]).toMatchObject({ reason: `roll-back to change ${first}` })
  })

  test('a change has the zone before and after it, and the difference as zone files', async () => {
    await put(FILE(7))
    await put(`${FILE(8, '192.0.2.2')}a-very-long-name-that-would-move-columns IN A 192.0.2.3\n`)
    const { changes } = (await get(undefined, {}, `${ZONE}/history`)).body as { changes: { id: number }[] }
    const [last, first] = changes.map(({ id }) => id)
    const { body } = await get(undefined, {}, `${ZONE}/history/${last}`)
    expect(body).toMatchObject({ id: last, serial: 8, before: { soa: { serial: 7 } }, after: { soa: { serial: 8 } } })
    expect((body as { diff: string }).diff.split('\n').filter((line) => /^[-+]/.test(line))).toEqual([
      '--- before',
      `+++ change ${last}, serial 8`,
      '-@ IN SOA ns.one.example. root.one.example. 7 3600 900 604800 60',
      '+@ IN SOA ns.one.example. root.one.example. 8 3600 900 604800 60',
      '-www IN A 192.0.2.1',
      '+www IN A 192.0.2.2',
      '+a-very-long-name-that-would-move-columns IN A 192.0.2.3',
    ])
    expect((await get(undefined, {}, `${ZONE}/history/${first}`)).body).toMatchObject({
      before: null,
      after: { soa: { serial: 7 } },
    })
  })

  test('too many differences are told as none, and not searched for', async () => {
    const many = (address: string) =>
      `${FILE(address === '192.0.2.1' ? 1 : 2)}${Array.from({ length: MAX_DIFF_EDITS / 2 + 1 }, (_, i) => `n${i} IN A ${address}\n`).join('')}`
    await put(many('192.0.2.1'))
    await put(many('192.0.2.2'))
    const { changes } = (await get(undefined, {}, `${ZONE}/history`)).body as { changes: { id: number }[] }
    expect((await get(undefined, {}, `${ZONE}/history/${changes[0]?.id}`)).body).toMatchObject({ diff: null })
  })

  test.each([
    ['history', 404],
    ['history/1', 404],
    ['history/x', 400],
    ['history/-1', 400],
    ['history/99999999999999999999', 400],
    ['expectations', 404],
  ])('GET %s of a zone that is not there is %i', async (path, status) => {
    expect(problemOf(await get(undefined, {}, `${ZONE}/${path}`))[0]).toBe(status)
  })

  test.each([
    ['{}', 422, '"to" is missing'],
    ['{"to":"1"}', 422, 'to: '],
    ['{"to":1.5}', 422, 'to: '],
    ['{"to":-1}', 422, 'to: '],
    ['{"to":1,"because":""}', 422, 'because'],
    ['nonsense', 422, 'not JSON'],
    ['{"to":77}', 404, 'no change 77'],
  ])('a roll-back by %s is %i', async (text, status, detail) => {
    await put(FILE(7))
    const [found, why] = problemOf(await served.post(`${ZONE}/rollback`, text))
    expect([found, why]).toEqual([status, expect.stringContaining(detail)])
  })
})

describe('expectations', () => {
  const ROWS = JSON.stringify([{ name: 'www.one.example', answer: '192.0.2.1' }], null, 1)

  test('are kept as they were sent, and held against each change', async () => {
    await put(FILE(7))
    expect((await served.send('PUT', `${ZONE}/expectations`, ROWS)).status).toBe(204)
    const read = await get(undefined, {}, `${ZONE}/expectations`)
    expect([read.text, read.headers.get('content-type')]).toEqual([ROWS, 'application/json'])
    expect(
      (await get(undefined, { 'if-none-match': read.headers.get('etag') ?? '' }, `${ZONE}/expectations`)).status,
    ).toBe(304)
    const refused = await put(FILE(8, '192.0.2.2'))
    expect([refused.status, refused.body]).toMatchObject([422, { errors: [{ line: 4 }] }])
    expect((await served.ask(`${ZONE}/expectations`, { method: 'DELETE' })).status).toBe(204)
    expect((await put(FILE(8, '192.0.2.2'))).status).toBe(200)
    expect((await get(undefined, {}, `${ZONE}/expectations`)).status).toBe(404)
  })

  test('that do not hold, are not rows, or come with a condition are refused', async () => {
    await put(FILE(7))
    for (const text of [ROWS.replace('192.0.2.1', '192.0.2.9'), '{}', '[{"nmae":"x"}]', 'x']) {
      expect(problemOf(await served.send('PUT', `${ZONE}/expectations`, text))[0]).toBe(422)
    }
    const conditional = await served.send('PUT', `${ZONE}/expectations`, ROWS, 'application/json', { 'if-match': '*' })
    expect(problemOf(conditional)[0]).toBe(400)
  })
})

describe('GET /api/v1/zones', () => {
  test('lists the zones that the key may read', async () => {
    expect((await served.ask('/api/v1/zones')).body).toEqual({ zones: [] })
    await put(FILE(7))
    await put(FILE(3), {}, '/api/v1/zones/two.example')
    const { body } = await served.ask('/api/v1/zones')
    expect(body).toMatchObject({
      zones: [
        { origin: 'one.example', serial: 7, author: 'me', changed: '2026-11-30T12:00:00.000Z' },
        { origin: 'two.example', serial: 3 },
      ],
    })
    expect(Object.keys((body as { zones: object[] }).zones[0] ?? {})).toEqual([
      'origin',
      'serial',
      'hash',
      'changed',
      'author',
      'published',
    ])
    served.refusal = (operation) => ('origin' in operation && operation.origin === 'one.example.' ? 'no' : undefined)
    expect((await served.ask('/api/v1/zones')).body).toMatchObject({ zones: [{ origin: 'two.example' }] })
    served.refusal = ({ kind }) => (kind === 'list-zones' ? 'it may push' : undefined)
    expect(problemOf(await served.ask('/api/v1/zones'))).toEqual([403, 'it may push'])
  })

  test('a fault is an error, and never an empty list', async () => {
    served.list = () => Promise.reject(new Error('the object is gone'))
    expect((await served.ask('/api/v1/zones')).status).toBe(503)
  })
})

describe('permissions', () => {
  const READ = ['', '/history', '/history/1', '/expectations']

  test('a key that may not read a zone reads nothing of it, and one that may not write writes nothing', async () => {
    await put(FILE(7))
    served.refusal = ({ kind }) => (kind === 'read-zone' ? 'no reading' : undefined)
    for (const path of READ) expect(problemOf(await get(undefined, {}, ZONE + path))).toEqual([403, 'no reading'])
    expect(problemOf(await served.post(`${ZONE}/check`, FILE(8), 'text/dns'))).toEqual([403, 'no reading'])
    served.refusal = ({ kind }) => (kind === 'write-zone' ? 'no writing' : undefined)
    const writes = [
      put(FILE(8)),
      served.ask(ZONE, { method: 'DELETE' }),
      served.post(`${ZONE}/rollback`, { to: 1 }),
      served.send('PUT', `${ZONE}/expectations`, []),
      served.ask(`${ZONE}/expectations`, { method: 'DELETE' }),
    ]
    for (const write of writes) expect(problemOf(await write)).toEqual([403, 'no writing'])
    expect((await get()).body).toMatchObject({ soa: { serial: 7 } })
  })
})
