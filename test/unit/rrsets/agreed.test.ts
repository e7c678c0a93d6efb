import { describe, expect, test } from 'vitest'
import { agreed } from '../../../src/rrsets/index.ts'
import type { ZoneDocument } from '../../../src/zone/index.ts'
import { compiled, patch, replace, zoneDocument } from './support.ts'

/** A document that a person edits: what the API kept of it goes where it says something else, and comments stay. */

const NAME = 'www.example.com.'
const comments = [{ content: 'why', account: 'ann', modified_at: 1 }]
const LUA = `A "pickrandom({ '192.0.2.1', '192.0.2.2' })"`

const written = patch(zoneDocument(), [
  replace(NAME, 'AAAA', ['2001:DB8::1'], { comments, ttl: 60 }),
  replace(NAME, 'LUA', [LUA, `TXT ";include('lib') return f()"`], { comments }),
  replace('lib.example.com.', 'LUA', [`LUA "function f() return 'x' end"`], { comments }),
  replace('off.example.com.', 'A', [], { records: [{ content: '192.0.2.9', disabled: true }], comments }),
  replace('cname.example.com.', 'LUA', [`CNAME "pickrandom({'a.example.net.','b.example.net.'})"`]),
  replace('cname.example.com.', 'TXT', ['"x"']),
  replace('both.example.com.', 'A', ['192.0.2.7'], { ttl: 60 }),
  replace('both.example.com.', 'LUA', [LUA], { ttl: 30 }),
]).document

const edited = (more: (document: ZoneDocument) => object): ZoneDocument => {
  const document = { ...written, ...more(written) } as ZoneDocument
  compiled(document)
  return document
}
const records = (changes: object) => edited((document) => ({ records: { ...document.records, ...changes } }))
const keptIn = (document: ZoneDocument) => agreed(document).api?.rrsets

describe('agreed', () => {
  test('leaves what agrees, also when it was stored and read back', () => {
    expect(agreed(written)).toBe(written)
    const stored = compiled(JSON.parse(JSON.stringify(written))).document
    expect(agreed(stored)).toBe(stored)
    const plain = zoneDocument()
    expect(agreed(plain)).toBe(plain)
  })

  test.each(['other.net.', '.', 'notexample.com.'])('drops all of the name %s, which is outside the zone', (owner) => {
    const off = { ttl: 60, records: [{ content: '192.0.2.9', disabled: true }], comments }
    const rrsets = { ...written.api?.rrsets, [owner]: { A: off } }
    expect(agreed(edited(() => ({ api: { rrsets } })))).toEqual({ ...written, api: { rrsets: written.api?.rrsets } })
  })

  test.each(['TYPE0', 'ANY', 'AXFR', 'OPT', 'RRSIG'])(
    'drops all of the type %s, which no client could write',
    (type) => {
      const off = { ttl: 60, records: [{ content: 'x', disabled: true }], comments }
      const rrsets = { ...written.api?.rrsets, odd: { [type]: off } }
      expect(keptIn(edited(() => ({ api: { rrsets } })))).toEqual(written.api?.rrsets)
    },
  )

  test('drops the records of an rrset that was edited, and keeps its comments', () => {
    const kept = keptIn(records({ www: { ...written.records.www, AAAA: { ttl: 60, answer: '2001:db8::2' } } }))
    expect(kept?.www?.AAAA).toEqual({ comments })
    expect(kept?.www?.LUA).toBe(written.api?.rrsets?.www?.LUA)
  })

  test('drops an rrset whose TTL was edited', () => {
    expect(keptIn(records({ www: { ...written.records.www, AAAA: '2001:db8::1' } }))?.www?.AAAA).toEqual({ comments })
  })

  test('drops the LUA records of one type, and keeps those of another', () => {
    const kept = keptIn(records({ www: { ...written.records.www, A: '192.0.2.1' } }))
    expect(kept?.www?.LUA).toEqual({ comments, ttl: 300, records: [written.api?.rrsets?.www?.LUA?.records?.[1]] })
  })

  test('drops all of a name that was removed, but for comments', () => {
    const { www: _, ...rest } = written.records
    const kept = keptIn(edited(() => ({ records: rest })))
    expect(kept?.www).toEqual({ AAAA: { comments }, LUA: { comments } })
    expect(kept?.off).toBe(written.api?.rrsets?.off)
  })

  test('drops a disabled record where other records came', () => {
    expect(keptIn(records({ off: { A: '192.0.2.9' } }))?.off).toEqual({ A: { comments } })
  })

  test('drops included code that was edited, and what includes it stays if it says the same', () => {
    const other = JSON.parse(JSON.stringify(written.scripts).replaceAll("return 'x'", "return 'y'"))
    const kept = keptIn(edited(() => ({ scripts: other })))
    expect(kept?.lib).toEqual({ LUA: { comments } })
    expect(kept?.www).toBe(written.api?.rrsets?.www)
  })

  test('an SOA, and an rrset of no type, are none of it', () => {
    const entry = { ttl: 1, records: [{ content: 'x' }] }
    const rrsets = { ...written.api?.rrsets, '@': { SOA: entry, NS: { ...entry } } }
    expect(keptIn(edited(() => ({ api: { rrsets } })))?.['@']).toBeUndefined()
  })

  test('names and types in another spelling get the one of the records', () => {
    const { off, ...rest } = written.api?.rrsets ?? {}
    const rrsets = { ...rest, 'OFF.example.com.': { a: off?.A } }
    expect(keptIn(edited(() => ({ api: { rrsets } })))?.off).toEqual(off)
  })

  test('settings stay when nothing else does', () => {
    const api = { account: 'web', rrsets: { x: { A: { ttl: 1, records: [{ content: '192.0.2.1' }] } } } }
    expect(agreed(edited(() => ({ api }))).api).toEqual({ account: 'web' })
    expect(agreed(edited(() => ({ api: { rrsets: api.rrsets } })))).not.toHaveProperty('api')
  })
})
