import { type Probe, SIGNATURE_HEADERS, sign } from '../../health/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { span } from '../duration.ts'
import { ask, errorOf, type Reply } from '../http-client.ts'
import type { Time } from './time.ts'

/** The probes that the Worker assigns to an agent. */
type Assignment = {
  readonly probes: readonly AgentProbe[]
  /** False if the Worker could not read a zone: probes are missing then. */
  readonly complete: boolean
}

/** `checks`: the names of the checks that need the probe, if the Worker sends them. */
export type AgentProbe = Probe & { readonly checks?: readonly string[] | undefined }

/** The reason why a request failed. `refused`: a retry cannot help before somebody changes a setting. */
export type Trouble = { readonly kind: 'unreachable' | 'refused'; readonly why: string }

export type AgentIdentity = { readonly url: URL; readonly name: string; readonly secret: string }

/** An agent's client of the Worker's API. It signs every request. */
export class AgentClient {
  private readonly identity: AgentIdentity
  private readonly stopped: AbortSignal
  private readonly time: Time

  constructor(identity: AgentIdentity, stopped: AbortSignal, time: Time) {
    this.identity = identity
    this.stopped = stopped
    this.time = time
  }

  async probes(): Promise<Result<Assignment, Trouble>> {
    const reply = await this.request('GET', 'probes', '')
    if (!reply.ok) return reply
    return isAssignment(reply.value)
      ? ok(reply.value)
      : err(refused(`${this.identity.url.origin} did not answer with probes; is it edge-gslb?`))
  }

  /** Sends a report. `refetch`: the assigned probes have changed. */
  async report(text: string): Promise<Result<{ readonly refetch: boolean }, Trouble>> {
    const reply = await this.request('POST', 'report', text)
    return reply.ok ? ok({ refetch: (reply.value as { refetch?: unknown }).refetch === true }) : reply
  }

  private async request(method: 'GET' | 'POST', resource: string, text: string): Promise<Result<object, Trouble>> {
    const { url, name, secret } = this.identity
    const path = `/api/v1/agents/${name}/${resource}`
    const body = new TextEncoder().encode(text)
    const at = this.time.date()
    const signature = await sign(secret, { agent: name, method, path, at, body })
    const headers = {
      [SIGNATURE_HEADERS.agent]: name,
      [SIGNATURE_HEADERS.at]: String(at),
      [SIGNATURE_HEADERS.signature]: signature,
    }
    const sent = method === 'POST' ? { method, headers, body } : { method, headers }
    const reply = await ask(new URL(path, url), { ...sent, stopped: this.stopped })
    if (!reply.ok) return err({ kind: 'unreachable', why: reply.error })
    const { status, body: answer } = reply.value
    if (status === 200 && typeof answer === 'object' && answer !== null) return ok(answer)
    return err(troubleOf(reply.value, this.identity))
  }
}

const refused = (why: string): Trouble => ({ kind: 'refused', why })

function troubleOf(reply: Reply, { url, name }: AgentIdentity): Trouble {
  const message = errorOf(reply)
  const { status } = reply
  if (status >= 500 || status === 429)
    return { kind: 'unreachable', why: `${url.origin} failed with status ${status}: ${message}` }
  if (status === 401)
    return refused(clockText(message) ?? `${url.origin} rejects the signature of ${name}; ${SAME_KEY}`)
  if (status === 404) return refused(`${url.origin} does not know the agent ${name}; ${SAME_KEY}`)
  if (status === 409) return refused(`${url.origin} already has a later report of ${name}; ${ONE_AGENT}`)
  return refused(`${url.origin} answered with status ${status}: ${message}`)
}

const SAME_KEY = 'expected its secret AGENT_KEYS to have this name with the same key'
const ONE_AGENT = 'expected one agent of this name, and a clock that was not set back'

/** Explains a wrong clock. The Worker's error says how long ago the request was signed, by the Worker's clock. */
function clockText(message: string): string | undefined {
  const [, seconds] = /signed (-?\d+) s ago/.exec(message) ?? []
  if (seconds === undefined) return undefined
  const behind = Number(seconds) * 1000
  const difference = `${span(Math.abs(behind))} ${behind > 0 ? 'behind' : 'ahead of'}`
  return `the clock of this machine is ${difference} the Worker's clock, so the Worker rejects its reports; set it (NTP)`
}

function isAssignment(value: object): value is Assignment {
  const { probes, complete } = value as Record<string, unknown>
  return typeof complete === 'boolean' && Array.isArray(probes) && probes.every(isProbe)
}

const isProbe = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false
  const { id, action, host, port, interval, timeout } = value as Record<string, unknown>
  const texts = [id, host].every((text) => typeof text === 'string')
  return texts && [port, interval, timeout].every(Number.isFinite) && typeof action === 'object' && action !== null
}
