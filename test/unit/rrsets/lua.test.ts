import { describe, expect, test } from 'vitest'
import { rrsetsOf } from '../../../src/rrsets/index.ts'
import { compileSource } from '../../../src/zonefile/index.ts'
import { must } from '../support.ts'
import { allRrsets, contentsIn, EMPTY, patch, replace, tryPatch, zoneDocument } from './support.ts'

const NAME = 'www.example.com.'
const RANDOM = { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] }
const RANDOM_LUA = `A "pickrandom({'192.0.2.1','192.0.2.2'})"`
/** A scope follows from each rule alone, which no LUA record says of a type that LUA cannot answer with. */
const READ_ONLY = { kind: 'random', of: ['a.example.net.', 'b.example.net.'] }

describe('answers that nobody wrote over the API', () => {
  test('are LUA records, as an export writes them', () => {
    const document = zoneDocument({ ...EMPTY, www: { A: ['192.0.2.9', RANDOM] } })
    expect(contentsIn(document, NAME, 'A')).toEqual(['192.0.2.9'])
    expect(contentsIn(document, NAME, 'LUA')).toEqual([RANDOM_LUA])
  })

  test('stay the same objects when another rrset of the name changes', () => {
    const document = zoneDocument({ ...EMPTY, www: { A: ['192.0.2.9', RANDOM], TXT: '"x"' } })
    const { document: after } = patch(document, [replace(NAME, 'A', ['192.0.2.8']), replace(NAME, 'TXT', ['"y"'])])
    expect(after.records.www).toEqual({ A: ['192.0.2.8', RANDOM], TXT: '"y"' })
    const second = ({ records }: typeof document) => (records.www as Record<string, unknown[]>).A?.[1]
    expect(second(after)).toBe(second(document))
  })

  test('stay when a LUA record of another type is added', () => {
    const document = zoneDocument({ ...EMPTY, www: { A: { ttl: [10, 300], answer: RANDOM } } })
    const more = replace(NAME, 'LUA', [RANDOM_LUA, `AAAA "pickrandom({'2001:db8::1','2001:db8::2'})"`], { ttl: 10 })
    const { document: after } = patch(document, [more])
    expect(after.records.www?.A).toEqual({ ttl: [10, 300], answer: RANDOM })
    expect(after.api?.rrsets?.www?.LUA?.records).toHaveLength(1)
    expect(contentsIn(after, NAME, 'LUA')).toHaveLength(2)
  })

  test('get a new TTL with the LUA rrset', () => {
    const document = zoneDocument({ ...EMPTY, www: { A: RANDOM } })
    const { document: after } = patch(document, [replace(NAME, 'LUA', [RANDOM_LUA], { ttl: 5 })])
    expect(after.records.www?.A).toEqual({ ttl: 5, answer: RANDOM })
    expect(after.api).toBeUndefined()
  })

  test('are changed by their LUA record', () => {
    const document = zoneDocument({ ...EMPTY, www: { A: RANDOM, AAAA: '2001:db8::1' } })
    const { document: after } = patch(document, [replace(NAME, 'LUA', [`A "pickrandom({'192.0.2.1'})"`])])
    expect(after.records.www?.A).toEqual({ kind: 'computed', records: '192.0.2.1' })
    const { document: gone } = patch(document, [{ name: NAME, type: 'LUA', changetype: 'DELETE' }])
    expect(gone.records.www).toEqual({ AAAA: '2001:db8::1' })
  })

  test('without a LUA form are read-only: 409 with the reason, and other rrsets of the name may change', () => {
    const document = zoneDocument({ ...EMPTY, www: { ALIAS: READ_ONLY, TXT: '"x"' } })
    const [shown] = rrsetsOf(document).filter(({ rrset }) => rrset.type === 'LUA')
    expect(shown?.readOnly).toMatch(/^LUA cannot answer with ALIAS/)
    for (const change of [replace(NAME, 'LUA', [RANDOM_LUA]), { name: NAME, type: 'LUA', changetype: 'DELETE' }]) {
      expect(tryPatch(document, [change])).toMatchObject({
        ok: false,
        error: {
          status: 409,
          error: expect.stringMatching(/^RRset www.example.com. IN LUA: the ALIAS answer is read-only/),
        },
      })
    }
    expect(patch(document, [{ ...shown?.rrset, changetype: 'REPLACE' }]).isChanged).toBe(false)
    const kept = shown?.rrset.records.map(({ content }) => content) as string[]
    const { document: after } = patch(document, [
      replace(NAME, 'LUA', [...kept, `AAAA "pickrandom({'2001:db8::1'})"`]),
      replace(NAME, 'TXT', ['"y"']),
    ])
    expect(after.records.www).toMatchObject({ ALIAS: READ_ONLY, TXT: '"y"', AAAA: { kind: 'computed' } })
  })

  test('a name without records is code that does nothing, and stays when records come and go', () => {
    const document = zoneDocument({ ...EMPTY, '*': { A: '192.0.2.7' }, www: {} })
    expect(contentsIn(document, NAME, 'LUA')).toEqual(['LUA ""'])
    const { document: more } = patch(document, [replace(NAME, 'A', ['192.0.2.1'])])
    const { document: less } = patch(more, [replace(NAME, 'A', [])])
    expect(less.records.www).toEqual({})
    const { document: none } = patch(less, [{ name: NAME, type: 'LUA', changetype: 'DELETE' }])
    expect(none.records).not.toHaveProperty('www')
  })
})

