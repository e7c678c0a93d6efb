import { expect, test } from 'vitest'
import { seededRng } from '../../../../src/policy/index.ts'
import { runCount } from '../../../effort.ts'
import { zoneOf } from '../../store/kv-memory.ts'
import { Served } from './support.ts'

const ZONE = zoneOf('one.example', 7, { '@': { NS: 'ns.example.net.' } })
const VALID = JSON.stringify(ZONE)
const FILE = '$TTL 300\n@ IN SOA ns root 8 3600 900 604800 60\n@ IN NS ns\nns IN A 192.0.2.53\n'

const SEGMENTS = [
  ...[
    'one.example',
    'one.example.',
    'ONE.EXAMPLE',
    'two.example',
    '%6fne.example',
    '.',
    '..',
    '%2e%2e',
    '=2E',
    '@',
    '*',
  ],
  ...[
    'a..b',
    '%',
    '%f',
    '%ff',
    '%00',
    '%2F',
    '%2f%2f',
    '\\',
    '\\999',
    '\\256',
    '%5c',
    'ü',
    '%C3%BC',
    '__proto__',
    'constructor',
  ],
  ...[
    'x'.repeat(64),
    'y.'.repeat(130),
    '1'.repeat(2000),
    'xn--',
    'xn--a',
    '😀',
    ' ',
    '%20',
    '"',
    "'",
    '<script>',
    '{zone}',
    ':zone',
    'null',
  ],
]
const TAILS = [
  '',
  '/',
  '/check',
  '/history',
  '/history/1',
  '/history/0',
  '/history/x',
  '/history/1e3',
  '/history/9'.padEnd(60, '9'),
]
const MORE_TAILS = ['/rollback', '/expectations', '/nothing', '/history/1/x', '/check/', '//check', '/%2e%2e/check']
const FIXED = ['/api/v1/explain', '/api/v1/plan', '/api/v1/zones', '/api/docs', '/api/v1/zones/', '/api/v1//zones']
const QUERIES = [
  '',
  '?',
  '?name=%',
  '?name=one.example&client=::1',
  '?client=1.2.3.4',
  '?__proto__=1',
  '?name=%00&client=%ff',
]
const MORE_QUERIES = [
  '?down=*'.repeat(40),
  `?name=${'a.'.repeat(200)}&client=1.2.3.4`,
  '?name=x&client=1.2.3.4&type=-1',
  '?name=x&ecs=::/129',
  '?at=0',
]
const TYPES = [
  'application/json',
  'text/dns',
  'application/json; charset=utf-16',
  'text/plain',
  '',
  'APPLICATION/JSON',
  'a',
  ',',
  'multipart/form-data',
]
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACK2']
/** No body of these is a change that may be made. */
const BODIES = [
  ...[
    '',
    '{',
    '}',
    '[]',
    'null',
    'true',
    '0',
    '""',
    '{"to":-1}',
    '{"to":1e99}',
    '{"to":{}}',
    '{"zones":null}',
    '{"zones":{"a":{}}}',
  ],
  ...[
    '{"zones":{"__proto__":null,"constructor":{"document":{}}}}',
    '{"__proto__":{"to":1}}',
    '\u0000',
    '\ufeff',
    '😀',
    '{"a":1,"a":2}',
  ],
  ...[
    VALID.slice(0, 100),
    VALID.replace('"ttl":300', '"ttl":-1'),
    VALID.replace('192.0.2.7', '999.0.2.7'),
    VALID.replace('{"', '{"x":0,"'),
  ],
  ...[
    '['.repeat(5000),
    '{"a":'.repeat(3000),
    `{"zones":{"one.example":{"document":${'['.repeat(2000)}`,
    `"${'x'.repeat(10_000)}"`,
  ],
  ...[
    '$INCLUDE /etc/passwd',
    '$GENERATE 1-99999999 a$ A 1.2.3.4',
    '@ IN SOA (',
    `${FILE}www IN LUA A "while true do end`,
    `${FILE}a IN TXT "\\999"`,
  ],
  ...['$ORIGIN two.example.\n', `${FILE}x.other. IN A 1.2.3.4`, '('.repeat(3000), `${FILE}@ IN CNAME x`],
]
const TAGS = ['', '*', '"x"', 'W/"x"', 'x', '"', '"a", "b"', '"é"', ','.repeat(50)]

test('malformed and hostile requests are refused with a reason, and change nothing', async () => {
  const served = new Served()
  const created = await served.send('PUT', '/api/v1/zones/one.example', ZONE)
  expect(created.status).toBe(201)
  const random = seededRng(12)
  const one = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const before = (await served.ask('/api/v1/zones/one.example')).text
  const statuses = new Map<number, number>()
  for (let i = 0; i < runCount(10_000); i++) {
    const path = random() < 0.8 ? `/api/v1/zones/${one(SEGMENTS)}${one([...TAILS, ...MORE_TAILS])}` : one(FIXED)
    const method = one(METHODS)
    // A deletion without a condition is one that may be made.
    const isDeletion = method === 'DELETE'
    const headers: Record<string, string> = {
      ...(random() < 0.9 && { 'content-type': one(TYPES) }),
      ...((random() < 0.3 || isDeletion) && { 'if-match': isDeletion ? '"x"' : encodeURI(one(TAGS)) }),
      ...(random() < 0.2 && { 'if-none-match': encodeURI(one(TAGS)) }),
      ...(random() < 0.3 && { accept: one(['*/*', 'text/dns', 'text/*;q=2', 'x', ',;q=', 'application/json;q=0']) }),
      ...(random() < 0.1 && { 'x-reason': 'r'.repeat(5000) }),
    }
    const body = ['GET', 'HEAD'].includes(method) ? null : one(BODIES)
    const what = JSON.stringify([method, path.slice(0, 100), headers, body?.slice(0, 60)])
    const {
      status,
      body: reply,
      headers: sent,
    } = await served.ask(path + one([...QUERIES, ...MORE_QUERIES]), { method, headers, body })
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    expect(status, what).toBeLessThan(500)
    if (status >= 400 && method !== 'HEAD' && sent.get('content-type') === 'application/problem+json') {
      expect((reply as { detail: string }).detail.length, what).toBeGreaterThan(5)
    }
    // A check says what is wrong, and a plan of nothing is one.
    if (status < 300 && !['GET', 'HEAD', 'POST'].includes(method)) throw new Error(`${what} was taken`)
  }
  expect((await served.ask('/api/v1/zones/one.example')).text).toBe(before)
  const { changes } = (await served.ask('/api/v1/zones/one.example/history')).body as { changes: object[] }
  expect(changes).toHaveLength(1)
  expect([...statuses.keys()].toSorted((a, b) => a - b)).toEqual(expect.arrayContaining([200, 400, 404, 412, 415, 422]))
})
