import { beforeAll, describe, expect, test, vi } from 'vitest'
import { answerCall } from '../../../../src/api/remote-backend/backend.ts'
import { domainId } from '../../../../src/api/remote-backend/domain.ts'
import { KnownFacts } from '../../../../src/api/remote-backend/facts.ts'
import type { BackendRecord } from '../../../../src/api/remote-backend/record.ts'
import { KnownSigning } from '../../../../src/api/remote-backend/signing.ts'
import type { BackendSources } from '../../../../src/api/remote-backend/sources.ts'
import { MAX_ORDERED_NAMES, NOTIFY_MS } from '../../../../src/limits.ts'
import { err, type Result } from '../../../../src/result.ts'
import { transferRecords } from '../../../../src/rrsets/index.ts'
import { compileSource } from '../../../../src/zonefile/index.ts'
import { must, seeded } from '../../support.ts'
import { Served } from '../own/support.ts'

const soa = { mname: 'ns1', rname: 'root', serial: 7, refresh: 1, retry: 2, expire: 3, minimum: 60 }
const view = {
  kind: 'view',
  rules: [{ networks: ['198.18.0.0/16', '2001:db8::/32'], answer: '192.0.2.1' }],
  otherwise: '192.0.2.2',
}
const ZONE = {
  origin: 'example.com',
  ttl: 300,
  soa,
  api: { kind: 'Master', metadata: { 'ALLOW-AXFR-FROM': ['AUTO-NS'] } },
  records: {
    '@': { NS: 'ns1', MX: '10 www', ALIAS: 'www' },
    ns1: { A: '192.0.2.53' },
    www: { A: view, TXT: '"a text"', TYPE65280: '\\# 2 0102', MINFO: 'a b' },
    some: { A: { kind: 'view', rules: [{ networks: ['198.18.0.0/16'], answer: [] }], otherwise: '192.0.2.9' } },
    canonical: { CNAME: { kind: 'view', rules: [{ networks: ['198.18.0.0/16'], answer: 'www' }], otherwise: 'ns1' } },
    outside: { ALIAS: 'www.example.net.' },
    broken: { A: { kind: 'lua', code: ";if bestwho:isIPv4() then error('no') end return '192.0.2.1'" }, TXT: '"fine"' },
    '*.wild': { A: view },
    'deep.empty': { A: '192.0.2.31' },
    sub: { NS: 'ns.sub', DS: '1 8 2 0000000000000000000000000000000000000000000000000000000000000000' },
    'ns.sub': { A: '192.0.2.54' },
    child: { NS: 'ns1' },
  },
}
const COMPILED = must(compileSource({ file: 'zone.json', text: JSON.stringify(ZONE) }, () => err('no file'))).document
const CHILD = { origin: 'child.example.com', ttl: 60, soa, records: { '@': { NS: 'ns1.example.com.', TXT: '"own"' } } }
/** The octets of the name in hexadecimal. */
const EXAMPLE_COM = '076578616d706c6503636f6d00'
const ID = domainId('example.com.')

let served: Served
let sources: BackendSources
beforeAll(async () => {
  served = await Served.with(COMPILED, CHILD)
  sources = {
    served: served.calls(),
    ledgers: {
      zone: (origin) => served.bench(origin).ledger,
      keys: (origin) => served.bench(origin).keys,
      list: () => served.list(),
    },
    facts: new KnownFacts(),
    signing: new KnownSigning(),
    signingRefusal: undefined,
    random: seeded(1),
    now: 0,
  }
})

const call = async (method: string, parameters: Record<string, unknown> = {}, more: Partial<BackendSources> = {}) =>
  answerCall({ method, parameters }, { ...sources, ...more })

async function lookup(name: string, qtype: string, client = '203.0.113.7/32', zoneId = -1): Promise<unknown> {
  const remote = client.endsWith('/32') ? client.slice(0, -3) : '192.0.2.200'
  const qname = name === '' ? 'example.com.' : `${name}.example.com.`
  return must(await call('lookup', { qname, qtype, remote, 'real-remote': client, 'zone-id': zoneId })).result
}

const record = (qtype: string, qname: string, content: string, scopeMask: number, ttl = 300) => ({
  ...{ qtype, qname: `${qname}.example.com.`, content, ttl, domain_id: ID, scopeMask },
})

