import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { ApiClient } from '../../../src/cli/api/client.ts'

test('a call that Ctrl-C ends is told as interrupted, and not as a server that cannot be reached', async () => {
  const stop = new AbortController()
  // It never answers.
  const server = createServer(() => stop.abort()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const client = new ApiClient(url, 'k', { wait: async () => {}, stopped: stop.signal })
  const called = await client.call({ path: '/api/v1/zones' })
  server.close()
  expect(called).toEqual({
    ok: false,
    error: { status: undefined, why: 'interrupted before the server answered', errors: [], attempts: 1 },
  })
})
