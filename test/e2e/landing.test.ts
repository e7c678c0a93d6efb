import { request } from 'node:http'
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { decodeStamp } from '../unit/landing/decode-stamp.ts'
import { run } from './processes.ts'
import { exampleZones, type Front, type Server, startFront, startServer } from './server.ts'
import { needs, PYTHON, pathOf } from './tools.ts'
import { open, startBrowser, type Watched } from './watched-page.ts'

const API_KEY = 'a-key-for-this-test'
/** Chromium says this of each response that is an error: the test with a wrong token has one. */
const FAILED_LOAD = 'Failed to load resource: the server responded with a status of 404 (Not Found)'
const PHONE = { width: 375, height: 700 }
const DESKTOP = { width: 1280, height: 800 }

let server: Server
let host: string
beforeAll(async () => {
  server = await startServer(exampleZones(), API_KEY)
  host = `127.0.0.1:${server.port}`
})
afterAll(() => server?.stop())

/** Makes a key that may resolve names, and returns its secret. */
async function makeToken(name: string): Promise<string> {
  const response = await fetch(`${server.url}/api/v1/keys`, {
    method: 'POST',
    headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, scopes: ['resolve'] }),
  })
  const { secret } = (await response.json()) as { readonly secret: string }
  expect(secret).toMatch(/^gslb_/)
  return secret
}

