import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { startIsolate } from 'virtual:isolate'
import { vi } from 'vitest'
import {
  formatVantage,
  type Probe,
  type ProbeResult,
  parseVantage,
  type TargetState,
  UNPROBED,
  type Vantage,
} from '../../src/health/index.ts'
import { healthKey } from '../../src/store/index.ts'
import { compileZone } from '../../src/zone/index.ts'
import { eventually } from '../eventually.ts'
import { restart, served } from './bundle/main.ts'
import { passNextDeadline } from './deadlines.ts'
import { base64url, data, decode, query, rcodeOf } from './support.ts'

/** All code of the Worker, and its state. */
export type Bundle = ReturnType<typeof startIsolate>
type Worker = Bundle['worker']
export type TestEnv = typeof env & Readonly<Record<string, unknown>>

/** Results of probes by host. */
export type Answers = Record<string, ProbeResult | Promise<ProbeResult> | undefined>
export const OK: ProbeResult = { outcome: 'ok', ms: 1 }
export const FAILED: ProbeResult = { outcome: 'failed', ms: 1, why: 'refused' }

/**
 * Starts a new isolate, without any state. Objects of the one before break, which is reported once to their next
 * caller.
 * @param answers results of its probes; without it real probes are made
 * @param prepare replaces parts of it
 */
export async function newIsolate(
  overrides: Readonly<Record<string, unknown>>,
  answers?: Answers,
  prepare?: (isolate: Bundle) => void,
): Promise<Isolate> {
  restart()
  prepare?.(served)
  const probed: Probe[] = []
  if (answers) {
    pretendProbes(served, async (probe) => {
      probed.push(probe)
      return (await answers[probe.host]) ?? OK
    })
  }
  const testEnv = { ...env, PLATFORM: 'workerd', REFRESH_SECONDS: '1', ...overrides } as TestEnv
  return new Isolate(served.worker, testEnv, probed)
}

/** The real rounds, with replaced probes. */
export function pretendProbes({ health }: Bundle, probe: (probe: Probe) => Promise<ProbeResult>) {
  const { runRound } = health
  vi.spyOn(health, 'runRound').mockImplementation(({ canProbe: _, ...options }) => runRound({ ...options, probe }))
}

/** True to wait for work behind an answer or a tick, too, except for work that hangs for ever. */
type Waiting = { readonly wait?: boolean }

export class Isolate {
  readonly worker: Worker
  readonly env: TestEnv
  /** The probed targets, in order, if `answers` was passed. */
  readonly probed: Probe[]

  constructor(worker: Worker, env: TestEnv, probed: Probe[]) {
    this.worker = worker
    this.env = env
    this.probed = probed
  }

  /** Runs the cron's tick. `wait`: also waits for its background work. */
  async tick({ wait = true }: Waiting = {}): Promise<void> {
    const context = createExecutionContext()
    const controller = createScheduledController({ scheduledTime: new Date(), cron: '* * * * *' })
    await this.worker.scheduled(controller, this.env, context)
    if (wait) await waitOnExecutionContext(context)
  }

  fetch(path: string, init: RequestInit = {}, waiting: Waiting = {}): Promise<Response> {
    return this.send(new Request(`https://gslb.test${path}`, init), waiting)
  }

  async send(request: Request, { wait = true }: Waiting = {}): Promise<Response> {
    const context = createExecutionContext()
    if (!request.headers.has('CF-Connecting-IP')) request.headers.set('CF-Connecting-IP', '203.0.113.7')
    const response = await this.worker.fetch(
      request as Request<unknown, IncomingRequestCfProperties>,
      this.env,
      context,
    )
    if (wait) await waitOnExecutionContext(context)
    return response
  }

  /** The addresses of an answer, in order, or its rcode if it has none. */
  async ask(name: string, waiting: Waiting = {}): Promise<string> {
    const reply = await decode(await this.fetch(`/dns-query?dns=${base64url(query(name))}`, {}, waiting))
    return data(reply).map(String).sort().join(' ') || rcodeOf(reply)
  }

