import { describe, expect, test } from 'vitest'
import { formatName, labelOffsets } from '../../../src/dns/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { VERSION } from '../../../src/version.ts'
import { loadedZones, type ZoneState } from '../../../src/zone/index.ts'
import { answer, resolve } from '../both-forms.ts'
import { address, contextOf, oracle, queryOf, questionOf, replyTo, resolved, seeded, zoneOf } from '../support.ts'
import { summary, zoneFixture } from './support.ts'

const zones = [zoneFixture('rich'), zoneFixture('child'), zoneFixture('net')]

const SOA = (ttl = 60): string =>
  `! example.com. ${ttl} SOA ns.example.com. hostmaster.example.com. 7 3600 900 604800 60`
const SOA_NET = '! example.net. 90 SOA ns.example.com. hostmaster.example.net. 9 3600 900 604800 90'
const SOA_CHILD =
  '! child.example.com. 1800 SOA ns.child.example.com. hostmaster.child.example.com. 8 3600 900 604800 7200'
const WWW = '= www.example.com. 30 A 192.0.2.1'
const ALIAS = '= alias.example.com. 120 CNAME www.example.com.'
const chain = (from: number): string[] =>
  [0, 1, 2, 3, 4, 5, 6, 7, 8]
    .slice(from)
    .map((n) => `= c${n}.example.com. 300 CNAME ${n === 8 ? 'www' : `c${n + 1}`}.example.com.`)
const SUB = ['ns.example.jp.', 'ns.other.example.com.', 'ns.sub.example.com.'].map(
  (target) => `! sub.example.com. 300 NS ${target}`,
)
const SUB_GLUE = [
  '+ ns.sub.example.com. 300 A 192.0.2.54',
  '+ ns.sub.example.com. 300 AAAA 2001:db8::54',
  '+ ns.other.example.com. 300 A 192.0.2.55',
]
const LOOP = 'SERVFAIL ede0'

