import { formatName, type Name } from '../../dns/index.ts'
import type { Change, Changed, LedgerCalls } from '../../ledger/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { canonicalName, type Refusal, zoneOfId } from '../../rrsets/index.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import { authorOf } from '../requests.ts'
import { failure, forbidden, NOT_FOUND, type Reply, refusalReply, refusedReply } from './reply.ts'
import type { ApiContext, Handler } from './routes.ts'

/** A request about one zone. `origin` is absolute, in small letters, with the final dot. */
export type ZoneRequest = { readonly c: ApiContext; readonly origin: string; readonly ledger: LedgerCalls }

/** Handles a request that reads the zone of its path. A zone that is not there is 404. */
export const forReading = (handle: (request: ZoneRequest, document: ZoneDocument) => Promise<Reply> | Reply): Handler =>
  ofZone('read-zone', async (request) => {
    const document = await documentOf(request.ledger)
    return document ? handle(request, document) : NOT_FOUND
  })

/** Handles a request that changes the zone of its path. */
export const forWriting = (handle: (request: ZoneRequest) => Promise<Reply>): Handler => ofZone('write-zone', handle)

/** Handles a request about the zone of its path, which the key may read or write at least. */
export const ofZone =
  (kind: 'read-zone' | 'write-zone', handle: (request: ZoneRequest) => Promise<Reply>): Handler =>
  async (c) => {
    const name = zoneOfId(c.req.param('zone') ?? '')
    if (!name.ok) return refusalReply(name.error)
    const request = requestFor(c, name.value)
    const refusal = c.var.access.refusal({ kind, origin: request.origin })
    return refusal === undefined ? handle(request) : forbidden(refusal)
  }

export function requestFor(c: ApiContext, name: Name): ZoneRequest {
  const origin = formatName(name.key)
  return { c, origin, ledger: c.env.ledgers.zone(origin) }
}

/** Returns a function that tells if the key of the request may read a zone. */
export const readableBy =
  (c: ApiContext) =>
  ({ origin }: { readonly origin: string }): boolean =>
    c.var.access.refusal({ kind: 'read-zone', origin }) === undefined

/** Returns the newest document of a zone, or undefined if there is no such zone. */
export async function documentOf(ledger: LedgerCalls): Promise<ZoneDocument | undefined> {
  const reading = await ledger.read()
  return reading && (JSON.parse(reading.text) as ZoneDocument)
}

/** Changes the zone of a request in the name of its key. `reply` makes the reply to a change that was taken. */
export async function change(
  { c, ledger }: ZoneRequest,
  what: Change,
  reply: (changed: Extract<Changed, { kind: 'changed' }>) => Promise<Reply> | Reply,
): Promise<Reply> {
  const changed = await ledger.change(what, authorOf(c))
  return changed.kind === 'changed' ? reply(changed) : refusedReply(changed)
}

/** Reads a parameter that is `true` or `false`. */
export function booleanOf(c: ApiContext, name: string, otherwise: boolean): Result<boolean, Reply> {
  const text = c.req.query(name)
  if (text === undefined) return ok(otherwise)
  if (text === 'true' || text === 'false') return ok(text === 'true')
  return err(failure(422, `'${name}' request parameter value is not supported; expected true or false`))
}

/** Reads a parameter that is a name. The final dot is not needed. */
export function nameOf(c: ApiContext, parameter: string): Result<Name | undefined, Refusal> {
  const text = c.req.query(parameter)
  if (text === undefined) return ok(undefined)
  return canonicalName(text.endsWith('.') ? text : `${text}.`)
}
