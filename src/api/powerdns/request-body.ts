import { readBody } from '../../http/index.ts'
import { MAX_API_BODY_BYTES, MAX_API_DEPTH } from '../../limits.ts'
import { err, ok, type Result } from '../../result.ts'
import { failure, type Reply } from './reply.ts'

/** Reads the JSON of a request. Its Content-Type does not count: acme.sh sends a form's. */
export async function jsonBody(request: Request): Promise<Result<unknown, Reply>> {
  const body = await readBody(request, MAX_API_BODY_BYTES)
  if (!body.ok) {
    if (body.error === 'broken') return err(failure(400, 'the body ended before it was complete; expected all of it'))
    return err(failure(413, `the body is too long; expected at most ${MAX_API_BODY_BYTES} octets`))
  }
  const text = textOf(body.value)
  if (text === undefined) return err(failure(400, 'the body is not UTF-8; expected JSON'))
  if (isTooDeep(text)) return err(failure(400, `the body is nested too deep; expected at most ${MAX_API_DEPTH} levels`))
  try {
    return ok(JSON.parse(text))
  } catch (error) {
    // The engine's message has the place.
    return err(failure(400, `the body is not JSON: ${(error as Error).message}; expected an object`))
  }
}

/** Reads the JSON of a request that has to be an object. */
export async function objectBody(request: Request): Promise<Result<Readonly<Record<string, unknown>>, Reply>> {
  const body = await jsonBody(request)
  if (!body.ok) return body
  return isObject(body.value) ? ok(body.value) : err(failure(422, 'the body is not an object; expected a JSON object'))
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function textOf(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(octets)
  } catch {
    return undefined
  }
}

/** Returns true if lists and objects are nested deeper than anything that a client has to say. Strings do not count. */
function isTooDeep(text: string): boolean {
  let depth = 0
  let isInString = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (isInString) {
      if (code === BACKSLASH) i++
      else if (code === QUOTE) isInString = false
    } else if (code === QUOTE) isInString = true
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > MAX_API_DEPTH) return true
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--
  }
  return false
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d]
