import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { compileSource } from '../../src/zonefile/index.ts'
import { reportBreak } from './asked-support.ts'
import { type Answers, FAILED, type Isolate, newIsolate, OK } from './health-support.ts'
import { publish } from './support.ts'

/** A time years from now, so that no alarm runs by itself. */
const NOW = Date.UTC(2044, 0, 1)
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  vi.spyOn(console, 'log').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})
const minute = (count: number): void => void vi.setSystemTime(NOW + count * 60_000)

const FILE = `$TTL 60
@ SOA ns hostmaster 1 2 3 4 5
@ NS ns
ns A 192.0.2.53
*.up LUA A "ifportup(443, {createForward()})"
*.backup LUA A ";return ifportup(443, {{createForward()}, {'192.0.2.99'}}, {backupSelector='first'})"
*.url LUA A ";return ifurlup('https://' .. qname:toString():sub(1, -2) .. '/up', {{'192.0.2.1'}, {'192.0.2.2'}})"
`

async function publishFile(): Promise<void> {
  const source = { file: 'computed.example.zone', text: FILE }
  const compiled = compileSource(source, () => ({ ok: false, error: 'no file' }))
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  await publish({ ...compiled.value.document, origin: 'computed.example' })
}

async function begin(answers: Answers): Promise<Isolate> {
  const isolate = await newIsolate({ API_KEY: 'a key of the tests' }, answers)
  await reportBreak()
  return isolate
}

test('a LUA record with a target from the query is probed from the first query on', async () => {
  await publishFile()
  const catalog = JSON.parse((await env.GSLB.get('catalog')) ?? '')
  expect(catalog.zones['computed.example'].asks).toBe(true)

  const isolate = await begin({ '10.0.0.1': OK, '10.0.0.2': FAILED, '192.0.2.99': OK, '192.0.2.1': FAILED })
  const ask = async (): Promise<Record<string, string>> => ({
    up: await isolate.ask('10-0-0-1.up.computed.example'),
    down: await isolate.ask('10-0-0-2.up.computed.example'),
    backup: await isolate.ask('10-0-0-2.backup.computed.example'),
    url: await isolate.ask('shop.url.computed.example'),
  })
  await ask()
  await isolate.tick()
  expect(isolate.probed.map(({ host }) => host).sort()).toEqual([
    ...['10.0.0.1', '10.0.0.2', '192.0.2.1', '192.0.2.2', '192.0.2.99'],
  ])
  minute(1)
  await ask()
  expect(await ask()).toEqual({ up: '10.0.0.1', down: '10.0.0.2', backup: '192.0.2.99', url: '192.0.2.2' })
  const { body } = await isolate.api('/health')
  expect(body.targets.map(({ target, asked }: Record<string, unknown>) => [target, asked]).sort()).toEqual([
    ['10.0.0.1:443', true],
    ['10.0.0.2:443', true],
    ['192.0.2.1:443', true],
    ['192.0.2.2:443', true],
    // The backup is known without a query.
    ['192.0.2.99:443', undefined],
  ])
  expect(body.targets.find(({ target }: { target: string }) => target === '10.0.0.2:443').state).toBe('down')
})
