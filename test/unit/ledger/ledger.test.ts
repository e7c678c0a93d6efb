import { describe, expect, test } from 'vitest'
import type { Changed } from '../../../src/ledger/index.ts'
import { hashText } from '../../../src/store/index.ts'
import { Bench, documentChange, ME, ORIGIN, START, taken, zone } from './support.ts'

const HOUR = 3_600_000

describe('a change', () => {
  test('of a new zone is stored, published and answered', async () => {
    const bench = new Bench()
    const changed = await bench.put(zone(1))
    const hash = await hashText(JSON.stringify(zone(1)))
    expect(changed).toEqual({
      ...{ kind: 'changed', isNew: true, isEffective: true, oldSerial: undefined, isBumped: false },
      version: { id: 1, origin: ORIGIN, serial: 1, hash, time: START, author: 'me', published: START },
    })
    expect(bench.kv.textOf('zone:example.com')).toBe(JSON.stringify(zone(1)))
    expect(bench.kv.values.get('zone:example.com')?.metadata).toMatchObject({ serial: 1, hash })
    expect(await bench.ask()).toBe(1)
    expect(await bench.ledger.read()).toEqual({ version: changed.version, text: JSON.stringify(zone(1)) })
    expect(bench.storage.alarm).toBeUndefined()
  })

  test('by zone-file text is the same zone', async () => {
    const bench = new Bench()
    const text = '$TTL 300\n@ SOA ns root 7 1h 15m 1w 1m\nwww A 192.0.2.7\n'
    expect(taken(await bench.change({ kind: 'zone-file', text }))).toMatchObject({
      isNew: true,
      version: { serial: 7 },
    })
    expect(await bench.ask()).toBe(7)
  })

  test.each(['.', 'a\\032b.example.', 'a\\.b.example.'])('by zone-file text is of the zone %s', async (origin) => {
    const bench = new Bench(origin)
    const text = '$TTL 300\n@ SOA ns.example.net. h.example.net. 7 1h 15m 1w 1m\nwww A 192.0.2.7\n'
    expect(taken(await bench.change({ kind: 'zone-file', text }))).toMatchObject({ version: { origin, serial: 7 } })
  })

  test('survives an eviction, with the order of its names', async () => {
    const bench = new Bench()
    const names = { zz: { A: '192.0.2.9' }, b: { A: '192.0.2.9' }, 10: { A: '192.0.2.9' }, a: { TXT: '"é x"' } }
    await bench.put(zone(1, names))
    const { text } = (await bench.ledger.read()) ?? { text: '' }
    bench.restart()
    expect((await bench.ledger.read())?.text).toBe(text)
    expect(await hashText(text)).toBe((await bench.ledger.read())?.version.hash)
  })

  test('that would create one zone too many is refused; zones that are there change on', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    const other = new Bench('other.example.')
    for (const { catalog } of [bench, other]) catalog.isRoomy = false
    const text = '@ SOA ns.example.net. h.example.net. 7 1h 15m 1w 1m\n'
    expect(await other.change({ kind: 'zone-file', text })).toMatchObject({
      ...{ kind: 'refused', status: 422 },
      error: expect.stringMatching(/^there are \d+ zones already/),
    })
    expect(await other.ledger.history()).toEqual([])
    expect(await bench.put(zone(2))).toMatchObject({ isEffective: true })
  })

  test('of the same text makes no version', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    expect(await bench.put(zone(1))).toMatchObject({ isEffective: false, isNew: false, version: { id: 1 } })
    expect(await bench.ledger.history()).toHaveLength(1)
  })

  test('that is refused changes nothing, and says where', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    bench.storage.written = 0
    const text = '{\n "origin": "example.com",\n "ttl": -1 }'
    expect(await bench.change({ kind: 'document', text })).toMatchObject({
      ...{ kind: 'refused', status: 422 },
      errors: expect.arrayContaining([
        { line: 3, column: 9, message: expect.any(String), expected: expect.any(String) },
      ]),
    })
    const file = '@ SOA ns root 1 1h 15m 1w 1m\nwww A 192.0.2.300\n'
    expect(await bench.change({ kind: 'zone-file', text: file })).toMatchObject({
      errors: expect.arrayContaining([expect.objectContaining({ line: 2, column: 7 })]),
    })
    const included = '@ SOA ns root 1 1h 15m 1w 1m\n$INCLUDE /etc/passwd\n'
    expect(await bench.change({ kind: 'zone-file', text: included })).toMatchObject({
      errors: [{ line: 2, message: expect.stringContaining('has no other files') }],
    })
    const other = documentChange({ ...zone(2), origin: 'example.net' })
    expect(await bench.change(other)).toMatchObject({ status: 422, error: expect.stringContaining('example.net.') })
    expect(bench.storage.written).toBe(0)
    expect((await bench.ledger.read())?.version.id).toBe(1)
  })

  test('one owner writes few rows, whatever the size of the zone', async () => {
    const bench = new Bench()
    const many = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [`h${i}`, { A: `10.0.${i >> 8}.${i & 255}` }]),
    )
    await bench.put(zone(1, many))
    bench.storage.written = 0
    await bench.put(zone(2, { ...many, h77: { A: '192.0.2.77' } }))
    expect(bench.storage.written).toBeLessThan(40)
  })
})

