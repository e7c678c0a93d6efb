import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { STORIES } from '../e2e/powerdns-api-cases.ts'
import { lack } from '../e2e/powerdns-api-compare.ts'
import { runStories } from '../e2e/powerdns-api-run.ts'
import { runCount } from '../effort.ts'
import { type HostileRequest, hostileRequests, setUpZone, ZONE } from '../unit/api/hostile-requests.ts'
import { Isolate, newIsolate } from './health-support.ts'

const KEY = 'the key of the tests'
const Z = '/api/v1/servers/localhost/zones'

// A new isolate loads its modules anew, which ends the Durable Objects of the one before. All tests share one.
let isolate: Isolate
beforeEach(async () => {
  isolate ??= await newIsolate({ API_KEY: KEY })
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

const send = ({ method, path, headers, body }: HostileRequest): Promise<Response> =>
  isolate.fetch(path, {
    method,
    headers: { 'X-API-Key': KEY, ...headers },
    ...(body !== undefined && { body: body as BodyInit }),
  })

test.each(STORIES)("PowerDNS's API over Durable Objects: $title", async (story) => {
  const outcomes = await runStories({ key: KEY, fetch: (path, init) => isolate.fetch(path, init) }, [story])
  const wrong = outcomes.flatMap(({ call, answer }) => {
    const told = `${call.request} ${(call.text ?? JSON.stringify(call.body) ?? '').slice(0, 300)}`
    if (answer.status !== call.status) return [`${told}: ${answer.status}, not ${call.status}: ${answer.text}`]
    const lacking = call.has === undefined ? undefined : lack(call.has, answer.body)
    return lacking ? [`${told}: ${lacking}`] : []
  })
  expect(wrong).toEqual([])
  expect(outcomes).toHaveLength(story.calls.length)
})

test('malformed requests are 4xx with a reason, and change no zone', async () => {
  for (const request of setUpZone) expect((await send(request)).status).toBe(201)
  const get = async (path: string) => (await send({ method: 'GET', path, headers: {} })).text()
  const [before, listed] = [await get(`${Z}/${ZONE}`), await get(Z)]
  const wrong: string[] = []
  for (const request of hostileRequests(runCount(1500), 2026)) {
    const response = await send(request)
    const text = await response.text()
    const isRefused = response.status >= 400 && response.status < 500 && JSON.parse(text).error?.length > 2
    if (!isRefused) {
      wrong.push(
        `${request.method} ${request.path.slice(0, 200)} ${String(request.body).slice(0, 300)}: ${response.status} ${text}`,
      )
    }
  }
  expect(wrong.slice(0, 20)).toEqual([])
  expect(await get(`${Z}/${ZONE}`)).toBe(before)
  expect(await get(Z)).toBe(listed)
})

test('100 PATCHes of different names at once all survive, and answers show them', async () => {
  const zone = 'many.example.'
  const make = { name: zone, kind: 'Native', nameservers: ['ns.example.net.'] }
  expect((await send({ method: 'POST', path: Z, headers: {}, body: JSON.stringify(make) })).status).toBe(201)
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, number) => {
      const records = [{ content: `192.0.2.${number}`, disabled: false }]
      const rrset = { name: `n${number}.${zone}`, type: 'A', ttl: 60, changetype: 'REPLACE', records }
      return send({ method: 'PATCH', path: `${Z}/${zone}`, headers: {}, body: JSON.stringify({ rrsets: [rrset] }) })
    }),
  )
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([204]))
  const read = await send({ method: 'GET', path: `${Z}/${zone}`, headers: {} })
  const { rrsets } = (await read.json()) as { rrsets: { type: string }[] }
  expect(rrsets.filter(({ type }) => type === 'A')).toHaveLength(100)
})

test('a fault of KV or of a Durable Object is 503 in JSON, and never an empty list', async () => {
  const broken = async (): Promise<never> => {
    throw new Error('KV is on fire')
  }
  const object = { read: broken, change: broken, history: broken, past: broken, notice: broken, index: broken }
  const failing = { idFromName: () => '', get: () => object, getByName: () => object }
  const failed = { ...isolate.env, LEDGER: failing, ADOPTER: failing } as unknown as typeof isolate.env
  const other = new Isolate(isolate.worker, failed, [])
  for (const [method, path, body] of [
    ['GET', Z, undefined],
    ['GET', `${Z}?zone=a.example.`, undefined],
    ['GET', `${Z}/a.example.`, undefined],
    ['PATCH', `${Z}/a.example.`, '{"rrsets": []}'],
    ['DELETE', `${Z}/a.example.`, undefined],
    ['GET', '/api/v1/servers/localhost/search-data?q=x', undefined],
  ] as const) {
    const response = await other.fetch(path, { method, headers: { 'X-API-Key': KEY }, ...(body && { body }) })
    expect([method, path, response.status]).toEqual([method, path, 503])
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({ error: expect.any(String) })
  }
})
