import { describe, expect, test } from 'vitest'
import { parseName } from '../../../src/dns/index.ts'
import {
  allMetadata,
  createdZone,
  exportText,
  metadataOf,
  parseMetadata,
  parseSearch,
  replacedZone,
  rrsetsOf,
  searchData,
  withMetadata,
  zoneIdOf,
  zoneInfo,
  zoneOfId,
  zoneSummary,
} from '../../../src/rrsets/index.ts'
import { isMatch } from '../../../src/rrsets/search.ts'
import type { ZoneDocument } from '../../../src/zone/index.ts'
import { must } from '../support.ts'
import { allRrsets, compiled, contentsIn, EMPTY, NOW, patch, replace, rrsetIn, zoneDocument } from './support.ts'

const ZONE = 'example.org.'
const tryCreate = (body: object) => createdZone({ name: ZONE, kind: 'Native', ...body }, { now: NOW })

function create(body: object): ZoneDocument {
  const document = must(tryCreate(body))
  compiled(document)
  return document
}

const SOA = `a.misconfigured.dns.server.invalid. hostmaster.${ZONE} 2026113001 10800 3600 604800 3600`

describe('rrset_type', () => {
  const document = zoneDocument({ ...EMPTY, www: { A: '192.0.2.1', TXT: '"x"' } })
  const name = must(parseName('www.example.com.'))
  test.each([
    ['A', ['A']],
    ['a', ['A']],
    ['TYPE16', ['TXT']],
    ['ANY', ['A', 'TXT']],
    ['MX', []],
    ['BOGUS', []],
  ])('%s: compared by the number of the type, as in PowerDNS', (type, expected) => {
    expect(rrsetsOf(document, { name, type }).map(({ rrset }) => rrset.type)).toEqual(expected)
  })
})

