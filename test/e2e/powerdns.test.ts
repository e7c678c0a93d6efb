import { once } from 'node:events'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Health, type Probe, type TargetState, UNPROBED } from '../../src/health/index.ts'
import { type LocalZone, loadedZones } from '../../src/zone/index.ts'
import { compileSource } from '../../src/zonefile/index.ts'
import { resolve } from '../unit/both-forms.ts'
import { address, must, questionOf, seeded } from '../unit/support.ts'
import { type Ask, answersOf, askDoh, askUdp, countOf, type Options, subnetOf, summary, unlikely } from './messages.ts'
import { type PowerDns, startPowerDns } from './pdns.ts'
import { freePort, pooled, times, until } from './processes.ts'
import { type Files, type Server, startServer, testZones } from './server.ts'
import { needs } from './tools.ts'

/** Lengths at which PowerDNS changes the iteration order of a weighted table. */
const LENGTHS = [1, 2, 13, 14, 15, 29, 30, 31, 59, 60, 61, 100]

function weightedLists(): string {
  const lists = LENGTHS.map((length) => {
    const members = Array.from({ length }, (_, index) => `{${1 + ((index * 7) % 11)},'192.0.2.${index + 1}'}`)
    return `w${length} LUA A "pickwhashed({${members.join(',')}})"\n`
  })
  return `$TTL 60\n@ SOA ns.oracle.example. hostmaster 1 2 3 4 5\n@ NS ns1.oracle.example.\n${lists.join('')}`
}

/** Varied addresses, networks, and the borders of the networks in the zone. */
const CLIENTS: readonly string[] = (() => {
  const random = seeded(7)
  const octet = () => Math.floor(random() * 256)
  const group = () => Math.floor(random() * 65_536).toString(16)
  const many = (count: number, make: () => string) => Array.from({ length: count }, make)
  return [
    ...['9.255.255.255/32', '10.0.0.0/32', '10.1.0.0/32', '10.255.255.255/32', '11.0.0.0/32', '11.255.255.255/32'],
    ...['12.0.0.0/32', '192.0.2.7/32', '192.0.2.6/32', '127.0.0.1/32', '10.0.0.0/8', '::1/128'],
    ...['2001:db8::/32', '2001:db8:ffff:ffff::/64', '2001:db9::/32', '2001:db8:1::/48', '2001:db8:2::/48'],
    ...many(90, () => `${octet()}.${octet()}.${octet()}.${octet()}/32`),
    ...many(30, () => `${octet()}.${octet()}.${octet()}.0/24`),
    ...many(20, () => `10.${octet()}.${octet()}.0/24`),
    ...many(50, () => `2001:db8:${group()}:${group()}::${group()}/128`),
    ...many(20, () => `2a0${octet() % 10}:${group()}:${group()}::/48`),
  ]
})()

const V4 = CLIENTS.filter((client) => !client.includes(':'))

/** Relative names in the zone whose answers do not depend on chance. */
const NAMES = `
  @ ns1 mail three _sip._tcp 9.2 2 gen1 gen3 gen4 nothing
  wild *.wild x.wild y.x.wild host.wild x.host.wild b.wild a.b.wild c.b.wild ent b.ent a.b.ent x.ent
  sub ns.sub x.sub alias alias2 alias-wild alias-none alias-out alias-other alias-lua alias-star astar x.astar
  view first nomatch hostbits ViEw hashed whashed hashed-txt view-hashed to-hashed
  to to-none to-wild to-other steer x.steer y.x.steer x.y.steer y.steer z.y.steer X.StEeR x.goto y.x.goto
  all sample-none sample-all sample-minus mixed two
`
  .trim()
  .split(/\s+/)
  .map((name) => (name === '@' ? 'oracle.example' : `${name}.oracle.example`))

const OTHER_ZONE = ['second.example', 'www.second.example', 'back.second.example', 'nothing.second.example']
const OUTSIDE = ['elsewhere.example.org', 'example']

const TYPES = ['A', 'AAAA', 'TXT', 'CNAME', 'MX', 'NS', 'SOA', 'UNKNOWN_65402']
const LUA_TYPE = 'UNKNOWN_65402'

