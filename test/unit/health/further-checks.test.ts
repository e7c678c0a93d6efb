import { describe, expect, test } from 'vitest'
import {
  expectedBy,
  formatTarget,
  loadChecks,
  type Platform,
  type Probe,
  probeBlocker,
  probeBlockerWithoutAgent,
  readCondition,
  storeChecks,
  whyUnprobed,
} from '../../../src/health/index.ts'
import { patternSize } from '../../../src/re2.ts'
import { compileZone } from '../../../src/zone/index.ts'
import { documentOf, must, zoneOf } from '../support.ts'
import { issuesOf } from '../zone/support.ts'

// The kinds of checks beyond TCP, TLS and HTTP, and `maxLatency`.

const poolOf = (check: unknown, answer = '192.0.2.1') => ({ kind: 'pool', check, members: [answer] })
const zoneWith = (check: unknown) =>
  documentOf({ '@': { NS: 'ns' }, ns: { A: '192.0.2.53' }, www: { A: poolOf('x') } }, { checks: { x: check } })
const issuesOfCheck = (check: unknown): string[] => issuesOf(zoneWith(check))

function probeFor(check: object, target = '192.0.2.1'): Probe {
  const pool = { kind: 'pool', check: 'x', members: [{ answer: '192.0.2.1', target }] }
  const { conditions } = must(compileZone(documentOf({ www: { A: pool } }, { checks: { x: check } }))).zone
  return (conditions[0] as { probe: Probe }).probe
}

const dns = { kind: 'dns', name: 'www.example.com' }
const doh = { ...dns, transport: 'https' }
const udp = { kind: 'udp', port: 5000, send: 'ping' }
const icmp = { kind: 'icmp' }
const grpc = { kind: 'grpc', port: 50_051 }
const exec = { kind: 'exec', command: ['/usr/local/bin/check', '--host', '%%ITEM%%'] }

