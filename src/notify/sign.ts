/**
 * Returns the headers that sign a message as Standard Webhooks has it: HMAC-SHA-256 over `id.timestamp.body`, in
 * base64.
 * @param secret `whsec_` and a key in base64, or any text
 * @param at milliseconds since the epoch
 */
export async function signatureHeaders(
  secret: string,
  id: string,
  at: number,
  body: string,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000))
  const key = await crypto.subtle.importKey('raw', keyOf(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const signed = await crypto.subtle.sign('HMAC', key, utf8(`${id}.${timestamp}.${body}`))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${btoa(String.fromCharCode(...new Uint8Array(signed)))}`,
  }
}

/** Returns true for a secret that cannot sign: an HMAC needs a key. */
export const hasNoKey = (secret: string): boolean => keyOf(secret).length === 0

const PREFIX = 'whsec_'

/** Returns the key of a secret. A secret without the prefix, or with no base64 behind it, is a key as it stands. */
function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  if (!secret.startsWith(PREFIX)) return utf8(secret)
  try {
    return Uint8Array.from(atob(secret.slice(PREFIX.length)), (char) => char.charCodeAt(0))
  } catch {
    return utf8(secret)
  }
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
