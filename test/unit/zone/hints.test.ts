import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRdataText, TYPE } from '../../../src/dns/index.ts'
import { Health, NO_HEALTH } from '../../../src/health/index.ts'
import { loadedZones, type Zone } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { outcomes, resolve } from '../both-forms.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import {
  address,
  contextOf,
  documentOf,
  ecsOption,
  hex,
  must,
  queryOf,
  questionOf,
  replyTo,
  resolved,
  seeded,
  zoneOf,
} from '../support.ts'
import { issuesOf, summary } from './support.ts'

/** Address hints that are `auto`: HTTPS and SVCB records that say what A and AAAA would. */

const full = (name: string): string => `${name}.example.com.`
const BOTH = 'ipv4hint=auto ipv6hint=auto'
const HTTPS = { ttl: 100, answer: `1 . alpn=h2 ${BOTH}` }

const zone = zoneOf({
  both: { A: { ttl: 50, answer: '192.0.2.1' }, AAAA: { ttl: 40, answer: '2001:db8::1' }, HTTPS },
  long: { A: { ttl: 500, answer: '192.0.2.1' }, HTTPS },
  none: { TXT: 'x', HTTPS },
  fails: { A: { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: '192.0.2.1' }] }, HTTPS },
  '*.wild': { A: { kind: 'name-hashed', members: [{ weight: 1, answer: '192.0.2.7' }] }, HTTPS },
  to: { HTTPS: { ttl: 100, answer: `1 chain port=8443 ${BOTH}` } },
  chain: { CNAME: { ttl: 20, answer: 'both' } },
  alias: { ALIAS: { ttl: 30, answer: 'both' }, HTTPS },
  old: { DNAME: { ttl: 10, answer: 'new' } },
  'x.new': { A: '192.0.2.9' },
  far: { HTTPS: ['1 x.old ipv4hint=auto', '2 www.example.net. ipv4hint=auto', '3 www.example.org. ipv4hint=auto'] },
  mode: { A: '192.0.2.1', HTTPS: ['0 both ipv4hint=auto'] },
  same: { HTTPS: ['1 none ipv4hint=auto', '1 none'] },
  mixed: { A: '192.0.2.1', HTTPS: '1 . ipv6hint=2001:db8::9 ipv4hint=auto mandatory=ipv6hint,alpn alpn=h2 key667=x' },
  many: { A: Array.from({ length: 40 }, (_, i) => `192.0.2.${i}`), HTTPS: '1 . ipv4hint=auto' },
  asked: { CNAME: 'both' },
  lookedUp: { SVCB: '1 both ipv4hint=auto' },
})
const other = zoneOf({ www: { A: { ttl: 5, answer: '192.0.2.8' } } }, { origin: 'example.net.' })
const zones = [zone, other]