describe('an invalid value is reported with its path', () => {
  test.each<[check: object, field: string, message: RegExp]>([
    ...[0, 0.0005, 31, 'soon', true].map(
      (maxLatency) => [{ ...icmp, maxLatency }, 'maxLatency', /expected seconds from 0.001 to 30, like 0.25/] as never,
    ),
    [{ kind: 'push', maxLatency: 1 }, 'maxLatency', /unknown field/],
    [{ kind: 'dns' }, 'name', /"name" is missing/],
    [{ ...dns, name: 'a..b' }, 'name', /has an empty label/],
    ...['ANY', 'AXFR', 'OPT', 'TYPE0', 'nonsense', 5].map((type) => [{ ...dns, type }, 'type', /expected/] as never),
    [{ ...dns, rcode: 'NXDOMIAN' }, 'rcode', /expected one of .*"NXDOMAIN"|expected "NXDOMAIN"/],
    [{ ...dns, answer: [] }, 'answer', /the list is empty; expected at least one record/],
    [{ ...dns, answer: Array(21).fill('192.0.2.1') }, 'answer', /expected at most 20 records/],
    [{ ...dns, answer: { contains: 'x' } }, 'answer', /expected a record as in a zone file/],
    [{ ...dns, transport: 'quic' }, 'transport', /expected .*"udp"/],
    [{ kind: 'udp', port: 1 }, 'send', /"send" is missing/],
    [{ ...udp, send: { hex: '0' } }, 'send / hex', /expected octets in hexadecimal, like "00ff"/],
    [{ ...udp, send: { hex: '' } }, 'send / hex', /expected octets in hexadecimal/],
    [{ ...udp, send: 'x'.repeat(1001) }, 'send', /expected at most 1000 characters/],
    [{ ...udp, send: { hex: '00'.repeat(1001) } }, 'send / hex', /expected at most 1000 octets/],
    [{ ...udp, expect: { hex: 'xx' } }, 'expect / hex', /expected octets in hexadecimal/],
    [{ ...udp, expect: { matches: '(' } }, 'expect / matches', /not a pattern/],
    [{ ...icmp, port: 1 }, 'port', /unknown field "port"/],
    [{ kind: 'grpc' }, 'port', /"port" is missing/],
    [{ ...grpc, service: 'a b' }, 'service', /expected the name of a service/],
    [{ ...grpc, tls: 'yes' }, 'tls', /expected true or false/],
    [{ kind: 'exec' }, 'command', /"command" is missing/],
    [{ kind: 'exec', command: 'check x' }, 'command', /expected a list of a program and its arguments/],
    [{ kind: 'exec', command: [] }, 'command', /expected a list of a program and its arguments/],
    ...['check', './check', '/usr/bin/', '/%%ITEM%%', ''].map(
      (program) =>
        [{ kind: 'exec', command: [program] }, 'command', /is not a program; expected the whole path/] as never,
    ),
    [{ kind: 'exec', command: ['/x', '%%HOST%%'] }, 'command', /%%HOST%% stands for nothing; expected %%ITEM%% or/],
    [{ kind: 'exec', command: ['/x', 'a\0b'] }, 'command', /has a zero octet/],
    [{ kind: 'exec', command: ['/x', 'a'.repeat(4096)] }, 'command', /4098 characters; expected at most 4096/],
    [{ kind: 'exec', command: Array(65).fill('/x') }, 'command', /expected at most 64 parts/],
    [{ ...exec, exitStatus: 256 }, 'exitStatus', /whole number from 0 to 255/],
    [{ ...exec, output: 'ok' }, 'output', /expected/],
  ])('%j', (check, field, message) => {
    const issues = issuesOfCheck(check)
    expect(issues).toHaveLength(1)
    expect(issues[0]).toMatch(message)
    expect(issues[0]?.split(': ')[0]).toBe(`checks / x / ${field}`)
  })

  test.each<[check: object, message: RegExp]>([
    [{ ...dns, path: '/dns-query' }, /"path" belongs to DNS over HTTPS; expected "transport": "https"/],
    [{ ...dns, transport: 'tcp', host: 'a.example' }, /"host" belongs to DNS over HTTPS/],
    [{ ...dns, transport: 'http', verify: false }, /"verify" belongs to TLS; expected "transport": "https"/],
    [{ ...dns, answer: 'www.example.com.' }, /"www.example.com." is not the data of a record of type A/],
    [{ ...dns, type: 'HTTPS', answer: '1 . ipv4hint=auto' }, /is not the data of a record of type HTTPS/],
    [{ ...dns, rcode: 'NXDOMAIN', answer: '192.0.2.1' }, /a reply NXDOMAIN has no "answer"/],
    [{ ...grpc, verify: false }, /"verify" belongs to TLS; expected "tls": true/],
    [{ ...grpc, serverName: 'a.example' }, /"serverName" belongs to TLS/],
    [{ kind: 'exec', command: ['/x', '-p', '%%PORT%%'] }, /the target has no port; expected a "port" in the check/],
    [{ ...udp, expect: { matches: 'x{400}' } }, /the pattern has \d+ instructions for 65536 octets; expected at most/],
    [{ ...exec, output: { matches: 'x{400}' } }, /the pattern has \d+ instructions for 65536 octets/],
  ])('%j contradicts itself', (check, message) => {
    expect(issuesOfCheck(check).join()).toMatch(message)
  })

  test.each<[object]>([
    [{ ...icmp, maxLatency: 0.001 }],
    [{ ...icmp, maxLatency: '30s' }],
    [{ ...dns, type: 'soa', rcode: 'REFUSED' }],
    [{ ...dns, type: 'TYPE65280', answer: ['\\# 1 00', '\\# 1 01'] }],
    [{ ...doh, path: '/x?y=1', host: 'dns.example.com', serverName: 'a.example', verify: false, port: 8443 }],
    [{ ...udp, send: { hex: '00fF' }, expect: { hex: 'FF' } }],
    [{ ...udp, send: '', expect: { matches: '^pong' } }],
    [{ ...grpc, service: 'shop.v1.Orders', tls: true, host: 'a.example:1', verify: false }],
    [{ ...exec, exitStatus: 2, output: { contains: 'OK' }, port: 5432 }],
    [{ kind: 'exec', command: ['/x', '100%', '%%ITEM%%:%%PORT%%'], port: 1 }],
  ])('%j is valid', (check) => expect(issuesOfCheck(check)).toEqual([]))
})

