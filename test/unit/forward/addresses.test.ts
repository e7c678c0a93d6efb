import { expect, test } from 'vitest'
import { parseName } from '../../../src/dns/index.ts'
import { addressType, findAddresses, Upstreams } from '../../../src/forward/index.ts'
import { MAX_ALIAS_ADDRESSES } from '../../../src/limits.ts'
import { must } from '../must.ts'
import { a, type Behaviour, cname, replyTo, Servers, soa, Time } from './support.ts'

const FIRST = 'https://one.test:8443/secret/dns-query'
const SECOND = 'https://two.test/dns-query'

async function find(name: string, behaviours: Record<string, Behaviour>, type: 'A' | 'AAAA' = 'A') {
  const time = new Time()
  const servers = new Servers(time, behaviours)
  const io = { fetch: servers.fetch, clock: time.clock, timer: time.timer }
  const upstreams = new Upstreams(Object.keys(behaviours), io)
  const work = findAddresses(must(parseName(`${name}.`)), addressType(type), upstreams, () => {})
  return { found: (await time.run(work)).value, servers }
}

const told =
  (sections: Parameters<typeof replyTo>[1]): Behaviour =>
  (asked) =>
    replyTo(asked, sections)

test('addresses are sorted, each once, with the smallest TTL of the chain, and the host that told them', async () => {
  const answers = [
    cname('lb.example', 'x.example', 40),
    a('x.example', '192.0.2.9'),
    a('x.example', '192.0.2.10'),
    a('x.example', '192.0.2.9'),
  ]
  const { found } = await find('lb.example', { [FIRST]: told({ answers }) })
  expect(found).toEqual({
    ok: true,
    value: { addresses: ['192.0.2.10', '192.0.2.9'], ttl: 40, from: 'one.test:8443' },
  })
})

test('a chain that ends in the middle of a reply is followed', async () => {
  const { found, servers } = await find('lb.example', {
    [FIRST]: (asked) =>
      asked.name === 'lb.example'
        ? replyTo(asked, { answers: [cname('lb.example', 'x.other', 20)] })
        : replyTo(asked, { answers: [a('x.other', '192.0.2.1', 90)] }),
  })
  expect(found).toMatchObject({ ok: true, value: { addresses: ['192.0.2.1'], ttl: 20 } })
  expect(servers.log.map(({ name }) => name)).toEqual(['lb.example', 'x.other'])
})

test.each([
  ['NXDOMAIN', { rcode: 3, authorities: [soa('example')] }],
  ['NODATA', { authorities: [soa('example')] }],
])('%s is no address, for as long as the SOA says', async (_, sections) => {
  const { found } = await find('lb.example', { [FIRST]: told(sections) })
  expect(found).toEqual({ ok: true, value: { addresses: [], ttl: 60, from: 'one.test:8443' } })
})

test('of two upstream servers the one that answers is named', async () => {
  const { found } = await find('lb.example', {
    [FIRST]: () => new Response('no', { status: 500 }),
    [SECOND]: told({ answers: [a('lb.example', '192.0.2.1')] }),
  })
  expect(found).toMatchObject({ ok: true, value: { from: 'two.test' } })
})

test.each<[string, Behaviour]>([
  ['SERVFAIL', told({ rcode: 2 })],
  ['silence', () => new Promise(() => {})],
  ['another question', (asked) => replyTo({ ...asked, message: Buffer.from(asked.message).fill(0x78, 13, 15) })],
  [
    'a loop',
    (asked) =>
      replyTo(asked, { answers: [cname(asked.name, `${asked.name}.x`), cname(`${asked.name}.x`, asked.name)] }),
  ],
  ['a chain without end', (asked) => replyTo(asked, { answers: [cname(asked.name, `x${asked.name}`)] })],
  [
    'a chain that comes back',
    (asked) =>
      replyTo(asked, { answers: [cname(asked.name, asked.name === 'lb.example' ? 'b.example' : 'lb.example')] }),
  ],
])('%s is a failure', async (_, behaviour) => {
  const { found } = await find('lb.example', { [FIRST]: behaviour })
  expect(found).toMatchObject({ ok: false, error: expect.any(String) })
})

test('a reply of a thousand addresses is cut', async () => {
  const answers = Array.from({ length: 1000 }, (_, i) => a('lb.example', `10.0.${i >> 8}.${i & 255}`))
  const { found } = await find('lb.example', { [FIRST]: told({ answers }) })
  expect(found.ok && found.value.addresses.length).toBe(MAX_ALIAS_ADDRESSES)
})

test('names that are answered here are asked of nobody', async () => {
  const { found, servers } = await find('localhost', { [FIRST]: told({}) })
  expect(found).toMatchObject({ ok: true, value: { addresses: ['127.0.0.1'], from: 'here' } })
  expect(servers.log).toEqual([])
})
