import { MAX_MESSAGE_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import type { Timer } from './io.ts'

/**
 * The reason why an exchange came to nothing: no reply in time, no connection, or something else than a DNS message.
 */
export type ExchangeError = { readonly kind: 'silent' | 'network' | 'invalid'; readonly why: string }

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** An exchange that takes longer is given up: a client waits for 4.5 s at most. */
const EXCHANGE_MS = 4000

/**
 * Sends a message to a DoH server (RFC 8484 §4.1) and returns its reply. The request has no header that tells of the
 * client. Redirects are not followed: they could lead anywhere. Never rejects.
 */
export async function exchange(
  url: string,
  message: Uint8Array,
  { fetch, timer }: { readonly fetch: Fetch; readonly timer: Timer },
): Promise<Result<Uint8Array, ExchangeError>> {
  const controller = new AbortController()
  let stop = (): void => {}
  const late = new Promise<Result<never, ExchangeError>>((resolve) => {
    stop = timer(EXCHANGE_MS, () => {
      resolve(err({ kind: 'silent', why: `no reply within ${EXCHANGE_MS / 1000} s` }))
      controller.abort()
    })
  })
  const init: RequestInit = {
    method: 'POST',
    headers: { 'Content-Type': MESSAGE, Accept: MESSAGE },
    body: message as BodyInit,
    redirect: 'manual',
    signal: controller.signal,
  }
  try {
    return await Promise.race([exchanged(() => fetch(url, init)), late])
  } finally {
    stop()
  }
}

const MESSAGE = 'application/dns-message'

async function exchanged(send: () => Promise<Response>): Promise<Result<Uint8Array, ExchangeError>> {
  try {
    const response = await send()
    const problem = problemOf(response)
    if (problem === undefined) return await readBody(response)
    // Its body may never end, and nobody waits for it.
    response.body?.cancel().catch(() => {})
    return err({ kind: 'invalid', why: problem })
  } catch (error) {
    return err({ kind: 'network', why: error instanceof Error ? error.message : String(error) })
  }
}

function problemOf({ status, headers }: Response): string | undefined {
  if (status !== 200) return `status ${status}`
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  return type === MESSAGE ? undefined : 'the reply is not application/dns-message'
}

async function readBody(response: Response): Promise<Result<Uint8Array, ExchangeError>> {
  const reader = response.body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const read = await reader?.read()
    if (!read || read.done) break
    length += read.value.length
    if (length > MAX_MESSAGE_BYTES) {
      reader?.cancel().catch(() => {})
      return err({ kind: 'invalid', why: 'the reply is longer than a message' })
    }
    chunks.push(read.value)
  }
  const body = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return ok(body)
}
