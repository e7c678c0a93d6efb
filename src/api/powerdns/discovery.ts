import { failure, json } from './reply.ts'
import type { Handler, Routes } from './routes.ts'

const SERVER_URL = '/api/v1/servers/localhost'

/** Clients read three numbers at its start, as of a PowerDNS that has all that we have. */
const SERVER = {
  autoprimaries_url: `${SERVER_URL}/autoprimaries{/autoprimary}`,
  config_url: `${SERVER_URL}/config{/config_setting}`,
  daemon_type: 'authoritative',
  id: 'localhost',
  type: 'Server',
  url: SERVER_URL,
  version: '5.1.4-edge-gslb',
  zones_url: `${SERVER_URL}/zones{/zone}`,
}

/** The settings of PowerDNS that clients look at, as they would be in a server that does what we do. */
const SETTINGS: Readonly<Record<string, string>> = {
  api: 'yes',
  autosecondary: 'no',
  'default-soa-edit-api': 'DEFAULT',
  'dname-processing': 'yes',
  'edns-subnet-processing': 'yes',
  'enable-lua-record-updates': 'yes',
  'enable-lua-records': 'yes',
  'expand-alias': 'yes',
  launch: 'geoip',
  primary: 'no',
  secondary: 'no',
  webserver: 'yes',
}

const config: Handler = () =>
  json(
    200,
    Object.entries(SETTINGS).map(([name, value]) => ({ name, type: 'ConfigSetting', value })),
  )

/**
 * @param now the clock, in milliseconds since the epoch. The time since the first request to this isolate is the only
 *   counter: counters of one isolate among many tell nothing.
 */
export function discoveryRoutes(now: () => number): Routes {
  let started: number | undefined
  const statistics: Handler = (c) => {
    started ??= now()
    const wanted = c.req.query('statistic')
    const uptime = { name: 'uptime', type: 'StatisticItem', value: String(Math.floor((now() - started) / 1000)) }
    if (wanted === undefined || wanted === uptime.name) return json(200, [uptime])
    return failure(422, `Unknown statistic name; expected "${uptime.name}"`)
  }
  return {
    '/api': { GET: () => json(200, [{ url: '/api/v1', version: 1 }]) },
    '/api/v1': { GET: () => json(200, [{ api_features: [], server_url: '/api/v1/servers{/server}' }]) },
    '/api/v1/servers': { GET: () => json(200, [SERVER]) },
    '/api/v1/servers/:server': { GET: () => json(200, SERVER) },
    '/api/v1/servers/:server/config': { GET: config },
    '/api/v1/servers/:server/statistics': { GET: statistics },
  }
}