describe('what is filled in', () => {
  test.each<[string, string, string[]]>([
    ['both', 'the smallest TTL', ['40 HTTPS 1 . alpn="h2" ipv4hint=192.0.2.1 ipv6hint=2001:db8::1']],
    ['long', 'its own, where that is the smallest', ['100 HTTPS 1 . alpn="h2" ipv4hint=192.0.2.1']],
    ['none', 'nothing', ['100 HTTPS 1 . alpn="h2"']],
    ['fails', 'nothing where the addresses fail', ['100 HTTPS 1 . alpn="h2"']],
    ['a.wild', 'a wildcard', ['100 HTTPS 1 . alpn="h2" ipv4hint=192.0.2.7']],
    [
      'to',
      'its target, along a CNAME',
      ['20 HTTPS 1 chain.example.com. port=8443 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1'],
    ],
    ['alias', 'an ALIAS', ['30 HTTPS 1 . alpn="h2" ipv4hint=192.0.2.1 ipv6hint=2001:db8::1']],
    [
      'far',
      'targets below a DNAME, in another zone, in none',
      [
        '5 HTTPS 1 x.old.example.com. ipv4hint=192.0.2.9',
        '5 HTTPS 2 www.example.net. ipv4hint=192.0.2.8',
        '5 HTTPS 3 www.example.org.',
      ],
    ],
    ['mode', 'AliasMode, which has no parameters', ['300 HTTPS 0 both.example.com.']],
    ['same', 'records that come to the same', ['300 HTTPS 1 none.example.com.']],
    [
      'mixed',
      'beside other parameters, in order',
      ['300 HTTPS 1 . mandatory=alpn,ipv6hint alpn="h2" ipv4hint=192.0.2.1 ipv6hint=2001:db8::9 key667="x"'],
    ],
  ])('%s: %s', (name, _, records) => {
    const found = resolved(zones, full(name), 'HTTPS')
    const told = summary(found).filter((line) => !line.startsWith('+'))
    expect(told).toEqual(['NOERROR aa', ...records.map((record) => `= ${full(name)} ${record}`)])
    // On the wire it is as if the addresses had been written.
    for (const { bytes, text } of found.response.answer[0]?.rdatas ?? []) {
      expect(hex(bytes)).toBe(hex(must(parseRdataText(TYPE.HTTPS, text)).bytes))
      expect(text).not.toContain('auto')
    }
  })

  test('SVCB too; what a CNAME leads to; not more than 16 addresses', () => {
    expect(summary(resolved(zones, full('lookedUp'), 'SVCB'))[1]).toContain('SVCB 1 both.example.com. ipv4hint=192')
    expect(summary(resolved(zones, full('asked'), 'HTTPS'))[2]).toContain('both.example.com. 40 HTTPS')
    const [many] = resolved(zones, full('many'), 'HTTPS').response.answer[0]?.rdatas ?? []
    expect(many?.text.split(',')).toHaveLength(16)
  })

  test('the zone of the target is asked for where it is not loaded', () => {
    const unloaded = { kind: 'unloaded', origin: other.origin.key } as const
    const loaded = loadedZones([zone])
    const find = (name: string) => (name.endsWith(other.origin.key) ? unloaded : loaded.find(name))
    const asker = { client: address('192.0.2.1'), health: NO_HEALTH, random: seeded(1), identity: '' }
    const resolution = resolve(questionOf(full('far'), 'HTTPS'), { find }, asker)
    expect(resolution).toEqual({ kind: 'needs-zone', origin: other.origin.key })
  })

  test('a record without auto is as it is, and asks for nothing', () => {
    const plain = zoneOf({ x: { A: '192.0.2.1', HTTPS: '1 . ipv4hint=192.0.2.9' } })
    const { response, trace } = resolved([plain], full('x'), 'HTTPS')
    expect(response.answer[0]?.rdatas[0]?.text).toBe('1 . ipv4hint=192.0.2.9')
    expect(trace.map(({ step }) => step)).not.toContain('hint')
  })
})

