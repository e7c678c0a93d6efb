import { err, ok, type Result } from '../result.ts'

/** The Worker's reply. `body` is undefined if it is not JSON. */
export type Reply = {
  readonly status: number
  readonly body: unknown
  readonly text: string
  /** Returns a header's value. */
  readonly header: (name: string) => string | undefined
}

export type Request = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer> | string
  readonly stopped?: AbortSignal
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000

/**
 * Calls the Worker's control API. The error says why there is no reply. Redirects are not followed: they would send the
 * key to another host.
 */
export async function ask(
  url: URL,
  { method = 'GET', headers, body, stopped, timeoutMs = TIMEOUT_MS }: Request,
): Promise<Result<Reply>> {
  // The message of `fetch` would have the value, which may be a key.
  const bad = Object.entries(headers).find(([, value]) => !SENDABLE.test(value))
  if (bad) return err(`${bad[0]} has a character that HTTP cannot send; expected letters, digits and signs of ASCII`)
  const late = AbortSignal.timeout(timeoutMs)
  const signal = stopped ? AbortSignal.any([late, stopped]) : late
  try {
    const response = await fetch(url, { method, headers, redirect: 'manual', signal, ...(body && { body }) })
    const text = await response.text()
    const header = (name: string): string | undefined => response.headers.get(name) ?? undefined
    return ok({ status: response.status, body: parseJson(text), text, header })
  } catch (error) {
    return err(whyNot(error as Error, url, timeoutMs))
  }
}

/** The characters of a header's value, each of one octet (RFC 9110 §5.5). */
export const SENDABLE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Parses `https://dns.example.com` or `http://127.0.0.1:8787`. The Worker is at the root of its host. */
export function parseServer(text: string): Result<URL> {
  const expected = 'expected one like https://dns.example.com'
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return err(`"${text}" is not the address of a server; ${expected}`)
  if (url.username !== '' || url.password !== '') return err(`the address contains a password; ${expected}`)
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return err(`"${text}" goes on after the host; ${expected}`)
  }
  return ok(url)
}

/** True if the network path can read what is sent: plain HTTP to another machine. */
export const isExposed = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && !/^(localhost|127\..*|\[::1\])$/.test(hostname)

/** Returns the error message of the API, in one line. */
export function errorOf({ body, text }: Reply): string {
  const message = typeof body === 'object' && body !== null && 'error' in body ? String(body.error) : text
  return message.trim().split('\n')[0]?.slice(0, 300) ?? ''
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function whyNot(error: Error, { origin }: URL, timeoutMs: number): string {
  if (error.name === 'TimeoutError') return `${origin} did not answer within ${timeoutMs / 1000} s`
  const cause = error.cause instanceof Error ? error.cause : error
  const code = 'code' in cause ? String(cause.code) : ''
  if (code === 'ECONNREFUSED') return `nothing answers at ${origin}`
  if (code === 'ENOTFOUND') return `the host of ${origin} does not exist`
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return `${origin} does not answer in TLS, which https:// means`
  return `${origin} cannot be reached: ${cause.message.trim() || code}`
}
