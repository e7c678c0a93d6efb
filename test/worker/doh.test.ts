import { beforeAll, describe, expect, test } from 'vitest'
import { ask, base64url, data, decode, EXAMPLE, publish, query, rcodeOf, resolve } from './support.ts'

beforeAll(() => publish(EXAMPLE))

const MESSAGE = { 'Content-Type': 'application/dns-message' }

describe('RFC 8484', () => {
  test('GET answers with the message, its type and its length', async () => {
    const response = await ask(`/dns-query?dns=${base64url(query('ns.example.com'))}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/dns-message')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(data(await decode(response))).toEqual(['192.168.56.1'])
  })

  test('POST answers as GET does', async () => {
    const response = await ask('/dns-query', { method: 'POST', headers: MESSAGE, body: query('ns.example.com') })
    expect(response.status).toBe(200)
    expect(data(await decode(response))).toEqual(['192.168.56.1'])
  })

  test('the message ID comes back', async () => {
    for (const id of [0, 0xcafe]) {
      const response = await ask('/dns-query', {
        method: 'POST',
        headers: MESSAGE,
        body: query('nx.example.com', 'A', { id }),
      })
      expect((await decode(response)).id).toBe(id)
    }
  })

  test.each([
    ['padded base64url', (dns: string) => `/dns-query?dns=${dns}${'='.repeat((4 - (dns.length % 4)) % 4)}`],
    ['a second dns parameter', (dns: string) => `/dns-query?dns=${dns}&dns=AAAA`],
  ])('GET takes %s', async (_, path) => {
    const response = await ask(path(base64url(query('ns.example.com'))))
    expect(response.status).toBe(200)
    expect(data(await decode(response))).toEqual(['192.168.56.1'])
  })

  test.each<[string, string, RequestInit, number]>([
    ['no parameter', '/dns-query', {}, 400],
    ['an empty parameter', '/dns-query?dns=', {}, 400],
    ['base64 of the other alphabet', '/dns-query?dns=AAA%2FAAABAAAAAAAA', {}, 400],
    ['white space', '/dns-query?dns=AAAA+AAAA', {}, 400],
    ['a length that no base64 has', '/dns-query?dns=AAAAA', {}, 400],
    ['a message that is too short', '/dns-query?dns=AAAA', {}, 400],
    ['a response', `/dns-query?dns=${base64url(Uint8Array.from([0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]))}`, {}, 400],
    ['a URL beyond all messages', `/dns-query?dns=${'A'.repeat(95_000)}`, {}, 414],
    ['an empty body', '/dns-query', { method: 'POST', headers: MESSAGE, body: new Uint8Array() }, 400],
    [
      'a body beyond all messages',
      '/dns-query',
      { method: 'POST', headers: MESSAGE, body: new Uint8Array(65_536) },
      413,
    ],
    [
      'a body of another type',
      '/dns-query',
      { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: 'x' },
      415,
    ],
    ['a body of no type', '/dns-query', { method: 'POST', body: new Uint8Array(20) }, 415],
    [
      'an Accept that excludes all',
      `/dns-query?dns=${base64url(query('ns.example.com'))}`,
      { headers: { Accept: 'text/html' } },
      406,
    ],
    ['another method', '/dns-query', { method: 'PUT', body: 'x' }, 405],
    ['POST to the JSON form', '/resolve', { method: 'POST', body: 'x' }, 405],
    ['another path', '/dns', {}, 404],
  ])('%s: %s', async (_, path, init, status) => {
    const response = await ask(path, init)
    expect(response.status).toBe(status)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect((await response.text()).length).toBeGreaterThan(10)
    if (status === 405) expect(response.headers.get('allow')).toMatch(/^GET, HEAD, (POST, )?OPTIONS$/)
  })

  test('a body without a length is read up to the maximum size of a message', async () => {
    let pulled = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++
        if (pulled > 1000) controller.close()
        else controller.enqueue(new Uint8Array(4096))
      },
    })
    const response = await ask('/dns-query', { method: 'POST', headers: MESSAGE, body })
    expect(response.status).toBe(413)
    expect(pulled).toBeLessThan(100)
  })

  test('Content-Type and Accept are compared by media type', async () => {
    for (const type of ['application/dns-message; charset=utf-8', 'Application/DNS-Message']) {
      const response = await ask('/dns-query', {
        method: 'POST',
        headers: { 'Content-Type': type },
        body: query('ns.example.com'),
      })
      expect(response.status).toBe(200)
    }
    for (const accept of [
      '*/*',
      'application/*',
      'application/dns-message;q=0.5, text/html',
      'text/html, */*;q=0.1',
      'application/dns-json;q=0.5, application/dns-message',
    ]) {
      const response = await ask(`/dns-query?dns=${base64url(query('ns.example.com'))}`, {
        headers: { Accept: accept },
      })
      expect(response.headers.get('content-type')).toBe('application/dns-message')
    }
  })

  test('every well-formed answer is 200, whatever its rcode', async () => {
    const rcodes = [
      ['ns.example.com', 'NOERROR'],
      ['nx.example.com', 'NXDOMAIN'],
      ['www.example.org', 'REFUSED'],
    ] as const
    for (const [name, rcode] of rcodes) expect(rcodeOf(await resolve(name))).toBe(rcode)
    const twoQuestions = query('ns.example.com')
    twoQuestions[5] = 2
    const response = await ask(`/dns-query?dns=${base64url(twoQuestions)}`)
    expect(response.status).toBe(200)
    expect(rcodeOf(await decode(response))).toBe('FORMERR')
  })

  test('HEAD has the headers of GET and no body', async () => {
    const path = `/dns-query?dns=${base64url(query('ns.example.com'))}`
    const [head, get] = await Promise.all([ask(path, { method: 'HEAD' }), ask(path)])
    expect(head.status).toBe(200)
    for (const name of ['content-type', 'cache-control', 'vary'])
      expect(head.headers.get(name)).toBe(get.headers.get(name))
    expect((await head.arrayBuffer()).byteLength).toBe(0)
  })

  test('OPTIONS is a preflight', async () => {
    const response = await ask('/dns-query', { method: 'OPTIONS', headers: { Origin: 'https://a.test' } })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST, OPTIONS')
    expect(response.headers.get('access-control-allow-headers')).toBe('Content-Type, Accept')
    expect(response.headers.get('access-control-max-age')).toBe('86400')
  })
})

describe('Cache-Control', () => {
  const subnet = { ip: '192.168.7.0', length: 24 }
  const optOut = { ip: '0.0.0.0', length: 0 }
  test.each([
    ['a static answer', query('ns.example.com'), 'public, max-age=300'],
    ['steered by the connection', query('src.example.com'), 'private, max-age=300'],
    ['steered by ECS in the URL', query('src.example.com', 'A', { subnet }), 'public, max-age=300'],
    [
      'steered by the connection, ECS opting out',
      query('src.example.com', 'A', { subnet: optOut }),
      'private, max-age=300',
    ],
    ['by chance', query('random.example.com'), 'private, max-age=300'],
    ['a name that is not there: the SOA minimum', query('nx.example.com'), 'public, max-age=60'],
    ['a type that is not there', query('ns.example.com', 'AAAA'), 'public, max-age=60'],
    ['TTL 0', query('zero.example.com'), 'no-store, max-age=0'],
    ['REFUSED', query('www.example.org'), 'no-store'],
    ['a referral', query('www.sub.example.com'), 'no-store'],
  ])('%s', async (_, message, expected) => {
    const response = await ask(`/dns-query?dns=${base64url(message)}`)
    expect(response.headers.get('cache-control')).toBe(expected)
  })

  test('replies to POST are private', async () => {
    const response = await ask('/dns-query', { method: 'POST', headers: MESSAGE, body: query('ns.example.com') })
    expect(response.headers.get('cache-control')).toBe('private, max-age=300')
  })
})

describe('the client', () => {
  test.each([
    ['192.168.3.4', '192.168.1.54'],
    ['203.0.113.7', '192.0.2.1'],
    ['::ffff:192.168.3.4', '192.168.1.54'],
    // Cloudflare's Pseudo IPv4 address is not the client's.
    ['240.1.2.3', '192.0.2.1'],
  ])('at %s gets %s', async (from, address) => {
    expect(data(await resolve('src.example.com', 'A', { from }))).toEqual([address])
  })

  test('ECS counts before the connection', async () => {
    const reply = await resolve('src.example.com', 'A', {
      from: '203.0.113.7',
      subnet: { ip: '192.168.9.0', length: 24 },
    })
    expect(data(reply)).toEqual(['192.168.1.54'])
  })

  test('other headers are not believed', async () => {
    const headers = { 'X-Forwarded-For': '192.168.3.4', 'X-Real-IP': '192.168.3.4', 'CF-Connecting-IP': '203.0.113.7' }
    const response = await ask(`/dns-query?dns=${base64url(query('src.example.com'))}`, { headers })
    expect(data(await decode(response))).toEqual(['192.0.2.1'])
  })
})

test('1,000 queries split by the weights 1:2', async () => {
  const counts = new Map<unknown, number>()
  for (let i = 0; i < 1000; i++) {
    const [address] = data(await resolve('random.example.com'))
    counts.set(address, (counts.get(address) ?? 0) + 1)
  }
  // Five standard deviations of a binomial draw with p = 1/3 are 75.
  expect(Math.abs((counts.get('1.2.3.4') ?? 0) - 333)).toBeLessThan(75)
  expect((counts.get('1.2.3.4') ?? 0) + (counts.get('4.3.2.1') ?? 0)).toBe(1000)
})