describe('the limits', () => {
  test('a zone with too many characters or records is 413, and so is nothing else', async () => {
    const bench = new Bench()
    const long = `{"origin":"example.com","x":"${'x'.repeat(8 * 1024 * 1024)}"}`
    const refusal = { kind: 'refused', status: 413, error: expect.stringContaining('npx edge-gslb publish') }
    expect(await bench.change({ kind: 'document', text: long })).toMatchObject(refusal)
    const many = Array.from({ length: 100_000 }, (_, i) => `a${i} A 192.0.2.1`).join('\n')
    const text = `$TTL 60\n@ SOA ns root 1 1h 15m 1w 1m\n${many}\n`
    expect(await bench.change({ kind: 'zone-file', text })).toMatchObject(refusal)
    expect(await bench.ledger.history()).toEqual([])
  })

  test('calls beyond a thousand that wait are refused, and those before are done', async () => {
    const bench = new Bench()
    const calls = Array.from({ length: 1010 }, () => bench.ledger.notice())
    const outcomes = await Promise.allSettled(calls)
    const failed = outcomes.filter((one) => one.status === 'rejected')
    expect(failed).toHaveLength(10)
    expect(failed.map(({ reason }) => String(reason))).toContain(
      'Error: 1000 calls wait for this zone; expected fewer at once',
    )
  })

  test('authors and reasons are cut', async () => {
    const bench = new Bench()
    await bench.change(documentChange(zone(1)), { author: 'a'.repeat(5000), reason: 'r'.repeat(5000) })
    const [{ author, reason } = { author: '', reason: '' }] = await bench.ledger.history()
    expect([author.length, reason?.length]).toEqual([200, 500])
  })
})

describe('a condition', () => {
  test.each([
    ['If-Match of the present version', { ifMatch: ['HASH'] }, undefined],
    ['If-Match of one of several', { ifMatch: ['x', 'HASH'] }, undefined],
    ['If-Match of another', { ifMatch: ['x'] }, 412],
    ['If-Match of any', { ifMatch: '*' as const }, undefined],
    ['If-None-Match of any', { ifNoneMatch: '*' as const }, 412],
    ['If-None-Match of the present version', { ifNoneMatch: ['HASH'] }, 412],
    ['If-None-Match of another', { ifNoneMatch: ['x'] }, undefined],
  ])('%s', async (_, given, status) => {
    const bench = new Bench()
    const { hash } = (await bench.put(zone(1))).version
    const filled = JSON.parse(JSON.stringify(given).replaceAll('HASH', hash))
    const changed = await bench.change(documentChange(zone(2)), ME, filled)
    if (status === undefined) expect(changed.kind).toBe('changed')
    else expect(changed).toMatchObject({ status, etag: hash, error: expect.stringContaining(hash) })
  })

  test('on a zone that is not there', async () => {
    const bench = new Bench()
    expect(await bench.change(documentChange(zone(1)), ME, { ifMatch: '*' })).toMatchObject({ status: 412 })
    expect(await bench.change(documentChange(zone(1)), ME, { ifNoneMatch: '*' })).toMatchObject({ kind: 'changed' })
  })
})

