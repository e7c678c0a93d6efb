import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runCount } from '../../effort.ts'
import { type HostileRequest, hostileRequests, setUpZone, ZONE } from './hostile-requests.ts'
import { ApiBench, KEY } from './powerdns-support.ts'

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

const zonePath = `/api/v1/servers/localhost/zones/${ZONE}`

test('malformed requests are 4xx with a reason, and change nothing', async () => {
  const bench = new ApiBench()
  const send = ({ method, path, headers, body }: HostileRequest) =>
    bench.fetch(path, {
      method,
      headers: { 'X-API-Key': KEY, ...headers },
      ...(body !== undefined && { body: body as BodyInit }),
    })
  for (const request of setUpZone) expect((await send(request)).status).toBeLessThan(300)
  const before = await (await send({ method: 'GET', path: zonePath, headers: {} })).text()
  const listed = await (await send({ method: 'GET', path: '/api/v1/servers/localhost/zones', headers: {} })).text()
  const wrong: string[] = []
  for (const request of hostileRequests(runCount(10_000), 12)) {
    const response = await send(request)
    const fault = await faultIn(response)
    if (fault)
      wrong.push(`${request.method} ${request.path.slice(0, 200)} ${String(request.body).slice(0, 300)}: ${fault}`)
  }
  expect(wrong.slice(0, 20)).toEqual([])
  expect(await (await send({ method: 'GET', path: zonePath, headers: {} })).text()).toBe(before)
  expect(await (await send({ method: 'GET', path: '/api/v1/servers/localhost/zones', headers: {} })).text()).toBe(
    listed,
  )
})

async function faultIn(response: Response): Promise<string | undefined> {
  const text = await response.text()
  if (response.status < 400 || response.status > 499) return `${response.status} ${text.slice(0, 300)}`
  if (response.headers.get('content-type') !== 'application/json') return `Content-Type of ${response.status}: ${text}`
  const { error } = JSON.parse(text) as { error?: unknown }
  return typeof error === 'string' && error.length > 2 && error.length < 2000
    ? undefined
    : `no reason: ${text.slice(0, 3000)}`
}