describe('POST', () => {
  test('of nothing makes an SOA', () => {
    const document = create({})
    expect(zoneInfo(document)).toEqual({
      account: '',
      api_rectify: false,
      catalog: '',
      dnssec: false,
      edited_serial: 2_026_113_001,
      id: ZONE,
      kind: 'Native',
      last_check: 0,
      master_tsig_key_ids: [],
      masters: [],
      name: ZONE,
      notified_serial: 0,
      nsec3narrow: false,
      nsec3param: '',
      record_count: 1,
      rrsets: [{ comments: [], name: ZONE, records: [{ content: SOA, disabled: false }], ttl: 3600, type: 'SOA' }],
      serial: 2_026_113_001,
      slave_tsig_key_ids: [],
      soa_edit: '',
      soa_edit_api: 'DEFAULT',
      url: '/api/v1/servers/localhost/zones/example.org.',
    })
  })

  test('of joeig, octoDNS, pan-net: what they send beside', () => {
    const document = create({
      type: 'Zone',
      kind: 'master',
      masters: [],
      nameservers: ['ns1.example.net.', 'ns2.example.net.'],
      serial: 0,
      dnsssec: false,
      dnssec: false,
      account: 'web',
      soa_edit_api: 'INCREASE',
      rrsets: [{ ...replace('WWW.example.org.', 'A', ['192.0.2.1']), changetype: 'REPLACE' }],
    })
    expect(zoneInfo(document, null)).toMatchObject({
      kind: 'Master',
      account: 'web',
      serial: 1,
      soa_edit_api: 'INCREASE',
    })
    expect(contentsIn(document, ZONE, 'NS')).toEqual(['ns1.example.net.', 'ns2.example.net.'])
    expect(contentsIn(document, 'www.example.org.', 'A')).toEqual(['192.0.2.1'])
  })

  test.each<[string, string | undefined, number | undefined, number]>([
    ['DEFAULT', undefined, 5, 2_026_113_001],
    ['DEFAULT', 'DEFAULT', 2_030_010_101, 2_030_010_102],
    ['OFF', 'OFF', 5, 5],
    ['none', '', 5, 5],
    ['EPOCH', 'EPOCH', 5, NOW / 1000],
  ])('with the serial by %s', (_, soa_edit_api, serial, expected) => {
    expect(create({ soa_edit_api, serial }).soa.serial).toBe(expected)
    const soa = replace(ZONE, 'SOA', [`ns. host. ${serial} 1 2 3 4`])
    expect(create({ soa_edit_api, rrsets: [soa] }).soa).toMatchObject({ mname: 'ns.', serial: expected })
  })

  test('of zone-file text', () => {
    const document = create({
      nameservers: ['ns.example.net.'],
      zone: `; no SOA here\nwww 60 IN A 192.0.2.1\n@ IN MX 10 mail\nlua IN LUA A "pickrandom({'192.0.2.1','192.0.2.2'})"`,
    })
    expect(allRrsets(document).map(({ name, type, ttl }) => `${name} ${ttl} ${type}`)).toEqual([
      'example.org. 3600 SOA',
      'example.org. 3600 MX',
      'example.org. 3600 NS',
      'lua.example.org. 3600 LUA',
      'www.example.org. 60 A',
    ])
    expect(contentsIn(document, ZONE, 'MX')).toEqual(['10 mail.example.org.'])
    const own = create({ zone: `$ORIGIN example.org.\n@ 5 IN SOA ns host 7 1 2 3 4\n`, soa_edit_api: 'OFF' })
    expect(rrsetIn(own, ZONE, 'SOA')).toMatchObject({
      ttl: 5,
      records: [{ content: 'ns.example.org. host.example.org. 7 1 2 3 4' }],
    })
  })

  test('of an rrset without records and comments is without it, as in PowerDNS', () => {
    expect(allRrsets(create({ rrsets: [{ name: 'www.example.org.', type: 'A' }] }))).toHaveLength(1)
  })

  test.each<[string, object, RegExp]>([
    ['no name', { name: undefined }, /^Key 'name' not present/],
    ['a relative name', { name: 'example.org' }, /is not canonical; expected a dot at its end$/],
    ['odd characters in the name', { name: 'ex ample.org.' }, /contains unsupported characters$/],
    ['no kind', { kind: undefined }, /^Key 'kind' not present or not a String$/],
    [
      'rrsets and text',
      { zone: '@ IN A 192.0.2.1', rrsets: [replace(ZONE, 'A', ['192.0.2.1'])] },
      /^You cannot give rrsets AND zone/,
    ],
    ['no rrsets and text', { zone: '@ IN A 192.0.2.1', rrsets: [] }, /^You cannot give rrsets AND zone/],
    [
      'name servers without a dot',
      { nameservers: ['ns.example.org'] },
      /^Nameserver is not canonical: 'ns.example.org'; expected a dot at its end$/,
    ],
    [
      'name servers that are no list',
      { nameservers: 'ns.example.org.' },
      /^Key 'nameservers' not an Array of Strings$/,
    ],
    [
      'name servers twice',
      { nameservers: ['a.example.net.'], rrsets: [replace(ZONE, 'NS', ['b.example.net.'])] },
      /^Nameservers list MUST NOT be mixed/,
    ],
    [
      'name servers of a secondary',
      { kind: 'secondary', nameservers: ['a.example.net.'] },
      /^Nameservers MUST NOT be given for Slave zones$/,
    ],
    ['a primary that is no address', { kind: 'Slave', masters: ['x'] }, /^Master 'x' is not an IP address$/],
    ['an rrset outside', { rrsets: [replace('www.example.com.', 'A', ['192.0.2.1'])] }, /Name is out of zone$/],
    [
      'an rrset twice',
      { rrsets: [replace(ZONE, 'A', ['192.0.2.1']), replace(ZONE, 'A', ['192.0.2.2'])] },
      /^Duplicate RRset/,
    ],
    ['a bad catalog', { catalog: 'a..b.' }, /^Unable to parse DNS Name/],
    ['an open quote in the text', { zone: 'a IN TXT "x' }, /^zone: line 1, column \d+: /],
    ['a bad address in the text', { zone: '\na IN A 192.0.2.300' }, /^zone: line 2, column 8: /],
    [
      'another zone in the text',
      { zone: '$ORIGIN example.com.\n@ IN SOA a b 1 2 3 4 5' },
      /^the text is of the zone example.com./,
    ],
    ['an include in the text', { zone: '$INCLUDE /etc/passwd' }, /^zone: line 1, column /],
  ])('refuses %s', (_, body, error) => {
    expect(tryCreate(body)).toMatchObject({ ok: false, error: { status: 422, error: expect.stringMatching(error) } })
  })

  test('takes the root', () => {
    expect(zoneInfo(must(createdZone({ name: '.', kind: 'x' }, { now: NOW })), null)).toMatchObject({
      id: '=2E',
      kind: 'Native',
      name: '.',
    })
  })
})