describe('nobody gets around the steering', () => {
  const steered = zoneOf({
    www: {
      A: {
        ttl: 60,
        answer: {
          kind: 'view',
          rules: [
            { networks: ['10.0.0.0/8', '2001:db8:1::/48'], answer: { kind: 'hashed', of: ['192.0.2.1', '192.0.2.2'] } },
            { networks: ['11.1.0.0/16'], answer: [] },
          ],
          otherwise: '192.0.2.3',
        },
      },
      AAAA: {
        kind: 'networks',
        networks: { '10.1.0.0/16': '2001:db8::1', '2001:db8::/32': '2001:db8::2', '0.0.0.0/0': '2001:db8::3' },
      },
      HTTPS,
    },
  })
  const octet = fc.nat({ max: 255 })
  const client = fc.oneof(
    fc
      .tuple(fc.constantFrom('10', '11', '12', '10.1', '11.1'), octet, octet, octet)
      .map(([head, ...rest]) => [...head.split('.'), ...rest].slice(0, 4).join('.')),
    fc.tuple(fc.constantFrom('2001:db8:1', '2001:db8:2', '2a00:1'), octet).map(([head, last]) => `${head}::${last}`),
  )

  test('each client gets the addresses that it would be answered with, scope and TTL of all three', () => {
    fc.assert(
      fc.property(client, (from) => {
        const ask = (type: string) => resolved([steered], full('www'), type, from).response
        const [a, aaaa, https] = [ask('A'), ask('AAAA'), ask('HTTPS')]
        const texts = ({ answer }: typeof a) => answer.flatMap(({ rdatas }) => rdatas.map(({ text }) => text)).join()
        const hints = [`ipv4hint=${texts(a)}`, `ipv6hint=${texts(aaaa)}`].filter((hint) => !hint.endsWith('='))
        expect(https.answer[0]?.rdatas[0]?.text).toBe(['1 . alpn="h2"', ...hints].join(' '))
        expect(https.scope).toBe(Math.max(a.scope, aaaa.scope))
        expect(https.answer[0]?.ttl).toBe(Math.min(100, ...a.answer.map(({ ttl }) => ttl)))
      }),
      { numRuns: runCount(200) },
    )
  })

  test('a reply by the connection is for nobody else, one by Client Subnet has the scope', () => {
    const plain = replyTo(queryOf(full('www'), 'HTTPS'), contextOf([steered]))
    expect(plain.shareable).toBe(false)
    const bySubnet = replyTo(
      queryOf(full('www'), 'HTTPS', { options: [ecsOption('12.0.0.0/24')] }),
      contextOf([steered]),
    )
    expect([bySubnet.shareable, bySubnet.response.scope]).toEqual([true, 6])
  })

  test('health has its say, in the TTL too', () => {
    const check = { kind: 'tcp', port: 443, interval: 20, fall: 3 }
    const members = ['192.0.2.1', '192.0.2.2']
    const pools = zoneOf({
      www: { A: { ttl: [1, 80], answer: { kind: 'pool', check, members, whenDown: 'refused' } }, HTTPS },
    })
    const states = (up: readonly boolean[]) =>
      Object.fromEntries(pools.conditions.map(({ probe }, i) => [probe.id, stateOf(up[i] ? 'up' : 'down')]))
    const ask = (up: readonly boolean[]) => {
      const health = new Health([vantageOf('cron', states(up))], [], 1_000_000)
      const asker = { client: address('192.0.2.1'), health, random: seeded(1), identity: '' }
      const found = resolve(questionOf(full('www'), 'HTTPS'), loadedZones([pools]), asker)
      const all = outcomes(questionOf(full('www'), 'HTTPS'), loadedZones([pools]), asker)
      if (found.kind !== 'resolved') throw new Error(found.kind)
      const told = all?.records.map(({ ttl, text, chance }) => `${ttl} ${text}: ${chance?.toFraction()}`)
      return [summary(found)[1]?.replace(/^.* (\d+ HTTPS)/, '$1'), ...(told ?? [])]
    }
    expect(ask([false, true])).toEqual([
      '40 HTTPS 1 . alpn="h2" ipv4hint=192.0.2.2',
      '40 1 . alpn="h2" ipv4hint=192.0.2.2: 1',
    ])
    expect(ask([false, false])).toEqual(['100 HTTPS 1 . alpn="h2"', '100 1 . alpn="h2": 1'])
    expect(ask([true, true])[1]).toBe('60 1 . alpn="h2" ipv4hint=auto ipv6hint=auto: undefined')
  })
})

describe('chance', () => {
  const random = (...of: string[]) => ({ kind: 'random', of })
  const zone = zoneOf({
    a: { A: random('192.0.2.1', '192.0.2.2'), AAAA: '2001:db8::1', HTTPS: [`1 . ${BOTH}`, '2 . port=1 ipv4hint=auto'] },
    b: { CNAME: random('c1', 'c2') },
    c1: { A: '192.0.2.1', AAAA: '2001:db8::1' },
    c2: { A: '192.0.2.2', AAAA: '2001:db8::2' },
    via: { HTTPS: `1 b ${BOTH}` },
    // The CNAME on the way decides for the hints as well.
    start: { CNAME: random('d1', 'd2') },
    d1: { A: '192.0.2.1', HTTPS: '1 start ipv4hint=auto' },
    d2: { A: '192.0.2.2', HTTPS: '2 start ipv4hint=auto' },
  })
  const textsOf = (name: string, seed: number) => {
    const found = resolved([zone], full(name), 'HTTPS', '192.0.2.1', seed)
    expect(found.byChance).toBe(true)
    return found.response.answer.at(-1)?.rdatas.map(({ text }) => text) ?? []
  }

  test('one reply has one draw', () => {
    const seen = new Set<string>()
    for (let seed = 0; seed < 40; seed++) {
      const drawn = textsOf('a', seed).map((text) => /ipv4hint=(\S+)/.exec(text)?.[1])
      expect(new Set(drawn).size).toBe(1)
      seen.add(drawn[0] as string)
      expect(textsOf('via', seed)[0]).toMatch(/=192\.0\.2\.(\d) ipv6hint=2001:db8::\1$/)
      expect(textsOf('start', seed)[0]).toMatch(/^(\d) .*=192\.0\.2\.\1$/)
    }
    expect(seen.size).toBe(2)
  })

  test('no chance is told of what is put together by chance', () => {
    const asked = { client: address('192.0.2.1'), health: NO_HEALTH, random: Math.random, identity: '' }
    const found = outcomes(questionOf(full('a'), 'HTTPS'), loadedZones([zone]), asked)
    expect(found?.records.map(({ text, chance }) => [text, chance])).toEqual([
      ['1 . ipv4hint=auto ipv6hint=auto', null],
      ['2 . port=1 ipv4hint=auto', null],
    ])
    expect(found?.endings.map(({ ending, chance }) => [ending, chance?.valueOf()])).toEqual([['records', 1]])
  })

  test('nor of records that come to the same', () => {
    const twice = zoneOf({ x: { HTTPS: { kind: 'random', of: ['1 none ipv4hint=auto', '1 none'] } } })
    const asked = { client: address('192.0.2.1'), health: NO_HEALTH, random: Math.random, identity: '' }
    const found = outcomes(questionOf(full('x'), 'HTTPS'), loadedZones([twice]), asked)
    expect(found?.records.map(({ chance }) => chance)).toEqual([null, null])
  })
})

