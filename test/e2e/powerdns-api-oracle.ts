import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type ApiServer, serverAt } from './powerdns-api-run.ts'
import { freePort, ready, start, temporaryFolder } from './processes.ts'
import { pathOf } from './tools.ts'

export type ApiOracle = ApiServer & { readonly url: string; readonly stop: () => Promise<void> }

/** The schema that Debian's package brings. */
const SCHEMA = '/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql'

const KEY = 'the-key-of-the-oracle'

/** Starts PowerDNS with an empty database and its API on loopback. It needs no privileges. */
export async function startApiOracle(): Promise<ApiOracle> {
  const folder = temporaryFolder()
  const file = join(folder.path, 'pdns.sqlite3')
  const database = new DatabaseSync(file)
  database.exec(readFileSync(SCHEMA, 'utf8'))
  database.close()
  const [port, webPort] = [await freePort(), await freePort()]
  const settings = {
    launch: 'gsqlite3',
    'gsqlite3-database': file,
    'gsqlite3-dnssec': 'yes',
    'gsqlite3-pragma-synchronous': '0',
    'local-address': '127.0.0.1',
    'local-port': String(port),
    'socket-dir': folder.path,
    webserver: 'yes',
    'webserver-address': '127.0.0.1',
    'webserver-port': String(webPort),
    'webserver-loglevel': 'none',
    api: 'yes',
    'api-key': KEY,
    'enable-lua-records': 'yes',
    'expand-alias': 'yes',
    'dname-processing': 'yes',
    'zone-cache-refresh-interval': '0',
    'security-poll-suffix': '',
    'disable-syslog': 'yes',
    guardian: 'no',
    daemon: 'no',
  }
  const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`)
  const server = start(pathOf('pdns_server') ?? 'pdns_server', ['--no-config', ...args])
  const url = `http://127.0.0.1:${webPort}`
  const answers = async () => (await fetch(`${url}/api`, { headers: { 'X-API-Key': KEY } })).ok
  await ready('pdns_server', server, answers).catch((error) => {
    folder.remove()
    throw error
  })
  const stop = async (): Promise<void> => {
    await server.stop()
    folder.remove()
  }
  return { ...serverAt(url, KEY), url, stop }
}
