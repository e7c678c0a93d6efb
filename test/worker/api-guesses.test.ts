import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MAX_GUESSES } from '../../src/limits.ts'
import { settings } from './api-support.ts'
import { newIsolate } from './health-support.ts'

let errors: unknown[][]
beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  errors = []
  vi.spyOn(console, 'error').mockImplementation((...line) => void errors.push(line))
})
afterEach(() => vi.restoreAllMocks())

const from = (address: string, key: string) => ({ headers: { 'cf-connecting-ip': address, 'x-api-key': key } })

test('guesses of the key are limited and logged once, and lock no right key out', async () => {
  const isolate = await newIsolate(settings)
  // The clock is stopped, so the number of allowed requests does not depend on the machine.
  const now = Date.now()
  vi.spyOn(Date, 'now').mockReturnValue(now)
  const get = async (address: string, key: string): Promise<Response> =>
    isolate.fetch('/api/v1/overrides', from(address, key))
  const statuses: number[] = []
  for (let i = 0; i < 3 * MAX_GUESSES; i++) statuses.push((await get('192.0.2.66', `guess ${i}`)).status)
  expect(statuses.slice(0, MAX_GUESSES)).toEqual(Array(MAX_GUESSES).fill(401))
  expect(statuses.slice(MAX_GUESSES)).toEqual(Array(2 * MAX_GUESSES).fill(429))
  expect((await get('192.0.2.7', settings.API_KEY)).status).toBe(200)
  // The right key counts there, too, and does not give guesses back.
  expect((await get('192.0.2.66', settings.API_KEY)).status).toBe(200)
  const after = await get('192.0.2.66', 'a guess')
  expect([after.status, after.headers.get('retry-after')]).toEqual([429, '1'])
  const lines = errors.flat().filter((line) => String(line).includes('api-key-guessed'))
  expect(lines).toEqual(['{"event":"api-key-guessed","wrong":1,"last":"192.0.2.66"}'])
})

test('the right key and requests without a key are not limited', async () => {
  const isolate = await newIsolate(settings)
  for (let i = 0; i < 3 * MAX_GUESSES; i++) {
    expect((await isolate.fetch('/api/v1/overrides', from('192.0.2.7', ''))).status).toBe(401)
    expect((await isolate.fetch('/api/v1/overrides', from('192.0.2.7', settings.API_KEY))).status).toBe(200)
  }
})

test('a truncated body is 400, and not an event', async () => {
  const isolate = await newIsolate(settings)
  const broken = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(20))
        controller.error(new Error('connection lost'))
      },
    })
  for (const [path, method, type] of [
    ['/dns-query', 'POST', 'application/dns-message'],
    ['/api/v1/overrides', 'PUT', 'application/json'],
    ['/api/v1/push', 'POST', 'application/json'],
    ['/api/v1/agents/agent-1/report', 'POST', 'application/json'],
  ] as const) {
    const headers = { 'content-type': type, 'x-api-key': settings.API_KEY }
    const response = await isolate.fetch(path, { method, headers, body: broken() })
    expect([path, response.status]).toEqual([path, 400])
    expect(await response.text()).toMatch(/ended before it was complete; expected all of it/)
  }
  expect(errors).toEqual([])
})