  /** A call of the API. */
  async api(path: string, init: RequestInit = {}): Promise<{ status: number; body: Json }> {
    const headers = new Headers(init.headers)
    if (!headers.has('x-api-key')) headers.set('x-api-key', String(this.env.API_KEY))
    const response = await this.fetch(`/api/v1${path}`, { ...init, headers })
    return { status: response.status, body: await response.json() }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the reply of an API is compared, not used
export type Json = any

/** A zone with a pool of the members, under `www`. */
export const poolZone = (origin: string, members: readonly unknown[], more: object = {}) => ({
  origin,
  ttl: 300,
  soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  checks: { web: { kind: 'tcp', port: 80, interval: 60, timeout: 1, fall: 2, rise: 2 } },
  records: { www: { A: { kind: 'pool', select: 'all', check: 'web', members } } },
  ...more,
})

/** The probes of a zone, by their hosts. */
export function probesOf(document: object): Map<string, Probe> {
  const compiled = compileZone(document)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return new Map(compiled.value.zone.conditions.map(({ probe }) => [probe.host, probe]))
}

/** Puts a health document into KV by hand. @param states those of the zone's targets, by host */
export async function putHealth(
  zone: object,
  states: Readonly<Record<string, TargetState['state']>>,
  at: number = Date.now(),
  vantage = 'cron',
): Promise<void> {
  const ids = probesOf(zone)
  const seconds = Math.floor(at / 1000)
  const targets = Object.entries(states).map(([host, state]): [string, TargetState] => {
    const id = ids.get(host)?.id
    if (id === undefined) throw new Error(`${host} is not probed`)
    return [id, { ...UNPROBED, state, since: seconds, at: seconds }]
  })
  await env.GSLB.put(healthKey(vantage), formatVantage({ name: vantage, at, targets: new Map(targets) }))
}

/** The states of a zone's targets, by host, as KV has them. */
export async function statesOf(zone: object, vantage = 'cron'): Promise<Record<string, string>> {
  const { targets } = await documentOf(vantage)
  return Object.fromEntries([...probesOf(zone)].map(([host, { id }]) => [host, targets.get(id)?.state ?? 'not there']))
}

/** The document of a vantage point in KV. */
export async function documentOf(vantage: string): Promise<Vantage> {
  const parsed = parseVantage((await env.GSLB.get(healthKey(vantage))) ?? 'nothing')
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

/** The real KV, with some methods replaced. */
export const kvWith = (methods: Readonly<Record<string, unknown>>): KVNamespace =>
  new Proxy(env.GSLB, {
    get(target, property) {
      if (typeof property === 'string' && property in methods) return methods[property]
      const member = Reflect.get(target, property)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })

/** The real KV, whose methods fail or hang for ever once the test breaks them. */
export class BreakingKv {
  readonly kv: KVNamespace
  private breaks: 'not' | 'fails' | 'hangs' = 'not'
  private underWay = 0
  private hanging = 0
  /** The calls that hung until their deadlines. */
  private seen = 0

  /** @param concerns selects the keys that are concerned; by default all are */
  constructor(methods: readonly string[], concerns: (key: unknown) => boolean = () => true) {
    const call = (method: string, args: unknown[]): Promise<unknown> => {
      const breaks = methods.includes(method) && concerns(args[0]) ? this.breaks : 'not'
      if (breaks === 'fails') throw new Error('KV is down')
      if (breaks === 'not') return this.counted(Reflect.apply(Reflect.get(env.GSLB, method), env.GSLB, args))
      this.hanging++
      return new Promise(() => {})
    }
    const all = ['get', 'getWithMetadata', 'put', 'delete', 'list']
    this.kv = kvWith(Object.fromEntries(all.map((method) => [method, (...args: unknown[]) => call(method, args)])))
  }

  become(state: 'not' | 'fails' | 'hangs'): void {
    this.breaks = state
  }

  /**
   * Waits for work that meets calls that hang. Whenever one more hangs, and no other call is under way, the next
   * deadline runs out. @returns the milliseconds of all these deadlines
   */
  async sitOut(work: Promise<unknown>): Promise<number> {
    let isDone = false
    const done = () => {
      isDone = true
    }
    work.then(done, done)
    let passed = 0
    while (!isDone) {
      await eventually(() => {
        if (!isDone && (this.hanging === this.seen || this.underWay > 0)) throw new Error('nothing more hangs')
      })
      if (isDone) break
      this.seen = this.hanging
      passed += passNextDeadline()
    }
    this.seen = this.hanging
    await work
    return passed
  }

  private async counted(call: Promise<unknown>): Promise<unknown> {
    this.underWay++
    try {
      return await call
    } finally {
      this.underWay--
    }
  }
}
