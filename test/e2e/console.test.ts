import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import {
  API_KEY,
  DESKTOP,
  faultsIn,
  hasBar,
  imageOf,
  openConsole,
  PHONE,
  sharedConsole,
  TARGETS,
  transferOf,
  walk,
} from './console.ts'
import { until } from './processes.ts'
import { needs } from './tools.ts'
import { open } from './watched-page.ts'

/** Octets of the first page, with all that it loads. */
const MAX_FIRST_PAGE = 100_000

needs('chromium')('the console in Chromium', () => {
  const shared = sharedConsole()

  const walked = (path: string, name: string, wait?: (page: Page, hasScript: boolean) => Promise<unknown>) =>
    walk({ browser: shared.browser, url: shared.console.url, key: API_KEY, path, name, ...(wait && { until: wait }) })

  const pageOf = (target: string): string =>
    `/console/health/target?${new URLSearchParams({ check: 'shop.example/web', target: `${target}:${shared.console.targets.port}`, hours: '1' })}`

  /** Asks the server as a DoH client does, and returns the addresses. */
  async function answersOf(name: string): Promise<string> {
    const reply = await fetch(`${shared.console.url}/resolve?name=${name}&type=A`)
    const { Answer = [] } = (await reply.json()) as { Answer?: { data: string }[] }
    return Answer.map(({ data }) => data).join(' ')
  }

  /** Waits until the page of an opened console has a text, and loads it again meanwhile. */
  async function untilShown(path: string, text: RegExp): Promise<void> {
    const { page, context } = await openConsole(shared.browser, shared.console.url, API_KEY, path)
    await until(`${path} shows ${text}`, async () => {
      await page.reload()
      return text.test(await page.locator('main').innerText())
    })
    await context.close()
  }

  test.each([
    ['light', DESKTOP],
    ['dark', PHONE],
  ] as const)('the form to sign in: %s, %j', async (colorScheme, viewport) => {
    const { page, context, said } = await open(shared.browser, `${shared.console.url}/console`, {
      colorScheme,
      viewport,
    })
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

  test('the first page is small, with all that it loads', async () => {
    const { page, context } = await openConsole(shared.browser, shared.console.url, API_KEY)
    expect(await transferOf(page, `${shared.console.url}/console`)).toBeLessThan(MAX_FIRST_PAGE)
    await context.close()
  })

  test('while all is well the overview says so', async () => {
    await untilShown('/console', /Nothing is wrong/)
    await walked('/console', 'overview-well')
  })

  test('killed targets come first on the overview, and on the pages about health', async () => {
    for (const target of TARGETS.slice(1)) shared.console.targets.kill(target)
    await untilShown(
      '/console',
      /What is wrong now[\s\S]*127\.0\.0\.4:\d+ of shop\.example\/web\s+down\s+connect failed/,
    )
    await walked('/console', 'overview')
    await walked('/console/health', 'health')
    await walked(pageOf(TARGETS[2]), 'target', async (page, hasScript) => {
      if (hasScript) await page.locator('#timeline canvas').waitFor()
      else expect(await page.locator('#plots').isVisible()).toBe(false)
    })
    await walked('/console/settings', 'settings')
    await walked('/console/health/override?target=127.0.0.3', 'override')
    await imageOf(shared.browser, shared.console.url, '/console', 'console-overview')
  })

  test('a reader zooms by keyboard and by dragging, and is told what is shown', async () => {
    const { page, context, said } = await openConsole(shared.browser, shared.console.url, API_KEY, pageOf(TARGETS[2]))
    await page.locator('#timeline canvas').waitFor()
    const status = page.locator('#status')
    await page.getByRole('button', { name: 'Zoom in' }).focus()
    await page.keyboard.press('Enter')
    await status.filter({ hasText: /^Shown: .* UTC$/ }).waitFor({ state: 'attached' })
    const first = await status.textContent()
    await page.getByRole('button', { name: 'Later' }).focus()
    await page.keyboard.press('Enter')
    await until('another part is shown', async () => (await status.textContent()) !== first)
    const box = await page.locator('#timeline .u-over').boundingBox()
    if (!box) throw new Error('the timeline has no plot')
    const pixels = () =>
      page.evaluate<string>(`document.querySelector('#latency canvas, #timeline canvas').toDataURL()`)
    const before = await pixels()
    await page.mouse.move(box.x + box.width * 0.25, box.y + 10)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.5, box.y + 10, { steps: 5 })
    await page.mouse.up()
    await until('the plots are drawn anew', async () => (await pixels()) !== before)
    expect(said).toEqual([])
    await context.close()
  })

  test.each([true, false])(
    'an override by keyboard alone: rehearsed, set, answered, ended (JavaScript %j)',
    async (javaScriptEnabled) => {
      const { page, context, said } = await openConsole(
        shared.browser,
        shared.console.url,
        API_KEY,
        '/console/health',
        {
          javaScriptEnabled,
        },
      )
      const press = async (name: string): Promise<void> => {
        await tabTo(page, name)
        await page.keyboard.press('Enter')
      }
      await press('New override')
      await page.getByRole('heading', { name: 'Force a state' }).waitFor()
      await tabTo(page, 'pool')
      await page.keyboard.type('api.shop.example/A')
      await tabTo(page, 'force')
      await page.keyboard.type('up')
      await tabTo(page, 'why')
      await page.keyboard.type('the page <b>needs</b> it')
      await press('Rehearse')
      await page.getByRole('heading', { name: 'What would happen' }).waitFor()
      expect(await page.locator('h1').innerText()).toBe('Force a state')
      expect(await answersOf('api.shop.example')).toBe('203.0.113.99')
      await press('Set this override')
      await page.getByText('The override is set.').waitFor()
      await until('the answer follows', async () => (await answersOf('api.shop.example')) === TARGETS[2])
      expect(await page.locator('#overrides').locator('..').locator('..').innerText()).toContain(
        'the page <b>needs</b> it',
      )
      await press('End')
      await page.getByText('The override is ended.').waitFor()
      await until('the answer goes back', async () => (await answersOf('api.shop.example')) === '203.0.113.99')
      expect(said).toEqual([])
      await context.close()
    },
  )

  test('signing in, the colours and signing out work by keyboard, with JavaScript and without', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const { page, context } = await openConsole(shared.browser, shared.console.url, API_KEY, '/console', {
        javaScriptEnabled,
      })
      await page.getByRole('button', { name: 'Dark', exact: true }).focus()
      await page.keyboard.press('Enter')
      await page.locator('html[data-theme="dark"]').waitFor()
      await page.getByRole('button', { name: 'Sign out' }).focus()
      await page.keyboard.press('Enter')
      await page.getByLabel('Key of the API').waitFor()
      await context.close()
    }
  })

  test('a key is made and revoked in the settings', async () => {
    const { page, context } = await openConsole(shared.browser, shared.console.url, API_KEY, '/console/settings')
    await page.getByLabel('Name', { exact: true }).fill('from-a-browser')
    await page.getByRole('button', { name: 'Make the key' }).click()
    const secret = await page.locator('#secret').innerText()
    const reader = await openConsole(shared.browser, shared.console.url, secret)
    await page.goto(`${shared.console.url}/console/settings`)
    await page.getByRole('form', { name: 'Revoke from-a-browser' }).getByRole('button').click()
    await page.getByText('The key is revoked.').waitFor()
    await until('the session has ended', async () => {
      await reader.page.goto(`${shared.console.url}/console`)
      return reader.page.getByLabel('Key of the API').isVisible()
    })
    await reader.context.close()
    await context.close()
  })

  test('a target that comes back shows in its past, and the image of it is kept', async () => {
    await shared.console.targets.start(TARGETS[2])
    await untilShown(pageOf(TARGETS[2]), /Now[\s\S]*State\s+up/)
    await imageOf(shared.browser, shared.console.url, pageOf(TARGETS[2]), 'console-target')
  })
})

/** Presses Tab until an element with this id or this text has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let i = 0; i < 120; i++) {
    await page.keyboard.press('Tab')
    const [id, text] = await page.evaluate<[string, string]>(
      '[document.activeElement.id, document.activeElement.textContent.trim()]',
    )
    if (id === name || text === name) return
  }
  throw new Error(`the keyboard does not reach ${name}`)
}
