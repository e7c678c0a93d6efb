import { env } from 'cloudflare:workers'
import packet, { type DecodedPacket } from 'dns-packet'
import { beforeEach, expect, test, vi } from 'vitest'
import type { KeySet } from '../../src/dnssec/index.ts'
import { wrapKey } from '../../src/dnssec/index.ts'
import { hashText } from '../../src/store/index.ts'
import { keySetOf, newKey } from '../unit/dnssec/support.ts'
import { type Isolate, newIsolate } from './health-support.ts'
import { base64url, EXAMPLE, publish, rcodeOf } from './support.ts'

const SECRET = 'a secret of thirty-two characters'

const lines: string[] = []
beforeEach(async () => {
  lines.length = 0
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(String(line)))
  for (const { name } of (await env.GSLB.list()).keys) await env.GSLB.delete(name)
  await publish(EXAMPLE, { ...EXAMPLE, origin: 'example.org' })
})

/** Puts keys into KV, and into the catalog. @returns the tag */
async function sign(origin = 'example.com', secret = SECRET, change: Partial<KeySet> = {}): Promise<number> {
  const key = await newKey()
  const { algorithm, tag } = key.stored
  const pkcs8 = new Uint8Array((await crypto.subtle.exportKey('pkcs8', key.pair.privateKey)) as ArrayBuffer)
  const wrapped = await wrapKey(secret, { origin, algorithm, tag }, pkcs8)
  const set = keySetOf(origin, [{ ...key, stored: { ...key.stored, wrapped } }], change)
  const text = JSON.stringify(set)
  const hash = await hashText(text)
  await env.GSLB.put(`dnssec:${hash}`, text)
  await name(hash, origin)
  return tag
}

/** Has the catalog's entry name a key set. */
async function name(hash: string | undefined, origin = 'example.com'): Promise<void> {
  const catalog = JSON.parse((await env.GSLB.get('catalog')) ?? '')
  catalog.zones[origin].dnssec = hash
  await env.GSLB.put('catalog', JSON.stringify(catalog))
}

const begin = (secret: string | undefined = SECRET, overrides: object = {}): Promise<Isolate> =>
  newIsolate({ ...(secret && { DNSSEC_SECRET: secret }), REFRESH_SECONDS: '0.02', ...overrides })

function query(name: string, type: string, flags: number): Uint8Array {
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags, options: [] }
  return new Uint8Array(
    packet.encode({
      ...{ type: 'query', id: 1, flags: packet.RECURSION_DESIRED },
      questions: [{ type: type as 'A', name, class: 'IN' }],
      // biome-ignore lint/suspicious/noExplicitAny: dns-packet's types ask for fields that its encoder does not
      additionals: [opt as any],
    }),
  )
}

async function ask(isolate: Isolate, name: string, type = 'A', flags = 0x8000): Promise<DecodedPacket> {
  const response = await isolate.fetch(`/dns-query?dns=${base64url(query(name, type, flags))}`)
  return packet.decode(Buffer.from(await response.arrayBuffer()))
}

const types = (reply: DecodedPacket): string[] => [...(reply.answers ?? []), ...(reply.authorities ?? [])].map(typeOf)
const typeOf = (record: { readonly type: string; readonly data?: unknown }): string =>
  record.type === 'RRSIG' ? `RRSIG ${(record.data as { typeCovered: string }).typeCovered}` : record.type
const flagsOf = ({ additionals }: DecodedPacket): number | undefined =>
  (additionals ?? []).flatMap((record) => (record.type === 'OPT' ? record.flags : []))[0]
const tagOf = (reply: DecodedPacket): number | undefined =>
  (reply.answers ?? []).flatMap((record) => (record.type === 'RRSIG' ? record.data.keyTag : []))[0]

