import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { agentCommand } from '../../../src/cli/agent/agent.ts'
import type { AgentProbe } from '../../../src/cli/agent/client.ts'
import { AgentProber } from '../../../src/cli/agent/prober.ts'
import { plain } from '../../../src/cli/paint.ts'
import { type ProbeResult, parseVantage, SIGNATURE_HEADERS, type Vantage, verify } from '../../../src/health/index.ts'
import { eventually } from '../../eventually.ts'
import { must } from '../support.ts'
import { PassedTime } from './passed-time.ts'
import { recorder } from './support.ts'

const probeOf = (host: string, more: Partial<AgentProbe> = {}): AgentProbe => ({
  ...{ id: host, host, port: 80, interval: 0.1, timeout: 1, fall: 2, rise: 1, first: 'decides', damping: undefined },
  ...{ action: { kind: 'tcp' }, from: ['agent-1'], quorum: 'majority', checks: ['example.com/web'], ...more },
})

const OK: ProbeResult = { outcome: 'ok', ms: 5 }
const REFUSED: ProbeResult = { outcome: 'failed', ms: 1, why: 'refused' }

describe('the prober', () => {
  test('prober: a target that does not answer delays no other, and each keeps its interval', async () => {
    const time = new PassedTime()
    const began = new Map<string, number[]>()
    const prober = new AgentProber<AgentProbe>({
      ...{ connections: 2, onResult: () => {}, time },
      probe: async ({ host }) => {
        began.set(host, [...(began.get(host) ?? []), time.now()])
        await time.rest(host === 'slow' ? 400 : 30)
        return host === 'slow' ? REFUSED : OK
      },
    })
    prober.follow([probeOf('slow'), probeOf('fast')])
    await time.pass(950)
    prober.stop()
    // Measured from start to start. From end to start the interval would be 130 ms.
    expect(began.get('fast')).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900])
    expect(began.get('slow')).toEqual([0, 400, 800])
  })

  test('prober: concurrent probes are limited, targets take turns, and waiting ones are counted', async () => {
    const time = new PassedTime()
    let running = 0
    let most = 0
    const prober = new AgentProber<AgentProbe>({
      ...{ connections: 3, onResult: () => {}, time },
      probe: async () => {
        most = Math.max(most, ++running)
        await time.rest(20)
        running--
        return OK
      },
    })
    prober.follow(Array.from({ length: 10 }, (_, i) => probeOf(`t${i}`, { interval: 60 })))
    expect(prober.isComplete).toBe(false)
    expect(prober.takeRound()).toMatchObject({ due: 10, probed: 0, left: 7 })
    await time.pass(80)
    expect(prober.isComplete).toBe(true)
    expect(most).toBe(3)
    expect(prober.takeRound()).toMatchObject({ due: 7, probed: 10, left: 0 })
    prober.stop()
  })

  test('prober: removed targets are forgotten, the others keep their states; a fault of a probe does not count', async () => {
    const prober = new AgentProber<AgentProbe>({
      ...{ connections: 5, onResult: () => {}, time: new PassedTime() },
      probe: async ({ host }) => {
        if (host === 'broken') throw new Error('oh no')
        return OK
      },
    })
    prober.follow([probeOf('a'), probeOf('b'), probeOf('broken')])
    await eventually(() => expect(prober.isComplete).toBe(true))
    const since = prober.targets.get('b')?.since
    prober.follow([probeOf('b'), probeOf('broken')])
    expect([...prober.targets.keys()].sort()).toEqual(['b', 'broken'])
    expect(prober.targets.get('b')).toMatchObject({ state: 'up', since })
    expect(prober.targets.get('broken')).toMatchObject({ state: 'unknown', why: 'Error: oh no' })
    prober.stop()
  })
})

// Requests of the agent have a timeout of ten seconds, which must not depend on the machine.
beforeAll(() => void vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal))
afterAll(() => void vi.restoreAllMocks())