needs('pdns_server')('PowerDNS, with the same queries', () => {
  let server: Server
  let pdns: PowerDns
  let ours: Ask
  let theirs: Ask
  beforeAll(async () => {
    const { 'oracle.example.zone': oracle = '', 'second.example.zone': second = '' } = testZones()
    const zones: Files = {
      'lists.example.zone': weightedLists(),
      'oracle.example.zone': oracle,
      'second.example.zone': second,
    }
    pdns = await startPowerDns(zones)
    server = await startServer(zones)
    ours = askDoh(server.url)
    theirs = askUdp(pdns.port)
  })
  afterAll(async () => {
    await server?.stop()
    await pdns?.stop()
  })

  const both = <T>(read: (reply: Awaited<ReturnType<Ask>>) => T, name: string, type: string, options: Options = {}) =>
    Promise.all([ours(name, type, options).then(read), theirs(name, type, options).then(read)])

  describe('returns the same rcode, AA, answer, authority and TTLs', () => {
    test.each([...NAMES, ...OTHER_ZONE, ...OUTSIDE])('%s', async (name) => {
      const questions = TYPES.flatMap((type) => [{ type }, { type, subnet: '10.1.2.3/32' }])
      const replies = await pooled(questions, ({ type, ...options }) => both(summary, name, type, options))
      const labelled = (lines: readonly string[], index: number) => [JSON.stringify(questions[index]), ...lines]
      expect(replies.map(([mine], index) => labelled(mine, index))).toEqual(
        replies.map(([, oracle], index) => labelled(withoutQuirks(oracle, name, TYPES[index >> 1]), index)),
      )
    })

    test.each<[name: string, type: string]>([
      ...['bare', 'bracketed', 'long-text', 'weights', 'literal', 'list', 'empty', 'twice', 'no-masks'].map(
        (name): [string, string] => [name, 'A'],
      ),
      ...['text', 'number', 'nothing-txt', 'escapes'].map((name): [string, string] => [name, 'TXT']),
      ['upper', 'AAAA'],
      ['mx', 'MX'],
      ['srv', 'SRV'],
      ['ptr', 'PTR'],
      ['unknown', 'UNKNOWN_65280'],
    ])('for the LUA of %s %s', async (name, type) => {
      for (const subnet of CLIENTS.slice(0, 20)) {
        const [mine, oracle] = await both(summary, `${name}.oracle.example`, type, { subnet })
        expect(mine).toEqual(oracle)
      }
    })

    test('and does not send LUA code', async () => {
      expect(summary(await ours('view.oracle.example', LUA_TYPE))[0]).toBe('NOERROR aa')
      expect((await ours('view.oracle.example', LUA_TYPE)).answers).toEqual([])
    })
  })

  describe(`returns the same to ${CLIENTS.length} clients`, () => {
    test.each([
      ['hashed', 'A', 3],
      ['hashed', 'AAAA', 2],
      ['whashed', 'A', 2],
      ['whashed', 'AAAA', 3],
      ['view-hashed', 'A', 4],
      ['view', 'A', 3],
      ['view', 'AAAA', 2],
      ['first', 'A', 3],
      ['to-hashed', 'A', 3],
    ])('%s %s, which has %i answers', async (name, type, distinct) => {
      const asked = await pooled(CLIENTS, (subnet) => both(answersOf, `${name}.oracle.example`, type, { subnet }))
      expect(asked.map(([mine], index) => `${CLIENTS[index]} ${mine}`)).toEqual(
        asked.map(([, oracle], index) => `${CLIENTS[index]} ${oracle}`),
      )
      expect(countOf(asked.map(([mine]) => mine).filter((mine) => mine.length > 0)).size).toBe(distinct)
    })
  })

  test.each(LENGTHS)('iterates a weighted table of %i in the same order', async (length) => {
    const clients = V4.slice(0, 40)
    const asked = await pooled(clients, (subnet) => both(answersOf, `w${length}.lists.example`, 'A', { subnet }))
    expect(asked.map(([mine]) => mine)).toEqual(asked.map(([, oracle]) => oracle))
    expect(countOf(asked.map(([mine]) => mine)).size).toBeGreaterThan(length > 2 ? 4 : length - 1)
  })

  describe('draws with the same probabilities', () => {
    const third = 1 / 3
    const quarter = 1 / 4
    const half = 1 / 2
    test.each<[name: string, subnet: string, probabilities: Record<string, number>]>([
      [
        'random',
        '192.0.2.0/24',
        { '192.0.2.121': quarter, '192.0.2.122': quarter, '192.0.2.123': quarter, '192.0.2.124': quarter },
      ],
      ['wrandom', '192.0.2.0/24', { '1.2.3.4': third, '4.3.2.1': 2 * third }],
      ['wrandom3', '192.0.2.0/24', { '192.0.2.125': 0.7, '192.0.2.126': 0.2, '192.0.2.127': 0.1 }],
      [
        'sample',
        '192.0.2.0/24',
        {
          '192.0.2.128 192.0.2.129': third,
          '192.0.2.128 192.0.2.130': third,
          '192.0.2.129 192.0.2.130': third,
        },
      ],
      ['view-random', '10.2.3.0/24', { '192.0.2.131': quarter, '192.0.2.132': 3 * quarter }],
      ['view-random', '2001:db8::/56', { '192.0.2.133': half, '192.0.2.134': half }],
      ['view-two', '198.51.100.0/24', { '192.0.2.135': half, '192.0.2.136': half }],
      ['nested', '192.0.2.0/24', { '192.0.2.137': quarter, '192.0.2.138': quarter, '192.0.2.139': half }],
      [
        'to-random',
        '192.0.2.0/24',
        {
          '192.0.2.101 192.0.2.102 192.0.2.103 all.oracle.example': half,
          '192.0.2.25 mail.oracle.example': half,
        },
      ],
    ])('%s for %s', async (name, subnet, probabilities) => {
      for (const ask of [ours, theirs]) {
        const asked = await times(240, () => ask(`${name}.oracle.example`, 'A', { subnet }))
        expect(unlikely(countOf(asked.map(answersOf)), probabilities)).toEqual([])
      }
    })
  })

  /** PowerDNS gives every LUA answer the source length as its scope; our scope is exact. */
  test.each([
    ['three', '203.0.113.0/24', 0, 0],
    ['view', '203.0.113.0/24', 1, 24],
    ['view', '10.1.2.0/24', 8, 24],
    ['view', '10.0.0.0/7', 8, 7],
    ['first', '10.1.2.0/24', 8, 24],
    ['hashed', '203.0.113.0/24', 32, 24],
    ['random', '203.0.113.0/24', 0, 24],
    ['to', '10.1.2.0/24', 8, 24],
    ['nothing', '203.0.113.0/24', 0, 0],
    ['hashed', '0.0.0.0/0', 0, 0],
  ])('differs in the ECS scope of %s for %s: %i, PowerDNS %i', async (name, subnet, mine, oracle) => {
    const replies = await both(subnetOf, `${name}.oracle.example`, 'A', { subnet })
    expect(replies).toEqual([`${subnet}/${mine}`, `${subnet}/${oracle}`])
  })
})