needs('chromium')('the landing page in Chromium', () => {
  let browser: Browser
  let watched: Watched | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())
  afterEach(async () => {
    await watched?.context.close()
    watched = undefined
  })

  async function opened(options: BrowserContextOptions = {}): Promise<Watched> {
    watched = await open(browser, `${server.url}/`, { viewport: DESKTOP, ...options })
    return watched
  }

  const textOf = (page: Page, id: string): Promise<string | null> => page.locator(`#${id}`).textContent()

  /** Presses Test, and waits for what it tells. */
  async function tested(page: Page): Promise<string> {
    await page.getByRole('button', { name: 'Test', exact: true }).click()
    const result = page.locator('#test-result')
    await result
      .getByText(/ ms|No |cannot/)
      .first()
      .waitFor()
    return (await result.innerText()).replaceAll(/\s+/g, ' ')
  }

  const hasBar = (page: Page): Promise<boolean> =>
    page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')

  test('Test asks this very endpoint, and shows rcode, records and time', async () => {
    const { page, hosts, said } = await opened()
    const asked = page.waitForRequest((one) => new URL(one.url()).pathname === '/dns-query')
    expect(await tested(page)).toMatch(/^NOERROR, 1 record, \d+ ms example\.com 86400 SOA dns\.example\.com\. root/)
    expect(new URL((await asked).url()).searchParams.get('dns')).toMatch(/^AAABAAABAAAAAAAA/)
    await page.getByLabel('Name').fill('mail.example.com')
    await page.getByLabel('Type').selectOption('MX')
    expect(await tested(page)).toMatch(/^(NOERROR|NXDOMAIN), 0 records, \d+ ms/)
    await page.getByLabel('Name').fill('outside.invalid-zone.example')
    expect(await tested(page)).toMatch(/^REFUSED, 0 records, \d+ ms/)
    await page.getByLabel('Name').fill('a..b')
    expect(await tested(page)).toMatch(/“a\.\.b” cannot be asked for: expected labels/)
    expect([said, [...hosts]]).toEqual([[], [host]])
  })

  test('Copy copies each text, and says so', async () => {
    const { page, context, said } = await opened()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url })
    const buttons = page.locator('button[data-copy]')
    const count = await buttons.count()
    expect(count).toBeGreaterThan(10)
    for (let i = 0; i < count; i++) {
      const button = buttons.nth(i)
      expect(await button.innerText()).toBe('Copy')
      await button.click()
      const id = (await button.getAttribute('data-copy')) ?? ''
      const told = `Copied: ${await textOf(page, `${id}-label`)}`
      await page.getByText(told, { exact: true }).waitFor({ state: 'attached' })
      const text = await textOf(page, id)
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(text)
    }
    expect(await textOf(page, 'endpoint-url')).toBe(`${server.url}/dns-query`)
    await page
      .getByRole('button', { name: 'Copy' })
      .nth(count - 1)
      .waitFor()
    expect(said).toEqual([])
  })

  test('where copying is not allowed the text is selected', async () => {
    const { page } = await opened()
    await page.evaluate(
      `Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } })`,
    )
    await page.locator('button[data-copy="linux-stamp"]').click()
    await page.locator('#status', { hasText: 'Selected' }).waitFor({ state: 'attached' })
    expect(await page.evaluate('String(getSelection())')).toBe(await textOf(page, 'linux-stamp'))
  })

  test('a token goes into all lines and the profile, and is sent with the test alone', async () => {
    const token = await makeToken('phone')
    const { page, said } = await opened()
    const sent: string[] = []
    page.on('request', (one) => void sent.push(one.url()))
    const before = await page.locator('main').innerText()
    await page.getByLabel('Token', { exact: true }).fill(token)
    expect(await textOf(page, 'endpoint-url')).toBe(`${server.url}/dns-query/${token}`)
    expect(await textOf(page, 'kdig')).toContain(`+https=/dns-query/${token} `)
    expect(decodeStamp((await textOf(page, 'linux-stamp')) ?? '')).toMatchObject({ host, path: `/dns-query/${token}` })
    expect(await page.locator('#profile').getAttribute('href')).toBe(`/dns-query/${token}.mobileconfig`)
    expect((await page.locator('main').innerText()).match(/\/dns-query(?!\/gslb_)/g)).toBeNull()
    const withToken = () => sent.filter((url) => url.includes(token)).map((url) => new URL(url).pathname)
    expect(withToken()).toEqual([])
    expect(await tested(page)).toMatch(/^NOERROR, 1 record/)
    expect(withToken()).toEqual([`/dns-query/${token}`])
    await page.getByLabel('Token', { exact: true }).fill('<img src=x>')
    await page.getByText(/A token has letters/).waitFor()
    await page.getByLabel('Token', { exact: true }).fill('')
    await page.locator('#test-result').evaluate((result) => result.replaceChildren())
    expect(await page.locator('main').innerText()).toBe(before)
    expect(said).toEqual([])
    await page.getByLabel('Token', { exact: true }).fill(token.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')))
    expect(await tested(page)).toMatch(/No DNS reply: HTTP 404/)
  })

  test('markup in an answer is text', async () => {
    const { page, said } = await opened()
    await page.route('**/dns-query?**', (route) =>
      route.fulfill({
        json: {
          Status: 0,
          Answer: [{ name: '<img src=x onerror=alert(1)>', type: 16, TTL: 1, data: '"<script>alert(1)</script>"' }],
          Comment: ['<b>EDE</b>'],
        },
      }),
    )
    expect(await tested(page)).toContain('<img src=x onerror=alert(1)> 1 TXT "<script>alert(1)</script>" <b>EDE</b>')
    expect(await page.locator('#test-result :is(img, script, b)').count()).toBe(0)
    expect(said).toEqual([])
  })

  test.each([PHONE, { width: 320, height: 600 }, DESKTOP, { width: 2560, height: 1200 }])(
    'no horizontal bar at %j',
    async (viewport) => {
      const { page, said } = await opened({ viewport })
      await page.getByLabel('Token', { exact: true }).fill('a'.repeat(128))
      await tested(page)
      expect(await hasBar(page)).toBe(false)
      expect(said).toEqual([FAILED_LOAD])
    },
  )

  test.each([
    ['light', DESKTOP],
    ['dark', DESKTOP],
    ['light', PHONE],
    ['dark', PHONE],
  ] as const)('axe finds nothing: %s, %j', async (colorScheme, viewport) => {
    const { page } = await opened({ colorScheme, viewport })
    await tested(page)
    await page.getByLabel('Token', { exact: true }).fill('not a token')
    await page.evaluate(axe.source)
    const { violations, incomplete } = await page.evaluate(() =>
      (globalThis as unknown as { axe: typeof axe }).axe.run(),
    )
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
    expect(incomplete.map(({ id }) => id)).toEqual([])
  })

  test('everything is reached and done by keyboard', async () => {
    const { page, context } = await opened()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url })
    const reached: string[] = []
    const focused = () => page.evaluate<string>(FOCUSED)
    for (;;) {
      await page.keyboard.press('Tab')
      const name = await focused()
      if (name.startsWith('endpoint-url') || reached.includes(name)) throw new Error(`${name} was reached twice`)
      if (name.startsWith('Copy')) break
      reached.push(name)
    }
    expect(reached[0]).toBe('Skip to the content shown')
    expect(reached).toHaveLength(11)
    expect(reached.every((name) => name.endsWith(' shown'))).toBe(true)
    await page.keyboard.press('Enter')
    await page.locator('#status', { hasText: 'Copied' }).waitFor({ state: 'attached' })
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('test-name shown')
    await page.keyboard.press('Enter')
    await page.locator('#test-result').getByText('NOERROR').waitFor()
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('test-type shown')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Test shown')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('token-field shown')
    const stops = new Set<string>()
    for (let i = 0; i < 30 && !stops.has('profile shown'); i++) {
      await page.keyboard.press('Tab')
      stops.add(await focused())
    }
    expect([...stops]).toEqual(['Copy shown', 'profile shown'])
  })

  test('without JavaScript everything is there to read and copy by hand, and no button is dead', async () => {
    const withScript = await opened()
    const lines = await withScript.page.locator('.copy code').allInnerTexts()
    await withScript.context.close()
    const { page, hosts, said } = await opened({ javaScriptEnabled: false, viewport: PHONE })
    expect(await page.locator('.copy code').allInnerTexts()).toEqual(lines)
    for (const line of await page.locator('.copy code, h2, main p:not([id])').all())
      expect(await line.isVisible()).toBe(true)
    expect(await page.locator('button:visible, input:visible, select:visible').count()).toBe(0)
    expect(await page.getByText('which needs JavaScript').isVisible()).toBe(true)
    const download = page.waitForEvent('download')
    await page.locator('#profile').click()
    expect((await download).suggestedFilename()).toBe(`127.0.0.1-${server.port}.mobileconfig`)
    expect([said, [...hosts]]).toEqual([[], [host]])
  })

  test('dark and light differ', async () => {
    const colors = new Set<string>()
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, context } = await open(browser, `${server.url}/`, { colorScheme })
      colors.add(await page.evaluate('getComputedStyle(document.body).backgroundColor'))
      await context.close()
    }
    expect(colors.size).toBe(2)
  })
})

