import { type Probe, SIGNATURE_HEADERS, sign } from '../../health/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { span } from '../duration.ts'
import { ask, errorOf, type Reply } from '../http-client.ts'
import type { Time } from './time.ts'

/** The probes that an agent has to make. */
export type Assignment = {
  readonly probes: readonly AgentProbe[]
  /** False where a zone could not be read, so that probes are missing. */
  readonly complete: boolean
}

/** `checks`: the names that people know the probe by, where the Worker says so. */
export type AgentProbe = Probe & { readonly checks?: readonly string[] | undefined }

/** The reason why the Worker took nothing. `refused`: a retry does not help as long as nobody changes anything. */
export type Trouble = { readonly kind: 'unreachable' | 'refused'; readonly why: string }

export type AgentIdentity = { readonly url: URL; readonly name: string; readonly secret: string }

/** The Worker, as an agent talks to it: every request is signed. */
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
      : err(refused(`${this.identity.url.origin} answered with something else than probes; is it edge-gslb?`))
  }

  /** Sends a report. `refetch`: there is something else to probe by now. */
  async report(text: string): Promise<Result<{ readonly refetch: boolean }, Trouble>> {
    const reply = await this.request('POST', 'report', text)
    return reply.ok ? ok({ refetch: (reply.value as { refetch?: unknown }).refetch === true }) : reply
  }

  private async request(method: 'GET' | 'POST', what: string, text: string): Promise<Result<object, Trouble>> {
    const { url, name, secret } = this.identity
    const path = `/api/v1/agents/${name}/${what}`
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
    const { status, body: said } = reply.value
    if (status === 200 && typeof said === 'object' && said !== null) return ok(said)
    return err(troubleOf(reply.value, this.identity))
  }
}

const refused = (why: string): Trouble => ({ kind: 'refused', why })

function troubleOf(reply: Reply, { url, name }: AgentIdentity): Trouble {
  const said = errorOf(reply)
  const { status } = reply
  if (status >= 500 || status === 429)
    return { kind: 'unreachable', why: `${url.origin} has trouble: status ${status} ${said}` }
  if (status === 401) return refused(clockText(said) ?? `${url.origin} does not take the signature of ${name}; ${SAME}`)
  if (status === 404) return refused(`${url.origin} knows no agent ${name}; ${SAME}`)
  if (status === 409) return refused(`${url.origin} has a later report of ${name} already; ${ONE}`)
  return refused(`${url.origin} answered with status ${status}: ${said}`)
}

const SAME = 'expected its secret AGENT_KEYS to have this name, with the key that is given here'
const ONE = 'expected one agent of this name, and a clock that was not put back'

/** The Worker tells how long ago by its clock the request was signed. */
function clockText(said: string): string | undefined {
  const [, seconds] = /signed (-?\d+) s ago/.exec(said) ?? []
  if (seconds === undefined) return undefined
  const behind = Number(seconds) * 1000
  const how = `${span(Math.abs(behind))} ${behind > 0 ? 'behind' : 'ahead of'}`
  return `the clock of this machine is ${how} that of the Worker, which takes no such reports; set it (NTP)`
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
