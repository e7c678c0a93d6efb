import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { compileSource } from '../src/zonefile/index.ts'
import { KvServer } from './kv-server.ts'
import { SOA } from './messages.ts'
import { hasCpuTimes } from './processes.ts'
import { type Row, ratio } from './ratio.ts'
import { runFolder } from './run-folder.ts'
import {
  bareConfig,
  cpuOf,
  end,
  exchange,
  freePort,
  type Listening,
  open,
  ourConfig,
  requestFor,
  type Server,
  start,
} from './server.ts'
import { must } from './stored.ts'
import { valuesOfZone } from './zones.ts'

const ORIGIN = 'example.com'
const NAME = 'random'
const EFFORT = { times: 800, rounds: 41, warmUp: 8000 }

/** The tutorials' setting, which makes a Lua state for each answer. */
const LIMIT = 0.2

const ZONE = [
  '$TTL 300',
  `@ SOA ${Object.values(SOA).join(' ')}`,
  '@ NS ns',
  'ns A 192.0.2.53',
  `${NAME} LUA A "pickwrandom({{1, '1.2.3.4'}, {2, '4.3.2.1'}})"`,
  '',
].join('\n')

/**
 * `npm run bench -- --peers`: compares a DoH GET of a LUA record with dnsdist, which speaks DoH, in front of PowerDNS,
 * which answers: by the CPU of all processes. All speak plain HTTP/1.1 on loopback, so that TLS is in nobody's figure.
 */
export async function peerRows(): Promise<Row[]> {
  if (!hasCpuTimes('peers')) return []
  const missing = ['pdns_server', 'dnsdist'].filter((command) => pathOf(command) === undefined)
  if (missing.length > 0) {
    console.log(`skip  peers: no ${missing.join(', ')}; expected Debian's pdns-server, pdns-backend-bind and dnsdist`)
    return []
  }
  const { zone } = must(compileSource({ file: `${ORIGIN}.zone`, text: ZONE }, () => ({ ok: false, error: 'no file' })))
  const kv = await KvServer.start(await valuesOfZone(ORIGIN, zone))
  const servers: Server[] = []
  const begin = async (name: string, services: string): Promise<Server> => {
    const server = await start(name, services)
    servers.push(server)
    return server
  }
  const peers: Listening[] = []
  const beginPeers = async (lua: 'yes' | 'shared'): Promise<Listening> => {
    const begun = await startPeers(lua)
    peers.push(begun)
    return begun
  }
  try {
    const request = requestFor(`${NAME}.${ORIGIN}`)
    const ours = cpuOf(await begin('ours', ourConfig(kv)), request)
    const bare = cpuOf(await begin('bare', bareConfig()), request)
    const rows: Row[] = []
    for (const lua of ['yes', 'shared'] as const) {
      const theirs = cpuOf(await beginPeers(lua), request)
      const of = `dnsdist + PowerDNS LUA, enable-lua-records=${lua}`
      rows.push(await ratio(`DoH GET on workerd, CPU / ${of}`, lua === 'yes' ? LIMIT : null, ours, theirs, EFFORT))
      rows.push(await ratio(`bare Hono Worker, CPU / ${of}`, null, bare, theirs, EFFORT))
    }
    return rows
  } finally {
    await Promise.all(servers.map(end))
    for (const { children } of peers) await Promise.all(children.map(endChild))
    kv.stop()
  }
}

async function startPeers(lua: 'yes' | 'shared'): Promise<Listening> {
  const folder = join(runFolder(), `peers-${lua}`)
  mkdirSync(folder)
  const [dnsPort, port] = [await freePort(), await freePort()]
  writeFileSync(join(folder, 'zone'), ZONE)
  writeFileSync(join(folder, 'named.conf'), `zone "${ORIGIN}" { type native; file "${join(folder, 'zone')}"; };\n`)
  writeFileSync(
    join(folder, 'dnsdist.conf'),
    [
      `addDOHLocal('127.0.0.1:${port}', nil, nil, '/dns-query')`,
      `newServer({address='127.0.0.1:${dnsPort}', healthCheckMode='up'})`,
      'setSecurityPollSuffix("")',
      '',
    ].join('\n'),
  )
  // Caches are at their defaults, which are not changed by tutorials.
  const settings = [
    ...['launch=bind', `bind-config=${join(folder, 'named.conf')}`, `enable-lua-records=${lua}`],
    ...['local-address=127.0.0.1', `local-port=${dnsPort}`, `socket-dir=${folder}`, 'security-poll-suffix='],
    ...['disable-syslog=yes', 'guardian=no', 'daemon=no'],
  ]
  const children = [
    begun('pdns_server', ['--no-config', ...settings.map((setting) => `--${setting}`)]),
    begun('dnsdist', ['--supervised', '--disable-syslog', '--config', join(folder, 'dnsdist.conf')]),
  ]
  const request = requestFor(`${NAME}.${ORIGIN}`)
  for (let tries = 0; tries < 300; tries++) {
    const answered = await open(port)
      .then((socket) => exchange(socket, request).finally(() => socket.destroy()))
      .then(
        () => true,
        () => false,
      )
    if (answered) return { children, port }
    await sleep(100)
  }
  await Promise.all(children.map(endChild))
  throw new Error('dnsdist and PowerDNS do not answer')
}

const begun = (command: string, args: readonly string[]): ChildProcess =>
  spawn(pathOf(command) ?? command, args, { stdio: 'ignore' })

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill()
  await gone
}

/** Servers stand in folders that are not on every path. */
function pathOf(command: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, command)).find((file) => existsSync(file))
}
