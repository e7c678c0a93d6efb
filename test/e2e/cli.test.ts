import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Kv } from '../../src/cli/kv/kv.ts'
import { openLocalKv } from '../../src/cli/kv/local.ts'
import { wranglerKv } from '../../src/cli/kv/wrangler.ts'
import { writeMmdb } from '../unit/geo/mmdb-writer.ts'
import { MUNICH, maxmind } from '../unit/geo/support.ts'
import { type FakeCloudflare, fakeCloudflare } from './fake-cloudflare.ts'
import { type Folder, temporaryFolder } from './processes.ts'

const ROOT = join(import.meta.dirname, '../..')
const BIN = join(ROOT, 'bin/edge-gslb.js')

type Finished = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

/** Runs a command to its end, with added environment variables. */
async function execute(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const finished = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      finished[name] += text
    })
  }
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, ...finished }
}

const edgeGslb = (args: readonly string[], env?: Record<string, string>) =>
  execute(process.execPath, [BIN, ...args], env)

let folder: Folder
let zones: string
let state: string

beforeEach(() => {
  folder = temporaryFolder()
  zones = join(folder.path, 'zones')
  state = join(folder.path, 'state')
  mkdirSync(zones)
})
afterEach(() => folder.remove())

const writeZone = (origin: string, serial: number, record = 'www IN A 192.0.2.1'): void =>
  writeFileSync(
    join(zones, `${origin}.zone`),
    `$TTL 300\n@ IN SOA ns root ${serial} 3600 900 604800 60\n@ IN NS ns\nns IN A 192.0.2.53\n${record}\n`,
  )

const place = () => ({ binding: 'GSLB', config: join(ROOT, 'wrangler.toml'), persistTo: state })

/** The local KV, open while the command writes to it from another process. */
async function localKv(): Promise<Kv & { readonly stored: (key: string) => Promise<unknown> }> {
  const opened = await openLocalKv(place())
  if (!opened.ok) throw new Error(opened.error)
  const stored = async (key: string): Promise<unknown> => {
    const value = await kv.get(key)
    if (!value.ok) throw new Error(value.error)
    return value.value === undefined ? undefined : JSON.parse(value.value)
  }
  const kv = opened.value
  return { ...kv, stored }
}

describe('the launcher', () => {
  // The system's Node may have any version. A hook that only the first process loads simulates an older one.
  const olderNode = (args: readonly string[]) => {
    const pretend = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})"
    return execute(process.execPath, ['--import', pretend, BIN, ...args])
  }

  test('under an older Node it runs the Node of node_modules, and passes on output and status', async () => {
    writeZone('example.com', 3)
    const good = await olderNode(['check', join(zones, 'example.com.zone')])
    expect(good).toMatchObject({ status: 0, stderr: '' })
    expect(good.stdout).toBe(`${join(zones, 'example.com.zone')}: example.com. serial 3, 3 names, 4 rrsets\n`)
    expect(await olderNode(['check', join(zones, 'none.zone')])).toMatchObject({ status: 1, stdout: '' })
    expect(await olderNode(['chekc'])).toMatchObject({ status: 2 })
  })

  test('without node_modules it prints the command to run', async () => {
    cpSync(join(ROOT, 'bin'), join(folder.path, 'bin'), { recursive: true })
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}')
    const { status, stderr } = await execute(process.execPath, [join(folder.path, 'bin/edge-gslb.js'), 'check', 'x'])
    expect(status).toBe(1)
    expect(stderr).toContain('run "npm ci" first')
  })

  test('npx finds the command by the name of the package', async () => {
    const { status, stdout } = await execute('npx', ['edge-gslb', '--version'])
    expect({ status, stdout }).toEqual({ status: 0, stdout: '0.1.0\n' })
  })
})

test('explain prints the answer from the zones of a folder', async () => {
  writeZone('example.com', 3, `www IN LUA A "pickwrandom({{1, '192.0.2.1'}, {2, '192.0.2.2'}})"`)
  const args = ['explain', 'www.example.com', '--client', '192.0.2.9', '--zones', zones]
  const { status, stdout } = await edgeGslb(args)
  expect(status).toBe(0)
  expect(stdout).toMatch(/2\/3 +66\.67 % +www\.example\.com\. 300 A 192\.0\.2\.2/)
  const json = await edgeGslb([...args.slice(0, -2), '--json'], { ZONES: zones })
  expect(JSON.parse(json.stdout).answers.map((answer: { probability: string }) => answer.probability)).toEqual([
    '1/3',
    '2/3',
  ])
  expect(await edgeGslb(['explain', 'www.example.com'])).toMatchObject({ status: 2, stdout: '' })
  writeZone('example.com', 3, 'www IN A x')
  expect(await edgeGslb(args)).toMatchObject({ status: 1, stdout: '' })
})

