import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import worker from './bundle/main.ts'
import { EXAMPLE, publish } from './support.ts'

beforeAll(() => publish(EXAMPLE))

async function ask(path: string): Promise<string> {
  const context = createExecutionContext()
  const headers = { 'X-API-Key': 'a-key-for-this-test', 'CF-Connecting-IP': '203.0.113.7' }
  const request = new Request(`https://gslb.test${path}`, { headers })
  const response = await worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    { ...env, API_KEY: 'a-key-for-this-test', TEST_NAME: 'a..b' },
    context,
  )
  await waitOnExecutionContext(context)
  return response.text()
}

test('a TEST_NAME that is not valid is told by the status, and the page asks for a zone', async () => {
  const { problems } = JSON.parse(await ask('/api/v1/health')) as { readonly problems: readonly string[] }
  expect(problems).toEqual([expect.stringMatching(/^TEST_NAME: "a\.\.b" is not a name to ask for; expected /)])
  expect(await ask('/')).toContain('value="example.com"')
})
