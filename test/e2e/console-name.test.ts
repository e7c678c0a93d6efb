import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  cellOf,
  cellsAcross,
  colourAt,
  EVERYTHING,
  networkAround,
  SEVERAL,
  ShareNumbers,
} from '../../src/console/map/index.ts'
import type { Explanation, Part } from '../../src/explain/index.ts'
import { seededRng } from '../../src/policy/index.ts'
import { API_KEY, type ConsoleServer, openConsole, startConsole, walk } from './console.ts'
import { needs } from './tools.ts'
import { startBrowser } from './watched-page.ts'

const rules = Array.from({ length: 120 }, (_, i) => ({
  networks: [`${(i * 53) % 224}.${(i * 37) % 256}.0.0/${8 + (i % 9)}`],
  answer: `192.0.2.${i % 10}`,
}))
const MARKUP = '<img src=x onerror=alert(1)>'
const at = (answer: string, latitude: number, longitude: number) => ({ answer, latitude, longitude })

/** A zone whose names show all kinds of pages. */
const ZONE = JSON.stringify({
  ...{ origin: 'map.example', ttl: 60 },
  soa: { mname: 'ns1', rname: 'ops', serial: 1, refresh: 3600, retry: 900, expire: 604800, minimum: 60 },
  records: {
    '@': { NS: 'ns1' },
    ns1: { A: '192.0.2.53' },
    www: { A: { kind: 'view', rules, otherwise: { kind: 'random', of: ['198.51.100.1', '198.51.100.2'] } } },
    fine: {
      A: {
        kind: 'networks',
        networks: { '10.1.2.0/24': '192.0.2.1', '10.1.3.128/25': '192.0.2.2' },
        otherwise: '192.0.2.3',
      },
    },
    geo: {
      A: {
        kind: 'geo',
        countries: { DE: '192.0.2.1', US: { kind: 'random', of: ['192.0.2.2', '192.0.2.3'] } },
        continents: { AS: '192.0.2.4' },
        otherwise: '192.0.2.9',
      },
    },
    near: {
      A: {
        ...{ kind: 'pool', select: 'nearest', count: 1 },
        members: [at('192.0.2.1', 50, 8), at('192.0.2.2', 40, -74), at('192.0.2.3', -33, 151)],
      },
    },
    hash: { A: { kind: 'hashed', of: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] } },
    text: { TXT: `"${MARKUP}"` },
    fails: { A: { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: '192.0.2.1' }] } },
  },
})

const pathOf = (name: string, more = ''): string => `/console/name?name=${name}.map.example${more}`

/** Waits until the map shows a view. */
const shown = (page: Page, view = '0.0.0.0/0') => page.locator(`#map .map-frame[data-view="${view}"]`).waitFor()

/** Reads pixels of the map, as the browser has them. */
const pixelsOf = (page: Page, points: readonly (readonly [number, number])[]): Promise<number[][]> =>
  page.evaluate(`(() => {
    const canvas = document.querySelector('.map-colours')
    const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return ${JSON.stringify(points)}.map(([x, y]) => [...data.slice((y * width + x) * 4, (y * width + x) * 4 + 3)])
  })()`)

