import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatName,
  formatRelative,
  isSubdomain,
  keyOf,
  labelOffsets,
  nameFromWire,
  parentKey,
  parseName,
  parseRdataText,
  parseTtl,
  parseType,
  plainKey,
  TYPE,
} from '../../../src/dns/index.ts'
import { runCount } from '../../effort.ts'
import { hex, must } from '../support.ts'

const ORIGIN = must(parseName('Example.com.'))

describe('names from text', () => {
  test.each([
    ['.', '00', '.'],
    ['www.example.com.', '03777777076578616d706c6503636f6d00', 'www.example.com.'],
    ['WwW', '03577757074578616d706c6503636f6d00', 'www.example.com.'],
    ['@', '074578616d706c6503636f6d00', 'example.com.'],
    ['*', '012a074578616d706c6503636f6d00', '*.example.com.'],
    ['_sip._tcp.x.', '045f736970045f746370017800', '_sip._tcp.x.'],
    ['a\\.b.', '03612e6200', 'a\\.b.'],
    ['a\\b.', '02616200', 'ab.'],
    ['\\000\\255.', '0200ff00', '\\000\\255.'],
    ['a\\032b.', '0361206200', 'a\\032b.'],
    ['\\@.', '014000', '\\@.'],
    ['\\\\#x.', '035c237800', '\\\\#x.'],
    ['münchen.', `${hexLabel('xn--mnchen-3ya')}00`, 'xn--mnchen-3ya.'],
    ['_dmarc.BÜCHER.', `065f646d617263${hexLabel('xn--bcher-kva')}00`, '_dmarc.xn--bcher-kva.'],
    ['例え。テスト.', `${hexLabel('xn--r8jz45g')}${hexLabel('xn--zckzah')}00`, 'xn--r8jz45g.xn--zckzah.'],
  ])('%s', (text, wire, canonical) => {
    const name = must(parseName(text, ORIGIN))
    expect(hex(name.wire)).toBe(wire)
    expect(formatName(name.key)).toBe(canonical)
  })
  function hexLabel(label: string): string {
    return `${label.length.toString(16).padStart(2, '0')}${Buffer.from(label).toString('hex')}`
  }

  test.each([
    ['', /empty; expected/],
    ['..', /empty label/],
    ['.a', /empty label/],
    ['a..b.', /empty label/],
    ['a..', /empty label/],
    [`${'a'.repeat(64)}.`, /64 octets; expected at most 63/],
    [`${`${'a'.repeat(63)}.`.repeat(4)}`, /257 octets on the wire; expected at most 255/],
    ['a\\', /backslash ends/],
    ['a\\25.', /not an escape/],
    ['a\\256.', /not an escape/],
    // Characters that a URL would not read as part of a label of its host
    ['jürgen@example.com.', /is not a valid international domain name/],
    ['münchen-stadt/x.example.com.', /is not a valid international domain name/],
    ['ü?x.', /is not a valid international domain name/],
    ['ü#x.', /is not a valid international domain name/],
    ['ü:80.', /is not a valid international domain name/],
    ['ü%41.', /is not a valid international domain name/],
    ['ü\tx.', /is not a valid international domain name/],
    ['ü x.', /is not a valid international domain name/],
    ['\ud800.', /is not a valid international domain name/],
  ])('%j is refused', (text, message) => {
    expect(parseName(text, ORIGIN)).toMatchObject({ ok: false, error: expect.stringMatching(message) })
  })
  test('a relative name needs an origin; with one it must fit', () => {
    expect(parseName('www')).toMatchObject({
      ok: false,
      error: expect.stringMatching(/relative name; expected one that ends/),
    })
    expect(parseName('@')).toMatchObject({ ok: false })
    const long = 'a'.repeat(60)
    expect(parseName(`${long}.${long}.${long}.${'b'.repeat(58)}`, ORIGIN).ok).toBe(true) // 255 octets
    expect(parseName(`${long}.${long}.${long}.${'b'.repeat(59)}`, ORIGIN).ok).toBe(false)
  })
})

test('any octets in labels: format, then parse, gives the same name', () => {
  const labels = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 8 })
  fc.assert(
    fc.property(labels, fc.boolean(), (list, below) => {
      const tail = below ? [...ORIGIN.wire] : [0]
      const wire = Uint8Array.from([...list.flatMap((label) => [label.length, ...label]), ...tail])
      const name = nameFromWire(wire)
      expect(hex(must(parseName(formatName(name))).wire)).toBe(hex(wire))
      expect(hex(must(parseName(formatRelative(name, ORIGIN), ORIGIN)).wire)).toBe(hex(wire))
      expect(must(parseName(formatName(name.key))).key).toBe(name.key)
      expect(isSubdomain(name.key, ORIGIN.key)).toBe(
        below || (list.length > 1 && formatName(name.key).endsWith('.example.com.')),
      )
      expect(labelOffsets(name.key)).toHaveLength(list.length + (below ? 2 : 0) + 1)
      if (list.length > 0) expect(name.key.endsWith(parentKey(name.key))).toBe(true)
    }),
    { numRuns: runCount(1000), seed: 61 },
  )
})