test('a signed message that clients share says RA only to those for whom forwarding is on', async () => {
  await sign()
  const forwarding = { UPSTREAMS: 'https://dns.test/dns-query', FORWARD_TO: '203.0.113.0/24' }
  const isolate = await begin(SECRET, forwarding)
  const path = `/dns-query?dns=${base64url(query('ns.example.com', 'A', 0x8000))}`
  const from = (client: string) => isolate.fetch(path, { headers: { 'CF-Connecting-IP': client } })
  const isAvailable = async (response: Response): Promise<boolean> =>
    packet.decode(Buffer.from(await response.arrayBuffer())).flag_ra
  await from('198.51.100.7')
  const others = await Promise.all([from('198.51.100.7'), from('203.0.113.7'), from('198.51.100.7')])
  expect(await Promise.all(others.map(isAvailable))).toEqual([false, true, false])
  expect(await isAvailable(await from('198.51.100.7'))).toBe(false)
  expect(await isAvailable(await from('203.0.113.7'))).toBe(true)
})

test('a signed zone: who sets DO gets signatures, and nobody else', async () => {
  const tag = await sign()
  const isolate = await begin()
  const reply = await ask(isolate, 'ns.example.com')
  expect([rcodeOf(reply), types(reply), tagOf(reply), reply.flag_ad]).toEqual(['NOERROR', ['A', 'RRSIG A'], tag, false])
  expect(types(await ask(isolate, 'nothing.example.com'))).toEqual(['SOA', 'RRSIG SOA', 'NSEC', 'RRSIG NSEC'])
  expect(types(await ask(isolate, 'example.com', 'DNSKEY'))).toEqual(['DNSKEY', 'RRSIG DNSKEY'])
  expect(types(await ask(isolate, 'example.com', 'DNSKEY', 0))).toEqual(['DNSKEY'])
  const plain = await ask(isolate, 'nothing.example.com', 'A', 0)
  expect([rcodeOf(plain), types(plain)]).toEqual(['NXDOMAIN', ['SOA']])
  const other = await ask(isolate, 'ns.example.org')
  expect([rcodeOf(other), types(other)]).toEqual(['NOERROR', ['A']])
  expect(lines).toEqual([])
})

test('the JSON forms have signatures as text', async () => {
  await sign()
  const isolate = await begin()
  const response = await isolate.fetch('/resolve?name=ns.example.com&type=A&do=1')
  const { Answer: answer } = (await response.json()) as { Answer: { type: number; data: string }[] }
  expect(answer.map(({ type }) => type)).toEqual([1, 46])
  expect(answer[1]?.data).toMatch(/^A 13 3 300 \d{14} \d{14} \d+ example\.com\. [A-Za-z0-9+/=]{88}$/)
})

test.each([
  ['there is no secret', SECRET, undefined, 'DNSSEC_SECRET is not set'],
  ['the secret is another one', 'another secret that was there first', SECRET, 'DNSSEC_SECRET does not open the key'],
])('%s: SERVFAIL for who wants signatures, with the reason in the log once', async (_, made, given, why) => {
  await sign('example.com', made)
  const isolate = await newIsolate({ DNSSEC_SECRET: given, REFRESH_SECONDS: '0.02' })
  for (let i = 0; i < 3; i++) {
    const reply = await ask(isolate, 'ns.example.com', 'A', 0xc000)
    expect([rcodeOf(reply), types(reply), flagsOf(reply)]).toEqual(['SERVFAIL', [], 0xc000])
  }
  expect(types(await ask(isolate, 'ns.example.com', 'A', 0))).toEqual(['A'])
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { event: 'keys-failed', zone: 'example.com', why: expect.stringContaining(why) },
  ])
  expect(lines.join()).not.toContain(made)
})

test('keys of another zone are refused', async () => {
  await sign('example.org')
  await name(JSON.parse((await env.GSLB.get('catalog')) ?? '').zones['example.org'].dnssec)
  const isolate = await begin()
  expect(rcodeOf(await ask(isolate, 'ns.example.com'))).toBe('SERVFAIL')
  expect(lines.join()).toContain('the keys are those of example.org')
})

