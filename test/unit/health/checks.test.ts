import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CheckDocument,
  type Checks,
  compileCheck,
  distinctProbes,
  formatTarget,
  isForAgent,
  isProbedFrom,
  type Platform,
  type Probe,
  parseTarget,
  probeBlocker,
  whyUnprobed,
} from '../../../src/health/index.ts'
import { compileZone } from '../../../src/zone/index.ts'
import { documentOf, must } from '../support.ts'
import { issuesOf } from '../zone/support.ts'
import { conditionOf, probeOf } from './support.ts'

/** Returns the issues of a check that the zone names `x` and uses. */
const issuesOfCheck = (check: unknown): string[] =>
  issuesOf(documentOf({ www: { A: { kind: 'pool', check: 'x', members: ['192.0.2.1'] } } }, { checks: { x: check } }))

const tcp = { kind: 'tcp', port: 443 }
const http = { kind: 'http' }
const https = { kind: 'https' }

describe('an invalid value is reported with its path', () => {
  const bad: [check: object, field: string, message: RegExp][] = [
    [{ kind: 'snmp' }, 'kind', /there is no kind "snmp"; expected one of "tcp", "tls", "http"/],
    [{}, 'kind', /expected a check whose "kind" is one of/],
    [{ kind: 'tcp' }, 'port', /"port" is missing/],
    [{ ...tcp, prot: 1 }, 'prot', /unknown field "prot"; expected "port"$/],
    ...[0, 65_536, 80.5, '80', null].map((port) => [{ ...tcp, port }, 'port', /whole number from 1 to 65535/] as never),
    ...[0, 0.05, 86_401, '25h', '', 'soon', true].map(
      (interval) => [{ ...tcp, interval }, 'interval', /expected seconds from 0.1 to 86400, or units/] as never,
    ),
    [{ ...tcp, timeout: 0 }, 'timeout', /expected seconds from 0.1/],
    [{ ...tcp, timeout: 31 }, 'timeout', /timeout of at most 30 seconds/],
    [{ ...tcp, timeout: '1m' }, 'timeout', /timeout of at most 30 seconds/],
    ...[0, 1001, 1.5, '2'].map((fall) => [{ ...tcp, fall }, 'fall', /whole number from 1 to 1000/] as never),
    [{ ...tcp, rise: 0 }, 'rise', /whole number from 1 to 1000/],
    [{ ...tcp, first: 'up' }, 'first', /"decides" or "counts"/],
    [{ ...tcp, initially: 'unknown' }, 'initially', /"up" or "down"/],
    [{ ...tcp, damping: { within: 1, hold: 1 } }, 'damping / changes', /"changes" is missing/],
    [{ ...tcp, damping: { changes: 0, within: 1, hold: 1 } }, 'damping / changes', /from 1 to 1000/],
    [{ ...tcp, damping: { changes: 1, within: 'x', hold: 1 } }, 'damping / within', /expected seconds/],
    [{ ...tcp, damping: { changes: 1, within: 1, hold: 90_000 } }, 'damping / hold', /expected seconds/],
    [{ ...tcp, from: [] }, 'from', /empty; expected at least one name/],
    [{ ...tcp, from: 'cron' }, 'from', /./],
    [{ ...tcp, from: ['Agent 1'] }, 'from / 0', /names like "cron"/],
    ...[0, 101, 'most', 1.5].map((quorum) => [{ ...tcp, quorum }, 'quorum', /"any", "majority", "all" or/] as never),
    [{ ...tcp, target: '' }, 'target', /an address or a host name/],
    [{ ...tcp, target: 5 }, 'target', /an address or a host name/],
    [{ ...tcp, send: 5 }, 'send', /text/],
    [{ ...tcp, expect: 'OK' }, 'expect', /expected/],
    [{ ...tcp, expect: { contains: '' } }, 'expect / contains', /at least one character/],
    [{ ...tcp, expect: { contains: 'x'.repeat(1001) } }, 'expect / contains', /expected at most 1000 characters/],
    [{ ...tcp, expect: { matches: '(' } }, 'expect / matches', /not a pattern: .*; expected the syntax of RE2/],
    [{ ...tcp, expect: { matches: '(?=x)' } }, 'expect / matches', /not a pattern/],
    [{ ...tcp, expect: { matches: 'x'.repeat(1001) } }, 'expect / matches', /at most 1000 characters/],
    [{ ...tcp, expect: { contains: 'a', matches: 'b' } }, 'expect / contains', /unknown field/],
    [{ ...http, path: 'health' }, 'path', /expected a path like/],
    [{ ...http, path: '/a b' }, 'path', /expected a path like/],
    [{ ...http, path: '/a\r\nX: y' }, 'path', /expected a path like/],
    [{ ...http, method: 'PUT' }, 'method', /GET, HEAD, POST or OPTIONS/],
    ...['', 'a b', 'http://x/', 'x\r\ny', 'x:port', 'münchen.example'].map(
      (host) => [{ ...http, host }, 'host', /expected a name like "www.example.com"/] as never,
    ),
    [{ ...http, headers: ['X'] }, 'headers', /expected an object of headers/],
    [{ ...http, headers: { X: 'a\nb' } }, 'headers / X', /printable ASCII/],
    [{ ...http, headers: { X: 'ü' } }, 'headers / X', /printable ASCII/],
    [{ ...http, headers: { 'X Y': 'a' } }, 'headers', /"X Y" is not the name of a header/],
    [{ ...http, headers: { 'X:': 'a' } }, 'headers', /is not the name of a header/],
    [{ ...http, headers: { '': 'a' } }, 'headers', /is not the name of a header/],
    ...[99, 600, 200.5, '2xx', '299-200', '200-600', '', {}].map(
      (status) => [{ ...http, status }, 'status', /expected a status from 100 to 599, or a range/] as never,
    ),
    [{ ...http, status: [] }, 'status', /expected a status/],
    [{ ...http, status: [200, 99] }, 'status / 1', /expected a status/],
    [{ ...http, bytes: -1 }, 'bytes', /whole number from 0/],
    [{ ...http, bytes: 1_048_577 }, 'bytes', /whole number from 0 to 1048576/],
    [{ ...http, userAgent: 'a\r\nb' }, 'userAgent', /printable ASCII/],
    [{ ...http, redirects: true }, 'redirects', /"follow" or "refuse"/],
    [{ ...http, weight: 'header' }, 'weight', /"body"/],
    [{ ...http, load: 'header' }, 'load', /"body" or \{ "json": "load.current" \}/],
    [{ ...http, load: { json: 'a..b' } }, 'load / json', /up to 8 names with dots between them/],
    [{ ...http, load: {} }, 'load / json', /"json" is missing/],
    [{ kind: 'push', load: 'body' }, 'load', /unknown field/],
    [{ ...http, verify: true }, 'verify', /unknown field/],
    [{ ...https, verify: 'no' }, 'verify', /true or false/],
    [{ ...https, serverName: '' }, 'serverName', /expected a name like/],
    [{ kind: 'push', interval: 5 }, 'interval', /unknown field/],
    [{ kind: 'push', silent: 599 }, 'silent', /at least 600 seconds/],
    [{ kind: 'calculated', of: [], need: 'all' }, 'of', /empty; expected at least one name/],
    [{ kind: 'calculated', of: ['x'] }, 'need', /"need" is missing/],
    [{ kind: 'calculated', of: ['x'], need: 'most' }, 'need', /"any", "all", "none" or a whole number/],
    [{ kind: 'calculated', of: ['x'], need: -1 }, 'need', /"any", "all", "none" or a whole number/],
  ]
  test.each(bad)('%j', (check, field, message) => {
    const issues = issuesOfCheck(check)
    expect(issues).toHaveLength(1)
    expect(issues[0]).toMatch(message)
    expect(issues[0]?.split(': ')[0]).toBe(`checks / x / ${field}`)
  })
  test.each<[string, unknown, string, RegExp]>([
    [
      'the kind of a check written out',
      { kind: 'snmp' },
      'check / kind',
      /there is no kind "snmp"; expected one of "tcp"/,
    ],
    ['a field of it', { kind: 'tcp', port: 0 }, 'check / port', /from 1 to 65535/],
    ['a name that there is not', 'y', 'members / 0', /there is no check "y"; expected "x"/],
    ['a number', 5, 'check', /expected/],
    ['none', [], 'check', /expected at least one check/],
    ['one of several', ['x', { kind: 'tcp' }], 'check / 1 / port', /"port" is missing/],
    ['a push written out', { kind: 'push' }, 'members / 0', /reported by its name; expected it in "checks"/],
    ['the body of a HEAD', { ...http, method: 'HEAD', body: { contains: 'x' } }, 'members / 0', /HEAD has no body/],
    ['the load of a HEAD', { ...http, method: 'HEAD', load: 'body' }, 'members / 0', /HEAD has no body/],
    ['the weight of a HEAD', { ...http, method: 'HEAD', weight: 'body' }, 'members / 0', /HEAD has no body/],
  ])('in a pool: %s', (_what, check, path, message) => {
    const issues = issuesOf(
      documentOf({ www: { A: { kind: 'pool', check, members: ['192.0.2.1'] } } }, { checks: { x: tcp } }),
    )
    expect(issues).toHaveLength(1)
    expect(issues[0]).toMatch(message)
    expect(issues[0]?.split(': ')[0]).toBe(`records / www / A / ${path}`)
  })
  test('valid values are accepted', () => {
    const good = [
      {
        ...tcp,
        interval: 0.1,
        timeout: '30s',
        fall: 1000,
        send: '',
        expect: { matches: '^220 ' },
        from: ['cron'],
        quorum: 1,
      },
      {
        ...http,
        status: [200, '300-399', '404'],
        headers: { 'X-A_b~1': '\tx "y"' },
        host: '[2001:db8::1]:80',
        body: { contains: 'ü' },
      },
      {
        ...https,
        host: 'www.example.com:8443',
        serverName: 'WWW.example.com',
        verify: false,
        bytes: 0,
        method: 'HEAD',
      },
      { kind: 'tls', target: 'probe.example.com', damping: { changes: 3, within: '1h', hold: '10m' } },
      { kind: 'push', silent: '10m', initially: 'down' },
      { kind: 'calculated', of: ['y'], need: 0 },
    ]
    for (const check of good) {
      const more = { checks: { x: check, y: tcp } }
      expect(issuesOf(documentOf({ www: { A: { kind: 'pool', check: 'x', members: ['192.0.2.1'] } } }, more))).toEqual(
        [],
      )
    }
  })
  test.each([
    [{ staleAfter: -1 }, 'health / staleAfter'],
    [{ staleAfter: 599 }, 'health / staleAfter'],
    [{ staleAfter: 'long' }, 'health / staleAfter'],
    [{ whenStale: 'down' }, 'health / whenStale'],
    [{ stale: 1 }, 'health / stale'],
  ])('of the zone: %j', (health, path) => {
    const issues = issuesOf(documentOf({}, { health }))
    expect(issues).toHaveLength(1)
    expect(issues[0]).toMatch(/expected/)
    expect(issues[0]?.split(': ')[0]).toBe(path)
  })
})

