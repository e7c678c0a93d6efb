import type { Hono } from 'hono'
import type { ApiEnv } from '../access.ts'
import { absentRoutes } from './absent.ts'
import { actionRoutes } from './actions.ts'
import { cryptokeyRoutes } from './cryptokeys.ts'
import { discoveryRoutes } from './discovery.ts'
import { metadataRoutes } from './metadata.ts'
import { appOf } from './routes.ts'
import { searchRoutes } from './search.ts'
import { zoneRoutes } from './zones.ts'

/**
 * PowerDNS's HTTP API: `/api`, `/api/v1` and all below `/api/v1/servers`. docs/powerdns-api.md has what it does.
 * @param now the clock, in milliseconds since the epoch
 */
export const powerdnsRoutes = (now: () => number = Date.now): Hono<ApiEnv> =>
  appOf({
    ...discoveryRoutes(now),
    ...zoneRoutes(),
    ...actionRoutes(),
    ...metadataRoutes(),
    ...searchRoutes(),
    ...cryptokeyRoutes(),
    ...absentRoutes(),
  })
