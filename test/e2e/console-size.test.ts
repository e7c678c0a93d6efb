import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { API_KEY, hasBar, openConsole } from './console.ts'
import { PageCpu, settled } from './cpu.ts'
import { until } from './processes.ts'
import { type Server, startServer } from './server.ts'
import { needs } from './tools.ts'
import { startBrowser } from './watched-page.ts'

/** Seconds of CPU in which a page opens: of the server and of the page together. */
const MOST_SECONDS = 1.5

const TARGETS = 5000
const OVERRIDES = 1000

const targetAt = (i: number): string => `10.2.${i >> 8}.${i & 255}`

/** True for the targets that are down: all of each tenth pool, and one of each other. */
const isDown = (i: number): boolean => Math.floor(i / 10) % 10 === 0 || i % 10 === 0

/** 10,000 records, of which 5,000 are targets of a check: they are in pools of ten. */
function largeZone(): string {
  const records: Record<string, object> = { '@': { NS: 'ns1' }, ns1: { A: '192.0.2.53' } }
  for (let i = 0; i < 5000; i++) records[`host-${i}`] = { A: `10.1.${i >> 8}.${i & 255}` }
  for (let i = 0; i < TARGETS / 10; i++) {
    const members = Array.from({ length: 10 }, (_, k) => targetAt(i * 10 + k))
    records[`pool-${i}`] = { A: { kind: 'pool', check: 'pushed', members } }
  }
  return zoneText('large.example', records)
}

/** A zone with one pool, which has 5,000 members. */
const widePool = (): string =>
  zoneText('wide.example', {
    '@': { NS: 'ns1' },
    ns1: { A: '192.0.2.53' },
    wide: {
      A: {
        kind: 'pool',
        check: 'pushed',
        members: Array.from({ length: TARGETS }, (_, i) => `10.3.${i >> 8}.${i & 255}`),
      },
    },
  })

const zoneText = (origin: string, records: object): string =>
  JSON.stringify({
    ...{ origin, ttl: 60 },
    soa: { mname: 'ns1', rname: 'ops', serial: 1, refresh: 3600, retry: 900, expire: 604800, minimum: 60 },
    ...{ checks: { pushed: { kind: 'push' } }, records },
  })

const ZONE = '/console/zones/large.example'
const TARGET = `/console/health/target?${new URLSearchParams({ check: 'large.example/pushed', target: targetAt(0) })}`

