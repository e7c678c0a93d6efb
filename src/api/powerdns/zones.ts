import { formatName } from '../../dns/index.ts'
import {
  canonicalName,
  type KnownZone,
  parsePatch,
  type ZoneSummary,
  zoneInfo,
  zoneSummary,
} from '../../rrsets/index.ts'
import { failure, forbidden, json, NO_CONTENT, NOT_FOUND, type Reply, refusalReply } from './reply.ts'
import { jsonBody, objectBody } from './request-body.ts'
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
  const { origin, ledger } = requestFor(c, name.value)
  const document = readableBy(c)({ origin }) ? await documentOf(ledger) : undefined
  return json(200, document ? [shown({ ...document.api, origin, serial: document.soa.serial })] : [])
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
    const document = await documentOf(request.ledger)
    return document ? json(201, zoneInfo(document, withRrsets.value ? {} : null)) : NOT_FOUND
  })
}

const get = forReading(({ c }, document) => {
  const withRrsets = booleanOf(c, 'rrsets', true)
  if (!withRrsets.ok) return withRrsets.error
  const includeDisabled = booleanOf(c, 'include_disabled', true)
  if (!includeDisabled.ok) return includeDisabled.error
  const name = nameOf(c, 'rrset_name')
  if (!name.ok) return refusalReply(name.error)
  const filter = { name: name.value, type: c.req.query('rrset_type'), includeDisabled: includeDisabled.value }
  return json(200, zoneInfo(document, withRrsets.value ? filter : null))
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

/** Returns the reply to a PATCH of rrsets that the key may not write. A key that may write the zone may write them all. */
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
  return change(request, { kind: 'replace', body: body.value }, () => NO_CONTENT)
})

const remove = forWriting((request) => change(request, { kind: 'delete' }, () => NO_CONTENT))
