import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PAGES } from '../../src/console/pages.ts'
import { API_KEY, type ConsoleServer, DESKTOP, openConsole, startConsole, TARGETS } from './console.ts'
import { crawl } from './console-pages.ts'
import { Keyboard, unreachedOn } from './keyboard.ts'
import { until } from './processes.ts'
import { Receiver } from './receiver.ts'
import { needs } from './tools.ts'
import { open, startBrowser } from './watched-page.ts'

const SOA = { mname: 'ns1', rname: 'ops', serial: 1, refresh: 3600, retry: 900, expire: 604800, minimum: 60 }
const zoneOf = (origin: string, records: object): string =>
  JSON.stringify({ origin, ttl: 60, soa: SOA, records: { '@': { NS: 'ns1' }, ns1: { A: '192.0.2.53' }, ...records } })

const COUNTRIES = ['DE', 'FR', 'IT', 'ES', 'PT', 'NL', 'BE', 'LU', 'AT', 'CH', 'PL', 'CZ', 'SE', 'NO', 'FI', 'DK']

/**
 * Zones with all that has a control of its own: a list of countries, code, more records than a page, more zones than a
 * list.
 */
const FILES = {
  'geo.example.json': zoneOf('geo.example', {
    www: {
      A: {
        ...{ kind: 'geo', otherwise: '192.0.2.9' },
        countries: Object.fromEntries(COUNTRIES.map((country) => [country, '192.0.2.1'])),
      },
    },
    code: { TXT: { kind: 'lua', code: ";return 'text ' .. qname:toString()" } },
  }),
  'many.example.json': zoneOf(
    'many.example',
    Object.fromEntries(Array.from({ length: 550 }, (_, i) => [`host-${i}`, { A: `10.0.${i >> 8}.${i & 255}` }])),
  ),
  ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`z${i}.example.json`, zoneOf(`z${i}.example`, {})])),
}

/** One action, from the page that it begins on. */
type Action = {
  readonly what: string
  readonly path: string
  /** Left out for an action that works with JavaScript and without. */
  readonly only?: 'script' | 'plain'
  /** The controls that it presses: see `Keyboard`. */
  readonly presses: readonly string[]
  readonly run: (keys: Keyboard, page: Page, hasScript: boolean) => Promise<unknown>
}

const EDIT = '/console/zones/:zone/edit'
const OVERRIDE = '/console/health/override'

