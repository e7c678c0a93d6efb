import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emptyVantage, formatVantage, SIGNATURE_HEADERS, sign } from '../../src/health/index.ts'
import { type Finished, freePort, type Running, ready, run, start, temporaryFolder, until } from './processes.ts'

/** The real Worker with its cron, a real agent, targets that are killed and restarted, and the answers. */
const BIN = join(import.meta.dirname, '../../bin/edge-gslb.js')
const API_KEY = 'the "key" of $the API'
const SECRET = 'the secret of the $1 agent'
const AGENT_KEYS = JSON.stringify({ 'agent-1': SECRET, 'agent-2': "another agent's own `secret`" })

const folder = temporaryFolder()
const state = join(folder.path, '.state')
/** Two targets that the Worker probes, and two that only the agent does. */
let ports: readonly [number, number, number, number]
let port: number
let url: string
let dev: Running
let agent: Running | undefined
const targets = new Map<number, Running>()

const environment = () => ({ PORT: String(port), ZONES: folder.path, API_KEY, AGENT_KEYS })

async function startDev(): Promise<Running> {
  const started = start(process.execPath, [BIN, 'dev', '--persist-to', state], { env: environment() })
  await ready('dev', started, async () => started.output().includes('edge-gslb answers on'))
  return started
}

/** Starts a web server that answers 200, in a separate process. */
async function startTarget(at: number): Promise<void> {
  const script = `require('http').createServer((q, r) => r.end('ok')).listen(${at}, '127.0.0.1')`
  const target = start(process.execPath, ['-e', script])
  targets.set(at, target)
  await ready('target', target, async () => (await fetch(`http://127.0.0.1:${at}/`)).ok)
}

const stopTarget = async (at: number): Promise<void> => targets.get(at)?.stop()

const startAgent = (): Running =>
  start(process.execPath, [BIN, 'agent', '--name', 'agent-1', '--url', url], { env: { AGENT_KEY: SECRET } })

const edgeGslb = (args: readonly string[], env: Record<string, string> = {}): Promise<Finished> => {
  const given = Object.entries({ ...environment(), ...env }).map(([name, value]) => `${name}=${value}`)
  return run('env', [...given, process.execPath, BIN, ...args])
}

/** Returns the addresses in the answer for a name. */
async function lookUp(name: string): Promise<string> {
  const response = await fetch(`${url}/resolve?name=${name}.example.com&type=A`)
  const { Answer = [] } = (await response.json()) as { Answer?: { data: string }[] }
  return Answer.map(({ data }) => data)
    .sort()
    .join(' ')
}

const answers = (name: string, expected: string): Promise<void> =>
  until(`${name} is answered with ${expected}`, async () => (await lookUp(name)) === expected)

function zone(): string {
  const pool = (check: string, first: number) => ({
    ...{ kind: 'pool', check, select: 'all', whenDown: 'nodata' },
    members: [0, 1].map((i) => ({ answer: `192.0.2.${first + i}`, target: `127.0.0.1:${ports[first - 1 + i]}` })),
  })
  return JSON.stringify({
    ...{ origin: 'example.com', ttl: 30 },
    soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604800, minimum: 60 },
    checks: {
      web: { kind: 'http', interval: 1, timeout: 1, fall: 2, rise: 1 },
      far: { kind: 'http', interval: 0.2, timeout: 0.5, fall: 2, rise: 2, from: ['agent-1'] },
    },
    records: {
      '@': { NS: 'ns' },
      ns: { A: '192.0.2.53' },
      www: { A: pool('web', 1) },
      far: { A: pool('far', 3) },
    },
  })
}

beforeAll(async () => {
  ports = [await freePort(), await freePort(), await freePort(), await freePort()]
  port = await freePort()
  url = `http://127.0.0.1:${port}`
  writeFileSync(join(folder.path, 'example.com.json'), zone())
  for (const at of ports) await startTarget(at)
  dev = await startDev()
})
afterAll(async () => {
  for (const running of [agent, dev, ...targets.values()]) await running?.stop()
  folder.remove()
})

test('npm start alone probes: a killed target leaves the answers, and returns when it is restarted', async () => {
  await answers('www', '192.0.2.1 192.0.2.2')
  await stopTarget(ports[1])
  await answers('www', '192.0.2.1')
  await until('dev tells', () => dev.output().includes(`example.com/web 127.0.0.1:${ports[1]} is down: connect failed`))
  await startTarget(ports[1])
  await answers('www', '192.0.2.1 192.0.2.2')
  await until('dev tells', () => dev.output().includes(`127.0.0.1:${ports[1]} is up: seen by cron`))
  expect(dev.output()).not.toContain('"event"')
  expect(dev.output()).not.toMatch(/\[ERROR\]|WARNING|Durable/)
})