needs('chromium')('the page of a name in Chromium', () => {
  let browser: Browser
  let console: ConsoleServer
  beforeAll(async () => {
    browser = await startBrowser()
    console = await startConsole({ 'map.example.json': ZONE })
  })
  afterAll(async () => {
    await browser?.close()
    await console?.stop()
  })

  const api = async <T>(path: string): Promise<T> =>
    (await fetch(`${console.url}/api/v1/${path}`, { headers: { 'x-api-key': API_KEY } })).json() as Promise<T>

  test.each([
    ['empty', '/console/name'],
    ['view', pathOf('www', '&client=37.37.0.1')],
    ['geo', pathOf('geo', '&country=DE')],
    ['nearest', pathOf('near')],
    ['hash', pathOf('hash', '&client=2001:db8::1')],
    ['text', pathOf('text', '&type=TXT')],
    ['failure', pathOf('fails', '&ecs=192.0.2.0/24')],
    ['absent', pathOf('absent')],
  ])('%s, walked', async (name, path) => {
    const until = async (page: Page, hasScript: boolean) => {
      if (name !== 'empty' && hasScript) await shown(page)
    }
    await walk({ browser, url: console.url, key: API_KEY, path, name: `name-${name}`, until })
  })

  test('the colours of the map are those of explain', async () => {
    const { page, context } = await openConsole(browser, console.url, API_KEY, pathOf('www'))
    await shown(page)
    const parts = await api<Part[]>('partition?name=www.map.example')
    const numbers = new ShareNumbers(parts)
    const random = seededRng(4)
    const across = cellsAcross(EVERYTHING)
    const clients = Array.from({ length: 200 }, () => Math.floor(random() * 2 ** 32))
    const points = clients.map((client) => cellOf(EVERYTHING, across, client))
    const pixels = await pixelsOf(
      page,
      points.map(({ x, y }) => [x, y] as const),
    )
    for (const [i, client] of clients.entries()) {
      const text = [24, 16, 8, 0].map((shift) => Math.floor(client / 2 ** shift) % 256).join('.')
      const { branch = '', answers } = await api<Explanation>(`explain?name=www.map.example&client=${text}`)
      const number = numbers.of({ branch, answers: answers.map(({ data, probability }) => ({ data, probability })) })
      const { x, y } = points[i] as { x: number; y: number }
      expect([text, pixels[i]]).toEqual([text, [...colourAt(number, x, y)]])
    }
    expect(new Set(pixels.map(String)).size).toBeGreaterThan(5)
    await page.locator('#map').screenshot({ path: 'test/artefacts/console/name-map.png' })
    await context.close()
  })

  test('by keyboard: the cursor moves, zooms in to /24 and out again, and each cell is told', async () => {
    const { page, context, said } = await openConsole(browser, console.url, API_KEY, pathOf('fine', '&client=10.1.2.3'))
    await shown(page)
    const frame = page.getByRole('application', { name: 'Hilbert map of IPv4 by branch' })
    await frame.focus()
    const told = () => page.locator('.map-cell').textContent()
    expect(await told()).toContain('10.0.0.0/8: several branches')
    await page.keyboard.press('Enter')
    await shown(page, '10.0.0.0/8')
    expect(await told()).toContain('10.1.0.0/16: several branches')
    await page.keyboard.press('Enter')
    await shown(page, '10.1.0.0/16')
    const letters = await lettersOf(page, 'networks:10.1.2.0/24')
    expect(await told()).toBe(`10.1.2.0/24: ${letters}, networks:10.1.2.0/24: 192.0.2.1`)
    expect(await page.locator('#status').textContent()).toContain('10.1.2.0/24')
    const three = cellOf(networkAround(10 * 2 ** 24 + 2 ** 16, 16), 16, 10 * 2 ** 24 + 2 ** 16 + 3 * 256)
    const [pixel] = await pixelsOf(page, [[three.x * 32 + 5, three.y * 32 + 5]])
    expect(pixel).toEqual([...colourAt(SEVERAL, three.x * 32 + 5, three.y * 32 + 5)])
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowRight')
    expect(await told()).toMatch(/^10\.1\.\d+\.0\/24: /)
    await page.keyboard.press('Escape')
    await shown(page, '10.0.0.0/8')
    await page.keyboard.press('Escape')
    await shown(page)
    await page.keyboard.press('Escape')
    await shown(page)
    expect(said).toEqual([])
    await context.close()
  })

  /** Returns the letters that the page gives a branch. */
  const lettersOf = async (page: Page, branch: string): Promise<string> =>
    (await page.locator('#map .map-legend li', { hasText: branch }).locator('.swatch').textContent()) ?? ''

  test('by pointer: what is under it is told, and a click zooms in', async () => {
    const { page, context } = await openConsole(browser, console.url, API_KEY, pathOf('fine'))
    await shown(page)
    await page.locator('#map .map-marks').scrollIntoViewIfNeeded()
    const box = await page.locator('#map .map-marks').boundingBox()
    if (!box) throw new Error('the map has no place')
    const { x, y } = cellOf(EVERYTHING, 16, 10 * 2 ** 24)
    const point = [box.x + ((x + 0.5) * box.width) / 16, box.y + ((y + 0.5) * box.height) / 16] as const
    await page.mouse.move(...point)
    expect(await page.locator('.map-cell').textContent()).toMatch(
      /^10\.\d+\.\d+\.0\/18: .*networks:otherwise: 192\.0\.2\.3$/,
    )
    await page.mouse.click(...point)
    await shown(page, '10.0.0.0/8')
    await page.getByRole('button', { name: 'Zoom out' }).click()
    await shown(page)
    await context.close()
  })

  test('without JavaScript the form explains, and bars, branches and networks are there', async () => {
    const { page, context } = await openConsole(browser, console.url, API_KEY, '/console/name', {
      javaScriptEnabled: false,
    })
    await page.getByLabel('Name', { exact: true }).fill('text.map.example')
    await page.getByLabel('Type').fill('TXT')
    await page.getByLabel('Client', { exact: true }).fill('10.1.2.3')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.getByRole('heading', { name: 'What 10.1.2.3 gets' }).waitFor()
    expect(await page.getByText(MARKUP).count()).toBeGreaterThan(1)
    expect(await page.locator('img').count()).toBe(0)
    await page.goto(console.url + pathOf('www'))
    for (const caption of ['Possible answers', 'Answers over all IPv4 addresses', 'Branches', 'Networks']) {
      await page.getByRole('table', { name: caption, exact: true }).waitFor()
    }
    expect(await page.locator('#map').isVisible()).toBe(false)
    await page.getByRole('link', { name: 'Next' }).click()
    await page.getByText(/^51 to 100 of /).waitFor()
    await context.close()
  })

  test.each([
    ['name=a..b', 'empty label'],
    ['name=www.map.example&client=nobody', 'is not an IP address'],
    ['name=www.map.example&type=%3Cb%3E', '<b>'],
    ['name=www.map.example&ecs=1.2.3.4%2F99', 'ecs: '],
    ['name=www.map.example&country=Germany', 'is not a country'],
  ])('%s is told on the page', async (query, text) => {
    const { page, context } = await openConsole(browser, console.url, API_KEY)
    const response = await page.goto(`${console.url}/console/name?${query}`)
    expect(await page.locator('.note.problem').first().textContent()).toContain(text)
    expect(response?.status()).toBeLessThan(500)
    await context.close()
  })
})
