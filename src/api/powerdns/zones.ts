import { formatName } from '../../dns/index.ts'
import {
  canonicalName,
  type KnownZone,
  parsePatch,
  type ZoneSummary,
  zoneInfo,
  zoneSummary,
} from '../../rrsets/index.ts'
import { refusedKeys } from './cryptokeys.ts'
import { failure, forbidden, json, NO_CONTENT, NOT_FOUND, type Reply, refusalReply } from './reply.ts'
import { isObject, jsonBody, objectBody } from './request-body.ts'
import type { Handler, Routes } from './routes.ts'
import {
  booleanOf,
  change,
  documentOf,
  forReading,
  forWriting,
  nameOf,
  ofZone,
  readableBy,
  requestFor,
  type ZoneRequest,
} from './zone-request.ts'

const ZONES = '/api/v1/servers/:server/zones'

export const zoneRoutes = (): Routes => ({
  [ZONES]: { GET: list, POST: create },
  [`${ZONES}/:zone`]: { GET: get, PATCH: patch, PUT: put, DELETE: remove },
})

const list: Handler = async (c) => {
  const refusal = c.var.access.refusal({ kind: 'list-zones' })
  if (refusal !== undefined) return forbidden(refusal)
  const dnssec = booleanOf(c, 'dnssec', true)
  if (!dnssec.ok) return dnssec.error
  const wanted = c.req.query('zone')
  const shown = (zone: KnownZone) => (dnssec.value ? zoneSummary(zone) : withoutDnssec(zoneSummary(zone)))
  if (wanted === undefined) return json(200, (await c.env.ledgers.list()).filter(readableBy(c)).map(shown))
  const name = canonicalName(wanted)
  if (!name.ok) return refusalReply(name.error)
  const request = requestFor(c, name.value)
  const { origin, ledger } = request
  const document = readableBy(c)({ origin }) ? await documentOf(ledger) : undefined
  if (!document) return json(200, [])
  const isSigned = await isSignedZone(request)
  return json(200, [shown({ ...document.api, origin, serial: document.soa.serial, isSigned })])
}

/** Leaves out what PowerDNS takes from the keys of a zone. */
const withoutDnssec = ({ dnssec: _, edited_serial: __, ...rest }: ZoneSummary): object => rest

const create: Handler = async (c) => {
  const withRrsets = booleanOf(c, 'rrsets', true)
  if (!withRrsets.ok) return withRrsets.error
  const body = await objectBody(c.req.raw)
  if (!body.ok) return body.error
  const { name: text } = body.value
  if (typeof text !== 'string') return failure(422, "Key 'name' not present or not a String")
  const name = canonicalName(text)
  if (!name.ok) return refusalReply(name.error)
  const request = requestFor(c, name.value)
  const refusal = c.var.access.refusal({ kind: 'write-zone', origin: request.origin })
  if (refusal !== undefined) return forbidden(refusal)
  return change(request, { kind: 'create', body: body.value }, async () => {
    const refused = body.value.dnssec === true ? await signNew(request) : undefined
    if (refused) return refused
    const document = await documentOf(request.ledger)
    if (!document) return NOT_FOUND
    return json(201, zoneInfo(document, withRrsets.value ? {} : null, await isSignedZone(request)))
  })
}

const get = forReading(async (request, document) => {
  const { c } = request
  const withRrsets = booleanOf(c, 'rrsets', true)
  if (!withRrsets.ok) return withRrsets.error
  const includeDisabled = booleanOf(c, 'include_disabled', true)
  if (!includeDisabled.ok) return includeDisabled.error
  const name = nameOf(c, 'rrset_name')
  if (!name.ok) return refusalReply(name.error)
  const filter = { name: name.value, type: c.req.query('rrset_type'), includeDisabled: includeDisabled.value }
  return json(200, zoneInfo(document, withRrsets.value ? filter : null, await isSignedZone(request)))
})

const patch = ofZone('read-zone', async (request) => {
  const body = await jsonBody(request.c.req.raw)
  if (!body.ok) return body.error
  const refusal = patchRefusal(request, body.value)
  if (refusal) return refusal
  return change(request, { kind: 'patch', body: body.value }, ({ oldSerial, version, isBumped }) => {
    if (!isBumped || oldSerial === undefined) return NO_CONTENT
    const headers = { 'X-PDNS-Old-Serial': String(oldSerial), 'X-PDNS-New-Serial': String(version.serial) }
    return { ...NO_CONTENT, headers }
  })
})

/**
 * Returns the reply to a PATCH of rrsets that the key may not write. A key that may write the zone may write them all.
 */
function patchRefusal({ c, origin }: ZoneRequest, body: unknown): Reply | undefined {
  const { access } = c.var
  const ofZone = access.refusal({ kind: 'write-zone', origin })
  if (ofZone === undefined) return undefined
  const changes = parsePatch(body)
  if (!changes.ok) return refusalReply(changes.error)
  if (changes.value.length === 0) return forbidden(ofZone)
  for (const { name, type } of changes.value) {
    const refusal = access.refusal({ kind: 'write-rrset', origin, name: formatName(name.key), type })
    if (refusal !== undefined) return forbidden(refusal)
  }
  return undefined
}

const put = forWriting(async (request) => {
  const body = await jsonBody(request.c.req.raw)
  if (!body.ok) return body.error
  const { dnssec } = isObject(body.value) ? body.value : {}
  const isSigned = typeof dnssec === 'boolean' && (await isSignedZone(request))
  if (dnssec === false && isSigned) return failure(422, STILL_SIGNED)
  return change(request, { kind: 'replace', body: body.value }, async () => {
    const refused = dnssec === true && !isSigned ? await sign(request) : undefined
    return refused ?? NO_CONTENT
  })
})

const remove = forWriting((request) => change(request, { kind: 'delete' }, () => NO_CONTENT))

const isSignedZone = async ({ c, origin }: ZoneRequest): Promise<boolean> =>
  (await c.env.ledgers.keys(origin).keySet()) !== undefined

/** Signs a zone. @returns the refusal, if it cannot be signed */
async function sign({ c, origin }: ZoneRequest): Promise<Reply | undefined> {
  const changed = await c.env.ledgers.keys(origin).changeKeys({ kind: 'enable' })
  return changed.kind === 'refused' ? refusedKeys(changed.refusal) : undefined
}

/** Signs a zone that was just made, or takes it back: the request asked for a signed zone, and gets that or none. */
async function signNew(request: ZoneRequest): Promise<Reply | undefined> {
  const refused = await sign(request)
  if (refused) await change(request, { kind: 'delete' }, () => NO_CONTENT)
  return refused
}

/** Most clients send back all that they have read; a zone that has a DS at its parent would be bogus at once. */
const STILL_SIGNED =
  '\'dnssec\' cannot be false while the zone has keys; expected "edge-gslb dnssec disable", which goes by what resolvers ' +
  'remember, or DELETE of its cryptokeys'