describe('PUT', () => {
  const before = create({ rrsets: [replace('www.example.org.', 'A', ['192.0.2.1'])] })
  const put = (document: ZoneDocument, body: unknown) => replacedZone(document, body, { now: NOW })

  test('changes settings, and neither the records nor the serial', () => {
    const made = must(
      put(before, {
        kind: 'producer',
        account: 'a',
        api_rectify: true,
        soa_edit: 'EPOCH',
        masters: ['192.0.2.1:53', '[2001:db8::1]:53'],
      }),
    )
    expect(made).toMatchObject({ isChanged: true, owners: [], serial: undefined })
    expect(made.document.records).toBe(before.records)
    expect(zoneInfo(made.document, null)).toMatchObject({
      account: 'a',
      api_rectify: true,
      kind: 'Producer',
      masters: ['192.0.2.1:53', '[2001:db8::1]:53'],
      serial: before.soa.serial,
      soa_edit: 'EPOCH',
      soa_edit_api: 'DEFAULT',
    })
    expect(must(put(made.document, { account: 'a' })).isChanged).toBe(false)
  })

  test.each([[[]], [{}], [null], ['x'], [{ kind: 5, masters: 'x', rrsets: {} }]])('ignores %j', (body) => {
    expect(put(before, body)).toMatchObject({ ok: true, value: { isChanged: false } })
  })

  test('replaces all rrsets', () => {
    const soa = { ...rrsetIn(before, ZONE, 'SOA') }
    const made = must(put(before, { rrsets: [soa, replace('new.example.org.', 'A', ['192.0.2.9'])] }))
    expect(allRrsets(made.document).map(({ name, type }) => `${name} ${type}`)).toEqual([
      'example.org. SOA',
      'new.example.org. A',
    ])
    expect(must(put(before, { rrsets: allRrsets(before) })).isChanged).toBe(false)
    expect(put(before, { rrsets: [replace(ZONE, 'A', ['192.0.2.9'])] })).toMatchObject({
      ok: false,
      error: { status: 422 },
    })
    const readOnly = zoneDocument({ ...EMPTY, x: { ALIAS: { kind: 'random', of: ['a.', 'b.'] } } })
    const one = [rrsetIn(readOnly, 'example.com.', 'SOA')]
    expect(put(readOnly, { rrsets: one })).toMatchObject({ ok: false, error: { status: 409 } })
    expect(put(readOnly, { rrsets: allRrsets(readOnly) })).toMatchObject({ ok: true, value: { isChanged: false } })
  })
})

describe('metadata', () => {
  const before = zoneDocument()
  const set = (document: ZoneDocument, kind: string, values: readonly string[] | null, add = false) =>
    withMetadata(document, kind, values, add)

  test('of kinds that clients have, in alphabetical order', () => {
    const one = must(set(before, 'X-TEAM', ['web', 'web'])).document
    const two = must(
      set(must(set(one, 'ALSO-NOTIFY', ['192.0.2.1'])).document, 'X-TEAM', ['dns', 'web'], true),
    ).document
    compiled(two)
    expect(allMetadata(two)).toEqual([
      { kind: 'ALSO-NOTIFY', metadata: ['192.0.2.1'], type: 'Metadata' },
      { kind: 'SOA-EDIT-API', metadata: ['DEFAULT'], type: 'Metadata' },
      { kind: 'X-TEAM', metadata: ['web', 'dns'], type: 'Metadata' },
    ])
    expect(must(metadataOf(must(set(two, 'X-TEAM', null)).document, 'X-TEAM')).metadata).toEqual([])
    expect(must(set(two, 'X-NONE', null)).isChanged).toBe(false)
    expect(must(set(two, 'X-TEAM', ['web', 'dns'])).isChanged).toBe(false)
  })

  test.each(['ENABLE-LUA-RECORDS', 'API-RECTIFY', 'SOA-EDIT-API', 'x-team', 'NO-SUCH', '__proto__'])(
    'not of %s',
    (kind) => {
      const refused = { ok: false, error: { status: 422, error: `Unsupported metadata kind '${kind}'` } }
      expect(metadataOf(before, kind)).toEqual(refused)
      expect(set(before, kind, ['1'])).toEqual(refused)
    },
  )

  test.each(['PRESIGNED', 'SOA-EDIT', 'NSEC3PARAM'])('%s can be read alone', (kind) => {
    expect(metadataOf(before, kind)).toMatchObject({ ok: true, value: { metadata: [] } })
    expect(set(before, kind, ['1']).ok).toBe(false)
  })

  test('bodies', () => {
    expect(parseMetadata({ kind: 'X-A', metadata: ['1'], type: 'Metadata' })).toMatchObject({ ok: true })
    expect(parseMetadata({ metadata: ['1'] }, 'X-A')).toMatchObject({ value: { kind: 'X-A', metadata: ['1'] } })
    for (const body of [null, {}, { kind: 'X-A' }, { kind: 'X-A', metadata: 'x' }, { kind: 'X-A', metadata: [1] }]) {
      expect(parseMetadata(body)).toMatchObject({ ok: false, error: { status: 422 } })
    }
  })
})