// --- identity -----------------------------------------------------------------------------------------------------

const checksOf = (named: Checks['named'], stale: Checks['stale'] = { after: 900, policy: 'keep' }): Checks => ({
  zone: 'example.com',
  named,
  stale,
})
/** The probe of a check that a zone has, as the zone's own schema reads it. */
function probeFor(check: object, own = '192.0.2.1', name = 'x'): Probe {
  const zone = documentOf(
    { www: { A: { kind: 'pool', check: name, members: [{ answer: '192.0.2.1', target: own }] } } },
    { checks: { [name]: check } },
  )
  const [condition] = must(compileZone(zone)).zone.conditions
  if (!condition) throw new Error('no probe')
  return condition.probe
}
const idOf = (check: object, own?: string, name?: string): string => probeFor(check, own, name).id

describe('equal requests to equal targets are one probe', () => {
  const full = {
    ...{ kind: 'https', interval: 30, timeout: 4, fall: 3, rise: 4, first: 'counts', quorum: 'all', from: ['a', 'b'] },
    ...{ damping: { changes: 3, within: 60, hold: 90 }, port: 8443, method: 'POST', path: '/p', host: 'h.example' },
    ...{
      headers: { A: '1', B: '2', 10: 'ten', 9: 'nine' },
      status: [200, '300-399'],
      body: { contains: 'ok' },
      bytes: 100,
    },
    ...{ userAgent: 'me', redirects: 'follow', weight: 'body', serverName: 's.example', verify: false },
  }
  /** The same value, its fields in any order. */
  const shuffled = (value: unknown, seed: number): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner, seed)] as const)
    return Object.fromEntries(
      entries.sort(([a], [b]) => ((a.length * 7 + seed) % 5) - ((b.length * 7 + seed) % 5) || (seed % 2 ? 1 : -1)),
    )
  }
  test('the order of fields does not matter', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(idOf(shuffled(full, seed) as object)).toBe(idOf(full))
      }),
      { numRuns: 50 },
    )
    expect(idOf({ ...full, headers: { B: '2', A: '1', 9: 'nine', 10: 'ten' } })).toBe(idOf(full))
    expect(idOf({ ...full, damping: { hold: 90, within: 60, changes: 3 } })).toBe(idOf(full))
  })
  test.each<[string, object, object, string?, string?]>([
    ['units of time', { ...tcp, interval: '1m' }, { ...tcp, interval: 60 }],
    [
      'what is usual, written out',
      tcp,
      { ...tcp, interval: 60, timeout: 5, fall: 2, rise: 2, first: 'decides', quorum: 'majority' },
    ],
    ['the usual port', http, { ...http, port: 80 }],
    [
      'the usual of http',
      http,
      {
        ...http,
        method: 'GET',
        path: '/',
        status: 200,
        redirects: 'refuse',
        headers: {},
        bytes: 65_536,
        userAgent: 'edge-gslb',
        host: '192.0.2.1',
      },
    ],
    ['a status as text', { ...http, status: '200' }, { ...http, status: [200] }],
    [
      'the names of vantage points in any order, and twice',
      { ...tcp, from: ['b', 'a', 'b'] },
      { ...tcp, from: ['a', 'b'] },
    ],
    ['what it counts as at first', tcp, { ...tcp, initially: 'down' }],
    ['a port with the target', { ...tcp, port: 80 }, { ...tcp, port: 81 }, '192.0.2.1:80'],
    ['the case of a host', { ...tcp, target: 'Probe.Example.COM.' }, { ...tcp, target: 'probe.example.com' }],
    ['another spelling of an address', tcp, tcp, '2001:DB8:0::1', '2001:db8::1'],
    ['brackets', tcp, tcp, '[2001:db8::1]', '2001:db8::1'],
  ])('%s: the same', (_what, a, b, ownA, ownB = ownA) => {
    expect(idOf(a, ownA)).toBe(idOf(b, ownB))
  })
  test('the name of a check is part of the identity of a pushed probe only', () => {
    expect(idOf(tcp, undefined, 'x')).toBe(idOf(tcp, undefined, 'y'))
    expect(idOf({ kind: 'push' }, undefined, 'x')).not.toBe(idOf({ kind: 'push' }, undefined, 'y'))
  })
  test('any difference makes another probe', () => {
    const others: object[] = [
      { kind: 'http' },
      ...Object.entries({
        ...{ interval: 31, timeout: 5, fall: 2, rise: 3, first: 'decides', quorum: 'any', from: ['a', 'c'] },
        ...{ port: 8444, method: 'GET', path: '/q', host: 'i.example', headers: { A: '1', B: '3' }, status: 200 },
        ...{ body: { matches: 'ok' }, bytes: 101, userAgent: 'you', redirects: 'refuse', weight: undefined },
        ...{ serverName: 't.example', verify: true, target: '192.0.2.2' },
      }).map(([field, value]) => ({ [field]: value })),
      ...[{ changes: 4 }, { within: 61 }, { hold: 91 }].map((one) => ({ damping: { ...full.damping, ...one } })),
      { headers: { A: '1' } },
      { headers: { A: '1', C: '2' } },
      { damping: undefined },
      { from: undefined },
    ]
    const ids = others.map((more) => {
      const check = JSON.parse(
        JSON.stringify({ ...full, ...more, ...('kind' in more && { verify: undefined, serverName: undefined }) }),
      )
      return 'target' in more ? idOf(check, '192.0.2.2') : idOf(check)
    })
    expect(new Set([idOf(full), ...ids]).size).toBe(others.length + 1)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{16}$/)
  })
  test('different targets are different probes', () => {
    const ids = ['192.0.2.1', '192.0.2.2', '192.0.2.1:81', '2001:db8::1', 'a.example.com', 'b.example.com'].map((own) =>
      idOf(tcp, own),
    )
    expect(new Set(ids).size).toBe(6)
  })
  test('equal checks of records, pools and zones share one probe', () => {
    const pool = (members: unknown[], check: unknown = 'web') => ({ kind: 'pool', check, members })
    const zone = must(
      compileZone(
        documentOf(
          {
            a: { A: pool(['192.0.2.1', '192.0.2.2']), AAAA: pool([{ answer: '2001:db8::1', target: '192.0.2.1' }]) },
            b: { A: pool([['192.0.2.1', '192.0.2.2']]) },
            c: { A: pool(['192.0.2.1'], tcp) },
            d: { A: pool(['192.0.2.1'], 'other') },
            e: { A: pool(['192.0.2.1'], { kind: 'calculated', of: ['web', 'other'], need: 'any' }) },
          },
          { checks: { web: tcp, other: { ...tcp, port: 80 } } },
        ),
      ),
    ).zone
    expect(distinctProbes(zone.conditions).map(formatTarget).sort()).toEqual([
      '192.0.2.1:443',
      '192.0.2.1:80',
      '192.0.2.2:443',
    ])
    expect(zone.conditions.map(({ check, target }) => `${check} ${target}`).sort()).toEqual([
      ...['example.com/other 192.0.2.1:80', 'example.com/tcp 192.0.2.1:443'],
      ...['example.com/web 192.0.2.1:443', 'example.com/web 192.0.2.2:443'],
    ])
  })
})