test('a name in plain letters is the one that it is with an escape, or the same error', () => {
  const label = fc.oneof(
    fc.stringMatching(/^[a-zA-Z0-9_*-]{1,12}$/),
    fc.constantFrom('', '@', '"', ' ', 'x'.repeat(62), 'x'.repeat(63), 'x'.repeat(64)),
  )
  const text = fc.tuple(fc.array(label, { minLength: 1, maxLength: 6 }), fc.constantFrom('', '.', '..'))
  fc.assert(
    fc.property(text, fc.constantFrom(ORIGIN, undefined), ([labels, end], origin) => {
      const plain = `a${labels.join('.')}${end}`
      const parsed = parseName(plain, origin)
      const escaped = parseName(`\\097${plain.slice(1)}`, origin)
      if (parsed.ok || escaped.ok) {
        expect(parsed).toEqual(escaped)
        expect(plainKey(plain, ORIGIN)).toBe(must(parseName(plain, ORIGIN)).key)
        expect(formatName(must(parsed).key)).toBe(formatName(must(parsed)).toLowerCase())
      } else {
        expect(parsed.error).toBe(escaped.error.replaceAll('"\\097', '"a'))
        if (origin) expect(plainKey(plain, origin)).toBeUndefined()
      }
    }),
    { numRuns: runCount(2000), seed: 3 },
  )
})

test.each([
  ['notexample.com.', false],
  ['x\\007example.com.', false], // the octets of a label that look like a label
  ['www.example.com.', true],
  ['EXAMPLE.COM.', true],
  ['com.', false],
])('%s is below example.com: %s', (text, below) => {
  expect(isSubdomain(must(parseName(text)).key, ORIGIN.key)).toBe(below)
})

test.each([
  ['0', 0],
  ['300', 300],
  ['1h30m', 5400],
  ['1W2d3H4m5S', 788_645],
  ['2147483647', 2_147_483_647],
  ['2147483648', undefined],
  ['99999999999999999999', undefined],
  ['4000w', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['1h30', undefined],
  ['h', undefined],
  ['', undefined],
  [' 1', undefined],
])('the time %j is %s seconds', (text, seconds) => {
  const parsed = parseTtl(text)
  expect(parsed.ok ? parsed.value : undefined).toBe(seconds)
})

test.each([
  ['A', 1],
  ['aaaa', 28],
  ['TYPE1', 1],
  ['type65535', 65_535],
  ['TYPE65536', undefined],
  ['TYPE', undefined],
  ['TYPE-1', undefined],
  ['toString', undefined],
  ['__proto__', undefined],
  ['', undefined],
])('the type %j is %s', (text, type) => {
  const parsed = parseType(text)
  expect(parsed.ok ? parsed.value : undefined).toBe(type)
})

describe('RFC 3597 data of types with a text form', () => {
  test.each<[number, string, string, string]>([
    [TYPE.NS, '03612e62016300', 'a\\.b.c.', 'a dot in a label'],
    [TYPE.MX, '000a0201ff00', '10 \\001\\255.', 'octets that are not text'],
    [TYPE.CAA, '00056973737565c3ff', '0 issue "\\195\\255"', 'a value that is no UTF-8'],
    [TYPE.TXT, '00', '""', 'an empty string'],
    [TYPE.SRV, '00010002000300', '1 2 3 .', 'the root as the target'],
  ])('type %i, %s: %s (%s)', (type, data, text) => {
    const rdata = must(parseRdataText(type, `\\# ${data.length / 2} ${data}`))
    expect(hex(rdata.bytes)).toBe(data)
    expect(rdata.text).toBe(text)
  })
  test.each<[number, string, string]>([
    [TYPE.A, '010203', 'three octets'],
    [TYPE.A, '0102030405', 'five octets'],
    [TYPE.AAAA, '01020304', 'four octets'],
    [TYPE.NS, '0361', 'a label cut short'],
    [TYPE.NS, '0161', 'no root'],
    [TYPE.NS, '01610000', 'an octet too many'],
    [TYPE.NS, 'c000', 'a pointer'],
    [TYPE.TXT, '', 'no string'],
    [TYPE.TXT, '0561', 'a string cut short'],
    [TYPE.MX, '00', 'half a number'],
    [TYPE.SRV, '000100020003', 'no target'],
    [TYPE.CAA, '0005', 'a tag cut short'],
  ])('type %i, %s is refused: %s', (type, data) => {
    expect(parseRdataText(type, `\\# ${data.length / 2} ${data}`.trim()).ok).toBe(false)
  })
})

test('a key is the wire form in lower case, whatever its length and the octets around it', () => {
  const letters = fc.constantFrom(0x40, 0x41, 0x5a, 0x5b, 0x61, 0x7a, 0xc1, 0xda)
  const octets = fc.array(fc.oneof(letters, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 80 })
  fc.assert(
    fc.property(octets, fc.nat(5), fc.nat(5), (name, before, after) => {
      const bytes = Uint8Array.from([...new Array(before).fill(0x41), ...name, ...new Array(after).fill(0x5a)])
      const lower = name.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet))
      const expected = String.fromCharCode(...lower)
      // The second time the key is a cached one.
      for (let i = 0; i < 2; i++) expect(keyOf(bytes, before, before + name.length)).toBe(expected)
    }),
    { numRuns: runCount(5000) },
  )
})