test('the agent makes its probes several times a second, and the answers follow', async () => {
  agent = startAgent()
  await until('it has its probes', () => /agent-1 has 2 targets to probe:/.test(agent?.output() ?? ''))
  await until('they are up', () => agent?.output().match(/is up/g)?.length === 2)
  await answers('far', '192.0.2.3 192.0.2.4')

  await stopTarget(ports[2])
  const stopped = performance.now()
  await until('the agent sees it', () => /is down: .*refused/.test(agent?.output() ?? ''))
  const seen = performance.now() - stopped
  await answers('far', '192.0.2.4')
  console.log(`seen after ${Math.round(seen)} ms, answered after ${Math.round(performance.now() - stopped)} ms`)
  await until('dev tells', () => dev.output().includes('refused (seen by agent-1)'))
})

test('status shows it, in its exit status, too', async () => {
  const { status, stdout } = await edgeGslb(['status'])
  expect(status).toBe(1)
  const [summary, , head, first] = stdout.split('\n')
  expect(summary).toBe('4 targets: 1 down, 3 up')
  expect(head).toMatch(/^STATE {2}CHECK +TARGET +FOR +LAST RESULT +.*FROM$/)
  expect(first).toMatch(
    new RegExp(`^down +example\\.com/far +127\\.0\\.0\\.1:${ports[2]} +\\d+s +.*refused +.*agent-1$`),
  )
  expect(stdout).toMatch(/\n {2}cron +2 targets +written \d+s ago/)
  const json = JSON.parse((await edgeGslb(['status', '--json'])).stdout)
  expect(json).toMatchObject({ complete: true, problems: [], overrides: [] })
  expect(json.targets).toHaveLength(4)

  const wrong = await edgeGslb(['status'], { API_KEY: 'wrong' })
  expect(wrong).toMatchObject({ status: 3, stdout: '' })
  expect(wrong.stderr).toContain('rejects this key')
  expect(await edgeGslb(['status'], { API_KEY: '' })).toMatchObject({ status: 3, stdout: '' })
  const shown = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
  expect(shown.includes(SECRET) || shown.includes(API_KEY)).toBe(false)
})

test('overrides change answers and explain, and can be removed', async () => {
  const place = ['--persist-to', state]
  const override = (...args: string[]) => edgeGslb(['override', ...args, ...place])
  const all = ['add', '--target', '127.0.0.1:*', '--state', 'down', '--why', 'a drill', '--for', '1h']
  const refused = await override(...all)
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain('would leave www.example.com/A, far.example.com/A without a member that is up')
  const added = await override(...all, '--force')
  expect(added).toMatchObject({ status: 0, stderr: '' })
  expect(added.stdout).toContain('matches 4 parts of the zones')
  await answers('www', '')
  const health = ['--health', 'local', '--vantage', 'cron', '--vantage', 'agent-1', '--client', '192.0.2.1', ...place]
  expect((await edgeGslb(['explain', 'far.example.com', ...health])).stdout).toMatch(
    /is down: NODATA\n +1 {2}\S+ {2}down, forced down by .* \(a drill\)\n +2 {2}\S+ {2}down, measured up, forced/,
  )
  const listed = await override('list')
  expect(listed.stdout).toMatch(
    /^ {2}1 {2}down {2}target 127\.0\.0\.1:\* {2}by .+@.+ until .+ \(in \d+m\d+s\): a drill\n$/,
  )
  expect((await edgeGslb(['status'])).stdout).toContain('4 targets: 4 down, 4 forced')
  expect((await override('remove', '1')).stdout).toContain('there are no overrides')
  await answers('www', '192.0.2.1 192.0.2.2')
  expect((await edgeGslb(['explain', 'far.example.com', ...health])).stdout).toContain('1 of 2 members is up')
})

