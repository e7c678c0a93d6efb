import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiBench, KEY } from './powerdns-support.ts'

const Z = '/api/v1/servers/localhost/zones'

let bench: ApiBench
beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  bench = new ApiBench()
  for (const name of ['example.com.', 'sub.example.com.', 'example.net.']) {
    const made = await call(KEY, 'POST', Z, { name, kind: 'Native', nameservers: ['ns.example.org.'] })
    expect(made.status).toBe(201)
  }
})
afterEach(() => vi.restoreAllMocks())

async function call(key: string, method: string, path: string, body?: unknown) {
  const init = { method, headers: { 'X-API-Key': key }, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const response = await bench.fetch(path, init)
  const isJson = response.headers.get('content-type') === 'application/json'
  return { status: response.status, body: isJson ? await response.json() : undefined, headers: response.headers }
}

const rrset = (name: string, type = 'TXT', content = '"x"') => ({
  ...{ name, type, ttl: 60, changetype: 'REPLACE' },
  records: [{ content, disabled: false }],
})
const patch = (key: string, zone: string, ...rrsets: readonly object[]) =>
  call(key, 'PATCH', `${Z}/${zone}`, { rrsets })

const CHALLENGE = '_acme-challenge.www.example.com.'

describe('what a key may do', () => {
  test.each<[string, string, object, number]>([
    ['acme:www.example.com', 'example.com.', rrset(CHALLENGE), 204],
    ['acme:www.example.com', 'example.com.', rrset('_ACME-Challenge.WWW.example.com.'), 204],
    ['acme:www.example.com', 'example.com.', { name: CHALLENGE, type: 'TXT', changetype: 'DELETE' }, 204],
    ['acme:www.example.com', 'example.com.', rrset(CHALLENGE, 'A', '192.0.2.1'), 403],
    ['acme:www.example.com', 'example.com.', rrset('www.example.com.'), 403],
    ['acme:www.example.com', 'example.com.', rrset('_acme-challenge.example.com.'), 403],
    ['acme:www.example.com', 'example.net.', rrset('_acme-challenge.www.example.net.'), 403],
    ['name:www.example.com', 'example.com.', rrset('www.example.com.', 'A', '192.0.2.1'), 204],
    ['name:www.example.com', 'example.com.', rrset('a.www.example.com.'), 403],
    ['suffix:dev.example.com', 'example.com.', rrset('a.b.dev.example.com.'), 204],
    ['suffix:dev.example.com', 'example.com.', rrset('xdev.example.com.'), 403],
    ['zone:example.com', 'example.com.', rrset('any.example.com.'), 204],
    ['zone:example.com', 'example.net.', rrset('any.example.net.'), 403],
    ['zone:example.com', 'sub.example.com.', rrset('any.sub.example.com.'), 403],
    ['read', 'example.com.', rrset('any.example.com.'), 403],
    ['health', 'example.com.', rrset('any.example.com.'), 403],
    ['everything', 'example.com.', rrset('any.example.com.'), 204],
  ])('%s in a PATCH of %s', async (scope, zone, change, status) => {
    const key = await bench.key('tester', scope)
    const before = (await call(KEY, 'GET', `${Z}/${zone}`)).body
    const reply = await patch(key, zone, change)
    expect([reply.status, reply.body?.error ?? '']).toEqual([
      status,
      status === 403 ? expect.stringMatching(/^the key tester may: /) : '',
    ])
    if (status === 403) expect((await call(KEY, 'GET', `${Z}/${zone}`)).body).toEqual(before)
  })

  test('one rrset that a key may not write keeps all of a PATCH out', async () => {
    const key = await bench.key('tester', 'acme:www.example.com', 'name:host.example.com')
    expect((await patch(key, 'example.com.', rrset(CHALLENGE), rrset('host.example.com.'))).status).toBe(204)
    expect((await patch(key, 'example.com.', rrset(CHALLENGE, 'TXT', '"y"'), rrset('other.example.com.'))).status).toBe(
      403,
    )
    const { body } = await call(key, 'GET', `${Z}/example.com.?rrset_name=${CHALLENGE}`)
    expect(body.rrsets).toMatchObject([{ records: [{ content: '"x"' }] }])
  })

  test('a list has the zones that a key may read', async () => {
    const names = async (...scopes: readonly string[]) => {
      const key = await bench.key(`tester-${scopes.join('-').replaceAll(':', '-')}`, ...scopes)
      const { status, body } = await call(key, 'GET', Z)
      return status === 200 ? body.map(({ name }: { name: string }) => name).sort() : status
    }
    expect(await names('read')).toEqual(['example.com.', 'example.net.', 'sub.example.com.'])
    expect(await names('zone:example.net')).toEqual(['example.net.'])
    expect(await names('acme:www.sub.example.com')).toEqual(['example.com.', 'sub.example.com.'])
    expect(await names('health')).toBe(403)
  })

  test('the rest of a zone is for a key of the zone', async () => {
    const key = await bench.key('tester', 'name:www.example.com')
    expect((await call(key, 'GET', `${Z}/example.com.`)).status).toBe(200)
    expect((await call(key, 'GET', `${Z}/example.com./export`)).status).toBe(200)
    expect((await call(key, 'PUT', `${Z}/example.com./notify`)).status).toBe(200)
    expect((await call(key, 'GET', `${Z}?zone=example.net.`)).body).toEqual([])
    for (const [method, path, body] of [
      ['GET', `${Z}/example.net.`, undefined],
      ['PATCH', `${Z}/example.com.`, { rrsets: [] }],
      ['PUT', `${Z}/example.com.`, { account: 'me' }],
      ['DELETE', `${Z}/example.com.`, undefined],
      ['POST', Z, { name: 'new.example.', kind: 'Native', nameservers: [] }],
      ['POST', `${Z}/example.com./metadata`, { kind: 'X-A', metadata: ['a'] }],
      ['PUT', `${Z}/example.com./metadata/X-A`, { metadata: ['a'] }],
      ['DELETE', `${Z}/example.com./metadata/X-A`, undefined],
    ] as const) {
      expect([method, path, (await call(key, method, path, body)).status]).toEqual([method, path, 403])
    }
  })

  test('a search looks only into zones that a key may read', async () => {
    await patch(KEY, 'example.com.', rrset('needle.example.com.'))
    await patch(KEY, 'example.net.', rrset('needle.example.net.'))
    const found = async (key: string) => {
      const { body } = await call(key, 'GET', '/api/v1/servers/localhost/search-data?q=needle.*&max=10')
      return body.map(({ name }: { name: string }) => name)
    }
    expect(await found(KEY)).toEqual(['needle.example.com.', 'needle.example.net.'])
    expect(await found(await bench.key('tester', 'zone:example.net'))).toEqual(['needle.example.net.'])
  })
})

describe('the author of a change', () => {
  test('is the name of the key, with the reason of X-Reason', async () => {
    const key = await bench.key('deployer', 'zone:example.com')
    const body = JSON.stringify({ rrsets: [rrset('any.example.com.')] })
    const headers = { 'X-API-Key': key, 'X-Reason': 'ticket 7' }
    await bench.fetch(`${Z}/example.com.`, { method: 'PATCH', headers, body })
    const [last] = await bench.zone('example.com.').ledger.history()
    expect(last).toMatchObject({ author: 'deployer', reason: 'ticket 7' })
  })
})

describe('a fault of storage', () => {
  test.each([
    ['GET', Z, undefined],
    ['GET', `${Z}?zone=example.com.`, undefined],
    ['GET', `${Z}/example.com.`, undefined],
    ['GET', `${Z}/example.com./export`, undefined],
    ['GET', `${Z}/example.com./metadata`, undefined],
    ['GET', `${Z}/example.com./cryptokeys`, undefined],
    ['PUT', `${Z}/example.com./notify`, undefined],
    ['GET', '/api/v1/servers/localhost/search-data?q=x', undefined],
    ['POST', Z, { name: 'new.example.', kind: 'Native', nameservers: [] }],
    ['PATCH', `${Z}/example.com.`, { rrsets: [rrset('www.example.com.')] }],
    ['PUT', `${Z}/example.com.`, { account: 'me' }],
    ['DELETE', `${Z}/example.com.`, undefined],
  ])('of %s %s is 503 in JSON, and never an empty list', async (method, path, body) => {
    bench.fault = new Error('the storage is on fire: secret details')
    const reply = await call(KEY, method, path, body)
    expect(reply.status).toBe(503)
    expect(reply.body).toEqual({ error: expect.stringMatching(/try again$/) })
    expect(reply.headers.get('content-type')).toBe('application/json')
    expect(console.error).toHaveBeenCalledWith(expect.stringContaining('on fire'))
  })
})

describe('bodies', () => {
  const raw = (body: BodyInit, headers: Readonly<Record<string, string>> = {}) =>
    bench.fetch(`${Z}/example.com.`, { method: 'PATCH', headers: { 'X-API-Key': KEY, ...headers }, body })

  test('of more than 8 MiB are 413', async () => {
    const response = await raw(`{"rrsets": ["${'x'.repeat(8 * 1024 * 1024)}"]}`)
    expect([response.status, await response.json()]).toEqual([
      413,
      { error: expect.stringContaining('8388608 octets') },
    ])
  })

  test('that are nested too deep, or no UTF-8, are 400; brackets in texts do not count', async () => {
    expect((await raw(`{"rrsets": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).status).toBe(400)
    expect((await raw(Uint8Array.of(0x22, 0xff, 0x22))).status).toBe(400)
    const text = `"${'[{'.repeat(100)}\\"${'[{'.repeat(100)}"`
    const taken = await raw(JSON.stringify({ rrsets: [rrset('t.example.com.', 'TXT', text)] }))
    expect([taken.status, await taken.text()]).toEqual([204, ''])
  })

  test('a form’s Content-Type, and none, are taken as JSON', async () => {
    const body = JSON.stringify({ rrsets: [rrset('www.example.com.')] })
    expect((await raw(body, { 'Content-Type': 'application/x-www-form-urlencoded' })).status).toBe(204)
    expect((await raw(new TextEncoder().encode(body))).status).toBe(204)
  })
})

describe('replies', () => {
  test('have their members in alphabetical order, with PowerDNS’s spaces, and are exactly application/json', async () => {
    const change = {
      ...rrset('www.example.com.', 'TXT', '"a: b, c"'),
      comments: [{ content: 'c', account: 'a', modified_at: 1 }],
    }
    await patch(KEY, 'example.com.', change)
    const response = await bench.fetch(`${Z}/example.com.?rrset_name=www.example.com.`, {
      headers: { 'X-API-Key': KEY },
    })
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toContain(
      '"rrsets": [{"comments": [{"account": "a", "content": "c", "modified_at": 1}], "name": "www.example.com.", ' +
        '"records": [{"content": "\\"a: b, c\\"", "disabled": false}], "ttl": 60, "type": "TXT"}], "serial": ',
    )
  })

  test('a change has the serial before and after it in its headers, one without effect has none', async () => {
    const first = await patch(KEY, 'example.com.', rrset('www.example.com.'))
    expect([first.headers.get('x-pdns-old-serial'), first.headers.get('x-pdns-new-serial')]).toEqual([
      '2026113001',
      '2026113002',
    ])
    const again = await patch(KEY, 'example.com.', rrset('www.example.com.'))
    expect([again.status, again.headers.get('x-pdns-new-serial')]).toEqual([204, null])
  })

  test('several faults of an rrset are listed', async () => {
    const { body } = await patch(KEY, 'example.com.', {
      ...rrset('a.example.com.'),
      type: 'A',
      records: [{ content: 'x' }, { content: 'y' }],
    })
    expect(body).toEqual({ error: 'Multiple errors found in RRset', errors: [expect.any(String), expect.any(String)] })
  })
})

describe('a zone of our own', () => {
  test('keeps what PowerDNS cannot say: it is shown, 409 to change, and stays in a PATCH of another name', async () => {
    const pool = {
      kind: 'pool',
      select: 'all',
      check: 'app',
      members: ['192.0.2.1', { answer: '192.0.2.2', shed: { low: 50, high: 100 } }],
    }
    const document = {
      origin: 'own.example',
      ttl: 60,
      soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
      checks: { app: { kind: 'push' } },
      records: { '@': { NS: 'ns.example.org.' }, www: { A: pool }, plain: { A: '192.0.2.7' } },
    }
    await bench.zone('own.example.').put(document)
    const { body } = await call(KEY, 'GET', `${Z}/own.example.?rrset_name=www.own.example.`)
    expect(body.rrsets).toMatchObject([
      { type: 'LUA', records: [{ content: expect.stringMatching(/^A ";-- read-only: /) }] },
    ])
    const refused = await patch(KEY, 'own.example.', rrset('www.own.example.', 'LUA', 'A "\'192.0.2.9\'"'))
    expect([refused.status, refused.body.error]).toEqual([409, expect.any(String)])
    expect((await patch(KEY, 'own.example.', rrset('other.own.example.'))).status).toBe(204)
    const { text } = (await bench.zone('own.example.').ledger.read()) ?? { text: '{}' }
    expect(JSON.parse(text).records.www).toEqual(document.records.www)
  })
})
