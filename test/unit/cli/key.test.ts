import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { type KeyAction, type KeyStore, keyCommand } from '../../../src/cli/key/key.ts'
import { keysThroughApi } from '../../../src/cli/key/through-api.ts'
import { keysInKv } from '../../../src/cli/key/through-kv.ts'
import type { PublishKv } from '../../../src/cli/kv/kv.ts'
import { findKey, parseNewKey } from '../../../src/keys/index.ts'
import { err, ok } from '../../../src/result.ts'
import { API_KEY, Api } from '../api/support.ts'
import { storageWith } from '../keys/support.ts'
import { must } from '../support.ts'
import { recorder } from './support.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const end of ends.splice(0)) await end()
})

/** Keys in a KV that fails on demand. */
function inKv(values: Map<string, string> = new Map(), failing?: keyof PublishKv) {
  const storage = storageWith(values)
  const or = async <T>(call: keyof PublishKv, value: Promise<T>) =>
    call === failing ? err('KV is away; try again') : ok(await value)
  const kv: PublishKv = {
    get: (key) => or('get', storage.get(key)),
    getAll: (keys) => or('getAll', storage.getAll(keys)),
    list: (prefix) =>
      or(
        'list',
        storage.list(prefix).then((names) => names.map((name) => ({ name }))),
      ),
    put: async (rows) => {
      if (failing !== 'put') for (const { key, value } of rows) values.set(key, value as string)
      return or('put', Promise.resolve(true as const))
    },
    delete: async (keys) => {
      if (failing !== 'delete') for (const key of keys) values.delete(key)
      return or('delete', Promise.resolve(true as const))
    },
    getBytes: async () => ok(undefined),
    putBytes: async () => ok(true),
    close: async () => {},
  }
  return keysInKv(kv, 'local KV')
}

/** Keys through the API of a server. */
async function throughApi(values: Map<string, string>, secret = API_KEY) {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const api = new Api({ keys: storageWith(values) })
  const textOf = async (request: IncomingMessage) => (await request.toArray()).map(String).join('')
  const server = createServer(async (request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const body = await textOf(request)
    const reply = await api.fetch(request.method ?? '', request.url ?? '', headers, body === '' ? undefined : body)
    response.writeHead(reply.status, Object.fromEntries(reply.headers)).end(await reply.text())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => new Promise((resolve) => server.close(resolve)))
  return keysThroughApi(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), secret)
}

async function run(store: KeyStore, action: KeyAction, isJson = false) {
  const console = recorder()
  const status = await keyCommand(action, async () => ok(store), Date.now(), console, isJson)
  return { status, stdout: console.stdout.join('\n'), stderr: console.stderr.join('\n') }
}

const create = (name: string, scopes: readonly string[], end?: string): KeyAction => ({
  ...{ kind: 'create', wanted: must(parseNewKey({ name, scopes, ...(end && { ends: end }) }, Date.now())) },
})

test.each<[string, (values: Map<string, string>) => KeyStore | Promise<KeyStore>]>([
  ['in KV', inKv],
  ['through the API', throughApi],
])('keys %s are made, listed and revoked', async (_, open) => {
  const values = new Map<string, string>()
  const store = await open(values)
  const made = await run(store, create('ci', ['zone:example.com', 'read'], '90d'))
  expect([made.status, made.stdout]).toEqual([0, expect.stringMatching(/^gslb_[a-z2-7]{8}_[a-z2-7]{32}$/)])
  expect(made.stderr).toContain('may: zone:example.com, read, until ')
  const id = made.stdout.slice(5, 13)
  const found = await findKey(storageWith(values), made.stdout, Date.now())
  expect(found).toMatchObject({ kind: 'found', key: { id, name: 'ci' } })

  const listed = await run(store, { kind: 'list' })
  expect(listed.stdout.split('\n').at(-1)).toMatch(
    new RegExp(`^${id} +ci +zone:example.com read +made \\d{4}-\\d\\d-\\d\\d +ends \\d{4}-\\d\\d-\\d\\d$`),
  )
  const json = await run(store, { kind: 'list' }, true)
  expect(JSON.parse(json.stdout).keys.at(-1)).toMatchObject({ id, name: 'ci', scopes: ['zone:example.com', 'read'] })
  expect(listed.stdout + json.stdout).not.toContain(made.stdout.slice(14))

  const taken = await run(store, create('ci', ['read']))
  expect([taken.status, taken.stderr]).toEqual([1, expect.stringContaining('there is a key with the name ci')])
  expect(await run(store, { kind: 'revoke', id })).toMatchObject({ status: 0, stderr: '' })
  expect([...values.keys()]).toEqual([])
  const again = await run(store, { kind: 'revoke', id })
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('there is no key')])
})

