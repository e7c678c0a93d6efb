import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { type Folder, temporaryFolder } from './processes.ts'
import { type Server, startServer } from './server.ts'

const ROOT = join(import.meta.dirname, '../..')
const BIN = join(ROOT, 'bin/edge-gslb.js')
const KEY = 'a-key-for-the-end-to-end-tests'

const zone = (serial: number, address: string): string =>
  `$TTL 300\n@ IN SOA ns root ${serial} 3600 900 604800 60\n@ IN NS ns\nns IN A 192.0.2.53\nwww IN A ${address}\n`
const tests = (address: string): string =>
  JSON.stringify([{ name: 'www.api.example', client: '192.0.2.7', answer: address }])

let server: Server
let folder: Folder
let zones: string
beforeAll(async () => {
  server = await startServer({ 'served.example.zone': zone(1, '192.0.2.1') }, KEY)
  folder = temporaryFolder()
  zones = join(folder.path, 'zones')
  mkdirSync(zones)
})
afterAll(async () => {
  await server.stop()
  folder.remove()
})

const write = (files: Readonly<Record<string, string>>): void => {
  rmSync(zones, { recursive: true })
  mkdirSync(zones)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(zones, name), text)
}

type Finished = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

/** Runs a command against the server. */
async function edgeGslb(args: readonly string[], key = KEY): Promise<Finished> {
  const env = { ...process.env, EDGE_GSLB_KEY: key }
  const child = spawn(process.execPath, [BIN, ...args, '--to', server.url], {
    ...{ cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] },
  })
  const finished = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      finished[name] += text
    })
  }
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, ...finished }
}

async function answerOf(name: string): Promise<string | undefined> {
  const response = await fetch(`${server.url}/resolve?name=${name}`)
  const { Answer = [] } = (await response.json()) as { readonly Answer?: readonly { readonly data: string }[] }
  return Answer[0]?.data
}

/** An answer follows within a refresh interval, once KV has the change. */
const answersWith = (name: string, address: string | undefined): Promise<void> =>
  eventually(async () => expect(await answerOf(name)).toBe(address))

type Change = { readonly id: number; readonly author: string; readonly reason: string | null }

async function changesOf(origin: string): Promise<readonly Change[]> {
  const { stdout } = await edgeGslb(['history', origin, '--json'])
  return JSON.parse(stdout).changes
}

