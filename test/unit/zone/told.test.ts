import { beforeAll, describe, expect, test } from 'vitest'
import { parseName, rcodeName, TYPE, typeName } from '../../../src/dns/index.ts'
import { Health, liveOverrides, type Override, type TargetState } from '../../../src/health/index.ts'
import { MAX_TOLD_RECORDS, MAX_TOLD_TTL_SECONDS } from '../../../src/limits.ts'
import { type LocalZone, loadedZones, type Zone } from '../../../src/zone/index.ts'
import { explain } from '../both-forms.ts'
import { newKey, type Rings, ringsOf, signed } from '../dnssec/support.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import { address, contextOf, must, queryOf, replyTo, seeded, zoneOf } from '../support.ts'

const NOW = Date.parse('2026-12-01T20:00:00Z')
const check = { kind: 'tcp', port: 80 }
const records = {
  '@': { NS: 'ns', A: { kind: 'pool', check, members: ['192.0.2.9'] } },
  ns: { A: '192.0.2.53' },
  www: {
    A: {
      ttl: [10, 300],
      answer: { kind: 'pool', check, members: ['192.0.2.1', { answer: '192.0.2.2', datacenter: 'fra%west' }] },
    },
    AAAA: { kind: 'pool', check, members: ['2001:db8::1'] },
  },
  tiers: {
    A: {
      kind: 'failover',
      pools: [
        { kind: 'pool', name: 'near', check, select: 'all', members: ['192.0.2.1', '192.0.2.2'] },
        { kind: 'pool', name: 'far', check, select: 'all', members: ['198.51.100.1'] },
      ],
    },
  },
  many: { A: { kind: 'pool', check, members: Array.from({ length: 200 }, (_, n) => `203.0.113.${n + 1}`) } },
  own: { A: { kind: 'pool', check, members: ['192.0.2.1'] } },
  '_health.own': { TXT: '"mine"' },
  plain: { TXT: '"no pool"' },
  '*.wild': { A: { kind: 'pool', check, members: ['192.0.2.1'] } },
  '*.other': { TXT: '"other"' },
  'below.gone': { NS: 'ns' },
  old: { DNAME: 'www' },
  led: { CNAME: '_health.www' },
}
const telling = zoneOf(records, { health: { dns: true } })
const silent = zoneOf(records)

function knowing(zone: LocalZone, said: Record<string, TargetState>, overrides: Override[] = []): Health {
  const states = Object.fromEntries(
    zone.conditions.map(({ target, probe }) => [
      probe.id,
      said[target] ?? stateOf('up', { since: NOW / 1000 - 600, at: NOW / 1000 }),
    ]),
  )
  return new Health([vantageOf('cron', states, NOW / 1000)], liveOverrides(overrides), NOW)
}
const DOWN = stateOf('down', { since: NOW / 1000 - 60, at: NOW / 1000, changes: 1 })

type Asking = { readonly health?: Health; readonly zone?: Zone; readonly do?: boolean }

function ask(name: string, type = 'TXT', { zone = telling, health = knowing(telling, {}) }: Asking = {}) {
  const owner = name === '' ? '' : `${name}.`
  return replyTo(queryOf(`${owner}example.com.`, type), contextOf([zone], { health }))
}

function texts(...asked: Parameters<typeof ask>): string[] {
  const { rcode, answer } = ask(...asked).response
  if (answer.length === 0) return [rcodeName(rcode)]
  return (answer.at(-1)?.rdatas ?? []).map(({ text }) => text.replace(/^"|"$/g, ''))
}

