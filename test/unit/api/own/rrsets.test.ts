import { beforeAll, describe, expect, test } from 'vitest'
import { Health } from '../../../../src/health/index.ts'
import { MAX_API_POLICIES, MAX_API_RRSETS } from '../../../../src/limits.ts'
import { healthCalls } from '../../../../src/lua/index.ts'
import { patternSize } from '../../../../src/re2.ts'
import { compileZone } from '../../../../src/zone/index.ts'
import { stateOf, vantageOf } from '../../health/support.ts'
import { zoneOf } from '../../store/kv-memory.ts'
import { must } from '../../support.ts'
import { Served } from './support.ts'

const FAILOVER = { kind: 'failover', pools: [{ kind: 'pool', check: 'web', members: ['192.0.2.1'] }, '192.0.2.2'] }

let served: Served
beforeAll(async () => {
  const document = {
    ...zoneOf('one.example', 7, {
      '@': { TXT: ['"one"', '"<script>alert(1)</script>"'], MX: '10 mail' },
      www: { A: { ttl: [5, 60], answer: FAILOVER }, AAAA: '2001:db8::1' },
      mail: { A: ['192.0.2.25', '192.0.2.26'] },
      draw: { A: { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] } },
    }),
    checks: { web: { kind: 'tcp', port: 80 } },
    api: { rrsets: { mail: { A: { comments: [{ content: 'the old one', account: 'me', modified_at: 1 }] } } } },
  }
  served = await Served.with(document)
})

type Listed = { readonly found: number; readonly rrsets: readonly Record<string, unknown>[]; readonly detail: string }

const get = async (query: string) => {
  const { status, body } = await served.ask(`/api/v1/zones/one.example/${query}`)
  return { status, body: body as Listed & { readonly policies: readonly Record<string, unknown>[] } }
}
const namesIn = ({ body }: Awaited<ReturnType<typeof get>>) =>
  (body.rrsets ?? body.policies).map(({ name, type }) => `${name} ${type}`)

describe('GET …/rrsets', () => {
  test('lists all of the zone, the apex first, with policies by their kind, and comments', async () => {
    const all = await get('rrsets')
    expect(namesIn(all)).toEqual([
      'one.example. MX',
      'one.example. SOA',
      'one.example. TXT',
      'draw.one.example. A',
      'mail.one.example. A',
      'www.one.example. A',
      'www.one.example. AAAA',
    ])
    const [www] = (await get('rrsets?name=www&type=a')).body.rrsets
    expect(www).toMatchObject({ ttl: [5, 60], policy: 'failover', data: ['192.0.2.1', '192.0.2.2'] })
    const [mail] = (await get('rrsets?name=mail.one.example.')).body.rrsets
    expect(mail).toMatchObject({ policy: null, data: ['192.0.2.25', '192.0.2.26'], comments: ['the old one'] })
  })

  test.each(['www', 'www.one.example', 'WWW.One.Example.'])('finds the name written as %s', async (name) => {
    expect(namesIn(await get(`rrsets?name=${name}`))).toEqual(['www.one.example. A', 'www.one.example. AAAA'])
  })

  test('filters by words, type and kind, and pages', async () => {
    expect(namesIn(await get('rrsets?q=192.0.2.1+FAILOVER'))).toEqual(['www.one.example. A'])
    expect(namesIn(await get('rrsets?q=%3Cscript'))).toEqual(['one.example. TXT'])
    expect(namesIn(await get('rrsets?steered=true'))).toEqual(['draw.one.example. A', 'www.one.example. A'])
    const part = await get('rrsets?steered=false&type=A&offset=0&limit=1')
    expect([namesIn(part), part.body.found]).toEqual([['mail.one.example. A'], 1])
    expect(namesIn(await get('rrsets?offset=6'))).toEqual(['www.one.example. AAAA'])
    expect(namesIn(await get('rrsets?offset=99'))).toEqual([])
  })

  test('says what is wrong with a parameter', async () => {
    for (const [query, words] of [
      ['type=NOTYPE', 'type is not valid'],
      ['limit=0', `expected a whole number from 1 to ${MAX_API_RRSETS}`],
      ['limit=1e3', 'limit is "1e3"'],
      ['offset=-1', 'offset is "-1"'],
      ['steered=yes', 'steered is "yes"'],
      ['kind=a', 'there is no parameter "kind"'],
      [`q=${'a'.repeat(2000)}`, 'q has 2000 characters'],
    ] as const) {
      const { status, body } = await get(`rrsets?${query}`)
      expect([query, status, body.detail.includes(words) || body.detail]).toEqual([query, 400, true])
    }
    expect((await served.ask('/api/v1/zones/absent.example/rrsets')).status).toBe(404)
  })

  test('needs a key that may read the zone', async () => {
    served.refusal = ({ kind }) => (kind === 'read-zone' ? 'not yours' : undefined)
    try {
      expect((await get('rrsets')).status).toBe(403)
      expect((await get('policies')).status).toBe(403)
    } finally {
      served.refusal = () => undefined
    }
  })
})