test('the agent goes on without the Worker, and reports later', async () => {
  await dev.stop()
  await startTarget(ports[2])
  await until('it is seen', () => new RegExp(`${ports[2]} is up`).test(agent?.output().split('is down').at(-1) ?? ''))
  await until(
    'the trouble is told',
    () => agent?.output().includes(`nothing answers at ${url}; probing goes on`) ?? false,
  )
  await sleep(2500)
  expect(agent?.output().match(/nothing answers/g)).toHaveLength(1)
  dev = await startDev()
  await until('it is back', () => agent?.output().includes('the Worker is back') ?? false)
  await answers('far', '192.0.2.3 192.0.2.4')
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the agent with status 0', async (signal) => {
  const args = [BIN, 'agent', '--name', 'agent-1', '--url', url]
  const child = spawn(process.execPath, args, { env: { ...process.env, AGENT_KEY: SECRET } })
  let output = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  child.stderr.resume()
  await until('it has its probes', () => output.includes('targets to probe'))
  child.kill(signal)
  expect(await once(child, 'close')).toEqual([0, null])
})

test('--once probes, reports and ends', async () => {
  await agent?.stop()
  await stopTarget(ports[3])
  const once = await edgeGslb(['agent', '--once', '--name', 'agent-1', '--url', url], { AGENT_KEY: SECRET })
  expect(once).toMatchObject({ status: 0, stderr: '' })
  expect(once.stdout).toMatch(new RegExp(`127\\.0\\.0\\.1:${ports[3]} is down: .*refused`))
  await answers('far', '192.0.2.3')
  const keyless = await edgeGslb(['agent', '--once', '--name', 'agent-1', '--url', url], { AGENT_KEY: 'short' })
  expect(keyless).toMatchObject({ status: 2, stdout: '' })
  expect(keyless.stderr).toContain('at least 16 characters')
})

describe('an invalid report of an agent is refused, with a reason', () => {
  type Forged = { secret?: string; agent?: string; lateMs?: number; seq?: number; body?: string; signedBody?: string }

  async function report({ secret = SECRET, agent = 'agent-1', lateMs = 0, seq = Date.now(), ...forged }: Forged) {
    const at = Date.now() - lateMs
    const body = forged.body ?? formatVantage({ ...emptyVantage('agent-1'), seq })
    const path = '/api/v1/agents/agent-1/report'
    const bytes = new TextEncoder().encode(forged.signedBody ?? body)
    const signature = await sign(secret, { agent, method: 'POST', path, at, body: bytes })
    const headers = {
      [SIGNATURE_HEADERS.agent]: agent,
      [SIGNATURE_HEADERS.at]: String(at),
      [SIGNATURE_HEADERS.signature]: signature,
    }
    return send(body, headers)
  }
  async function send(body: string, headers: Record<string, string>) {
    const response = await fetch(`${url}/api/v1/agents/agent-1/report`, { method: 'POST', body, headers })
    return { status: response.status, error: ((await response.json()) as { error?: string }).error }
  }

  test.each<[string, Forged, number, string]>([
    ['expired', { lateMs: 3_600_000 }, 401, 'signed 3'],
    ['from the future', { lateMs: -3_600_000 }, 401, 'signed -3'],
    ['of a foreign key', { secret: 'a secret that nobody knows' }, 401, 'not that of an agent known here'],
    ['of another agent', { agent: 'agent-2', secret: "another agent's own `secret`" }, 401, 'not that of an agent'],
    ['changed on the way', { signedBody: '{}' }, 401, 'not that of an agent known here'],
    ['without a number', { body: '{"name":"agent-1","at":1,"targets":{}}' }, 422, 'no "seq"'],
    ['of another shape', { body: '[]' }, 422, 'not valid'],
  ])('%s', async (_, forged, status, error) => {
    expect(await report(forged)).toEqual({ status, error: expect.stringContaining(error) })
  })

  test('unsigned', async () => {
    const refused = await send('{}', {})
    expect(refused).toEqual({
      status: 401,
      error: expect.stringContaining('not signed; expected the headers x-agent,'),
    })
  })

  test('replayed, or with an older number', async () => {
    const seq = Date.now() + 1
    expect(await report({ seq })).toMatchObject({ status: 200 })
    const older = { status: 409, error: expect.stringContaining('a report with this number, or a later one') }
    expect(await report({ seq })).toEqual(older)
    expect(await report({ seq: seq - 1 })).toEqual(older)
  })

  test('the real agent explains the refusal', async () => {
    const foreign = await edgeGslb(['agent', '--name', 'agent-1', '--url', url], {
      AGENT_KEY: 'a secret that nobody knows',
    })
    expect(foreign).toMatchObject({ status: 1 })
    expect(foreign.stderr).toContain('rejects the signature of agent-1; expected its secret AGENT_KEYS')
  })
})