// --- targets ------------------------------------------------------------------------------------------------------

describe('targets', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1:443'],
    ['192.0.2.1:8080', '192.0.2.1:8080'],
    ['2001:db8::1', '[2001:db8::1]:443'],
    ['2001:db8:0:0::1', '[2001:db8::1]:443'],
    ['[2001:db8::1]', '[2001:db8::1]:443'],
    ['[2001:db8::1]:1', '[2001:db8::1]:1'],
    ['::ffff:192.0.2.1', '[::ffff:c000:201]:443'],
    ['probe.example.com', 'probe.example.com:443'],
    ['Probe.Example.com.:65535', 'probe.example.com:65535'],
    ['_http._tcp.example.com', '_http._tcp.example.com:443'],
    ['localhost:80', 'localhost:80'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example:443'],
    [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example:443`],
  ])('%s is %s', (text, expected) => {
    expect(formatTarget(must(parseTarget(text, 443)))).toBe(expected)
  })
  test.each([
    ...[
      '',
      ':80',
      '192.0.2.1:',
      '192.0.2.1:0',
      '192.0.2.1:65536',
      '192.0.2.1:080000',
      '192.0.2.256',
      '192.0.2',
      '1.2.3.4.5',
      '1',
    ],
    ...[
      '2001:db8::1:',
      '[2001:db8::1',
      '2001:db8::1]:80',
      '[probe.example.com]:80',
      '[2001:db8::1]80',
      ':::',
      '[]:80',
      '[]',
    ],
    ...[
      'a..b',
      '-a.example',
      'a-.example',
      '*.example.com',
      'a b',
      'bücher.example',
      'http://a/',
      'a/b',
      'a:b',
      'a:80:90',
      '.',
    ],
    ...[`${'a'.repeat(64)}.example`, `${'abcdefg.'.repeat(32)}example`],
  ])('%j is not a target', (text) => {
    const parsed = parseTarget(text, 443)
    expect(parsed.ok ? formatTarget(parsed.value) : parsed.error).toMatch(
      /is not a target; expected an address or a host name/,
    )
  })
  test('a push target has no port unless the text has one', () => {
    expect(must(parseTarget('192.0.2.1', 0))).toEqual({ host: '192.0.2.1', port: 0 })
    expect(must(parseTarget('192.0.2.1:80', 0))).toEqual({ host: '192.0.2.1', port: 80 })
    expect(formatTarget({ host: '2001:db8::1', port: 0 })).toBe('2001:db8::1')
  })
  test.each<[string, string | undefined, string | undefined, Partial<CheckDocument>, string]>([
    ['the record', '192.0.2.1', undefined, {}, '192.0.2.1:443'],
    ['the check, before the record', '192.0.2.1', undefined, { target: 'a.example' }, 'a.example:443'],
    ['the member, before both', '192.0.2.1', 'b.example:1', { target: 'a.example' }, 'b.example:1'],
    ['the member alone', undefined, 'b.example', {}, 'b.example:443'],
  ])('what is probed: %s', (_what, own, target, more, expected) => {
    const condition = must(compileCheck({ ...tcp, ...more } as CheckDocument, own, target, checksOf({})))
    expect(condition).toMatchObject({ kind: 'probe', check: 'example.com/tcp', target: expected })
  })
  test('a record without a target is refused', () => {
    const result = compileCheck(tcp as CheckDocument, undefined, undefined, checksOf({}))
    expect(result.ok ? 'ok' : result.error).toMatch(/has no address to probe; expected a "target"/)
  })
  const recordCases: [type: string, data: string, expected: string][] = [
    ['A', '192.0.2.1', '192.0.2.1:443'],
    ['AAAA', '2001:db8::1', '[2001:db8::1]:443'],
    ['CNAME', 'web.example.net.', 'web.example.net:443'],
    ['CNAME', 'Web', 'web.example.com:443'],
    ['MX', '10 mail', 'mail.example.com:443'],
    ['PTR', 'host.example.net.', 'host.example.net:443'],
    ['SRV', '1 2 5060 sip', 'sip.example.com:5060'],
    ['NS', 'ns1', 'ns1.example.com:443'],
    ['ALIAS', 'Web', 'web.example.com:443'],
    ['HTTPS', '1 svc alpn="h2,h3"', 'svc.example.com:443'],
    ['HTTPS', '1 svc alpn=h2 port=8443', 'svc.example.com:8443'],
    ['HTTPS', '1 . port=8443', 'www.example.com:8443'],
    ['SVCB', '0 svc port=8443', 'svc.example.com:443'],
    ['NAPTR', '1 1 "a" "x y" "" sip', 'sip.example.com:443'],
  ]
  test.each(recordCases)('a record of type %s, %s: %s', (type, data, expected) => {
    const { zone } = must(compileZone(documentOf({ www: { [type]: { kind: 'pool', check: tcp, members: [data] } } })))
    expect(zone.conditions.map(({ target }) => target)).toEqual([expected])
  })
  test.each([
    ['TXT', '"x"'],
    ['CAA', '0 issue "x"'],
    ['MX', '0 .'],
    ['SRV', '0 0 0 .'],
    ['HTTPS', '0 .'],
    ['NAPTR', '1 1 "s" "" "" _sip._tcp'],
    ['NAPTR', '1 1 "u" "" "!a!b!" .'],
    ['NAPTR', '1 1 "a" "" "" .'],
  ])('a record of type %s, %s, leads to nothing', (type, data) => {
    expect(issuesOf(documentOf({ www: { [type]: { kind: 'pool', check: tcp, members: [data] } } })).join()).toMatch(
      /has no address to probe/,
    )
  })
})

describe('defaults', () => {
  test('the default timeout is at most the interval, and at least a second', () => {
    const timeout = (interval: number) => probeFor({ ...tcp, interval }).timeout
    expect([0.1, 1, 3, 5, 60].map(timeout)).toEqual([1, 1, 3, 5, 5])
  })
  test.each<[object, string, object]>([
    [https, '192.0.2.1', { host: '192.0.2.1', serverName: undefined, verify: true }],
    [https, '2001:db8::1', { host: '[2001:db8::1]', serverName: undefined }],
    [https, 'a.example:8443', { host: 'a.example:8443', serverName: 'a.example' }],
    [{ ...https, port: 8443 }, '2001:db8::1', { host: '[2001:db8::1]:8443' }],
    [
      { ...https, host: 'WWW.example.com:8443' },
      '192.0.2.1',
      { host: 'WWW.example.com:8443', serverName: 'www.example.com' },
    ],
    [{ ...https, host: '[2001:db8::1]:8443' }, '192.0.2.1', { serverName: undefined }],
    [
      { ...https, host: 'a.example', serverName: 'b.example', verify: false },
      '192.0.2.1',
      { host: 'a.example', serverName: 'b.example', verify: false },
    ],
    [http, '192.0.2.1:8080', { host: '192.0.2.1:8080', serverName: undefined }],
    [{ kind: 'tls' }, '192.0.2.1', { serverName: undefined, verify: true }],
    [{ kind: 'tls', serverName: 'A.example' }, '192.0.2.1', { serverName: 'a.example' }],
    [{ kind: 'tls' }, 'a.example', { serverName: 'a.example' }],
  ])('%j of %s', (check, own, expected) => {
    expect(probeFor(check, own).action).toMatchObject(expected)
  })
  test('a push has its own vantage point, counts at once, and is silent after its own time', () => {
    const push = must(compileCheck('p', '192.0.2.1', undefined, checksOf({ p: { kind: 'push', silent: 700 } })))
    expect(push).toMatchObject({
      stale: { after: 700, policy: 'keep' },
      target: '192.0.2.1',
      probe: { fall: 1, rise: 1, from: ['push'], port: 0 },
    })
    const other = must(
      compileCheck('p', '192.0.2.1', undefined, checksOf({ p: { kind: 'push' } }, { after: 60, policy: 'up' })),
    )
    expect(other).toMatchObject({ stale: { after: 60, policy: 'up' } })
  })
})

// --- where it can be run ------------------------------------------------------------------------------------------

describe('what a platform cannot probe', () => {
  const CLOUDFLARE = /address of Cloudflare.*; expected an agent/
  const PRIVATE = /is not a public address; expected an agent/
  const NO_NAME = /there is no name to verify the certificate of .* by; expected a host name as "target"/
  const NO_SNI = /cannot use TLS as .*; expected a host name as "target", or an agent/
  const rows: [check: object, own: string, edge: RegExp | null, workerd: RegExp | null][] = [
    [tcp, '192.0.2.1', null, null],
    [tcp, '2001:db8::1', null, null],
    [tcp, 'a.example', null, null],
    [tcp, '10.0.0.1', PRIVATE, null],
    [tcp, '127.0.0.1', PRIVATE, null],
    [tcp, '169.254.1.1', PRIVATE, null],
    [tcp, '100.64.0.1', PRIVATE, null],
    [tcp, 'fd00::1', PRIVATE, null],
    [tcp, '::ffff:10.0.0.1', PRIVATE, null],
    [tcp, 'localhost', /localhost is not a public name; expected an agent/, null],
    [tcp, 'intranet', /intranet is not a public name/, null],
    [tcp, '104.16.0.1', CLOUDFLARE, null],
    [tcp, '104.15.255.255', null, null],
    [tcp, '172.71.255.255', CLOUDFLARE, null],
    [tcp, '172.72.0.0', null, null],
    [tcp, '2606:4700::1', CLOUDFLARE, null],
    [{ kind: 'tcp', port: 25 }, '192.0.2.1', /port 25; expected an agent/, null],
    [{ kind: 'tcp', port: 25 }, 'a.example', /port 25; expected an agent/, null],
    [http, '192.0.2.1', null, null],
    [{ ...http, host: 'www.example.com' }, '192.0.2.1', null, null],
    [{ kind: 'tls' }, 'a.example', null, null],
    [{ kind: 'tls' }, '192.0.2.1', NO_NAME, NO_NAME],
    [{ kind: 'tls', serverName: 'a.example' }, '192.0.2.1', NO_SNI, null],
    [{ kind: 'tls', serverName: 'b.example' }, 'a.example', NO_SNI, null],
    [https, 'a.example', null, null],
    [{ ...https, host: 'A.example' }, 'a.example', null, null],
    [{ ...https, host: 'a.example:8443', port: 8443 }, 'a.example', null, null],
    [{ ...https, host: 'b.example' }, 'a.example', NO_SNI, null],
    [{ ...https, host: 'b.example', serverName: 'a.example' }, 'a.example', NO_SNI, null],
    [https, '192.0.2.1', NO_NAME, NO_NAME],
    [{ ...https, host: 'a.example' }, '192.0.2.1', NO_SNI, null],
    [{ kind: 'push' }, '10.0.0.1', null, null],
  ]
  const cases = rows.flatMap(([check, own, edge, workerd]) =>
    (
      [
        ['edge', edge],
        ['workerd', workerd],
        ['agent', null],
      ] as [Platform, RegExp | null][]
    ).map(([platform, why]) => [check, own, platform, why] as const),
  )
  test.each(cases)('%j of %s, %s: %s', (check, own, platform, why) => {
    const told = probeBlocker(probeFor(check, own), platform)
    if (why) expect(told).toMatch(why)
    else expect(told).toBeUndefined()
  })
  test('the vantage points of each probe', () => {
    const own = ['weur', 'enam']
    expect(isProbedFrom(probeOf('a'), 'weur', own)).toBe(true)
    expect(isProbedFrom(probeOf('a'), 'agent-1', own)).toBe(false)
    expect(isProbedFrom(probeOf('a', { from: ['enam'] }), 'weur', own)).toBe(false)
    expect(isProbedFrom(probeOf('a', { from: ['agent-1'] }), 'agent-1', own)).toBe(true)
    expect(isForAgent(probeOf('a', { from: ['agent-1'] }), 'agent-1', 'edge')).toBe(true)
    expect(isForAgent(probeOf('a', { from: ['agent-2'], host: '10.0.0.1' }), 'agent-1', 'edge')).toBe(false)
    expect(isForAgent(probeOf('a'), 'agent-1', 'edge')).toBe(false)
    expect(isForAgent(probeOf('a', { host: '10.0.0.1' }), 'agent-1', 'edge')).toBe(true)
    expect(isForAgent(probeOf('a', { host: '10.0.0.1' }), 'agent-1', 'workerd')).toBe(false)
  })
  test.each<[string, string[] | undefined, string, RegExp | undefined]>([
    ['the Worker, which can', undefined, '192.0.2.1', undefined],
    ['the Worker, which cannot', undefined, '10.0.0.1', /not a public address/],
    ['a region, which can', ['weur'], '192.0.2.1', undefined],
    ['a region, which cannot', ['weur'], '10.0.0.1', /not a public address/],
    ['an agent', ['agent-1'], '10.0.0.1', undefined],
    ['a region, which cannot, and an agent', ['agent-1', 'weur'], '10.0.0.1', undefined],
    [
      'an agent that is not known',
      ['agnet-1'],
      '192.0.2.1',
      /\(agnet-1\) are not here; expected some of weur, agent-1/,
    ],
    ['the cron where regions probe', ['cron'], '192.0.2.1', /\(cron\) are not here/],
  ])('the reason why no vantage point probes a check for %s', (_who, from, host, why) => {
    const told = whyUnprobed(probeOf('a', { host, ...(from && { from }) }), {
      ...{ platform: 'edge', defaultVantages: ['weur'], vantages: ['weur', 'agent-1', 'push'] },
    })
    if (why) expect(told).toMatch(why)
    else expect(told).toBeUndefined()
  })
  test('each probe is listed once', () => {
    expect(
      distinctProbes([conditionOf('a'), conditionOf('b'), conditionOf('a', { check: 'x/y' })]).map(({ id }) => id),
    ).toEqual(['a', 'b'])
  })
})