/** The element that the keyboard is at, and if the reader sees that. */
const FOCUSED = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  const isShown = outlineStyle !== 'none' && outlineWidth !== '0px'
  return (document.activeElement.id || document.activeElement.textContent) + (isShown ? ' shown' : ' not shown')
})()`

needs('python3')('the profile as Python reads it', () => {
  const READ = `
import json, plistlib, sys, uuid
profile = plistlib.loads(sys.argv[1].encode(), fmt=plistlib.FMT_XML)
inner = profile["PayloadContent"][0]
url = inner["DNSSettings"]["ServerURL"]
print(json.dumps([profile["PayloadType"], inner["PayloadType"], inner["DNSSettings"], profile["PayloadVersion"],
    profile["PayloadUUID"].lower() == str(uuid.uuid5(uuid.NAMESPACE_URL, url + "#profile")),
    inner["PayloadUUID"].lower() == str(uuid.uuid5(uuid.NAMESPACE_URL, url + "#dns")),
    profile["PayloadIdentifier"] != inner["PayloadIdentifier"]]))
`
  test.each([
    ['dns.example.net', '/dns-query', 'https://dns.example.net/dns-query'],
    ['dns.example.net:8443', '/dns-query/some-token', 'https://dns.example.net:8443/dns-query/some-token'],
    ['[2001:db8::1]', '/dns-query', 'https://[2001:db8::1]/dns-query'],
  ])('%s%s', async (name, path, url) => {
    const { body } = await get(`${path}.mobileconfig`, { Host: name })
    const { stdout, stderr } = await run(PYTHON, ['-c', READ, body])
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual([
      ...[
        'Configuration',
        'com.apple.dnsSettings.managed',
        { DNSProtocol: 'HTTPS', ServerURL: url },
        1,
        true,
        true,
        true,
      ],
    ])
  })
})

describe('what a client sends as Host', () => {
  test('the page is for it, and for no other header', async () => {
    const { body } = await get('/', { Host: 'dns.example.net', 'X-Forwarded-Host': 'evil.example' })
    expect(body).toContain('>https://dns.example.net/dns-query</code>')
    expect(body).not.toContain('evil')
  })

  test.each([
    '"><script>alert(1)</script>',
    'a"b',
    "a'b",
    'a`id`b',
    'a&b',
    '<b>',
    'x y',
    'x:99999',
    '%3Cb%3E',
    '{{7*7}}',
  ])('%j gives no page, and no profile', async (hostile) => {
    for (const path of ['/', '/dns-query.mobileconfig']) {
      const { status, type, body } = await get(path, { Host: hostile })
      expect(status).toBeGreaterThanOrEqual(400)
      expect(type).not.toMatch(/html|xml|aspen/)
      expect(body).not.toMatch(/<html|<plist/)
    }
  })
})

type Got = { readonly status: number; readonly type: string; readonly body: string }

/** Sends a request with headers that `fetch` would set itself. */
const get = (path: string, headers: Readonly<Record<string, string>>): Promise<Got> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, headers, setHost: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      const { statusCode: status = 0 } = response
      response.on('end', () => resolve({ status, type: response.headers['content-type'] ?? '', body }))
    })
    sent.on('error', reject).end()
  })

needs(
  'curl',
  'kdig',
  'nghttpx',
  'openssl',
)('the lines for a shell', () => {
  let front: Front
  beforeAll(async () => {
    front = await startFront(server.port)
  })
  afterAll(() => front?.stop())

  /** Returns the text of a line, as the page of this host has it. */
  async function line(id: string, name: string): Promise<string> {
    const { body } = await get('/', { Host: name })
    const inner = new RegExp(` id="${id}"[^>]*>(.*?)</code>`, 's').exec(body)?.[1] ?? ''
    return inner
      .replace(/<[^>]*>/g, '')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&')
  }

  test('curl gets an answer', async () => {
    const { stdout } = await run('sh', ['-c', await line('curl-json', host)])
    expect(JSON.parse(stdout)).toMatchObject({ Status: 0, Answer: [{ name: 'example.com', type: 6 }] })
  })

  test('kdig gets an answer, through a front with TLS', async () => {
    const command = await line('kdig', `127.0.0.1:${front.port}`)
    expect(command).toContain(`@127.0.0.1 -p ${front.port} `)
    const kdig = `${pathOf('kdig')} +tls-ca=${front.certificate} +tls-hostname=localhost`
    const { stdout } = await run('sh', ['-c', command.replace(/^kdig/, kdig)])
    expect(stdout).toMatch(/status: NOERROR/)
    expect(stdout).toMatch(/example\.com\.\s+86400\s+IN\s+SOA/)
  })
})