describe.concurrent('the agent, with a server that fails on demand', () => {
  const SECRET = 'a secret of the agent'
  const servers: Server[] = []
  const stopping: AbortController[] = []
  afterAll(() => {
    for (const one of stopping) one.abort()
    for (const one of servers) one.closeAllConnections()
    for (const one of servers) one.close()
  })

  type Heard = {
    readonly reports: Vantage[]
    /** The times when the agent fetched its probes, by its clock. */
    readonly fetched: number[]
    readonly url: URL
    readonly server: Server
  }
  type Say = (what: 'probes' | 'report', heard: Heard) => { status?: number; body: unknown }

  async function serving(say: Say): Promise<Heard> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = await request.toArray()
      const body = new Uint8Array(Buffer.concat(chunks))
      const verified = await verify(
        SECRET,
        signedOf(request, body),
        headerOf(request, 'signature'),
        signedOf(request, body).at,
      )
      const what = request.url?.endsWith('/probes') ? 'probes' : 'report'
      if (verified.ok && what === 'report') {
        heard.reports.push(must(parseVantage(new TextDecoder().decode(body))))
      } else if (verified.ok) heard.fetched.push(signedOf(request, body).at)
      const { status = 200, body: said } = verified.ok
        ? say(what, heard)
        : { status: 401, body: { error: verified.error } }
      response.writeHead(status).end(JSON.stringify(said))
    })
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const heard: Heard = { reports: [], fetched: [], url, server }
    return heard
  }

  const headerOf = (request: IncomingMessage, name: keyof typeof SIGNATURE_HEADERS) =>
    String(request.headers[SIGNATURE_HEADERS[name]])
  const signedOf = (request: IncomingMessage, body: Uint8Array) => ({
    ...{ agent: headerOf(request, 'agent'), method: request.method ?? '', path: request.url ?? '', body },
    at: Number(headerOf(request, 'at')),
  })

  /** Starts an agent with simulated time, whose probes find `results`. */
  function start(url: URL, results: Record<string, ProbeResult>, once = false) {
    const console = recorder()
    const stopped = new AbortController()
    stopping.push(stopped)
    const probe = async ({ host }: AgentProbe): Promise<ProbeResult> => results[host] ?? OK
    const time = new PassedTime()
    const options = { url, name: 'agent-1', secret: SECRET, once, probe, time }
    const ended = agentCommand(options, stopped.signal, console, plain)
    return { console, ended, time, stop: () => stopped.abort() }
  }

  const gapsOf = (times: readonly number[]) => times.slice(1).map((at, i) => at - (times[i] as number))
  const statesOf = (vantage: Vantage | undefined) =>
    Object.fromEntries(Array.from(vantage?.targets ?? [], ([id, { state }]) => [id, state]))
  const all =
    (probes: readonly AgentProbe[]): Say =>
    (what) => ({ body: what === 'probes' ? { probes, complete: true } : { taken: true } })

  test('reports all targets first, then changes, at most once a second', async () => {
    const results: Record<string, ProbeResult> = { a: OK, b: REFUSED }
    const heard = await serving(all([probeOf('a'), probeOf('b', { timeout: 2 })]))
    const { console, ended, time, stop } = start(heard.url, results)
    await time.until(() => expect(heard.reports).toHaveLength(1))
    expect(statesOf(heard.reports[0])).toEqual({ a: 'up', b: 'down' })
    // Two targets and the agent wait.
    await time.pass(1300, 3)
    expect(heard.reports).toHaveLength(1)

    results.a = REFUSED
    await time.until(() => expect(heard.reports).toHaveLength(2))
    results.b = OK
    results.a = OK
    await time.until(() => expect(statesOf(heard.reports.at(-1))).toEqual({ a: 'up', b: 'up' }))
    // The number of a report is the time of its creation.
    const numbers = heard.reports.map(({ seq }) => seq as number)
    expect(Math.min(...gapsOf(numbers))).toBeGreaterThanOrEqual(1000)
    expect(numbers[0]).toBe(heard.reports[0]?.at)
    expect(heard.reports[0]?.round).toMatchObject({ left: 0 })

    stop()
    expect(await ended).toBe(0)
    const said = console.stdout.map((line) => line.replace(/^\d{4}-\S+Z /, 'TIME '))
    expect(said.slice(0, 3)).toEqual([
      'agent-1 has 2 targets to probe:',
      '  example.com/web  2 targets  every 0.1 s',
      'TIME example.com/web a:80 is up: 5 ms',
    ])
    expect(said).toContain('TIME example.com/web a:80 is down: refused')
    expect(console.stderr).toEqual([])
  })

  test('goes on probing while the server fails, and prints the failure and its end once', async () => {
    let status = 200
    const probes = [probeOf('a')]
    const heard = await serving((what) => ({
      status,
      body: what === 'probes' ? { probes, complete: true } : { taken: true },
    }))
    const results: Record<string, ProbeResult> = {}
    const { console, time } = start(heard.url, results)
    await time.until(() => expect(heard.reports).toHaveLength(1))
    status = 503
    results.a = REFUSED
    await time.until(() => expect(heard.reports.length).toBeGreaterThanOrEqual(3))
    expect(console.stderr).toHaveLength(1)
    expect(console.stderr[0]).toMatch(/failed with status 503.*; probing goes on, and reports are retried$/)
    expect(console.stdout.at(-1)).toContain('a:80 is down: refused')
    status = 200
    await time.until(() => expect(console.stdout.at(-1)).toContain('the Worker is back'))
    expect(statesOf(heard.reports.at(-1))).toEqual({ a: 'down' })
    expect(console.stderr).toHaveLength(1)
  })

  test('waits for a server that has not started', async () => {
    const heard = await serving(all([probeOf('a')]))
    const port = Number(heard.url.port)
    heard.server.close()
    const { console, time } = start(heard.url, {})
    await time.until(() => expect(console.stderr).toHaveLength(1))
    expect(console.stderr[0]).toMatch(/nothing answers at http:\/\/127\.0\.0\.1:\d+; retrying$/)
    heard.server.listen(port, '127.0.0.1')
    await time.until(() => expect(heard.reports).toHaveLength(1))
  })

  test('fetches new probes when the server asks for it, and keeps the probes of unreadable zones', async () => {
    let probes = [probeOf('a')]
    let complete = true
    let refetch = false
    const heard = await serving((what) => ({
      body: what === 'probes' ? { probes, complete } : { taken: true, refetch },
    }))
    const results: Record<string, ProbeResult> = {}
    const { console, time } = start(heard.url, results)
    await time.until(() => expect(heard.reports).toHaveLength(1))
    ;[probes, complete, refetch] = [[probeOf('b')], false, true]
    results.a = REFUSED
    await time.until(() => expect(statesOf(heard.reports.at(-1))).toEqual({ a: 'down', b: 'up' }))
    expect(console.stdout).toContain('agent-1 has 2 targets to probe:')
    complete = true
    await time.until(() => expect(heard.fetched.length).toBeGreaterThanOrEqual(3))
    await time.until(() => expect(console.stdout).toContain('agent-1 has 1 target to probe:'))
    expect(Math.min(...gapsOf(heard.fetched))).toBeGreaterThanOrEqual(5000)
  })

  test('does not report before all zones are readable: the server would forget the other targets', async () => {
    const heard = await serving((what) => ({
      body: what === 'probes' ? { probes: [probeOf('a')], complete: false } : { taken: true },
    }))
    const { time } = start(heard.url, {})
    await time.until(() => expect(heard.fetched).toHaveLength(2))
    expect(heard.reports).toEqual([])
  })

  test.each([
    [
      401,
      { error: 'the request was signed 3700 s ago by this clock; expected at most 60 s' },
      'clock of this machine is 1h01m behind',
    ],
    [
      401,
      { error: 'the request was signed -90 s ago by this clock; expected at most 60 s' },
      '1m30s ahead of the Worker',
    ],
    [401, { error: 'the signature is not that of an agent known here' }, 'rejects the signature of agent-1; expected'],
    [
      404,
      { error: 'no agents are known; set the secret AGENT_KEYS' },
      'does not know the agent agent-1; expected its secret AGENT_KEYS',
    ],
    [200, { something: 'else' }, 'did not answer with probes'],
    [200, { probes: [{}], complete: true }, 'did not answer with probes'],
  ])('ends if the server refuses its first request: %i %j', async (status, body, message) => {
    const heard = await serving(() => ({ status, body }))
    const { console, ended } = start(heard.url, {})
    expect(await ended).toBe(1)
    expect(console.stderr.join()).toContain(message)
  })

  test('goes on after a later refusal of a report', async () => {
    let status = 200
    const heard = await serving((what) =>
      what === 'probes'
        ? { body: { probes: [probeOf('a')], complete: true } }
        : { status, body: { error: 'taken already' } },
    )
    const results: Record<string, ProbeResult> = {}
    const { console, ended, time, stop } = start(heard.url, results)
    await time.until(() => expect(heard.reports).toHaveLength(1))
    status = 409
    results.a = REFUSED
    await time.until(() =>
      expect(console.stderr.join()).toContain('expected one agent of this name, and a clock that was not set back'),
    )
    stop()
    expect(await ended).toBe(0)
  })

  test('--once probes each target once, and one result decides', async () => {
    const heard = await serving(all([probeOf('a', { first: 'counts', fall: 3 }), probeOf('b')]))
    const { console, ended } = start(heard.url, { a: REFUSED, b: { outcome: 'not-run', why: 'no IPv6' } }, true)
    expect(await ended).toBe(0)
    expect(heard.reports.map(statesOf)).toEqual([{ a: 'down', b: 'unknown' }])
    expect(console.stdout.join('\n')).toMatch(
      /a:80 is down: refused\n\S+ example\.com\/web b:80 could not be probed: no IPv6$/,
    )
  })

  test('--once fails if it cannot report', async () => {
    const heard = await serving((what) =>
      what === 'probes' ? { body: { probes: [], complete: true } } : { status: 422, body: { error: 'no' } },
    )
    const { console, ended } = start(heard.url, {}, true)
    expect(await ended).toBe(1)
    expect(console.stderr.join()).toContain('answered with status 422: no')
    expect(console.stdout).toEqual(['agent-1 has nothing to probe; a check names it with "from": ["agent-1"]'])
  })
})
