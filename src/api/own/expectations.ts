import type { Context } from 'hono'
import { MAX_EXPECTATIONS_CHARS } from '../../limits.ts'
import { hashText } from '../../store/index.ts'
import type { ApiEnv } from '../access.ts'
import { noContent, problem } from '../replies.ts'
import { authorOf } from '../requests.ts'
import { isNotModified } from './conditions.ts'
import { bodyOf, JSON_TYPE } from './media.ts'
import { refusedReply } from './replies.ts'
import { zoneOf } from './zone-path.ts'

/** `GET …/expectations`: the tests beside the zone, as they were sent. */
export async function getExpectationsRoute(c: Context<ApiEnv>): Promise<Response> {
  const zone = zoneOf(c, 'read-zone')
  if (!zone.ok) return zone.error
  const { origin } = zone.value
  const reading = await c.env.ledgers.zone(origin).read()
  if (!reading) return problem(404, `there is no zone ${origin}`)
  const text = reading.expectations
  if (text === undefined) return problem(404, `the zone ${origin} has no expectations`)
  const etag = `"${await hashText(text)}"`
  const headers = { 'Cache-Control': 'no-cache, private', ETag: etag, 'X-Content-Type-Options': 'nosniff' }
  if (isNotModified(c, etag)) return new Response(null, { status: 304, headers })
  return new Response(text, { headers: { ...headers, 'Content-Type': JSON_TYPE } })
}

/** `PUT …/expectations`: takes tests that the zone passes, as it is now. 422 names the rows that fail. */
export async function putExpectationsRoute(c: Context<ApiEnv>): Promise<Response> {
  const zone = zoneOf(c, 'write-zone')
  if (!zone.ok) return zone.error
  const unconditional = unconditionalOnly(c)
  if (unconditional) return unconditional
  // A character takes up to three octets of UTF-8; the ledger counts characters.
  const body = await bodyOf(c, [JSON_TYPE], 3 * MAX_EXPECTATIONS_CHARS)
  if (!body.ok) return body.error
  return change(c, zone.value.origin, body.value.text)
}

/** `DELETE …/expectations`: the zone has no tests any more. */
export async function deleteExpectationsRoute(c: Context<ApiEnv>): Promise<Response> {
  const zone = zoneOf(c, 'write-zone')
  if (!zone.ok) return zone.error
  return unconditionalOnly(c) ?? change(c, zone.value.origin, null)
}

async function change(c: Context<ApiEnv>, origin: string, text: string | null): Promise<Response> {
  const changed = await c.env.ledgers.zone(origin).change({ kind: 'expectations', text }, authorOf(c))
  return changed.kind === 'refused' ? refusedReply(changed) : noContent()
}

/** A condition that nobody holds against anything must not look as if it held (RFC 9110 §13.1). */
function unconditionalOnly(c: Context<ApiEnv>): Response | undefined {
  const header = ['If-Match', 'If-None-Match'].find((name) => c.req.header(name) !== undefined)
  return header === undefined ? undefined : problem(400, `${header} is not taken for expectations; expected none`)
}