describe('LUA records over the API', () => {
  test('static and LUA records of one type make one answer', () => {
    const document = zoneDocument()
    const { document: after } = patch(document, [
      replace(NAME, 'A', ['192.0.2.9'], { ttl: 60 }),
      replace(NAME, 'LUA', [RANDOM_LUA], { ttl: 30 }),
    ])
    expect(after.records.www?.A).toEqual({ ttl: 30, answer: ['192.0.2.9', RANDOM] })
    expect(
      allRrsets(after)
        .filter(({ name }) => name === NAME)
        .map(({ type, ttl }) => [type, ttl]),
    ).toEqual([
      ['A', 60],
      ['LUA', 30],
    ])
  })

  test('quotes are joined, and a disabled record answers nothing', () => {
    const records = [
      { content: `A "pickrandom({'192.0.2.1'," "'192.0.2.2'})"` },
      { content: 'TXT "not Lua at all"', disabled: true },
    ]
    const { document } = patch(zoneDocument(), [replace(NAME, 'LUA', [], { records })])
    expect(document.records.www).toEqual({ A: RANDOM })
    expect(contentsIn(document, NAME, 'LUA')).toEqual(records.map(({ content }) => content))
  })

  test('a CNAME from code runs beside other records, and is folded alone', () => {
    const lua = `CNAME "pickrandom({'a.example.net.','b.example.net.'})"`
    const { document: alone } = patch(zoneDocument(), [replace(NAME, 'LUA', [lua])])
    expect(alone.records.www).toMatchObject({ CNAME: { kind: 'random' } })
    const { document: beside } = patch(alone, [replace(NAME, 'TXT', ['"x"'])])
    expect(beside.records.www).toMatchObject({ CNAME: { kind: 'lua' }, TXT: '"x"' })
    const { document: again } = patch(beside, [replace(NAME, 'TXT', [])])
    expect(again.records).toEqual(alone.records)
  })

  test('NODATA from code is an answer', () => {
    const { document } = patch(zoneDocument(), [replace(NAME, 'LUA', ['A "{}"'])])
    expect(document.records.www).toEqual({ A: [] })
    const { document: both } = patch(document, [replace(NAME, 'A', ['192.0.2.1'])])
    expect(both.records.www).toEqual({ A: '192.0.2.1' })
    expect(patch(both, [replace(NAME, 'A', [])]).document.records.www).toEqual({ A: [] })
  })

  test('LUA of NS delegates nothing', () => {
    expect(tryPatch(zoneDocument(), [replace(NAME, 'LUA', [`NS "pickrandom({'a.'})"`])])).toMatchObject({
      error: { status: 422, error: expect.stringContaining('LUA delegates nothing') },
    })
  })
})

