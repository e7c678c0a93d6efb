import { mkdirSync } from 'node:fs'
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { freePort } from './processes.ts'
import { exampleZones, type Files, type Server, startServer } from './server.ts'
import { open, startBrowser, type Watched } from './watched-page.ts'
import { WebTargets } from './web-targets.ts'

export const PHONE = { width: 375, height: 740 }
export const DESKTOP = { width: 1280, height: 860 }

export const API_KEY = 'a-key-for-the-tests-of-the-console'

/** A server with zones whose targets are real web servers in processes of their own. */
export type ConsoleServer = {
  readonly server: Server
  readonly url: string
  readonly targets: WebTargets
  readonly stop: () => Promise<void>
}

/** The addresses of the targets of `steeredZone`. */
export const TARGETS = ['127.0.0.2', '127.0.0.3', '127.0.0.4'] as const

/** A zone with checks, pools, a failover and a view, whose targets listen on `web`. */
export function steeredZone(web: number): string {
  const pool = (...members: string[]) => ({ kind: 'pool', check: 'web', members })
  const [first, second, third] = TARGETS
  return JSON.stringify({
    ...{ origin: 'shop.example', ttl: 60 },
    soa: { mname: 'ns1', rname: 'ops', serial: 1, refresh: 3600, retry: 900, expire: 604800, minimum: 60 },
    checks: { web: { kind: 'http', port: web, interval: 2, timeout: 1, fall: 2, rise: 2 } },
    records: {
      '@': { NS: 'ns1' },
      ns1: { A: '192.0.2.53' },
      www: { A: { kind: 'failover', pools: [pool(first, second), pool(third)] } },
      api: { A: { ...pool(third), whenDown: { answer: '203.0.113.99' } } },
      office: {
        A: {
          kind: 'view',
          rules: [{ networks: ['192.0.2.0/24'], answer: '10.0.0.1' }],
          otherwise: pool(first, second),
        },
      },
    },
  })
}

/**
 * Starts `edge-gslb dev` with the example zones, the steered one, and further files, and all of its targets.
 * @param settings further variables
 */
