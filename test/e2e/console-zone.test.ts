import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { API_KEY, type ConsoleServer, faultsIn, hasBar, openConsole, PHONE, startConsole, walk } from './console.ts'
import { until } from './processes.ts'
import { needs } from './tools.ts'
import { startBrowser } from './watched-page.ts'

const MARKUP = '<img src=x onerror=alert(1)><script>alert(1)</script>'

const SOA = { mname: 'ns1', rname: 'ops', serial: 1, refresh: 3600, retry: 900, expire: 604800, minimum: 60 }

/** The element of the editor that has the focus. */
const FOCUSED = 'document.querySelector("#editor").shadowRoot.activeElement?.className'

/** A zone with markup wherever a text can stand. */
const markedZone = (): string =>
  JSON.stringify({
    ...{ origin: 'marked.example', ttl: 60, soa: SOA },
    records: {
      '@': { NS: 'ns1', TXT: `"${MARKUP}"` },
      ns1: { A: '192.0.2.53' },
      '<b>bold</b>': { A: '192.0.2.1' },
      code: { TXT: { kind: 'lua', code: `;return '${MARKUP}'` } },
      drawn: { TXT: { kind: 'random', of: [`"${MARKUP}"`, '"plain"'] } },
    },
    api: { rrsets: { ns1: { A: { comments: [{ content: MARKUP, account: MARKUP, modified_at: 1 }] } } } },
  })

const zoneFile = (serial: number, address: string): string => `$ORIGIN own.example.
$TTL 60
@   IN SOA ns ops ${serial} 3600 900 604800 60
@   IN NS ns
ns  IN A 192.0.2.53
www IN LUA A "pickwrandom({{1, '${address}'}, {3, '192.0.2.2'}})"
`