describe('code that includes other code', () => {
  const helper = (body: string) => replace('lib.example.com.', 'LUA', [`LUA "function f() return '${body}' end"`])
  const user = replace(NAME, 'LUA', [`A ";include('lib') return f()"`])
  const codesOf = (document: ReturnType<typeof zoneDocument>) =>
    Object.values(document.scripts ?? {}).flatMap((scripts) => scripts.map(({ code }) => code))

  test('is compiled with it, in one request or in two, in either order', () => {
    const one = patch(zoneDocument(), [user, helper('192.0.2.1')]).document
    const two = patch(patch(zoneDocument(), [helper('192.0.2.1')]).document, [user]).document
    const late = patch(patch(zoneDocument(), [user]).document, [helper('192.0.2.1')]).document
    expect(codesOf(one)).toEqual(["function f() return '192.0.2.1' end"])
    expect(two.scripts).toEqual(one.scripts)
    expect(late.scripts).toEqual(one.scripts)
    expect(late.records.www).toEqual(one.records.www)
  })

  test('is what a zone file with the same records compiles to', () => {
    const { document } = patch(zoneDocument(), [user, helper('192.0.2.1')])
    const text = `$ORIGIN example.com.
$TTL 300
@ IN SOA ns hostmaster 7 3600 900 604800 60
@ IN NS ns
ns IN A 192.0.2.53
www IN LUA A ";include('lib') return f()"
lib IN LUA LUA "function f() return '192.0.2.1' end"
`
    const file = must(compileSource({ file: 'example.com.zone', text }, () => ({ ok: false, error: '' })))
    expect(document.records).toEqual(file.document.records)
    expect(document.scripts).toEqual(file.document.scripts)
    expect(allRrsets(file.document).filter(({ type }) => type === 'LUA')).toEqual(
      allRrsets(document).filter(({ type }) => type === 'LUA'),
    )
  })

  test('follows a change of what it includes, wherever it is', () => {
    const before = patch(zoneDocument(), [user, helper('192.0.2.1')]).document
    const after = patch(before, [helper('192.0.2.2')]).document
    expect(codesOf(after)).toEqual(["function f() return '192.0.2.2' end"])
    const none = patch(after, [replace(NAME, 'LUA', [])]).document
    expect(none.scripts).toBeUndefined()
    expect(none.records.lib).toEqual({})
  })

  test('of a zone file follows it too, and is shown with its code', () => {
    const text = `$ORIGIN example.com.
$TTL 300
@ IN SOA ns hostmaster 7 3600 900 604800 60
@ IN NS ns
ns IN A 192.0.2.53
www IN LUA A ";include('lib') return f()"
lib IN LUA LUA "function f() return '192.0.2.1' end"
`
    const { document } = must(compileSource({ file: 'example.com.zone', text }, () => ({ ok: false, error: '' })))
    expect(contentsIn(document, 'lib.example.com.', 'LUA')).toEqual([`LUA "function f() return '192.0.2.1' end"`])
    const after = patch(document, [helper('192.0.2.2')]).document
    expect(codesOf(after)).toEqual(["function f() return '192.0.2.2' end"])
    expect(after.records).toEqual(document.records)
  })

  test('code that looks records up is compiled again when they change', () => {
    const lua = `A ";local ips = {} for _, r in ipairs(dblookup('web.example.com', pdns.A)) do ips[#ips + 1] = r end return ifportup(80, ips)"`
    const web = (...addresses: string[]) => replace('web.example.com.', 'A', addresses)
    const before = patch(zoneDocument(), [web('192.0.2.1'), replace(NAME, 'LUA', [lua])]).document
    const after = patch(before, [web('192.0.2.2')]).document
    expect(JSON.stringify(before.records.www)).toContain('192.0.2.1')
    expect(JSON.stringify(after.records.www)).toContain('192.0.2.2')
  })

  test('names without such code are not touched', () => {
    const before = patch(zoneDocument(), [
      user,
      helper('192.0.2.1'),
      replace('x.example.com.', 'LUA', [RANDOM_LUA]),
    ]).document
    const { document, owners } = patch(before, [helper('192.0.2.2')])
    expect(owners).toEqual(['lib'])
    for (const owner of ['@', 'ns', 'x', 'www']) expect(document.records[owner]).toBe(before.records[owner])
  })
})
