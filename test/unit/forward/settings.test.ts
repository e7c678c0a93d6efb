import { describe, expect, test } from 'vitest'
import { parseForwardTo, parseSubnetPassing, parseUpstreams } from '../../../src/forward/index.ts'

describe('UPSTREAMS', () => {
  test.each([
    [undefined, []],
    ['', []],
    [' \t\n ', []],
    ['https://dns.example/dns-query', ['https://dns.example/dns-query']],
    ['  https://a.example/q\n\thttps://b.example:8443/q?x=1 ', ['https://a.example/q', 'https://b.example:8443/q?x=1']],
    ['https://dns.example/dns-query{?dns}', ['https://dns.example/dns-query']],
    ['https://a.example/q https://a.example/q', ['https://a.example/q']],
    ['http://127.0.0.1:8053/dns-query http://[::1]/q', ['http://127.0.0.1:8053/dns-query', 'http://[::1]/q']],
    [
      'http://10.0.0.1/q http://172.31.0.1/q http://192.168.1.1/q',
      ['http://10.0.0.1/q', 'http://172.31.0.1/q', 'http://192.168.1.1/q'],
    ],
    ['http://[fd00::1]/q http://localhost:1/q', ['http://[fd00::1]/q', 'http://localhost:1/q']],
  ])('%j', (text, urls) => {
    expect(parseUpstreams(text)).toEqual({ ok: true, value: urls })
  })

  test.each([
    ['http://dns.example/dns-query', /^"http:\/\/dns.example\/dns-query" is http, and not at .*; expected https$/],
    ['http://8.8.8.8/q', /expected https/],
    ['http://172.32.0.1/q', /expected https/],
    ['http://127.0.0.1.example/q', /expected https/],
    ['https://ok.example/q 9.9.9.9', /^"9.9.9.9" is not a URL; expected https URLs of DoH servers/],
    ['tls://9.9.9.9', /is not a URL/],
    ['https://a.example/q,https://b.example/q#x', /has a fragment/],
    [`https://dns.example/${'x'.repeat(2000)}`, /has 2020 characters; expected at most 1024$/],
    [Array.from({ length: 9 }, (_, i) => `https://u${i}.example/`).join(' '), /^there are 9 .*; expected at most 8$/],
  ])('%s is refused', (text, why) => {
    const parsed = parseUpstreams(text)
    expect(parsed.ok ? parsed.value : parsed.error).toMatch(why)
  })

  test('a password is not shown', () => {
    const parsed = parseUpstreams('https://me:secret@dns.example/')
    expect(parsed.ok).toBe(false)
    expect(JSON.stringify(parsed)).not.toContain('secret')
  })
})

test.each([
  [undefined, 'as sent'],
  ['  ', 'as sent'],
  ['on', 'as sent'],
  ['off', 'none'],
  ['24 56', { ipv4: 24, ipv6: 56 }],
  ['/0 /0', { ipv4: 0, ipv6: 0 }],
])('FORWARD_CLIENT_SUBNET %j', (text, passing) => {
  expect(parseSubnetPassing(text)).toEqual({ ok: true, value: passing })
})

test.each(['yes', '24', '33 56', '24 129', '24 56 64', '-1 2'])('FORWARD_CLIENT_SUBNET %j is refused', (text) => {
  expect(parseSubnetPassing(text)).toMatchObject({
    ok: false,
    error: expect.stringMatching(/; expected one of these, or/),
  })
})

test.each([
  [undefined, { networks: 'on', token: false }],
  [' ', { networks: 'on', token: false }],
  ['on', { networks: 'on', token: false }],
  ['off', { networks: 'off', token: false }],
  ['token', { networks: 'off', token: true }],
  ['192.0.2.0/24', { networks: [expect.objectContaining({ length: 24 })], token: false }],
  ['192.0.2.0/24, token', { networks: [expect.objectContaining({ length: 24 })], token: true }],
  ['token\n2001:db8::/32 token', { networks: [expect.objectContaining({ length: 32 })], token: true }],
])('FORWARD_TO %j', (text, to) => {
  expect(parseForwardTo(text)).toEqual({ ok: true, value: to })
})

test.each([
  ['tokens', /^"tokens" is not a network; expected "on", "off", or networks .*, and "token" for clients with one$/],
  ['token on', /^"token" stands beside "on"; expected "token" alone, or beside networks$/],
  ['off token', /^"token" stands beside "off"/],
  ['on 192.0.2.0/24', /^"on" is not a network/],
])('FORWARD_TO %j is refused', (text, why) => {
  expect(parseForwardTo(text)).toEqual({ ok: false, error: expect.stringMatching(why) })
})
