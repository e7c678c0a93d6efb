import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filled } from './dnsdist.ts'
import { askUdp } from './messages.ts'
import type { PowerDns } from './pdns.ts'
import { freePort, ready, start, temporaryFolder } from './processes.ts'
import type { Front } from './server.ts'
import { pathOf } from './tools.ts'

const EXAMPLE = new URL('../../examples/powerdns/remote/', import.meta.url)

/** The changes that a test makes in the example's files, beside addresses. */
export type RemoteOptions = {
  readonly key: string
  /** Behind the path with the key: `,post=1`. */
  readonly mode?: string
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * PowerDNS with its remote backend, by the files of examples/powerdns/remote: PowerDNS, the proxy to HTTPS, the front
 * of the Worker.
 * @param probe a name with an A record
 */
export async function startRemotePdns(
  behind: Front,
  probe: string,
  { key, mode = '', settings = {} }: RemoteOptions,
): Promise<PowerDns & { readonly running: () => boolean; readonly folder: string }> {
  const folder = temporaryFolder()
  const [port, proxyPort] = [await freePort(), await freePort()]
  const write = (name: string, values: readonly (readonly [string, string])[], more = ''): string => {
    const file = join(folder.path, name)
    writeFileSync(file, `${filled(readFileSync(new URL(name, EXAMPLE), 'utf8'), values, name)}${more}`)
    return file
  }
  const proxyFile = write(
    'nghttpx.conf',
    [
      ['127.0.0.1,8053', `127.0.0.1,${proxyPort}`],
      ['gslb.example.com,443;', `localhost,${behind.port};`],
      // It looks a name up with both families, and the front has one.
      ['sni=gslb.example.com;dns', 'sni=localhost'],
      ['errorlog-syslog=yes', `errorlog-file=${join(folder.path, 'errors')}`],
    ],
    `cacert=${behind.certificate}\n`,
  )
  const more = { 'socket-dir': folder.path, 'disable-syslog': 'yes', guardian: 'no', daemon: 'no', ...settings }
  write(
    'pdns.conf',
    [
      ['127.0.0.1:8053/pdns/KEY', `127.0.0.1:${proxyPort}/pdns/${key}`],
      [',timeout=2000', `,timeout=60000${mode}`],
      ['local-address=192.0.2.53', 'local-address=127.0.0.1'],
      ['local-port=53', `local-port=${port}`],
    ],
    Object.entries(more)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const proxy = start(pathOf('nghttpx') ?? 'nghttpx', [`--conf=${proxyFile}`])
  // PowerDNS ends if it cannot read the zones when it starts.
  const domains = `http://127.0.0.1:${proxyPort}/pdns/${key}/getAllDomains`
  await ready('nghttpx', proxy, async () => (await fetch(domains)).ok)
  const server = start(pathOf('pdns_server') ?? 'pdns_server', [`--config-dir=${folder.path}`])
  const stop = async (): Promise<void> => {
    await server.stop()
    await proxy.stop()
    folder.remove()
  }
  const answers = async () => ((await askUdp(port)(probe, 'A')).answers ?? []).length > 0
  await ready('pdns_server', server, answers).catch(async (error) => {
    await stop()
    throw error
  })
  return { port, output: server.output, running: server.running, folder: folder.path, stop }
}