describe('the request', () => {
  test.each<[check: object, target: string, action: object, text: string]>([
    [dns, '192.0.2.1', { name: 'www.example.com.', type: 1, rcode: 0, via: 'udp' }, '192.0.2.1:53'],
    [{ ...dns, transport: 'tcp', port: 5353 }, 'ns.example', { via: 'tcp' }, 'ns.example:5353'],
    [{ ...dns, type: 'MX', answer: '10 MX.example.' }, '192.0.2.1', { answer: ['10 MX.example.'] }, '192.0.2.1:53'],
    [{ ...dns, answer: ['192.0.2.1', '192.0.2.2'] }, '::1', { answer: ['192.0.2.1', '192.0.2.2'] }, '[::1]:53'],
    [{ ...dns, rcode: 'NXDOMAIN' }, '192.0.2.1', { rcode: 3 }, '192.0.2.1:53'],
    [
      doh,
      'dns.example.com',
      {
        via: {
          kind: 'https',
          method: 'GET',
          path: '/dns-query',
          host: 'dns.example.com',
          serverName: 'dns.example.com',
        },
      },
      'dns.example.com:443',
    ],
    [{ ...dns, transport: 'http' }, '192.0.2.1', { via: { kind: 'http', host: '192.0.2.1' } }, '192.0.2.1:80'],
    [udp, '192.0.2.1', { kind: 'udp', send: 'ping' }, '192.0.2.1:5000'],
    [icmp, '192.0.2.1', { kind: 'icmp' }, '192.0.2.1'],
    [icmp, '192.0.2.1:80', { kind: 'icmp' }, '192.0.2.1'],
    [grpc, '::1', { service: '', host: '[::1]:50051', tls: false, serverName: undefined }, '[::1]:50051'],
    [
      { ...grpc, tls: true },
      'a.example',
      { host: 'a.example:50051', serverName: 'a.example', verify: true },
      'a.example:50051',
    ],
    [exec, '192.0.2.1', { command: exec.command, exitStatus: 0 }, '192.0.2.1'],
    [{ ...exec, port: 7 }, '192.0.2.1:8', {}, '192.0.2.1:8'],
  ])('%j of %s', (check, target, action, text) => {
    const probe = probeFor(check, target)
    expect(probe.action).toMatchObject(action)
    expect(formatTarget(probe)).toBe(text)
  })

  test('a limit on latency is a part of the identity, and a check without one is the probe that it was', () => {
    const tcp = { kind: 'tcp', port: 443 }
    expect(probeFor(tcp).id).toBe('gqQlbTFjw36n6mF-')
    const ids = [tcp, { ...tcp, maxLatency: 1 }, { ...tcp, maxLatency: 2 }].map((check) => probeFor(check).id)
    expect(new Set(ids).size).toBe(3)
    expect(probeFor({ ...tcp, maxLatency: '1s' }).id).toBe(ids[1])
  })

  test.each([
    { answer: '192.0.2.2' },
    { type: 'AAAA' },
    { rcode: 'REFUSED' },
    { transport: 'tcp' },
    { name: 'a.example' },
  ])('dns: %j makes another probe', (more) => expect(probeFor({ ...dns, ...more }).id).not.toBe(probeFor(dns).id))

  test('its pattern counts among those of the zone', () => {
    const one = { matches: 'x{99}' }
    expect(expectedBy(probeFor({ ...udp, expect: one }).action)).toEqual(one)
    expect(expectedBy(probeFor({ ...udp, expect: { hex: '00' } }).action)).toBeUndefined()
    expect(expectedBy(probeFor({ ...exec, output: one }).action)).toEqual(one)
    const checks = Object.fromEntries(
      Array.from({ length: 1300 }, (_, i) => [`c${i}`, { ...exec, output: { matches: `${i}x{50}` } }]),
    )
    const records = Object.fromEntries(Object.keys(checks).map((name) => [name, { A: poolOf(name) }]))
    const compiled = compileZone(documentOf(records, { checks }), { patternSize })
    expect(compiled.ok ? 'ok' : compiled.error[0]?.message).toMatch(/patterns of the zone have more than 65536/)
  })
})