describe('publish to the local KV', () => {
  const publish = (...more: string[]) => edgeGslb(['publish', zones, '--persist-to', state, ...more])

  test('writes changes, keeps other zones, and removes only with --prune', async () => {
    const { stored, close } = await localKv()
    expect(await stored('catalog')).toBeUndefined()
    writeZone('a.example', 1)
    writeZone('b.example', 1)
    expect((await publish()).stdout).toContain('5 KV writes, 0 KV deletes')
    const catalog = await stored('catalog')
    expect(Object.keys((catalog as { zones: object }).zones)).toEqual(['a.example', 'b.example'])
    expect(await stored('zone:a.example')).toMatchObject({ origin: 'a.example.', soa: { serial: 1 } })

    expect((await publish()).stdout).toContain('0 KV writes, 0 KV deletes')

    writeZone('a.example', 2, 'www IN A 192.0.2.999')
    const refused = await publish('--prune', '--yes')
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toMatch(/a\.example\.zone:5:10: .*\n.*nothing was published/)
    expect(await stored('catalog')).toEqual(catalog)

    writeZone('a.example', 2)
    rmSync(join(zones, 'b.example.zone'))
    const kept = await publish()
    expect(kept.stdout).toContain('3 KV writes, 0 KV deletes')
    expect(kept.stdout).toContain('b.example. (published before')
    expect((await publish('--prune', '--yes')).stdout).toContain('1 KV write, 1 KV delete')
    expect(await stored('zone:b.example')).toBeUndefined()
    expect(await stored('zone:a.example')).toMatchObject({ soa: { serial: 2 } })
    await close()
  })

  test('never overwrites a damaged catalog', async () => {
    writeZone('a.example', 1)
    const kv = await localKv()
    expect(await kv.put([{ key: 'catalog', value: '{"zones":' }])).toEqual({ ok: true, value: true })
    const refused = await publish()
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain('the catalog in KV is damaged, so nothing was written')
    expect(await kv.get('catalog')).toEqual({ ok: true, value: '{"zones":' })
    expect(await kv.get('zone:a.example')).toEqual({ ok: true, value: undefined })
    await kv.close()
  })

  test('to an unknown binding is an error', async () => {
    writeZone('a.example', 1)
    const refused = await publish('--binding', 'OTHER')
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain('no KV namespace with the binding OTHER')
  })

  test("wrangler's own commands see the same", async () => {
    writeZone('a.example', 1)
    await publish()
    const kv = wranglerKv(place(), '--local')
    expect(await kv.get('catalog')).toMatchObject({ ok: true, value: expect.stringContaining('"a.example"') })
    expect(await kv.delete(['catalog'])).toEqual({ ok: true, value: true })
    expect(await kv.get('catalog')).toEqual({ ok: true, value: undefined })
    expect(await wranglerKv({ ...place(), binding: 'OTHER' }, '--local').get('catalog')).toMatchObject({ ok: false })
  })

  test('a large zone is read back unchanged', async () => {
    const kv = await localKv()
    const value = JSON.stringify({ text: 'ä'.repeat(4_000_000) })
    expect(await kv.put([{ key: 'zone:big', value }])).toEqual({ ok: true, value: true })
    const back = await kv.get('zone:big')
    expect(back.ok && back.value === value).toBe(true)
    await kv.close()
  })
})

