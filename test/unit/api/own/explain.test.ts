import { beforeAll, describe, expect, test } from 'vitest'
import { parseQuestion } from '../../../../src/cli/explain/explain.ts'
import { branchOf, type Explanation } from '../../../../src/explain/index.ts'
import { NO_HEALTH } from '../../../../src/health/index.ts'
import { compileZone, loadedZones } from '../../../../src/zone/index.ts'
import { explain } from '../../both-forms.ts'
import { zoneOf } from '../../store/kv-memory.ts'
import { must } from '../../support.ts'
import { Served } from './support.ts'

const POOL = {
  kind: 'pool',
  check: { kind: 'tcp', port: 80 },
  select: 'first',
  members: [{ answer: '192.0.2.1' }, { answer: '192.0.2.2' }],
}
const ZONES = [
  zoneOf('one.example', 1, {
    pool: { A: POOL },
    view: {
      A: {
        kind: 'view',
        rules: [
          { networks: ['10.0.0.0/8'], answer: '192.0.2.10' },
          { networks: ['0.0.0.0/0', '::/0'], answer: '192.0.2.11' },
        ],
      },
    },
    alias: { CNAME: 'www.two.example.' },
  }),
  zoneOf('two.example', 2, {
    geo: {
      A: {
        kind: 'geo',
        countries: { DE: '192.0.2.49' },
        otherwise: '192.0.2.1',
      },
    },
  }),
]

let served: Served
beforeAll(async () => {
  served = await Served.with(...ZONES)
})

const get = async (query: string) => {
  const { status, body } = await served.ask(`/api/v1/explain?${query}`)
  return { status, body: body as Explanation & { detail: string } }
}

describe('GET /api/v1/explain', () => {
  test('gives the JSON of explain --json, for zones that lead into each other', async () => {
    const zones = loadedZones(ZONES.map((zone) => must(compileZone(zone)).zone))
    for (const [name, client] of [
      ['view.one.example', '10.1.2.3'],
      ['view.one.example.', '2001:db8::1'],
      ['alias.one.example', '192.0.2.1'],
      ['absent.one.example', '192.0.2.1'],
      ['example.org', '192.0.2.1'],
    ] as const) {
      const question = must(parseQuestion(name, 'A', { client, zones: '' }))
      const expected = explain(question, zones, () => 0, NO_HEALTH)
      const branch = branchOf(question, { zones, health: NO_HEALTH })
      expect(await get(`name=${name}&client=${client}`)).toEqual({ status: 200, body: { ...expected, branch } })
    }
  })

  test.each([
    ['ecs=10.1.0.0/16', '192.0.2.10', 8],
    ['ecs=11.0.0.0/16', '192.0.2.11', 8],
    ['client=192.0.2.1&ecs=10.1.0.0/16&type=a', '192.0.2.10', 8],
  ])('%s counts as the client', async (query, data, scope) => {
    const { body } = await get(`name=view.one.example&${query}`)
    expect(body).toMatchObject({ scope, answers: [{ data, probability: '1' }] })
  })

  test.each([
    ['', '192.0.2.1'],
    ['down=192.0.2.1', '192.0.2.2'],
    ['health=192.0.2.1=down', '192.0.2.2'],
    ['health=pool.one.example/A/192.0.2.1=up&down=*', '192.0.2.1'],
    ['down=*&up=192.0.2.2', '192.0.2.2'],
  ])('supposed states "%s" give %s', async (query, data) => {
    const { status, body } = await get(`name=pool.one.example&client=198.51.100.1&${query}`)
    expect([status, body.answers?.map((answer) => answer.data)]).toEqual([200, [data]])
  })

  test('a country is the place of the connection', async () => {
    const data = async (more: string) =>
      (await get(`name=geo.two.example&client=198.51.100.1${more}`)).body.answers.map((answer) => answer.data)
    expect([await data('&country=de'), await data('&country=FR'), await data('')]).toEqual([
      ['192.0.2.49'],
      ['192.0.2.1'],
      ['192.0.2.1'],
    ])
  })

  test.each([
    ['', 'the parameter "name" is missing'],
    ['name=www.one.example', 'the answer depends on the client; expected client=192.0.2.1, or ecs=192.0.2.0/24'],
    ['name=a..b&client=192.0.2.1', 'empty label'],
    ['name=www.one.example&client=1.2.3', 'client: '],
    ['name=www.one.example&ecs=1.2.3.4/99', 'ecs: '],
    ['name=www.one.example&client=192.0.2.1&type=BOGUS', 'BOGUS'],
    ['name=www.one.example&client=192.0.2.1&clinet=1', 'there is no parameter "clinet"; expected "client"'],
    ['name=a.example&name=b.example&client=192.0.2.1', 'the parameter "name" is there twice'],
    ['name=www.one.example&client=192.0.2.1&at=tomorrow', '"tomorrow" is not a time'],
    ['name=www.one.example&client=192.0.2.1&country=Germany', '"Germany" is not a country'],
    ['name=www.one.example&client=192.0.2.1&health=x', '"x" is no supposed state'],
    ['name=www.one.example&client=192.0.2.1&health=x=sideways', '"x=sideways" is no supposed state'],
    [`name=www.one.example&client=192.0.2.1${'&down=x'.repeat(33)}`, 'there are 33 supposed states'],
    [`name=www.one.example&client=192.0.2.1${'&down='.repeat(100)}`, 'more than 80 parameters'],
  ])('%s is a problem: %s', async (query, detail) => {
    const found = await served.ask(`/api/v1/explain?${query}`)
    expect([found.status, found.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
    expect(found.body).toMatchObject({ status: 400, title: 'Bad Request', detail: expect.stringContaining(detail) })
  })

  test('an override that ends is told as of the time that is asked for', async () => {
    const other = await Served.with(...ZONES)
    const overrides = [{ target: '192.0.2.1', force: 'down', until: '2026-12-01T12:00:00Z', by: 'ops', why: 'work' }]
    other.kv.values.set('overrides', { value: JSON.stringify({ overrides }), metadata: null })
    const dataAt = async (at: string) => {
      const { body } = await other.ask(`/api/v1/explain?name=pool.one.example&client=192.0.2.9&at=${at}`)
      return (body as Explanation).answers.map(({ data }) => data)
    }
    expect(await dataAt('2026-12-01T11:59:59Z')).toEqual(['192.0.2.2'])
    expect(await dataAt('2026-12-01T13:00:01%2B01:00')).toEqual(['192.0.2.1'])
  })

  test('a key that may not read answers is refused, with the reason', async () => {
    const other = await Served.with(...ZONES)
    other.refusal = ({ kind }) => (kind === 'read-answers' ? 'the key k may do nothing' : undefined)
    expect(await other.ask('/api/v1/explain?name=www.one.example&client=192.0.2.1')).toMatchObject({
      ...{ status: 403, body: { detail: 'the key k may do nothing' } },
    })
  })

  test('a fault of storage is 503', async () => {
    const other = await Served.with(...ZONES)
    other.kv.before = () => Promise.reject(new Error('KV is down'))
    expect((await other.ask('/api/v1/explain?name=www.one.example&client=192.0.2.1')).status).toBe(503)
  })
})
