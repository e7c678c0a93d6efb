import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApi } from '../../src/api/index.ts'
import { openApi, operations } from '../../src/api/openapi/document.ts'
import type { Operation } from '../../src/api/openapi/operation.ts'
import { formatVantage, SIGNATURE_HEADERS, sign } from '../../src/health/index.ts'
import { eventually } from '../eventually.ts'
import { SECRET } from './api-support.ts'
import { type Isolate, newIsolate } from './health-support.ts'

const routed = createApi().routes.filter(({ method }) => method !== 'ALL' && method !== 'OPTIONS')

const API_KEY = 'the key of the tests'
const ZONE = '/api/v1/zones/example.com'

/** The zone that the examples are about. */
const DOCUMENT = (serial: number) => ({
  origin: 'example.com',
  ttl: 60,
  soa: { mname: 'ns', rname: 'hostmaster', serial, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  checks: { load: { kind: 'push' } },
  notify: [{ url: 'http://127.0.0.1:9/hook', format: 'json' }],
  records: {
    '@': { NS: 'ns' },
    ns: { A: '192.0.2.53' },
    www: { A: ['192.0.2.1'] },
    app: { A: { kind: 'pool', check: 'load', select: 'all', members: ['192.0.2.1'] } },
  },
})

let isolate: Isolate
let serial = 10
beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  isolate = await newIsolate({
    API_KEY,
    DNSSEC_SECRET: 'a secret of forty characters, for tests!',
    AGENT_KEYS: JSON.stringify({ fra: SECRET }),
    ...{ QUERIES: { writeDataPoint: () => {} }, ANALYTICS_ACCOUNT: '0'.repeat(32), ANALYTICS_TOKEN: 'a token' },
  })
})

const send = (
  method: string,
  path: string,
  body?: string,
  type = 'application/json',
  headers: Record<string, string> = {},
) =>
  isolate.fetch(path, {
    method: method.toUpperCase(),
    headers: { 'x-api-key': API_KEY, ...(body !== undefined && { 'content-type': type }), ...headers },
    ...(body !== undefined && { body }),
  })

beforeEach(async () => {
  await send('delete', '/api/v1/zones/example.org')
  expect((await send('put', ZONE, JSON.stringify(DOCUMENT(serial++)))).status).toBeLessThan(202)
})

/** Makes what has to be there before an operation finds what it is about; returns other parameters of the path. */
const PREPARE: Readonly<Record<string, () => Promise<Record<string, string>>>> = {
  getChange: async () => ({ id: String(await newestChange()) }),
  getExpectations: expectations,
  removeExpectations: expectations,
  revokeKey: async () => ({
    id: (await (await send('post', '/api/v1/keys', '{"name":"old","scopes":["read"]}')).json<{ id: string }>()).id,
  }),
  getCryptokey: cryptokey,
  modifyCryptokey: cryptokey,
  deleteCryptokey: cryptokey,
  getTraffic: async () => {
    // Cloudflare's API has no peer here: test/worker/traffic.test.ts has what it is asked.
    const fetched = vi.spyOn(globalThis, 'fetch')
    for (let i = 0; i < 4; i++) fetched.mockImplementationOnce(async () => Response.json({ data: [] }))
    return {}
  },
  getHealthHistory: published,
  testNotification: published,
  getLiveness: published,
  push: published,
  explain: published,
  partition: published,
  places: published,
  getMetadata: metadata,
  deleteMetadata: metadata,
}

/** Makes a key beside another one, so that it can go again. */
async function cryptokey() {
  const keys = '/api/v1/servers/localhost/zones/example.com./cryptokeys'
  await send('post', `${ZONE}/dnssec`, '{"kind":"enable"}')
  const made = await send('post', keys, '{"keytype":"zsk","active":false}')
  return { cryptokey_id: String((await made.json<{ id: number }>()).id) }
}

async function newestChange(): Promise<number> {
  const { changes } = await (await send('get', `${ZONE}/history`)).json<{ changes: { id: number }[] }>()
  return changes[0]?.id ?? 0
}

async function expectations() {
  expect((await send('put', `${ZONE}/expectations`, '[{"name":"www.example.com","answer":"192.0.2.1"}]')).status).toBe(
    204,
  )
  return {}
}

async function metadata() {
  const path = '/api/v1/servers/localhost/zones/example.com./metadata/X-Owner'
  expect((await send('put', path, '{"metadata":["ops"]}')).status).toBe(200)
  return {}
}

async function published() {
  await eventually(async () => expect(await isolate.ask('www.example.com')).toBe('192.0.2.1'))
  return {}
}

