import { describe, expect, test } from 'vitest'
import { formatName, parseName, RCODE, TYPE } from '../../../src/dns/index.ts'
import { designatedResolver, parseDohName } from '../../../src/forward/index.ts'
import { localAnswer } from '../../../src/forward/local-names.ts'
import { must } from '../must.ts'

const nameOf = (text: string) => must(parseName(`${text}.`))
const named = (text: string) => must(parseDohName(text))

describe('DOH_NAME', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    [' \n', undefined],
    ['dns.example.com', 'dns.example.com.'],
    ['DNS.example.com.', 'DNS.example.com.'],
    ['a-b.workers.dev', 'a-b.workers.dev.'],
    ['xn--dns-1na.example', 'xn--dns-1na.example.'],
  ])('%j is %s', (text, name) => {
    const found = must(parseDohName(text))
    expect(found && formatName(found.key).toLowerCase()).toBe(name?.toLowerCase())
  })

  test.each([
    'localhost',
    '192.0.2.1',
    '2001:db8::1',
    'https://dns.example.com',
    'dns.example.com/x',
    'a b.c',
    '-a.example',
    'a..b',
    '.',
    `${'a'.repeat(64)}.example`,
  ])('%j is refused', (text) => {
    expect(parseDohName(text)).toMatchObject({
      ok: false,
      error: expect.stringMatching(/ is not a host name; expected one like dns\.example\.com$/),
    })
  })
})

describe('the record of the endpoint', () => {
  const name = named('dns.example.com') as NonNullable<ReturnType<typeof named>>
  const designated = designatedResolver({ name, path: '/dns/home', platform: 'edge' })

  test('has the octets of RFC 9460 §2.2 and RFC 9461 §5', () => {
    const dohpath = Buffer.from('/dns/home{?dns}')
    const octets = Buffer.concat([
      Buffer.from([0, 1]),
      Buffer.from('\x03dns\x07example\x03com\0', 'latin1'),
      Buffer.from([0, 1, 0, 6, 2, 0x68, 0x32, 2, 0x68, 0x33]),
      Buffer.from([0, 7, 0, dohpath.length]),
      dohpath,
    ])
    expect(Buffer.from(designated.rdatas[0]?.bytes ?? []).toString('hex')).toBe(octets.toString('hex'))
  })

  test('is answered for its name and type alone', () => {
    const answered = (text: string, type: number) => localAnswer(nameOf(text), type, designated)
    expect(answered('_dns.resolver.arpa', TYPE.SVCB)).toMatchObject({ rcode: RCODE.NOERROR, answer: [designated] })
    for (const [text, type] of [
      ['_dns.resolver.arpa', TYPE.A],
      ['resolver.arpa', TYPE.SVCB],
    ] as const)
      expect(answered(text, type)).toMatchObject({ rcode: RCODE.NOERROR, answer: [] })
    expect(answered('x._dns.resolver.arpa', TYPE.SVCB)).toMatchObject({ rcode: RCODE.NXDOMAIN, answer: [] })
  })

  test('promises HTTP/3 at Cloudflare alone', () => {
    const { rdatas } = designatedResolver({ name, path: '/dns-query', platform: 'workerd' })
    expect(rdatas[0]?.text).toBe('1 dns.example.com. alpn="h2" key7="/dns-query{?dns}"')
  })
})
