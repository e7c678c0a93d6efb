import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { issued } from './certificates.ts'
import { freePort, ready, start, temporaryFolder } from './processes.ts'
import { pathOf } from './tools.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The texts of zone files by name. */
export type Files = Readonly<Record<string, string>>

/** The zones that `npm start` serves. */
export const exampleZones = (): Files => filesOf(join(root, 'zones'))
/** The zones of these tests. */
export const testZones = (): Files => filesOf(join(root, 'test/e2e/zones'))

const filesOf = (folder: string): Files =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))

export type Server = {
  /** The process of `edge-gslb dev`: the ancestor of all others. */
  readonly pid: number
  readonly port: number
  readonly url: string
  /** The served folder; a change in it is published. */
  readonly zones: string
  readonly output: () => string
  readonly stop: () => Promise<void>
}

/**
 * Starts the server like `npm start`, with a separate folder of zones and local KV.
 * @param apiKey turns the control API on
 * @param settings further variables
 */
export async function startServer(
  files: Files,
  apiKey = '',
  settings: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const folder = temporaryFolder()
  const zones = join(folder.path, 'zones')
  mkdirSync(zones)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(zones, name), text)
  const server = await startServerIn(folder.path, apiKey, settings).catch((error) => {
    folder.remove()
    throw error
  })
  const stop = async (): Promise<void> => {
    await server.stop()
    folder.remove()
  }
  return { ...server, stop }
}

/**
 * Starts the server on a folder whose zones and state are there already, and stay.
 * @param folder has a folder `zones`; local KV and the Durable Objects are in its folder `kv`
 * @param settings further variables
 */
export async function startServerIn(
  folder: string,
  apiKey: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const zones = join(folder, 'zones')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const args = ['bin/edge-gslb.js', 'dev', '--persist-to', join(folder, 'kv')]
  const env = { PORT: String(port), ZONES: zones, API_KEY: apiKey, ...settings }
  const server = start('node', args, { cwd: root, env })
  await ready('edge-gslb dev', server, async () => server.output().includes(`answers on ${url}`))
  return { pid: server.pid, port, url, zones, output: server.output, stop: server.stop }
}

export type Front = {
  readonly port: number
  readonly url: string
  /** The file of the authority that a client has to trust. */
  readonly certificate: string
  readonly stop: () => Promise<void>
}

/** Starts a proxy with TLS and HTTP/2, which most DoH clients need, and a certificate of a new authority. */
export async function startFront(backend: number): Promise<Front> {
  const folder = temporaryFolder()
  const { key, certificate, authority } = await issued(folder.path)
  const port = await freePort()
  const proxy = start(pathOf('nghttpx') ?? 'nghttpx', [
    '--conf=/dev/null',
    `--frontend=127.0.0.1,${port}`,
    `--backend=127.0.0.1,${backend}`,
    '--workers=1',
    `--errorlog-file=${join(folder.path, 'errors')}`,
    key,
    certificate,
  ])
  await ready('nghttpx', proxy, () => answersTls(port, readFileSync(authority)))
  const stop = async (): Promise<void> => {
    await proxy.stop()
    folder.remove()
  }
  return { port, url: `https://127.0.0.1:${port}`, certificate: authority, stop }
}

const answersTls = (port: number, ca: Buffer): Promise<boolean> =>
  new Promise((resolve) => {
    request({ host: '127.0.0.1', port, ca, timeout: 2000 }, (response) => {
      response.resume()
      resolve(true)
    })
      .on('error', () => resolve(false))
      .end()
  })
