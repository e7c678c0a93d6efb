import { describe, expect, test } from 'vitest'
import {
  encodeReply,
  NO_RECORDS,
  parseName,
  parseQuery,
  parseRdataText,
  type Query,
  type Rrset,
  TYPE,
} from '../../../src/dns/index.ts'
import { Health, NO_HEALTH } from '../../../src/health/index.ts'
import { cacheControl, keeping } from '../../../src/http/cache.ts'
import { MAX_ADDITIONAL_BYTES, MAX_ADDITIONAL_NAMES, MAX_REFERRAL_SERVERS } from '../../../src/limits.ts'
import { loadedZones } from '../../../src/zone/index.ts'
import { resolve } from '../both-forms.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import {
  address,
  contextOf,
  ecsOption,
  must,
  oracle,
  queryOf,
  questionOf,
  replyTo,
  resolved,
  seeded,
  zoneOf,
} from '../support.ts'
import { summary } from './support.ts'

const view = (inside: unknown, outside: unknown) => ({
  kind: 'view',
  rules: [{ networks: ['10.0.0.0/8'], answer: inside }],
  otherwise: outside,
})

const zone = zoneOf({
  '@': { NS: ['ns1', 'ns.example.org.'], MX: ['10 mail', '20 six', '30 nothing', '40 mail.example.net.'] },
  ns1: { A: { ttl: 900, answer: '192.0.2.53' } },
  mail: { A: '192.0.2.25', AAAA: '2001:db8::25' },
  six: { AAAA: '2001:db8::6' },
  null: { MX: '0 .' },
  twice: { MX: ['10 mail', '20 mail'] },
  alias: { CNAME: 'mail' },
  flat: { ALIAS: 'mail' },
  steered: { A: view('192.0.2.1', '192.0.2.2') },
  chance: { A: { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] } },
  fails: { A: { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: '192.0.2.1' }] } },
  short: { A: { ttl: 5, answer: '192.0.2.5' } },
  '*.wild': { A: '192.0.2.77' },
  'to-alias': { MX: '10 alias' },
  'to-flat': { MX: '10 flat' },
  'to-steered': { MX: '10 steered' },
  'to-chance': { MX: '10 chance' },
  'to-fails': { MX: ['10 fails', '20 mail'] },
  'to-short': { MX: '10 short' },
  'to-wild': { MX: '10 x.wild' },
  'by-chain': { CNAME: 'twice' },
  both: { MX: view('10 mail', '10 six') },
  _sip: { SRV: ['0 0 5060 mail', '1 0 5060 .'] },
  afs: { AFSDB: '1 mail' },
  kx: { KX: `\\# 20 000a 046d61696c 076578616d706c65 03636f6d 00` },
  rt: { RT: `\\# 20 000a 046d61696c 076578616d706c65 03636f6d 00` },
  'naptr-a': { NAPTR: '10 10 "a" "" "" mail' },
  'naptr-s': { NAPTR: '10 10 "S" "" "" _sip' },
  'naptr-u': { NAPTR: '10 10 "u" "E2U+sip" "!^.*$!sip:a@example.com!" .' },
  'naptr-next': { NAPTR: '10 10 "" "" "" naptr-a' },
  web: { HTTPS: '1 . alpn=h2', A: '192.0.2.80' },
  other: { SVCB: '1 mail port=53' },
  mode: { HTTPS: '0 web' },
  none: { HTTPS: '0 .' },
  loop: { HTTPS: '0 loop2', A: '192.0.2.8' },
  loop2: { HTTPS: '0 loop' },
  'to-svc-alias': { HTTPS: '1 alias' },
  auto: { HTTPS: '1 . ipv4hint=auto', A: { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] } },
  sub: { NS: ['ns.sub', 'ns1', 'steered', 'ns.example.net.', 'ns.example.org.'] },
  'ns.sub': { A: '192.0.2.54' },
  'below.sub': { A: '192.0.2.55' },
  'to-below': { MX: '10 below.sub' },
})
const net = zoneOf({ mail: { A: '192.0.2.99' }, ns: { A: '192.0.2.98' } }, { origin: 'example.net.' })
const zones = [zone, net]
const name = (text: string): string => (text === '@' ? 'example.com.' : `${text}.example.com.`)
const added = (owner: string, type: string, client = '198.51.100.1'): string[] =>
  summary(resolved(zones, name(owner), type, client)).flatMap((line) => (line.startsWith('+') ? [line.slice(2)] : []))

