import { allMetadata, metadataOf, parseMetadata } from '../../rrsets/index.ts'
import { json, NO_CONTENT, NOT_FOUND, type Reply, refusalReply } from './reply.ts'
import { jsonBody } from './request-body.ts'
import type { Routes } from './routes.ts'
import { change, documentOf, forReading, forWriting, type ZoneRequest } from './zone-request.ts'

const METADATA = '/api/v1/servers/:server/zones/:zone/metadata'

/** PowerDNS's metadata of zones. They are kept and given back, and change no answer. */
export const metadataRoutes = (): Routes => ({
  [METADATA]: {
    GET: forReading((_, document) => json(200, allMetadata(document))),
    POST: forWriting((request) => write(request, undefined)),
  },
  [`${METADATA}/:kind`]: {
    GET: forReading(({ c }, document) => shown(metadataOf(document, kindOf(c)))),
    PUT: forWriting((request) => write(request, kindOf(request.c))),
    DELETE: forWriting((request) => {
      const name = kindOf(request.c)
      return change(request, { kind: 'metadata', name, values: null, add: false }, () => NO_CONTENT)
    }),
  },
})

const kindOf = (c: ZoneRequest['c']): string => c.req.param('kind') ?? ''

const shown = (found: ReturnType<typeof metadataOf>): Reply =>
  found.ok ? json(200, found.value) : refusalReply(found.error)

/** @param kind that of the path, whose values are replaced; undefined: the body names it, and its values are added */
async function write(request: ZoneRequest, kind: string | undefined): Promise<Reply> {
  const body = await jsonBody(request.c.req.raw)
  if (!body.ok) return body.error
  const metadata = parseMetadata(body.value, kind)
  if (!metadata.ok) return refusalReply(metadata.error)
  const { kind: name, metadata: values } = metadata.value
  return change(request, { kind: 'metadata', name, values, add: kind === undefined }, async () => {
    const document = await documentOf(request.ledger)
    if (!document) return NOT_FOUND
    const reply = shown(metadataOf(document, name))
    return kind === undefined && reply.status === 200 ? { ...reply, status: 201 } : reply
  })
}
