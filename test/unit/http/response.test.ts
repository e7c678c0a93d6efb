import { expect, test } from 'vitest'
import { MESSAGE } from '../../../src/http/format.ts'
import { writeResponse } from '../../../src/http/index.ts'
import { GOOGLE_JSON } from '../../../src/http/json.ts'
import { contextOf, queryOf, replyTo, zoneOf } from '../support.ts'

const reply = replyTo(queryOf('x.example.com.', 'A'), contextOf([zoneOf({ x: { A: '192.0.2.1' } })]))
const written = (format = MESSAGE, method = 'GET') => writeResponse(reply, { format, method })

test('responses share no headers and no body', async () => {
  const first = written()
  first.headers.set('Cache-Control', 'changed')
  const octets = await first.bytes()
  const second = written()
  expect(second.headers.get('Cache-Control')).toBe('public, max-age=300')
  expect(await second.bytes()).toEqual(octets)
  expect(octets).toEqual(reply.message)
})

test('each form and method has its own headers', async () => {
  expect(written(GOOGLE_JSON).headers.get('Content-Type')).toBe('application/json; charset=UTF-8')
  expect(written().headers.get('Content-Type')).toBe('application/dns-message')
  expect(written(MESSAGE, 'POST').headers.get('Cache-Control')).toBe('private, max-age=300')
  const head = written(MESSAGE, 'HEAD')
  expect([head.status, head.headers.get('Cache-Control'), head.body]).toEqual([200, 'public, max-age=300', null])
})
