import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MAX_BACKEND_CALL_BYTES, MAX_GUESSES } from '../../../../src/limits.ts'
import { API_KEY, Api, failingStorage } from '../support.ts'

beforeEach(() => {
  for (const level of ['log', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

/** A call that needs no storage. */
const CALL = 'getUnfreshSlaveInfos'
const FIRST = encodeURIComponent(API_KEY)
const call = (api: Api, key: string, path = CALL) => api.fetch('GET', `/pdns/${key}/${path}`)

describe('the key in the path', () => {
  test('may be the first key, or one that may read', async () => {
    const api = new Api()
    for (const key of [
      FIRST,
      await api.keyWith('read'),
      await api.keyWith('pdns'),
      await api.keyWith('health', 'everything'),
    ]) {
      const response = await call(api, key)
      expect([response.status, await response.json()]).toEqual([200, { result: [] }])
      expect(response.headers.get('content-type')).toBe('application/json')
    }
  })
  test('is refused if it may not read answers', async () => {
    const api = new Api()
    for (const scope of ['health', 'zone:example.com', 'acme:www.example.com'])
      expect((await call(api, await api.keyWith(scope))).status).toBe(403)
  })
  test('is 404 if it is wrong, ends, or is missing, and no result of a call', async () => {
    const api = new Api()
    for (const key of ['wrong', `${FIRST}x`, '%zz', '', `gslb_abcdefgh_${'a'.repeat(32)}`]) {
      const response = await call(api, key)
      expect([response.status, await response.json()]).toEqual([404, expect.not.objectContaining({ result: false })])
    }
  })
  test('is 404 while there is no key at all', async () => {
    const response = await call(new Api({ apiKey: undefined }), 'any')
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('the API is off')])
  })
  test('may be guessed a few times only, which shuts nobody out', async () => {
    const api = new Api()
    for (let guess = 0; guess < MAX_GUESSES; guess++) expect((await call(api, `guess-${guess}`)).status).toBe(404)
    const response = await call(api, 'guess')
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1'])
    expect((await call(api, FIRST)).status).toBe(200)
  })
  test('is no answer while keys cannot be read', async () => {
    expect((await call(new Api({ keys: failingStorage() }), `gslb_abcdefgh_${'a'.repeat(32)}`)).status).toBe(503)
  })
})

describe('the modes of the connector', () => {
  test('a form and JSON are read by POST', async () => {
    const api = new Api()
    const form = await api.fetch('POST', `/pdns/${FIRST}/${CALL}`, {}, 'parameters=%7B%7D')
    expect(await form.json()).toEqual({ result: [] })
    for (const path of [`/pdns/${FIRST}`, `/pdns/${FIRST}/`]) {
      const json = await api.fetch('POST', path, {}, '{"method":"getUnfreshSlaveInfos","parameters":{}}')
      expect(await json.json()).toEqual({ result: [] })
    }
  })
  test.each(['PATCH', 'DELETE', 'PUT', 'POST'])('%s of what is not known is false', async (method) => {
    const response = await new Api().fetch(method, `/pdns/${FIRST}/feedRecord/1`)
    expect([response.status, await response.json()]).toEqual([200, { result: false }])
  })
  test('what is no call is 400, and a body that is too long 413', async () => {
    const api = new Api()
    expect((await call(api, FIRST, '')).status).toBe(400)
    expect((await api.fetch('POST', `/pdns/${FIRST}`, {}, '{')).status).toBe(400)
    expect((await api.fetch('POST', `/pdns/${FIRST}`, {}, 'x'.repeat(MAX_BACKEND_CALL_BYTES + 1))).status).toBe(413)
  })
})