needs('chromium')('the pages of a zone in Chromium', () => {
  let browser: Browser
  let console: ConsoleServer
  beforeAll(async () => {
    browser = await startBrowser()
    console = await startConsole({ 'marked.example.json': markedZone() })
    console.targets.kill('127.0.0.4')
    await put('own.example', zoneFile(1, '192.0.2.1'), { 'x-reason': 'the first' })
  })
  afterAll(async () => {
    await browser?.close()
    await console?.stop()
  })

  const api = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${console.url}/api/v1/${path}`, {
      ...init,
      headers: { 'x-api-key': API_KEY, ...(init.headers as Record<string, string>) },
    })
  async function put(zone: string, text: string, headers: Record<string, string> = {}): Promise<void> {
    const reply = await api(`zones/${zone}`, {
      method: 'PUT',
      body: text,
      headers: { 'content-type': 'text/dns', ...headers },
    })
    expect([reply.status, reply.ok ? '' : await reply.text()]).toEqual([expect.toBeOneOf([200, 201]), ''])
  }
  const textOf = async (zone: string): Promise<string> =>
    (await api(`zones/${zone}`, { headers: { accept: 'text/dns' } })).text()
  const keyWith = async (name: string, ...scopes: string[]): Promise<string> => {
    const reply = await api('keys', {
      method: 'POST',
      body: JSON.stringify({ name, scopes }),
      headers: { 'content-type': 'application/json' },
    })
    expect(reply.status).toBe(201)
    return ((await reply.json()) as { secret: string }).secret
  }
  const opened = (path: string, options = {}, key = API_KEY) => openConsole(browser, console.url, key, path, options)

  describe('what shows', () => {
    test.each([
      ['records', '/console/zones/shop.example'],
      ['policies', '/console/zones/shop.example/policies'],
      ['edit', '/console/zones/own.example/edit'],
      ['history', '/console/zones/own.example/history'],
      ['change', '/console/zones/own.example/history/1'],
    ])('%s, walked', async (name, path) => {
      await walk({
        ...{ browser, url: console.url, key: API_KEY, path, name: `zone-${name}` },
        until: async (page, hasScript) => {
          if (name === 'edit' && hasScript) await page.getByText('Checked: nothing is wrong.').waitFor()
        },
      })
    })

    test('a policy is drawn with chances, and the health of its targets, without JavaScript', async () => {
      const { page, context } = await opened('/console/zones/shop.example/policies?name=www.shop.example.', {
        javaScriptEnabled: false,
      })
      await until('the target is known to be down', async () => {
        await page.reload()
        return (await page.getByText('forced down').or(page.locator('.way .state.down')).count()) > 0
      })
      const ways = await page.locator('.tree > li > ul > li > .way').allInnerTexts()
      expect(ways.map((text) => text.replace(/\s+/g, ' ').trim())).toEqual(['level 1 100 % up', 'level 2 0 % down'])
      const inner = page.locator('.tree > li > ul > li').first().locator('.way').filter({ hasText: 'member' })
      expect((await inner.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim())).toEqual([
        `member 1 50 % up shop.example/web 127.0.0.2:${console.targets.port}`,
        `member 2 50 % up shop.example/web 127.0.0.3:${console.targets.port}`,
      ])
      await context.close()
    })

    test('markup is shown as text, with JavaScript and without', async () => {
      const reason = `a reason → ${MARKUP}`
      const document = { ...JSON.parse(markedZone()), soa: { ...SOA, serial: 2 } }
      await put('marked.example', JSON.stringify(document), {
        'content-type': 'application/json',
        'x-reason': Buffer.from(reason).toString('latin1'),
      })
      for (const javaScriptEnabled of [true, false]) {
        const { page, context, said } = await opened('/console/zones/marked.example', { javaScriptEnabled })
        const paths = ['', '/policies', '/edit', '/edit?form=json', '/history', '/history/2']
        for (const path of paths) {
          await page.goto(`${console.url}/console/zones/marked.example${path}`)
          if (javaScriptEnabled && path.startsWith('/edit')) await page.getByText('Checked: ').waitFor()
          expect([
            path,
            await page.locator('main img, main script:not([type="application/json"]), main b b').count(),
          ]).toEqual([path, 0])
        }
        await page.goto(`${console.url}/console/zones/marked.example`)
        const shown = await page.locator('main').innerText()
        for (const text of [MARKUP, '<b>bold</b>', reason]) expect(shown).toContain(text)
        if (javaScriptEnabled) {
          await page.getByLabel('Words in name, type or data').fill('onerror')
          await until('it is filtered', async () => (await page.locator('#records tbody tr').count()) === 3)
          expect(await page.locator('main img').count()).toBe(0)
        }
        expect(said).toEqual([])
        await context.close()
      }
    })
  })

  describe('changes', () => {
    test('without JavaScript: errors by line, then the plan, then publication, with a reason', async () => {
      await put('own.example', zoneFile(10, '192.0.2.1'))
      const { page, context } = await opened('/console/zones/own.example/edit', {
        javaScriptEnabled: false,
        viewport: PHONE,
      })
      const field = page.getByLabel('Zone file')
      const text = await field.inputValue()
      await field.fill(`${text}bad IN A 192.0.2.300\n`)
      await page.getByRole('button', { name: 'Check' }).click()
      await page.getByText(/line \d+, column \d+:/).waitFor()
      expect(await field.inputValue()).toContain('192.0.2.300')
      await field.fill(text.replace('192.0.2.1', '192.0.2.7'))
      await page.getByRole('button', { name: 'Plan' }).click()
      await page.getByRole('heading', { name: 'Answers that change' }).waitFor()
      const rows = page.locator('.before-after tbody tr')
      expect((await rows.allInnerTexts()).map((row) => row.replace(/\s+/g, ' ').trim()).sort()).toEqual([
        '192.0.2.1 25 % 0 %',
        '192.0.2.2 75 % 75 %',
        '192.0.2.7 0 % 25 %',
      ])
      await page.getByLabel('Reason').fill('moved → away')
      await page.getByRole('button', { name: 'Publish' }).click()
      await page.getByText(/Serial \d+ is published/).waitFor()
      expect(await textOf('own.example')).toContain('192.0.2.7')
      expect(await page.locator('.facts').innerText()).toContain('moved → away')
      expect(await page.locator('.facts').innerText()).toContain('the API, by API_KEY')
      await context.close()
    })

    test('in the editor, by keyboard alone: marks, completion, and the way out', async () => {
      await put('own.example', zoneFile(2_000_000_000, '192.0.2.1'))
      const { page, context, said } = await opened('/console/zones/own.example/edit')
      await page.getByText('Checked: nothing is wrong.').waitFor()
      await page.getByRole('link', { name: 'Edit as JSON' }).focus()
      await page.keyboard.press('Tab')
      expect(await page.evaluate(FOCUSED)).toContain('cm-content')
      await page.keyboard.press('Control+End')
      await page.keyboard.type('new IN A 192.0.2.999')
      await page.getByText('1 error, the first in line').waitFor()
      await page.locator('.cm-lintRange-error').waitFor()
      expect(await page.locator('.cm-lint-marker-error').count()).toBe(1)
      for (let i = 0; i < '192.0.2.999'.length; i++) await page.keyboard.press('Backspace')
      await page.keyboard.type('192.0.2.9')
      await page.keyboard.press('Enter')
      await page.keyboard.type('lua IN LUA A "pickr')
      await page.locator('.cm-tooltip-autocomplete').waitFor()
      expect(await page.locator('.cm-tooltip-autocomplete li').allInnerTexts()).toContain('pickrandom')
      await page.keyboard.press('Escape')
      await page.keyboard.type("andom({'192.0.2.4', '192.0.2.5'})")
      await page.getByText('Checked: nothing is wrong.').waitFor()
      await page.keyboard.press('Escape')
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Plan')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Answers that change' }).waitFor()
      expect(await faultsIn(page)).toEqual([])
      expect(await hasBar(page)).toBe(false)
      await page.screenshot({ path: 'test/artefacts/console/zone-plan.png', fullPage: true })
      await page.getByRole('button', { name: 'Publish' }).focus()
      await page.keyboard.press('Enter')
      await page.getByText(/Serial \d+ is published/).waitFor()
      expect(await textOf('own.example')).toMatch(/new +IN A 192\.0\.2\.9\n/)
      expect(said).toEqual([])
      await context.close()
    })

    test('the plan of a phone in the dark has no fault either', async () => {
      const { page, context } = await opened('/console/zones/shop.example/edit?form=json', {
        viewport: PHONE,
        colorScheme: 'dark',
        javaScriptEnabled: true,
      })
      await page.getByText('Checked: ').waitFor()
      await page.locator('.cm-content').click()
      await page.keyboard.press('Control+Home')
      await page.keyboard.press('Control+F')
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Plan' }).click()
      await page.getByRole('heading', { name: 'No answer changes' }).waitFor()
      expect([await faultsIn(page), await hasBar(page)]).toEqual([[], false])
      await context.close()
    })

    test('of two editors the slower one gets a difference, and keeps its text', async () => {
      await put('own.example', zoneFile(2_000_000_100, '192.0.2.1'))
      const { page, context, said } = await opened('/console/zones/own.example/edit', { javaScriptEnabled: false })
      const field = page.getByLabel('Zone file')
      await field.fill((await field.inputValue()).replace('192.0.2.53', '192.0.2.54'))
      await page.getByRole('button', { name: 'Plan' }).click()
      await page.getByRole('button', { name: 'Publish' }).waitFor()
      await put('own.example', zoneFile(2_000_000_200, '192.0.2.8'), { 'x-reason': 'faster' })
      await page.getByRole('button', { name: 'Publish' }).click()
      await page.getByText('Somebody else changed the zone').waitFor()
      expect(await page.locator('main').innerText()).toContain('faster')
      expect(await page.locator('.diff').innerText()).toContain('192.0.2.54')
      expect(await field.inputValue()).toContain('192.0.2.54')
      expect(await textOf('own.example')).toContain('192.0.2.8')
      await field.fill((await field.inputValue()).replace('192.0.2.1', '192.0.2.8'))
      await page.getByRole('button', { name: 'Plan' }).click()
      await page.getByRole('button', { name: 'Publish' }).click()
      await page.getByText(/Serial \d+ is published/).waitFor()
      const both = await textOf('own.example')
      expect([both.includes('192.0.2.54'), both.includes('192.0.2.8')]).toEqual([true, true])
      expect(said.filter((text) => !text.includes('412'))).toEqual([])
      await context.close()
    })

    test('a plan for some of the clients has a map of them, and the list of their networks', async () => {
      const view = (network: string): string =>
        zoneFile(2_000_000_250, '192.0.2.1') +
        `office IN LUA A "view({{{'${network}'}, {'10.0.0.1'}}, {{'0.0.0.0/0', '::/0'}, {'192.0.2.3'}}})"\n`
      await put('own.example', view('10.0.0.0/8'))
      const { page, context, said } = await opened('/console/zones/own.example/edit')
      await page.locator('.cm-content').waitFor()
      await page.locator('.cm-content').click()
      await page.keyboard.press('Control+F')
      await page.keyboard.type('10.0.0.0/8')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Escape')
      await page.keyboard.type('10.0.0.0/7')
      await page.getByRole('button', { name: 'Plan' }).click()
      await page
        .getByRole('application', { name: 'Hilbert map of who gets something else for office.own.example. A' })
        .waitFor()
      expect(await page.locator('.before-after caption').innerText()).toContain('11.0.0.0/8')
      await page.locator('.map-legend li').first().waitFor()
      expect([await faultsIn(page), await hasBar(page), said]).toEqual([[], false, []])
      await page.screenshot({ path: 'test/artefacts/console/zone-plan-map.png', fullPage: true })
      await context.close()
    })

    test('a roll-back shows its plan first', async () => {
      await put('own.example', zoneFile(2_000_000_300, '192.0.2.1'))
      await put('own.example', zoneFile(2_000_000_400, '192.0.2.66'))
      const { page, context } = await opened('/console/zones/own.example/history')
      await page.locator('tbody a').nth(1).click()
      expect(await page.locator('.diff ins').first().innerText()).toMatch(/^\+/)
      await page.getByRole('button', { name: 'Plan a roll-back' }).click()
      await page.getByRole('heading', { name: 'Answers that change' }).waitFor()
      expect(await textOf('own.example')).toContain('192.0.2.66')
      expect(await faultsIn(page)).toEqual([])
      await page.getByLabel('Reason').fill('it was better')
      await page.getByRole('button', { name: 'Roll back to change' }).click()
      await page.getByText(/Serial \d+ is published/).waitFor()
      expect(await textOf('own.example')).not.toContain('192.0.2.66')
      await context.close()
    })
  })

  describe('keys', () => {
    test('a key that reads sees, plans, and publishes nothing', async () => {
      const key = await keyWith('reader', 'read')
      const { page, context } = await opened('/console/zones/own.example/edit', { javaScriptEnabled: false }, key)
      await page.getByText('may not change this zone').waitFor()
      await page.getByRole('button', { name: 'Plan' }).click()
      await page.getByRole('heading', { name: 'No answer changes' }).waitFor()
      expect(await page.getByRole('button', { name: 'Publish' }).count()).toBe(0)
      const before = await textOf('own.example')
      const token = await page.locator('input[name="token"]').first().inputValue()
      const posted = async (form: Record<string, string>, headers = {}) =>
        (
          await page.request.post(`${console.url}/console/zones/own.example/edit`, { form, headers, maxRedirects: 0 })
        ).status()
      const etag = await page.locator('input[name="etag"]').inputValue()
      const publishing = { step: 'publish', form: 'zone', etag, text: zoneFile(4_000_000_000, '192.0.2.99') }
      expect(await posted({ ...publishing, token })).toBe(403)
      expect(await textOf('own.example')).toBe(before)
      await context.close()
    })

    test('a form without the token, or from elsewhere, changes nothing', async () => {
      const { page, context } = await opened('/console/zones/own.example/edit')
      const before = await textOf('own.example')
      const etag = await page.locator('input[name="etag"]').inputValue()
      const token = await page.locator('input[name="token"]').first().inputValue()
      const form = { step: 'publish', form: 'zone', etag, text: zoneFile(4_000_000_000, '192.0.2.99') }
      const posted = async (fields: Record<string, string>, headers = {}) =>
        (
          await page.request.post(`${console.url}/console/zones/own.example/edit`, {
            form: fields,
            headers,
            maxRedirects: 0,
          })
        ).status()
      expect([
        await posted(form),
        await posted({ ...form, token: 'a'.repeat(token.length) }),
        await posted({ ...form, token }, { origin: 'https://evil.example' }),
        await posted({ ...form, token }, { 'sec-fetch-site': 'cross-site' }),
        await posted({ ...form, token, etag: '"x' }),
      ]).toEqual([403, 403, 403, 403, 400])
      expect(await textOf('own.example')).toBe(before)
      await context.close()
    })

    test('a key of one zone sees that one alone', async () => {
      const key = await keyWith('own', 'zone:own.example')
      const { page, context } = await opened('/console/zones/own.example', {}, key)
      await page.getByRole('rowheader', { name: 'ns.own.example.' }).waitFor()
      for (const path of ['', '/policies', '/edit', '/history', '/history/1']) {
        const reply = await page.goto(`${console.url}/console/zones/shop.example${path}`)
        expect([path, reply?.status()]).toEqual([path, 403])
      }
      expect(await page.getByRole('link', { name: 'shop.example' }).count()).toBe(0)
      await context.close()
    })
  })
})
