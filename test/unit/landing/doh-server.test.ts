import { expect, test } from 'vitest'
import { dohServerAt } from '../../../src/landing/doh-server.ts'
import { must } from '../must.ts'

test.each([
  ['https://dns.example.net/', 'https://dns.example.net/q', false],
  ['http://dns.example.net/', 'https://dns.example.net/q', false],
  ['http://DNS.example.net:8443/x', 'https://dns.example.net:8443/q', false],
  ['http://192.0.2.1/', 'https://192.0.2.1/q', false],
  ['http://[2001:db8::1]:99/', 'https://[2001:db8::1]:99/q', false],
  ['http://my_host/', 'https://my_host/q', false],
  ['http://dns.example.net./', 'https://dns.example.net./q', false],
  ['http://127.0.0.1:8787/', 'http://127.0.0.1:8787/q', true],
  ['https://127.0.0.1:8787/', 'http://127.0.0.1:8787/q', true],
  ['http://127.9.9.9/', 'http://127.9.9.9/q', true],
  ['http://localhost:8787/', 'http://localhost:8787/q', true],
  ['http://dns.localhost/', 'http://dns.localhost/q', true],
  ['http://[::1]:8787/', 'http://[::1]:8787/q', true],
  ['http://127.0.0.1.example.net/', 'https://127.0.0.1.example.net/q', false],
  ['http://localhost.example.net/', 'https://localhost.example.net/q', false],
])('asked by %s the endpoint is %s', (requestUrl, url, isLoopback) => {
  expect(must(dohServerAt(requestUrl, '/q'))).toMatchObject({ url, isLoopback, path: '/q' })
})

test.each([
  'a"b',
  "a'b",
  'a&b',
  'a;b',
  'a`b',
  'a$(id)b',
  'a{b',
  'a,b',
  'a=b',
  '-a',
  'a-',
  'a..b',
  'a*',
  'a@b',
  'a:b@c',
  `${'a.'.repeat(130)}a`,
  `${'a.'.repeat(125)}a:65535`,
])('a Host that is neither a name nor an address is refused: %j', (host) => {
  expect(dohServerAt(`https://${host}/`, '/q')).toEqual({ ok: false, error: expect.stringMatching(/Host header/) })
})

test('host and port are apart for clients that want them so', () => {
  expect(must(dohServerAt('http://[2001:db8::1]:99/', '/q'))).toMatchObject({
    ...{ host: '[2001:db8::1]:99', hostname: '2001:db8::1', port: '99' },
  })
  expect(must(dohServerAt('https://dns.example.net/', '/q')).port).toBeUndefined()
})
