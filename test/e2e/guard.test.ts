import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, run, until } from './processes.ts'
import { type Front, type Server, startFront, startServer } from './server.ts'
import { needs, pathOf } from './tools.ts'
import { WebTargets } from './web-targets.ts'

/**
 * Health by DNS, and the guard of a zone, on a running server with real checks: targets are killed and started again.
 */
const INTERVAL = 2
/** The seconds that a hold lasts while it is looked at, and those that end it. */
const HELD_LONG = 3600
const HELD_SHORT = 5
const KEY = 'the key of this test'
const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4'] as const
const ALL = ADDRESSES.join(' ')

const zone = (port: number, serial: number, held: number) => ({
  origin: 'example.com',
  ttl: 60,
  soa: { mname: 'ns', rname: 'root', serial, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  guard: { share: 0.5, within: 30, for: held },
  health: { dns: true },
  checks: { web: { kind: 'http', port, interval: INTERVAL, timeout: 1, fall: 2, rise: 2 } },
  records: {
    '@': { NS: 'ns' },
    ns: { A: '192.0.2.53' },
    www: { A: { ttl: [1, 60], answer: { kind: 'pool', select: 'all', check: 'web', members: [...ADDRESSES] } } },
  },
})

let server: Server
let front: Front
let targets: WebTargets

async function addresses(): Promise<string> {
  const response = await fetch(`${server.url}/resolve?name=www.example.com&type=A`)
  const { Answer = [] } = (await response.json()) as { Answer?: { data: string }[] }
  return Answer.map(({ data }) => data)
    .sort()
    .join(' ')
}

type Guard = { readonly holding: boolean; readonly fell?: number; readonly held?: number; readonly of?: number }

async function guard(): Promise<Guard> {
  const response = await fetch(`${server.url}/api/v1/health`, { headers: { 'x-api-key': KEY } })
  const { guards } = (await response.json()) as { guards: readonly Guard[] }
  return guards[0] as Guard
}

const metrics = async (): Promise<string> =>
  (await fetch(`${server.url}/metrics`, { headers: { 'x-api-key': KEY } })).text()

needs(
  'kdig',
  'dig',
  'nghttpx',
  'openssl',
)('a zone with a guard, whose health is told by DNS', () => {
  beforeAll(async () => {
    targets = new WebTargets(await freePort())
    await targets.start(...ADDRESSES)
    server = await startServer({ 'example.com.json': JSON.stringify(zone(targets.port, 1, HELD_LONG)) }, KEY)
    front = await startFront(server.port)
  })
  afterAll(async () => {
    await front?.stop()
    await server?.stop()
    targets?.killAll()
  })

  const ask = async (command: 'kdig' | 'dig', ...query: readonly string[]): Promise<string> => {
    const tls = ['@127.0.0.1', '-p', String(front.port), `+tls-ca=${front.certificate}`, '+tls-hostname=localhost']
    const { stdout, stderr } = await run(pathOf(command) ?? command, [...tls, '+https', ...query])
    return `${stdout}${stderr}`
  }
  const told = (command: 'kdig' | 'dig') => ask(command, '_health.www.example.com', 'TXT', '+short')
  const stateOf = (text: string, address: string): string | undefined =>
    new RegExp(`member=${address}:\\d+ state=(\\w+)`).exec(text)?.[1]

  test('kdig and dig are told the state of each member, and of the pool', async () => {
    await until('all are measured', async () => !(await told('kdig')).includes('unknown'))
    for (const command of ['kdig', 'dig'] as const) {
      const text = await told(command)
      expect(ADDRESSES.map((address) => stateOf(text, address))).toEqual(['up', 'up', 'up'])
      expect(text).toContain('"pool=www.example.com/A state=up live=3 members=3"')
    }
    const whole = await ask('kdig', '_health.www.example.com', 'TXT', '+subnet=192.0.2.0/24')
    expect(whole).toMatch(/status: NOERROR[\s\S]*CLIENT-SUBNET: 192\.0\.2\.0\/24\/0/)
    expect(await ask('dig', '_health.www.example.com', 'A')).toMatch(/status: NOERROR[\s\S]*ANSWER: 0/)
    expect(await ask('dig', '_health.ns.example.com', 'TXT')).toContain('status: NXDOMAIN')
  })

  test('one target that is killed is down, and leaves the answers', async () => {
    const [first, second, third] = ADDRESSES
    targets.kill(second)
    await until('it is told', async () => stateOf(await told('dig'), second) === 'down')
    await until('it has left', async () => (await addresses()) === `${first} ${third}`)
    expect(await told('kdig')).toContain('"pool=www.example.com/A state=up live=2 members=3"')
    expect(await guard()).toMatchObject({ holding: false })
    await targets.start(second)
    await until('it is back', async () => (await addresses()) === ALL)
  })

  test('two of three are held up, for the time of the guard', async () => {
    const [first, second, third] = ADDRESSES
    targets.kill(first, second)
    await until('the guard holds', async () => (await guard()).holding)
    expect(await guard()).toMatchObject({ holding: true, held: 2, of: 3 })
    await until('answers are as before', async () => (await addresses()) === ALL)
    const text = await told('kdig')
    expect([first, second, third].map((address) => stateOf(text, address))).toEqual(['up', 'up', 'up'])
    expect(text).toMatch(/measured=down held-until=\d{4}-/)
    const scraped = await metrics()
    expect(scraped).toContain('edge_gslb_guard_active{zone="example.com"} 1\n')
    expect(scraped).toContain('edge_gslb_pool_live_members{zone="example.com",pool="www.example.com/A"} 3\n')
    const asked = ['explain', 'www.example.com', 'A', '--client', '192.0.2.1', '--to', server.url]
    const explained = await run(process.execPath, ['bin/edge-gslb.js', ...asked], '', { EDGE_GSLB_KEY: KEY })
    expect(explained.stdout).toContain('held up by the guard of example.com until')
    await until('the log has it', async () => server.output().includes('guard-holds'))

    // A hold lasts as long as the zone says now.
    writeFileSync(join(server.zones, 'example.com.json'), JSON.stringify(zone(targets.port, 2, HELD_SHORT)))
    await until('the hold has ended', async () => (await addresses()) === third)
    expect(await guard()).toMatchObject({ holding: false })
    await targets.start(first)
    await targets.start(second)
    await until('all are back', async () => (await addresses()) === ALL)
  })
})
