import { expect, test } from 'vitest'
import { stampOf } from '../../../src/landing/stamp.ts'
import { decodeStamp } from './decode-stamp.ts'

test.each([
  ['dns.example.net', '/dns-query'],
  ['dns.example.net:8443', '/dns/home'],
  ['[2001:db8::1]:8443', '/dns-query/gslb_abcdefgh_abcdefghijklmnopqrstuvwxyz234567'],
])('the stamp of %s%s tells these alone', (host, path) => {
  expect(decodeStamp(stampOf({ host, path }))).toEqual({ properties: 0, address: '', hashes: [], host, path })
})

test('the stamp of a public resolver without hashes has the same octets behind its address', () => {
  const theirs = 'sdns://AgcAAAAAAAAABzEuMC4wLjEAEmRucy5jbG91ZGZsYXJlLmNvbQovZG5zLXF1ZXJ5'
  const ours = stampOf({ host: 'dns.cloudflare.com', path: '/dns-query' })
  expect(decodeStamp(theirs)).toMatchObject({ address: '1.0.0.1', hashes: [], host: 'dns.cloudflare.com' })
  const behindAddress = (stamp: string, length: number) =>
    Buffer.from(stamp.slice(7), 'base64url')
      .subarray(10 + length)
      .toString('hex')
  expect(behindAddress(ours, 0)).toBe(behindAddress(theirs, '1.0.0.1'.length))
})

test("the decoder of these tests reads others' stamps with hashes", () => {
  const quad9 =
    'sdns://AgMAAAAAAAAABzkuOS45LjkgKhX11qy258CQGt5Ou8dDsszUiQMrRuFkLwaTaDABJYoSZG5zOS5xdWFkOS5uZXQ6NDQzCi9kbnMtcXVlcnk'
  expect(decodeStamp(quad9)).toEqual({
    ...{ properties: 3, address: '9.9.9.9', host: 'dns9.quad9.net:443', path: '/dns-query' },
    hashes: ['2a15f5d6acb6e7c0901ade4ebbc743b2ccd489032b46e1642f069368300125 8a'.replace(' ', '')],
  })
})

test('a part that is longer than its length octet can say is an error', () => {
  expect(() => stampOf({ host: 'dns.example', path: `/${'a'.repeat(255)}` })).toThrow(/at most 255 octets/)
})
