import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../../src/cli/zones/check.ts'
import { compileFile } from '../../../src/cli/zones/compile-files.ts'
import { exportCommand } from '../../../src/cli/zones/export.ts'
import { folderWith, recorder, zoneFile } from './support.ts'

const ACCESS = { token: true, networks: ['192.0.2.0/24'] }
const HEALTH = { whenStale: 'up', dns: true }
const GUARD = { share: 0.4, within: 60 }
const SETTINGS = JSON.stringify({ access: ACCESS, clientSubnet: 'off', guard: GUARD, health: HEALTH }, null, 2)
const SOA = { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 }

const folderOf = (settings: string, more: Readonly<Record<string, string>> = {}): string =>
  folderWith({ 'example.com.zone': zoneFile(1), 'example.com.settings.json': settings, ...more })

async function checked(path: string) {
  const console = recorder()
  return { status: await check([path], console), stdout: console.stdout, stderr: console.stderr }
}

const compiled = (folder: string) => compileFile(join(folder, 'example.com.zone'))

describe('settings beside a zone file', () => {
  test('are those of its document, and one of the files that it is made of', () => {
    const folder = folderOf(SETTINGS)
    const result = compiled(folder)
    if (!result.ok) throw new Error(result.error[0]?.message)
    const { document, zone, included } = result.value
    expect(document).toMatchObject({ access: ACCESS, clientSubnet: 'off', guard: GUARD, health: HEALTH })
    expect([zone.guard?.settings.share, zone.tellsHealth]).toEqual([0.4, true])
    expect([zone.access !== undefined, included]).toEqual([true, [join(folder, 'example.com.settings.json')]])
  })

  test.each([
    [
      '{\n  "ttl": 5\n}',
      '2:10',
      /^"ttl" is not a setting beside a zone file; expected an object with "access", "clientSubnet", "guard", "health"/,
    ],
    ['{ "records": {} }', '1:3', /"records" is not a setting/],
    ['{\n "access": {\n  "networks": ["192.0.2.1/33"] } }', '2:2', /192\.0\.2\.1\/33/],
    ['{ "clientSubnet": 1 }', '1:19', /expected "on", "off", or networks/],
    ['{ "health": { "staleAfter": 1 } }', '1:29', /expected at least/],
    ['{ "guard": { "share": 2 } }', '1:23', /expected a share of all targets/],
    ['[]', '1:1', /these are no settings; expected an object/],
    ['{ "access": ', '1:13', /^JSON: /],
    ['', '1:1', /the file is empty/],
  ])('%j is an error at %s', (text, at, message) => {
    const folder = folderOf(text)
    const result = compiled(folder)
    if (result.ok) throw new Error('it compiles')
    const [first] = result.error
    expect(`${first?.line}:${first?.column}`).toBe(at)
    expect([first?.file, first?.message]).toEqual([
      join(folder, 'example.com.settings.json'),
      expect.stringMatching(message),
    ])
  })

  test('are read as no zone, and are checked with theirs by either name', async () => {
    const folder = folderOf(SETTINGS)
    for (const path of [folder, join(folder, 'example.com.settings.json')]) {
      const { status, stdout } = await checked(path)
      expect([status, stdout.length]).toEqual([0, 1])
      expect(stdout[0]).toContain('example.com. serial 1')
    }
  })

  test('without a zone file are an error; a document says them itself', async () => {
    const alone = folderOf(SETTINGS, { 'other.example.settings.json': '{}' })
    const found = await checked(alone)
    expect([found.status, found.stderr.join('\n')]).toEqual([
      1,
      expect.stringMatching(
        /other\.example\.settings\.json:1:1: there is no zone file for these settings; expected other\.example\.zone/,
      ),
    ])
    const document = {
      origin: 'example.net',
      ttl: 60,
      soa: SOA,
      records: { '@': { NS: 'ns' }, ns: { A: '192.0.2.1' } },
    }
    const beside = folderWith({
      'example.net.json': JSON.stringify(document),
      'example.net.settings.json': '{}',
      'example.settings.json': JSON.stringify({ ...document, origin: 'example.settings' }),
    })
    const other = await checked(beside)
    expect(other.stderr.join('\n')).toMatch(/example\.net\.settings\.json:1:1: there is no zone file/)
    expect(other.stdout.join('\n')).toMatch(/example\.settings\. serial 1/)
  })
})