test('two zones that name the keys of each other fail alone, and are signed when that is mended', async () => {
  const [com, org] = [await sign('example.com'), await sign('example.org')]
  const { zones } = JSON.parse((await env.GSLB.get('catalog')) ?? '')
  const hashes = [zones['example.com'].dnssec, zones['example.org'].dnssec]
  await name(hashes[1], 'example.com')
  const isolate = await begin()
  // The zone whose keys they are reads them at the same time.
  const replies = await Promise.all([ask(isolate, 'ns.example.com'), ask(isolate, 'ns.example.org')])
  expect([replies.map(rcodeOf), replies.map(tagOf)]).toEqual([
    ['SERVFAIL', 'NOERROR'],
    [undefined, org],
  ])
  await name(hashes[0], 'example.com')
  await vi.waitUntil(async () => tagOf(await ask(isolate, 'ns.example.com')) === com, WAITING)
})

test('a name that nobody asked for before costs one signature, and no read of KV', async () => {
  await sign()
  let reads = 0
  const counting = new Proxy(env.GSLB, {
    get(target, key) {
      if (key === 'get' || key === 'getWithMetadata' || key === 'list') reads++
      const value = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const isolate = await begin(SECRET, { GSLB: counting, REFRESH_SECONDS: '3600' })
  await ask(isolate, 'nothing.example.com')
  const signing = vi.spyOn(crypto.subtle, 'sign')
  reads = 0
  for (let i = 0; i < 200; i++) {
    expect(types(await ask(isolate, `made-up-${i}.example.com`))).toEqual(['SOA', 'RRSIG SOA', 'NSEC', 'RRSIG NSEC'])
  }
  expect([signing.mock.calls.length, reads]).toEqual([200, 0])
  signing.mockRestore()
})

test('explain of the API says by which key an answer is signed, with nothing of the private key', async () => {
  const tag = await sign()
  const isolate = await begin(SECRET, { API_KEY: 'a-key-of-the-api' })
  const ask = (name: string) =>
    isolate.fetch(`/api/v1/explain?name=${name}&client=192.0.2.1`, { headers: { 'X-API-Key': 'a-key-of-the-api' } })
  const text = await (await ask('ns.example.com')).text()
  expect(JSON.parse(text).signatures).toEqual([
    {
      ...{ name: 'ns.example.com.', type: 'A', zone: 'example.com.', keys: [{ tag, algorithm: 13 }] },
      ...{ inception: expect.stringMatching(/Z$/), expiration: expect.stringMatching(/Z$/) },
    },
  ])
  expect(text).not.toContain('wrapped')
  expect(await (await ask('ns.example.org')).json()).not.toHaveProperty('signatures')
})

test('new keys sign soon after the catalog names them; where they cannot be had the old ones go on', async () => {
  const first = await sign()
  const isolate = await begin()
  expect(tagOf(await ask(isolate, 'ns.example.com'))).toBe(first)
  await name('0'.repeat(64))
  await vi.waitUntil(async () => {
    expect(tagOf(await ask(isolate, 'ns.example.com'))).toBe(first)
    return lines.length > 0
  }, WAITING)
  expect(lines.join()).toContain('is not in KV')
  const second = await sign()
  await vi.waitUntil(async () => tagOf(await ask(isolate, 'ns.example.com')) === second, WAITING)
  await name(undefined)
  await vi.waitUntil(async () => types(await ask(isolate, 'ns.example.com')).join() === 'A', WAITING)
})

const WAITING = { timeout: 1_000_000, interval: 10 }

test('an isolate that begins while the catalog is lost signs all the same', async () => {
  const tag = await sign()
  const hash = JSON.parse((await env.GSLB.get('catalog')) ?? '').zones['example.com'].dnssec as string
  const text = (await env.GSLB.get(`dnssec:${hash}`)) ?? ''
  await env.GSLB.put('dnssec:example.com', text, { metadata: { hash, at: Date.now() } })
  await env.GSLB.delete('catalog')
  const isolate = await begin()
  const reply = await ask(isolate, 'ns.example.com')
  expect([rcodeOf(reply), types(reply), tagOf(reply)]).toEqual(['NOERROR', ['A', 'RRSIG A'], tag])
  expect(types(await ask(isolate, 'ns.example.org'))).toEqual(['A'])
})
