import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import worker from './bundle/main.ts'

async function ask(path: string, form?: Record<string, string>): Promise<Response> {
  const context = createExecutionContext()
  const request = new Request(
    `https://gslb.test${path}`,
    form ? { method: 'POST', body: new URLSearchParams(form) } : {},
  )
  const response = await worker.fetch(request as Request<unknown, IncomingRequestCfProperties>, env, context)
  await waitOnExecutionContext(context)
  return response
}

test('without any key the console is 404, and says how to make one', async () => {
  for (const response of [
    await ask('/console'),
    await ask('/console/health'),
    await ask('/console/session', { key: 'x' }),
  ]) {
    expect(response.status).toBe(404)
    expect(await response.text()).toContain('npx edge-gslb key create')
  }
  expect((await ask('/console/data/health')).status).toBe(404)
})
