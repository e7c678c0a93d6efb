import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { ask } from '../../../src/cli/http-client.ts'
import { readKey } from '../../../src/cli/secret.ts'
import { folderWith } from './support.ts'

test.each([
  ['two lines, as of an output that was caught whole', 'gslb_abc\ngslb_def'],
  ['zeros, as in UTF-16', 'g\0s\0l\0b'],
  ['typographic quotes', '“gslb_abc”'],
])('a key with %s is refused, and not told', (_, value) => {
  const read = readKey('EDGE_GSLB_KEY', undefined, { EDGE_GSLB_KEY: value })
  const error = 'EDGE_GSLB_KEY has characters that no key has, like a line feed; expected the key alone'
  expect(read).toEqual({ ok: false, error })
})

test('a key file with characters that no key has is named', () => {
  const folder = folderWith({ key: 'g\0s\0l\0b' })
  const read = readKey('EDGE_GSLB_KEY', `${folder}/key`, {})
  expect(read).toMatchObject({ ok: false, error: expect.stringMatching(/^the key file \S+\/key has characters/) })
})

test('a value that no header can hold is not in the error', async () => {
  const asked = await ask(new URL('http://127.0.0.1:2'), { headers: { 'X-API-Key': 'gslb\nabc' } })
  expect(asked).toMatchObject({ ok: false, error: expect.stringContaining('X-API-Key has a character') })
  expect(JSON.stringify(asked)).not.toContain('abc')
})

test('a server without TLS is told in one line', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const asked = await ask(new URL(origin), { headers: {} })
  server.close()
  expect(asked).toEqual({ ok: false, error: `${origin} does not answer in TLS, which https:// means` })
})