describe('publish --remote, to a stand-in for Cloudflare', () => {
  let cloudflare: FakeCloudflare
  beforeEach(async () => {
    cloudflare = await fakeCloudflare()
    writeZone('a.example', 1)
  })
  afterEach(() => cloudflare.close())

  const publish = (env: Record<string, string> = {}) =>
    edgeGslb(['publish', zones, '--remote', '--prune', '--yes'], {
      CLOUDFLARE_API_BASE_URL: cloudflare.url,
      CLOUDFLARE_API_TOKEN: 'stand-in',
      CLOUDFLARE_ACCOUNT_ID: 'a'.repeat(32),
      ...env,
    })
  const writes = () =>
    cloudflare.requests
      .filter((line) => !line.startsWith('GET') && !line.startsWith('POST'))
      .map((line) => line.replace(/(head|part):\S+/g, '$1'))

  test('the zones first, then the catalog, then deletes', async () => {
    cloudflare.values.set('catalog', JSON.stringify({ zones: { 'old.example': { serial: 1, hash: 'x', zone: 'y' } } }))
    cloudflare.values.set('zone:old.example', '{}')
    const published = await publish()
    expect(published).toMatchObject({ status: 0, stderr: '' })
    expect(published.stdout).toMatch(
      /^changed {4}a\.example\. \d{3} octets; 2 KV writes\nremoved {4}old\.example\.\npublished to production: 3 KV writes, 1 KV delete\n$/,
    )
    expect(writes()).toEqual(['PUT bulk head zone:a.example', 'PUT bulk catalog', 'DELETE bulk zone:old.example'])
    const { zones } = JSON.parse(cloudflare.values.get('catalog') as string)
    expect(Object.keys(zones)).toEqual(['a.example'])
    // The time of the publication is the catalog's alone.
    const { since, ...entry } = zones['a.example']
    expect(since).toBeTypeOf('number')
    expect(cloudflare.metadata.get('zone:a.example')).toEqual(entry)
    expect((await publish()).stdout).toContain('0 KV writes')
  })

  test('a missing catalog counts as empty', async () => {
    expect(await publish()).toMatchObject({ status: 0 })
    expect(writes()).toEqual(['PUT bulk head zone:a.example', 'PUT bulk catalog'])
  })

  test.each([
    ['the read of the catalog fails', () => cloudflare.failing.set('GET values/catalog', 500), 'could not be read'],
    ['the list of keys fails', () => cloudflare.failing.set('GET keys', 403), 'could not be read'],
    [
      'the Worker is not deployed',
      () => Object.assign(cloudflare, { deployed: false }),
      'run "npx wrangler deploy" first',
    ],
  ])('%s: nothing is written', async (_, arrange, message) => {
    arrange()
    const refused = await publish()
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain(message)
    expect(writes()).toEqual([])
  })

  test('without an account it explains how to log in', async () => {
    const refused = await publish({ CLOUDFLARE_API_TOKEN: '', XDG_CONFIG_HOME: folder.path, HOME: folder.path })
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain('run "npx wrangler login"')
    expect(cloudflare.requests).toEqual([])
  })
})

describe('geo --remote, to a stand-in for Cloudflare', () => {
  let cloudflare: FakeCloudflare
  beforeEach(async () => {
    cloudflare = await fakeCloudflare()
  })
  afterEach(() => cloudflare.close())

  const geo = (...args: readonly string[]) =>
    edgeGslb(['geo', ...args, '--remote'], {
      CLOUDFLARE_API_BASE_URL: cloudflare.url,
      CLOUDFLARE_API_TOKEN: 'stand-in',
      CLOUDFLARE_ACCOUNT_ID: 'a'.repeat(32),
    })
  const writes = () => cloudflare.requests.splice(0).filter((line) => !line.startsWith('GET'))
  const database = (city: string): string => {
    const path = join(folder.path, `${city}.mmdb`)
    writeFileSync(path, writeMmdb([['192.0.2.0/24', maxmind({ ...MUNICH, city })]]))
    return path
  }

  test('put, show, put again, remove', async () => {
    // Octets above 127 have to be preserved.
    const put = await geo('put', database('München'))
    expect(put).toMatchObject({ status: 0, stderr: '' })
    expect(put.stdout).toMatch(
      /continent, country, region, city, location; 0\.\d KiB\nput into production: 2 KV writes\nit has no asn: /,
    )
    const [first, named] = writes()
    expect(first).toMatch(/^PUT values\/geo:[0-9a-f]{32}$/)
    expect(named).toBe('PUT bulk geo')
    expect((await geo('show', '192.0.2.1', '192.0.3.1')).stdout).toBe(
      '192.0.2.0/24  EU DE-BY München, 48.1374 11.5755\n192.0.3.0/24  nowhere known\n',
    )
    expect((await geo('put', database('München'))).stdout).toContain(
      'KV has this database already, nothing was written',
    )
    expect(writes()).toEqual([])

    expect((await geo('put', database('Augsburg'))).stdout).toContain('2 KV writes\n')
    writes()
    expect((await geo('put', database('Passau'))).stdout).toContain('2 KV writes, 1 KV delete')
    expect(writes().at(-1)).toBe(`DELETE bulk ${first?.slice('PUT values/'.length)}`)
    expect((await geo('remove')).stdout).toMatch(/^removed from production: geo, geo:\w+, geo:\w+\n$/)
    expect([...cloudflare.values.keys()]).toEqual([])
    expect(await geo('show')).toMatchObject({ status: 1, stderr: expect.stringContaining('has no database; put one') })
  })

  test('a failed write leaves the previous database', async () => {
    cloudflare.failing.set('PUT values/geo:', 500)
    const refused = await geo('put', database('München'))
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain('KV still has the previous database')
    expect(writes()).toEqual([expect.stringMatching(/^PUT values\/geo:/)])
    expect([...cloudflare.values.keys()]).toEqual([])
    cloudflare.deployed = false
    const early = await geo('put', database('München'))
    expect(early).toMatchObject({ status: 1, stdout: '' })
    expect(early.stderr).toContain('run "npx wrangler deploy" first')
  })
})