describe('lookup', () => {
  test('ANY has every type, each with the scope of its answer', async () => {
    expect(await lookup('www', 'ANY', '198.18.7.0/24')).toEqual([
      record('A', 'www', '192.0.2.1', 16),
      record('TXT', 'www', '"a text"', 0),
      record('TYPE65280', 'www', '\\# 2 0102', 0),
      // PowerDNS does not read the text of this type.
      record('TYPE14', 'www', `\\# 30 0161${EXAMPLE_COM}0162${EXAMPLE_COM}`, 0),
    ])
  })
  test.each([
    ['198.18.0.9/32', '192.0.2.1', 16],
    ['2001:db8::/56', '192.0.2.1', 32],
    ['198.19.0.0/16', '192.0.2.2', 16],
  ])('the client is the real remote: %s', async (client, content, scope) => {
    expect(await lookup('www', 'A', client)).toEqual([record('A', 'www', content, scope)])
  })
  test('a name with an ALIAS has the addresses of its target, and their scope', async () => {
    expect(await lookup('', 'A', '198.18.7.0/24')).toEqual([
      { ...record('A', 'x', '192.0.2.1', 16), qname: 'example.com.' },
    ])
    const types = ((await lookup('', 'ANY')) as BackendRecord[]).map(({ qtype }) => qtype).sort()
    expect(types).toEqual(['A', 'MX', 'NS', 'SOA'])
  })
  test('an ALIAS that leads outside is PowerDNS’s to resolve', async () => {
    expect(await lookup('outside', 'ANY')).toContainEqual(record('ALIAS', 'outside', 'www.example.net.', 0))
  })
  test('a CNAME is not followed', async () => {
    expect(await lookup('canonical', 'ANY', '198.18.7.0/24')).toEqual([
      record('CNAME', 'canonical', 'www.example.com.', 16),
    ])
  })
  test('a name without records for this client is an empty non-terminal, not nothing', async () => {
    const empty = (name: string) => [
      { qtype: 'ENT', qname: `${name}.example.com.`, content: '', ttl: 0, domain_id: ID },
    ]
    expect(await lookup('some', 'ANY', '198.18.7.0/24')).toEqual(empty('some'))
    expect(await lookup('empty', 'ANY')).toEqual(empty('empty'))
    expect(await lookup('wild', 'ANY')).toEqual(empty('wild'))
    expect(await lookup('some', 'A', '198.18.7.0/24')).toEqual([])
    expect(await lookup('nothing', 'ANY')).toEqual([])
  })
  test('a wildcard stands under its own name alone', async () => {
    expect(await lookup('x.wild', 'ANY')).toEqual([])
    expect(await lookup('*.wild', 'ANY', '198.18.7.0/24')).toEqual([record('A', '*.wild', '192.0.2.1', 16)])
  })
  test('a delegation and what is below it are as they stand, and not authoritative', async () => {
    const ns = { ...record('NS', 'sub', 'ns.sub.example.com.', 0), auth: 0 }
    expect(await lookup('sub', 'NS')).toEqual([ns])
    expect(await lookup('sub', 'ANY')).toEqual([ns, expect.objectContaining({ qtype: 'DS', scopeMask: 0 })])
    expect(((await lookup('sub', 'DS')) as object[])[0]).not.toHaveProperty('auth')
    expect(await lookup('ns.sub', 'A')).toEqual([{ ...record('A', 'ns.sub', '192.0.2.54', 0), auth: 0 }])
  })
  test('the number of the zone chooses between a zone and the one above', async () => {
    const own = await lookup('child', 'NS')
    expect(own).toEqual([expect.objectContaining({ domain_id: domainId('child.example.com.'), ttl: 60 })])
    expect(await lookup('child', 'NS', undefined, ID)).toEqual([
      expect.objectContaining({ domain_id: ID, ttl: 300, auth: 0 }),
    ])
    // A number that no zone above the name has says nothing.
    expect(await lookup('child', 'NS', undefined, 12_345)).toEqual(own)
  })
  test('an rrset that has no answer is an error, not an empty name', async () => {
    const parameters = {
      qname: 'broken.example.com.',
      qtype: 'ANY',
      remote: '192.0.2.1',
      'real-remote': '192.0.2.1/32',
    }
    expect((await call('lookup', parameters)).ok).toBe(false)
    expect(await lookup('broken', 'TXT')).toEqual([record('TXT', 'broken', '"fine"', 0)])
  })
  test('without a client it answers, too', async () => {
    const parameters = { qname: 'example.com.', qtype: 'SOA', remote: '0.0.0.0', 'real-remote': '0.0.0.0/0' }
    expect(must(await call('lookup', parameters)).result).toEqual([
      {
        ...{ qtype: 'SOA', qname: 'example.com.', ttl: 300, domain_id: ID, scopeMask: 0 },
        content: 'ns1.example.com. root.example.com. 7 1 2 3 60',
      },
    ])
  })
  test.each([
    ['www.example.org.', 'A'],
    ['a..b', 'A'],
    ['www.example.com.', 'NOTYPE'],
    [7, 'A'],
  ])('of %s %s there is nothing', async (qname, qtype) => {
    expect(must(await call('lookup', { qname, qtype })).result).toBe(false)
  })
})

