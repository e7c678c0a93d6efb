import { describe, expect, test } from 'vitest'
import { parsePatch, patched } from '../../../src/rrsets/index.ts'
import type { ZoneDocument } from '../../../src/zone/index.ts'
import { must } from '../support.ts'
import { contentsIn, EMPTY, NOW, patch, replace, rrsetIn, tryPatch, zoneDocument } from './support.ts'

/** Rows of the tables of what clients send: each is taken, and read back as it was written. */

const NAME = 'www.example.com.'
const before = zoneDocument({ ...EMPTY, www: { A: ['192.0.2.1', '192.0.2.2'], TXT: '"old"' } })
const at = (document: ZoneDocument, type: string) => rrsetIn(document, NAME, type)

describe('bodies that clients send', () => {
  test('lego: records with name, type, ttl and set-ptr, rrsets with kind', () => {
    const record = { content: '"token"', disabled: false, name: NAME, type: 'TXT', ttl: 0, 'set-ptr': false }
    const { document } = patch(before, [{ ...replace(NAME, 'TXT', []), kind: 'Master', ttl: 120, records: [record] }])
    expect(at(document, 'TXT')).toEqual({
      comments: [],
      name: NAME,
      records: [{ content: '"token"', disabled: false }],
      ttl: 120,
      type: 'TXT',
    })
  })

  test('mittwald: null in a DELETE, and members of a zone beside rrsets', () => {
    const rrsets = [{ name: NAME, type: 'A', changetype: 'DELETE', ttl: 0, records: null, comments: null }]
    const changes = must(parsePatch({ rrsets, name: '', type: '', nameservers: [] }))
    const { document } = must(patched(before, changes, { now: NOW }))
    expect(at(document, 'A')).toBeUndefined()
    expect(at(document, 'TXT')).toBeDefined()
  })

  test('mittwald: comments null in a REPLACE leave comments as they are', () => {
    const comments = [{ content: 'ours', account: 'ann' }]
    const { document } = patch(before, [replace(NAME, 'A', ['192.0.2.1'], { comments })])
    const { document: after } = patch(document, [replace(NAME, 'A', ['192.0.2.9'], { comments: null })])
    expect(at(after, 'A')?.comments).toEqual([{ account: 'ann', content: 'ours', modified_at: NOW / 1000 }])
  })

  test('octoDNS, external-dns: a DELETE with ttl and records', () => {
    const { document } = patch(before, [{ ...replace(NAME, 'A', ['192.0.2.1']), changetype: 'DELETE' }])
    expect(at(document, 'A')).toBeUndefined()
  })

  test('lexicon, cert-manager: a REPLACE with no records deletes, with or without a TTL', () => {
    expect(at(patch(before, [replace(NAME, 'TXT', [])]).document, 'TXT')).toBeUndefined()
    const bare = { name: NAME, type: 'TXT', changetype: 'REPLACE', records: [] }
    expect(at(patch(before, [bare]).document, 'TXT')).toBeUndefined()
  })

  test('lexicon: an rrset as it was read, with modified_at in its records', () => {
    const records = [{ content: '"a"', disabled: false, modified_at: 1_700_000_000 }]
    const { document } = patch(before, [replace(NAME, 'TXT', [], { records })])
    const read = at(document, 'TXT')
    expect(read?.records).toEqual(records)
    expect(patch(document, [{ ...read, changetype: 'REPLACE' }]).isChanged).toBe(false)
  })

  test('dnscontrol: a long TXT in one string comes back in one string', () => {
    const long = `"${'x'.repeat(300)}\\" and ${'y'.repeat(300)}"`
    const { document } = patch(before, [replace(NAME, 'TXT', [long])])
    expect(contentsIn(document, NAME, 'TXT')).toEqual([long])
  })

  test('dnscontrol: HTTPS without quotes', () => {
    const content = '1 . alpn=h3,h2 ipv4hint=192.0.2.1'
    expect(contentsIn(patch(before, [replace(NAME, 'HTTPS', [content])]).document, NAME, 'HTTPS')).toEqual([content])
  })

  test('external-dns: ALIAS at the origin', () => {
    const { document } = patch(before, [replace('example.com.', 'ALIAS', ['lb.example.net.'])])
    expect(contentsIn(document, 'example.com.', 'ALIAS')).toEqual(['lb.example.net.'])
  })

  test('octoDNS: DELETEs before REPLACEs of the same rrset', () => {
    const gone = { name: NAME, type: 'A', changetype: 'DELETE' }
    const { document } = patch(before, [gone, replace(NAME, 'A', ['192.0.2.7'])])
    expect(contentsIn(document, NAME, 'A')).toEqual(['192.0.2.7'])
  })

  test('octoDNS: LUA with line feeds, of any length, octet by octet', () => {
    const code = `;-- octodns-dynamic:v1:${'QUJD'.repeat(200)}\nif country('DE') then\n  return '192.0.2.1'\nend\nreturn '192.0.2.2'`
    const content = `A "${code}"`
    const { document } = patch(before, [replace(NAME, 'A', []), replace(NAME, 'LUA', [content])])
    expect(contentsIn(document, NAME, 'LUA')).toEqual([content])
    expect(at(document, 'A')).toBeUndefined()
    expect(document.records.www).toHaveProperty('A.code', code)
  })

  test.each([
    ['small letters', { changetype: 'replace' }],
    ['a TTL as text', { ttl: '300' }],
    ['a TTL with a fraction', { ttl: 300.7 }],
    ['priority beside full content', { records: [{ content: '192.0.2.9', priority: 0 }] }],
    ['disabled null', { records: [{ content: '192.0.2.9', disabled: null }] }],
    ['members that nobody knows', { foo: [{ bar: 1 }], records: [{ content: '192.0.2.9', setptr: {} }] }],
  ])('%s', (_, more) => {
    const { document } = patch(before, [replace(NAME, 'A', ['192.0.2.9'], more)])
    expect(at(document, 'A')).toMatchObject({ ttl: 300, records: [{ content: '192.0.2.9', disabled: false }] })
  })
})

