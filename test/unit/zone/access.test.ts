import { describe, expect, test } from 'vitest'
import { formatName, typeName } from '../../../src/dns/index.ts'
import { isChanging, parseExplainQuery, plan } from '../../../src/explain/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { cacheControl, keeping } from '../../../src/http/cache.ts'
import { MAX_TRUSTED_NETWORKS } from '../../../src/limits.ts'
import { type Context, loadedZones, readHead, type Zone } from '../../../src/zone/index.ts'
import { explain } from '../both-forms.ts'
import { newKey, ringsOf, signed } from '../dnssec/support.ts'
import { written } from '../stored-zone.ts'
import {
  address,
  contextOf,
  documentOf,
  ecsOption,
  must,
  oracle,
  queryOf,
  replyTo,
  seeded,
  zoneOf,
} from '../support.ts'
import { issuesOf } from './support.ts'

const records = {
  '@': { NS: 'ns' },
  ns: { A: '192.0.2.53' },
  www: { A: '192.0.2.1' },
  mail: { MX: '10 www' },
}
const zoneFor = (access?: unknown, origin = 'example.com.', more: object = records) =>
  zoneOf(more, { origin, ...(access !== undefined && { access }) })

const TOKEN = { token: true }
const NETWORKS = { networks: ['198.51.100.0/24', '2001:db8::/32'] }

type Told = {
  readonly rcode: string
  readonly data: unknown[]
  readonly ede: number | undefined
  readonly cache: string
}

/** Asked from 198.51.100.1 without a token, unless a test says otherwise. */
function told(zones: readonly Zone[], more: Partial<Context> = {}, name = 'www.example.com.', type = 'A'): Told {
  const reply = replyTo(queryOf(name, type, { options: [] }), contextOf(zones, more))
  const { answers = [], ...header } = oracle(reply.message)
  return {
    rcode: (header as unknown as { readonly rcode: string }).rcode,
    data: answers.map((answer) => ('data' in answer ? answer.data : undefined)),
    ede: reply.response.ede?.code,
    cache: cacheControl(keeping(reply, 'GET')),
  }
}

const OPEN: Told = { rcode: 'NOERROR', data: ['192.0.2.1'], ede: undefined, cache: 'public, max-age=300' }
const MINE: Told = { ...OPEN, cache: 'private, max-age=300' }
const CLOSED: Told = { rcode: 'REFUSED', data: [], ede: 18, cache: 'no-store' }
const from = (text: string): Partial<Context> => ({ connection: address(text) })
const ELSEWHERE = from('203.0.113.1')

