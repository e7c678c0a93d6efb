import { describe, expect, test } from 'vitest'
import { rcodeName } from '../../../src/dns/index.ts'
import type { Context } from '../../../src/zone/index.ts'
import { address, contextOf, ecsOption, oracle, queryOf, replyTo, resolved, seeded, zoneOf } from '../support.ts'
import { summary, zoneFixture } from './support.ts'

describe('RFC 4592 §2.2.1, its own zone and questions', () => {
  const zone = zoneFixture('rfc4592')
  test.each([
    // synthesised from the wildcard
    ['host3.example.', 'MX', 'NOERROR aa', 'MX 10 host1.example.'],
    ['host3.example.', 'A', 'NOERROR aa', 'SOA'],
    ['foo.bar.example.', 'TXT', 'NOERROR aa', 'TXT "this is a wildcard"'],
    // not synthesised
    ['host1.example.', 'MX', 'NOERROR aa', 'SOA'], // the name exists
    ['sub.*.example.', 'MX', 'NOERROR aa', 'SOA'], // so does this one
    ['_telnet._tcp.host1.example.', 'SRV', 'NXDOMAIN aa', 'SOA'], // closest encloser _tcp.host1: no wildcard there
    ['host.subdel.example.', 'A', 'NOERROR', 'NS'], // below a delegation
    ['ghost.*.example.', 'MX', 'NXDOMAIN aa', 'SOA'], // *.example. exists and has no wildcard below it
    // the wildcard as a name, and empty non-terminals
    ['*.example.', 'TXT', 'NOERROR aa', 'TXT "this is a wildcard"'],
    ['sub.*.example.', 'TXT', 'NOERROR aa', 'TXT "this is not a wildcard"'],
    ['host2.example.', 'MX', 'NOERROR aa', 'SOA'],
    ['_tcp.host2.example.', 'A', 'NOERROR aa', 'SOA'],
    ['x.host2.example.', 'MX', 'NXDOMAIN aa', 'SOA'],
  ])('%s %s: %s, %s', (name, type, head, first) => {
    const [line, record] = summary(resolved([zone], name, type)) as [string, string]
    expect(line).toBe(head)
    const [mark, owner, , ...data] = record.split(' ')
    expect(data.join(' ').startsWith(first)).toBe(true)
    if (mark === '=') expect(owner).toBe(name)
  })
})

const ten = (inside: unknown, outside: unknown): object => ({
  kind: 'view',
  rules: [{ networks: ['10.0.0.0/8'], answer: inside }],
  otherwise: outside,
})
const deep = (inside: unknown, outside: unknown): object => ({
  kind: 'networks',
  networks: { '10.1.0.0/16': inside },
  otherwise: outside,
})
const zone = zoneOf({
  '@': { NS: 'ns' },
  ns: { A: '192.0.2.53' },
  static: { A: '192.0.2.1' },
  view: { A: ten('192.0.2.1', '192.0.2.2') },
  hash: { A: { kind: 'hashed', of: ['192.0.2.1', '192.0.2.2'] } },
  chance: { A: { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] } },
  nodata: { A: ten([], '192.0.2.2') },
  fails: { A: { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: '192.0.2.1' }] } },
  'maybe-fails': {
    A: { kind: 'random', of: [{ kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: '192.0.2.1' }] }] },
  },
  alias: { CNAME: ten('deeper', 'static') },
  deeper: { A: deep('192.0.2.3', '192.0.2.4') },
  'to-nothing': { CNAME: ten('nope', 'static') },
  'to-nodata': { CNAME: ten('txt', 'static') },
  txt: { TXT: '"x"' },
  out: { CNAME: ten('www.example.org.', 'static') },
  loops: { CNAME: ten('loops', 'static') },
  'away-by-chance': { CNAME: { kind: 'random', of: ['loop-x', 'loop-y'] } },
  'loop-x': { CNAME: 'loop-y' },
  'loop-y': { CNAME: 'loop-x' },
  sub: { NS: ten('ns.sub', 'ns.example.org.') },
  'ns.sub': { A: deep('192.0.2.5', '192.0.2.6') },
  v4only: { A: { kind: 'view', rules: [{ networks: ['0.0.0.0/0'], answer: '192.0.2.1' }], otherwise: '192.0.2.2' } },
})