describe('GET …/policies', () => {
  test('draws the policies, and no fixed records', async () => {
    const all = await get('policies')
    expect([namesIn(all), all.body.found]).toEqual([['draw.one.example. A', 'www.one.example. A'], 2])
    expect(all.body.policies[1]).toMatchObject({
      tree: {
        kind: 'failover',
        name: 'www.one.example/A',
        branches: [
          { label: 'level 1', chance: 1, to: { kind: 'pool', branches: [{ state: { target: '192.0.2.1:80' } }] } },
          { label: 'level 2', chance: 0, to: { records: ['192.0.2.2'] } },
        ],
      },
    })
    expect(namesIn(await get('policies?limit=1&offset=1'))).toEqual(['www.one.example. A'])
    expect((await get(`policies?limit=${MAX_API_POLICIES + 1}`)).status).toBe(400)
  })

  test('takes no parameter that it does not read', async () => {
    const { status, body } = await get('policies?steered=false')
    expect([status, body.detail]).toEqual([400, expect.stringContaining('there is no parameter "steered"')])
  })

  test('a key that may not read health sees states, and no reasons', async () => {
    expect(await firstOfThree(['192.0.2.1'])).toMatchObject({ state: 'down', real: 'down', why: 'refused' })
    const state = await firstOfThree(['192.0.2.1'], {}, ({ kind }) =>
      kind === 'read-health' ? 'not yours' : undefined,
    )
    expect(state).toEqual({ state: 'down', real: 'down', check: 'three.example/web', target: '192.0.2.1:80' })
  })

  test('states are as the guard of the zone holds them', async () => {
    const all = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
    expect(await firstOfThree(all)).toMatchObject({ state: 'down', real: 'down' })
    const guard = { share: 0.5, within: 120, for: 600, least: 3 }
    expect(await firstOfThree(all, { guard })).toMatchObject({ state: 'up', real: 'down' })
  })
})

const NOW = 1_000_000_000

/** Returns the state of the first of three targets as it is drawn, if some of them have been down for ten seconds. */
async function firstOfThree(down: readonly string[], more: object = {}, refusal: Served['refusal'] = () => undefined) {
  const members = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
  const document = {
    ...zoneOf('three.example', 1, { www: { A: { kind: 'pool', check: 'web', members } } }),
    checks: { web: { kind: 'tcp', port: 80 } },
    ...more,
  }
  const { zone } = must(compileZone(document as never, { healthCalls, patternSize }))
  const rows = zone.conditions.map(({ probe }) => {
    const isDown = down.includes(probe.host)
    const times = { since: isDown ? 999_990 : 900_000, at: 1_000_000, changes: 1 }
    return [probe.id, stateOf(isDown ? 'down' : 'up', { ...times, why: isDown ? 'refused' : '' })] as const
  })
  const health = new Health([vantageOf('cron', Object.fromEntries(rows), 1_000_000)], [], NOW)
  const one = await Served.with(document)
  one.refusal = refusal
  const calls = one.calls()
  one.calls = () => ({ ...calls, ask: (ask, needs) => calls.ask((sources) => ask({ ...sources, health }), needs) })
  const { body } = await one.ask('/api/v1/zones/three.example/policies')
  const [drawn] = (body as { policies: { tree: { branches: { state: unknown }[] } }[] }).policies
  return drawn?.tree.branches[0]?.state
}
