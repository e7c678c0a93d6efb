import { MAX_RETRY_AFTER_SECONDS, NOTIFY_TIMEOUT_MS } from '../limits.ts'
import { isPublicHost } from '../net/index.ts'
import type { Receiver } from './receivers.ts'
import { signatureHeaders } from './sign.ts'

/** The outcome of a request. `again`: it may succeed later, in `afterMs` at the earliest. */
export type Sent =
  | { readonly kind: 'delivered'; readonly status: number }
  | { readonly kind: 'again'; readonly status?: number; readonly why: string; readonly afterMs?: number }
  | { readonly kind: 'refused'; readonly status?: number; readonly why: string }

/** The functions of the platform. */
export type SendIo = {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly clock: () => number
  /** True where private addresses must not be reached. */
  readonly isEdge: boolean
}

/** Sends a body to a receiver. Never rejects. No text of it says a secret, and neither what the receiver answered. */
export async function send(receiver: Receiver, id: string, body: string, io: SendIo): Promise<Sent> {
  const url = urlOf(receiver)
  if (io.isEdge && !isPublicHost(url.hostname))
    return {
      kind: 'refused',
      why: `${url.hostname} is private, and not reached from Cloudflare's network; expected a public host`,
    }
  const signature = await signatureOf(receiver, id, io.clock(), body)
  if (!signature) return { kind: 'refused', why: 'the message cannot be signed; expected a secret with a key' }
  try {
    const response = await io.fetch(url.href, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'edge-gslb', ...signature },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(NOTIFY_TIMEOUT_MS),
    })
    // Nothing of it is of use, and it may be endless.
    await response.body?.cancel().catch(() => {})
    return judged(response)
  } catch (error) {
    const isLate = (error as Error).name === 'TimeoutError'
    return { kind: 'again', why: isLate ? `no answer within ${NOTIFY_TIMEOUT_MS / 1000} s` : 'the connection failed' }
  }
}

/** Returns undefined if the secret cannot sign: no later try would change that. */
const signatureOf = async ({ secret }: Receiver, id: string, at: number, body: string) =>
  secret === undefined ? {} : await signatureHeaders(secret, id, at, body).catch(() => undefined)

/** Alertmanager is named by its base, or by the path of its alerts. */
function urlOf({ format, url }: Receiver): URL {
  const parsed = new URL(url)
  if (format === 'alertmanager' && !parsed.pathname.endsWith(ALERTS_PATH))
    parsed.pathname = parsed.pathname.replace(/\/$/, '') + ALERTS_PATH
  return parsed
}

const ALERTS_PATH = '/api/v2/alerts'

function judged({ status, headers }: Response): Sent {
  if (status >= 200 && status < 300) return { kind: 'delivered', status }
  const why = `status ${status}`
  if (status >= 300 && status < 400) return { kind: 'refused', status, why: `${why}: redirects are not followed` }
  const isTemporary = status >= 500 || status === 408 || status === 425 || status === 429
  if (!isTemporary) return { kind: 'refused', status, why }
  const seconds = Number(headers.get('retry-after') ?? '')
  const isTold = Number.isFinite(seconds) && seconds > 0
  return { kind: 'again', status, why, ...(isTold && { afterMs: Math.min(seconds, MAX_RETRY_AFTER_SECONDS) * 1000 }) }
}
