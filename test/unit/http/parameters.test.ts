import { describe, expect, test } from 'vitest'
import { formatName, RCODE, TYPE, typeName } from '../../../src/dns/index.ts'
import { toJson } from '../../../src/http/json.ts'
import { parseParameters } from '../../../src/http/parameters.ts'
import { parametersOf } from '../../../src/http/query-string.ts'
import { formatPrefix } from '../../../src/net/index.ts'
import { contextOf, queryOf, replyTo, zoneOf } from '../support.ts'

const asking = (query: string) => parseParameters(parametersOf(`https://gslb.test/resolve?${query}`))
const named = (text: string): string => {
  const asked = asking(`name=${text}`)
  return asked.ok ? formatName(asked.value.name) : '400'
}

describe('a name is the octets that the URL has, or 400', () => {
  test.each([
    ['%ff.example.net', '\\255.example.net.'],
    ['a%80%C3b.example.net', 'a\\128\\195b.example.net.'],
    ['%C3%28.example.net', '\\195\\(.example.net.'],
    ['%ED%A0%80.example.net', '\\237\\160\\128.example.net.'], // half a surrogate pair
    ['%ff%C3%BC.example.net', '\\255\\195\\188.example.net.'],
    ['b%C3%BCcher.example.net', 'xn--bcher-kva.example.net.'],
    ['bücher.example.net', 'xn--bcher-kva.example.net.'],
    ['%00.example.net', '\\000.example.net.'],
    ['a%20b.example.net', 'a\\032b.example.net.'],
    ['a+b.example.net', 'a\\032b.example.net.'],
    ['a%2Bb.example.net', 'a+b.example.net.'],
    ['%2A.example.net', '*.example.net.'],
    ['%5C255.example.net', '\\255.example.net.'],
    ['a%5C.b.example.net', 'a\\.b.example.net.'],
    ['a%2Eb.example.net', 'a.b.example.net.'],
    ['WWW.Example.net', 'WWW.Example.net.'],
    ['www.example.net.', 'www.example.net.'],
    ['.', '.'],
    ['%2e', '.'],
    ['%EF%BF%BD.example.net', '400'], // U+FFFD itself
    ['%f.example.net', '400'],
    ['%.example.net', '400'],
    ['%zz.example.net', '400'],
    ['a..example.net', '400'],
    ['www.example.net..', '400'],
    ['.example.net', '400'],
    ['', '400'],
    ['%5C256.example.net', '400'],
    ['%5C25', '400'],
    [`${'a'.repeat(64)}.net`, '400'],
    [`${'a.'.repeat(127)}`, 'a.'.repeat(127)],
    [`${'a.'.repeat(128)}`, '400'],
    [`${'%ff'.repeat(64)}.net`, '400'],
  ])('%s is %s', (text, expected) => expect(named(text)).toBe(expected))

  test('no error is longer than 220 characters', () => {
    for (const query of [
      `name=${'a'.repeat(5000)}`,
      `name=${'a.'.repeat(500)}`,
      `name=x&type=${'T'.repeat(5000)}`,
      `name=x&cd=${'1'.repeat(5000)}`,
      `name=x&edns_client_subnet=${'1'.repeat(5000)}`,
    ]) {
      const asked = asking(query)
      if (asked.ok) throw new Error(query.slice(0, 40))
      expect(asked.error.message.length).toBeLessThanOrEqual(220)
      expect(asked.error.value.length).toBeLessThanOrEqual(60)
    }
  })
})

describe('the other parameters', () => {
  test.each([
    ['type=aaaa', 'AAAA'],
    ['type=28', 'AAAA'],
    ['type=TYPE28', 'AAAA'],
    ['type=', 'A'],
    ['', 'A'],
    ['TYPE=MX', 'MX'],
    ['type=MX&type=A', 'MX'],
    ['TYPE=A&type=MX', 'MX'],
    ['type=%41', 'A'],
    ['type=%ff', '400'],
    ['type=%4', '400'],
    ['type=0', '400'],
    ['type=65536', '400'],
    ['type=-1', '400'],
    ['type=1e1', '400'],
    ['type= A', '400'],
  ])('%s is %s', (query, expected) => {
    const asked = asking(`name=example.com&${query}`)
    expect(asked.ok ? typeName(asked.value.type) : '400').toBe(expected)
  })
  test.each([
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['192.0.2.0%2F24', '192.0.2.0/24'],
    ['192.0.2.1', '192.0.2.1/32'],
    ['2001:db8::/48', '2001:db8::/48'],
    ['2001%3Adb8%3A%3A1', '2001:db8::1/128'],
    ['0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['', 'none'],
    ['192.0.2.0/', '400'],
    ['/24', '400'],
    ['192.0.2/24', '400'],
    ['192.0.2.0/33', '400'],
    ['192.0.2.0/-1', '400'],
    ['192.0.2.0/+24', '400'],
    ['0x7f.1/8', '400'],
    ['fe80::1%25eth0/64', '400'],
    ['%ff', '400'],
  ])('edns_client_subnet=%s is %s', (text, expected) => {
    const asked = asking(`name=example.com&edns_client_subnet=${text}`)
    const told = asked.ok ? (asked.value.subnet ? formatPrefix(asked.value.subnet) : 'none') : '400'
    expect(told).toBe(expected)
  })
  test.each([
    ['cd=1&do=true', true, true],
    ['cd=&do=0', false, false],
    ['CD=TRUE&cd=0', false, false],
    ['do', false, false],
  ])('%s', (query, cd, dnssecOk) => {
    expect(asking(`name=example.com&${query}`)).toMatchObject({ value: { checkingDisabled: cd, dnssecOk } })
  })
})

describe("Google's form of TXT tells different texts apart", () => {
  const rows: [text: string, data: string][] = [
    ['"plain"', 'plain'],
    ['"b\\195\\188cher"', 'bücher'],
    ['"\\252"', '\\252'],
    ['"\\253"', '\\253'],
    ['"\\239\\191\\189"', '\ufffd'],
    ['"\\\\252"', '\\\\252'],
    ['"\\195"', '\\195'],
    ['"\\195\\040"', '\\195('],
    ['"\\237\\160\\128"', '\\237\\160\\128'],
    ['"\\192\\128"', '\\192\\128'],
    ['"\\240\\159\\152\\128"', '\u{1f600}'],
    ['"\\195" "\\188"', 'ü'],
    ['"\\239\\187\\191x"', '\ufeffx'],
    ['"a\\"b"', 'a"b'],
  ]
  test.each(rows)('%s is %s', (text, data) => {
    const reply = replyTo(queryOf('x.example.com.', 'TXT'), contextOf([zoneOf({ x: { TXT: text } })]))
    const { Status, Answer } = JSON.parse(toJson(reply, 'google-json'))
    expect({ Status, Answer }).toMatchObject({ Status: RCODE.NOERROR, Answer: [{ type: TYPE.TXT, data }] })
  })
  test('no two of them are alike', () => expect(new Set(rows.map(([, data]) => data)).size).toBe(rows.length))
})

test('the additional section is in both forms', () => {
  const zone = zoneOf({ '@': { MX: '10 mail' }, mail: { A: '192.0.2.25' } })
  const reply = replyTo(queryOf('example.com.', 'MX'), contextOf([zone]))
  const record = { type: 1, TTL: 300, data: '192.0.2.25' }
  expect(JSON.parse(toJson(reply, 'google-json')).Additional).toEqual([{ name: 'mail.example.com.', ...record }])
  expect(JSON.parse(toJson(reply, 'cloudflare-json')).Additional).toEqual([{ name: 'mail.example.com', ...record }])
})
