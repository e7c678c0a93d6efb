import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, run, until } from './processes.ts'
import { type Server, startServer as serve } from './server.ts'

/**
 * A real target is killed and started again: its share comes back as the ramp says, and waits for a person where one
 * has to resume it.
 */
const BIN = join(import.meta.dirname, '../../bin/edge-gslb.js')
const KEY = 'a key for these tests alone'
const SCRIPT = "require('http').createServer((q, r) => r.end('fine'))"

const ports: number[] = []
const targets: (ChildProcess | undefined)[] = []
let server: Server

async function startTarget(n: number): Promise<void> {
  const script = `${SCRIPT}.listen(${ports[n]}, '127.0.0.1', () => console.log('listens'))`
  const target = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  targets[n] = target
  await once(target.stdout, 'data')
}

async function kill(n: number): Promise<void> {
  const target = targets[n] as ChildProcess
  target.kill('SIGKILL')
  await once(target, 'exit')
}

const target = (n: number): string => `127.0.0.1:${ports[n]}`
const members = () => [0, 1].map((n) => ({ answer: `192.0.2.${n + 1}`, target: target(n) }))

beforeAll(async () => {
  ports.push(await freePort(), await freePort())
  await Promise.all([startTarget(0), startTarget(1)])
  const zone = {
    ...{ origin: 'example.com', ttl: 60 },
    soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
    checks: { web: { kind: 'http', interval: 1, timeout: 1, fall: 2, rise: 2 } },
    records: {
      '@': { NS: 'ns' },
      ns: { A: '192.0.2.53' },
      drawn: { A: { kind: 'pool', check: 'web', select: 'weighted', rampUp: 40, members: members() } },
      hashed: { A: { kind: 'pool', check: 'web', select: 'hashed', rampUp: 40, members: members() } },
      manual: { A: { kind: 'failover', check: 'web', failback: 'manual', pools: members() } },
    },
  }
  server = await serve({ 'example.com.json': JSON.stringify(zone) }, KEY)
})
afterAll(async () => {
  await server?.stop()
  for (const one of targets) one?.kill('SIGKILL')
})

async function ask(name: string, client = '198.51.100.1'): Promise<string> {
  const headers = { 'CF-Connecting-IP': client }
  const reply = await fetch(`${server.url}/resolve?name=${name}.example.com&type=A`, { headers })
  const { Answer = [] } = (await reply.json()) as { Answer?: { data: string }[] }
  return Answer.map(({ data }) => data).join(' ')
}

type Explained = { readonly answers: readonly { data: string; chance: number }[] }
async function chanceOf(name: string, data: string): Promise<number> {
  const query = new URLSearchParams({ name: `${name}.example.com`, client: '198.51.100.1' })
  const reply = await fetch(`${server.url}/api/v1/explain?${query}`, { headers: { 'X-API-Key': KEY } })
  const { answers } = (await reply.json()) as Explained
  return answers.find((one) => one.data === data)?.chance ?? 0
}

test('killed and started again, it comes back along the line, client by client, or when it is resumed', async () => {
  const clients = Array.from({ length: 40 }, (_, i) => `203.0.113.${i}`)
  const all = () => Promise.all(clients.map((client) => ask('hashed', client)))
  await until('both targets are known', async () => (await chanceOf('drawn', '192.0.2.1')) === 0.5)
  const whole = await all()
  expect(await ask('manual')).toBe('192.0.2.1')
  await kill(0)
  await until('it is gone', async () => (await chanceOf('drawn', '192.0.2.1')) === 0)
  await until('the failover has gone over', async () => (await ask('manual')) === '192.0.2.2')
  await startTarget(0)
  await until('it is back', async () => (await chanceOf('drawn', '192.0.2.1')) > 0)

  const seen: string[][] = [await all()]
  const shares: { readonly share: number; readonly least: number; readonly most: number }[] = []
  await until(
    'it has all of its share',
    async () => {
      const least = await chanceOf('drawn', '192.0.2.1')
      const drawn = await Promise.all(Array.from({ length: 200 }, () => ask('drawn')))
      const most = await chanceOf('drawn', '192.0.2.1')
      shares.push({ share: drawn.filter((data) => data === '192.0.2.1').length / 200, least, most })
      seen.push(await all())
      return least === 0.5
    },
    10_000,
  )
  // A draw of 200 is within five standard deviations of the chance that the Worker tells before or after it.
  for (const { share, least, most } of shares) {
    expect(share).toBeGreaterThan(least - 0.18)
    expect(share).toBeLessThan(most + 0.18)
  }
  expect(shares.map(({ least }) => least)).toEqual(shares.map(({ least }) => least).toSorted((a, b) => a - b))
  clients.forEach((_, i) => {
    const answers = seen.map((one) => one[i])
    expect(answers.filter((one, at) => at > 0 && one !== answers[at - 1]).length).toBeLessThanOrEqual(1)
    expect(answers.at(-1)).toBe(whole[i])
  })

  expect(await ask('manual')).toBe('192.0.2.2')
  const resume = ['override', 'resume', '--target', target(0), '--why', 'checked', '--to', server.url]
  const resumed = await run('env', [`EDGE_GSLB_KEY=${KEY}`, process.execPath, BIN, ...resume])
  expect([resumed.status, resumed.stderr]).toEqual([0, ''])
  await until('it is resumed', async () => (await ask('manual')) === '192.0.2.1')
  console.log(`${shares.length} looks at the ramp: ${shares.map(({ least }) => least.toFixed(2)).join(', ')}`)
})
