import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { pathOf } from './tools.ts'

/** Playwright gives up after half a minute, which a busy machine may need: here only a page that hangs takes so long. */
const HANGS_MS = 900_000

/** Starts Debian's Chromium without a window. Root has no sandbox. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: pathOf('chromium') ?? 'chromium',
    timeout: HANGS_MS,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })

/** A page, with what it asked for and what it said. */
export type Watched = {
  readonly page: Page
  readonly context: BrowserContext
  /** The hosts of all requests. */
  readonly hosts: Set<string>
  /** Messages on the console, and errors that nobody caught. */
  readonly said: string[]
}

/** Opens a page, and watches it from its first request on. */
export async function open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(HANGS_MS)
  const page = await context.newPage()
  const hosts = new Set<string>()
  const said: string[] = []
  page.on('request', (request) => void hosts.add(new URL(request.url()).host))
  page.on('console', (message) => void said.push(message.text()))
  page.on('pageerror', (error) => void said.push(String(error)))
  await page.goto(url)
  return { page, context, hosts, said }
}
