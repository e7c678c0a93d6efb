import { describe, expect, test } from 'vitest'
import { check } from '../../../src/cli/zones/check.ts'
import { formatName, type Name } from '../../../src/dns/index.ts'
import { type CompileOptions, compileSource, formatDiagnostic } from '../../../src/zonefile/index.ts'
import { folderWith, recorder } from '../cli/support.ts'
import { must } from '../support.ts'
import { compileText } from './support.ts'

const told = (file: string, text: string, options: CompileOptions = {}): string[] => {
  const compiled = compileSource({ file, text }, () => ({ ok: false, error: 'no includes' }), options)
  const found = compiled.ok ? compiled.value.warnings : compiled.error
  return found.map((one) => formatDiagnostic(one).replace(/^[^:]*:/, ''))
}

const HEAD = '$TTL 60\n@ SOA ns host 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n'
const toldOfLua = (code: string, options: CompileOptions = {}): string[] =>
  told('example.com.zone', `${HEAD}www LUA A "${code}"\n`, options)

const SOA = { mname: 'ns', rname: 'host', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
const toldOfJson = (answer: unknown, more: object = {}, options: CompileOptions = {}): string[] => {
  const records = { '@': { NS: 'ns' }, ns: { A: '192.0.2.53' }, www: { A: answer } }
  const text = JSON.stringify({ origin: 'example.com.', ttl: 300, soa: SOA, ...more, records })
  return told('example.com.json', text, options).map((line) => line.replace(/^1:\d+: /, ''))
}

describe('clients that get SERVFAIL', () => {
  const V4 = "{{'0.0.0.0/0'}, {'192.0.2.1'}}"
  const V6 = "{{'::/0'}, {'192.0.2.1'}}"
  const TEN = "{{'10.0.0.0/8'}, {'192.0.2.2'}}"
  const missing = (who: string, add: string) =>
    `5:9: warning: ${who} are in none of the networks and get SERVFAIL; expected a last rule for ${add}`
  test.each([
    [`view({${TEN}, ${V4}})`, [missing('IPv6 clients', '::/0')]],
    [`view({${TEN}, ${V6}})`, [missing('other IPv4 clients', '0.0.0.0/0')]],
    [`view({${TEN}})`, [missing('other IPv4 clients and IPv6 clients', '0.0.0.0/0 and ::/0')]],
    [`view({{{'2001:db8::/32'}, {'192.0.2.2'}}, ${V4}})`, [missing('other IPv6 clients', '::/0')]],
    [`view({${TEN}, ${V4}, ${V6}})`, []],
    [`view({${TEN}, {{'0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1'}, {'192.0.2.1'}}})`, []],
  ])('%s', (code, warnings) => expect(toldOfLua(code)).toEqual(warnings))

  test('a map of networks has the warning too, unless it has "otherwise"', () => {
    expect(toldOfJson({ kind: 'networks', networks: { '10.0.0.0/8': '192.0.2.1' } })).toHaveLength(1)
    expect(toldOfJson({ kind: 'networks', networks: { '10.0.0.0/8': '192.0.2.1' }, otherwise: '192.0.2.2' })).toEqual(
      [],
    )
  })

  test('a view inside another answer has the warning too', () => {
    expect(toldOfLua(`view({${V6}, {{'0.0.0.0/0'}, {view({${V6}})}}})`)).toHaveLength(1)
  })
})

describe('records of DNSSEC that RFC 8624 and RFC 9904 advise against', () => {
  const DIGEST = 'AB'.repeat(32)
  test.each<[string, string[]]>([
    [`DS 1 13 2 ${DIGEST}`, []],
    [`DS 1 8 4 ${'AB'.repeat(48)}`, []],
    [
      `DS 1 7 2 ${DIGEST}`,
      ['DS has algorithm 7, which must not sign: SHA-1; expected a key of algorithm 13 or 15 (RFC 8624)'],
    ],
    [`DS 1 13 1 ${'AB'.repeat(20)}`, ['DS has the digest SHA-1, which RFC 8624 forbids; expected digest 2']],
    [
      'DNSKEY 256 3 5 AwEAAQ==',
      ['DNSKEY has algorithm 5, which must not sign: SHA-1; expected a key of algorithm 13 or 15 (RFC 8624)'],
    ],
    [
      'CDNSKEY 257 3 10 AwEAAQ==',
      ['CDNSKEY has algorithm 10, which is not recommended; expected a key of algorithm 13 or 15 (RFC 8624)'],
    ],
  ])('%s', (record, warnings) => {
    const owner = record.startsWith('DS') ? 'sub NS ns.example.net.\nsub' : '@'
    const found = told('example.com.zone', `${HEAD}${owner} ${record}\n`)
    expect(found.map((line) => line.replace(/^[\d:]* warning: /, ''))).toEqual(warnings)
  })
})

describe('networks with mistakes', () => {
  const all = "{{'0.0.0.0/0', '::/0'}, {'192.0.2.9'}}"
  test.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['192.0.2.129/25', '192.0.2.128/25'],
  ])('%s has host bits', (text, network) => {
    expect(toldOfLua(`view({{{'${text}'}, {'192.0.2.1'}}, ${all}})`)).toEqual([
      `5:12: warning: ${text} has bits beyond its prefix length, which are ignored; expected ${network}`,
    ])
  })

  test.each(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1', '::ffff:192.0.2.0/120'])(
    '%s has no host bits',
    (text) => {
      expect(toldOfLua(`view({{{'${text}'}, {'192.0.2.1'}}, ${all}})`)).toEqual([])
    },
  )

  const dead = (rule: number) =>
    `5:12: warning: rule ${rule} of the view never matches: rules before it have all of its networks; expected it before them`
  test.each([
    ["{{'10.0.0.0/8'}, {'192.0.2.1'}}, {{'10.1.0.0/16'}, {'192.0.2.2'}}", [dead(2)]],
    ["{{'10.1.0.0/16'}, {'192.0.2.1'}}, {{'10.0.0.0/8'}, {'192.0.2.2'}}", []],
    ["{{'10.0.0.0/9', '10.128.0.0/9'}, {'192.0.2.1'}}, {{'10.0.0.0/8'}, {'192.0.2.2'}}", [dead(2)]],
    ["{{'10.0.0.0/9'}, {'192.0.2.1'}}, {{'10.128.0.0/9'}, {'192.0.2.3'}}, {{'10.0.0.0/8'}, {'192.0.2.2'}}", [dead(3)]],
  ])('rules %s', (rules, warnings) => expect(toldOfLua(`view({${rules}, ${all}})`)).toEqual(warnings))
})

