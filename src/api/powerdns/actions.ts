import { canonicalName, exportText } from '../../rrsets/index.ts'
import { failure, json, type Reply, refusalReply } from './reply.ts'
import type { Handler, Routes } from './routes.ts'
import { forReading } from './zone-request.ts'

const SERVER = '/api/v1/servers/:server'
const ZONE = `${SERVER}/zones/:zone`

/**
 * The actions that a client asks of a zone, or of the server, beside changes. Nothing has to be done for most of it.
 */
export const actionRoutes = (): Routes => ({
  [`${ZONE}/export`]: { GET: exportZone },
  // A key that may write one name of a zone may notify: lego and acme.sh do after each change.
  [`${ZONE}/notify`]: { PUT: forReading(() => json(200, { result: 'Notification queued' })) },
  [`${ZONE}/rectify`]: { PUT: forReading(() => json(200, { result: 'Rectified' })) },
  [`${ZONE}/axfr-retrieve`]: { PUT: forReading(({ origin }) => notSecondary(origin)) },
  [`${SERVER}/cache/flush`]: { PUT: flush },
})

const exportZone = forReading(({ c }, document) => {
  const zone = exportText(document)
  return c.req.header('accept')?.includes('application/json') ? json(200, { zone }) : { status: 200, text: zone }
})

const notSecondary = (origin: string): Reply =>
  failure(422, `Domain '${origin}' is not a secondary domain (or has no primary defined)`)

/** No cache holds answers here: isolates read a changed zone within a refresh interval. */
const flush: Handler = (c) => {
  const name = canonicalName(c.req.query('domain') ?? '')
  return name.ok ? json(200, { count: 0, result: 'Flushed cache.' }) : refusalReply(name.error)
}