type Row = readonly [name: string, type: string, ...lines: string[]]
const tables: Readonly<Record<string, readonly Row[]>> = {
  'exact names': [
    ['www', 'A', 'NOERROR aa', WWW],
    ['www', 'AAAA', 'NOERROR aa', '= www.example.com. 300 AAAA 2001:db8::1'],
    ['www', 'TXT', 'NOERROR aa', '= www.example.com. 300 TXT "one"', '= www.example.com. 300 TXT "two"'],
    ['wWw', 'A', 'NOERROR aa', '= wWw.example.com. 30 A 192.0.2.1'],
    ['upper', 'A', 'NOERROR aa', '= upper.example.com. 300 A 192.0.2.2'],
    ['@', 'A', 'NOERROR aa', '= example.com. 300 A 192.0.2.10'],
    ['@', 'SOA', 'NOERROR aa', SOA(3600).replace('!', '=')],
    [
      '@',
      'NS',
      'NOERROR aa',
      '= example.com. 300 NS ns.example.com.',
      '= example.com. 300 NS ns.example.jp.',
      '+ ns.example.com. 300 A 192.0.2.53',
    ],
    [
      '@',
      'MX',
      'NOERROR aa',
      '= example.com. 300 MX 10 mail.example.com.',
      '+ mail.example.com. 300 A 192.0.2.25',
      '+ mail.example.com. 300 AAAA 2001:db8::25',
    ],
  ],
  'NODATA: the SOA, its TTL the smaller of its own and MINIMUM (RFC 2308 §3)': [
    ['www', 'MX', 'NOERROR aa', SOA()],
    ['@', 'AAAA', 'NOERROR aa', SOA()],
    ['@', 'CNAME', 'NOERROR aa', SOA()],
    ['www', 'TYPE65280', 'NOERROR aa', SOA()],
    ['empty', 'A', 'NOERROR aa', SOA()],
    ['empty', 'AAAA', 'NOERROR aa', SOA()],
    ['www.child', 'AAAA', 'NOERROR aa', SOA_CHILD],
  ],
  'empty non-terminals are NODATA (RFC 4592 §2.2.2)': [
    ['ent', 'A', 'NOERROR aa', SOA()],
    ['deep', 'A', 'NOERROR aa', SOA()],
    ['d.deep', 'TXT', 'NOERROR aa', SOA()],
    ['c.d.deep', 'ANY', 'NOERROR aa', SOA()],
    ['wild', 'A', 'NOERROR aa', SOA()],
  ],
  NXDOMAIN: [
    ['nope', 'A', 'NXDOMAIN aa', SOA()],
    ['a.b.c.nope', 'A', 'NXDOMAIN aa', SOA()],
    ['x.www', 'A', 'NXDOMAIN aa', SOA()],
    ['b.ent', 'A', 'NXDOMAIN aa', SOA()],
    ['nope', 'ANY', 'NXDOMAIN aa', SOA()],
    ['ww', 'A', 'NXDOMAIN aa', SOA()],
    ['www\\.example.com', 'A', 'NXDOMAIN aa', SOA()], // one label with a dot in it
    ['nope.child', 'A', 'NXDOMAIN aa', SOA_CHILD],
  ],
  CNAME: [
    ['alias', 'A', 'NOERROR aa', ALIAS, WWW],
    ['alias', 'CNAME', 'NOERROR aa', ALIAS],
    ['alias', 'MX', 'NOERROR aa', ALIAS, SOA()],
    ['alias-twice', 'A', 'NOERROR aa', '= alias-twice.example.com. 300 CNAME alias.example.com.', ALIAS, WWW],
    [
      'alias-apex',
      'A',
      'NOERROR aa',
      '= alias-apex.example.com. 300 CNAME example.com.',
      '= example.com. 300 A 192.0.2.10',
    ],
    ['alias-nodata', 'TXT', 'NOERROR aa', '= alias-nodata.example.com. 300 CNAME mail.example.com.', SOA()],
    ['alias-ent', 'A', 'NOERROR aa', '= alias-ent.example.com. 300 CNAME ent.example.com.', SOA()],
    // RFC 6604: the rcode is that of the last name.
    ['alias-nx', 'A', 'NXDOMAIN aa', '= alias-nx.example.com. 300 CNAME nope.example.com.', SOA()],
    [
      'alias-wild',
      'A',
      'NOERROR aa',
      '= alias-wild.example.com. 300 CNAME any.wild.example.com.',
      '= any.wild.example.com. 300 A 192.0.2.4',
    ],
  ],
  'CNAME out of the zone': [
    ['alias-out', 'A', 'NOERROR aa', '= alias-out.example.com. 300 CNAME www.example.org.'],
    [
      'alias-net',
      'A',
      'NOERROR aa',
      '= alias-net.example.com. 300 CNAME www.example.net.',
      '= www.example.net. 600 A 198.51.100.1',
    ],
    ['alias-net-nx', 'A', 'NXDOMAIN aa', '= alias-net-nx.example.com. 300 CNAME nope.example.net.', SOA_NET],
    ['alias-net-nodata', 'A', 'NOERROR aa', '= alias-net-nodata.example.com. 300 CNAME txt.example.net.', SOA_NET],
    [
      'alias-net-back',
      'A',
      'NOERROR aa',
      '= alias-net-back.example.com. 300 CNAME back.example.net.',
      '= back.example.net. 600 CNAME alias.example.com.',
      ALIAS,
      WWW,
    ],
    [
      'alias-child',
      'A',
      'NOERROR aa',
      '= alias-child.example.com. 300 CNAME www.child.example.com.',
      '= www.child.example.com. 300 A 192.0.2.57',
    ],
  ],
  'CNAME loops, and chains of 8 at most': [
    ['loop', 'A', LOOP],
    ['loop', 'CNAME', 'NOERROR aa', '= loop.example.com. 300 CNAME loop.example.com.'],
    ['loop-a', 'A', LOOP],
    ['x.wild-loop', 'A', LOOP],
    ['c1', 'A', 'NOERROR aa', ...chain(1), WWW],
    ['c0', 'A', LOOP],
    ['c0', 'ANY', 'NOERROR aa', ...chain(0).slice(0, 1)],
  ],
  wildcards: [
    ['any.wild', 'A', 'NOERROR aa', '= any.wild.example.com. 300 A 192.0.2.4'],
    ['a.b.wild', 'TXT', 'NOERROR aa', '= a.b.wild.example.com. 300 TXT "wild"'],
    ['*.wild', 'A', 'NOERROR aa', '= *.wild.example.com. 300 A 192.0.2.4'],
    ['any.wild', 'AAAA', 'NOERROR aa', SOA()],
    ['here.wild', 'A', 'NOERROR aa', SOA()], // a name that exists is no wildcard's
    ['below.here.wild', 'A', 'NXDOMAIN aa', SOA()], // its closest encloser is here.wild
    ['y.ent.wild', 'A', 'NXDOMAIN aa', SOA()], // an empty non-terminal is a closest encloser too
    ['ent.wild', 'A', 'NOERROR aa', SOA()],
    ['x.*.wild', 'A', 'NXDOMAIN aa', SOA()], // *.wild is the closest encloser
    ['a.wild-alias', 'A', 'NOERROR aa', '= a.wild-alias.example.com. 300 CNAME www.example.com.', WWW],
    ['any.wild-ent', 'A', 'NOERROR aa', SOA()], // the wildcard is an empty non-terminal
    ['any.wild', 'ANY', 'NOERROR aa', '= any.wild.example.com. 3600 HINFO "RFC8482" ""'],
  ],
  delegations: [
    ['sub', 'A', 'NOERROR', ...SUB, ...SUB_GLUE],
    ['sub', 'NS', 'NOERROR', ...SUB, ...SUB_GLUE],
    ['sub', 'ANY', 'NOERROR', ...SUB, ...SUB_GLUE],
    ['sub', 'SOA', 'NOERROR', ...SUB, ...SUB_GLUE],
    ['x.y.sub', 'A', 'NOERROR', ...SUB, ...SUB_GLUE],
    ['ns.sub', 'A', 'NOERROR', ...SUB, ...SUB_GLUE], // glue is no answer
    [
      'any.other',
      'A',
      'NOERROR',
      '! other.example.com. 300 NS ns.other.example.com.',
      '+ ns.other.example.com. 300 A 192.0.2.55',
    ], // not the wildcard below the cut
    ['sub', 'DS', 'NOERROR aa', SOA()], // DS is the parent's
    ['x.sub', 'DS', 'NOERROR', ...SUB, ...SUB_GLUE],
    // AA speaks of the first owner (RFC 1034 §6.2.7): the CNAME is ours.
    ['alias-sub', 'A', 'NOERROR aa', '= alias-sub.example.com. 300 CNAME host.sub.example.com.', ...SUB, ...SUB_GLUE],
  ],
  'the longest matching zone': [
    ['www.child', 'A', 'NOERROR aa', '= www.child.example.com. 300 A 192.0.2.57'],
    [
      'child',
      'NS',
      'NOERROR aa',
      '= child.example.com. 300 NS ns.child.example.com.',
      '+ ns.child.example.com. 300 A 192.0.2.56',
    ],
    ['child', 'DS', 'NOERROR aa', SOA()], // both sides are ours: the parent answers
    ['www.child', 'DS', 'NOERROR aa', SOA_CHILD],
    ['@', 'DS', 'NOERROR aa', SOA()], // no parent of ours: NODATA from the apex
  ],
  'ANY (RFC 8482)': [
    ['www', 'ANY', 'NOERROR aa', '= www.example.com. 3600 HINFO "RFC8482" ""'],
    ['@', 'ANY', 'NOERROR aa', '= example.com. 3600 HINFO "RFC8482" ""'],
    ['alias', 'ANY', 'NOERROR aa', ALIAS],
  ],
}

