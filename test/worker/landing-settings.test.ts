import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import worker from './bundle/main.ts'

const SETTINGS = {
  DOH_PATH: '/dns/home',
  UPSTREAMS: 'https://upstream.test/dns-query',
  FORWARD_TO: 'token 198.51.100.0/24',
  TEST_NAME: 'www.example.com AAAA',
}

async function ask(path: string, from = '203.0.113.7', settings: Partial<typeof SETTINGS> = {}): Promise<Response> {
  const context = createExecutionContext()
  const request = new Request(path.startsWith('/') ? `https://gslb.test${path}` : path, {
    headers: { 'CF-Connecting-IP': from },
  })
  const response = await worker.fetch(
    request as Request<unknown, IncomingRequestCfProperties>,
    { ...env, ...SETTINGS, ...settings },
    context,
  )
  await waitOnExecutionContext(context)
  return response
}

test('the page has the path of DOH_PATH, everywhere', async () => {
  const html = await (await ask('/')).text()
  expect(html).toContain('>https://gslb.test/dns/home</code>')
  expect(html).toContain('href="/dns/home.mobileconfig"')
  expect(html).not.toContain('dns-query')
})

test('the profile is at the path of DOH_PATH, and no other', async () => {
  expect(await (await ask('/dns/home.mobileconfig')).text()).toContain('<string>https://gslb.test/dns/home</string>')
  expect(await (await ask('/dns/home/token.mobileconfig')).text()).toContain('https://gslb.test/dns/home/token<')
  expect((await ask('/dns-query.mobileconfig')).status).toBe(404)
})

test('TEST_NAME is the name and the type that the page asks for', async () => {
  const html = await (await ask('/')).text()
  expect(html).toContain('value="www.example.com"')
  expect(html).toMatch(/<option value="28" selected[^>]*>AAAA</)
})

test('the page tells the reader whose names are forwarded', async () => {
  expect(await (await ask('/')).text()).toMatch(/some networks or with a token, .* Your network is not one of them/)
  expect(await (await ask('/', '198.51.100.9')).text()).toMatch(/Your network is one of them/)
  expect(await (await ask('/', '198.51.100.9', { UPSTREAMS: ' ' })).text()).toMatch(/are refused\./)
  expect(await (await ask('/', '203.0.113.7', { FORWARD_TO: 'on' })).text()).toMatch(/forwarded to other resolvers/)
  expect(await (await ask('/', '203.0.113.7', { FORWARD_TO: 'off' })).text()).toMatch(/are refused\./)
  expect(await (await ask('/', '203.0.113.7', { FORWARD_TO: 'token' })).text()).toMatch(/for clients with a token,/)
})

test.each(['a"b', "a'b", 'a&b', 'a`id`', 'a;b', 'a$b', 'a{b}', 'a..b', '-a'])(
  'the host %j is refused',
  async (host) => {
    for (const path of ['/', '/dns/home.mobileconfig', '/dns/home/token.mobileconfig']) {
      const response = await ask(`https://${host}${path}`)
      expect([response.status, response.headers.get('content-type')]).toEqual([400, 'text/plain; charset=UTF-8'])
      expect(await response.text()).not.toContain(host)
    }
  },
)
