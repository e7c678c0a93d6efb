import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatAddress,
  formatPrefix,
  maskAddress,
  parseAddress,
  parsePrefix,
  unmapped,
} from '../../../src/net/index.ts'
import { runCount } from '../../effort.ts'
import { address, hex, prefix } from '../support.ts'

describe('addresses', () => {
  test.each([
    ['0.0.0.0', '00000000', '0.0.0.0'],
    ['192.0.2.1', 'c0000201', '192.0.2.1'],
    ['255.255.255.255', 'ffffffff', '255.255.255.255'],
    ['::', '00000000000000000000000000000000', '::'],
    ['::1', '00000000000000000000000000000001', '::1'],
    ['2001:DB8::A', '20010db800000000000000000000000a', '2001:db8::a'],
    ['2001:db8:0:0:1:0:0:1', '20010db8000000000001000000000001', '2001:db8::1:0:0:1'], // RFC 5952 §4.2.3: the first of equals
    ['2001:0:0:1:0:0:0:1', '20010000000000010000000000000001', '2001:0:0:1::1'], // the longest
    ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'], // §4.2.2: no :: for one group
    ['1:2:3:4:5:6:0:0', '00010002000300040005000600000000', '1:2:3:4:5:6::'],
    ['0:0:3:4:5:6:7:8', '00000000000300040005000600070008', '::3:4:5:6:7:8'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221', '64:ff9b::c000:221'], // RFC 4291 §2.2 form 3
    ['1:2:3:4:5:6:192.0.2.33', '000100020003000400050006c0000221', '1:2:3:4:5:6:c000:221'],
    ['::192.0.2.33', '000000000000000000000000c0000221', '::c000:221'], // IPv4-compatible, not mapped
  ])('%s is %s', (text, bytes, canonical) => {
    expect(hex(address(text).bytes)).toBe(bytes)
    expect(address(text).family).toBe(bytes.length === 8 ? 1 : 2)
    expect(formatAddress(address(text))).toBe(canonical)
  })

  test('an IPv4-mapped address stays in family 2, and is recognised as mapped', () => {
    const mapped = address('::ffff:192.0.2.33')
    expect(hex(mapped.bytes)).toBe('00000000000000000000ffffc0000221')
    expect(unmapped(mapped)).toEqual({ family: 1, bytes: Uint8Array.of(192, 0, 2, 33) })
  })
  test.each([
    '192.0.2.1',
    '::192.0.2.1',
    '::fffe:192.0.2.1',
    '::1:ffff:192.0.2.1',
    '64:ff9b::192.0.2.1',
    '8000::ffff:192.0.2.1',
  ])('%s maps nothing', (text) => expect(unmapped(address(text))).toBeUndefined())

  test.each([
    ['', 'nothing'],
    ['01.2.3.4', 'a leading zero: octal to some, decimal to others'],
    ['00.0.0.0', 'a leading zero'],
    ['1.2.3', 'three parts'],
    ['1.2.3.4.5', 'five parts'],
    ['16909060', 'one number'],
    ['0x7f.1', 'hexadecimal'],
    ['0x7f.0.0.1', 'hexadecimal'],
    ['256.1.1.1', 'above 255'],
    ['1.2.3.-4', 'a sign'],
    ['1.2.3.4 ', 'white space after'],
    [' 1.2.3.4', 'white space before'],
    ['1.2.3.4\n', 'a line end'],
    ['1.2.3.4/32', 'a prefix length'],
    ['1.2.3.４', 'another digit four'],
    ['fe80::1%eth0', 'a zone'],
    ['::1%', 'an empty zone'],
    ['[::1]', 'brackets'],
    ['::1/128', 'a prefix length'],
    [':::', 'three colons'],
    ['1::2::3', 'two gaps'],
    ['1:2:3:4:5:6:7', 'seven groups'],
    ['1:2:3:4:5:6:7:8:9', 'nine groups'],
    ['1:2:3:4:5:6:7:8::', 'eight groups and a gap'],
    [':1:2:3:4:5:6:7', 'an empty group'],
    ['12345::', 'five digits'],
    ['g::', 'no hex digit'],
    ['::ffff:1.2.3', 'three parts at the end'],
    ['::ffff:1.2.3.4:5', 'IPv4 not at the end'],
    ['1.2.3.4::', 'IPv4 not at the end'],
    ['::ffff:256.1.1.1', 'above 255 at the end'],
    ['::ffff:010.0.0.1', 'a leading zero at the end'],
    ['::ffff:0x1.2.3.4', 'hexadecimal at the end'],
    ['localhost', 'a name'],
  ])('%j is refused: %s', (text) => {
    const parsed = parseAddress(text)
    expect(parsed).toMatchObject({ ok: false, error: expect.stringMatching(/is not an IP address; expected/) })
  })

  test('Node accepts the same addresses, over texts that are nearly addresses', () => {
    const part = fc.constantFrom(
      '0',
      '1',
      '9',
      '00',
      '01',
      '10',
      '255',
      '256',
      'a',
      'ffff',
      '10000',
      '0x1',
      '',
      ':',
      '::',
      '.',
      '1.2.3.4',
      '192.0.2.1',
    )
    const anything = fc
      .array(fc.tuple(part, fc.constantFrom(':', ':', ':', '.', '::', '')), { minLength: 1, maxLength: 9 })
      .map((pieces) => pieces.flat().join('').slice(0, -1))
    const number = fc.constantFrom('0', '00', '1', '01', '010', '77', '255', '256', '0x1', '')
    const head = fc.constantFrom('', '::', '::ffff:', '1:2:3:4:5:6:', '1:2:3:4:5:6:7:', '1::6:', '::f:', ':')
    const dotted = fc
      .tuple(head, fc.array(number, { minLength: 4, maxLength: 4 }))
      .map(([before, numbers]) => before + numbers.join('.'))
    const text = fc.oneof(anything, dotted)
    fc.assert(
      fc.property(text, (candidate) => {
        expect([candidate, parseAddress(candidate).ok]).toEqual([candidate, isIP(candidate) > 0])
      }),
      { numRuns: runCount(5000), seed: 1 },
    )
  })
  test('the text of an IPv6 address is the one that a URL has, and every form of it is the same address', () => {
    const group = fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 0xffff }))
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = Uint8Array.from(groups.flatMap((one) => [one >> 8, one & 255]))
        const text = formatAddress({ family: 2, bytes })
        const forms = [groups.map((one) => one.toString(16)), groups.map((one) => one.toString(16).padStart(4, '0'))]
        for (const form of forms.map((all) => all.join(':'))) {
          expect(hex(address(form).bytes)).toBe(hex(bytes))
          expect(new URL(`http://[${form}]`).hostname).toBe(`[${text}]`)
        }
        expect(hex(address(text.toUpperCase()).bytes)).toBe(hex(bytes))
      }),
      { numRuns: runCount(2000), seed: 1 },
    )
  })
  test('format, then parse, gives the same bytes', () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 }))
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.array(group, { minLength: 16, maxLength: 16 }).map((a) => Uint8Array.from(a)),
    )
    fc.assert(
      fc.property(bytes, (octets) => {
        const written = formatAddress({ family: octets.length === 4 ? 1 : 2, bytes: octets })
        expect(hex(address(written).bytes)).toBe(hex(octets))
        expect(written).toBe(written.toLowerCase())
      }),
      { numRuns: runCount(2000), seed: 1 },
    )
  })
})