export async function startConsole(
  files: Files = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<ConsoleServer> {
  const targets = new WebTargets(await freePort())
  try {
    await targets.start(...TARGETS)
    const zones = { ...exampleZones(), 'shop.example.json': steeredZone(targets.port), ...files }
    const server = await startServer(zones, API_KEY, settings)
    const stop = async (): Promise<void> => {
      await server.stop()
      targets.killAll()
    }
    return { server, url: server.url, targets, stop }
  } catch (error) {
    targets.killAll()
    throw error
  }
}

/** A browser, and a console, that all tests of a file share. They are there while its tests run. */
type Shared = {
  readonly browser: Browser
  readonly console: ConsoleServer
  /** Asks the API of the console, with a key that may do everything. */
  readonly api: (path: string, init?: RequestInit) => Promise<Response>
}

/** Starts a browser and a console before the tests of a file, and ends both after them. */
export function sharedConsole(): Shared {
  const shared: { browser?: Browser; console?: ConsoleServer } = {}
  beforeAll(async () => {
    shared.browser = await startBrowser()
    shared.console = await startConsole()
  })
  afterAll(async () => {
    await shared.browser?.close()
    await shared.console?.stop()
  })
  const api: Shared['api'] = (path, init = {}) =>
    fetch(`${shared.console?.url}/api/v1/${path}`, { ...init, headers: { 'x-api-key': API_KEY, ...init.headers } })
  return Object.assign(shared as Shared, { api })
}

/** The folder of the screenshots, which people look at: git ignores it. */
const ARTEFACTS = 'test/artefacts/console'

/** The ways in which every page is walked. */
export const WAYS = [
  { name: 'desktop-light', viewport: DESKTOP, colorScheme: 'light' },
  { name: 'desktop-dark', viewport: DESKTOP, colorScheme: 'dark' },
  { name: 'phone-light', viewport: PHONE, colorScheme: 'light' },
  { name: 'phone-dark', viewport: PHONE, colorScheme: 'dark' },
  { name: 'desktop-plain', viewport: DESKTOP, colorScheme: 'light', javaScriptEnabled: false },
  { name: 'phone-plain', viewport: PHONE, colorScheme: 'dark', javaScriptEnabled: false },
] as const satisfies readonly (BrowserContextOptions & { readonly name: string })[]

/** Opens the console, and signs in by the form, as people do: the browser then is on `path`. */
export async function openConsole(
  browser: Browser,
  url: string,
  key: string,
  path = '/console',
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const watched = await open(browser, `${url}/console`, { viewport: DESKTOP, ...options })
  await watched.page.getByLabel('Key of the API').fill(key)
  await watched.page.getByRole('button', { name: 'Sign in' }).click()
  await watched.page.getByRole('navigation', { name: 'Console' }).waitFor()
  if (path !== '/console') await watched.page.goto(url + path)
  return watched
}

type Walk = {
  readonly browser: Browser
  /** The server, and a key of its API. */
  readonly url: string
  readonly key: string
  /** The path of the page, and a name for its screenshots. */
  readonly path: string
  readonly name: string
  /** Waits until the page shows what its screenshot is to have, or goes on from it: to the plan of what is there. */
  readonly until?: (page: Page, hasScript: boolean) => Promise<unknown>
  /** Matches what the browser's console may say: of a page that refuses, its status. */
  readonly allowed?: RegExp | undefined
}

/**
 * Walks a page in all ways: no horizontal bar, nothing on the console, no request to elsewhere, one heading of the
 * first level, and nothing that axe finds. A screenshot of each is kept.
 */
export async function walk({ browser, url, key, path, name, until, allowed }: Walk): Promise<void> {
  mkdirSync(ARTEFACTS, { recursive: true })
  for (const { name: way, ...options } of WAYS) {
    const hasScript = !('javaScriptEnabled' in options)
    const { page, context, hosts, said } = await openConsole(browser, url, key, path, options)
    try {
      await until?.(page, hasScript)
      await page.screenshot({ path: `${ARTEFACTS}/${name}-${way}.png`, fullPage: true })
      expect([way, await page.locator('h1').count()]).toEqual([way, 1])
      expect([way, [...hosts]]).toEqual([way, [new URL(url).host]])
      expect([way, await hasBar(page)]).toEqual([way, false])
      expect([way, await faultsIn(page, hasScript)]).toEqual([way, []])
      expect([way, said.filter((text) => !allowed?.test(text))]).toEqual([way, []])
    } finally {
      await context.close()
    }
  }
}

/** True if the page has a horizontal bar. */
export const hasBar = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')

/**
 * Returns what axe finds, with the elements.
 * @param hasScript false for a page without JavaScript: the tests may still run scripts there, but timers never fire
 */
export async function faultsIn(page: Page, hasScript = true): Promise<readonly string[]> {
  if (!hasScript)
    await page.evaluate('window.setTimeout = (run, ms, ...rest) => void Promise.resolve().then(() => run(...rest))')
  await page.evaluate(axe.source)
  const { violations, incomplete } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ preload: false }),
  )
  return [...violations, ...incomplete].map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
}

/** Returns the octets that the first visit of a page takes, its head lines left out. */
export async function transferOf(page: Page, path: string): Promise<number> {
  let octets = 0
  const sizes: Promise<void>[] = []
  page.on('requestfinished', (request) => {
    sizes.push(
      request.sizes().then(({ responseBodySize }) => {
        octets += responseBodySize
      }),
    )
  })
  await page.goto(path, { waitUntil: 'networkidle' })
  await Promise.all(sizes)
  return octets
}

/**
 * Makes an image of a page for the README, 1280 pixels wide: beside the other screenshots, or in the folder that the
 * variable CONSOLE_IMAGES names.
 */
export async function imageOf(browser: Browser, url: string, path: string, name: string): Promise<void> {
  const folder = process.env.CONSOLE_IMAGES ?? ARTEFACTS
  mkdirSync(folder, { recursive: true })
  const { page, context } = await openConsole(browser, url, API_KEY, path)
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: `${folder}/${name}.png` })
  await context.close()
}
