import { err, ok, type Result } from '../result.ts'

/** What an agent signs of a request: all that says what it means, so that none of it can be changed or moved. */
export type Signed = {
  readonly agent: string
  readonly method: string
  readonly path: string
  /** When it was signed, in milliseconds since the epoch. */
  readonly at: number
  readonly body: Uint8Array
}

/** A signature is taken so many milliseconds before and after it was made. */
export const SIGNATURE_AGE_MS = 60_000

/** Headers of a signed request. */
export const SIGNATURE_HEADERS = { agent: 'x-agent', at: 'x-agent-time', signature: 'x-agent-signature' } as const

/** HMAC-SHA-256 of the request, in hexadecimal. @param secret the agent's, as the Worker has it */
export async function sign(secret: string, signed: Signed): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', await keyFor(secret, 'sign'), messageOf(signed))
  return Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Whether a request is an agent's own and new. The comparison takes the same time whatever is wrong, for an agent that
 * nobody knows too.
 * @param secret undefined where no such agent is known
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
    return err(
      `the request was signed ${Math.round((now - signed.at) / 1000)} s ago by this clock; expected at most ${SIGNATURE_AGE_MS / 1000} s`,
    )
  }
  return ok(true)
}

/** Never anybody's secret: what is signed by it is refused. */
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

/** What is not a signature becomes one that cannot match. */
function unhex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(32)
  if (!/^[0-9a-f]{64}$/.test(text)) return bytes
  for (let i = 0; i < 32; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