describe('networks', () => {
  test.each([
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['192.0.2.9/24', '192.0.2.0/24'], // host bits are cleared, as PowerDNS does
    ['192.0.2.255/31', '192.0.2.254/31'],
    ['255.255.255.255/1', '128.0.0.0/1'],
    ['255.255.255.255/9', '255.128.0.0/9'],
    ['192.0.2.1', '192.0.2.1/32'],
    ['192.0.2.1/32', '192.0.2.1/32'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['2001:db8:ffff::1/33', '2001:db8:8000::/33'],
    ['ffff::/1', '8000::/1'],
    ['::ffff:0:0/96', '0.0.0.0/0'], // a mapped network is the network that it maps
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['::ffff:10.1.2.3', '10.1.2.3/32'],
    ['::ffff:10.1.2.3/128', '10.1.2.3/32'],
    ['::ffff:0:0/95', '::fffe:0:0/95'], // wider than the mapped addresses
    ['::10.0.0.0/104', '::a00:0/104'], // IPv4-compatible is IPv6
  ])('%s is %s', (text, canonical) => {
    expect(formatPrefix(prefix(text))).toBe(canonical)
  })

  test.each([
    ['192.0.2.0/33', /expected 0 to 32/],
    ['2001:db8::/129', /expected 0 to 128/],
    ['192.0.2.0/', /expected 0 to 32/],
    ['192.0.2.0/-1', /expected 0 to 32/],
    ['192.0.2.0/ 8', /expected 0 to 32/],
    ['192.0.2.0/8 ', /expected 0 to 32/],
    ['192.0.2.0/0x8', /expected 0 to 32/],
    ['192.0.2.0/1e1', /expected 0 to 32/],
    ['192.0.2.0/8.0', /expected 0 to 32/],
    ['192.0.2.0/255.255.255.0', /expected 0 to 32/],
    ['192.0.2.0/8/9', /expected 0 to 32/],
    ['192.0.2/24', /is not a network/],
    ['10/8', /is not a network/],
    ['/8', /is not a network/],
    ['01.2.3.0/24', /is not a network/],
    ['fe80::%eth0/64', /is not a network/],
    ['', /is not a network/],
  ])('%j is refused', (text, message) => {
    expect(parsePrefix(text)).toMatchObject({ ok: false, error: expect.stringMatching(message) })
  })

  test('masking keeps the leading bits and clears the others', () => {
    const bits = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    )
    fc.assert(
      fc.property(bytes, fc.nat({ max: 128 }), (octets, n) => {
        const length = Math.min(n, octets.length * 8)
        const masked = maskAddress({ family: octets.length === 4 ? 1 : 2, bytes: octets }, length)
        expect(bits(masked.bytes)).toBe(
          bits(octets)
            .slice(0, length)
            .padEnd(octets.length * 8, '0'),
        )
        expect(masked.length).toBe(length)
      }),
      { numRuns: runCount(2000), seed: 1 },
    )
  })
})