describe('_health in front of a name', () => {
  test('tells the pools and the members of the name, those of all types', () => {
    const health = knowing(telling, { '192.0.2.2:80': DOWN })
    expect(texts('_health.www', 'TXT', { health })).toEqual([
      'pool=www.example.com/A state=up live=1 members=2',
      'pool=www.example.com/AAAA state=up live=1 members=1',
      'member=192.0.2.1:80 state=up since=2026-12-01T19:50:00Z check=example.com/tcp pool=www.example.com/A',
      'member=192.0.2.2:80 state=down since=2026-12-01T19:59:00Z datacenter=fra%25west check=example.com/tcp pool=www.example.com/A',
      'member=[2001:db8::1]:80 state=up since=2026-12-01T19:50:00Z check=example.com/tcp pool=www.example.com/AAAA',
    ])
  })

  test('tells the levels of a failover', () => {
    const health = knowing(telling, { '192.0.2.1:80': DOWN, '192.0.2.2:80': DOWN })
    expect(texts('_health.tiers', 'TXT', { health }).slice(0, 3)).toEqual([
      'pool=tiers.example.com/A state=up live=1 levels=2 level=2',
      'pool=tiers.example.com/A/near state=down live=0 members=2',
      'pool=tiers.example.com/A/far state=up live=1 members=1',
    ])
  })

  test('tells what an override forces, and what is not known', () => {
    const forced = [{ target: '192.0.2.1:80', force: 'down', by: 'ada', why: 'a test' }] as const
    const health = new Health([], liveOverrides([...forced]), NOW)
    expect(texts('_health.own', 'TXT', { health })).toEqual(['mine'])
    expect(texts('_health.x.wild', 'TXT', { health })).toEqual([
      'pool=*.wild.example.com/A state=down live=0 members=1',
      'member=192.0.2.1:80 state=down measured=unknown forced=down check=example.com/tcp pool=*.wild.example.com/A',
    ])
    expect(texts('_health', 'TXT', { health })).toEqual([
      'pool=example.com/A state=up live=1 members=1 measured=unknown',
      'member=192.0.2.9:80 state=up measured=unknown check=example.com/tcp pool=example.com/A',
    ])
  })

  test.each([
    ['_health.own', 'TXT', 'mine'],
    ['_health.plain', 'TXT', 'NXDOMAIN'],
    ['_health.nothing', 'TXT', 'NXDOMAIN'],
    ['_health.gone', 'TXT', 'NXDOMAIN'],
    ['_health.x.other', 'TXT', 'other'],
    ['x._health.www', 'TXT', 'NXDOMAIN'],
    ['_health._health.www', 'TXT', 'NXDOMAIN'],
    ['_health.www', 'A', 'NOERROR'],
    ['_health.below.gone', 'TXT', 'NOERROR'],
  ])('%s %s is %s', (name, type, wanted) => {
    expect(texts(name, type)).toEqual([wanted])
  })

  test('a chain may lead to it, and letter case does not matter', () => {
    const wanted = texts('_health.www')
    expect(wanted.length).toBe(5)
    // Names below a DNAME are redirected, this one, too.
    for (const name of ['led', '_HEALTH.wWw', '_health.old']) expect(texts(name)).toEqual(wanted)
  })

  test('is not there in a zone that does not say so', () => {
    expect(texts('_health.www', 'TXT', { zone: silent })).toEqual(['NXDOMAIN'])
    expect(texts('_health.own', 'TXT', { zone: silent })).toEqual(['mine'])
    expect(texts('_health.x.wild', 'TXT', { zone: silent })).toEqual(['NOERROR'])
  })

  test('has a bounded number of records, and says how many are left out', () => {
    const told = texts('_health.many')
    expect(told.length).toBe(MAX_TOLD_RECORDS)
    expect(told.at(-1)).toBe(`more=${201 - MAX_TOLD_RECORDS + 1}`)
  })

  test('is for everybody alike, and for a short time', () => {
    const reply = ask('_health.www')
    expect(reply.response.scope).toBe(0)
    expect(reply.shareable).toBe(true)
    expect(reply.response.answer[0]?.ttl).toBe(MAX_TOLD_TTL_SECONDS)
    const soon = liveOverrides([
      { target: '192.0.2.1', force: 'down', until: NOW + 9500, by: 'ada', why: 'a test' } as Override,
    ])
    const health = new Health(knowing(telling, {}).vantages, soon, NOW)
    expect(ask('_health.www', 'TXT', { health }).response.answer[0]?.ttl).toBe(9)
  })

  test('a zone that is not for everybody tells nobody else', () => {
    const zone = zoneOf(records, { health: { dns: true }, access: { networks: ['192.0.2.0/24'] } })
    expect(texts('_health.www', 'TXT', { zone })).toEqual(['REFUSED'])
  })

  test('explain shows where it comes from, with exact chances', () => {
    const query = {
      name: must(parseName('_health.www.example.com.')),
      type: TYPE.TXT,
      client: address('192.0.2.1'),
      ecs: undefined,
    }
    const { trace, answers, endings } = explain(query, loadedZones([telling]), seeded(1), knowing(telling, {}))
    expect(trace.find(({ step }) => step === 'health')).toEqual({ step: 'health', pools: 2, members: 3, records: 5 })
    expect(answers.map(({ probability }) => probability)).toEqual(['1', '1', '1', '1', '1'])
    expect(endings).toEqual([{ ending: 'records', status: 'NOERROR', probability: '1', chance: 1 }])
  })
})

describe('in a signed zone', () => {
  let rings: Rings
  beforeAll(async () => {
    rings = await ringsOf(['example.com'], [await newKey()])
  })

  async function sections(name: string, type: string): Promise<string[]> {
    const query = queryOf(`${name}.example.com.`, type, { options: [] })
    // The flags of the OPT record: DO.
    query[query.length - 4] = 0x80
    const reply = await signed(replyTo(query, contextOf([telling], { health: knowing(telling, {}) })), rings)
    const { answer, authority } = reply.response
    return [...answer, ...authority].map(({ type, rdatas }) =>
      type === TYPE.NSEC
        ? `NSEC ${rdatas[0]?.text.split(' ').slice(1).join(' ')}`
        : `${typeName(type)} ${rdatas.length}`,
    )
  }

  test.each([
    ['_health.www', 'TXT', ['TXT 5', 'RRSIG 1']],
    ['_health.x.wild', 'TXT', ['TXT 2', 'RRSIG 1']],
    ['_health.www', 'A', ['SOA 1', 'RRSIG 1', 'NSEC TXT RRSIG NSEC', 'RRSIG 1']],
    ['_health.plain', 'TXT', ['SOA 1', 'RRSIG 1', 'NSEC RRSIG NSEC NXNAME', 'RRSIG 1']],
    ['www', 'TXT', ['SOA 1', 'RRSIG 1', 'NSEC A AAAA RRSIG NSEC', 'RRSIG 1']],
  ])('%s %s has %s', async (name, type, wanted) => {
    expect(await sections(name, type)).toEqual(wanted)
  })
})
