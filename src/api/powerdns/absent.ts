import { failure, json, NOT_FOUND, type Reply } from './reply.ts'
import type { Handler, Routes } from './routes.ts'

const SERVER = '/api/v1/servers/:server'

/**
 * The routes that PowerDNS has and we have nothing for: reading tells that there is none, writing is refused with the
 * reason.
 */
export const absentRoutes = (): Routes => ({
  [`${SERVER}/tsigkeys`]: { GET: () => json(200, []), POST: refuse(NO_TRANSFERS) },
  [`${SERVER}/tsigkeys/:id`]: missing(),
  [`${SERVER}/autoprimaries`]: { GET: () => json(200, []), POST: refuse(NO_TRANSFERS) },
  [`${SERVER}/autoprimaries/:ip/:nameserver`]: { DELETE: () => NOT_FOUND },
  [`${SERVER}/views`]: { GET: () => json(200, { views: [] }) },
  [`${SERVER}/views/:view`]: { GET: () => NOT_FOUND, POST: refuse(NO_VIEWS) },
  [`${SERVER}/views/:view/:id`]: { DELETE: () => NOT_FOUND },
  [`${SERVER}/networks`]: { GET: () => json(200, { networks: [] }) },
  [`${SERVER}/networks/:ip/:length`]: { GET: () => NOT_FOUND, PUT: refuse(NO_VIEWS) },
})

const refuse =
  (why: Reply): Handler =>
  () =>
    why

const missing = () => ({ GET: () => NOT_FOUND, PUT: () => NOT_FOUND, DELETE: () => NOT_FOUND })

const NO_TRANSFERS = failure(422, 'zones are not transferred here; expected changes through this API')
const NO_VIEWS = failure(422, 'there are no views here; expected a LUA record with view(), which chooses by network')
