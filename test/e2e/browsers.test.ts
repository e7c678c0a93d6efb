import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer, type Server as WebServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Browser, chromium, firefox } from './browsers.ts'
import { until } from './processes.ts'
import { type Front, type Server, startFront, startServer } from './server.ts'
import { needs } from './tools.ts'
import { startUnbound, type Unbound } from './unbound.ts'

const OURS = 'page.ours.example'
const THEIRS = 'page.upstream.example'
const NOBODYS = 'gone.upstream.example'

const ZONE = `$TTL 60
@     IN SOA   ns hostmaster 1 3600 900 604800 60
@     IN NS    ns
ns    IN A     192.0.2.53
page  IN A     127.0.0.1
`

describe('browsers that know no resolver but us', () => {
  let unbound: Unbound
  let server: Server
  let front: Front
  let web: Pages
  beforeAll(async () => {
    unbound = await startUnbound([`${THEIRS}. 60 A 127.0.0.1`])
    server = await startServer({ 'ours.example.zone': ZONE }, '', { UPSTREAMS: unbound.url })
    front = await startFront(server.port)
    web = await startPages()
  })
  afterAll(async () => {
    web?.stop()
    await front?.stop()
    await server?.stop()
    await unbound?.stop()
  })

  const browsers = [
    ['chromium', chromium],
    ['firefox-esr', firefox],
  ] as const
  for (const [name, browserFor] of browsers) {
    needs(
      name,
      'certutil',
      'nghttpx',
      'openssl',
      'unbound',
    )(name, () => {
      test.each([OURS, THEIRS])('opens a page at %s, and finds none at a name that nobody has', async (host) => {
        const browser: Browser = await browserFor(front)
        web.reports.clear()
        const running = browser.open(`http://${host}:${web.port}/`)
        try {
          await until(`${name} has reported`, () => !running.running() || web.reports.size === 2)
          expect(Object.fromEntries(web.reports), running.output()).toEqual({
            [host]: `the page of ${host}`,
            [NOBODYS]: 'no page',
          })
        } finally {
          await running.stop()
          browser.remove()
        }
      })
    })
  }

  test.each([OURS, THEIRS, NOBODYS])('the resolver of this system does not know %s', async (name) => {
    await expect(lookup(name)).rejects.toThrow()
  })
})

type Pages = {
  readonly port: number
  /** The texts that the browser saw, by the host of the page. */
  readonly reports: Map<string, string>
  readonly stop: () => void
}

/** A web server whose pages say by which name they were asked for, and have the browser report it. */
async function startPages(): Promise<Pages> {
  const reports = new Map<string, string>()
  const web: WebServer = createServer(async (request, response) => {
    const { method, url, headers } = request
    const host = headers.host?.split(':')[0] ?? ''
    if (method === 'POST') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      reports.set(decodeURIComponent(url?.slice(1) ?? ''), Buffer.concat(chunks).toString())
      return response.end()
    }
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.setHeader('Content-Type', 'text/html')
    response.end(`<!doctype html><title>Test</title><p>the page of ${host}</p><script>${SCRIPT}</script>`)
  })
  web.listen(0, '127.0.0.1')
  await once(web, 'listening')
  const stop = (): void => {
    web.closeAllConnections()
    web.close()
  }
  return { port: (web.address() as AddressInfo).port, reports, stop }
}

/** Runs in the browser: reports the text of this page, and if there is one at the name of nobody. */
const SCRIPT = `
const report = (host, text) => fetch('/' + host, { method: 'POST', body: text })
report(location.hostname, document.querySelector('p').textContent)
fetch('http://${NOBODYS}:' + location.port + '/').then((page) => page.text(), () => 'no page').then((text) => report('${NOBODYS}', text))
`