describe('where it can be made', () => {
  const KIND = (kind: string) => new RegExp(`^a Worker cannot make checks of kind ${kind}; expected an agent`)
  const rows: [check: object, target: string, edge: RegExp | null, workerd: RegExp | null][] = [
    [dns, '192.0.2.1', /^a Worker has no UDP; expected another "transport", or an agent/, /^a Worker has no UDP/],
    [{ ...dns, transport: 'tcp' }, '192.0.2.1', null, null],
    [{ ...dns, transport: 'tcp' }, '10.0.0.1', /is not a public address/, null],
    [doh, 'dns.example.com', null, null],
    [doh, '192.0.2.1', /no name to verify the certificate/, /no name to verify the certificate/],
    [{ ...doh, host: 'dns.example.com' }, '192.0.2.1', /cannot use TLS as dns.example.com/, null],
    [{ ...dns, transport: 'http' }, '192.0.2.1', null, null],
    [{ ...dns, transport: 'http' }, '127.0.0.1', /is not a public address/, null],
    [udp, '192.0.2.1', KIND('udp'), KIND('udp')],
    [icmp, 'a.example', KIND('icmp'), KIND('icmp')],
    [grpc, '192.0.2.1', KIND('grpc'), KIND('grpc')],
    [exec, '192.0.2.1', KIND('exec'), KIND('exec')],
  ]
  const platforms: Platform[] = ['edge', 'workerd', 'agent']
  test.each(
    rows.flatMap((row) =>
      platforms.map((platform, i) => [row[0], row[1], platform, [row[2], row[3], null][i]] as const),
    ),
  )('%j of %s, %s: %s', (check, target, platform, why) => {
    const told = probeBlocker(probeFor(check, target), platform)
    if (why) expect(told).toMatch(why)
    else expect(told).toBeUndefined()
  })

  test('check warns, and status gives the reason, unless the check names an agent', () => {
    const warnings = (check: object) => must(compileZone(zoneWith(check))).warnings.map(({ message }) => message)
    expect(warnings(exec).join()).toMatch(
      /^no deployed Worker can probe 192.0.2.1 for example.com\/x \(counts as up\): a Worker cannot make checks of kind exec/,
    )
    expect(warnings({ ...exec, from: ['cron', 'weur'] }).join()).toMatch(/a Worker cannot make checks of kind exec/)
    expect(warnings({ ...exec, from: ['agent-1'] })).toEqual([])
    expect(probeBlockerWithoutAgent(probeFor({ ...icmp, from: ['cron', 'agent-1'] }), 'edge')).toBeUndefined()
    const deployment = { platform: 'edge', defaultVantages: ['cron'], vantages: ['cron', 'agent-1'] } as const
    expect(whyUnprobed(probeFor({ ...exec, from: ['cron'] }), deployment)).toMatch(KIND('exec'))
    expect(whyUnprobed(probeFor({ ...exec, from: ['agent-1'] }), deployment)).toBeUndefined()
  })
})

test('a stored zone has the same checks', () => {
  const checks = { dns, doh, plain: { ...dns, transport: 'http' }, tcp: { ...dns, transport: 'tcp' }, udp, icmp, grpc }
  const all = { ...checks, exec: { ...exec, maxLatency: 0.5, output: { contains: 'OK' } } }
  const records = Object.fromEntries(Object.keys(all).map((name) => [name, { A: poolOf(name) }]))
  const zone = zoneOf({ '@': { NS: 'ns' }, ...records }, { checks: all })
  const after = loadChecks(JSON.parse(JSON.stringify(storeChecks(zone))))
  expect(after.conditions).toEqual(JSON.parse(JSON.stringify(zone.conditions)))
  expect(after.conditions.map(({ probe }) => probe.action.kind).sort()).toEqual(
    ['dns', 'dns', 'dns', 'dns', 'exec', 'grpc', 'icmp', 'udp'].sort(),
  )
  for (const condition of after.conditions) expect(readCondition(condition)).toBe(condition)
})