describe('the serial', () => {
  const day = 2026113001
  test.each([
    ['above the present one is kept', undefined, 5, 9, 9, false],
    ['the same is raised', undefined, 5, 5, day, true],
    ['below is raised', undefined, 5, 3, day, true],
    ['DEFAULT counts on within a day', 'DEFAULT', day + 4, 3, day + 5, true],
    ['INCREASE', 'INCREASE', 5, 3, 6, true],
    ['EPOCH', 'EPOCH', 5, 3, START / 1000, true],
    ['EPOCH that is past', 'EPOCH', START / 1000, 3, START / 1000 + 1, true],
    ['OFF stays', 'OFF', 5, 3, 5, false],
    ['no rule stays', '', 5, 3, 5, false],
    ['wraps around (RFC 1982)', 'INCREASE', 4294967295, 4294967294, 0, true],
  ])('%s', async (_, rule, before, given, expected, isBumped) => {
    const bench = new Bench()
    const api = rule === undefined ? {} : { api: { soa_edit_api: rule } }
    const soa = { ...zone(1).soa }
    await bench.put({ ...zone(1), soa: { ...soa, serial: before }, ...api })
    const changed = await bench.put({ ...zone(2), soa: { ...soa, serial: given }, ...api })
    expect(changed).toMatchObject({ isEffective: true, oldSerial: before, isBumped, version: { serial: expected } })
    expect(JSON.parse((await bench.ledger.read())?.text ?? '').soa.serial).toBe(expected)
  })

  test('alone, and not above the present one, makes no version', async () => {
    const bench = new Bench()
    await bench.put(zone(9))
    const older = { ...zone(9), soa: { ...zone(9).soa, serial: 1 } }
    expect(await bench.put(older)).toMatchObject({ isEffective: false, version: { id: 1, serial: 9 } })
  })
})

describe('history', () => {
  test('has each change with its author, its reason, and the documents before and after', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    bench.now += HOUR
    await bench.change(documentChange(zone(2)), { author: 'ci', reason: 'the new office' })
    const [second, first] = await bench.ledger.history()
    expect(second).toMatchObject({ id: 2, author: 'ci', reason: 'the new office', time: START + HOUR, serial: 2 })
    expect(first).toMatchObject({ id: 1, author: 'me', time: START })
    const [one, two] = [zone(1), zone(2)].map((document) => JSON.stringify(document))
    expect(await bench.ledger.past(2)).toMatchObject({ version: { id: 2 }, before: one, after: two })
    expect(await bench.ledger.past(1)).toMatchObject({ version: { id: 1 }, before: null, after: one })
    expect(await bench.ledger.past(3)).toBeUndefined()
  })

  test('a roll-back is a change with a serial above the present one', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    bench.now += HOUR
    await bench.put(zone(2))
    bench.now += HOUR
    const changed = taken(await bench.change({ kind: 'rollback', to: 1 }))
    expect(changed).toMatchObject({ oldSerial: 2, isBumped: true, version: { id: 3, serial: 2026113001 } })
    expect(await bench.ask()).toBe(1)
    expect(await bench.change({ kind: 'rollback', to: 3 })).toMatchObject({ isEffective: false })
    expect(await bench.change({ kind: 'rollback', to: 9 })).toMatchObject({ kind: 'refused', status: 404 })
  })

  test('a deleted zone is gone, and comes back', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    bench.now += HOUR
    expect(taken(await bench.change({ kind: 'delete' }))).toMatchObject({
      ...{ isEffective: true, oldSerial: 1, version: { id: 2, hash: '', published: bench.now } },
    })
    expect(await bench.ledger.read()).toBeUndefined()
    expect(await bench.ask()).toBe('REFUSED')
    expect(bench.kv.values.has('zone:example.com')).toBe(false)
    expect(await bench.change({ kind: 'delete' })).toMatchObject({ status: 404 })
    bench.restart()
    bench.now += 24 * HOUR
    expect(await bench.ledger.history()).toHaveLength(2)
    expect(taken(await bench.change({ kind: 'rollback', to: 1 }))).toMatchObject({ isNew: true, version: { id: 3 } })
    expect(await bench.ask()).toBe(1)
    expect(taken(await bench.change({ kind: 'rollback', to: 2 }))).toMatchObject({ version: { id: 4, hash: '' } })
  })

  test('of a zone that was deleted is forgotten with the last version, and not before', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    bench.now += 200 * 24 * HOUR
    await bench.change({ kind: 'delete' })
    await bench.pass(89 * 24 * HOUR)
    expect((await bench.ledger.history()).map(({ id }) => id)).toEqual([2, 1])
    await bench.pass(2 * 24 * HOUR)
    expect(await bench.ledger.history()).toEqual([])
    bench.restart()
    expect(await bench.ledger.history()).toEqual([])
    expect(await bench.put(zone(5))).toMatchObject({ isNew: true, version: { id: 1 } })
  })
})

