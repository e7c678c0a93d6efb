import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askDoh, rcodeOf } from './messages.ts'
import { freePort, ready, run, start, temporaryFolder } from './processes.ts'
import { pathOf } from './tools.ts'

export type Unbound = {
  readonly url: string
  /** The port of plain DNS, by UDP and TCP. */
  readonly port: number
  /** Stops unbound itself in the middle of what it does, until `thaw`. */
  readonly freeze: () => void
  readonly thaw: () => void
  /** Has it take connections, and answer none of them, until it may go on. */
  readonly pause: () => void
  readonly goOn: () => void
  /** Replaces the records of a name in `upstream.example`: lines like `A 192.0.2.1`; none removes the name. */
  readonly set: (name: string, ttl: number, ...records: readonly string[]) => Promise<void>
  /** Refuses connections until `revive`. */
  readonly die: () => Promise<void>
  readonly revive: () => void
  readonly stop: () => Promise<void>
}

const strings = Array.from(
  { length: 60 },
  (_, i) => `local-data: 'large.upstream.example. 3600 TXT "${i} ${'x'.repeat(200)}"'`,
)

/**
 * unbound with zones of its own, the root among them, so that it asks nobody. It speaks DoH over HTTP/2 alone: nghttpx
 * is in front of it, and speaks HTTP/1.1.
 * @param records further ones of `upstream.example`, in the form of a zone file, with absolute names
 */
export async function startUnbound(records: readonly string[] = []): Promise<Unbound> {
  const folder = temporaryFolder()
  const [doh, port, plain] = [await freePort(), await freePort(), await freePort()]
  const config = join(folder.path, 'unbound.conf')
  writeFileSync(
    config,
    `server:
  interface: 127.0.0.1@${doh}
  interface: 127.0.0.1@${plain}
  https-port: ${doh}
  http-notls-downstream: yes
  do-daemonize: no
  use-syslog: no
  chroot: ""
  username: ""
  directory: "${folder.path}"
  pidfile: "${join(folder.path, 'unbound.pid')}"
  module-config: "iterator"
  local-zone: "." static
  local-data: ". 3600 SOA ns.upstream.example. root.upstream.example. 1 3600 900 604800 60"
  local-data: ". 3600 NS ns.upstream.example."
  local-zone: "upstream.example." static
  local-data: "upstream.example. 3600 SOA ns.upstream.example. root.upstream.example. 1 3600 900 604800 60"
  local-data: "www.upstream.example. 3600 A 192.0.2.80"
  local-data: "alias.upstream.example. 3600 CNAME www.upstream.example."
  ${[...strings, ...records.map((record) => `local-data: '${record}'`)].join('\n  ')}
  local-zone: "sub.ours.example." static
  local-data: "host.sub.ours.example. 3600 A 192.0.2.99"
remote-control:
  control-enable: yes
  control-interface: "${join(folder.path, 'control')}"
  control-use-cert: no
`,
  )
  const server = start(pathOf('unbound') ?? 'unbound', ['-d', '-c', config])
  const startProxy = () =>
    start(pathOf('nghttpx') ?? 'nghttpx', [
      '--conf=/dev/null',
      `--frontend=127.0.0.1,${port};no-tls`,
      `--backend=127.0.0.1,${doh};;proto=h2`,
      '--workers=1',
      `--errorlog-file=${join(folder.path, 'errors')}`,
    ])
  let proxy = startProxy()
  const control = async (...args: readonly string[]): Promise<void> => {
    const { status, stdout, stderr } = await run('unbound-control', ['-c', config, ...args])
    if (status !== 0) throw new Error(`unbound-control ${args.join(' ')}: ${stdout}${stderr}`)
  }
  const url = `http://127.0.0.1:${port}`
  const signal = (name: NodeJS.Signals) => () => void process.kill(-proxy.pid, name)
  const thaw = () => void process.kill(-server.pid, 'SIGCONT')
  const goOn = signal('SIGCONT')
  const stop = async (): Promise<void> => {
    if (proxy.running()) goOn()
    if (server.running()) thaw()
    await proxy.stop()
    await server.stop()
    folder.remove()
  }
  const answers = async () => rcodeOf(await askDoh(url)('www.upstream.example', 'A')) === 'NOERROR'
  await ready('unbound', server, answers).catch(async (error) => {
    await stop()
    throw error
  })
  return {
    url: `${url}/dns-query`,
    port: plain,
    freeze: () => void process.kill(-server.pid, 'SIGSTOP'),
    thaw,
    async set(name, ttl, ...records) {
      await control('local_data_remove', name)
      for (const record of records) await control('local_data', `${name} ${ttl} ${record}`)
    },
    pause: signal('SIGSTOP'),
    goOn,
    die: () => proxy.stop(),
    revive() {
      proxy = startProxy()
    },
    stop,
  }
}
