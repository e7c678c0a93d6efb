import { beforeAll, describe, expect, test } from 'vitest'
import type { Explanation, Part } from '../../../../src/explain/index.ts'
import { MAX_API_PARTITION_PREFIXES } from '../../../../src/limits.ts'
import { formatAddress } from '../../../../src/net/index.ts'
import { runCount } from '../../../effort.ts'
import { answersOf, finderOf, randomClients } from '../../explain/partition-support.ts'
import { zoneOf } from '../../store/kv-memory.ts'
import { Served } from './support.ts'

const rules = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    networks: [`${(i >> 8) & 255}.${i & 255}.128.0/24`, `2001:db8:${i.toString(16)}::/48`],
    answer: `192.0.2.${i % 5}`,
  }))
const ZONES = [
  zoneOf('one.example', 1, {
    view: { A: { kind: 'view', rules: rules(40), otherwise: ['192.0.2.100', '192.0.2.101'] } },
    pool: {
      A: { kind: 'pool', check: { kind: 'tcp', port: 80 }, select: 'first', members: ['192.0.2.1', '192.0.2.2'] },
    },
    alias: { CNAME: 'view.two.example.' },
    text: { TXT: '"<script>alert(1)</script>"' },
  }),
  zoneOf('two.example', 2, {
    view: { A: { kind: 'view', rules: rules(4), otherwise: { kind: 'random', of: ['192.0.2.8', '192.0.2.9'] } } },
    large: { A: { kind: 'view', rules: rules(9000), otherwise: '192.0.2.9' } },
  }),
]

let served: Served
beforeAll(async () => {
  served = await Served.with(...ZONES)
})

const get = async (query: string) => {
  const { status, body, text } = await served.ask(`/api/v1/partition?${query}`)
  return { status, body: body as Part[] & { detail: string }, text }
}

describe('GET /api/v1/partition', () => {
  test.each(['view.one.example', 'alias.one.example', 'absent.one.example'])(
    '%s: branch and chances are those of explain',
    async (name) => {
      const { status, body } = await get(`name=${name}&type=A`)
      expect(status).toBe(200)
      const find = finderOf(body)
      for (const client of randomClients(runCount(60), 3)) {
        const text = formatAddress(client)
        const { body: told } = await served.ask(`/api/v1/explain?name=${name}&client=${text}`)
        const { branch, answers } = told as Explanation
        const [part, ...more] = find(client)
        expect([text, more.length, part?.branch, answersOf(part?.answers ?? [])]).toEqual([
          text,
          0,
          branch,
          answersOf(answers),
        ])
      }
    },
  )

  test('the reply is an array of networks of both families, one a line', async () => {
    const { body, text } = await get('name=pool.one.example')
    const answers = [{ data: '192.0.2.1', probability: '1' }]
    expect(body).toEqual(['0.0.0.0/0', '::/0'].map((prefix) => ({ prefix, branch: 'everybody', answers })))
    expect(text.split('\n')).toHaveLength(5)
  })

  test.each([
    ['name=pool.one.example&down=192.0.2.1', '192.0.2.2'],
    ['name=pool.one.example&health=192.0.2.1=down', '192.0.2.2'],
    ['name=view.two.example&within=0.2.128.0/24', '192.0.2.2'],
    ['name=text.one.example&type=TXT', '"<script>alert(1)</script>"'],
  ])('%s gives %s', async (query, data) => {
    const { body } = await get(query)
    expect(body[0]?.answers).toEqual([{ data, probability: '1' }])
  })

  test.each([
    ['', 400, 'the parameter "name" is missing'],
    ['name=a..b', 400, 'empty label'],
    ['name=a.example&type=BOGUS', 400, 'BOGUS'],
    ['name=a.example&within=10.0.0.0/99', 400, 'within: '],
    ['name=a.example&depth=129', 400, 'depth is "129"; expected a prefix length'],
    ['name=a.example&client=10.0.0.1', 400, 'there is no parameter "client"'],
    ['name=a.example&token=yes', 400, 'token is "yes"'],
    ['name=a.example&at=tomorrow', 400, '"tomorrow" is not a time'],
    ['name=a.example&down=', 200, ''],
    [
      'name=large.two.example',
      422,
      `more than ${MAX_API_PARTITION_PREFIXES} networks; expected a part of the addresses`,
    ],
    ['name=large.two.example&within=0.0.0.0/8', 200, ''],
  ])('%s is %i: %s', async (query, status, detail) => {
    const found = await get(query)
    expect([found.status, found.body.detail ?? '']).toEqual([status, expect.stringContaining(detail)])
  })

  test('to a depth: networks with several branches say so', async () => {
    const { status, body } = await get('name=large.two.example&depth=8')
    expect([status, body.length < 600]).toEqual([200, true])
    // Neighbours that have several are one network, too.
    expect(body[0]).toEqual({ prefix: '0.0.0.0/3', branch: 'several branches', answers: [], several: true })
  })

  test('a key that may not read answers is refused, with the reason', async () => {
    const other = await Served.with(...ZONES)
    other.refusal = ({ kind }) => (kind === 'read-answers' ? 'the key k may do nothing' : undefined)
    expect(await other.ask('/api/v1/partition?name=view.one.example')).toMatchObject({
      ...{ status: 403, body: { detail: 'the key k may do nothing' } },
    })
  })

  test('a fault of storage is 503', async () => {
    const other = await Served.with(...ZONES)
    other.kv.before = () => Promise.reject(new Error('KV is down'))
    expect(await other.ask('/api/v1/partition?name=view.one.example')).toMatchObject({ status: 503 })
  })
})