describe('zones', () => {
  test('getAllDomains has all that are published', async () => {
    const { result } = must(await call('getalldomains'))
    expect(result).toEqual([
      { id: ID, zone: 'example.com.', kind: expect.any(String), ...numbers },
      { id: domainId('child.example.com.'), zone: 'child.example.com.', kind: 'native', ...numbers },
    ])
  })
  const numbers = { serial: 7, notified_serial: 7, last_check: 0, masters: [] }
  test('getAllDomains needs no ledger, and says so in the log', async () => {
    const spy = vi.spyOn(console, 'error').mockImplementation(() => {})
    const ledgers = { ...sources.ledgers, list: () => Promise.reject(new Error('down')) }
    expect(must(await call('getalldomains', {}, { ledgers })).result).toHaveLength(2)
    expect(spy).toHaveBeenCalledOnce()
    spy.mockRestore()
  })
  test('getDomainInfo has the kind', async () => {
    expect(must(await call('getdomaininfo', { name: 'EXAMPLE.com' })).result).toEqual({
      ...{ id: ID, zone: 'example.com.', kind: 'master', ...numbers },
    })
    expect(must(await call('getdomaininfo', { name: 'www.example.com.' })).result).toBe(false)
  })
  test('metadata is that of the API', async () => {
    const all = must(await call('getalldomainmetadata', { name: 'example.com.' })).result
    expect(all).toEqual({ 'ALLOW-AXFR-FROM': ['AUTO-NS'], 'SOA-EDIT-API': ['DEFAULT'] })
    const one = { name: 'example.com.', kind: 'allow-axfr-from' }
    expect(must(await call('getdomainmetadata', one)).result).toEqual(['AUTO-NS'])
    expect(must(await call('getdomainmetadata', { ...one, kind: 'PRESIGNED' })).result).toEqual([])
  })
  test('metadata is empty while ledgers cannot be reached, so that queries are answered', async () => {
    const spy = vi.spyOn(console, 'error').mockImplementation(() => {})
    const ledgers = { ...sources.ledgers, zone: () => ({ read: () => Promise.reject(new Error('down')) }) as never }
    const failing = { ledgers, facts: new KnownFacts() }
    expect(must(await call('getalldomainmetadata', { name: 'example.com.' }, failing)).result).toEqual({})
    expect(spy).toHaveBeenCalledOnce()
    spy.mockRestore()
    await expect(call('getdomaininfo', { name: 'example.com.' }, failing)).rejects.toThrow('down')
  })
  test('primaries that changed lately are to be notified of', async () => {
    const listed = [
      { ...({} as Awaited<ReturnType<typeof served.list>>[number]), origin: 'example.com.', kind: 'Master' },
    ]
    const ledgers = { ...sources.ledgers, list: async () => listed }
    const since = must(await sources.served.published()).find(({ origin }) => origin === 'example.com')?.since as number
    const updated = async (now: number) => must(await call('getupdatedmasters', {}, { ledgers, now })).result
    expect(await updated(since + NOTIFY_MS - 1)).toEqual([
      { id: ID, zone: 'example.com.', kind: 'master', ...numbers, notified_serial: 0 },
    ])
    expect(await updated(since + NOTIFY_MS)).toEqual([])
  })
})

