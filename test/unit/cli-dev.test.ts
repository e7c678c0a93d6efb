import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { compileFolder } from '../../src/cli/compile-files.ts'
import { parseDevSettings } from '../../src/cli/dev.ts'
import { banner } from '../../src/cli/dev-banner.ts'
import { watchFolder } from '../../src/cli/watch.ts'
import { folderWith, zoneFile } from './cli-support.ts'
import { must } from './support.ts'

test.each([
  [{}, { port: 8787, zones: 'zones', apiKey: undefined }],
  [
    { PORT: '9000', ZONES: '/etc/zones', API_KEY: 'k:1' },
    { port: 9000, zones: '/etc/zones', apiKey: 'k:1' },
  ],
  [{ API_KEY: '' }, { port: 8787, zones: 'zones', apiKey: undefined }],
])('the environment %j', (environment, settings) => {
  expect(parseDevSettings(environment)).toEqual({ ok: true, value: settings })
})

test.each(['', '0', '65536', '80a', '-1', '1e3'])('PORT="%s" is refused', (PORT) => {
  const parsed = parseDevSettings({ PORT })
  expect(parsed.ok ? 'accepted' : parsed.error).toBe(
    `PORT is "${PORT}"; expected a number from 1 to 65535, like PORT=8787`,
  )
})

describe('what to try', () => {
  const view = `src IN LUA A "view({{{'192.168.0.0/16'}, {'192.168.1.54'}}, {{'0.0.0.0/0'}, {'192.0.2.1'}}})"`
  const weighted = `rnd IN LUA A "pickwrandom({{1, '192.0.2.1'}, {2, '192.0.2.2'}})"`

  test.each([
    [
      'a name that is steered by network, and a client in it',
      `${weighted}\n${view}`,
      'src.example.com A --client 192.168.0.1',
    ],
    ['else one left to chance', weighted, 'rnd.example.com A --client 192.0.2.1'],
    ['else any address', '', 'ns.example.com A --client 192.0.2.1'],
  ])('%s', (_, records, command) => {
    const files = must(compileFolder(folderWith({ 'example.com.zone': zoneFile(9, records) })))
    const text = banner(files, 'http://127.0.0.1:8787')
    expect(text).toContain('edge-gslb answers on http://127.0.0.1:8787')
    expect(text).toContain('example.com.  serial 9')
    expect(text).toContain(`npx edge-gslb explain ${command}`)
    expect(text).toContain("--backend='127.0.0.1,8787'")
  })
})

describe('watching', () => {
  /** Counts changes, and waits for the next one. */
  function watched(folder: string) {
    const onChange = vi.fn()
    const stop = watchFolder(folder, onChange)
    const next = async (act: () => void): Promise<void> => {
      const before = onChange.mock.calls.length
      act()
      await vi.waitFor(() => expect(onChange.mock.calls.length).toBeGreaterThan(before), {
        timeout: 3000,
        interval: 10,
      })
    }
    return { onChange, stop, next }
  }

  test('sees files written, replaced by a rename, again and again, made and removed', async () => {
    const folder = folderWith({ 'a.zone': '1' })
    const { stop, next } = watched(folder)
    const file = join(folder, 'a.zone')
    await next(() => writeFileSync(file, '2'))
    for (const text of ['3', '4', '5']) {
      await next(() => {
        writeFileSync(`${file}~`, text)
        renameSync(`${file}~`, file)
      })
    }
    await next(() => writeFileSync(join(folder, 'b.zone'), '1'))
    await next(() => rmSync(join(folder, 'b.zone')))
    stop()
  })

  test('sees into folders, new ones too', async () => {
    const folder = folderWith({ 'parts/hosts.inc': '1' })
    const { stop, next } = watched(folder)
    await next(() => writeFileSync(join(folder, 'parts/hosts.inc'), '2'))
    await next(() => mkdirSync(join(folder, 'new/deep'), { recursive: true }))
    await next(() => writeFileSync(join(folder, 'new/deep/x.inc'), '1'))
    stop()
  })

  test('tells once of a burst', async () => {
    const folder = folderWith({ 'a.zone': '1' })
    const { onChange, stop, next } = watched(folder)
    await next(() => {
      for (let i = 0; i < 20; i++) writeFileSync(join(folder, 'a.zone'), String(i))
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    // The system may tell of the last write after the first ones were told on.
    expect(onChange.mock.calls.length).toBeLessThanOrEqual(2)
    stop()
  })

  test('tells though changes never pause, and hears nothing of hidden folders', async () => {
    const folder = folderWith({ 'a.zone': '1', '.state/db': '1' })
    const { onChange, stop } = watched(folder)
    const until = Date.now() + 1200
    for (let i = 0; Date.now() < until; i++) {
      writeFileSync(join(folder, 'a.zone'), String(i))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(onChange).toHaveBeenCalled()
    await new Promise((resolve) => setTimeout(resolve, 600))
    const before = onChange.mock.calls.length
    writeFileSync(join(folder, '.state/db'), '2')
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(onChange).toHaveBeenCalledTimes(before)
    stop()
  })

  test('takes a folder up again that was away, and is silent once stopped', async () => {
    const root = folderWith({ 'zones/a.zone': '1' })
    const folder = join(root, 'zones')
    const { onChange, stop, next } = watched(folder)
    await next(() => renameSync(folder, `${folder}-away`))
    await next(() => renameSync(`${folder}-away`, folder))
    await next(() => writeFileSync(join(folder, 'a.zone'), '2'))
    stop()
    const before = onChange.mock.calls.length
    writeFileSync(join(folder, 'a.zone'), '3')
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(onChange).toHaveBeenCalledTimes(before)
  })
})