describe('receivers beside a zone file', () => {
  const NOTIFY = [{ url: '$SLACK_URL', format: 'slack' }]
  const beside = (files: Readonly<Record<string, string>>) => folderWith({ 'example.com.zone': zoneFile(1), ...files })

  test.each([
    ['example.com.notify.json', NOTIFY],
    ['example.com.settings.json', { notify: NOTIFY }],
  ])('in %s are those of its document, and no zone', async (name, content) => {
    const folder = beside({ [name]: JSON.stringify(content) })
    const result = compiled(folder)
    expect(result.ok && [result.value.document.notify, result.value.zone.notify]).toEqual([NOTIFY, NOTIFY])
    expect(result.ok && result.value.included).toEqual([join(folder, name)])
    for (const path of [folder, join(folder, name)]) {
      const { status, stdout } = await checked(path)
      expect([status, stdout.length]).toEqual([0, 1])
    }
  })

  test.each([
    ['[\n  { "url": "$URL", "format": "slck" }\n]', '2:30', /expected "slack"/],
    ['[{ "url": "https://hooks.slack.com/services/a/b/c", "format": "slack" }]', '1:11', /the URL is a secret/],
    ['{ "notify": [] }', '1:1', /expected a list of receivers/],
    ['[', '1:2', /^JSON: /],
  ])('%j is an error at %s', (text, at, message) => {
    const result = compiled(beside({ 'example.com.notify.json': text }))
    if (result.ok) throw new Error('it compiles')
    const [first] = result.error
    expect([`${first?.line}:${first?.column}`, first?.message]).toEqual([at, expect.stringMatching(message)])
  })

  test('in both files are an error, and alone they are one', async () => {
    const both = compiled(
      beside({
        'example.com.notify.json': JSON.stringify(NOTIFY),
        'example.com.settings.json': JSON.stringify({ notify: NOTIFY }),
      }),
    )
    expect(both.ok ? '' : both.error[0]?.message).toMatch(/"notify" is in .*settings\.json, too; expected it in one/)
    const alone = await checked(beside({ 'other.example.notify.json': '[]' }))
    expect(alone.stderr.join()).toMatch(/other\.example\.notify\.json:1:1: there is no zone file for these receivers/)
  })

  test('are exported into the settings, and what is read again is the same document', () => {
    const folder = beside({ 'example.com.notify.json': JSON.stringify(NOTIFY), 'copy.notify.json': '[]' })
    const output = join(folder, 'copy.zone')
    expect(exportCommand(join(folder, 'example.com.zone'), { zones: folder, output }, recorder())).toBe(0)
    expect(JSON.parse(readFileSync(join(folder, 'copy.settings.json'), 'utf8'))).toEqual({ notify: NOTIFY })
    const again = compileFile(output)
    const first = compiled(folder)
    expect(again.ok && first.ok && again.value.document).toEqual(first.ok && first.value.document)
  })

  test('stay where they are if the settings cannot be written', () => {
    const old = JSON.stringify([{ url: '$OLD_URL', format: 'json' }])
    const folder = beside({ 'example.com.notify.json': JSON.stringify(NOTIFY), 'copy.notify.json': old })
    mkdirSync(join(folder, 'copy.settings.json'))
    const console = recorder()
    const output = join(folder, 'copy.zone')
    expect(exportCommand(join(folder, 'example.com.zone'), { zones: folder, output }, console)).toBe(1)
    expect(console.stderr.join()).toContain('copy.settings.json cannot be written')
    expect(readFileSync(join(folder, 'copy.notify.json'), 'utf8')).toBe(old)
  })
})

describe('export', () => {
  test('writes the settings beside the zone file, and what is read again is the same document', () => {
    const folder = folderOf(SETTINGS)
    const output = join(folder, 'copy.zone')
    const console = recorder()
    expect(exportCommand(join(folder, 'example.com.zone'), { zones: folder, output }, console)).toBe(0)
    expect(JSON.parse(readFileSync(join(folder, 'copy.settings.json'), 'utf8'))).toEqual(JSON.parse(SETTINGS))
    const again = compileFile(join(folder, 'copy.zone'))
    const first = compiled(folder)
    expect(again.ok && first.ok && again.value.document).toEqual(first.ok && first.value.document)
  })

  test('leaves none of an earlier export, and writes none where none are', () => {
    const folder = folderWith({ 'example.com.zone': zoneFile(1), 'old.settings.json': SETTINGS })
    const zone = join(folder, 'example.com.zone')
    for (const name of ['old', 'new'])
      expect(exportCommand(zone, { zones: folder, output: join(folder, `${name}.zone`) }, recorder())).toBe(0)
    expect(readFileSync(join(folder, 'old.settings.json'), 'utf8')).toBe('{}\n')
    expect(existsSync(join(folder, 'new.settings.json'))).toBe(false)
  })

  test('to the terminal tells that they are missing', () => {
    const console = recorder()
    expect(exportCommand(join(folderOf(SETTINGS), 'example.com.zone'), { zones: '' }, console)).toBe(1)
    expect(console.stderr.join('\n')).toMatch(/the field "access" has no place in a zone file.*--output/)
  })
})