for (const [title, rows] of Object.entries(tables)) {
  describe(title, () => {
    test.each(rows)('%s %s: %s', (name, type, ...lines) => {
      const full = name === '@' ? 'example.com.' : `${name}.example.com.`
      expect(summary(resolved(zones, full, type))).toEqual(lines)
    })
  })
}

describe('outside our zones', () => {
  test.each(['.', 'com.', 'org.', 'www.example.org.', 'xexample.com.', 'example.com.au.', 'example\\.com.'])(
    '%s is refused with EDE 20: no SOA, no referral',
    (name) => expect(summary(resolved(zones, name, 'A'))).toEqual(['REFUSED ede20']),
  )
  test('a zone for the root holds every name', () => {
    const root = zoneOf({ '@': { NS: 'ns' }, ns: { A: '192.0.2.1' }, com: { NS: 'ns' } }, { origin: '.' })
    expect(summary(resolved([root], 'ns.', 'A'))).toEqual(['NOERROR aa', '= ns. 300 A 192.0.2.1'])
    expect(summary(resolved([root], 'nope.', 'A'))[0]).toBe('NXDOMAIN aa')
    expect(summary(resolved([root], '.', 'DS'))[0]).toBe('NOERROR aa')
    expect(summary(resolved([root], 'www.example.com.', 'A'))).toEqual([
      'NOERROR',
      '! com. 300 NS ns.',
      '+ ns. 300 A 192.0.2.1',
    ])
  })
  test('a chain that comes back is SERVFAIL, and never two CNAMEs at one owner (RFC 2181 §10.1)', () => {
    const zone = zoneOf({
      a: { CNAME: { kind: 'random', of: ['b', 'end'] } },
      b: { CNAME: 'a' },
      end: { A: '192.0.2.1' },
    })
    const rcodes = new Map<number, number>()
    for (let seed = 0; seed < 200; seed++) {
      const { response } = resolved([zone], 'a.example.com.', 'A', '198.51.100.1', seed)
      const owners = response.answer.map((rrset) => rrset.owner.key)
      expect(new Set(owners).size).toBe(owners.length)
      rcodes.set(response.rcode, (rcodes.get(response.rcode) ?? 0) + 1)
    }
    expect([...rcodes.keys()].sort()).toEqual([0, 2])
    expect(Math.abs((rcodes.get(0) ?? 0) - 100)).toBeLessThan(36)
  })
  test('DS at a cut is found, and no delegation: the trace says so', () => {
    const zone = zoneOf({ sub: { NS: 'ns.example.org.' } })
    const found = resolved([zone], 'sub.example.com.', 'DS').trace.map((step) =>
      step.step === 'name' ? step.found : step.step,
    )
    expect(found).toEqual(['zone', 'exact', 'no-rrset'])
  })
  test('DS at the apex of a zone whose parent zone is ours but delegates nothing: the name exists, so no NXDOMAIN', () => {
    const parent = zoneOf({ '@': { NS: 'ns' }, ns: { A: '192.0.2.1' } })
    const child = zoneOf({ '@': { NS: 'ns' }, ns: { A: '192.0.2.1' } }, { origin: 'child.example.com.' })
    expect(summary(resolved([parent, child], 'child.example.com.', 'DS'))[0]).toBe('NOERROR aa')
  })
})

