import { setTimeout as sleep } from 'node:timers/promises'
import { err, ok, type Result } from '../../result.ts'
import { ask, type Reply } from '../http-client.ts'
import { type Fault, faultOf, type Peer, unreachable, WORKER } from './fault.ts'

/** A request to the API. */
export type Call = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** The path with its query, from `/api/v1/`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** True for a POST that writes nothing, so that it may be sent again. */
  readonly isSafe?: boolean
}

/** A reply of status 2xx. `attempts` is above 1 if it was sent again: the first attempt may have had its effect. */
export type Answered = { readonly reply: Reply; readonly attempts: number }

/** The client's clock and network, passed in so that tests need not wait. */
type ClientIo = {
  readonly wait: (ms: number) => Promise<unknown>
  readonly stopped?: AbortSignal
}

/** Compiling and comparing large zones takes a Worker up to half a minute (its limit of CPU time). */
const TIMEOUT_MS = 60_000

/** The waits before a call is sent again. A server that restarts is back within seconds. */
const RETRIES_MS = [500, 2000]

/** The longest `Retry-After` that is waited for. */
const MAX_WAIT_MS = 30_000

/**
 * A client of the control API. Calls that have the same effect however often they are sent (RFC 9110 §9.2.2) are sent
 * again when nothing answers, or the server says that it cannot answer now.
 */
export class ApiClient {
  private readonly url: URL
  private readonly key: string
  private readonly io: ClientIo
  private readonly peer: Peer

  constructor(url: URL, key: string, io: ClientIo = { wait: (ms) => sleep(ms) }, peer = WORKER) {
    this.peer = peer
    this.url = url
    this.key = key
    this.io = io
  }

  /** The server as messages name it, like `https://dns.example.com`. */
  get where(): string {
    return this.url.origin
  }

  async call(call: Call): Promise<Result<Answered, Fault>> {
    const { method = 'GET', isSafe = false } = call
    const waits = method === 'POST' && !isSafe ? [] : RETRIES_MS
    for (let attempts = 1; ; attempts++) {
      const replied = await this.send(call)
      if (replied.ok && replied.value.status >= 200 && replied.value.status < 300) {
        return ok({ reply: replied.value, attempts })
      }
      if (!replied.ok && this.io.stopped?.aborted)
        return err({ status: undefined, why: INTERRUPTED, errors: [], attempts })
      const fault = replied.ok ? faultOf(replied.value, this.where, this.peer) : unreachable(replied.error, this.peer)
      const wait = waits[attempts - 1]
      if (wait === undefined || !isPassing(fault) || this.io.stopped?.aborted) return err({ ...fault, attempts })
      await this.io.wait(replied.ok ? waitOf(replied.value, wait) : wait)
      // The server has answered: what it said counts.
      if (this.io.stopped?.aborted) return err({ ...fault, attempts })
    }
  }

  private send({ method = 'GET', path, headers = {}, body }: Call): Promise<Result<Reply>> {
    return ask(new URL(path, this.url), {
      method,
      headers: { 'X-API-Key': this.key, ...headers },
      ...(body !== undefined && { body }),
      ...(this.io.stopped && { stopped: this.io.stopped }),
      timeoutMs: TIMEOUT_MS,
    })
  }
}

/** The reason of a call that Ctrl-C ended. The server is not to blame. */
const INTERRUPTED = 'interrupted before the server answered'

/** Returns true for a fault that may be gone in a moment. */
const isPassing = ({ status }: Fault): boolean => status === undefined || status === 429 || status >= 500

function waitOf(reply: Reply, wait: number): number {
  const seconds = Number(reply.header('retry-after'))
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, MAX_WAIT_MS) : wait
}