describe('a zone in Git', () => {
  test('is new: checked, planned and published with its expectations', async () => {
    write({ 'api.example.zone': zone(1, '192.0.2.2'), 'api.example.test.json': tests('192.0.2.2') })
    expect((await edgeGslb(['check', zones])).status).toBe(0)
    const planned = await edgeGslb(['plan', zones, '--json'])
    expect([planned.status, JSON.parse(planned.stdout).changes.length]).toEqual([2, 4])
    const published = await edgeGslb(['publish', zones, '--yes', '--reason', 'größer'])
    expect(published).toMatchObject({ status: 0, stderr: '' })
    expect(published.stdout).toMatch(
      /^new {8}api\.example\. serial 1; expectations written.*\nkept {7}served\.example\./,
    )
    await answersWith('www.api.example', '192.0.2.2')
    expect(await changesOf('api.example')).toMatchObject([{ author: 'API_KEY', reason: 'größer' }])
    expect((await edgeGslb(['plan', zones])).status).toBe(0)
    expect((await edgeGslb(['publish', zones, '--yes'])).stdout).toContain('unchanged  api.example.')
  })

  test('changes with its expectations, and what does not hold is not published', async () => {
    write({ 'api.example.zone': zone(1, '192.0.2.3'), 'api.example.test.json': tests('192.0.2.2') })
    expect(await edgeGslb(['publish', zones, '--yes'])).toMatchObject({ status: 1, stdout: '' })
    write({ 'api.example.zone': zone(1, '192.0.2.3'), 'api.example.test.json': tests('192.0.2.3') })
    const published = await edgeGslb(['publish', zones, '--yes'])
    expect(published).toMatchObject({ status: 0, stderr: expect.stringContaining('the Worker will raise it') })
    await answersWith('www.api.example', '192.0.2.3')
    expect((await edgeGslb(['publish', zones, '--yes'])).stdout).toContain('unchanged  api.example.')
  })

  test('rolls back, and the plan of the files says so', async () => {
    write({ 'served.example.zone': zone(2, '192.0.2.4') })
    expect((await edgeGslb(['publish', zones, '--yes'])).status).toBe(0)
    await answersWith('www.served.example', '192.0.2.4')
    const [newest, before] = await changesOf('served.example')
    const diff = await edgeGslb(['history', 'served.example', String(newest?.id)])
    expect(diff.stdout).toMatch(/^-www IN A 192\.0\.2\.1$/m)
    const rolledBack = await edgeGslb(['rollback', 'served.example', String(before?.id), '--reason', 'it was better'])
    expect(rolledBack.status).toBe(0)
    await answersWith('www.served.example', '192.0.2.1')
    expect((await changesOf('served.example'))[0]).toMatchObject({ author: 'API_KEY', reason: 'it was better' })
    const planned = await edgeGslb(['plan', zones])
    expect([planned.status, planned.stdout]).toEqual([2, expect.stringContaining('    + 192.0.2.4')])
    expect((await edgeGslb(['export', 'served.example'])).stdout).toMatch(/^www IN A 192\.0\.2\.1$/m)
  })

  test('goes with --prune, and comes back', async () => {
    write({ 'served.example.zone': zone(2, '192.0.2.4'), 'gone.example.zone': zone(1, '192.0.2.5') })
    expect((await edgeGslb(['publish', zones, '--yes'])).status).toBe(0)
    await answersWith('www.gone.example', '192.0.2.5')
    write({ 'served.example.zone': zone(2, '192.0.2.4') })
    expect(await edgeGslb(['publish', zones, '--prune'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('expected --yes too'),
    })
    const pruned = await edgeGslb(['publish', zones, '--prune', '--yes', '--json'])
    const removed = JSON.parse(pruned.stdout).zones.filter(({ outcome }: { outcome: string }) => outcome === 'removed')
    expect(removed.map(({ origin }: { origin: string }) => origin)).toContain('gone.example.')
    await answersWith('www.gone.example', undefined)
    const made = (await changesOf('gone.example')).at(-1)
    expect((await edgeGslb(['rollback', 'gone.example', String(made?.id)])).status).toBe(0)
    await answersWith('www.gone.example', '192.0.2.5')
  })
})

test('explain tells what the Worker answers, and status, override and key work, too', async () => {
  const explained = await edgeGslb(['explain', 'www.served.example', 'A', '--client', '192.0.2.7', '--json'])
  expect(JSON.parse(explained.stdout)).toMatchObject({ status: 'NOERROR', client: '192.0.2.7' })
  const added = await edgeGslb(['override', 'add', '--target', 'x.*', '--force', 'down', '--why', 'test', '--json'])
  expect(JSON.parse(added.stdout).overrides).toMatchObject([{ target: 'x.*', force: 'down' }])
  expect((await edgeGslb(['override', 'remove', '--all'])).stdout).toContain('there are no overrides')
  expect((await edgeGslb(['status', '--json'])).status).toBe(0)
  expect((await edgeGslb(['key', 'list'])).stdout).toContain('API_KEY')
})

test('a wrong key, and a key that may only read, write nothing', async () => {
  write({ 'served.example.zone': zone(9, '192.0.2.9') })
  const wrong = await edgeGslb(['publish', zones, '--yes'], 'a-wrong-key-of-these-tests')
  expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining('rejects this key') })
  const { secret } = JSON.parse((await edgeGslb(['key', 'create', 'plan', '--scope', 'read', '--json'])).stdout)
  expect((await edgeGslb(['plan', zones], secret)).status).toBe(2)
  const refused = await edgeGslb(['publish', zones, '--yes'], secret)
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('refuses this key') })
  expect(await answerOf('www.served.example')).not.toBe('192.0.2.9')
})
