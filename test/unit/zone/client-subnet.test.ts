import { describe, expect, test } from 'vitest'
import { cacheControl, keeping } from '../../../src/http/cache.ts'
import { parseClientSubnet } from '../../../src/http/client-subnet.ts'
import { toJson } from '../../../src/http/json.ts'
import { locationOf } from '../../../src/http/origin.ts'
import { MAX_TRUSTED_NETWORKS } from '../../../src/limits.ts'
import { formatPrefix } from '../../../src/net/index.ts'
import type { Context } from '../../../src/zone/index.ts'
import { outcomes } from '../both-forms.ts'
import { address, contextOf, documentOf, ecsOption, must, oracle, queryOf, replyTo, zoneOf } from '../support.ts'
import { issuesOf } from './support.ts'

const view = {
  kind: 'view',
  rules: [
    { networks: ['10.0.0.0/8'], answer: '192.0.2.10' },
    { networks: ['198.51.100.0/24'], answer: '192.0.2.198' },
  ],
  otherwise: '192.0.2.1',
}
const records = { src: { A: view }, fixed: { A: '192.0.2.7' }, chain: { CNAME: 'src.example.net.' } }
const zoneWith = (clientSubnet?: unknown, origin = 'example.com.') =>
  zoneOf(records, { origin, ...(clientSubnet !== undefined && { clientSubnet }) })

type Told = { readonly data: string | undefined; readonly scope: number | undefined; readonly cache: string }

/** Asked from 198.51.100.1, unless a test says otherwise, with the option 10.1.2.0/24. */
function told(more: Partial<Context>, zones = [zoneWith()], name = 'src.example.com.'): Told {
  const reply = replyTo(queryOf(name, 'A', { options: [ecsOption('10.1.2.0/24')] }), contextOf(zones, more))
  const opt = oracle(reply.message).additionals?.find(({ type }) => type === 'OPT') as unknown as {
    readonly options: readonly { readonly scopePrefixLength?: number }[]
  }
  return {
    data: reply.response.answer.at(-1)?.rdatas[0]?.text,
    scope: opt.options[0]?.scopePrefixLength,
    cache: cacheControl(keeping(reply, 'GET')),
  }
}

const BELIEVED: Told = { data: '192.0.2.10', scope: 8, cache: 'public, max-age=300' }
const IGNORED: Told = { data: '192.0.2.198', scope: undefined, cache: 'private, max-age=300' }
const trust = (text: string) => must(parseClientSubnet(text))