const MAIL = ['mail.example.com. 300 A 192.0.2.25', 'mail.example.com. 300 AAAA 2001:db8::25']
const WEB = 'web.example.com. 300 A 192.0.2.80'

describe('records that lead to addresses of our zones', () => {
  test.each<[owner: string, type: string, what: string, lines: string[]]>([
    [
      '@',
      'MX',
      'hosts of this zone and another; none for a host that is not there',
      [...MAIL, 'six.example.com. 300 AAAA 2001:db8::6', 'mail.example.net. 300 A 192.0.2.99'],
    ],
    ['@', 'NS', 'the servers of the zone', ['ns1.example.com. 900 A 192.0.2.53']],
    ['null', 'MX', 'the null MX (RFC 7505)', []],
    ['twice', 'MX', 'a host that is named twice', MAIL],
    ['to-alias', 'MX', 'an alias, which a host must not be (RFC 2181 §10.3)', []],
    ['to-flat', 'MX', 'an ALIAS', MAIL.map((line) => line.replace('mail', 'flat'))],
    ['to-wild', 'MX', 'a wildcard', ['x.wild.example.com. 300 A 192.0.2.77']],
    ['by-chain', 'MX', 'behind a CNAME', MAIL],
    ['to-fails', 'MX', 'a host whose addresses fail is left out', MAIL],
    ['to-below', 'MX', 'a host below a delegation is for others to tell', []],
    ['_sip', 'SRV', 'SRV', MAIL],
    ['afs', 'AFSDB', 'AFSDB', MAIL],
    ['kx', 'KX', 'KX, stored by RFC 3597', MAIL],
    ['rt', 'RT', 'RT, stored by RFC 3597', MAIL],
    ['naptr-a', 'NAPTR', 'the flag A', MAIL],
    [
      'naptr-s',
      'NAPTR',
      'the flag S: the SRV, and its host',
      ['_sip.example.com. 300 SRV 0 0 5060 mail.example.com.', '_sip.example.com. 300 SRV 1 0 5060 .', ...MAIL],
    ],
    ['naptr-u', 'NAPTR', 'the flag U', []],
    ['naptr-next', 'NAPTR', 'no flag: another NAPTR comes next', []],
    ['web', 'HTTPS', 'the owner itself', [WEB]],
    ['other', 'SVCB', 'the target', MAIL],
    [
      'mode',
      'HTTPS',
      'AliasMode: the record at the target, and its addresses',
      ['web.example.com. 300 HTTPS 1 . alpn="h2"', WEB],
    ],
    ['none', 'HTTPS', 'AliasMode to the root: there is no service', []],
    [
      'loop',
      'HTTPS',
      'AliasMode in a circle ends',
      ['loop2.example.com. 300 HTTPS 0 loop.example.com.', 'loop.example.com. 300 A 192.0.2.8'],
    ],
    ['to-svc-alias', 'HTTPS', 'an alias', ['alias.example.com. 300 CNAME mail.example.com.', ...MAIL]],
  ])('%s %s: %s', (owner, type, _what, lines) => {
    const found = added(owner, type)
    expect(found).toEqual(lines)
    // The same from what is remembered.
    expect(added(owner, type)).toEqual(lines)
  })

  test('a referral: glue, and hosts of our zones outside the delegation', () => {
    expect(added('www.sub', 'A')).toEqual([
      'ns.sub.example.com. 300 A 192.0.2.54',
      'ns1.example.com. 900 A 192.0.2.53',
      'steered.example.com. 300 A 192.0.2.2',
      'ns.example.net. 300 A 192.0.2.98',
    ])
  })
  test('questions for addresses, aliases and everything have none', () => {
    for (const [owner, type] of [
      ['mail', 'A'],
      ['alias', 'CNAME'],
      ['@', 'ANY'],
      ['@', 'SOA'],
      ['nope', 'MX'],
    ] as const)
      expect(added(owner, type)).toEqual([])
  })
  test('a zone that is not loaded is not waited for', () => {
    const loaded = loadedZones([zone])
    const find = (key: string) =>
      key.endsWith(net.origin.key) ? ({ kind: 'unloaded', origin: net.origin.key } as const) : loaded.find(key)
    const asker = { client: address('192.0.2.1'), health: NO_HEALTH, random: seeded(1), identity: '' }
    const resolution = resolve(questionOf(name('@'), 'MX'), { find }, asker)
    if (resolution.kind !== 'resolved') throw new Error(resolution.kind)
    expect(summary(resolution).at(-1)).toBe('+ six.example.com. 300 AAAA 2001:db8::6')
  })
  test('a zone of ours below the zone has the say about its names', () => {
    const parent = zoneOf({ '@': { MX: '10 mail.child' }, 'mail.child': { A: '192.0.2.1' } })
    const child = zoneOf({ mail: { A: '192.0.2.2' } }, { origin: 'child.example.com.' })
    expect(summary(resolved([parent, child], name('@'), 'MX')).at(-1)).toBe('+ mail.child.example.com. 300 A 192.0.2.2')
    expect(summary(resolved([parent], name('@'), 'MX')).at(-1)).toBe('+ mail.child.example.com. 300 A 192.0.2.1')
  })
})

