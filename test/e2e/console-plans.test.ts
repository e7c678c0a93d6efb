import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { API_KEY, openConsole, sharedConsole, walk } from './console.ts'
import { needs } from './tools.ts'

/** The address of `www`, and the network of its own answer. */
const zoneFile = (address: string, network = '10.0.0.0/8'): string => `$TTL 60
@   IN SOA ns ops 1 3600 900 604800 60
@   IN NS ns
ns  IN A 192.0.2.53
www IN A ${address}
office IN LUA A "view({{{'${network}'}, {'10.0.0.1'}}, {{'0.0.0.0/0', '::/0'}, {'192.0.2.3'}}})"
`

/** A page that a form leads to: from which path, and how. */
type Reached = {
  readonly name: string
  readonly path: string
  readonly reach: (page: Page) => Promise<unknown>
  /** The status of the page, if it refuses. */
  readonly status?: number
}

needs('chromium')('pages of the console that a form leads to, in Chromium', () => {
  const shared = sharedConsole()
  const { api } = shared
  beforeAll(async () => {
    await put(zoneFile('192.0.2.1'))
    await put(zoneFile('192.0.2.2'), 'moved')
    await put(zoneFile('192.0.2.1'), 'a zone that goes', 'gone.example')
    expect((await api('zones/gone.example', { method: 'DELETE' })).status).toBe(204)
  })

  async function put(text: string, reason = 'by a test', zone = 'own.example'): Promise<void> {
    const headers = { 'content-type': 'text/dns', 'x-reason': reason }
    const reply = await api(`zones/${zone}`, { method: 'PUT', body: text, headers })
    expect(reply.status).toBeLessThan(300)
  }
  const textOf = async (zone = 'own.example'): Promise<string> =>
    (await api(`zones/${zone}`, { headers: { accept: 'text/dns' } })).text()

  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click()
  const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor()
  /** Counts up, so that each version of a zone is another. */
  let version = 3
  const other = (): string => `192.0.2.${version++}`

  /** Puts a text into the editor, or into the plain field. */
  async function write(page: Page, text: string): Promise<void> {
    const field = page.getByLabel('Zone file').first()
    if (await page.locator('#editor').isVisible()) {
      await page.locator('#editor .cm-content').click()
      await page.keyboard.press('ControlOrMeta+A')
      await page.keyboard.insertText(text)
    } else await field.fill(text)
  }
  async function plan(page: Page, text: string): Promise<void> {
    await write(page, text)
    await press(page, 'Plan')
    await heading(page, 'Answers that change')
  }
  async function planRollBack(page: Page): Promise<void> {
    await press(page, 'Plan a roll-back')
    await heading(page, 'Answers that change')
  }

  const EDIT = '/console/zones/own.example/edit'
  const OVERRIDE = '/console/health/override'
  const REACHED: readonly Reached[] = [
    {
      name: 'plan',
      path: EDIT,
      reach: (page) => plan(page, zoneFile(other(), '10.0.0.0/7')),
    },
    {
      name: 'findings',
      path: EDIT,
      status: 422,
      reach: async (page) => {
        await write(page, zoneFile('192.0.2.300'))
        await press(page, 'Plan')
        await page.getByText(/line \d+, column \d+:/).waitFor()
      },
    },
    {
      name: 'conflict',
      path: EDIT,
      status: 412,
      reach: async (page) => {
        await plan(page, zoneFile(other()))
        await put(zoneFile(other()), 'faster')
        await page.getByLabel('Reason').fill('why this')
        await press(page, 'Publish')
        await page.getByText('Somebody else changed the zone').waitFor()
        expect(await page.locator('input[name="reason"]').inputValue()).toBe('why this')
      },
    },
    {
      name: 'published',
      path: EDIT,
      reach: async (page) => {
        await plan(page, zoneFile(other()))
        await press(page, 'Publish')
        await page.getByText(/Serial \d+ is published/).waitFor()
      },
    },
    { name: 'roll-back', path: '/console/zones/own.example/history/1', reach: planRollBack },
    {
      name: 'roll-back-conflict',
      path: '/console/zones/own.example/history/1',
      status: 412,
      reach: async (page) => {
        await planRollBack(page)
        await put(zoneFile(other()), 'faster')
        await press(page, 'Roll back to change 1')
        await page.getByText('Somebody else changed the zone since you saw the plan.').waitFor()
      },
    },
    {
      name: 'roll-back-to-a-deletion',
      path: '/console/zones/gone.example/history/1',
      reach: async (page) => {
        await press(page, 'Plan a roll-back')
        await heading(page, 'Answers that change')
      },
    },
    {
      name: 'deleted',
      path: '/console/zones/gone.example',
      status: 404,
      reach: (page) => page.getByText('This zone was deleted').waitFor(),
    },
    {
      name: 'rehearsal',
      path: `${OVERRIDE}?target=127.0.0.*`,
      reach: async (page) => {
        await page.getByLabel('Why').fill('a walk')
        await press(page, 'Rehearse')
        await heading(page, 'What would happen')
      },
    },
    {
      name: 'override-refused',
      path: `${OVERRIDE}?target=127.0.0.*`,
      status: 409,
      reach: async (page) => {
        await page.getByLabel('Why').fill('a walk')
        await press(page, 'Rehearse')
        await press(page, 'Set this override')
        await page.getByText('without a member that is up; nothing was changed').waitFor()
      },
    },
    {
      name: 'key-made',
      path: '/console/settings',
      reach: async (page) => {
        await page.getByLabel('Name', { exact: true }).fill(`walk-${other()}`)
        await press(page, 'Make the key')
        await page.locator('#secret').waitFor()
      },
    },
    {
      name: 'key-refused',
      path: '/console/settings',
      status: 422,
      reach: async (page) => {
        await page.getByLabel('Name', { exact: true }).fill('no name')
        await press(page, 'Make the key')
        await page.getByText('the name of the key is not valid').waitFor()
      },
    },
    {
      name: 'not-found',
      path: '/console/nowhere',
      status: 404,
      reach: (page) => page.getByText('There is no such page').waitFor(),
    },
  ]

  test.each(REACHED)('$name, walked', async ({ name, path, reach, status }) => {
    await walk({
      ...{ browser: shared.browser, url: shared.console.url, key: API_KEY, path, name: `form-${name}`, until: reach },
      allowed: status === undefined ? undefined : new RegExp(`status of ${status} `),
    })
  })

  test.each(['zone', 'json'])(
    'typing over what is selected in the editor (%s) says nothing, and is undone',
    async (form) => {
      const { page, context, said } = await openConsole(
        shared.browser,
        shared.console.url,
        API_KEY,
        `${EDIT}?form=${form}`,
      )
      const content = page.locator('#editor .cm-content')
      await content.click()
      // The editor has the lines that are on the screen.
      const beginning = async (): Promise<string> => (await content.innerText()).slice(0, 200)
      const before = await beginning()
      for (const selecting of [
        ['Control+Home', 'Control+Shift+ArrowRight', 'Control+Shift+ArrowRight', 'Control+Shift+ArrowRight'],
        ['Control+Home', 'Shift+ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown'],
        ['Control+A'],
      ]) {
        for (const key of selecting) await page.keyboard.press(key)
        await page.keyboard.type('typed')
        expect(await content.innerText()).toMatch(/^typed/)
        await page.keyboard.press('Control+Z')
        expect(await beginning()).toBe(before)
      }
      // A bracket goes around what is selected, as the editor does it.
      for (const key of ['Control+Home', 'Shift+End']) await page.keyboard.press(key)
      await page.keyboard.type('[')
      expect(await content.innerText()).toMatch(/^\[.*\]\n/)
      expect(said).toEqual([])
      await context.close()
    },
  )

  describe.each([true, false])('a roll-back, JavaScript %j', (javaScriptEnabled) => {
    test('that meets another change changes nothing, and shows the plan as it is now', async () => {
      await put(zoneFile('192.0.2.201'), 'wanted')
      const { changes } = (await (await api('zones/own.example/history')).json()) as { changes: { id: number }[] }
      const wanted = changes[0]?.id as number
      await put(zoneFile('192.0.2.202'), 'not wanted')
      const path = `/console/zones/own.example/history/${wanted}`
      const { page, context, said } = await openConsole(shared.browser, shared.console.url, API_KEY, path, {
        javaScriptEnabled,
      })
      await planRollBack(page)
      expect(await page.locator('main').innerText()).toContain('192.0.2.202')
      await put(zoneFile('192.0.2.203'), 'faster')
      await page.getByLabel('Reason').fill('it was better')
      const [reply] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        press(page, `Roll back to change ${wanted}`),
      ])
      expect(reply.status()).toBe(412)
      await page.getByText('Somebody else changed the zone since you saw the plan. Nothing was changed').waitFor()
      expect(await textOf()).toContain('192.0.2.203')
      const plan = await page.locator('main').innerText()
      expect([plan.includes('192.0.2.203'), plan.includes('192.0.2.202')]).toEqual([true, false])
      expect(await page.getByLabel('Reason').inputValue()).toBe('it was better')
      await press(page, `Roll back to change ${wanted}`)
      await page.getByText(/Serial \d+ is published/).waitFor()
      expect(await textOf()).toContain('192.0.2.201')
      expect(await page.locator('.facts').innerText()).toContain('it was better')
      expect(said.filter((text) => !text.includes('412'))).toEqual([])
      await context.close()
    })

    test('of a zone that somebody brought back meanwhile does not delete it', async () => {
      const zone = `back-${javaScriptEnabled}.example`
      await put(zoneFile('192.0.2.1'), 'first', zone)
      expect((await api(`zones/${zone}`, { method: 'DELETE' })).status).toBe(204)
      const path = `/console/zones/${zone}/history/1`
      const { page, context } = await openConsole(shared.browser, shared.console.url, API_KEY, path, {
        javaScriptEnabled,
      })
      await planRollBack(page)
      await put(zoneFile('192.0.2.9'), 'brought back', zone)
      await press(page, 'Roll back to change 1')
      await page.getByText('Somebody else changed the zone since you saw the plan.').waitFor()
      expect(await textOf(zone)).toContain('192.0.2.9')
      await context.close()
    })
  })
})