describe('the clients that a zone is for', () => {
  test.each<[access: unknown, who: string, Partial<Context>, Told]>([
    [undefined, 'anybody', ELSEWHERE, OPEN],
    [undefined, 'a client with a token', { token: 'k' }, OPEN],
    [TOKEN, 'a client with a token', { token: 'k' }, MINE],
    [TOKEN, 'a client without one', {}, CLOSED],
    [NETWORKS, 'a client in them', {}, MINE],
    [NETWORKS, 'a mapped address in them', from('::ffff:198.51.100.9'), MINE],
    [NETWORKS, 'a client of IPv6 in them', from('2001:db8:1::1'), MINE],
    [NETWORKS, 'another client', ELSEWHERE, CLOSED],
    [NETWORKS, 'another client with a token', { ...ELSEWHERE, token: 'k' }, CLOSED],
    [{ ...TOKEN, ...NETWORKS }, 'a client in the networks', {}, MINE],
    [{ ...TOKEN, ...NETWORKS }, 'another client with a token', { ...ELSEWHERE, token: 'k' }, MINE],
    [{ ...TOKEN, ...NETWORKS }, 'another client', ELSEWHERE, CLOSED],
    [{ token: false, ...NETWORKS }, 'another client with a token', { ...ELSEWHERE, token: 'k' }, CLOSED],
  ])('%j: %s', (access, _, who, expected) => expect(told([zoneFor(access)], who)).toEqual(expected))

  test('anybody can write a Client Subnet option, which counts for nothing', () => {
    const query = queryOf('www.example.com.', 'A', { options: [ecsOption('198.51.100.0/24')] })
    expect(replyTo(query, contextOf([zoneFor(NETWORKS)], ELSEWHERE)).response.rcode).toBe(5)
  })

  test('all of the zone is refused: names that do not exist, and its SOA', () => {
    for (const [name, type] of [
      ['nx.example.com.', 'A'],
      ['example.com.', 'SOA'],
      ['example.com.', 'ANY'],
    ] as const)
      expect(told([zoneFor(TOKEN)], {}, name, type), name).toEqual(CLOSED)
  })

  test('a chain into it ends in front of it, and never goes on to an upstream', () => {
    const open = zoneFor(undefined, 'example.net.', {
      '@': { NS: 'ns' },
      ns: { A: '192.0.2.54' },
      to: { CNAME: 'www.example.com.' },
    })
    const zones = [open, zoneFor(TOKEN)]
    const { data, ...rest } = told(zones, {}, 'to.example.net.')
    expect([data, rest]).toEqual([
      ['www.example.com'],
      { rcode: 'NOERROR', ede: undefined, cache: 'public, max-age=300' },
    ])
    const reply = replyTo(queryOf('to.example.net.', 'A', {}), contextOf(zones))
    expect(reply.beyond).toBeUndefined()
    expect(replyTo(queryOf('www.example.com.', 'A', {}), contextOf(zones)).beyond).toBeUndefined()
    expect(told(zones, { token: 'k' }, 'to.example.net.').data).toEqual(['www.example.com', '192.0.2.1'])
  })

  test('an ALIAS does not give its addresses away, nor does the additional section', () => {
    const open = zoneFor(undefined, 'example.net.', {
      '@': { NS: 'ns', ALIAS: 'www.example.com.' },
      ns: { A: '192.0.2.54' },
      mail: { MX: '10 www.example.com.' },
    })
    const zones = [open, zoneFor(TOKEN)]
    expect(told(zones, {}, 'example.net.')).toMatchObject({ rcode: 'SERVFAIL', data: [] })
    // Nor its name, which no other answer tells.
    const { ede } = replyTo(queryOf('example.net.', 'A', { options: [] }), contextOf(zones)).response
    expect(ede?.text).toBe('the ALIAS leads into a zone that is not for this client')
    const additional = (more: Partial<Context>) =>
      replyTo(queryOf('mail.example.net.', 'MX', {}), contextOf(zones, more)).response.additional.length
    expect([additional({}), additional({ token: 'k' })]).toEqual([0, 1])
  })

  test('signatures and proofs of it are for its clients, too', async () => {
    const open = zoneFor(undefined, 'example.net.', {
      '@': { NS: 'ns' },
      ns: { A: '192.0.2.54' },
      old: { DNAME: 'example.com.' },
    })
    const rings = await ringsOf(['example.net', 'example.com'], [await newKey()])
    const typesFor = async (type: string, more: Partial<Context>) => {
      const query = queryOf('www.old.example.net.', type, { options: [] })
      // DO (RFC 3225): the flags stand in front of the length.
      query[query.length - 4] = 0x80
      const { response } = await signed(replyTo(query, contextOf([open, zoneFor(TOKEN)], more)), rings)
      return response.answer.map((rrset) => `${formatName(rrset.owner)} ${typeName(rrset.type)}`)
    }
    const chain = ['old.example.net. DNAME', 'old.example.net. RRSIG', 'www.old.example.net. CNAME']
    for (const type of ['NSEC', 'A', 'MX']) expect(await typesFor(type, {}), type).toEqual(chain)
    expect(await typesFor('NSEC', { token: 'k' })).toEqual([
      ...chain,
      'www.example.com. NSEC',
      'www.example.com. RRSIG',
    ])
  })

  test('explain shows the decision', () => {
    const query = must(
      parseExplainQuery(
        { name: 'www.example.com', type: 'A', client: '203.0.113.1', ecs: undefined, place: undefined },
        { client: '', ecs: '', wanted: '' },
      ),
    )
    const zones = loadedZones([zoneFor({ ...TOKEN, ...NETWORKS })])
    const closed = explain(query, zones, seeded(1))
    expect(closed).toMatchObject({ status: 'REFUSED', error: 'the zone is not for this client' })
    expect(closed.endings).toEqual([{ ending: 'refused', status: 'REFUSED', probability: '1', chance: 1 }])
    expect(closed.trace).toEqual([{ step: 'access', zone: 'example.com.', admitted: false }])
    const open = explain({ ...query, token: true }, zones, seeded(1))
    expect([open.status, open.trace[0]]).toEqual(['NOERROR', { step: 'access', zone: 'example.com.', admitted: true }])
  })

  test('a plan compares as those see it whom it is for, and tells of the change itself', () => {
    const states = [{ name: undefined, health: NO_HEALTH }] as const
    const other = { ...records, www: { A: '192.0.2.2' } }
    const changed = plan([zoneFor(TOKEN)], [zoneFor(TOKEN, 'example.com.', other)], { states })
    expect(changed).toMatchObject({ changes: [{ name: 'www.example.com.', change: 'changed' }] })
    expect(changed).not.toHaveProperty('access')
    const closed = plan([zoneFor()], [zoneFor({ ...TOKEN, ...NETWORKS })], { states })
    expect(closed).toMatchObject({
      changes: [],
      access: [
        { zone: 'example.com.', before: 'everybody', after: 'clients with a token, 198.51.100.0/24, 2001:db8::/32' },
      ],
    })
    expect([isChanging(changed), isChanging(closed)]).toEqual([true, true])
    expect(isChanging(plan([zoneFor(NETWORKS)], [zoneFor(NETWORKS)], { states }))).toBe(false)
  })
})

