import type { Context } from 'hono'
import { BROKEN, readBody } from '../../http/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { problem } from '../replies.ts'

export const JSON_TYPE = 'application/json'
/** A zone file (RFC 4027). */
export const ZONE_FILE_TYPE = 'text/dns'

/** The text of a request, and its media type. */
export type Body = { readonly type: string; readonly text: string }

/**
 * Reads a body in one of some media types.
 * @param maxBytes octets
 * @returns the problem: 413, 415, or 400 for octets that are not UTF-8
 */
export async function bodyOf(c: Context, types: readonly string[], maxBytes: number): Promise<Result<Body, Response>> {
  const type = essenceOf(c.req.header('content-type') ?? '')
  if (!types.includes(type)) {
    const found = type === '' ? 'the body has no Content-Type' : `"${type}" is not a media type that is read here`
    return err(problem(415, `${found}; expected ${types.join(' or ')}`, {}, { Accept: types.join(', ') }))
  }
  const encoding = c.req.header('content-encoding')
  if (encoding !== undefined && encoding !== 'identity') {
    return err(problem(415, `the Content-Encoding "${encoding}" is not read here; expected the body as it is`))
  }
  const body = await readBody(c.req.raw, maxBytes)
  if (!body.ok) {
    if (body.error === 'broken') return err(problem(400, BROKEN))
    return err(problem(413, `the body is too long; expected at most ${maxBytes} octets`))
  }
  try {
    return ok({ type, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body.value) })
  } catch {
    return err(problem(400, 'the body has octets that are not UTF-8; expected UTF-8'))
  }
}

const essenceOf = (header: string): string => (header.split(';')[0] ?? '').trim().toLowerCase()

/**
 * Chooses the media type of the reply by Accept (RFC 9110 §12.5.1): the one with the highest weight, of equals the
 * first.
 * @returns the problem: 406
 */
export function accepted(c: Context, offered: readonly [string, ...string[]]): Result<string, Response> {
  const header = c.req.header('accept')
  if (header === undefined || header.trim() === '') return ok(offered[0])
  const ranges = header.split(',').slice(0, MAX_RANGES).map(rangeOf)
  let [best, most] = ['', 0]
  for (const type of offered) {
    const weight = weightOf(type, ranges)
    if (weight > most) [best, most] = [type, weight]
  }
  return most > 0
    ? ok(best)
    : err(problem(406, `Accept takes none of the forms that there are; expected ${offered.join(' or ')}`))
}

/** Media ranges that are read: no client sends more. */
const MAX_RANGES = 32

type Range = { readonly type: string; readonly weight: number }

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const q = parameters.find((parameter) => parameter.startsWith('q='))
  const weight = q === undefined ? 1 : Number(q.slice(2))
  return { type, weight: weight >= 0 && weight <= 1 ? weight : 0 }
}

/** Returns the weight of the most specific range that a type is in. */
function weightOf(type: string, ranges: readonly Range[]): number {
  for (const wanted of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const found = ranges.find((range) => range.type === wanted)
    if (found) return found.weight
  }
  return 0
}
