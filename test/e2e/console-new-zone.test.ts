import { expect, test } from 'vitest'
import { API_KEY, openConsole, PHONE, sharedConsole, walk } from './console.ts'
import { needs } from './tools.ts'

needs('chromium')('a new zone in Chromium', () => {
  const shared = sharedConsole()
  const { api } = shared

  const textOf = async (zone: string): Promise<string> =>
    (await api(`zones/${zone}`, { headers: { accept: 'text/dns' } })).text()
  const put = (zone: string, text: string) =>
    api(`zones/${zone}`, { method: 'PUT', body: text, headers: { 'content-type': 'text/dns' } })
  const keyWith = async (name: string, ...scopes: string[]): Promise<string> => {
    const reply = await api('keys', { method: 'POST', body: JSON.stringify({ name, scopes }) })
    return ((await reply.json()) as { secret: string }).secret
  }
  const opened = (path: string, options = {}, key = API_KEY) =>
    openConsole(shared.browser, shared.console.url, key, path, options)
  const zoneFile = (address: string): string =>
    `$TTL 60\n@ IN SOA ns ops 1 3600 900 604800 60\n@ IN NS ns\nns IN A ${address}\n`

  test.each([
    ['name', '/console/new-zone'],
    ['there-already', '/console/new-zone?name=shop.example'],
    ['edit', '/console/zones/fresh.example/edit'],
    ['edit-json', '/console/zones/fresh.example/edit?form=json'],
  ])('%s, walked', async (name, path) => {
    await walk({
      ...{ browser: shared.browser, url: shared.console.url, key: API_KEY, path, name: `new-zone-${name}` },
      until: async (page, hasScript) => {
        if (name.startsWith('edit') && hasScript) await page.getByText('Checked: nothing is wrong.').waitFor()
      },
      allowed: name === 'there-already' ? /409/ : undefined,
    })
  })

  test('without JavaScript: from the list of zones by a name, the text and the plan to publication', async () => {
    const { page, context, said } = await opened('/console', { javaScriptEnabled: false, viewport: PHONE })
    await page.getByRole('link', { name: 'New zone' }).click()
    await page.getByLabel('Name', { exact: true }).fill(' Plain.Example. ')
    await page.getByRole('button', { name: 'Write its text' }).click()
    await page.getByText('There is no zone plain.example yet').waitFor()
    const field = page.getByLabel('Zone file')
    const text = await field.inputValue()
    expect(text).toContain('$ORIGIN plain.example.')
    await field.fill(`${text}www IN A 192.0.2.300\n`)
    await page.getByRole('button', { name: 'Plan' }).click()
    await page.getByText(/line \d+, column \d+:/).waitFor()
    await field.fill(`${text}www IN A 192.0.2.30\n`)
    await page.getByRole('button', { name: 'Plan' }).click()
    await page.getByRole('heading', { name: 'Answers that change' }).waitFor()
    const changes = page.getByRole('table', { name: 'Changes by name' }).locator('tbody tr')
    expect((await changes.allInnerTexts()).map((row) => row.replace(/\s+/g, ' ').trim())).toEqual([
      'plain.example. NS new 100 % none → 3600 s',
      'plain.example. SOA new 100 % none → 3600 s',
      'ns1.plain.example. A new 100 % none → 3600 s',
      'www.plain.example. A new 100 % none → 3600 s',
    ])
    expect((await api('zones/plain.example')).status).toBe(404)
    await page.getByLabel('Reason').fill('the first of it')
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByText(/Serial \d+ is published/).waitFor()
    expect(await textOf('plain.example')).toMatch(/www\s+IN A 192\.0\.2\.30\n/)
    expect(await page.locator('.facts').innerText()).toContain('the first of it')
    expect(said.filter((text) => !text.includes('422'))).toEqual([])
    await context.close()
  })

  test('in the editor, as JSON', async () => {
    const { page, context, said } = await opened('/console/new-zone?name=json.example')
    await page.getByRole('link', { name: 'Edit as JSON' }).click()
    await page.getByText('Checked: nothing is wrong.').waitFor()
    await page.getByRole('button', { name: 'Plan' }).click()
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByText(/Serial \d+ is published/).waitFor()
    expect(await textOf('json.example')).toContain('192.0.2.53')
    expect(said).toEqual([])
    await context.close()
  })

  test.each([
    ['SHOP.example.', 409, 'The zone shop.example is there already'],
    ['a..b', 400, 'empty label'],
    ['<b>x', 302, ''],
  ])('the name %j', async (name, status, text) => {
    const { page, context } = await opened('/console')
    const response = await page.goto(`${shared.console.url}/console/new-zone?${new URLSearchParams({ name })}`)
    if (status === 302) {
      expect(response?.status()).toBe(200)
      expect(await page.locator('h1').innerText()).toBe('<b>x')
    } else {
      expect([response?.status(), await page.locator('.note.problem').innerText()]).toEqual([
        status,
        expect.stringContaining(text),
      ])
      expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe(name)
    }
    await context.close()
  })

  test('a zone that somebody else made meanwhile stays, and the text is kept beside the difference', async () => {
    const { page, context } = await opened('/console/zones/raced.example/edit', { javaScriptEnabled: false })
    const field = page.getByLabel('Zone file')
    await field.fill(zoneFile('192.0.2.2'))
    await page.getByRole('button', { name: 'Plan' }).click()
    await page.getByRole('button', { name: 'Publish' }).waitFor()
    expect((await put('raced.example', zoneFile('192.0.2.1'))).status).toBe(201)
    const [reply] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.getByRole('button', { name: 'Publish' }).click(),
    ])
    expect(reply.status()).toBe(412)
    await page.getByText('The zone raced.example is there already. Nothing was published').waitFor()
    expect(await page.locator('.diff').innerText()).toContain('192.0.2.2')
    expect(await field.inputValue()).toBe(zoneFile('192.0.2.2'))
    expect(await textOf('raced.example')).toContain('192.0.2.1')
    await context.close()
  })

  test('the form of a new zone publishes over none that is there, whatever is sent', async () => {
    const { page, context } = await opened('/console/zones/shop.example/edit', { javaScriptEnabled: false })
    const token = await page.locator('input[name="token"]').first().inputValue()
    const before = await textOf('shop.example')
    const posted = async (fields: Record<string, string>) =>
      (
        await page.request.post(`${shared.console.url}/console/zones/shop.example/edit`, {
          form: { token, step: 'publish', form: 'zone', text: zoneFile('192.0.2.1'), ...fields },
          maxRedirects: 0,
        })
      ).status()
    expect([await posted({ etag: '' }), await posted({})]).toEqual([412, 400])
    expect(await textOf('shop.example')).toBe(before)
    await context.close()
  })

  test('a deleted zone is made anew, and one that is deleted while somebody edits it, too', async () => {
    expect((await put('gone.example', zoneFile('192.0.2.1'))).status).toBe(201)
    const { page, context } = await opened('/console/zones/gone.example/edit', { javaScriptEnabled: false })
    const publish = async (): Promise<void> => {
      await page.getByRole('button', { name: 'Plan' }).click()
      await page.getByRole('button', { name: 'Publish' }).click()
    }
    expect((await api('zones/gone.example', { method: 'DELETE' })).status).toBe(204)
    await publish()
    await page.getByText('Somebody deleted the zone while you edited it.').waitFor()
    expect((await api('zones/gone.example')).status).toBe(404)
    await publish()
    await page.getByText(/Serial \d+ is published/).waitFor()
    expect((await api('zones/gone.example', { method: 'DELETE' })).status).toBe(204)
    await page.goto(`${shared.console.url}/console/new-zone?name=gone.example`)
    await page.getByText('This zone was deleted: publishing makes it anew.').waitFor()
    await publish()
    await page.getByText(/Serial \d+ is published/).waitFor()
    expect(await textOf('gone.example')).toContain('192.0.2.53')
    await context.close()
  })

  test('a key makes the zones that it may write, and no others', async () => {
    const own = await keyWith('maker', 'zone:mine.example')
    const { page, context } = await opened('/console', {}, own)
    await page.getByRole('link', { name: 'New zone' }).click()
    await page.getByLabel('Name', { exact: true }).fill('mine.example')
    await page.keyboard.press('Enter')
    await page.getByText('There is no zone mine.example yet').waitFor()
    for (const path of ['new-zone?name=other.example', 'zones/other.example/edit']) {
      expect([path, (await page.goto(`${shared.console.url}/console/${path}`))?.status()]).toEqual([path, 403])
    }
    await context.close()
    const reads = await opened('/console', {}, await keyWith('sees', 'read'))
    expect(await reads.page.getByRole('link', { name: 'New zone' }).count()).toBe(0)
    for (const [path, status] of [
      ['new-zone?name=other.example', 403],
      ['zones/other.example/edit', 404],
    ] as const) {
      expect([path, (await reads.page.goto(`${shared.console.url}/console/${path}`))?.status()]).toEqual([path, status])
    }
    await reads.context.close()
  })
})
