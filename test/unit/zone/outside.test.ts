import { describe, expect, test } from 'vitest'
import { formatName, parseRdataText, RCODE, ROOT, TYPE } from '../../../src/dns/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { loadedZones, type Outside, type OutsideAnswer } from '../../../src/zone/index.ts'
import { resolve } from '../both-forms.ts'
import { address, must, questionOf, seeded, zoneOf } from '../support.ts'

const zone = zoneOf({
  '@': { NS: 'ns', ALIAS: 'lb.example.net.', MX: '10 mail', TXT: 'x' },
  ns: { A: '192.0.2.53' },
  mail: { A: '192.0.2.25' },
  mx: { MX: '10 @' },
  svc: { HTTPS: '1 @ ipv4hint=auto' },
  short: { ALIAS: { ttl: 20, answer: 'lb.example.net.' } },
  chain: { ALIAS: 'inner' },
  inner: { CNAME: { ttl: 10, answer: 'lb.example.net.' } },
  www: { CNAME: '@' },
  sub: { NS: 'ns.example.org.' },
  delegated: { ALIAS: 'host.sub' },
  steered: {
    ALIAS: {
      kind: 'weighted',
      members: [
        { weight: 1, answer: 'a.example.net.' },
        { weight: 1, answer: 'b.example.net.' },
      ],
    },
  },
})

const found = (ttl: number, ...texts: string[]): OutsideAnswer => ({
  ...{ rdatas: texts.map((text) => must(parseRdataText(TYPE.A, text, ROOT))), ttl, from: 'dns.example', age: 3 },
})

const asked: string[] = []
const knowing =
  (answer: OutsideAnswer | undefined): Outside =>
  ({ key }, type) => {
    asked.push(`${formatName(key)} ${type}`)
    return answer
  }

const client = address('192.0.2.9')
function resolved(name: string, type: string, outside: Outside | undefined, trace: object[] = []) {
  const asker = { client, health: NO_HEALTH, random: seeded(1), identity: '', outside }
  const resolution = resolve(questionOf(`${name}.`, type), loadedZones([zone]), asker, trace as never)
  if (resolution.kind !== 'resolved') return resolution
  const { response } = resolution
  const records = response.answer.map(
    ({ owner, ttl, rdatas }) => `${formatName(owner)} ${ttl} ${rdatas.map(({ text }) => text).sort()}`,
  )
  return { ...response, ...resolution, records }
}

describe('an ALIAS that leads out of the zones', () => {
  test.each([
    ['example.com', 'example.com. 40 192.0.2.1,192.0.2.2'],
    ['short.example.com', 'short.example.com. 20 192.0.2.1,192.0.2.2'],
    ['chain.example.com', 'chain.example.com. 10 192.0.2.1,192.0.2.2'],
    ['delegated.example.com', 'delegated.example.com. 40 192.0.2.1,192.0.2.2'],
  ])('%s has the addresses of the target, with the smallest TTL', (name, record) => {
    const outside = knowing(found(40, '192.0.2.1', '192.0.2.2'))
    expect(resolved(name, 'A', outside)).toMatchObject({ rcode: RCODE.NOERROR, authoritative: true, records: [record] })
  })

  test('a CNAME to it is in the answer', () => {
    const { records } = resolved('www.example.com', 'A', knowing(found(40, '192.0.2.1'))) as { records: string[] }
    expect(records[1]).toBe('example.com. 40 192.0.2.1')
    expect(records).toHaveLength(2)
  })

  test('it adds no scope, and no name that others are asked for', () => {
    const answered = resolved('example.com', 'A', knowing(found(40, '192.0.2.1')))
    expect(answered).toMatchObject({ scope: 0, byChance: false })
    expect(answered).not.toHaveProperty('beyond')
  })

  test('no addresses are NODATA, for no longer than the target says', () => {
    const answered = resolved('example.com', 'AAAA', knowing(found(15)))
    expect(answered).toMatchObject({ rcode: RCODE.NOERROR, records: [], authority: [{ type: 6, ttl: 15 }] })
  })

  test('stale addresses say so', () => {
    const ede = { code: 3, text: 'stale' }
    expect(resolved('example.com', 'A', knowing({ ...found(30, '192.0.2.1'), ede }))).toMatchObject({
      ...{ rcode: RCODE.NOERROR, ede },
    })
  })

  test('an unknown target is SERVFAIL with the reason', () => {
    expect(resolved('example.com', 'A', knowing({ why: 'is being resolved' }))).toMatchObject({
      rcode: RCODE.SERVFAIL,
      ede: { code: 0, text: 'the ALIAS leads to lb.example.net., which is being resolved' },
    })
  })

  test('what is not loaded is loaded first; where nothing is loaded any more, it is a failure', () => {
    expect(resolved('example.com', 'A', knowing(undefined))).toMatchObject({ kind: 'needs-zone', isOutside: true })
  })

  test('hints and additional records have the addresses, too', () => {
    const outside = knowing(found(40, '192.0.2.1'))
    expect(resolved('svc.example.com', 'HTTPS', outside)).toMatchObject({
      records: ['svc.example.com. 40 1 example.com. ipv4hint=192.0.2.1'],
    })
    const mx = resolved('mx.example.com', 'MX', outside)
    if (!('additional' in mx)) throw new Error(mx.kind)
    expect(mx.additional.map(({ type }) => type)).toContain(1)
  })

  test('the trace has what is known', () => {
    const trace: object[] = []
    resolved('example.com', 'A', knowing(found(40, '192.0.2.1')), trace)
    expect(trace.at(-1)).toMatchObject({ step: 'outside', found: { from: 'dns.example', age: 3, ttl: 40 } })
  })

  test('nobody is asked for other types', () => {
    asked.length = 0
    resolved('example.com', 'MX', knowing(found(40)))
    resolved('example.com', 'TXT', knowing(found(40)))
    expect(asked.filter((one) => !one.startsWith('mail'))).toEqual([])
  })
})

test('a zone knows the names that its ALIAS records lead out to, by any branch and through chains', () => {
  expect(zone.outsideAliases).toEqual([
    ...['a.example.net.', 'b.example.net.', 'host.sub.example.com.', 'lb.example.net.'],
  ])
  const more = zoneOf({
    '@': { NS: 'ns.example.org.' },
    plain: { CNAME: 'elsewhere.example.org.' },
    inside: { ALIAS: 'host' },
    host: { A: '192.0.2.1' },
    nothing: { ALIAS: 'missing' },
    'through-dname': { ALIAS: 'x.old' },
    old: { DNAME: 'example.org.' },
    '*.wild': { ALIAS: 'any.example.org.' },
    'to-wild': { ALIAS: 'one.star' },
    '*.star': { CNAME: 'star.example.org.' },
    loop: { ALIAS: 'loop2' },
    loop2: { CNAME: 'loop' },
  })
  expect(more.outsideAliases).toEqual(['any.example.org.', 'star.example.org.', 'x.example.org.'])
})
