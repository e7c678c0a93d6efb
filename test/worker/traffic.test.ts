import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import worker from './bundle/main.ts'

const API_KEY = 'a-key-for-this-test-of-32-letters'
const ACCOUNT = '0123456789abcdef0123456789abcdef'
const READING = {
  QUERIES: { writeDataPoint: () => {} },
  ANALYTICS_ACCOUNT: ACCOUNT,
  ANALYTICS_TOKEN: 'a secret token of the account',
}
const HOSTILE = '<img src=x onerror=alert(1)>'

vi.spyOn(console, 'log').mockImplementation(() => {})

/** The queries that Cloudflare's API was asked, and what it answers. */
const asked: { readonly url: string; readonly sql: string; readonly token: string | null }[] = []
let answer: (sql: string) => Response
const rows = (data: unknown) => Response.json({ meta: [], data, rows: 1 })
vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init = {}) => {
  const sql = String(init.body)
  asked.push({ url: String(url), sql, token: new Headers(init.headers).get('authorization') })
  return answer(sql)
})
beforeEach(() => {
  asked.length = 0
  answer = (sql) => {
    if (sql.includes('AS zone')) return rows([{ zone: 'example.com', rcode: 'NOERROR', queries: '1200.4' }])
    if (sql.includes('AS branch')) return rows([{ rrset: 'www.example.com/A', branch: HOSTILE, queries: 1200 }])
    if (sql.includes('AS country'))
      return rows([
        { country: 'DE', queries: 700 },
        { country: '', queries: 500 },
      ])
    return rows([
      { at: 1_796_126_400, queries: '600' },
      { at: 1_796_126_700, queries: 600 },
    ])
  }
})

async function send(path: string, settings: object, init: RequestInit = {}): Promise<Response> {
  const context = createExecutionContext()
  const request = new Request(`https://gslb.test${path}`, { redirect: 'manual', ...init })
  const response = await worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    { ...env, API_KEY, ...settings },
    context,
  )
  await waitOnExecutionContext(context)
  return response
}

const api = (path: string, settings: object = READING) =>
  send(`/api/v1${path}`, settings, { headers: { 'X-API-Key': API_KEY } })

async function page(path: string, settings: object): Promise<Response> {
  const signedIn = await send('/console/session', settings, {
    method: 'POST',
    body: new URLSearchParams({ key: API_KEY }),
  })
  const Cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] as string
  return send(path, settings, { headers: { Cookie } })
}

test('counts are read by four queries, with the token, from the account', async () => {
  const reply = await api('/traffic?hours=6')
  expect(await reply.json()).toEqual({
    ...{ hours: 6, step: 300 },
    series: [
      { at: '2026-12-01T12:00:00.000Z', queries: 600 },
      { at: '2026-12-01T12:05:00.000Z', queries: 600 },
    ],
    zones: [{ zone: 'example.com', rcode: 'NOERROR', queries: 1200 }],
    branches: [{ rrset: 'www.example.com/A', branch: HOSTILE, queries: 1200 }],
    countries: [
      { country: 'DE', queries: 700 },
      { country: '', queries: 500 },
    ],
  })
  expect(asked).toHaveLength(4)
  for (const { url, sql, token } of asked) {
    expect(url).toBe(`https://api.cloudflare.com/client/v4/accounts/${ACCOUNT}/analytics_engine/sql`)
    expect(token).toBe('Bearer a secret token of the account')
    expect(sql).toMatch(/^SELECT .* FROM edge_gslb_queries WHERE timestamp > NOW\(\) - INTERVAL '6' HOUR /)
  }
})

test('a week is in longer steps, so that the points are few', async () => {
  expect(await (await api('/traffic?hours=168')).json()).toMatchObject({ step: 2100 })
})

test.each(['0', '745', '-1', "1' OR 1", '1e3', ''])('hours=%j is refused, and nothing is asked', async (hours) => {
  expect((await api(`/traffic?${new URLSearchParams({ hours })}`)).status).toBe(400)
  expect(asked).toEqual([])
})

test('a refusal of Cloudflare, silence and nonsense are told without the token', async () => {
  for (const odd of [
    () => new Response('no', { status: 403 }),
    () => new Response('<html>'),
    () => Response.json({ rows: 0 }),
    () => {
      throw new Error('the network is gone')
    },
  ]) {
    answer = odd
    const reply = await api('/traffic')
    expect(reply.status).toBe(503)
    expect(await reply.text()).not.toContain('secret token')
  }
})

test.each([
  { ...READING, QUERIES: undefined },
  { ...READING, ANALYTICS_TOKEN: '' },
  { ...READING, ANALYTICS_ACCOUNT: '../../x' },
  { ...READING, ANALYTICS_DATASET: 'a; DROP' },
])('there is no page, no link to it and no count where they cannot be read: %j', async (settings) => {
  expect((await api('/traffic', settings)).status).toBe(404)
  expect((await page('/console/traffic', settings)).status).toBe(404)
  expect(await (await page('/console', settings)).text()).not.toContain('/console/traffic')
  expect(asked).toEqual([])
})

test('the page shows them, and what a zone says in a branch is text', async () => {
  const html = await (await page('/console/traffic', READING)).text()
  for (const text of ['1,200 queries', 'www.example.com/A', '>DE<', 'unknown', 'href="/console/traffic"'])
    expect(html).toContain(text)
  expect(html).not.toContain('<img')
})