describe('what is written is read', () => {
  test.each([
    ['AAAA', '2001:DB8:0:0::1'],
    ['CNAME', 'Target.Example.NET.'],
    ['MX', '10 Mail.Example.com.'],
    ['TLSA', '3 1 1 ABCDEF0011223344556677889900AABBCCDDEEFF00112233445566778899AABB'],
    ['TXT', '"a" "b"'],
    ['TXT', '"v=DKIM1; k=rsa; p=\\097"'],
    ['TXT', '"ünïcode"'],
    ['CAA', '0 issue "letsencrypt.org"'],
    ['SRV', '0 5 5060 sip.example.com.'],
    ['TYPE65280', '\\# 4 0A0b0c0d'],
  ])('%s %s', (type, content) => {
    const name = 'new.example.com.'
    const { document } = patch(before, [replace(name, type, [content])])
    expect(contentsIn(document, name, type)).toEqual([content])
    expect(patch(document, [{ ...rrsetIn(document, name, type), changetype: 'REPLACE' }]).isChanged).toBe(false)
  })

  test('owner names come back in small letters', () => {
    const { document } = patch(before, [replace('NEW.Example.COM.', 'A', ['192.0.2.9'])])
    expect(Object.keys(document.records)).toContain('new')
    expect(rrsetIn(document, 'new.example.com.', 'A')).toBeDefined()
  })

  test('a name that a person wrote in another spelling is found', () => {
    const odd = zoneDocument({ ...EMPTY, 'WWW.example.com.': { A: '192.0.2.1' } })
    const { document, owners } = patch(odd, [replace(NAME, 'A', ['192.0.2.2'])])
    expect(owners).toEqual(['WWW.example.com.'])
    expect(document.records).toEqual({ ...EMPTY, 'WWW.example.com.': { A: '192.0.2.2' } })
  })

  test('a disabled record is in the API and not in the records', () => {
    const records = [{ content: '192.0.2.1' }, { content: '192.0.2.2', disabled: true }]
    const { document } = patch(before, [replace(NAME, 'A', [], { records })])
    expect(document.records.www).toMatchObject({ A: '192.0.2.1' })
    expect(at(document, 'A')?.records).toEqual([
      { content: '192.0.2.1', disabled: false },
      { content: '192.0.2.2', disabled: true },
    ])
    const off = [{ content: '192.0.2.1', disabled: true }]
    const { document: none } = patch(document, [replace(NAME, 'A', [], { records: off })])
    expect(none.records.www).not.toHaveProperty('A')
    expect(at(none, 'A')?.records).toEqual(off)
  })

  test('canonical texts leave nothing in the field api', () => {
    const { document } = patch(before, [replace(NAME, 'A', ['192.0.2.9', '192.0.2.8'], { ttl: 60 })])
    expect(document.api).toBeUndefined()
    expect(document.records.www).toMatchObject({ A: { ttl: 60, answer: ['192.0.2.9', '192.0.2.8'] } })
  })

  test('a comment alone stays, on a name with records and on one without', () => {
    const comments = [{ content: 'why', account: 'ann', modified_at: 5 }]
    const only = (name: string) => ({ name, type: 'A', changetype: 'REPLACE', comments })
    const { document } = patch(before, [only(NAME), only('none.example.com.')])
    expect(document.records).toBe(before.records)
    expect(at(document, 'A')).toMatchObject({ comments, records: [{}, {}] })
    expect(rrsetIn(document, 'none.example.com.', 'A')).toMatchObject({ comments, records: [] })
    const { document: again } = patch(document, [replace(NAME, 'A', ['192.0.2.5'])])
    expect(at(again, 'A')?.comments).toEqual(comments)
    const { document: gone } = patch(again, [{ name: NAME, type: 'A', changetype: 'DELETE' }])
    expect(at(gone, 'A')).toBeUndefined()
  })
})