function ask(name: string, more: { ecs?: string; from?: string; type?: string; seed?: number } = {}) {
  const context: Context = contextOf([zone], {
    connection: address(more.from ?? '198.51.100.1'),
    random: seeded(more.seed ?? 1),
  })
  const options = more.ecs === undefined ? [] : [ecsOption(more.ecs)]
  const reply = replyTo(queryOf(name, more.type ?? 'A', { options }), context)
  const opt = oracle(reply.message).additionals?.find((record) => record.type === 'OPT')
  const ecs = opt?.type === 'OPT' ? opt.options.find((option) => option.code === 8) : undefined
  return {
    rcode: rcodeName(reply.response.rcode),
    first: reply.response.answer.at(-1)?.rdatas[0]?.text,
    scope: ecs?.type === 'CLIENT_SUBNET' ? ecs.scopePrefixLength : undefined,
    shareable: reply.shareable,
  }
}

describe('the scope stands in every kind of reply', () => {
  test.each([
    ['static.example.com.', '10.1.2.0/24', 'NOERROR', '192.0.2.1', 0],
    ['view.example.com.', '10.1.2.0/24', 'NOERROR', '192.0.2.1', 8],
    ['view.example.com.', '192.0.2.0/24', 'NOERROR', '192.0.2.2', 1],
    ['view.example.com.', '11.0.0.0/8', 'NOERROR', '192.0.2.2', 8], // its neighbour
    ['view.example.com.', '10.0.0.0/7', 'NOERROR', '192.0.2.1', 8], // longer than the source: more bits are needed
    ['view.example.com.', '2001:db8::/32', 'NOERROR', '192.0.2.2', 0], // no IPv6 network tells IPv6 clients apart
    ['view.example.com.', '::ffff:10.1.2.0/120', 'NOERROR', '192.0.2.1', 104], // mapped: the IPv4 scope + 96
    ['hash.example.com.', '10.1.2.0/24', 'NOERROR', undefined, 32],
    ['hash.example.com.', '2001:db8::/32', 'NOERROR', undefined, 128],
    ['chance.example.com.', '10.1.2.0/24', 'NOERROR', undefined, 0],
    ['nodata.example.com.', '10.1.2.0/24', 'NOERROR', undefined, 8],
    ['nodata.example.com.', '192.0.2.0/24', 'NOERROR', '192.0.2.2', 1],
    ['fails.example.com.', '192.0.2.0/24', 'SERVFAIL', undefined, 1],
    ['alias.example.com.', '10.1.2.0/24', 'NOERROR', '192.0.2.3', 16], // the longest of the chain
    ['alias.example.com.', '10.2.2.0/24', 'NOERROR', '192.0.2.4', 15],
    ['alias.example.com.', '192.0.2.0/24', 'NOERROR', '192.0.2.1', 1],
    ['to-nothing.example.com.', '10.1.2.0/24', 'NXDOMAIN', 'nope.example.com.', 8],
    ['to-nodata.example.com.', '10.1.2.0/24', 'NOERROR', 'txt.example.com.', 8],
    ['out.example.com.', '10.1.2.0/24', 'NOERROR', 'www.example.org.', 8],
    ['loops.example.com.', '10.1.2.0/24', 'SERVFAIL', undefined, 8], // only these clients are led into the loop
    ['x.sub.example.com.', '10.1.2.0/24', 'NOERROR', undefined, 16], // the referral’s servers and their glue
    ['x.sub.example.com.', '192.0.2.0/24', 'NOERROR', undefined, 1],
    ['nope.example.com.', '10.1.2.0/24', 'NXDOMAIN', undefined, 0],
    ['view.example.org.', '10.1.2.0/24', 'REFUSED', undefined, 0],
  ])('%s for %s: %s %s, scope %i', (name, ecs, rcode, first, scope) => {
    const found = ask(name, { ecs })
    expect(found).toMatchObject({ rcode, scope })
    if (first !== undefined) expect(found.first).toBe(first)
  })
  test('ANY uses no rrset, so its scope is 0; MX at a steered name is NODATA with scope 0', () => {
    expect(ask('view.example.com.', { ecs: '10.1.2.0/24', type: 'ANY' }).scope).toBe(0)
    expect(ask('view.example.com.', { ecs: '10.1.2.0/24', type: 'MX' }).scope).toBe(0)
  })
})

