import { err, ok, type Result } from '../result.ts'

/** The signed parts of an agent's request: all that gives it a meaning, so that nothing can be changed or moved. */
export type Signed = {
  readonly agent: string
  readonly method: string
  readonly path: string
  /** The time of the signature, in milliseconds since the epoch. */
  readonly at: number
  readonly body: Uint8Array
}

/** The maximum age of a signature, and its maximum time ahead, in milliseconds. */
const SIGNATURE_AGE_MS = 60_000

/** The headers of a signed request. */
export const SIGNATURE_HEADERS = { agent: 'x-agent', at: 'x-agent-time', signature: 'x-agent-signature' } as const

/**
 * Returns the HMAC-SHA-256 of the request, in hexadecimal.
 * @param secret the agent's secret, which the Worker has too
 */
export async function sign(secret: string, signed: Signed): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', await keyFor(secret, 'sign'), messageOf(signed))
  return Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Checks that a request comes from the agent and is recent. The comparison takes constant time, also for an unknown
 * agent.
 * @param secret undefined for an unknown agent
 */
export async function verify(
  secret: string | undefined,
  signed: Signed,
  signature: string,
  now: number,
): Promise<Result<true>> {
  const bytes = unhex(signature)
  const key = await keyFor(secret ?? UNKNOWN, 'verify')
  const genuine = await crypto.subtle.verify('HMAC', key, bytes, messageOf(signed))
  if (secret === undefined || !genuine) return err('the signature is not that of an agent known here')
  if (Math.abs(now - signed.at) > SIGNATURE_AGE_MS) {
    const age = Math.round((now - signed.at) / 1000)
    return err(`the request was signed ${age} s ago by this clock; expected at most ${SIGNATURE_AGE_MS / 1000} s`)
  }
  return ok(true)
}

/** Replaces the secret of an unknown agent. A request that is signed with it is refused too. */
const UNKNOWN = 'no agent has this name'

const keyFor = (secret: string, use: 'sign' | 'verify') =>
  crypto.subtle.importKey('raw', new TextEncoder().encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [use])

function messageOf({ agent, method, path, at, body }: Signed): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`edge-gslb agent\n${agent}\n${method} ${path}\n${at}\n`)
  const message = new Uint8Array(head.length + body.length)
  message.set(head)
  message.set(body, head.length)
  return message
}

/** Decodes a signature. A text that is not one becomes zeros, which cannot match. */
function unhex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(32)
  if (!/^[0-9a-f]{64}$/.test(text)) return bytes
  for (let i = 0; i < 32; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
