import type { Context } from 'hono'
import type { Change, Reading } from '../../ledger/index.ts'
import { MAX_API_ZONE_BYTES } from '../../limits.ts'
import type { ApiEnv } from '../access.ts'
import { json, noContent, problem } from '../replies.ts'
import { authorOf, forbidden } from '../requests.ts'
import { conditionOf, etagOf, isNotModified } from './conditions.ts'
import { accepted, bodyOf, JSON_TYPE, ZONE_FILE_TYPE } from './media.ts'
import { changedReply, originText, refusedReply, timeText } from './replies.ts'
import { zoneOf } from './zone-path.ts'

/** `GET /api/v1/zones`: the zones that the key may read. A fault is an error, and never a shorter list. */
export async function listRoute(c: Context<ApiEnv>): Promise<Response> {
  const refused = forbidden(c, { kind: 'list-zones' })
  if (refused) return refused
  const all = await c.env.ledgers.list()
  const { access } = c.var
  const readable = all.filter(({ origin }) => access.refusal({ kind: 'read-zone', origin }) === undefined)
  const zones = readable.map(({ origin, serial, hash, changed, author, published }) => ({
    ...{ origin: originText(origin), serial, hash, changed: timeText(changed), author, published: timeText(published) },
  }))
  return json(200, { zones })
}

/** `GET /api/v1/zones/<origin>`: the document, or the zone file if Accept prefers that (RFC 4027). */
export async function getRoute(c: Context<ApiEnv>): Promise<Response> {
  const zone = zoneOf(c, 'read-zone')
  if (!zone.ok) return zone.error
  const type = accepted(c, [JSON_TYPE, ZONE_FILE_TYPE])
  if (!type.ok) return type.error
  const reading = await c.env.ledgers.zone(zone.value.origin).read()
  if (!reading) return problem(404, `there is no zone ${zone.value.origin}`)
  const isDocument = type.value === JSON_TYPE
  const { hash, time } = reading.version
  const etag = etagOf(hash, isDocument ? 'document' : 'zone file')
  const headers = {
    'Cache-Control': 'no-cache, private',
    ETag: etag,
    'Last-Modified': new Date(time).toUTCString(),
    Vary: 'Accept',
    'X-Content-Type-Options': 'nosniff',
  }
  if (isNotModified(c, etag)) return new Response(null, { status: 304, headers })
  const text = isDocument ? reading.text : await zoneFileOf(reading)
  return new Response(text, { headers: { ...headers, 'Content-Type': type.value } })
}

async function zoneFileOf({ text }: Reading): Promise<string> {
  const { zoneFileText } = await import('./zone-file.ts')
  return zoneFileText(text)
}

/** `PUT /api/v1/zones/<origin>`: takes a zone in either form. 201 for a new one, 412 if a condition fails. */
export async function putRoute(c: Context<ApiEnv>): Promise<Response> {
  const zone = zoneOf(c, 'write-zone')
  if (!zone.ok) return zone.error
  const condition = conditionOf(c)
  if (!condition.ok) return problem(400, condition.error)
  const body = await bodyOf(c, [JSON_TYPE, ZONE_FILE_TYPE], MAX_API_ZONE_BYTES)
  if (!body.ok) return body.error
  const { type, text } = body.value
  const change: Change = { kind: type === JSON_TYPE ? 'document' : 'zone-file', text }
  return changedReply(await c.env.ledgers.zone(zone.value.origin).change(change, authorOf(c), condition.value))
}

/** `DELETE /api/v1/zones/<origin>`. A roll-back brings the zone back. */
export async function deleteRoute(c: Context<ApiEnv>): Promise<Response> {
  const zone = zoneOf(c, 'write-zone')
  if (!zone.ok) return zone.error
  const condition = conditionOf(c)
  if (!condition.ok) return problem(400, condition.error)
  const ledger = c.env.ledgers.zone(zone.value.origin)
  const changed = await ledger.change({ kind: 'delete' }, authorOf(c), condition.value)
  return changed.kind === 'refused' ? refusedReply(changed) : noContent()
}