describe('checks', () => {
  const TWO = "{'198.51.100.1', '198.51.100.2'}"
  const late = (timeout: number, interval: number) =>
    `the timeout, ${timeout} s, is above the interval, ${interval} s, so that probes of a target that hangs come late; expected at most ${interval} s`
  const stranger = (name: string) =>
    `"${name}" is not the cron, not a region, and not an agent in AGENT_KEYS here; expected an agent of that name at the Worker`

  test.each([
    [`ifurlup('http://a.example/', ${TWO}, {timeout=9})`, [`5:12: warning: ${late(9, 5)}`]],
    [`ifurlup('http://a.example/', ${TWO}, {timeout=9, interval=9})`, []],
    [`ifportup(80, ${TWO}, {interval=1})`, [`5:12: warning: ${late(2, 1)}`]],
    [`ifportup(80, ${TWO}, {from='agent-1,weur'})`, [`5:12: advice: ${stranger('agent-1')}`]],
    [`ifportup(80, ${TWO})`, []],
  ])('%s', (code, warnings) => expect(toldOfLua(code)).toEqual(warnings))

  test('an agent with a key here causes no advice', () => {
    expect(toldOfLua(`ifportup(80, ${TWO}, {from='agent-1'})`, { agents: ['agent-1'] })).toEqual([])
  })

  const pool = { kind: 'pool', members: ['198.51.100.1', '198.51.100.2'] }
  const unchecked = (kind: string) =>
    `warning: no member of the ${kind} has a check, so that all count as up; expected a "check"`
  test.each<[string, object, string[]]>([
    ['a pool without a check', pool, [unchecked('pool')]],
    [
      'a failover without a check',
      { kind: 'failover', pools: ['198.51.100.1', '198.51.100.2'] },
      [unchecked('failover')],
    ],
    ['one that has a pool with a check', { kind: 'failover', pools: [{ ...pool, check: 'web' }, '198.51.100.9'] }, []],
    ['a check of one member', { ...pool, members: ['198.51.100.1', { answer: '198.51.100.2', check: 'web' }] }, []],
    ['a pool with a check', { ...pool, check: 'web' }, []],
    ['a timeout', { ...pool, check: { kind: 'tcp', port: 80, interval: 3, timeout: 10 } }, [`warning: ${late(10, 3)}`]],
    ['a latency below the timeout', { ...pool, check: { kind: 'tcp', port: 80, timeout: 2, maxLatency: 1.9 } }, []],
    [
      'a latency that the timeout does not allow',
      { ...pool, check: { kind: 'tcp', port: 80, timeout: 2, maxLatency: 2 } },
      ['warning: the latency allowed, 2 s, is not below the timeout, 2 s, so that it decides nothing; expected less'],
    ],
    [
      'a quorum above the number of vantage points',
      { ...pool, check: { kind: 'tcp', port: 80, from: ['cron', 'weur', 'cron'], quorum: 3 } },
      [
        'warning: the quorum of 3 is more than there are votes, of the 2 in "from", and counts as "all"; expected at most 2',
      ],
    ],
    [
      'a quorum without "from"',
      { ...pool, check: { kind: 'tcp', port: 80, quorum: 2 } },
      [
        'advice: the quorum of 2 is more than there are votes, of the cron, which alone probes unless "from" names others, and counts as "all"; expected at most 1',
      ],
    ],
  ])('%s', (_, answer, warnings) => {
    expect(toldOfJson(answer, { checks: { web: { kind: 'tcp', port: 80 } } })).toEqual(warnings)
  })

  test('a named check has its warning once, at the check', () => {
    const checks = { web: { kind: 'tcp', port: 80, from: ['agent-7'] } }
    expect(
      toldOfJson(
        [
          { ...pool, check: 'web' },
          { ...pool, check: 'web' },
        ],
        { checks },
      ),
    ).toEqual([`advice: ${stranger('agent-7')}`])
  })
})

