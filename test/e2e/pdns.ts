import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { askUdp } from './messages.ts'
import { freePort, ready, start, temporaryFolder } from './processes.ts'
import type { Files } from './server.ts'
import { pathOf } from './tools.ts'

export type PowerDns = { readonly port: number; readonly output: () => string; readonly stop: () => Promise<void> }

const SETTINGS = {
  launch: 'bind',
  'local-address': '127.0.0.1',
  'enable-lua-records': 'shared',
  'edns-subnet-processing': 'yes',
  'dname-processing': 'yes',
  'svc-autohints': 'yes',
  'cache-ttl': '0',
  'query-cache-ttl': '0',
  'negquery-cache-ttl': '0',
  'zone-cache-refresh-interval': '0',
  'security-poll-suffix': '',
  'disable-syslog': 'yes',
  'any-to-tcp': 'no',
  guardian: 'no',
  daemon: 'no',
}

/**
 * PowerDNS on loopback with the given zone files, each named after its zone. It needs no privileges and caches nothing.
 * Files with another ending than `.zone` are there to be included.
 * @param more settings, in place of those above
 */
export async function startPowerDns(files: Files, more: Readonly<Record<string, string>> = {}): Promise<PowerDns> {
  const folder = temporaryFolder()
  const origins: string[] = []
  const clauses = [`options { directory "${folder.path}"; };\n`]
  for (const [name, text] of Object.entries(files)) {
    const origin = /^(.*)\.zone$/.exec(name)?.[1]
    // RFC 2317 has a slash in names of zones.
    const file = join(folder.path, origin === undefined ? name : name.replaceAll('/', '_'))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    if (origin === undefined) continue
    origins.push(origin)
    clauses.push(`zone "${origin}" { type native; file "${file}"; };\n`)
  }
  const config = join(folder.path, 'named.conf')
  writeFileSync(config, clauses.join(''))
  const port = await freePort()
  const settings = {
    ...SETTINGS,
    ...more,
    'bind-config': config,
    'socket-dir': folder.path,
    'local-port': String(port),
  }
  const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`)
  const server = start(pathOf('pdns_server') ?? 'pdns_server', ['--no-config', ...args])
  const answers = async () => (await askUdp(port)(origins.at(-1) ?? '', 'SOA')).answers?.length === 1
  await ready('pdns_server', server, answers).catch((error) => {
    folder.remove()
    throw error
  })
  const stop = async (): Promise<void> => {
    await server.stop()
    folder.remove()
  }
  return { port, output: server.output, stop }
}