describe('in a document', () => {
  test.each([
    [{}, /^access: the zone would be for nobody; expected "token": true, "networks": \["192.0.2.0\/24"\], or both$/],
    [{ token: false }, /^access: the zone would be for nobody/],
    [{ networks: [] }, /^access: the list of networks is empty; expected networks like 192.0.2.0\/24$/],
    [{ networks: ['on'] }, /^access: "on" is not a network; expected networks like/],
    [{ networks: ['10.0.0.0/33'] }, /^access: "10.0.0.0\/33" is not a network/],
    [{ token: true, networks: ['x'] }, /^access: "x" is not a network/],
    [{ networks: new Array(MAX_TRUSTED_NETWORKS + 1).fill('10.0.0.0/8') }, /^access: there are 101 networks/],
    [
      { networks: '10.0.0.0/8' },
      /^access \/ networks: "10.0.0.0\/8" is not valid here; expected networks like \["192.0.2.0\/24"\]/,
    ],
    [{ token: 'yes' }, /^access \/ token: "yes" is not valid here; expected true or false/],
    [{ tokens: true }, /^access \/ tokens: unknown field "tokens"; expected "token"/],
    ['token', /^access: /],
  ])('%j is not valid', (access, expected) => {
    expect(issuesOf(documentOf(records, { access }))).toEqual([expect.stringMatching(expected)])
  })
})

describe('in the stored form', () => {
  const headOf = (access?: unknown) => must(readHead(written(zoneFor(access)).head))

  test('a zone that is for everybody has no field of it', () => {
    expect(headOf()).toMatchObject({ access: undefined, needs: [] })
  })

  test('another zone says it twice, so that an earlier version refuses it', () => {
    expect(headOf(TOKEN)).toMatchObject({ access: { token: true, networks: 'off' }, needs: ['access'] })
  })
})