needs('chromium')('every action of the console by keyboard alone', () => {
  let browser: Browser
  let console: ConsoleServer
  const receiver = new Receiver()
  beforeAll(async () => {
    browser = await startBrowser()
    const port = await receiver.listen()
    const hook = { url: `http://127.0.0.1:${port}/hook`, format: 'json' }
    console = await startConsole(FILES, { NOTIFY: JSON.stringify([hook]) })
    for (const way of [true, false]) {
      await put(ownZone(way), zoneFile('192.0.2.1'))
      await put(ownZone(way), zoneFile('192.0.2.2'))
    }
    console.targets.kill(TARGETS[2])
    await until('the target is down', async () => /"state": ?"down"/.test(await (await api('health')).text()))
  })
  afterAll(async () => {
    await browser?.close()
    await console?.stop()
    receiver.close()
  })

  const api = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${console.url}/api/v1/${path}`, { ...init, headers: { 'x-api-key': API_KEY, ...init.headers } })
  async function put(zone: string, text: string): Promise<void> {
    const reply = await api(`zones/${zone}`, { method: 'PUT', body: text, headers: { 'content-type': 'text/dns' } })
    expect(reply.status).toBeLessThan(300)
  }
  const textOf = async (zone: string): Promise<string> =>
    (await api(`zones/${zone}`, { headers: { accept: 'text/dns' } })).text()
  const forced = async (): Promise<readonly { readonly force: string; readonly weight?: number }[]> =>
    ((await (await api('overrides')).json()) as { overrides: { force: string }[] }).overrides

  const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor()
  const rows = (page: Page, caption: string) =>
    page.getByRole('table', { name: caption, exact: true }).locator('tbody tr')

  /** Rehearses, sets and ends an override of what the fields say. */
  const overriding =
    (fields: Readonly<Record<string, string>>, force: object, isEmptied = false): Action['run'] =>
    async (keys, page) => {
      await keys.follow('New override')
      for (const [id, text] of Object.entries(fields)) {
        if (id === 'force') await keys.choose(id, text)
        else await keys.fill(id, text)
      }
      await keys.press(`${OVERRIDE}: Rehearse`)
      await heading(page, 'What would happen')
      expect(await forced()).toEqual([])
      if (isEmptied) {
        await keys.to('even if a pool is left without a member')
        await page.keyboard.press('Space')
      }
      await keys.press(`${OVERRIDE} set: Set this override`)
      await page.getByText('The override is set.').waitFor()
      expect(await forced()).toEqual([expect.objectContaining(force)])
      await keys.press(`${OVERRIDE} end: End`)
      await page.getByText('The override is ended.').waitFor()
      expect(await forced()).toEqual([])
    }
  const OVERRIDING = [`${OVERRIDE}: Rehearse`, `${OVERRIDE} set: Set this override`, `${OVERRIDE} end: End`]

  /** Types at the end of the text of a zone, in the editor or in the plain field. */
  async function addLine(keys: Keyboard, page: Page, hasScript: boolean, line: string): Promise<void> {
    if (hasScript) await page.locator('#editor .cm-content').waitFor()
    await keys.to(hasScript ? 'the editor' : 'text')
    await page.keyboard.press('ControlOrMeta+End')
    // The editor closes quotes by itself.
    await page.keyboard.type(line)
    if (hasScript) await page.keyboard.press('Escape')
    await page.keyboard.press('Enter')
    if (hasScript) keys.pressed.add('the editor')
  }
  const editor = (hasScript: boolean): readonly string[] => (hasScript ? ['the editor'] : [])

  const ACTIONS: readonly Action[] = [
    {
      what: 'sign out, and in again',
      path: '/console',
      presses: ['/console/sign-out: Sign out', '/console/session: Sign in'],
      run: async (keys, page) => {
        await keys.press('/console/sign-out: Sign out')
        await page.getByLabel('Key of the API').waitFor()
        await keys.fill('key', API_KEY)
        await keys.press('/console/session: Sign in')
        await heading(page, 'Zones')
      },
    },
    {
      what: 'choose colours',
      path: '/console/settings',
      presses: ['Dark', 'Light', 'System colours'].map((word) => `/console/theme: ${word}`),
      run: async (keys, page) => {
        for (const [word, theme] of [
          ['Dark', 'dark'],
          ['Light', 'light'],
          ['System colours', 'system'],
        ] as const) {
          await keys.press(`/console/theme: ${word}`)
          await page.locator(`html[data-theme="${theme}"]`).waitFor()
          expect(await page.locator('h1').innerText()).toBe('Settings')
        }
      },
    },
    {
      what: 'skip the navigation',
      path: '/console/health',
      presses: [],
      run: async (keys, page) => {
        await keys.follow('Skip to the content')
        expect(await page.evaluate('document.activeElement.id')).toBe('main')
        await page.keyboard.press('Tab')
        expect(await page.evaluate('document.activeElement.id')).toBe('q')
      },
    },
    {
      what: 'filter zones, open one, and go through its pages',
      path: '/console',
      presses: ['/console: Filter'],
      run: async (keys, page) => {
        await keys.fill('zone', 'shop')
        await keys.press('/console: Filter')
        await until('one zone is left', async () => (await rows(page, 'Zones').count()) === 1)
        await keys.follow('shop.example')
        await heading(page, 'Records')
        for (const [tab, shown] of [
          ['Policies', 'www.shop.example. A'],
          ['History', 'Changes'],
          ['Records', 'Records'],
        ] as const) {
          await keys.follow(tab)
          await heading(page, shown)
        }
      },
    },
    {
      what: 'filter targets, by words and by state, and open one',
      path: '/console/health',
      presses: ['/console/health: Filter'],
      run: async (keys, page) => {
        await keys.fill('q', '127.0.0.4')
        await keys.choose('state', 'down')
        await keys.press('/console/health: Filter')
        await until('one target is left', async () => (await rows(page, 'Targets').count()) === 1)
        await keys.follow(`127.0.0.4:${console.targets.port}`)
        await heading(page, 'The past')
        await keys.follow('a week')
        await page.locator('nav.spans a[aria-current]', { hasText: 'a week' }).waitFor()
      },
    },
    {
      what: 'zoom into the past of a target',
      path: '/console/health/target?target=127.0.0.4:PORT&check=shop.example%2Fweb&hours=1',
      only: 'script',
      presses: ['Zoom in', 'Zoom out', 'Earlier', 'Later', 'All'],
      run: async (keys, page) => {
        await page.locator('#timeline canvas').waitFor()
        let told: string | null = ''
        for (const word of ['Zoom in', 'Earlier', 'Later', 'Zoom out', 'Zoom in', 'All']) {
          await keys.press(word)
          await until(`${word} tells another time`, async () => (await page.locator('#status').textContent()) !== told)
          told = await page.locator('#status').textContent()
        }
      },
    },
    {
      what: 'drain a target',
      path: '/console/health',
      presses: OVERRIDING,
      run: overriding({ target: '127.0.0.2', why: 'a disk' }, { force: 'drained' }),
    },
    {
      what: 'force targets down, although that empties a pool',
      path: '/console/health',
      presses: OVERRIDING,
      run: overriding({ target: '127.0.0.*', force: 'down', why: 'a test' }, { force: 'down' }, true),
    },
    {
      what: 'give a target another weight',
      path: '/console/health',
      presses: OVERRIDING,
      run: overriding(
        { target: '127.0.0.3', force: 'weight', weight: '7', why: 'more' },
        { force: 'weight', weight: 7 },
      ),
    },
    {
      what: 'force a target up',
      path: '/console/health',
      presses: OVERRIDING,
      run: overriding({ target: '127.0.0.4', force: 'up', why: 'its check is wrong' }, { force: 'up' }),
    },
    {
      what: 'ask what a client gets',
      path: '/console/name',
      presses: ['/console/name: Explain'],
      run: async (keys, page) => {
        await keys.fill('name', 'office.shop.example')
        await keys.fill('type', 'a')
        await keys.fill('client', '192.0.2.7')
        await keys.press('/console/name: Explain')
        await heading(page, 'What 192.0.2.7 gets')
        await keys.fill('client', 'me')
        await keys.fill('ecs', '198.51.100.0/24')
        await keys.fill('country', 'DE')
        await page.keyboard.press('Enter')
        await heading(page, 'What 198.51.100.0/24 gets')
      },
    },
    {
      what: 'go through the map of IPv4',
      path: '/console/name?name=office.shop.example',
      only: 'script',
      presses: ['Zoom in', 'Zoom out', 'Hilbert map of IPvN by branch'],
      run: async (keys, page) => {
        const view = (text: string) => page.locator(`.map-frame[data-view="${text}"]`).waitFor()
        await view('0.0.0.0/0')
        await keys.press('Zoom in')
        // The cursor begins at the client.
        await view('127.0.0.0/8')
        await keys.press('Zoom out')
        await view('0.0.0.0/0')
        await keys.press('Hilbert map of IPvN by branch', 'ArrowDown')
        await keys.look()
        const told = (await page.locator('.map-cell').textContent()) ?? ''
        expect(told).toMatch(/^[\d.]+\/8: /)
        expect(told).not.toMatch(/^127/)
        await page.keyboard.press('Enter')
        await view(told.split(':')[0] ?? '')
        await page.keyboard.press('Escape')
        await view('0.0.0.0/0')
      },
    },
    {
      what: 'open the list of countries with one answer',
      path: '/console/name?name=www.geo.example',
      presses: ['N countries'],
      run: async (keys, page) => {
        const countries = page.locator('#world').locator('xpath=../..').locator('details')
        const list = countries.filter({ hasText: 'Germany' })
        await keys.press('N countries')
        await keys.press('N countries')
        await until('both lists are open', async () => (await page.locator('details[open]').count()) === 2)
        expect(await list.innerText()).toContain('Germany')
      },
    },
    {
      what: 'make a key and revoke it',
      path: '/console/settings',
      presses: ['/console/settings create-key: Make the key', '/console/settings revoke-key: Revoke'],
      run: async (keys, page, hasScript) => {
        const name = `by-keyboard-${hasScript}`
        await keys.fill('key-name', name)
        await keys.fill('key-scopes', 'read, zone:z0.example')
        await keys.fill('key-ends', '1d')
        await keys.press('/console/settings create-key: Make the key')
        await page.locator('#secret').waitFor()
        expect(await (await api('keys')).text()).toContain(name)
        await keys.press('/console/settings revoke-key: Revoke')
        await page.getByText('The key is revoked.').waitFor()
        expect(await (await api('keys')).text()).not.toContain(name)
      },
    },
    {
      what: 'send a test to a receiver',
      path: '/console/settings',
      presses: ['/console/settings test: Send a test'],
      run: async (keys, page) => {
        const before = receiver.at('/hook').length
        await keys.press('/console/settings test: Send a test')
        await page.getByText('The test was delivered to receiver').waitFor()
        expect(receiver.at('/hook').length).toBeGreaterThan(before)
      },
    },
    {
      what: 'filter records',
      path: '/console/zones/many.example',
      presses: ['/console/zones/:zone: Filter'],
      run: async (keys, page) => {
        await keys.fill('q', 'host-54')
        await keys.fill('type', 'a')
        await keys.choose('steered', 'fixed')
        await keys.press('/console/zones/:zone: Filter')
        await until('eleven are left', async () => (await rows(page, 'The records of the zone').count()) === 11)
      },
    },
    {
      what: 'show more records',
      path: '/console/zones/many.example',
      only: 'script',
      presses: ['Show N more of N'],
      run: async (keys, page) => {
        // The list grows by itself where its end is seen, until there is no more: the reply waits for somebody at the
        // button.
        const pressed = Promise.withResolvers<void>()
        await page.route(/\/rrsets\?/, async (route) => {
          await pressed.promise
          await route.continue()
        })
        await keys.press('Show N more of N')
        pressed.resolve()
        await until('there are more', async () => (await rows(page, 'The records of the zone').count()) > 100)
      },
    },
    {
      what: 'go to the next records',
      path: '/console/zones/many.example',
      only: 'plain',
      presses: [],
      run: async (keys, page) => {
        await keys.follow('Next')
        await page.getByText('101 to 200 of 553 rrsets').waitFor()
        await keys.follow('Previous')
        await page.getByText('1 to 100 of 553 rrsets').waitFor()
      },
    },
    {
      what: 'filter policies, and open code',
      path: '/console/zones/geo.example/policies',
      presses: ['/console/zones/:zone/policies: Filter', 'Lua code'],
      run: async (keys, page) => {
        await keys.fill('q', 'code')
        await keys.press('/console/zones/:zone/policies: Filter')
        await until('one is left', async () => (await page.locator('.tree').count()) === 1)
        await keys.press('Lua code')
        await page.getByText('qname:toString()').waitFor()
      },
    },
    {
      what: 'edit a zone: check, plan, back, plan, publish',
      path: '/console/zones/OWN/edit',
      presses: [`${EDIT}: Check`, `${EDIT}: Plan`, `${EDIT}: Back to the text`, `${EDIT}: Publish`],
      run: async (keys, page, hasScript) => {
        await addLine(keys, page, hasScript, 'new IN A 192.0.2.77')
        await keys.press(`${EDIT}: Check`)
        await page.getByText('Nothing is wrong with it.').waitFor()
        await keys.press(`${EDIT}: Plan`)
        await heading(page, 'Answers that change')
        await keys.press(`${EDIT}: Back to the text`)
        await until('the text is there', async () => (await page.locator('textarea#text').inputValue()).includes('.77'))
        await keys.press(`${EDIT}: Plan`)
        await heading(page, 'Answers that change')
        await keys.fill('reason', 'by keyboard')
        await keys.press(`${EDIT}: Publish`)
        await page.getByText(/Serial \d+ is published/).waitFor()
        expect(await textOf(ownZone(hasScript))).toContain('192.0.2.77')
      },
    },
    {
      what: 'roll back',
      path: '/console/zones/OWN/history',
      presses: ['Plan a roll-back to this change', 'Roll back to change N'].map(
        (word) => `/console/zones/:zone/history/:id: ${word}`,
      ),
      run: async (keys, page, hasScript) => {
        await keys.follow('change 1')
        await keys.press('/console/zones/:zone/history/:id: Plan a roll-back to this change')
        await heading(page, 'Answers that change')
        await keys.fill('reason', 'back by keyboard')
        await keys.press('/console/zones/:zone/history/:id: Roll back to change N')
        await page.getByText(/Serial \d+ is published/).waitFor()
        expect(await textOf(ownZone(hasScript))).toContain('192.0.2.1\n')
        expect(await page.locator('.facts').innerText()).toContain('back by keyboard')
      },
    },
    {
      what: 'make a zone',
      path: '/console',
      presses: ['/console/new-zone: Write its text', `${EDIT}: Plan`, `${EDIT}: Publish`],
      run: async (keys, page, hasScript) => {
        const zone = `made-${hasScript}.example`
        await keys.follow('New zone')
        await keys.fill('name', zone)
        await keys.press('/console/new-zone: Write its text')
        await page.getByText('There is no zone').waitFor()
        await addLine(keys, page, hasScript, 'www IN A 192.0.2.78')
        await keys.press(`${EDIT}: Plan`)
        await heading(page, 'Answers that change')
        await keys.press(`${EDIT}: Publish`)
        await page.getByText(/Serial \d+ is published/).waitFor()
        expect(await textOf(zone)).toContain('192.0.2.78')
      },
    },
  ]

  const ownZone = (hasScript: boolean): string => `own-${hasScript}.example`
  const zoneFile = (address: string): string =>
    `$TTL 60\n@ IN SOA ns ops 1 3600 900 604800 60\n@ IN NS ns\nns IN A 192.0.2.53\nwww IN A ${address}\n`

  /** The controls of all pages that the actions went through. */
  const seen = new Set<string>()

  describe.each([true, false])('JavaScript %j', (javaScriptEnabled) => {
    const all = ACTIONS.filter(({ only }) => only === undefined || (only === 'script') === javaScriptEnabled)

    test.each(all)('$what', async ({ path, presses, run }) => {
      const at = path.replace('OWN', ownZone(javaScriptEnabled)).replace('PORT', String(console.targets.port))
      const { page, context, said } = await openConsole(browser, console.url, API_KEY, at, { javaScriptEnabled })
      const keys = new Keyboard(page)
      await run(keys, page, javaScriptEnabled)
      await keys.look()
      for (const one of keys.seen) seen.add(one)
      const editors = editor(keys.pressed.has('the editor'))
      expect([...keys.pressed].sort()).toEqual([...presses, ...editors].sort())
      expect(said.filter((text) => !text.includes('409'))).toEqual([])
      await context.close()
    })
  })

  test('no page has a control without an action, and Tab leads to all that can be pressed', async () => {
    const known = new Set([...ACTIONS.flatMap(({ presses }) => presses), 'the editor'])
    const paths = new Set<string>()
    for (const javaScriptEnabled of [true, false]) {
      const { page, context } = await open(browser, `${console.url}/console`, { javaScriptEnabled, viewport: DESKTOP })
      expect(await unreachedOn(page)).toEqual([])
      const keys = new Keyboard(page)
      await keys.look()
      await page.getByLabel('Key of the API').fill(API_KEY)
      await page.keyboard.press('Enter')
      await heading(page, 'Zones')
      const patterns = await crawl(page, console.url, STARTS, async (path) => {
        if (path.endsWith('/edit') && javaScriptEnabled) await page.locator('#editor .cm-content').waitFor()
        await keys.look()
        expect([path, await unreachedOn(page)]).toEqual([path, []])
      })
      for (const pattern of patterns) paths.add(pattern)
      for (const one of keys.seen) seen.add(one)
      await context.close()
    }
    const pages = PAGES.filter(({ isOfTraffic }) => !isOfTraffic).map(({ path }) => path)
    expect([...new Set([...paths].map((path) => path.replace(/\?.*/, '')))].sort()).toEqual(pages.sort())
    expect([...seen].filter((one) => !known.has(one))).toEqual([])
  })
})

/** Pages that the way from link to link begins on: the last ones need a question. */
const STARTS = [
  '/console',
  '/console/name?name=www.geo.example',
  '/console/zones/geo.example/policies',
  '/console/zones/many.example',
]