describe('what is refused', () => {
  const A = (more: object) => [replace(NAME, 'A', ['192.0.2.9'], more)]
  test.each<[string, unknown, RegExp]>([
    ['no rrsets', undefined, /^No rrsets given/],
    ['rrsets null', null, /^No rrsets given/],
    ['an rrset that is none', [5], /^Key 'name' not present or not a String$/],
    ['no type', A({ type: undefined }), /^Key 'type' not present or not a String$/],
    ['no changetype', A({ changetype: undefined }), /^Key 'changetype' not present or not a String$/],
    ['another changetype', A({ changetype: 'MERGE' }), /^Changetype 'MERGE' is not a valid value/],
    [
      'a name without its dot',
      A({ name: 'www.example.com' }),
      /^DNS Name 'www.example.com' is not canonical; expected a dot at its end$/,
    ],
    ['an empty label', A({ name: 'a..example.com.' }), /^Unable to parse DNS Name/],
    ['a space', A({ name: 'a b.example.com.' }), /^Name 'a b.example.com.' contains unsupported characters$/],
    ['an international name', A({ name: 'ü.example.com.' }), /^Name 'ü.example.com.' contains unsupported characters$/],
    ['an escape', A({ name: 'a\\032b.example.com.' }), /contains unsupported characters$/],
    ['records that are no list', A({ records: {} }), /^Key 'records' not an Array or not present$/],
    ['comments that are no list', A({ comments: 'x' }), /^Key 'comments' not an Array or not present$/],
    ['a ttl of -0.5', A({ ttl: -0.5 }), /^Key 'ttl' is out of range/],
    ['a star inside', A({ name: 'a.*.example.com.' }), /contains unsupported characters$/],
    ['a name outside', A({ name: 'www.example.org.' }), /^RRset www.example.org. IN A: Name is out of zone$/],
    ['an unknown type', A({ type: 'FOO' }), /^RRset www.example.com. IN FOO: unknown type given$/],
    ['neither records nor comments', A({ records: null }), /^No change for RRset www.example.com. IN A$/],
    ['no ttl', A({ ttl: undefined }), /^Key 'ttl' not an Integer or not present$/],
    ['a ttl that is no number', A({ ttl: 'soon' }), /^Key 'ttl' not an Integer/],
    ['a negative ttl', A({ ttl: -1 }), /^Key 'ttl' is out of range: -1; expected 0 to/],
    ['a ttl of 2^32', A({ ttl: 2 ** 32 }), /^Key 'ttl' is out of range/],
    ['no content', A({ records: [{}] }), /^Key 'content' not present or not a String$/],
    ['priority alone', A({ records: [{ priority: 1 }] }), /^`priority` element is not allowed in record$/],
    [
      'disabled as text',
      A({ records: [{ content: '192.0.2.9', disabled: 'no' }] }),
      /^Key 'disabled' not present or not a Bool/,
    ],
    [
      'modified_at as text',
      A({ records: [{ content: '192.0.2.9', modified_at: 'x' }] }),
      /^Key 'modified_at' not an Integer/,
    ],
    ['a lone surrogate', A({ records: [{ content: '\ud800' }] }), /is not valid UTF-8/],
    ['a comment without account', A({ comments: [{ content: 'x' }] }), /^Key 'account' not present/],
    ['a bad address', A({ records: [{ content: '192.0.2.300' }] }), /^Record www.example.com.\/A '192.0.2.300': /],
    [
      'a duplicate',
      A({ records: [{ content: '192.0.2.9' }, { content: '192.0.2.9' }] }),
      /duplicate record with content "192.0.2.9"$/,
    ],
    [
      'a relative name',
      [replace(NAME, 'MX', ['10 mail'])],
      /^Record www.example.com.\/MX '10 mail': Not in expected format \(parsed as '10 mail.'\)$/,
    ],
    ['TXT without quotes', [replace(NAME, 'TXT', ['hello'])], /Not in expected format \(parsed as '"hello"'\)$/],
    [
      'a CNAME beside others',
      [replace(NAME, 'CNAME', ['x.example.net.'])],
      /^RRset www.example.com. IN CNAME: Conflicts with pre-existing RRset$/,
    ],
    [
      'two CNAMEs',
      [replace('c.example.com.', 'CNAME', ['a.example.net.', 'b.example.net.'])],
      /only one such record allowed$/,
    ],
    [
      'NS beside DNAME',
      [replace('d.example.com.', 'NS', ['a.example.net.']), replace('d.example.com.', 'DNAME', ['b.example.net.'])],
      /IN NS: Conflicts/,
    ],
    ['DS at the apex', [replace('example.com.', 'DS', ['1 8 2 00'])], /apex/],
    [
      'SOA off the apex',
      [replace(NAME, 'SOA', ['a. b. 1 2 3 4 5'])],
      /^RRset www.example.com. IN SOA: only allowed at the apex/,
    ],
    [
      'a host name that is none',
      [replace(NAME, 'MX', ['10 a_b.example.com.'])],
      /non-hostname content a_b.example.com\./,
    ],
    ['a type for messages', [replace(NAME, 'OPT', ['x'])], /^RRset www.example.com. IN OPT: /],
    ['two REPLACEs', [...A({}), ...A({})], /^Duplicate RRset www.example.com. IN A with changetype: REPLACE$/],
    ['two DELETEs', [...A({ changetype: 'DELETE' }), ...A({ changetype: 'DELETE' })], /with changetype: DELETE$/],
    ['the SOA deleted', [{ name: 'example.com.', type: 'SOA', changetype: 'DELETE' }], /cannot be deleted/],
    [
      'EXTEND of two records',
      A({ changetype: 'EXTEND', records: [{ content: '192.0.2.9' }, { content: '192.0.2.8' }] }),
      /EXTEND takes exactly one record; found 2$/,
    ],
    [
      'LUA that is no Lua',
      [replace(NAME, 'LUA', ['A ";retrun 1"'])],
      /^Record www.example.com.\/LUA 'A ";retrun 1"': line 1, character 9: Lua syntax/,
    ],
    ['LUA in a later line', [replace(NAME, 'LUA', ['A ";local a = 1\nretrun 1"'])], /line 2, character 8: Lua syntax/],
    ['LUA without quotes', [replace(NAME, 'LUA', ['A return 1'])], /LUA has a type and then the code in quotes/],
    ['LUA of SOA', [replace(NAME, 'LUA', ['SOA "x"'])], /LUA cannot answer with SOA/],
  ])('%s', (_, rrsets, error) => {
    const made = tryPatch(before, rrsets)
    expect(made).toMatchObject({ ok: false, error: { status: 422, error: expect.stringMatching(error) } })
  })

  test('several errors of one rrset are listed', () => {
    const made = tryPatch(before, [replace(NAME, 'MX', ['10 mail', '10 m_.example.com.'])])
    expect(made).toMatchObject({ ok: false, error: { status: 422, error: 'Multiple errors found in RRset' } })
    expect(!made.ok && made.error.errors).toHaveLength(2)
  })

  test('a request with one wrong rrset changes nothing', () => {
    expect(tryPatch(before, [replace(NAME, 'A', ['192.0.2.9']), replace(NAME, 'A6', ['x'])]).ok).toBe(false)
  })
})