/**
 * Removes answers in which PowerDNS 4.7 is not a model: AA beside SERVFAIL, and a SOA beside a queried wildcard CNAME.
 */
function withoutQuirks(lines: readonly string[], name: string, type: string | undefined): string[] {
  const soaBeside = type === 'CNAME' && /^(x\.astar|(y\.)?x\.goto)\./.test(name)
  return lines
    .map((line) => (line === 'SERVFAIL aa' ? 'SERVFAIL' : line))
    .filter((line) => !(soaBeside && line.startsWith('! oracle.example 60 SOA')))
}

/**
 * Health checks: servers listen on some addresses of loopback, and PowerDNS probes them. Our engine gets the states, so
 * that the answers are compared.
 */
needs('pdns_server')('PowerDNS, which probes servers', () => {
  const up = ['127.0.0.1', '127.0.0.2']
  const clients = CLIENTS.filter((_, index) => index % 4 === 0)
  const ONE = '192.0.2.7/32'
  const requests: string[] = []
  const servers: HttpServer[] = []
  let open: number
  let pdns: PowerDns
  let theirs: Ask
  let zone: LocalZone
  let first: readonly (readonly string[])[]
  let names: readonly string[]

  /** Checks are not shared, so that each record has a first probe. */
  const zoneText = (shut: number): string => {
    const three = "{'127.0.0.1', '127.0.0.2', '127.0.0.3'}"
    const url = (more: string) =>
      `ifurlup('http://web.example:${open}/health?full=1', ${three}, {selector='all'${more}})`
    const codes: Readonly<Record<string, string>> = {
      all: `A "ifportup(${open}, ${three}, {selector='all', backupSelector='all'})"`,
      text: `TXT "ifportup(${open}, ${three}, {selector='all', backupSelector='all', timeout='1'})"`,
      hashed: `A "ifportup(${open}, ${three}, {selector='hashed', backupSelector='hashed'})"`,
      six: `AAAA "ifportup(${open}, {'::1', '::2'}, {selector='all', backupSelector='hashed'})"`,
      'last-one': `A "ifportup(${open}, {'127.0.0.3', '127.0.0.2'}, {backupSelector='all'})"`,
      port: `A "ifportup(${shut}, {'127.0.0.1:${open}', '127.0.0.2', '127.0.0.3:${open}'}, {selector='all', backupSelector='all', timeout=3})"`,
      down: `A "ifportup(${shut}, ${three}, {backupSelector='all'})"`,
      'down-hashed': `A "ifportup(${shut}, ${three}, {selector='all', backupSelector='hashed'})"`,
      url: `A "${url(", backupSelector='all'")}"`,
      agent: `A "${url(", backupSelector='all', useragent='probe/1'")}"`,
      match: `A "${url(", backupSelector='all', stringmatch='me is 127.0.0.2'")}"`,
      pattern: `A "${url(", backupSelector='hashed', stringmatch='me.is'")}"`,
      moved: `A "${url(", backupSelector='all', byteslimit='100'").replace('/health', '/moved')}"`,
      lost: `A "${url(", backupSelector='all'").replace('/health', '/lost')}"`,
      ext: `A "ifurlextup({{['127.0.0.9']='http://127.0.0.1:${open}/health'}}, {backupSelector='all'})"`,
    }
    const records = Object.entries(codes).map(([name, code]) => `${name} LUA ${code}\n`)
    return `$TTL 60\n@ SOA ns.health.example. hostmaster 1 2 3 4 5\n@ NS ns1.health.example.\n${records.join('')}`
  }

  /** Returns our zone's answer while `isUp` selects the targets that are up; undefined: no results. */
  const ours = (name: string, subnet: string, isUp?: (probe: Probe) => boolean): string[] => {
    const known = zone.conditions.map(({ probe }): [string, TargetState] => {
      const state = isUp?.(probe) ? 'up' : 'down'
      return [probe.id, { ...UNPROBED, state, since: 1, at: 1 }]
    })
    const vantage = { name: 'test', at: 1000, targets: new Map(isUp ? known : []) }
    const asker = {
      client: address(subnet.replace(/\/.*/, '')),
      health: new Health([vantage], [], 1000),
      random: seeded(1),
      identity: '',
    }
    const resolution = resolve(questionOf(`${name}.health.example.`, typeOf(name)), loadedZones([zone]), asker)
    if (resolution.kind !== 'resolved') throw new Error(resolution.kind)
    return resolution.response.answer.flatMap(({ rdatas }) => rdatas.map(({ text }) => text.replaceAll('"', ''))).sort()
  }
  const typeOf = (name: string): string => (name === 'text' ? 'TXT' : name === 'six' ? 'AAAA' : 'A')
  const seen = async (name: string, subnet: string): Promise<string[]> => {
    const reply = await theirs(`${name}.health.example`, typeOf(name), { subnet })
    return answersOf(reply).map((text) => text.replace(/^\["(.*)"\]$/, '$1'))
  }
  const isUp = ({ host, port, action }: Probe): boolean => {
    if (port !== open || !up.includes(host)) return false
    if (action.kind !== 'http') return true
    const { body, path } = action
    const contains = body && 'contains' in body ? body.contains : ''
    return path !== '/lost?full=1' && `me is ${host}`.includes(contains)
  }

  beforeAll(async () => {
    open = await freePort()
    const shut = await freePort()
    for (const host of up) {
      const server = createHttpServer((request, response) => {
        requests.push(`${request.method} ${request.url} ${request.headers.host} ${request.headers['user-agent']}`)
        if (request.url === '/moved?full=1') response.writeHead(302, { location: '/health?full=1' })
        else if (request.url === '/lost?full=1') response.writeHead(404)
        response.end(`this page of me is ${host}`)
      }).listen(open, host)
      await once(server, 'listening')
      servers.push(server)
    }
    const text = zoneText(shut)
    const compiled = compileSource({ file: 'health.example.zone', text }, () => ({ ok: false, error: 'no include' }))
    zone = must(compiled).zone
    names = [...text.matchAll(/^(\S+) LUA/gm)].map(([, name]) => name as string)
    pdns = await startPowerDns({ 'health.example.zone': text })
    theirs = askUdp(pdns.port)
    first = await pooled(names, (name) => seen(name, ONE))
    // It probes every five seconds, and first after five. If the two never agree, the tests print the difference.
    const settled = async () => {
      const now = await pooled(names, (name) => seen(name, ONE))
      return now.every((answer, i) => answer.join() === ours(names[i] as string, ONE, isUp).join())
    }
    await until('PowerDNS has looked', settled, 500).catch(() => {})
  })
  afterAll(async () => {
    for (const server of servers) server.close()
    await pdns?.stop()
  })

  test('answers the backup first, like ours before the first results', () => {
    expect(first).toEqual(names.map((name) => ours(name, ONE)))
  })

  test('then answers targets that are up, for every client like ours', async () => {
    for (const name of names) {
      const asked = await pooled(clients, (subnet) => seen(name, subnet))
      expect([name, asked]).toEqual([name, clients.map((subnet) => ours(name, subnet, isUp))])
    }
  })

  test('sends the same request as ours', () => {
    const actions = zone.conditions.flatMap(({ probe }) => (probe.action.kind === 'http' ? [probe.action] : []))
    const mine = actions.map(({ method, path, host, userAgent }) => `${method} ${path} ${host} ${userAgent}`)
    const followed = mine.filter((line) => line.includes('/moved')).map((line) => line.replace('/moved', '/health'))
    expect([...new Set(requests)].sort()).toEqual([...new Set([...mine, ...followed])].sort())
  })
})