describe('export', () => {
  test('has a line a record, in the form of PowerDNS', () => {
    const records = [{ content: '192.0.2.1' }, { content: '192.0.2.2', disabled: true }]
    const { document } = patch(zoneDocument(EMPTY, { api: { soa_edit_api: 'OFF' } }), [
      replace('www.example.com.', 'A', [], { records, ttl: 60 }),
      replace('www.example.com.', 'LUA', [`TXT ";-- why\nreturn 'a'"`]),
      replace('x.example.com.', 'ALIAS', ['a.example.net.']),
    ])
    expect(
      exportText(document),
    ).toBe(`example.com.\t300\tIN\tSOA\tns.example.com. hostmaster.example.com. 7 3600 900 604800 60
example.com.\t300\tIN\tNS\tns.example.com.
ns.example.com.\t300\tIN\tA\t192.0.2.53
www.example.com.\t60\tIN\tA\t192.0.2.1
www.example.com.\t300\tIN\tLUA\tTXT ";  return 'a'"
x.example.com.\t300\tIN\tALIAS\ta.example.net.
`)
  })

  test('tells what has no form as a comment', () => {
    const document = zoneDocument({ ...EMPTY, x: { ALIAS: { kind: 'random', of: ['a.', 'b.'] } } })
    expect(exportText(document)).toMatch(/^; x\.example\.com\.\t300\tIN\tLUA\tALIAS ";-- read-only: /m)
  })
})

describe('search', () => {
  const { document } = patch(zoneDocument({ ...EMPTY, www: { TXT: '"Needle"' } }), [
    replace('www.example.com.', 'A', ['192.0.2.1'], { comments: [{ content: 'a needle', account: 'ann' }] }),
  ])
  const found = (q: string, more: object = {}) => searchData([document], must(parseSearch({ q, ...more })))

  test('finds names without their final dot, contents and comments, with wild cards or whole', () => {
    expect(found('example.com')).toEqual([
      { name: 'example.com.', object_type: 'zone', zone_id: 'example.com.' },
      expect.objectContaining({ name: 'example.com.', object_type: 'record', type: 'SOA' }),
      expect.objectContaining({ object_type: 'record', type: 'NS' }),
    ])
    expect(found('*needle*')).toEqual([
      {
        content: '"Needle"',
        disabled: false,
        name: 'www.example.com.',
        object_type: 'record',
        ttl: 300,
        type: 'TXT',
        zone: 'example.com.',
        zone_id: 'example.com.',
      },
      {
        content: 'a needle',
        name: 'www.example.com.',
        object_type: 'comment',
        type: 'A',
        zone: 'example.com.',
        zone_id: 'example.com.',
      },
    ])
    expect(found('needle')).toEqual([])
    expect(found('ns.example.com', { object_type: 'record' })).toMatchObject([{ type: 'NS' }, { type: 'A' }])
    expect(found('192.0.2.?', { object_type: 'comment' })).toEqual([])
  })

  test('counts the results of each kind', () => {
    expect(found('*', { max: '1' }).map(({ object_type }) => object_type)).toEqual(['zone', 'record', 'comment'])
  })

  test.each([{}, { q: ' ' }, { q: 'x', max: '0' }, { q: 'x', max: 'x' }, { q: 'x', object_type: 'name' }])(
    'refuses %j',
    (parameters) => {
      expect(parseSearch(parameters)).toMatchObject({ ok: false, error: { status: 422 } })
    },
  )

  test.each<[string, string, boolean]>([
    ['*', '', true],
    ['a*c', 'abc', true],
    ['a*c', 'abd', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['a?c', 'abc', true],
    ['a?', 'a', false],
    ['*ab', 'aab', true],
    [`${'*a'.repeat(50)}b`, 'a'.repeat(5000), false],
  ])('%s of %s', (pattern, text, expected) => {
    expect(isMatch(pattern, text)).toBe(expected)
  })
})

describe('ids', () => {
  test.each([
    ['example.org.', 'example.org.'],
    ['.', '=2E'],
    ['0/25.2.0.192.in-addr.arpa.', '0=2F25.2.0.192.in-addr.arpa.'],
    ['_x.example.org.', '=5Fx.example.org.'],
  ])('of %s', (name, id) => {
    expect(zoneIdOf(name)).toBe(id)
    expect(must(zoneOfId(id)).key).toBe(must(zoneOfId(name.replace('/', '=2F'))).key)
  })

  test.each([
    ['a=2fb.', 400],
    ['a=.', 400],
    ['', 400],
    ['a..b', 422],
    [`${'a'.repeat(64)}.`, 422],
    ['ü.example.', 422],
  ])('not %s', (id, status) => {
    expect(zoneOfId(id)).toMatchObject({ ok: false, error: { status } })
  })

  test('without a final dot, and in capital letters', () => {
    expect(must(zoneOfId('Example.ORG')).key).toBe(must(zoneOfId('example.org.')).key)
  })
})

test('a zone in a list has the members that PowerDNS-Admin indexes', () => {
  expect(Object.keys(zoneSummary({ origin: ZONE, serial: 1 }))).toEqual(
    'account catalog dnssec edited_serial id kind last_check masters name notified_serial serial url'.split(' '),
  )
})