describe('whose options are believed', () => {
  test.each<[setting: string, Told]>([
    ['', BELIEVED],
    ['on', BELIEVED],
    ['off', IGNORED],
    // The connection decides, so that the answer is for it alone.
    ['198.51.100.0/24', { ...BELIEVED, cache: 'private, max-age=300' }],
    ['203.0.113.0/24, 198.51.100.1', { ...BELIEVED, cache: 'private, max-age=300' }],
    ['203.0.113.0/24 2001:db8::/32', IGNORED],
    // The option's own network gives no trust.
    ['10.0.0.0/8', IGNORED],
    ['::/0', IGNORED],
  ])('the setting "%s"', (setting, expected) => expect(told({ clientSubnet: trust(setting) })).toEqual(expected))

  test.each<[setting: string, zone: unknown, Told]>([
    ['on', 'off', IGNORED],
    ['off', 'on', BELIEVED],
    ['on', ['203.0.113.0/24'], IGNORED],
    ['off', ['198.51.100.0/24'], { ...BELIEVED, cache: 'private, max-age=300' }],
  ])('the setting "%s", and %j in the zone, which counts', (setting, zone, expected) =>
    expect(told({ clientSubnet: trust(setting) }, [zoneWith(zone)])).toEqual(expected),
  )

  test('a chain: each zone for its own part', () => {
    const into = (com: unknown, net: unknown) =>
      told({}, [zoneWith(com), zoneWith(net, 'example.net.')], 'chain.example.com.')
    expect(into('on', 'off')).toEqual({ data: '192.0.2.198', scope: 0, cache: 'private, max-age=300' })
    expect(into('off', 'on')).toEqual(BELIEVED)
    expect(into('off', 'off')).toEqual(IGNORED)
  })
  test('a mapped connection is the IPv4 address', () => {
    const connection = address('::ffff:198.51.100.1')
    expect(told({ clientSubnet: trust('198.51.100.0/24'), connection }).data).toBe('192.0.2.10')
  })
  test('an answer that nothing decided stays public, without the option', () => {
    expect(told({ clientSubnet: 'off' }, undefined, 'fixed.example.com.')).toEqual({
      ...{ data: '192.0.2.7', scope: undefined },
      cache: 'public, max-age=300',
    })
  })
  test("Google's form names no subnet, and chances are those of the connection", () => {
    const zones = [zoneWith('off')]
    const query = queryOf('src.example.com.', 'A', { options: [ecsOption('10.1.2.0/24')] })
    const context = contextOf(zones)
    const reply = replyTo(query, context)
    expect(JSON.parse(toJson(reply, 'google-json'))).not.toHaveProperty('edns_client_subnet')
    if (!reply.asker || !reply.query.question) throw new Error('nobody asks')
    const possible = outcomes(reply.query.question, context.zones, reply.asker)
    expect(possible?.records.map(({ text }) => text)).toEqual(['192.0.2.198'])
  })
  test('a query without the option has the connection, and no connection is read where nothing depends on it', () => {
    const context = {
      ...contextOf([zoneWith(['203.0.113.0/24'])]),
      get connection(): never {
        throw new Error('the connection was read')
      },
    }
    expect(replyTo(queryOf('fixed.example.com.', 'A'), context).shareable).toBe(true)
  })
})

describe('the setting', () => {
  test.each([
    'yes',
    'on off',
    '192.0.2.0/33',
    'trusted',
    Array(MAX_TRUSTED_NETWORKS + 1)
      .fill('192.0.2.0/24')
      .join(' '),
  ])('"%s" is not valid', (text) => {
    const parsed = parseClientSubnet(text)
    expect(parsed).toMatchObject({ ok: false, error: expect.stringMatching(/; expected/) })
    expect(parsed.ok ? '' : parsed.error.length).toBeLessThan(220)
  })
  test('networks are read', () => {
    const networks = trust('192.0.2.0/24,2001:db8::/32  198.51.100.7')
    expect(typeof networks === 'string' ? [] : networks.map(formatPrefix)).toEqual([
      ...['192.0.2.0/24', '2001:db8::/32', '198.51.100.7/32'],
    ])
  })
  test.each<[unknown, RegExp]>([
    ['maybe', /^clientSubnet: .*expected "on", "off", or networks/],
    [[], /^clientSubnet: the list of networks is empty; expected/],
    [['x'], /^clientSubnet: "x" is not a network; expected/],
    [true, /^clientSubnet: .*expected "on", "off", or networks/],
  ])('%j in a document is not valid', (clientSubnet, expected) => {
    expect(issuesOf(documentOf({}, { clientSubnet }))).toEqual([expect.stringMatching(expected)])
  })
})

describe('the place of a connection under the local runtime', () => {
  const from = (cf: object | undefined) => ({ headers: new Headers(), cf }) as unknown as Request
  const AUSTIN = { colo: 'DFW', city: 'Austin', country: 'US', httpProtocol: 'HTTP/1.1', tlsClientAuth: {} }
  test.each<[string, object | undefined, object]>([
    ['none', undefined, {}],
    ['what the runtime makes up', AUSTIN, {}],
    ['what a person writes', { country: 'DE', city: 'Berlin' }, { country: 'DE', city: 'Berlin' }],
  ])('%s', (_what, cf, expected) => expect(locationOf(from(cf), 'workerd')).toEqual(expected))
  test('Cloudflare is believed', () =>
    expect(locationOf(from(AUSTIN), 'edge')).toMatchObject({ country: 'US', city: 'Austin' }))
})