describe('EXTEND and PRUNE', () => {
  const one = (changetype: string, content: string, more: object = {}) => ({
    name: NAME,
    type: 'A',
    changetype,
    ttl: 300,
    records: [{ content }],
    ...more,
  })

  test('add and remove one record', () => {
    const { document } = patch(before, [one('EXTEND', '192.0.2.3')])
    expect(contentsIn(document, NAME, 'A')).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
    const { document: less } = patch(document, [one('PRUNE', '192.0.2.1'), one('PRUNE', '192.0.2.2')])
    expect(contentsIn(less, NAME, 'A')).toEqual(['192.0.2.3'])
    expect(at(patch(less, [one('PRUNE', '192.0.2.3')]).document, 'A')).toBeUndefined()
  })

  test('without effect change nothing, unless write_unchanged', () => {
    for (const change of [one('EXTEND', '192.0.2.1'), one('PRUNE', '192.0.2.9')]) {
      expect(patch(before, [change])).toMatchObject({ isChanged: false, serial: undefined })
      expect(patch(before, [{ ...change, write_unchanged: true }])).toMatchObject({ isChanged: true })
    }
  })

  test('find a record in another spelling', () => {
    const v6 = (changetype: string, content: string) => one(changetype, content, { type: 'AAAA' })
    const { document } = patch(before, [v6('EXTEND', '2001:DB8::1'), v6('EXTEND', '2001:db8:0::1')])
    expect(contentsIn(document, NAME, 'AAAA')).toEqual(['2001:DB8::1'])
    expect(at(patch(document, [v6('PRUNE', '2001:db8::1')]).document, 'AAAA')).toBeUndefined()
  })

  test('EXTEND keeps to the number of records of a type', () => {
    const alias = (content: string) => one('EXTEND', content, { type: 'CNAME', name: 'c.example.com.' })
    const made = tryPatch(before, [alias('a.example.net.'), alias('b.example.net.')])
    expect(made).toMatchObject({
      error: { status: 422, error: expect.stringMatching(/only one such record allowed$/) },
    })
  })

  test('EXTEND needs no TTL where records are', () => {
    expect(at(patch(before, [one('EXTEND', '192.0.2.3', { ttl: null })]).document, 'A')?.ttl).toBe(300)
    expect(tryPatch(before, [one('EXTEND', '192.0.2.3', { ttl: null, name: 'n.example.com.' })]).ok).toBe(false)
  })
})