describe('expectations', () => {
  const rows = (answer: string) => JSON.stringify([{ name: 'www.example.com', answer }])

  test('refuse a change that they do not hold for, whatever its kind', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    expect(await bench.change({ kind: 'expectations', text: rows('192.0.2.9') })).toMatchObject({ status: 422 })
    expect(taken(await bench.change({ kind: 'expectations', text: rows('192.0.2.1') }))).toMatchObject({
      ...{ isEffective: true, version: { id: 1 } },
    })
    bench.restart()
    expect((await bench.ledger.read())?.expectations).toBe(rows('192.0.2.1'))
    const refusal = await bench.change(documentChange(zone(2)))
    expect(refusal).toMatchObject({
      ...{
        status: 422,
        error: expect.stringContaining('the answer is 192.0.2.2; expected 192.0.2.1'),
        errors: [{ line: 1, column: expect.any(Number), source: 'expectations' }],
      },
    })
    expect(await bench.ask()).toBe(1)
    await bench.change({ kind: 'expectations', text: null })
    bench.now += HOUR
    await bench.put(zone(2))
    await bench.change({ kind: 'expectations', text: rows('192.0.2.2') })
    expect(await bench.change({ kind: 'rollback', to: 1 })).toMatchObject({ kind: 'refused', status: 422 })
  })

  test('of a zone that was deleted are none of the next zone with its name', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    await bench.change({ kind: 'expectations', text: rows('192.0.2.1') })
    await bench.change({ kind: 'delete' })
    await bench.put(zone(2))
    expect((await bench.ledger.read())?.expectations).toBeUndefined()
  })

  test('of a zone that was deleted come back with it, and may be taken away before', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    await bench.put(zone(2))
    await bench.change({ kind: 'expectations', text: rows('192.0.2.2') })
    await bench.change({ kind: 'delete' })
    expect(await bench.change({ kind: 'rollback', to: 1 })).toMatchObject({ kind: 'refused', status: 422 })
    expect(await bench.change({ kind: 'rollback', to: 2 })).toMatchObject({ kind: 'changed' })
    expect((await bench.ledger.read())?.expectations).toBe(rows('192.0.2.2'))
    await bench.change({ kind: 'delete' })
    expect(await bench.change({ kind: 'expectations', text: null })).toMatchObject({ kind: 'changed' })
    expect(await bench.change({ kind: 'expectations', text: null })).toMatchObject({ kind: 'refused', status: 404 })
    expect(await bench.change({ kind: 'rollback', to: 1 })).toMatchObject({ kind: 'changed' })
  })

  test('need a zone', async () => {
    expect(await new Bench().change({ kind: 'expectations', text: '[]' })).toMatchObject({ status: 404 })
  })
})

test('a zone whose name is too long for a key of KV is refused, and is not there', async () => {
  const origin = `${['a', 'b', 'c', 'd'].map((label) => label + '\\000'.repeat(61)).join('.')}.`
  const bench = new Bench(origin)
  bench.kv.before = ([, key]) => {
    if (key.length > 512) throw new Error('414 UTF-8 encoded length of the key exceeds the limit of 512')
  }
  expect(await bench.ledger.read()).toBeUndefined()
  expect(await bench.ledger.history()).toEqual([])
  const text = `$ORIGIN ${origin}\n@ 60 SOA ns.example.net. h.example.net. 7 1h 15m 1w 1m\n`
  expect(await bench.change({ kind: 'zone-file', text })).toMatchObject({
    ...{ kind: 'refused', status: 422, error: expect.stringContaining('512 octets') },
  })
})