describe('who the client is', () => {
  test('without ECS it is the connection, and there is no ECS in the reply', () => {
    expect(ask('view.example.com.', { from: '10.1.2.3' })).toMatchObject({ first: '192.0.2.1', scope: undefined })
    expect(ask('view.example.com.', { from: '192.0.2.3' })).toMatchObject({ first: '192.0.2.2', scope: undefined })
    expect(ask('view.example.com.', { from: '::ffff:10.1.2.3' })).toMatchObject({ first: '192.0.2.1' })
  })
  test('ECS counts before the connection', () => {
    expect(ask('view.example.com.', { from: '192.0.2.3', ecs: '10.0.0.0/8' }).first).toBe('192.0.2.1')
    expect(ask('view.example.com.', { from: '10.1.2.3', ecs: '192.0.2.0/24' }).first).toBe('192.0.2.2')
  })
  test.each(['0.0.0.0/0', '::/0'])('source 0 (%s) is opt-out: the connection decides, the scope is 0', (ecs) => {
    expect(ask('view.example.com.', { from: '10.1.2.3', ecs })).toMatchObject({ first: '192.0.2.1', scope: 0 })
    expect(ask('hash.example.com.', { from: '10.1.2.3', ecs })).toMatchObject({ scope: 0 })
  })
})

describe('what may be shared', () => {
  test.each<[string, string, object, boolean]>([
    ['a static answer', 'static.example.com.', {}, true],
    ['a static answer to ECS', 'static.example.com.', { ecs: '10.1.2.0/24' }, true],
    ['an answer by the connection', 'view.example.com.', { from: '10.1.2.3' }, false],
    ['an answer by the connection, outside all networks', 'view.example.com.', { from: '192.0.2.1' }, false],
    ['an answer by ECS: it is in the message', 'view.example.com.', { ecs: '10.1.2.0/24' }, true],
    ['an answer by the connection, the client having opted out', 'view.example.com.', { ecs: '0.0.0.0/0' }, false],
    ['a hash of the connection', 'hash.example.com.', {}, false],
    ['a hash of ECS', 'hash.example.com.', { ecs: '10.1.2.0/24' }, true],
    ['chance', 'chance.example.com.', {}, false],
    ['chance, with ECS', 'chance.example.com.', { ecs: '10.1.2.0/24' }, false],
    ['a chain by the connection', 'alias.example.com.', { from: '192.0.2.1' }, false],
    ['NODATA by the connection', 'nodata.example.com.', { from: '10.1.2.3' }, false],
    ['NXDOMAIN by the connection', 'to-nothing.example.com.', { from: '10.1.2.3' }, false],
    ['NXDOMAIN', 'nope.example.com.', {}, true],
    ['a failure by the connection', 'fails.example.com.', { from: '192.0.2.1' }, false],
    ['a loop that only this connection is led into', 'loops.example.com.', { from: '10.1.2.3' }, false],
    ['a loop that chance led into', 'away-by-chance.example.com.', {}, false],
    // Scope 0 tells clients of one family apart from none, but those of the other family get another answer.
    ['an IPv6 connection, where only IPv4 networks decide', 'view.example.com.', { from: '2001:db8::1' }, false],
    ['an IPv4 connection in 0.0.0.0/0', 'v4only.example.com.', { from: '192.0.2.1' }, false],
  ])('%s', (_what, name, more, shareable) => {
    expect(ask(name, more).shareable).toBe(shareable)
  })
})
