import { expect, test } from 'vitest'
import { DEFAULT_DOH_PATH, parseDohPath } from '../../src/doh-path.ts'

test.each([
  [undefined, '/dns-query'],
  ['', '/dns-query'],
  [' \n', '/dns-query'],
  ['/dns-query', '/dns-query'],
  ['/dns/home', '/dns/home'],
  ['/q', '/q'],
  ['/resolver', '/resolver'],
  ['/.well-known/doh', '/.well-known/doh'],
  ['/A-z_0.9~', '/A-z_0.9~'],
])('the path %j is %s', (text, path) => {
  expect(parseDohPath(text)).toEqual({ ok: true, value: path })
})

test.each([
  ['dns-query', /is not a path; expected one like \/dns-query/],
  ['/', /is not a path/],
  ['/dns-query/', /is not a path/],
  ['//dns-query', /is not a path/],
  ['/dns-query?x=1', /is not a path; expected .* without a query string/],
  ['/dns query', /is not a path/],
  ['/dns%2Dquery', /is not a path/],
  ['/dns-query{?dns}', /is not a path/],
  ['/a/../b', /a segment of dots/],
  ['/.', /a segment of dots/],
  ['/api', /is below \/api, which has other uses/],
  ['/api/dns', /is below \/api/],
  ['/resolve', /is below \/resolve/],
  ['/pdns/x', /is below \/pdns/],
  ['/metrics', /is below \/metrics/],
  ['/healthz', /is below \/healthz/],
  ['/console/dns', /is below \/console/],
  ['/static', /is below \/static/],
  [`/${'a'.repeat(100)}`, /has 101 characters; expected at most 100/],
])('the path %j is refused', (text, why) => {
  expect(parseDohPath(text)).toEqual({ ok: false, error: expect.stringMatching(why) })
})

test('the default is a valid path', () => {
  expect(parseDohPath(DEFAULT_DOH_PATH).ok).toBe(true)
})