test('list has what the export has, steered records as LUA', async () => {
  const { result, log } = must(await call('list', { zonename: 'example.com.', domain_id: '-1' }))
  const records = result as BackendRecord[]
  const exported = transferRecords(COMPILED).filter(({ isNote }) => !isNote)
  expect(records.map(({ qname }) => qname)).toEqual(exported.map(({ name }) => name))
  const at = (name: string) => records.filter(({ qname }) => qname === `${name}.example.com.`)
  expect(at('www')).toContainEqual(
    expect.objectContaining({ qtype: 'LUA', content: expect.stringMatching(/^A ".*view\(/) }),
  )
  expect(at('www').map(({ qtype }) => qtype)).toEqual(expect.arrayContaining(['TXT', 'TYPE14', 'TYPE65280']))
  expect(at('*.wild')).toHaveLength(1)
  expect(log).toBeUndefined()
  expect(must(await call('list', { zonename: 'example.org.' })).result).toBe(false)
})

test('a zone with too many names for NSEC is told so, and read once', async () => {
  const names = Array.from({ length: MAX_ORDERED_NAMES + 1 }, (_, i) => [`n${i}`, { A: '192.0.2.1' }])
  const text = JSON.stringify({ origin: 'large.example', records: Object.fromEntries(names) })
  const read = vi.fn(async () => ({ version: {} as never, text }))
  const ledgers = { ...sources.ledgers, zone: () => ({ read }) as never }
  const signing = new KnownSigning()
  for (let i = 0; i < 2; i++) {
    const order = await signing.orderOf(ledgers, 'large.example.', 'a hash')
    expect(order.ok ? '' : order.error).toMatch(
      /^large.example. has more than 50000 names.*; expected "pdnsutil set-nsec3/,
    )
  }
  expect(read).toHaveBeenCalledOnce()
})

describe('the keys by which PowerDNS signs', () => {
  const content = 'Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: AAAA\n'
  const name = 'child.example.com.'
  const key = { flags: '257', active: '1', published: '1', content }
  const result = async (method: string, parameters: object = {}, more: Partial<BackendSources> = {}) =>
    must(await call(method, { name, ...parameters }, more)).result

  test('are added, shown, set and removed', async () => {
    expect(await result('adddomainkey', { key })).toBe(1)
    expect(await result('adddomainkey', { key: { ...key, flags: 256, active: false, published: true } })).toBe(2)
    expect(await result('deactivatedomainkey', { id: '1' })).toBe(true)
    expect(await result('unpublishdomainkey', { id: 2 })).toBe(true)
    expect(await result('getdomainkeys')).toEqual([
      { id: 1, flags: 257, active: false, published: true, content },
      { id: 2, flags: 256, active: false, published: false, content },
    ])
    for (const id of ['1', '2']) expect(await result('removedomainkey', { id })).toBe(true)
    expect(await result('getdomainkeys')).toEqual([])
    for (const parameters of [{ id: '1' }, { id: 'x' }, {}])
      expect(await result('removedomainkey', parameters)).toBe(false)
    expect(await result('adddomainkey', { key: { ...key, content: 'x' } })).toBe(false)
    expect(await result('adddomainkey', { name: 'example.org.', key })).toBe(false)
  })

  test('are for keys of the API that may sign alone', async () => {
    const refused = { signingRefusal: 'no' }
    expect(await result('getdomainkeys', {}, refused)).toEqual([])
    expect(await call('adddomainkey', { name, key }, refused)).toEqual(err({ status: 403, why: 'no' }))
    await result('adddomainkey', { key })
    expect(await call('getdomainkeys', { name }, refused)).toEqual(err({ status: 403, why: 'no' }))
  })

  test('stay known while the ledger cannot be reached: without them answers would be bogus', async () => {
    const keys = await result('getdomainkeys')
    expect(keys).toHaveLength(1)
    const ledgers = { ...sources.ledgers, zone: () => ({ signing: () => Promise.reject(new Error('down')) }) as never }
    expect(await result('getdomainkeys', {}, { ledgers })).toEqual(keys)
    await expect(call('getdomainkeys', { name }, { ledgers, signing: new KnownSigning() })).rejects.toThrow('down')
  })

  test('NSEC3 is always narrow, and no other metadata is written', async () => {
    const set = (kind: string, ...value: readonly string[]) => result('setdomainmetadata', { kind, value })
    expect(await set('NSEC3PARAM', '1 0 0 -')).toBe(true)
    expect(await result('getalldomainmetadata')).toMatchObject({ NSEC3PARAM: ['1 0 0 -'], NSEC3NARROW: ['1'] })
    expect(await set('NSEC3NARROW')).toBe(false)
    expect(await set('ALLOW-AXFR-FROM', '0.0.0.0/0')).toBe(false)
    expect([await set('NSEC3PARAM'), await set('NSEC3NARROW')]).toEqual([true, true])
    expect(await result('getdomainmetadata', { kind: 'NSEC3PARAM' })).toEqual([])
  })

  test('names around others come from the published zone with the number', async () => {
    const near = (qname: string, id: unknown = `${ID}`) => result('getbeforeandafternamesabsolute', { id, qname })
    expect(await near('wwx.')).toEqual({ before: 'www', after: '', unhashed: '' })
    expect(await near('ns.sub.')).toEqual({ before: 'sub', after: '*.wild', unhashed: '' })
    expect(await near('.')).toMatchObject({ before: '' })
    expect(await near('www.', 12)).toBe(false)
  })
})

test('what is at and below a delegation is no part of the zone, but for the DS', async () => {
  const { result } = must(await call('list', { zonename: 'example.com.', domain_id: '-1' }))
  const not = (result as BackendRecord[])
    .filter(({ auth }) => auth === 0)
    .map(({ qname, qtype }) => `${qname} ${qtype}`)
  expect(not.sort()).toEqual(['child.example.com. NS', 'ns.sub.example.com. A', 'sub.example.com. NS'])
})

test.each([
  ['getdomainkeys', []],
  ['getunfreshslaveinfos', []],
  ['setnotified', true],
  ['feedrecord', false],
  ['starttransaction', false],
  ['nonsense', false],
])('%s is %j', async (method, result) => {
  expect((await call(method)) as Result<unknown>).toEqual({ ok: true, value: { result } })
})
