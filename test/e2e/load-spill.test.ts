import { afterAll, beforeAll, expect, test } from 'vitest'
import { run, until } from './processes.ts'
import { type Front, type Server, startFront, startServer } from './server.ts'
import { needs, pathOf } from './tools.ts'

/** Applications push loads to a running server, and the answers to many networks follow. */
const KEY = 'a-key-for-the-tests-of-load'
const LIMITS = { target: 70, capacity: 100 }
const CHECKS = ['a', 'b', 'c'] as const

const zone = {
  ...{ origin: 'example.com', ttl: 60 },
  soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  checks: Object.fromEntries(CHECKS.map((name) => [name, { kind: 'push' }])),
  records: {
    '@': { NS: 'ns' },
    ns: { A: '192.0.2.53' },
    ...Object.fromEntries(
      CHECKS.map((check) => [
        check,
        {
          A: {
            ttl: [20, 300],
            answer: { kind: 'failover', check, load: LIMITS, pools: ['192.0.2.1', '192.0.2.2'] },
          },
        },
      ]),
    ),
  },
}

/** A client in each of so many networks. */
const NETWORKS = 60
const networkOf = (i: number): string => `10.${i}.${(i * 37) % 256}.0/24`

needs(
  'kdig',
  'nghttpx',
  'openssl',
)('load that is pushed', () => {
  let server: Server
  let front: Front
  beforeAll(async () => {
    server = await startServer({ 'example.com.json': JSON.stringify(zone) }, KEY)
    front = await startFront(server.port)
  })
  afterAll(async () => {
    await front?.stop()
    await server?.stop()
  })

  async function push(check: string, n: number, load: number): Promise<void> {
    const response = await fetch(`${server.url}/api/v1/push`, {
      ...{ method: 'POST', headers: { 'X-API-Key': KEY, 'Content-Type': 'application/json' } },
      body: JSON.stringify({ check: `example.com/${check}`, target: `192.0.2.${n}`, load }),
    })
    expect([response.status, await response.json()]).toEqual([200, { targets: 1 }])
  }

  /** Asks for a name from each network in one run of kdig. */
  async function answers(name: string): Promise<{ text: string; scope: number; ttl: number }[]> {
    const queries = Array.from({ length: NETWORKS }, (_, i) => [`${name}.example.com`, 'A', `+subnet=${networkOf(i)}`])
    const tls = [`+tls-ca=${front.certificate}`, '+tls-hostname=localhost', '+https']
    const { stdout } = await run(pathOf('kdig') ?? 'kdig', [
      ...['@127.0.0.1', '-p', String(front.port), ...tls],
      ...queries.flat(),
    ])
    const scopes = [...stdout.matchAll(/CLIENT-SUBNET: \S+\/24\/(\d+)/g)].map(([, scope]) => Number(scope))
    const records = [...stdout.matchAll(/^\S+\s+(\d+)\s+IN\s+A\s+(192\.0\.2\.\d)$/gm)]
    return records.map(([, ttl, text], i) => ({ text: text as string, scope: scopes[i] as number, ttl: Number(ttl) }))
  }

  async function explained(name: string): Promise<string> {
    const query = new URLSearchParams({ name: `${name}.example.com`, client: '198.51.100.1' })
    const response = await fetch(`${server.url}/api/v1/explain?${query}`, { headers: { 'X-API-Key': KEY } })
    return JSON.stringify(await response.json())
  }

  test('the share of networks that stay is target / load, the same ones as load grows', async () => {
    const loads = { a: 60, b: 100, c: 140 } as const
    for (const check of CHECKS) {
      await push(check, 2, 10)
      await push(check, 1, loads[check])
    }
    await until('loads count', async () => (await explained('c')).includes('"kept":0.5,'))
    await until('loads count', async () => (await explained('b')).includes('"kept":0.7,'))
    const [all, some, half] = [await answers('a'), await answers('b'), await answers('c')]
    const kept = [all, some, half].map((each) => each.filter(({ text }) => text === '192.0.2.1').length)
    expect([all, some, half].map((each) => each.length)).toEqual([NETWORKS, NETWORKS, NETWORKS])
    expect(kept[0]).toBe(NETWORKS)
    // Four standard deviations.
    expect(Math.abs((kept[1] as number) / NETWORKS - 0.7)).toBeLessThan(4 * Math.sqrt(0.21 / NETWORKS))
    expect(Math.abs((kept[2] as number) / NETWORKS - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / NETWORKS))
    expect(new Set(all.map(({ scope }) => scope))).toEqual(new Set([0]))
    expect(new Set(half.map(({ scope }) => scope))).toEqual(new Set([32]))
    expect(new Set([...some, ...half].map(({ ttl }) => ttl))).toEqual(new Set([60]))
    // The same question again has the same answers.
    expect((await answers('c')).map(({ text }) => text)).toEqual(half.map(({ text }) => text))
    console.log(`${kept.join(', ')} of ${NETWORKS} networks stay with loads of 60, 100 and 140, and a target of 70`)

    const metrics = await (await fetch(`${server.url}/metrics`, { headers: { 'X-API-Key': KEY } })).text()
    expect(metrics).toContain(
      'edge_gslb_target_load{zone="example.com",check="example.com/c",target="192.0.2.1"} 140\n',
    )
    expect(metrics).toContain(
      'edge_gslb_member_received_load{zone="example.com",pool="c.example.com/A",target="192.0.2.2"} 70\n',
    )
  })

  test('a load that falls because clients have left brings none of them back, and a rise counts at once', async () => {
    const before = (await answers('c')).map(({ text }) => text)
    await push('c', 1, 71)
    // It is no news: the load that is offered has not changed, so that nothing is written for it.
    const after = (await answers('c')).map(({ text }) => text)
    expect(after.filter((text, i) => text !== before[i]).length).toBeLessThan(NETWORKS / 20)
    await push('c', 1, 155)
    await until('it is known', async () => (await explained('c')).includes('"load":155'))
    const risen = (await answers('c')).map(({ text }) => text)
    expect(risen.filter((text) => text === '192.0.2.1').length).toBeLessThan(
      after.filter((text) => text === '192.0.2.1').length,
    )
  })

  test('what is full takes no more', async () => {
    await push('b', 2, 100)
    await until('it is known', async () => (await explained('b')).includes('"load":100'))
    await until('it is full', async () => !(await explained('b')).includes('"kept":0.7,'))
  })
})
