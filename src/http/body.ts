import { err, ok, type Result } from '../result.ts'

/** Why a body was not read: longer than allowed, or it ended before it was complete. */
export type BodyError = 'too long' | 'broken'

/**
 * A request's body of at most `limit` octets. Reads no more than it has to, whatever length is announced. A body that
 * breaks off is the sender's fault.
 */
export async function readBody(request: Request, limit: number): Promise<Result<Uint8Array, BodyError>> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return err('too long')
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
      length += chunk.length
      if (length > limit) return err('too long')
      chunks.push(chunk)
    }
  } catch {
    return err('broken')
  }
  return ok(chunks.length === 1 ? (chunks[0] as Uint8Array) : joined(chunks, length))
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const body = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return body
}

export const BROKEN = 'the body ended before it was complete; expected all of it'
