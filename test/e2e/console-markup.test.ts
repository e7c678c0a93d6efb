import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { API_KEY, type ConsoleServer, openConsole, startConsole } from './console.ts'
import { crawl } from './console-pages.ts'
import { HostileTargets } from './hostile-targets.ts'
import { type Running, start, until } from './processes.ts'
import { Receiver } from './receiver.ts'
import { needs } from './tools.ts'
import { startBrowser } from './watched-page.ts'

/** Markup that makes an element, loads an image and runs a script, if any page takes it for such. */
const markup = (name: string): string => `<x-mark id=${name}><img src=x onerror=alert(1)>`
/** The same without a space, for what may have none. */
const joined = (name: string): string => markup(name).replaceAll(' ', '/')
/** The same, out of an attribute, a script and a text. */
const breaking = (name: string): string => `"'></script></textarea>${markup(name)}<script>alert(1)</script>&lt;`

/** A reason of a state has 80 characters at most; what a target said is cut there. */
const PUSHED_WHY = `"'></script><x-mark id=pushed><script>alert(1)</script>`

const SOA = { mname: 'ns1', rname: 'ops', serial: 1, refresh: 3600, retry: 900, expire: 604800, minimum: 60 }
const AGENT_SECRET = 'the secret of the agent of these tests'

/** Targets by address: what they send, and what the console tells of it. Nothing of an HTTP reply gets there. */
const HTTP_TARGETS = [
  ['127.0.1.1', `HTTP/1.1 500 ${markup('status')}\r\nContent-Length: 0\r\n\r\n`, 'status 500, expected 200'],
  ['127.0.1.2', `${markup('line')}\r\n\r\n`, 'not HTTP: no status line'],
  ['127.0.1.3', `HTTP/1.1 200 OK\r\nContent-Length: ${markup('length')}\r\n\r\n`, 'Content-Length is not a number'],
  [
    '127.0.1.4',
    `HTTP/1.1 302 x\r\nLocation: javascript:alert('${markup('scheme')}')\r\n\r\n`,
    'a URL that is not HTTP',
  ],
  ['127.0.1.5', `HTTP/1.1 302 x\r\nLocation: http://${markup('host')}/\r\n\r\n`, 'does not lead to a valid URL'],
  ['127.0.1.6', `HTTP/1.1 302 x\r\nLocation: /${markup('path')}\r\n\r\n`, 'redirected in a loop'],
  [
    '127.0.1.7',
    `HTTP/1.1 200 OK\r\n${markup('header')}: ${markup('value')}\r\nContent-Length: 57\r\n\r\n${markup('body').padEnd(57)}`,
    `"${markup('wanted').slice(0, 23)}…" is not in the body`,
  ],
] as const

const [DNS_TARGET, EXEC_TARGET, PUSHED] = ['127.0.1.8', '127.0.1.9', '192.0.2.80']

/** A zone with markup wherever a document has room for it, whose targets answer with markup. */
function hostileZone(port: number): object {
  const http = { kind: 'http', port, interval: 2, timeout: 1, fall: 1, redirects: 'follow' }
  const member = (target: string, check: string) => ({ answer: target, check })
  return {
    ...{ origin: 'hostile.example', ttl: 60, soa: SOA },
    checks: {
      web: { ...http, body: { contains: markup('wanted') } },
      [markup('check')]: { kind: 'push' },
      dns: {
        kind: 'dns',
        port,
        transport: 'tcp',
        name: 'x.example',
        type: 'TXT',
        answer: '"fine"',
        interval: 2,
        fall: 1,
      },
      exec: { kind: 'exec', command: ['/usr/bin/stat', markup('exec')], from: ['agent-1'], interval: 1, fall: 1 },
    },
    maps: {
      [joined('map')]: {
        datacenters: [joined('dc'), 'plain'],
        networks: { '192.0.2.0/24': [joined('dc')], '0.0.0.0/0': ['plain'], '::/0': ['plain'] },
      },
    },
    records: {
      '@': { NS: 'ns1', TXT: `"${markup('txt')}"` },
      ns1: { A: '192.0.2.53' },
      '<x-mark>owner': { A: '192.0.2.1' },
      code: { TXT: { kind: 'lua', code: `;return '${markup('lua')}'` } },
      drawn: { TXT: { kind: 'random', of: [`"${markup('random')}"`, '"plain"'] } },
      alias: { CNAME: '<x-mark>owner' },
      web: {
        A: { kind: 'pool', check: 'web', name: joined('pool'), members: HTTP_TARGETS.map(([address]) => address) },
      },
      others: {
        A: {
          kind: 'pool',
          members: [member(DNS_TARGET, 'dns'), member(EXEC_TARGET, 'exec'), member(PUSHED, markup('check'))],
        },
      },
      placed: {
        A: {
          ...{ kind: 'datacenters', map: joined('map') },
          datacenters: { [joined('dc')]: '192.0.2.1', plain: '192.0.2.2' },
        },
      },
    },
    api: {
      rrsets: {
        ns1: { A: { comments: [{ content: markup('comment'), account: markup('account'), modified_at: 1 }] } },
      },
    },
  }
}