describe('the serial', () => {
  const change = [replace(NAME, 'A', ['192.0.2.77'])]
  test.each<[string, number, number | undefined]>([
    ['DEFAULT', 7, 2_026_113_001],
    ['DEFAULT', 2_026_113_001, 2_026_113_002],
    ['DEFAULT', 2_030_010_101, 2_030_010_102],
    ['default', 7, 2_026_113_001],
    ['anything', 7, 2_026_113_001],
    ['INCREASE', 7, 8],
    ['INCREASE', 4_294_967_295, 0],
    ['EPOCH', 7, NOW / 1000],
    ['EPOCH', NOW / 1000, NOW / 1000 + 1],
    ['OFF', 7, 7],
    ['', 7, undefined],
  ])('by %s after %d', (rule, serial, after) => {
    const document = zoneDocument(EMPTY, { api: { soa_edit_api: rule }, soa: { ...before.soa, serial } })
    const made = patch(document, change)
    expect(made.serial).toEqual(after === undefined ? undefined : { before: serial, after })
    expect(made.document.soa.serial).toBe(after ?? serial)
  })

  test('stays as it was given with the SOA', () => {
    const soa = replace('example.com.', 'SOA', ['NS.example.com. host.example.com. 42 1 2 3 4'], { ttl: 60 })
    const made = patch(before, [soa, ...change])
    expect(made).toMatchObject({ touchesSoa: true, serial: undefined })
    expect(contentsIn(made.document, 'example.com.', 'SOA')).toEqual(['NS.example.com. host.example.com. 42 1 2 3 4'])
    expect(made.document.soa).toMatchObject({ ttl: 60, serial: 42 })
    expect(patch(made.document, [soa]).isChanged).toBe(false)
  })
})
