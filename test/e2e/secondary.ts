import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { PowerDns } from './pdns.ts'
import { ready, start, temporaryFolder } from './processes.ts'
import { pathOf } from './tools.ts'

/** The schema that Debian's package brings. */
const SCHEMA = '/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql'

/**
 * PowerDNS as the secondary of one zone. It looks at its primary when it starts, and then only if it is notified: its
 * own rounds are an hour apart.
 * @param port its own, so that the primary can know it before
 */
export async function startSecondary(origin: string, primary: number, port: number): Promise<PowerDns> {
  const folder = temporaryFolder()
  const file = join(folder.path, 'pdns.sqlite3')
  const database = new DatabaseSync(file)
  database.exec(readFileSync(SCHEMA, 'utf8'))
  database
    .prepare("INSERT INTO domains (name, type, master) VALUES (?, 'SLAVE', ?)")
    .run(origin, `127.0.0.1:${primary}`)
  database.close()
  const settings = {
    launch: 'gsqlite3',
    'gsqlite3-database': file,
    'gsqlite3-dnssec': 'yes',
    'gsqlite3-pragma-synchronous': '0',
    slave: 'yes',
    'xfr-cycle-interval': '3600',
    'local-address': '127.0.0.1',
    'local-port': String(port),
    'socket-dir': folder.path,
    'cache-ttl': '0',
    'query-cache-ttl': '0',
    'negquery-cache-ttl': '0',
    'zone-cache-refresh-interval': '0',
    'security-poll-suffix': '',
    'disable-syslog': 'yes',
    guardian: 'no',
    daemon: 'no',
  }
  const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`)
  const server = start(pathOf('pdns_server') ?? 'pdns_server', ['--no-config', ...args])
  await ready('pdns_server', server, async () => server.output().includes('Done launching threads')).catch((error) => {
    folder.remove()
    throw error
  })
  const stop = async (): Promise<void> => {
    await server.stop()
    folder.remove()
  }
  return { port, output: server.output, stop }
}
