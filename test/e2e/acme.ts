import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { selfSigned } from './certificates.ts'
import { type Folder, freePort, ready, run, start } from './processes.ts'
import { pathOf } from './tools.ts'

export type AcmeServer = {
  /** The directory of RFC 8555 §7.1.1. */
  readonly directory: string
  /** The certificate of the server itself. */
  readonly certificate: string
  /** Returns the root of the certificates that it issues, as PEM. */
  readonly root: () => Promise<string>
  readonly output: () => string
  readonly stop: () => Promise<void>
}

/** Pebble, Let's Encrypt's test server, on loopback. @param dns the port of the name server that it asks */
export async function startPebble(folder: Folder, dns: number): Promise<AcmeServer> {
  const { key, certificate } = await selfSigned(folder.path)
  const [port, management] = [await freePort(), await freePort()]
  const config = join(folder.path, 'pebble.json')
  const settings = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    ...{ certificate, privateKey: key, httpPort: 5002, tlsPort: 5001, externalAccountBindingRequired: false },
  }
  writeFileSync(config, JSON.stringify({ pebble: settings }))
  const args = ['-config', config, '-dnsserver', `127.0.0.1:${dns}`]
  // Each order is validated anew, and at once: what the client waits for is enough.
  const env = { PEBBLE_AUTHZREUSE: '0', PEBBLE_VA_NOSLEEP: '1' }
  const server = start(pathOf('pebble') ?? 'pebble', args, { env })
  const curl = (url: string) => run('curl', ['--silent', '--fail', '--cacert', certificate, url])
  const directory = `https://127.0.0.1:${port}/dir`
  await ready('pebble', server, async () => (await curl(directory)).status === 0)
  const root = async () => (await curl(`https://127.0.0.1:${management}/roots/0`)).stdout
  return { directory, certificate, root, output: server.output, stop: server.stop }
}
