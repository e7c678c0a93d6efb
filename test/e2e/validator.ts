import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askUdp, rcodeOf } from './messages.ts'
import { freePort, ready, start, temporaryFolder } from './processes.ts'
import { pathOf } from './tools.ts'

export type Validator = { readonly port: number; readonly log: () => string; readonly stop: () => Promise<void> }

/** A zone, the ports of its servers on loopback, and its trust anchors: DS or DNSKEY records. */
export type ValidatedZone = { readonly origin: string; readonly port: number; readonly anchors: readonly string[] }

/** unbound, which validates all that it is asked for, and remembers nothing. @param probe a name that answers */
export async function startValidator(zones: readonly ValidatedZone[], probe: string): Promise<Validator> {
  const folder = temporaryFolder()
  const port = await freePort()
  const [config, anchors] = [join(folder.path, 'unbound.conf'), join(folder.path, 'anchors')]
  writeFileSync(anchors, zones.flatMap((zone) => zone.anchors.map((anchor) => `${anchor}\n`)).join(''))
  const stubs = zones.map(({ origin, port }) => `stub-zone:\n  name: "${origin}"\n  stub-addr: 127.0.0.1@${port}\n`)
  writeFileSync(
    config,
    `server:
  interface: 127.0.0.1@${port}
  do-daemonize: no
  use-syslog: no
  chroot: ""
  username: ""
  directory: "${folder.path}"
  pidfile: "${join(folder.path, 'unbound.pid')}"
  do-ip6: no
  do-not-query-localhost: no
  trust-anchor-file: "${anchors}"
  trust-anchor-signaling: no
  root-key-sentinel: no
  local-zone: "example." nodefault
  val-log-level: 2
  val-bogus-ttl: 0
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
  infra-host-ttl: 0
  aggressive-nsec: no
  module-config: "validator iterator"
${stubs.join('')}remote-control:
  control-enable: no
`,
  )
  const server = start(pathOf('unbound') ?? 'unbound', ['-d', '-c', config])
  const stop = async (): Promise<void> => {
    await server.stop()
    folder.remove()
  }
  await ready('unbound', server, async () => rcodeOf(await askUdp(port)(probe, 'SOA')) === 'NOERROR').catch((error) => {
    folder.remove()
    throw error
  })
  return { port, log: server.output, stop }
}

/** The verdict of a validating resolver. */
export type Verdict = 'secure' | 'insecure' | 'bogus'

export async function verdictOf(port: number, name: string, type: string): Promise<Verdict> {
  const reply = await askUdp(port)(name, type, { isSecure: true })
  if (rcodeOf(reply) === 'SERVFAIL') return 'bogus'
  return reply.flag_ad ? 'secure' : 'insecure'
}