needs('chromium')('the console with 10,000 records, 5,000 targets and 1,000 overrides', () => {
  let browser: Browser
  let server: Server
  let cpu: PageCpu
  beforeAll(async () => {
    browser = await startBrowser()
    server = await startServer({ 'large.example.json': largeZone(), 'wide.example.json': widePool() }, API_KEY)
    cpu = await PageCpu.of(browser, server.pid)
    await report()
    await force()
    // The first visit of a zone adopts what was published into KV: once for each publication.
    const { context, page } = await opened(ZONE)
    await page.goto(`${server.url}/console/zones/wide.example`)
    await context.close()
    await settled(server.pid)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const opened = (path: string, options = {}) => openConsole(browser, server.url, API_KEY, path, options)
  const api = async (path: string, method = 'GET', body?: object, headers = {}): Promise<unknown> => {
    const reply = await fetch(`${server.url}/api/v1/${path}`, {
      ...{ method, headers: { 'x-api-key': API_KEY, 'content-type': 'application/json', ...headers } },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    expect([path, reply.status, reply.ok ? '' : text]).toEqual([path, 200, ''])
    return JSON.parse(text)
  }

  /** Tells the state of all targets, as applications do, and waits until health and the record of changes have them. */
  async function report(): Promise<void> {
    const states = Array.from({ length: TARGETS }, (_, i) => ({
      ...{ check: 'large.example/pushed', target: targetAt(i) },
      ...{ state: isDown(i) ? 'down' : 'up', why: 'its queue is full' },
    }))
    for (let i = 0; i < TARGETS; i += 1000) await api('push', 'POST', states.slice(i, i + 1000))
    await until('all targets have a state', async () => {
      const { targets } = (await api('health')) as { targets: { check: string; real: string }[] }
      return (
        targets.filter(({ check, real }) => check === 'large.example/pushed' && real !== 'unknown').length === TARGETS
      )
    })
    await until('changes are recorded', async () => {
      const { events } = (await api('health/events?limit=1000')) as { events: unknown[] }
      return events.length >= 100
    })
  }

  /** Forces 1,000 targets down, of which most are measured up, and so are forgotten overrides. */
  const force = () =>
    api(
      'overrides?force=true',
      'PUT',
      {
        overrides: Array.from({ length: OVERRIDES }, (_, i) => ({
          ...{ target: targetAt(i), force: 'down', until: '2100-01-01T00:00:00Z', by: 'ann', why: 'upgrade' },
        })),
      },
      { 'if-match': '*' },
    )

  /** @param told says what was done; its CPU must be below that in which a page opens */
  async function expectCheap(told: string, action: () => Promise<unknown>): Promise<void> {
    const { server, pages } = await cpu.during(action)
    expect([told, pages > 0, server + pages < MOST_SECONDS ? '' : `${server} s and ${pages} s`]).toEqual([
      told,
      true,
      '',
    ])
  }
  const shown = (page: Page) => page.getByRole('navigation', { name: 'Console' }).waitFor()

  test.each([
    ['overview', '/console'],
    ['its last findings', '/console?finding=60'],
    ['health', '/console/health'],
    ['targets that a filter finds', '/console/health?q=10.2.1&state=down&page=3'],
    ['pools', '/console/health?pool=20'],
    ['overrides', '/console/health?override=20'],
    ['older changes', '/console/health?before=2100-01-01T00:00:00Z'],
    ['a target', TARGET],
    ['a form for an override', `/console/health/override?target=${targetAt(0)}`],
    ['a zone', ZONE],
    ['policies', `${ZONE}/policies`],
    ['the last policies', `${ZONE}/policies?page=50`],
    ['a policy of 5,000 members', '/console/zones/wide.example/policies'],
    ['a name of 5,000 members', '/console/name?name=wide.wide.example&type=A&client=192.0.2.1'],
    ['history', `${ZONE}/history`],
    ['the change that made the zone', `${ZONE}/history/1`],
    ['edit', `${ZONE}/edit`],
    ['edit as a zone file', `${ZONE}/edit?form=zone`],
    ['edit a pool of 5,000 members', '/console/zones/wide.example/edit'],
  ])('opens in little CPU: %s', async (name, path) => {
    const { page, context, said } = await opened('/console/settings')
    await expectCheap(name, async () => {
      expect((await page.goto(server.url + path))?.status()).toBe(200)
      await shown(page)
      if (path.includes('/edit')) await page.locator('.cm-content').waitFor()
    })
    expect([await hasBar(page), said]).toEqual([false, []])
    await context.close()
  })

  test.each([
    ['thousands of targets', '10.2.*', '5000'],
    ['a pool of 5,000 members', '10.3.*', '5000'],
  ])('rehearses an override in little CPU: %s', async (name, glob, members) => {
    const { page, context } = await opened(`/console/health/override?target=${glob}`)
    await page.getByLabel('Why').fill('upgrade')
    await expectCheap(name, async () => {
      await page.getByRole('button', { name: 'Rehearse' }).click()
      await page.getByRole('heading', { name: 'What would happen' }).waitFor()
    })
    expect(await page.locator('#rehearsal').locator('..').locator('..').innerText()).toContain(`of ${members} members`)
    expect(await page.getByRole('row').count()).toBe(201)
    await context.close()
  })

  test('targets, findings, pools and overrides filter and page', async () => {
    const { page, context, said } = await opened('/console/health')
    const rowsOf = (caption: string) => page.getByRole('table', { name: caption }).locator('tbody tr')
    await page.getByLabel('Target or check has').fill('10.2.19.')
    await page.getByLabel('State').selectOption('down')
    await page.getByRole('button', { name: 'Filter' }).click()
    const found = Array.from({ length: TARGETS }, (_, i) => i).filter(
      (i) => targetAt(i).startsWith('10.2.19.') && isDown(i) && i >= OVERRIDES,
    ).length
    await page.getByText(`1 to ${found} of ${found} targets`).waitFor()
    expect(await rowsOf('Targets').count()).toBe(found)
    await page.goto(`${server.url}/console/health?q=10.2.1`)
    const next = (what: string) =>
      page
        .getByRole('navigation', { name: `Pages of ${what}` })
        .getByRole('link', { name: 'Next' })
        .click()
    await next('targets')
    await page.getByText(/51 to 100 of \d+ targets/).waitFor()
    await next('pools')
    await page.getByText('26 to 50 of 501 pools').waitFor()
    await next('overrides')
    await page.getByText('51 to 100 of 1000 overrides').waitFor()
    expect(await rowsOf('Overrides, the newest first').first().innerText()).toContain(targetAt(OVERRIDES - 51))
    await page.goto(`${server.url}/console`)
    await next('findings')
    await page.getByText(/26 to 50 of \d+ findings/).waitFor()
    expect(said).toEqual([])
    await context.close()
  })

  test('an override of a later page is the one that its button ends', async () => {
    const { page, context } = await opened('/console/health?override=20')
    const row = page.getByRole('table', { name: 'Overrides, the newest first' }).locator('tbody tr').last()
    expect(await row.innerText()).toContain(`target ${targetAt(0)}`)
    await row.getByRole('button', { name: 'End' }).click()
    await page.getByText('The override is ended.').waitFor()
    const { overrides } = (await api('overrides')) as { overrides: { target: string }[] }
    expect([overrides.length, overrides[0]?.target]).toEqual([OVERRIDES - 1, targetAt(1)])
    await force()
    await context.close()
  })

  test('a name lists 200 of 5,000 answers, and counts the others', async () => {
    const { page, context } = await opened('/console/name?name=wide.wide.example&type=A&client=192.0.2.1')
    for (const caption of ['Possible answers', 'Answers over all IPv4 addresses'])
      expect(await page.getByRole('table', { name: caption }).locator('tbody tr').count()).toBe(200)
    expect(await page.getByText('and 4800 more answers').count()).toBe(2)
    await context.close()
  })

  test('policies filter, and page', async () => {
    const { page, context } = await opened(`${ZONE}/policies`)
    await page.getByRole('link', { name: 'Next' }).click()
    await page.getByText('11 to 20 of 500 policies').waitFor()
    await page.getByLabel('Words in name, type or policy').fill('pool-499')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByRole('heading', { name: 'pool-499.large.example. A' }).waitFor()
    expect(await page.locator('.tree .way').count()).toBe(10)
    await context.close()
  })

  test('records filter as one types, and go on where the list ends', async () => {
    const { page, context, said } = await opened(ZONE)
    await page.getByRole('button', { name: 'Show 100 more' }).scrollIntoViewIfNeeded()
    await until('there are more rows', async () => (await page.locator('#records tbody tr').count()) > 100)
    await page.getByLabel('Words in name, type or data').pressSequentially('10.2.19.134 POOL')
    await until('one row is left', async () => (await page.locator('#records tbody tr').count()) === 1)
    expect(await page.locator('#records tbody tr').innerText()).toContain('pool-499')
    await page.reload()
    expect(await page.locator('#records tbody tr').count()).toBe(1)
    await page.getByRole('link', { name: 'pool', exact: true }).click()
    await page.getByRole('heading', { name: 'pool-499.large.example. A' }).waitFor()
    expect(said).toEqual([])
    await context.close()
  })

  test('a form filters records without JavaScript, and pages', async () => {
    const { page, context } = await opened(ZONE, { javaScriptEnabled: false })
    await page.getByLabel('Words in name, type or data').fill('host-49')
    await page.getByLabel('Type', { exact: true }).fill('a')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByText('1 to 100 of 111 rrsets').waitFor()
    await page.getByRole('link', { name: 'Next' }).click()
    await page.getByText('101 to 111 of 111 rrsets').waitFor()
    expect(await page.locator('#records tbody tr').count()).toBe(11)
    await context.close()
  })

  describe('the editor', () => {
    /** Returns the most objects that a layout of the page had, from its request until it shows what is wanted. */
    async function mostLaidOut(page: Page, path: string, wanted: string): Promise<number> {
      await browser.startTracing(page, { categories: ['devtools.timeline'] })
      await page.goto(server.url + path)
      await page.locator(wanted).waitFor()
      await page.screenshot()
      type Event = {
        readonly name: string
        readonly args?: { readonly beginData?: { readonly totalObjects?: number } }
      }
      const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: readonly Event[] }
      const layouts = traceEvents.filter(({ name }) => name === 'Layout')
      expect(layouts.length).toBeGreaterThan(0)
      return Math.max(...layouts.map(({ args }) => args?.beginData?.totalObjects ?? 0))
    }

    test('takes the place of the plain field before a browser lays that out', async () => {
      const { page, context } = await opened(ZONE)
      expect(await mostLaidOut(page, `${ZONE}/edit`, '.cm-content')).toBeLessThan(5000)
      await context.close()
      const plain = await opened(ZONE, { javaScriptEnabled: false })
      expect(await mostLaidOut(plain.page, `${ZONE}/edit`, 'textarea#text')).toBeGreaterThan(20_000)
      await plain.context.close()
    })

    test('leaves the plain field where its script does not load', async () => {
      const { page, context } = await opened(ZONE)
      await page.route('**/static/console-edit-*', (route) => route.abort())
      await page.goto(`${server.url}${ZONE}/edit`)
      const field = page.getByLabel('Zone document, JSON')
      await field.waitFor()
      expect(await field.inputValue()).toContain('"pool-499"')
      await context.close()
    })

    test('scrolls, finds and sends the whole text', async () => {
      const { page, context, said } = await opened(`${ZONE}/edit`)
      await page.locator('.cm-content').click()
      await page.keyboard.press('Control+End')
      await page.keyboard.press('ArrowUp')
      await until('the last line is shown', async () => (await page.locator('.cm-activeLine').innerText()) === '}')
      expect(await page.locator('.cm-line').count()).toBeLessThan(500)
      await page.keyboard.press('Control+F')
      await page.keyboard.type('10.2.19.134')
      await page.keyboard.press('Enter')
      await page.locator('.cm-searchMatch-selected').waitFor()
      await page.keyboard.press('Escape')
      await page.keyboard.type('10.9.9.9')
      await page.getByText('The text is too long to be checked as you type').waitFor()
      await page.getByRole('button', { name: 'Plan' }).click()
      await page.getByRole('heading', { name: 'Answers that change' }).waitFor()
      const plan = await page.locator('main').innerText()
      for (const part of ['pool-499.large.example. A', '10.2.19.134', '10.9.9.9']) expect(plan).toContain(part)
      expect(said).toEqual([])
      await context.close()
    })
  })
})