/** The signature of the agent's request, in place of a key. */
async function agentHeaders(method: string, path: string, body: string): Promise<Record<string, string>> {
  const at = Date.now()
  const signed = { agent: 'fra', method: method.toUpperCase(), path, at, body: new TextEncoder().encode(body) }
  const { agent, at: time, signature } = SIGNATURE_HEADERS
  return { [agent]: 'fra', [time]: String(at), [signature]: await sign(SECRET, signed) }
}

const pathOf = ({ path, parameters = [] }: Operation, more: Record<string, string>): string => {
  const query = new URLSearchParams()
  for (const { name, example, ...parameter } of parameters) {
    if (parameter.in !== 'query' || example === undefined) continue
    for (const value of Array.isArray(example) ? example : [example]) query.append(name, String(value))
  }
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => {
    const example = parameters.find((parameter) => parameter.name === name)?.example
    return encodeURIComponent(more[name] ?? String(example))
  })
  return query.size > 0 ? `${filled}?${query}` : filled
}

const document = openApi('https://gslb.test')
const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema({ $id: 'api', components: document.components })
const faultsOf = (schema: object, value: unknown) => {
  const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components')))
  return validate(value) ? [] : validate.errors
}

const hasRoute = ({ method, path }: Operation): boolean =>
  routed.some((route) => route.method === method.toUpperCase() && plain(route.path) === plain(path))
/** A path whose parameters have no names. */
const plain = (path: string): string => path.replace(/:\w+(?:\{[^{}]*\})?|\{\w+\}/g, '{}')

describe('the description of the API', () => {
  test('has every route, and nothing else', () => {
    const all = operations.map(({ method, path }) => `${method.toUpperCase()} ${plain(path)}`)
    const found = routed.map(({ method, path }) => `${method} ${plain(path)}`)
    expect(all.toSorted()).toEqual([...new Set(found)].toSorted())
  })

  test.each(operations.map((operation) => [operation.operationId, operation] as const))('%s', async (id, operation) => {
    const more = (await PREPARE[id]?.()) ?? {}
    if (id === 'rollBack') {
      expect((await send('delete', ZONE)).status).toBe(204)
    }
    const bodies = Object.entries(operation.requestBody?.content ?? { '': { schema: {}, example: undefined } })
    for (const [type, { example }] of bodies) {
      const path = pathOf(operation, more)
      const body = await bodyOf(id, type, example)
      const signed = operation.security ? await agentHeaders(operation.method, path, body ?? '') : {}
      const response = await send(operation.method, path, body, type, signed)
      const text = await response.text()
      const documented = operation.responses[response.status]
      expect([id, response.status, documented === undefined ? text : '']).toEqual([id, response.status, ''])
      const least = Math.min(...Object.keys(operation.responses).map(Number))
      if (least < 300) expect([id, response.status < 300]).toEqual([id, true])
      const [media = ''] = (response.headers.get('content-type') ?? '').split(';')
      const content = documented?.content
      expect([id, content ? Object.keys(content).includes(media) : text]).toEqual([id, content ? true : ''])
      const schema = content?.[media]?.schema
      if (schema) expect([id, faultsOf(schema, media.includes('json') ? JSON.parse(text) : text)]).toEqual([id, []])
    }
  })

  test('an error is a problem, or an error of PowerDNS, as it is described', async () => {
    const problem = await (await send('get', '/api/v1/zones/a..b')).json()
    expect(faultsOf({ $ref: '#/components/schemas/Problem' }, problem)).toEqual([])
    const unvalid = await (await send('put', ZONE, '{"origin":"example.com"}')).json()
    expect(faultsOf({ $ref: '#/components/schemas/Problem' }, unvalid)).toEqual([])
  })

  test('is YAML, or JSON', async () => {
    const yaml = await send('get', '/api/docs')
    expect([yaml.headers.get('content-type'), (await yaml.text()).split('\n')[0]]).toEqual([
      'application/yaml',
      'openapi: "3.1.1"',
    ])
    for (const type of ['text/yaml', 'text/x-yaml', 'application/json']) {
      const found = await send('get', '/api/docs', undefined, '', { accept: type })
      expect(found.headers.get('content-type')).toBe(type)
      await found.text()
    }
    const json = await (await send('get', '/api/docs', undefined, '', { accept: 'application/json' })).json()
    expect(json).toEqual(JSON.parse(JSON.stringify(document)))
  })
})

/** The examples that depend on what is there. */
async function bodyOf(id: string, type: string, example: unknown): Promise<string | undefined> {
  if (id === 'rollBack') return JSON.stringify({ ...(example as object), to: (await newestChange()) - 1 })
  if (id === 'agentReport') return formatVantage({ name: 'fra', at: Date.now(), seq: Date.now(), targets: new Map() })
  if (example === undefined) return undefined
  return type === 'text/dns' ? String(example) : JSON.stringify(example)
}

test('operations of agents need no key, and the others say so', () => {
  expect(operations.filter(({ security }) => security !== undefined).every(hasRoute)).toBe(true)
})
