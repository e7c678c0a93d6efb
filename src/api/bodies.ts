import type { Context } from 'hono'
import { type BodyError, BROKEN, readBody } from '../http/index.ts'
import { errorFor } from './replies.ts'

/** Reads the body of a request as UTF-8, at most `limit` octets. @returns the text, or the response that refuses it */
export async function readText(c: Context, limit: number): Promise<string | Response> {
  const body = await readBody(c.req.raw, limit)
  return body.ok ? new TextDecoder().decode(body.value) : badBody(c.req.path, body.error, limit)
}

/** Returns the response to a body that could not be read. */
export const badBody = (path: string, error: BodyError, limit: number): Response =>
  error === 'broken' ? errorFor(path, 400, BROKEN) : errorFor(path, 413, `expected at most ${limit} octets`)