describe('class CHAOS', () => {
  const ask = (name: string, type: string, cls: number) =>
    resolve(questionOf(name, type, cls), loadedZones(zones), {
      client: address('192.0.2.1'),
      health: NO_HEALTH,
      random: seeded(1),
      identity: 'FRA',
    })
  test.each([
    ['version.bind.', `"edge-gslb ${VERSION}"`],
    ['VERSION.Bind.', `"edge-gslb ${VERSION}"`],
    ['version.server.', `"edge-gslb ${VERSION}"`],
    ['id.server.', '"FRA"'],
    ['hostname.bind.', '"FRA"'],
  ])('%s TXT: %s', (name, text) => {
    const answered = ask(name, 'TXT', 3)
    expect(answered).toMatchObject({ response: { rcode: 0, scope: 0, answer: [{ class: 3, rdatas: [{ text }] }] } })
  })
  test.each([
    ['version.bind.', 'A', 3],
    ['www.example.com.', 'A', 3],
    ['www.example.com.', 'A', 4],
    ['www.example.com.', 'A', 0],
    ['www.example.com.', 'A', 254],
    ['version.bind.', 'TXT', 1], // class IN: a name outside our zones
  ])('%s %s in class %i is refused', (name, type, cls) => {
    expect(ask(name, type, cls)).toMatchObject({ response: { rcode: 5, answer: [] } })
  })
})

describe('states of zones', () => {
  const { origin } = zones[0] as (typeof zones)[number]
  const asking = (state: ZoneState, name = 'www.example.com.') => {
    const states = new Map<string, ZoneState>([
      [origin.key, state],
      ...zones.slice(1).map((zone) => [zone.origin.key, { kind: 'loaded', zone }] as const),
    ])
    const find = (key: string): ZoneState | undefined =>
      labelOffsets(key)
        .map((at) => states.get(key.slice(at)))
        .find((found) => found !== undefined)
    const context = contextOf([], { zones: { find } })
    return { context, message: queryOf(name, 'A', { id: 9, options: [] }) }
  }
  test('a zone that is not loaded is asked for, at the end of a chain too', () => {
    for (const name of ['www.example.com.', 'back.example.net.']) {
      const { context, message } = asking({ kind: 'unloaded', origin: origin.key }, name)
      const answered = answer(message, context)
      expect(answered.kind).toBe('needs-zone')
      if (answered.kind === 'needs-zone') expect(formatName(answered.origin)).toBe('example.com.')
    }
  })
  test('a zone that cannot be had is SERVFAIL with EDE 14', () => {
    const { context, message } = asking({ kind: 'unavailable', origin: origin.key, why: 'KV is down' })
    const reply = replyTo(message, context)
    expect(reply.response).toMatchObject({ rcode: 2, ede: { code: 14, text: 'KV is down' } })
    expect(oracle(reply.message).id).toBe(9)
  })
  test('no zone is asked for outside all zones, nor for another class', () => {
    const { context } = asking({ kind: 'unloaded', origin: origin.key })
    for (const message of [
      queryOf('www.example.org.', 'A'),
      queryOf('www.example.com.', 'A', { class: 4 }),
      queryOf('www.example.com.', 'AXFR'),
    ]) {
      expect(replyTo(message, context).response.rcode).toBe(5)
    }
  })
})

test('addresses of one name come in every order, by chance', () => {
  const zone = zoneOf({ many: { A: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] } })
  const orders = new Set(
    Array.from({ length: 100 }, (_, seed) => {
      const { response } = resolved([zone], 'many.example.com.', 'A', '192.0.2.1', seed)
      return response.answer[0]?.rdatas.map((rdata) => rdata.text.at(-1)).join('')
    }),
  )
  expect(orders.size).toBe(6)
})