describe('addresses are steered as they are', () => {
  test.each([
    ['10.1.2.3', 'steered.example.com. 300 A 192.0.2.1'],
    ['198.51.100.1', 'steered.example.com. 300 A 192.0.2.2'],
  ])('by the client %s', (client, line) => {
    expect(added('to-steered', 'MX', client)).toEqual([line])
  })
  test.each<[owner: string, ecs: string, scope: number]>([
    ['to-steered', '10.1.2.0/24', 8],
    ['to-steered', '192.0.2.0/24', 1],
    ['to-fails', '10.1.2.0/24', 8],
    ['to-fails', '192.0.2.0/24', 1],
    ['twice', '10.1.2.0/24', 0],
    ['to-chance', '10.1.2.0/24', 0],
    ['both', '10.1.2.0/24', 8],
  ])('the scope of %s for %s is %i', (owner, ecs, scope) => {
    const reply = replyTo(queryOf(name(owner), 'MX', { options: [ecsOption(ecs)] }), contextOf(zones))
    const opt = oracle(reply.message).additionals?.find((record) => record.type === 'OPT') as unknown as {
      options: { scopePrefixLength: number }[]
    }
    expect(opt.options[0]?.scopePrefixLength).toBe(scope)
  })
  test.each<[owner: string, ecs: string | undefined, expected: string]>([
    ['twice', undefined, 'public, max-age=300'],
    ['to-steered', undefined, 'private, max-age=300'],
    ['to-steered', '10.1.2.0/24', 'public, max-age=300'],
    ['to-chance', '10.1.2.0/24', 'private, max-age=300'],
    ['to-short', undefined, 'public, max-age=5'],
  ])('%s with the option %s is %s', (owner, ecs, expected) => {
    const options = ecs === undefined ? [] : [ecsOption(ecs)]
    const reply = replyTo(queryOf(name(owner), 'MX', { options }), contextOf(zones))
    expect(cacheControl(keeping(reply, 'GET'))).toBe(expected)
  })
  test('a hint and the address beside it are one draw', () => {
    for (let seed = 0; seed < 20; seed++) {
      const [, answer, additional] = summary(resolved(zones, name('auto'), 'HTTPS', '192.0.2.1', seed))
      const [, hint] = /ipv4hint=(\S+)/.exec(answer as string) ?? []
      expect(additional).toBe(`+ auto.example.com. 300 A ${hint}`)
    }
  })
  test('what is down is not told', () => {
    const pool = zoneOf({
      '@': { MX: '10 mail' },
      mail: { A: { kind: 'pool', check: { kind: 'tcp', port: 25 }, members: ['192.0.2.1', '192.0.2.2'] } },
    })
    for (const [target, left] of [
      ['192.0.2.1:25', '192.0.2.2'],
      ['192.0.2.2:25', '192.0.2.1'],
    ] as const) {
      const states = pool.conditions.map(
        (one) => [one.probe.id, stateOf(one.target === target ? 'down' : 'up')] as const,
      )
      const health = new Health([vantageOf('cron', Object.fromEntries(states), 1000)], [], 1_000_000)
      const { response } = replyTo(queryOf(name('@'), 'MX'), contextOf([pool], { health }))
      expect(response.additional.flatMap(({ rdatas }) => rdatas.map(({ text }) => text))).toEqual([left])
    }
  })
})