describe('ALIAS to a name outside', () => {
  const text = `${HEAD}@ ALIAS www.example.net.\nin ALIAS ns\n`
  const outside =
    '5:3: warning: ALIAS to www.example.net., which is in none of the zones here, is answered with SERVFAIL; expected UPSTREAMS to name a DoH server to ask for its addresses, or a name of a published zone'

  test('is a warning', () => expect(told('example.com.zone', text)).toEqual([outside]))

  test('is none if upstream servers are named; advice if the TTL is shorter than a minute', () => {
    const asksUpstreams = true
    expect(told('example.com.zone', text, { asksUpstreams })).toEqual([])
    expect(told('example.com.zone', `${HEAD}@ 59 ALIAS www.example.net.\n`, { asksUpstreams })).toEqual([
      expect.stringMatching(
        /^5:6: advice: ALIAS to www\.example\.net\..* a TTL of 59 s, .*; expected a TTL of at least 60$/,
      ),
    ])
  })

  test('is one below a delegation, too', () => {
    const below = `${HEAD}@ ALIAS www.sub\nsub NS ns.example.org.\n`
    expect(told('example.com.zone', below)).toEqual([expect.stringContaining('ALIAS to www.sub.example.com.')])
  })

  test('is no warning if that zone is published too', async () => {
    const isServed = (name: Name) => formatName(name).endsWith('example.net.')
    expect(told('example.com.zone', text, { isServed })).toEqual([])
    const folder = folderWith({ 'example.com.zone': text, 'example.net.zone': `${HEAD}www A 192.0.2.7\n` })
    const console = recorder()
    expect([await check([folder], console), console.stderr]).toEqual([0, []])
  })
})

test('a zone has a bounded number of targets', () => {
  const pool = (i: number) => ({
    ...{ kind: 'pool', check: { kind: 'http', path: `/${i}` } },
    members: Array.from({ length: 201 }, (_, j) => `198.51.${i % 200}.${j}`),
  })
  const records = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`n${i}`, { A: pool(i) }]))
  const text = JSON.stringify({
    origin: 'example.com.',
    ttl: 300,
    soa: SOA,
    records: { '@': { NS: 'ns.example.net.' }, ...records },
  })
  expect(told('example.com.json', text)[0]).toMatch(
    /^1:\d+: the checks of the zone have more than 20000 targets; expected fewer in one zone$/,
  )
})

describe('a CNAME that leads back to itself', () => {
  test.each<[records: string, warnings: string[]]>([
    ['g CNAME g', ['to itself']],
    ['G CNAME g.EXAMPLE.com.', ['to itself']],
    ['*.w CNAME *.w', ['to itself']],
    ['a CNAME b\nb CNAME c\nc CNAME a', Array(3).fill('back to itself over 2 other names')],
    ['a CNAME b\nb CNAME a\nx CNAME a', Array(2).fill('back to itself over 1 other name')],
    ['a CNAME b\nb A 192.0.2.1', []],
    ['g CNAME g.example.net.', []],
  ])('%s', (records, warnings) => {
    const compiled = must(compileText(`${HEAD}${records}\n`))
    expect(compiled.warnings.map(({ message }) => message)).toEqual(
      warnings.map(
        (way) => `CNAME leads ${way}, so that every answer is SERVFAIL; expected a name outside of the circle`,
      ),
    )
  })
})

test('the warning of ifurlup over TLS fits, and ends with what to do', () => {
  const host = 'shop.production.example.com'
  const code = `ifurlup('https://${host}/health/check', {'203.0.113.110', '203.0.113.111'})`
  const { warnings } = must(compileText(`${HEAD}x LUA A "${code}"\n`))
  const [message = ''] = warnings.map((warning) => warning.message).filter((text) => text.includes('TLS'))
  expect(message).toMatch(/ as shop\.production\.example\.com; expected a host name .* npx edge-gslb agent\)$/)
  expect(message.length).toBeLessThanOrEqual(220)
})
