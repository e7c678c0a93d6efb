import { beforeAll, describe, expect, test } from 'vitest'
import { MAX_API_ZONE_BYTES } from '../../../../src/limits.ts'
import { zoneOf } from '../../store/kv-memory.ts'
import { Served } from './support.ts'

const OTHER = zoneOf('other.example', 2)
let served: Served
beforeAll(async () => {
  served = await Served.with(zoneOf('one.example', 1), OTHER)
})

const FILE = `$TTL 300
@ IN SOA ns root 2 3600 900 604800 60
@ IN NS ns
ns IN A 192.0.2.53
www IN A 192.0.2.1
`
const check = async (text: string, type = 'text/dns', zone = 'one.example') =>
  served.post(`/api/v1/zones/${zone}/check`, text, type)

describe('POST /api/v1/zones/<origin>/check', () => {
  test('a zone file without a mistake is all right', async () => {
    expect(await check(FILE)).toMatchObject({ status: 200, body: { ok: true, errors: [], warnings: [] } })
  })

  test('an error has line, column, fact and fix', async () => {
    const { status, body } = await check(`${FILE}bad IN A 192.0.2.300\nworse IN LUA A "nosuch()"\n`)
    expect([status, body]).toEqual([
      200,
      {
        ok: false,
        errors: [
          { line: 6, column: 10, message: expect.stringContaining('192.0.2.300'), expected: expect.any(String) },
          {
            line: 7,
            column: expect.any(Number),
            message: expect.stringContaining('nosuch'),
            expected: expect.any(String),
          },
        ],
        warnings: [],
      },
    ])
  })

  test('a document has places, too, and warnings say how sure they are', async () => {
    const text = JSON.stringify(zoneOf('one.example', 1, { bad: { A: ['192.0.2.1', 'x'] } }), null, 2)
    const { body } = await check(text, 'application/json; charset=utf-8')
    const { errors } = body as { errors: { line: number }[] }
    expect(errors).toHaveLength(1)
    expect(text.split('\n')[(errors[0]?.line ?? 0) - 1]).toContain('"x"')
    const warned = await check(JSON.stringify(zoneOf('one.example', 1)), 'application/json')
    expect(warned.body).toMatchObject({
      ok: true,
      warnings: [{ severity: 'warning', message: 'the zone has no NS records at its origin', line: 1 }],
    })
  })

  test('the zone has to be the one of the path, in any spelling of that', async () => {
    for (const zone of ['one.example', 'ONE.example.', 'o%6ee.example', 'one%2Eexample%2e']) {
      expect((await check(FILE, 'text/dns', zone)).body).toMatchObject({ ok: true })
    }
    const { body } = await check(JSON.stringify(OTHER), 'application/json')
    expect(body).toMatchObject({
      errors: [{ line: 1, column: 1, message: 'the zone is other.example.', expected: 'one.example.' }],
    })
    expect((await check(FILE, 'text/dns', '0%2F25.2.0.192.in-addr.arpa')).body).toMatchObject({ ok: true })
  })

  test('a target in a zone that is served is no mistake', async () => {
    const alias = `${FILE}@ IN ALIAS www.other.example.\n`
    expect((await check(alias)).body).toMatchObject({ ok: true, errors: [] })
    const messages = (found: Awaited<ReturnType<typeof check>>) =>
      (found.body as { warnings: { message: string }[] }).warnings.map(({ message }) => message).join('\n')
    expect(messages(await check(alias))).not.toContain('www.other.example')
    expect(messages(await check(alias.replace('other.example', 'absent.example')))).toContain('www.absent.example')
  })

  test('expectations beside the zone are held against what is sent, among the published zones', async () => {
    const rows = [
      { name: 'www.one.example', client: '192.0.2.7', answer: '192.0.2.1' },
      { name: 'alias.one.example', client: '192.0.2.7', answer: ['CNAME www.other.example.', '192.0.2.2'] },
    ]
    const other = await Served.with(zoneOf('one.example', 1, { alias: { CNAME: 'www.other.example.' } }), OTHER)
    const path = '/api/v1/zones/one.example'
    expect((await other.send('PUT', `${path}/expectations`, JSON.stringify(rows, null, 1))).status).toBe(204)
    const file = `${FILE}alias IN CNAME www.other.example.\n`
    const ask = (text: string) => other.post(`${path}/check`, text, 'text/dns')
    expect((await ask(file)).body).toMatchObject({ ok: true, errors: [] })
    const bad = file.replace('www IN A 192.0.2.1', 'www IN A 192.0.2.9')
    expect((await ask(bad)).body).toMatchObject({
      ok: false,
      errors: [{ source: 'expectations', line: 5, message: expect.stringContaining('the answer is 192.0.2.9') }],
    })
    expect((await other.send('PUT', path, bad, 'text/dns')).body).toMatchObject({ status: 422, errors: [{ line: 5 }] })
    expect((await other.send('PUT', path, file, 'text/dns')).status).toBe(200)
  })

  test('included files are not there', async () => {
    const { body } = await check(`${FILE}$INCLUDE more.zone\n`)
    expect(body).toMatchObject({
      ok: false,
      errors: [{ line: 6, message: expect.stringContaining('more.zone is not there') }],
    })
  })

  test('nothing is written, and the whole zone may be new', async () => {
    served.kv.ops.length = 0
    expect((await check(FILE, 'text/dns', 'new.example')).body).toMatchObject({ ok: true })
    expect(served.kv.writes()).toEqual([])
  })

  test.each([
    ['415', 415, 'a=b', 'application/x-www-form-urlencoded', {}],
    ['no type', 415, '', '', {}],
    ['encoded', 415, FILE, 'text/dns', { 'content-encoding': 'gzip' }],
    ['announced too long', 413, FILE, 'text/dns', { 'content-length': String(MAX_API_ZONE_BYTES + 1) }],
  ] as const)('a body that cannot be read is refused: %s', async (_, status, body, type, more) => {
    const headers = { ...(type !== '' && { 'content-type': type }), ...more } as Record<string, string>
    const payload = type === '' ? new TextEncoder().encode(body) : body
    const found = await served.ask('/api/v1/zones/one.example/check', { method: 'POST', body: payload, headers })
    expect([found.status, found.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
  })

  test('octets that are not UTF-8 are 400, and so is what is not a zone', async () => {
    const headers = { 'content-type': 'text/dns' }
    const bad = await served.ask('/api/v1/zones/one.example/check', {
      method: 'POST',
      body: Uint8Array.of(0xff),
      headers,
    })
    expect(bad.status).toBe(400)
    for (const zone of ['a..b', `${'a'.repeat(64)}.example`, '%', '@', 'a'.repeat(3000), '%00%ff', '__proto__..']) {
      const found = await check(FILE, 'text/dns', zone)
      expect([zone, found.status]).toEqual([zone, 400])
    }
  })
})