describe('the section is bounded', () => {
  const hosts = Array.from({ length: 1000 }, (_, i) => `host-${i}`)
  const own = Object.fromEntries(hosts.map((host) => [host, { A: '192.0.2.1' }]))
  const octets = (reply: ReturnType<typeof replyTo>) =>
    reply.message.length -
    replyTo(queryOf(name('plain'), 'MX'), contextOf([zoneOf({ plain: { MX: '1 .' } })])).message.length

  test('names', () => {
    const many = zoneOf({ '@': { MX: hosts.map((host) => `10 ${host}`) }, ...own })
    expect(resolved([many], name('@'), 'MX').response.additional).toHaveLength(MAX_ADDITIONAL_NAMES)
  })
  test('octets: whole rrsets only, and a smaller one behind a large one', () => {
    const large = Array.from({ length: 1000 }, (_, i) => `2001:db8::${i}`)
    const big = zoneOf({ '@': { MX: ['10 big', '20 small'] }, big: { AAAA: large }, small: { A: '192.0.2.1' } })
    const reply = replyTo(queryOf(name('@'), 'MX'), contextOf([big]))
    expect(reply.response.additional.map(({ rdatas }) => rdatas.length)).toEqual([1])
    expect(octets(reply)).toBeLessThan(MAX_ADDITIONAL_BYTES)
  })
  test('a referral to 1,000 servers with glue fits: a subset, those with glue first', () => {
    const servers = ['ns.example.org.', ...hosts.map((host) => `${host}.sub`)]
    const glue = Object.fromEntries(hosts.map((host) => [`${host}.sub`, { A: '192.0.2.1', AAAA: '2001:db8::1' }]))
    const delegating = zoneOf({ sub: { NS: servers }, ...glue })
    const { message, response } = replyTo(queryOf('www.sub.example.com.', 'A'), contextOf([delegating]))
    expect(response.authority[0]?.rdatas).toHaveLength(MAX_REFERRAL_SERVERS)
    const told = new Set(response.authority[0]?.rdatas.map(({ text }) => text))
    expect(told).not.toContain('ns.example.org.')
    expect(response.additional.length).toBeGreaterThan(MAX_REFERRAL_SERVERS)
    const decoded = oracle(message)
    expect(decoded).toMatchObject({ rcode: 'NOERROR', flag_tc: false })
    expect(decoded.authorities).toHaveLength(MAX_REFERRAL_SERVERS)
  })
  test('a message that is nearly full has as many whole rrsets as fit', () => {
    const { value: query } = parseQuery(queryOf('example.com.', 'TXT')) as { value: Query }
    const rrset = (type: number, ...texts: string[]): Rrset => ({
      ...{ owner: must(parseName('example.com.')), type, ttl: 1 },
      rdatas: texts.map((text) => must(parseRdataText(type, text))),
    })
    const additional = [rrset(TYPE.A, '192.0.2.1', '192.0.2.2'), rrset(TYPE.AAAA, '2001:db8::1')]
    const told = Array.from({ length: 100 }, (_, i) => {
      // 249 records of 260 octets, and one that grows.
      const answer = [rrset(TYPE.TXT, ...Array(249).fill('x'.repeat(247)), `${'y'.repeat(210)} ${'y'.repeat(100 + i)}`)]
      const { message, response, fits } = encodeReply(query, { ...NO_RECORDS, rcode: 0, answer, additional })
      const decoded = oracle(message) as ReturnType<typeof oracle> & { readonly rcode: string }
      expect(decoded.additionals).toHaveLength(response.additional.flatMap(({ rdatas }) => rdatas).length)
      return fits ? response.additional.length : decoded.rcode
    })
    expect([...new Set(told)]).toEqual([2, 1, 0, 'SERVFAIL'])
  })
})