test('where a chance is told, it is that of the very record', () => {
  const name = fc.constantFrom('t', 'u', 'v', 'w', 'nix')
  const addresses = fc.constantFrom<unknown>(
    '192.0.2.1',
    { ttl: 7, answer: '192.0.2.2' },
    ['192.0.2.3', '192.0.2.4'],
    { kind: 'random', of: ['192.0.2.5', '192.0.2.6'] },
    { kind: 'view', rules: [{ networks: ['11.0.0.0/8'], answer: '192.0.2.7' }] },
    [],
  )
  const owner = fc.oneof(
    addresses.map((A) => ({ A })),
    name.map((CNAME) => ({ CNAME: { ttl: 9, answer: CNAME } })),
    fc.tuple(name, name).map(([a, b]) => ({ ALIAS: { kind: 'random', of: [a, b] } })),
  )
  const https = fc.oneof(
    fc.tuple(fc.constantFrom('1', '2'), name).map(([priority, target]) => `${priority} ${target} ipv4hint=auto`),
    name.map((target) => `1 ${target}`),
  )
  const answer = fc.oneof(
    https,
    fc.tuple(https, https),
    fc.record({ kind: fc.constant('random'), of: fc.tuple(https, https) }),
  )
  const DRAWS = 60
  fc.assert(
    fc.property(owner, owner, owner, owner, answer, (t, u, v, w, HTTPS) => {
      const zone: Zone = zoneOf({ t, u, v, w, x: { HTTPS } })
      const zones = loadedZones([zone])
      const asked = { client: address('10.1.2.3'), health: NO_HEALTH, random: Math.random, identity: '' }
      const found = outcomes(questionOf(full('x'), 'HTTPS'), zones, asked)
      const certain = new Map(found?.records.map(({ ttl, text, chance }) => [`${ttl} ${text}`, chance]))
      const isKnown = [...certain.values()].every((chance) => chance !== null)
      const random = seeded(5)
      const seen = new Map<string, number>()
      for (let i = 0; i < DRAWS; i++) {
        const resolution = resolve(questionOf(full('x'), 'HTTPS'), zones, { ...asked, random, identity: '' })
        if (resolution.kind !== 'resolved') throw new Error(resolution.kind)
        for (const { ttl, rdatas } of resolution.response.answer)
          for (const { text } of rdatas) seen.set(`${ttl} ${text}`, (seen.get(`${ttl} ${text}`) ?? 0) + 1)
      }
      if (!isKnown) return
      expect([...certain.keys()].sort()).toEqual([...seen.keys()].sort())
      for (const [what, count] of seen) {
        const chance = certain.get(what)?.valueOf() ?? Number.NaN
        expect(Math.abs(count / DRAWS - chance)).toBeLessThanOrEqual(5 * Math.sqrt((chance * (1 - chance)) / DRAWS))
      }
    }),
    { numRuns: runCount(200, 400) },
  )
})

test('a hint that may be left out cannot be mandatory', () => {
  expect(issuesOf(documentOf({ x: { HTTPS: '1 . mandatory=ipv4hint ipv4hint=auto' } }))).toEqual([
    'records / x / HTTPS: mandatory names ipv4hint, which is left out where there are no addresses; expected addresses for auto',
  ])
})