test('a key as JSON has its secret, and nothing else is printed', async () => {
  const { status, stdout, stderr } = await run(inKv(), create('ci', ['health']), true)
  expect([status, stderr]).toEqual([0, ''])
  expect(JSON.parse(stdout)).toEqual({
    ...{ id: expect.any(String), name: 'ci', scopes: ['health'], created: expect.any(String) },
    secret: expect.stringMatching(/^gslb_/),
  })
  expect(JSON.parse((await run(inKv(), { kind: 'revoke', id: 'x' }, true)).stdout || 'null')).toBeNull()
})

test('an empty list says where it is; ended and damaged keys are marked', async () => {
  expect((await run(inKv(), { kind: 'list' })).stdout).toBe('no keys in local KV')
  const values = new Map<string, string>()
  const store = inKv(values)
  const { stdout: secret } = await run(store, create('old', ['read'], '1d'))
  const key = `key:${secret.slice(5, 13)}`
  values.set(key, JSON.stringify({ ...JSON.parse(values.get(key) ?? ''), ends: '2020-01-01T00:00:00Z' }))
  values.set('key:aaaaaaaa', '{')
  const { status, stdout, stderr } = await run(store, { kind: 'list' })
  expect([status, stdout]).toEqual([0, expect.stringMatching(/ {2}ended 2020-01-01$/)])
  expect(stderr).toBe('warning: the key aaaaaaaa cannot be read, and opens nothing; expected that it is revoked')
})

test.each<[keyof PublishKv, KeyAction]>([
  ['list', create('ci', ['read'])],
  ['put', create('ci', ['read'])],
  ['getAll', { kind: 'list' }],
  ['get', { kind: 'revoke', id: 'abcdefgh' }],
])('KV that fails at %s is an error, and no secret is printed', async (failing, action) => {
  const { status, stdout, stderr } = await run(inKv(new Map(), failing), action)
  expect([status, stdout, stderr]).toEqual([1, '', 'error: KV is away; try again'])
})

test('the API refuses a wrong key, and one that may not make keys, with its reason', async () => {
  const values = new Map<string, string>()
  const wrong = await run(await throughApi(values, 'wrong'), { kind: 'list' })
  expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringMatching(/rejects the key in EDGE_GSLB_KEY/)])
  const { stdout: reading } = await run(inKv(values), create('reader', ['read']))
  const refused = await run(await throughApi(values, reading), create('mine', ['everything']))
  expect([refused.status, refused.stdout]).toEqual([1, ''])
  expect(refused.stderr).toContain('status 403: the key reader may: read all zones, answers and health;')
})

test('a server that is no edge-gslb, or none at all, is an error', async () => {
  const server = createServer((_, response) => response.writeHead(200).end('{"keys":[{"id":1}]}'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const other = await run(keysThroughApi(url, 'x'), { kind: 'list' })
  expect([other.status, other.stderr]).toEqual([1, expect.stringContaining('did not answer with keys')])
  await new Promise((resolve) => server.close(resolve))
  const none = await run(keysThroughApi(url, 'x'), { kind: 'list' })
  expect([none.status, none.stderr]).toEqual([1, expect.stringContaining('nothing answers at')])
})