const at = (zone: string, page = ''): string => `/console/zones/${encodeURIComponent(zone)}${page}`
const NAMED = '<x-mark>zone.example'
const targetPage = (check: string, target: string): string =>
  `/console/health/target?${new URLSearchParams({ check: `hostile.example/${check}`, target })}`
const namePage = (name: string, type: string): string =>
  `/console/name?${new URLSearchParams({ name: `${name}.hostile.example`, type, client: '192.0.2.7' })}`

needs('chromium')('markup in what others wrote, in Chromium', () => {
  let browser: Browser
  let console: ConsoleServer
  let agent: Running | undefined
  let port: number
  const targets = new HostileTargets()
  const receiver = new Receiver()

  beforeAll(async () => {
    browser = await startBrowser()
    for (const [address, reply] of HTTP_TARGETS) await targets.http(address, reply)
    await targets.dns(DNS_TARGET, markup('answer'))
    port = targets.port
    const hook = `http://127.0.0.1:${await receiver.listen()}/${encodeURI(markup('hook'))}`
    console = await startConsole(
      { 'hostile.example.json': JSON.stringify(hostileZone(port)) },
      {
        NOTIFY: JSON.stringify([{ url: hook, format: 'json' }]),
        AGENT_KEYS: JSON.stringify({ 'agent-1': AGENT_SECRET, [markup('agent')]: 'short' }),
        CLIENT_SUBNET: markup('setting'),
      },
    )
    agent = start(
      process.execPath,
      [
        ...[join(import.meta.dirname, '../../bin/edge-gslb.js'), 'agent', '--name', 'agent-1', '--url', console.url],
        ...['--allow-exec', '/usr/bin/stat'],
      ],
      { env: { AGENT_KEY: AGENT_SECRET } },
    )
    await written()
    await until('all targets are known to be down', async () => {
      const { targets } = (await (await api('health')).json()) as { targets: { state: string; check: string }[] }
      const own = targets.filter(({ check }) => check.startsWith('hostile.example/'))
      return own.length === HTTP_TARGETS.length + 3 && own.every(({ state }) => state === 'down')
    })
  })
  afterAll(async () => {
    await browser?.close()
    await agent?.stop()
    await console?.stop()
    targets.close()
    receiver.close()
  })

  const api = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${console.url}/api/v1/${path}`, { ...init, headers: { 'x-api-key': API_KEY, ...init.headers } })

  /** Writes what comes by the API: a zone with a hostile name, reasons, a pushed state, overrides. */
  async function written(): Promise<void> {
    const zone = `$TTL 60\n@ IN SOA ns ops 1 3600 900 604800 60\n@ IN NS ns\nns IN A 192.0.2.53\n`
    for (const [serial, reason] of [
      ['1', 'first'],
      ['2', breaking('reason')],
    ] as const) {
      const reply = await api(`zones/${encodeURIComponent(NAMED)}`, {
        method: 'PUT',
        body: zone.replace('ops 1', `ops ${serial}`),
        headers: { 'content-type': 'text/dns', 'x-reason': reason },
      })
      expect(reply.status).toBeLessThan(300)
    }
    const pushed = {
      check: `hostile.example/${markup('check')}`,
      target: PUSHED,
      state: 'down',
      why: PUSHED_WHY,
    }
    const reply = await api('push', { method: 'POST', body: JSON.stringify(pushed) })
    expect([reply.status, await reply.text()]).toEqual([expect.toBeOneOf([200, 204]), expect.anything()])
    const overrides = [
      { target: '192.0.2.99', force: 'up', by: breaking('by'), why: breaking('why') },
      { pool: `${markup('glob')}*`, force: 'up', by: 'x', why: 'y' },
    ]
    const set = await api('overrides', { method: 'PUT', body: JSON.stringify({ overrides }) })
    expect([set.status, await set.text()]).toEqual([200, expect.anything()])
  }

  /** Texts, and the page that shows each. */
  const SHOWN: readonly (readonly [what: string, path: () => string, text: string])[] = [
    ['a zone, in the list', () => '/console', '<x-mark>zone.example'],
    ['a zone, on its own page', () => at(NAMED), '<x-mark>zone.example'],
    ['a zone, while it is edited', () => at(NAMED, '/edit'), '<x-mark>zone.example'],
    ['a reason, above the records', () => at(NAMED), breaking('reason')],
    ['a reason, in the history', () => at(NAMED, '/history'), breaking('reason')],
    ['a reason, at its change', () => at(NAMED, '/history/2'), breaking('reason')],
    ['an owner', () => at('hostile.example'), '<x-mark>owner.hostile.example.'],
    ['TXT data', () => at('hostile.example'), markup('txt')],
    ['a comment', () => at('hostile.example'), markup('comment')],
    ['Lua code, drawn', () => at('hostile.example', '/policies?name=code.hostile.example.'), markup('lua')],
    ['a policy, drawn', () => at('hostile.example', '/policies?name=drawn.hostile.example.'), markup('random')],
    ['a datacenter, drawn', () => at('hostile.example', '/policies?name=placed.hostile.example.'), joined('dc')],
    ['TXT data, explained', () => namePage('drawn', 'TXT'), markup('random')],
    ['a datacenter, as a branch', () => namePage('placed', 'A'), joined('dc')],
    ['the end of a CNAME', () => namePage('alias', 'A'), '<x-mark>owner'],
    ['a check, on the overview', () => '/console', `hostile.example/${markup('check')}`],
    ['a pool', () => '/console/health', joined('pool')],
    ['who forces', () => '/console/health', breaking('by')],
    ['why they do', () => '/console/health', breaking('why')],
    ['a pool of an override', () => '/console/health', `${markup('glob')}*`],
    ['a pushed reason', () => targetPage(markup('check'), PUSHED), PUSHED_WHY],
    ['a pushed reason, on the overview', () => '/console', PUSHED_WHY],
    ['a DNS answer', () => targetPage('dns', `${DNS_TARGET}:${port}`), 'which has "<x-mark id=answer>'],
    ['a DNS answer, on the overview', () => '/console', 'which has "<x-mark id=answer>'],
    ['what a command prints', () => targetPage('exec', EXEC_TARGET), '<x-mark id=exec>'],
    ['an agent that is refused', () => '/console/settings', `AGENT_KEYS has the name "${markup('agent')}"`],
    ['a setting', () => '/console/settings', markup('setting')],
    ['a path that is not there', () => `/console/${encodeURIComponent(markup('nowhere'))}`, 'There is no such page'],
    ['a target that is not there', () => targetPage('web', markup('target')), markup('target')],
    ['a zone that is not there', () => at(markup('zone'), '/edit'), `There is no zone ${markup('zone')} yet`],
    [
      'a name that cannot be asked',
      () => `/console/name?name=x&type=${encodeURIComponent(markup('type'))}`,
      markup('type'),
    ],
    ...HTTP_TARGETS.map(
      ([address, , why]) => [`the reply of ${address}`, () => targetPage('web', `${address}:${port}`), why] as const,
    ),
  ]

  describe.each([true, false])('JavaScript %j', (javaScriptEnabled) => {
    const opened = () => openConsole(browser, console.url, API_KEY, '/console', { javaScriptEnabled })

    test('is text on the page that shows it', async () => {
      const { page, context, said } = await opened()
      for (const [what, path, text] of SHOWN) {
        await page.goto(console.url + path())
        expect([what, await page.locator('main').innerText()]).toEqual([what, expect.stringContaining(text)])
        expect([what, await markupIn(page)]).toEqual([what, []])
      }
      // A page that refuses says so by its status.
      expect(said.filter((text) => !/status of 4\d\d/.test(text))).toEqual([])
      await context.close()
    })

    test('is text on every page that links lead to', async () => {
      const { page, context, said } = await opened()
      const starts = [
        ...['/console', '/console/settings', '/console/health', at('hostile.example'), at(NAMED), at(NAMED, '/edit')],
        ...[
          at('hostile.example', '/policies'),
          at('hostile.example', '/edit'),
          at('hostile.example', '/edit?form=zone'),
        ],
        ...[namePage('placed', 'A'), namePage('drawn', 'TXT'), namePage('alias', 'A')],
      ]
      const visited = await crawl(page, console.url, starts, async (path) => {
        if (javaScriptEnabled) await page.waitForLoadState('networkidle')
        expect([path, await markupIn(page)]).toEqual([path, []])
      })
      expect(visited.size).toBeGreaterThan(15)
      expect(said).toEqual([])
      await context.close()
    })

    test('is text where a form brings it back', async () => {
      const { page, context, said } = await opened()
      const filled = async (
        path: string,
        fields: Readonly<Record<string, string>>,
        button: string,
      ): Promise<string> => {
        await page.goto(console.url + path)
        for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text)
        await page.getByRole('button', { name: button, exact: true }).click()
        expect([path, await markupIn(page)]).toEqual([path, []])
        return page.locator('main').innerText()
      }
      const text = breaking('field')
      expect(await filled('/console/settings', { Name: text }, 'Make the key')).toContain(
        'the name of the key is not valid',
      )
      expect(await filled('/console/settings', { Name: 'fine', May: joined('scope') }, 'Make the key')).toContain(
        '<x-mark/id=scope>',
      )
      expect(await filled('/console/settings', { Name: 'fine', Ends: text }, 'Make the key')).toContain(
        'the end of the key is not valid',
      )
      const override = { Target: '127.0.0.2', Who: text, Why: text }
      expect(await filled('/console/health/override', override, 'Rehearse')).toContain('What would happen')
      expect(await page.getByLabel('Why').inputValue()).toBe(text)
      expect(await filled('/console/health/override', { ...override, Until: text }, 'Rehearse')).toContain(
        '<x-mark id=field>',
      )
      expect(await filled('/console/new-zone', { Name: text }, 'Write its text')).toContain(text)
      expect(await filled('/console/health', { 'Target or check has': text }, 'Filter')).toContain(
        'No target is like that',
      )
      expect(said.filter((text) => !/status of 4\d\d/.test(text))).toEqual([])
      await context.close()
    })

    test('is text in what a check, a plan and a difference say', async () => {
      const { page, context, said } = await opened()
      const zone = `diff-${javaScriptEnabled}.example`
      const text = `$TTL 60\n@ IN SOA ns ops 1 3600 900 604800 60\n@ IN NS ns\nns IN A 192.0.2.53\n`
      const write = async (added: string): Promise<void> => {
        if (javaScriptEnabled) {
          await page.locator('#editor .cm-content').click()
          await page.keyboard.press('ControlOrMeta+End')
          await page.keyboard.insertText(added)
        } else
          await page
            .getByLabel('Zone file')
            .first()
            .fill(text + added)
      }
      const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
      const headers = { 'content-type': 'text/dns' }
      await api(`zones/${zone}`, { method: 'PUT', body: text, headers })
      await page.goto(console.url + at(zone, '/edit'))
      await write('bad IN A <x-mark>\n')
      if (javaScriptEnabled) {
        await page.getByText('1 error, the first in line').waitFor()
        await page.keyboard.press('ControlOrMeta+Shift+M')
        await page.locator('.cm-panel-lint').getByText('<x-mark').waitFor()
        expect(await markupIn(page)).toEqual([])
      }
      await press('Check')
      await page.getByText(/line \d+, column \d+:/).waitFor()
      expect(await page.locator('main').innerText()).toContain('<x-mark')
      expect(await markupIn(page)).toEqual([])
      await page.goto(console.url + at(zone, '/edit'))
      await write(`text IN TXT "${markup('new')}"\n`)
      await press('Plan')
      await page.getByRole('heading', { name: 'Answers that change' }).waitFor()
      expect(await page.locator('main').innerText()).toContain(markup('new'))
      expect(await markupIn(page)).toEqual([])
      await api(`zones/${zone}`, {
        method: 'PUT',
        body: `${text.replace('ops 1', 'ops 5')}text IN TXT "${markup('theirs')}"\n`,
        headers: { ...headers, 'x-reason': markup('faster') },
      })
      await press('Publish')
      await page.getByText('Somebody else changed the zone').waitFor()
      const conflict = await page.locator('main').innerText()
      for (const name of ['new', 'theirs', 'faster']) expect(conflict).toContain(markup(name))
      expect(await markupIn(page)).toEqual([])
      expect(said.filter((text) => !/status of 4\d\d/.test(text))).toEqual([])
      await context.close()
    })

    test('is text when a receiver was told of it', async () => {
      const { page, context, said } = await opened()
      await page.goto(`${console.url}/console/settings`)
      await page.getByRole('button', { name: 'Send a test' }).click()
      await page.getByText('The test was delivered to receiver').waitFor()
      expect(await markupIn(page)).toEqual([])
      expect(said).toEqual([])
      await context.close()
    })
  })
})

/** Returns what a page has made of a text: elements, scripts, handlers and links that no page of ours has. */
const markupIn = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const found = []
    const look = (root) => {
      for (const element of root.querySelectorAll('*')) {
        const { localName, attributes, shadowRoot } = element
        const isOwnScript = localName === 'script' && (/^\\/static\\//.test(element.getAttribute('src') ?? '') || element.type === 'application/json')
        const isBad = ['x-mark', 'img', 'iframe', 'object', 'embed', 'base'].includes(localName) || (localName === 'script' && !isOwnScript)
        const hasHandler = [...attributes].some(({ name, value }) => name.startsWith('on') || /^\\s*javascript:/i.test(value))
        if (isBad || hasHandler) found.push(element.outerHTML.slice(0, 200))
        if (shadowRoot) look(shadowRoot)
      }
    }
    look(document)
    return found
  })()`)
