import { beforeAll, describe, expect, test } from 'vitest'
import { ask, EXAMPLE, publish } from './support.ts'

const DATA = {
  HTTPS: '1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1',
  TLSA: '3 1 1 49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE89FD46E6C4B45C55D4AC69CB',
  NAPTR: '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .',
  LOC: '52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m',
  DNSKEY: '257 3 13 AQIDBAUG',
  URI: '10 1 "https://example.com/"',
  TYPE65280: '\\# 3 c0ffee',
}
const SOA = { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
const TYPES = { origin: 'types.example', ttl: 60, soa: SOA, records: { '@': { NS: 'ns.example.' }, x: DATA } }

beforeAll(() => publish(EXAMPLE, TYPES))

const FLAGS = { TC: false, RD: true, RA: false, AD: false, CD: false }
const json = async (path: string, init: RequestInit = {}, from?: string) => (await ask(path, init, from)).json()

describe("Cloudflare's form", () => {
  const ACCEPT = { headers: { Accept: 'application/dns-json' } }

  test('answers name and type', async () => {
    const response = await ask('/dns-query?name=ns.example.com&type=A', ACCEPT)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/dns-json')
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
    expect(response.headers.get('vary')).toBe('Accept')
    expect(await response.json()).toEqual({
      Status: 0,
      ...FLAGS,
      Question: [{ name: 'ns.example.com', type: 1 }],
      Answer: [{ name: 'ns.example.com', type: 1, TTL: 300, data: '192.168.56.1' }],
    })
  })

  test('keeps the quotes of TXT', async () => {
    const { Answer } = (await json('/dns-query?name=example.com&type=TXT', ACCEPT)) as { Answer: { data: string }[] }
    expect(Answer[0]?.data).toBe('"v=spf1 -all" "second"')
  })

  test('has the reason in Comment', async () => {
    const body = (await json('/dns-query?name=example.org', ACCEPT)) as { Status: number; Comment: string[] }
    expect(body.Status).toBe(5)
    expect(body.Comment).toEqual(['EDE(20): Not Authoritative: not in a zone served here'])
  })

  test.each([
    ['cd=2', 'Invalid CD flag `2`. Expected to be empty or one of `0`, `false`, `1`, or `true`.'],
    ['do=yes', 'Invalid DO flag `yes`. Expected to be empty or one of `0`, `false`, `1`, or `true`.'],
    ['type=NOTHING', 'Invalid type `NOTHING`. Expected a number from 1 to 65535, or a name like `AAAA`.'],
    ['type=0', 'Invalid type `0`. Expected a number from 1 to 65535, or a name like `AAAA`.'],
    ['type=65536', 'Invalid type `65536`. Expected a number from 1 to 65535, or a name like `AAAA`.'],
  ])('refuses %s like Cloudflare', async (parameter, error) => {
    const response = await ask(`/dns-query?name=example.com&${parameter}`, ACCEPT)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('application/dns-json')
    expect(await response.json()).toEqual({ error })
  })

  test.each(['', '.example.com', 'a..b', `${'a'.repeat(64)}.com`, `${'a.'.repeat(130)}com`])(
    'refuses the name "%s"',
    async (name) => {
      const response = await ask(`/dns-query?name=${name}`, ACCEPT)
      expect(response.status).toBe(400)
      expect((await response.json()) as { error: string }).toHaveProperty('error')
    },
  )
})

test.each(Object.entries(DATA))('prints the data of %s in zone file syntax', async (type, text) => {
  for (const path of ['/resolve', '/dns-query']) {
    const accept = { headers: { Accept: 'application/dns-json' } }
    const body = (await json(`${path}?name=x.types.example&type=${type}`, accept)) as { Answer: { data: string }[] }
    expect(body.Answer.map(({ data }) => data)).toEqual([text])
  }
})

describe("Google's form", () => {
  test('answers with trailing dots, a joined TXT and the Authority of a negative answer', async () => {
    const response = await ask('/resolve?name=example.com&type=txt')
    expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8')
    expect(await response.json()).toEqual({
      Status: 0,
      ...FLAGS,
      Question: [{ name: 'example.com.', type: 16 }],
      Answer: [{ name: 'example.com.', type: 16, TTL: 300, data: 'v=spf1 -allsecond' }],
    })
    const negative = (await json('/resolve?name=nx.example.com&type=28')) as Record<string, unknown>
    expect(negative).toMatchObject({
      Status: 3,
      Authority: [
        { name: 'example.com.', type: 6, TTL: 60, data: 'dns.example.com. root.example.com. 7 3600 900 604800 60' },
      ],
    })
    expect(negative).not.toHaveProperty('Answer')
  })

  test.each([
    ['192.168.7.0/24', '192.168.1.54', '192.168.7.0/16'],
    ['192.168.7.9', '192.168.1.54', '192.168.7.9/16'],
    ['192.0.2.0/24', '192.0.2.1', '192.0.2.0/9'],
    ['0.0.0.0/0', '192.0.2.1', '0.0.0.0/0'],
    ['0/0', '192.0.2.1', '0.0.0.0/0'],
    ['::ffff:192.168.7.0/120', '192.168.1.54', '::ffff:c0a8:700/112'],
  ])('edns_client_subnet=%s', async (subnet, address, echoed) => {
    const body = await json(`/resolve?name=src.example.com&edns_client_subnet=${subnet}`)
    expect(body).toMatchObject({ Answer: [{ data: address }], edns_client_subnet: echoed })
  })

  test('an IPv6 subnet matches no rule of an IPv4 view: SERVFAIL, with the reason', async () => {
    const body = await json('/resolve?name=src.example.com&edns_client_subnet=2001:db8::/48')
    expect(body).toMatchObject({ Status: 2, Comment: 'EDE(0): Other: no network of the view holds the client' })
  })

  test.each(['edns_client_subnet=1.2.3.4/33', 'edns_client_subnet=x', 'cd=2'])('refuses %s', async (parameter) => {
    const response = await ask(`/resolve?name=src.example.com&${parameter}`)
    expect(response.status).toBe(400)
    const [name, value] = parameter.split('=')
    expect(await response.json()).toMatchObject({
      Status: 2,
      Comment: `Invalid argument value: "${name}" = "${value}"`,
    })
  })

  test('the first of two parameters counts, names in any case, random_padding is ignored', async () => {
    const body = await json('/resolve?NAME=ns.example.com&name=nx.example.com&Type=A&random_padding=xyz&do=1&cd=true')
    expect(body).toMatchObject({ Status: 3, CD: true })
    expect(await json('/resolve?Name=ns.example.com')).toMatchObject({ Answer: [{ data: '192.168.56.1' }] })
  })

  test('ct=application/dns-message gives the message', async () => {
    const response = await ask('/resolve?name=ns.example.com&ct=application/dns-message')
    expect(response.headers.get('content-type')).toBe('application/dns-message')
    expect((await response.arrayBuffer()).byteLength).toBe(48)
  })
})

test.each([
  ['/dns-query?name=ns.example.com', {}, 'application/dns-json'],
  ['/dns-query?name=ns.example.com&ct=application/dns-json', {}, 'application/dns-json'],
  ['/dns-query?name=ns.example.com', { Accept: 'application/dns-message' }, 'application/dns-message'],
  ['/resolve?name=ns.example.com&ct=application/dns-json', {}, 'application/json; charset=UTF-8'],
  ['/resolve?name=ns.example.com', { Accept: 'application/json' }, 'application/json; charset=UTF-8'],
])('%s with Accept %j is %s', async (path, headers, type) => {
  expect((await ask(path, { headers: headers as HeadersInit })).headers.get('content-type')).toBe(type)
})

test('the letter case of the question is kept in every section', async () => {
  const body = await json('/resolve?name=NS.Example.COM')
  expect(body).toMatchObject({ Question: [{ name: 'NS.Example.COM.' }], Answer: [{ name: 'NS.Example.COM.' }] })
})

test('a final dot counts unless a backslash escapes it', async () => {
  for (const [name, asked] of [
    ['a%5C%5C.', 'a\\\\.'],
    ['a%5C.', 'a\\..'],
    ['a.', 'a.'],
  ]) {
    expect(await json(`/resolve?name=${name}`)).toMatchObject({ Question: [{ name: asked }] })
  }
})

test('an international name is queried by its A-label', async () => {
  expect(await json('/resolve?name=b%C3%BCcher.example.com')).toMatchObject({
    Question: [{ name: 'xn--bcher-kva.example.com.' }],
  })
})

test('a chain to a name outside our zones ends there', async () => {
  const body = await json('/resolve?name=alias.example.com')
  expect(body).toMatchObject({ Status: 0, Answer: [{ type: 5, data: 'www.example.net.' }] })
})