describe("changes of PowerDNS's API", () => {
  test('make no document that is too large to be read', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    const comments = Array.from({ length: 60 }, () => ({ content: 'x'.repeat(65_000), account: 'me' }))
    const comment = (name: string): Promise<Changed> =>
      bench.change({ kind: 'patch', body: { rrsets: [{ name, type: 'A', changetype: 'REPLACE', comments }] } })
    expect(await comment('a.example.com.')).toMatchObject({ kind: 'changed' })
    expect(await comment('b.example.com.')).toMatchObject({ kind: 'changed' })
    expect(await comment('c.example.com.')).toMatchObject({ kind: 'refused', status: 413 })
    expect((await bench.ledger.read())?.version.id).toBe(3)
  })

  const create = {
    ...{
      name: 'example.com.',
      kind: 'Native',
      soa_edit_api: 'INCREASE',
      account: 'web',
      nameservers: ['ns.example.net.'],
    },
    rrsets: [{ name: 'www.example.com.', type: 'A', ttl: 60, records: [{ content: '192.0.2.1', disabled: false }] }],
  }
  const patch = (content: string) => ({
    rrsets: [{ name: 'www.example.com.', type: 'A', ttl: 60, changetype: 'REPLACE', records: [{ content }] }],
  })

  test('create, patch, replace and metadata make versions by the rule of the zone', async () => {
    const bench = new Bench()
    const created = taken(await bench.change({ kind: 'create', body: create }))
    expect(created).toMatchObject({ isNew: true, version: { id: 1 } })
    const { serial } = created.version
    expect(await bench.ask()).toBe(1)
    expect(bench.catalog.listed.get('example.com')).toMatchObject({ kind: 'Native', account: 'web' })
    expect(await bench.change({ kind: 'create', body: create })).toMatchObject({ kind: 'refused', status: 409 })
    bench.now += HOUR
    const patched = await bench.change({ kind: 'patch', body: patch('192.0.2.2') })
    expect(patched).toMatchObject({ oldSerial: serial, isBumped: true, version: { serial: serial + 1 } })
    expect(await bench.ask()).toBe(2)
    expect(await bench.change({ kind: 'patch', body: patch('192.0.2.2') })).toMatchObject({ isEffective: false })
    bench.now += HOUR
    const values = ['one', 'two']
    const metadata = await bench.change({ kind: 'metadata', name: 'X-TEAM', values, add: false })
    expect(metadata).toMatchObject({ isEffective: true, isBumped: false, version: { id: 3, serial: serial + 1 } })
    expect(await bench.change({ kind: 'replace', body: { account: 'mail' } })).toMatchObject({ version: { id: 4 } })
    expect(bench.catalog.listed.get('example.com')).toMatchObject({ account: 'mail' })
    bench.restart()
    const { text } = (await bench.ledger.read()) ?? { text: '' }
    expect(JSON.parse(text).api).toMatchObject({ account: 'mail', metadata: { 'X-TEAM': values } })
    expect(taken(await bench.change({ kind: 'rollback', to: 1 }))).toMatchObject({ version: { serial: serial + 2 } })
    await bench.pass(5000)
    expect(await bench.ask()).toBe(1)
  })

  test('that are not valid are refused, with the words of that API', async () => {
    const bench = new Bench()
    expect(await bench.change({ kind: 'patch', body: patch('192.0.2.2') })).toMatchObject({ status: 404 })
    expect(await bench.change({ kind: 'create', body: { ...create, name: 'example.net.' } })).toMatchObject({
      status: 422,
    })
    await bench.change({ kind: 'create', body: create })
    expect(await bench.change({ kind: 'patch', body: patch('192.0.2.300') })).toMatchObject({ status: 422 })
    expect(await bench.change({ kind: 'patch', body: null })).toMatchObject({ status: 422 })
    expect(await bench.change({ kind: 'metadata', name: 'NSEC3PARAM', values: ['1'], add: false })).toMatchObject({
      kind: 'refused',
    })
    expect(await bench.ledger.history()).toHaveLength(1)
  })

  test('keep comments and disabled records through an eviction, and a document put by hand drops what it contradicts', async () => {
    const bench = new Bench()
    await bench.change({ kind: 'create', body: create })
    const comments = [{ content: 'the office', account: 'me', modified_at: 1 }]
    const records = [{ content: '192.0.2.1' }, { content: '192.0.2.9', disabled: true }]
    const rrset = { name: 'www.example.com.', type: 'A', ttl: 60, changetype: 'REPLACE', records, comments }
    await bench.change({ kind: 'patch', body: { rrsets: [rrset] } })
    const before = (await bench.ledger.read())?.text ?? ''
    bench.restart()
    expect((await bench.ledger.read())?.text).toBe(before)
    const edited = JSON.parse(before)
    edited.records.www = { A: { ttl: 60, answer: '192.0.2.7' } }
    edited.soa.serial += 10
    await bench.put(edited)
    expect(JSON.parse((await bench.ledger.read())?.text ?? '').api.rrsets).toEqual({ www: { A: { comments } } })
  })
})
