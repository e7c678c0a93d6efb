import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  API_KEY,
  type ConsoleServer,
  DESKTOP,
  faultsIn,
  hasBar,
  openConsole,
  PHONE,
  startConsole,
  walk,
} from './console.ts'
import { needs } from './tools.ts'
import { open, startBrowser } from './watched-page.ts'

needs('chromium')('the console in Chromium', () => {
  let browser: Browser
  let console: ConsoleServer
  beforeAll(async () => {
    browser = await startBrowser()
    console = await startConsole()
  })
  afterAll(async () => {
    await browser?.close()
    await console?.stop()
  })

  test.each([
    ['light', DESKTOP],
    ['dark', PHONE],
  ] as const)('the form to sign in: %s, %j', async (colorScheme, viewport) => {
    const { page, context, said } = await open(browser, `${console.url}/console`, { colorScheme, viewport })
    expect(await faultsIn(page)).toEqual([])
    expect([await hasBar(page), said]).toEqual([false, []])
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.type('a wrong key')
    await page.keyboard.press('Enter')
    await page.getByText('This key is not known here').waitFor()
    expect(await faultsIn(page)).toEqual([])
    await context.close()
  })

  test('the overview, walked', async () => {
    await walk({ browser, url: console.url, key: API_KEY, path: '/console', name: 'overview' })
  })

  test('signing in, the colours and signing out work by keyboard, with JavaScript and without', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const { page, context } = await openConsole(browser, console.url, API_KEY, '/console', { javaScriptEnabled })
      await page.getByRole('button', { name: 'Dark', exact: true }).focus()
      await page.keyboard.press('Enter')
      await page.locator('html[data-theme="dark"]').waitFor()
      await page.getByRole('button', { name: 'Sign out' }).focus()
      await page.keyboard.press('Enter')
      await page.getByLabel('Key of the API').waitFor()
      await context.close()
    }
  })
})
