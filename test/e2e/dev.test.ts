import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Folder, freePort, type Running, ready, run, start, temporaryFolder, until } from './processes.ts'

const ROOT = join(import.meta.dirname, '../..')
const BIN = join(ROOT, 'bin/edge-gslb.js')

let folder: Folder
let port: number
let server: Running | undefined

beforeEach(async () => {
  folder = temporaryFolder()
  port = await freePort()
})
afterEach(async () => {
  await server?.stop()
  server = undefined
  folder.remove()
})

const zoneText = (serial: number, address: string): string =>
  `$TTL 60\n@ IN SOA ns root ${serial} 3600 900 604800 60\n@ IN NS ns\nns IN A 192.0.2.53\n` +
  `src IN LUA A "view({{{'192.168.0.0/16'}, {'${address}'}}, {{'0.0.0.0/0', '::/0'}, {'192.0.2.1'}}})"\n`

/** Saves like an editor: writes a new file, and renames it over the old one. */
function save(text: string, file = 'example.com.zone'): void {
  writeFileSync(join(folder.path, `.${file}~`), text)
  renameSync(join(folder.path, `.${file}~`), join(folder.path, file))
}

async function startDev(env: Record<string, string> = {}): Promise<Running> {
  const args = [BIN, 'dev', '--persist-to', join(folder.path, '.state')]
  const started = start(process.execPath, args, { env: { PORT: String(port), ZONES: folder.path, ...env } })
  await ready('dev', started, async () => started.output().includes('edge-gslb answers on'))
  return started
}

/** Starts a server in this process group, and waits until it answers. If it exits before, its output has the reason. */
async function answering(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [BIN, 'dev', '--persist-to', join(folder.path, '.state')], {
    env: { ...process.env, PORT: String(port), ZONES: folder.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = () => child.exitCode !== null || child.signalCode !== null
  await until('it answers', async () => ended() || (await lookUp('192.168.7.7')) === '192.168.1.54')
  if (ended()) throw new Error(`dev ended by itself:\n${output}`)
  return child
}

async function lookUp(client: string): Promise<string> {
  const url = `http://127.0.0.1:${port}/resolve?name=src.example.com&type=A`
  const response = await fetch(url, { headers: { 'cf-connecting-ip': client } })
  const { Answer = [] } = (await response.json()) as { Answer?: { data: string }[] }
  return Answer.map(({ data }) => data).join()
}

/** Processes that have the test's folder or port in their command line. */
function processes(): string {
  return execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder.path) || line.includes(`127.0.0.1:${port}`))
    .join('\n')
}

test('serves the zones of a folder, and each saved change; an invalid edit changes nothing', async () => {
  save(zoneText(1, '192.168.1.54'))
  server = await startDev()
  expect(await lookUp('192.168.7.7')).toBe('192.168.1.54')
  expect(await lookUp('198.51.100.7')).toBe('192.0.2.1')

  const saved = performance.now()
  save(zoneText(2, '192.168.1.55'))
  await until('the edit is answered', async () => (await lookUp('192.168.7.7')) === '192.168.1.55')
  console.log(`an edit was answered after ${Math.round(performance.now() - saved)} ms`)
  expect(server.output()).toMatch(/published in \d+ ms: example\.com\. serial 2/)

  save(zoneText(3, '192.168.1.999'))
  await until('the error is printed', () => server?.output().includes('the last valid zones stay in service') ?? false)
  expect(server.output()).toMatch(/example\.com\.zone:5:\d+: .*192\.168\.1\.999/)
  expect(await lookUp('192.168.7.7')).toBe('192.168.1.55')

  save(zoneText(4, '192.168.1.56'))
  await until('the fixed zone is printed', () => server?.output().includes('fixed and published') ?? false)
  await until('it is answered', async () => (await lookUp('192.168.7.7')) === '192.168.1.56')
  expect(server.output()).not.toMatch(/\[ERROR\]|Scheduled Workers/)
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends it with status 0 and leaves no process',
  async (signal) => {
    save(zoneText(1, '192.168.1.54'))
    const child = await answering()
    const closed = once(child, 'close')
    expect(processes()).toContain('workerd')
    child.kill(signal)
    expect(await closed).toEqual([0, null])
    expect(processes()).toBe('')
  },
)

test('if it is killed, its processes end', async () => {
  save(zoneText(1, '192.168.1.54'))
  const child = await answering()
  child.kill('SIGKILL')
  await until('its processes are gone', () => processes() === '')
})

test('refuses to start with an invalid zone, or on a used port, with the reason', async () => {
  save('www IN A 192.0.2.1\n')
  const dev = () =>
    run('env', [
      `PORT=${port}`,
      `ZONES=${folder.path}`,
      process.execPath,
      BIN,
      'dev',
      '--persist-to',
      join(folder.path, '.state'),
    ])
  const broken = await dev()
  expect(broken.status).toBe(1)
  expect(broken.stderr).toMatch(/example\.com\.zone:\d+:\d+: .*SOA/)

  save(zoneText(1, '192.168.1.54'))
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  const taken = await dev()
  other.close()
  expect(taken.status).toBe(1)
  expect(taken.stderr).toBe(`error: port ${port} is taken; set another one, like PORT=${port + 1} npm start\n`)
})
