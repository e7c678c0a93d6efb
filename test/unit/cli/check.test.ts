import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../../src/cli/zones/check.ts'
import { compileFolder } from '../../../src/cli/zones/compile-files.ts'
import { includeBelow } from '../../../src/cli/zones/include.ts'
import { folderWith, recorder, zoneFile } from './support.ts'

describe('check', () => {
  test('prints a line for each valid file, with the number of names that own records', async () => {
    const folder = folderWith({
      'example.com.zone': zoneFile(2023122101, 'a.b IN TXT "x"'),
      'example.net.json': JSON.stringify({
        origin: 'example.net.',
        ttl: 300,
        soa: { mname: 'ns', rname: 'root', serial: 4, refresh: 1, retry: 1, expire: 1, minimum: 1 },
        records: { '@': { NS: 'ns' }, ns: { A: '192.0.2.1' } },
      }),
    })
    const files = [join(folder, 'example.com.zone'), join(folder, 'example.net.json')]
    const console = recorder()
    expect(await check(files, console)).toBe(0)
    expect(console.stderr).toEqual([])
    expect(console.stdout).toEqual([
      `${files[0]}: example.com. serial 2023122101, 3 names, 4 rrsets`,
      `${files[1]}: example.net. serial 4, 2 names, 3 rrsets`,
    ])
  })

  test('control characters of a zone file do not reach the terminal', async () => {
    const folder = folderWith({ 'example.com.zone': zoneFile(1, 'www IN A \x1b[2J') })
    const console = recorder()
    expect(await check([join(folder, 'example.com.zone')], console)).toBe(1)
    expect(console.stderr.join()).toContain('"\\027[2J" is not an IP address')
  })

  test('counts probed targets, each once', async () => {
    const pool = (check: string) => ({ kind: 'pool', check, members: ['192.0.2.1', '192.0.2.2'] })
    const zone = {
      ...{
        origin: 'example.net.',
        ttl: 300,
        checks: { web: { kind: 'tcp', port: 80 }, dns: { kind: 'tcp', port: 53 } },
      },
      soa: { mname: 'ns', rname: 'root', serial: 4, refresh: 1, retry: 1, expire: 1, minimum: 1 },
      records: { '@': { NS: 'ns' }, ns: { A: pool('dns') }, a: { A: pool('web') }, b: { A: pool('web') } },
    }
    const file = join(folderWith({ 'example.net.json': JSON.stringify(zone) }), 'example.net.json')
    const console = recorder()
    expect(await check([file], console)).toBe(0)
    expect(console.stdout).toEqual([`${file}: example.net. serial 4, 4 names, 5 rrsets, 4 targets`])
  })

  test('an error has file, line and column, and the other files are checked', async () => {
    const folder = folderWith({
      'bad.example.zone': zoneFile(1, 'www IN A 192.0.2.999'),
      'good.example.zone': zoneFile(1),
    })
    const console = recorder()
    expect(await check([join(folder, 'bad.example.zone'), join(folder, 'good.example.zone')], console)).toBe(1)
    expect(console.stderr).toHaveLength(1)
    expect(console.stderr[0]).toMatch(/bad\.example\.zone:5:10: .*192\.0\.2\.999.*expected/)
    expect(console.stdout).toEqual([expect.stringContaining('good.example. serial 1')])
  })

  test('a warning is marked after its position, and does not fail the command', async () => {
    const folder = folderWith({ 'example.com.zone': '$TTL 300\n@ IN SOA ns root 1 3600 900 604800 60\n' })
    const console = recorder()
    expect(await check([join(folder, 'example.com.zone')], console)).toBe(0)
    expect(console.stderr).toEqual([expect.stringMatching(/example\.com\.zone:\d+:\d+: warning: .*no NS records/)])
  })

  test.each([
    ['missing.zone', 'there is no such file; expected'],
    ['latin1.json', 'the file is not UTF-8 text: line 2 is the first that is not; expected'],
    ['utf16.zone', 'the file is UTF-16 text; expected'],
  ])('%s cannot be read', async (name, message) => {
    const folder = folderWith({
      'latin1.json': Uint8Array.from([0x0a, 0x3b, 0xe9, 0x0a]),
      'utf16.zone': Uint8Array.from([0xff, 0xfe, 0x3b, 0]),
    })
    const console = recorder()
    expect(await check([join(folder, name)], console)).toBe(1)
    expect(console.stderr).toEqual([expect.stringContaining(`${name}:1:1: ${message}`)])
  })
})

describe('check of a folder', () => {
  const files = {
    'a.example.zone': zoneFile(1, 'www IN A 192.0.2.1\n$INCLUDE hosts\n'),
    'b.example.json': '{"origin": 1}',
    'db.example.com': zoneFile(1),
    'c.example.zone~': zoneFile(1),
    hosts: 'mail IN A 192.0.2.2\n',
    'README.md': 'x',
  }

  test('checks each zone, and lists skipped files as advice', async () => {
    const folder = folderWith(files)
    const console = recorder()
    expect(await check([folder], console)).toBe(1)
    expect(console.stdout).toEqual([expect.stringContaining('a.example. serial 1, 4 names')])
    const told = console.stderr.map((line) => line.slice(folder.length + 1).replace(/;.*/, ''))
    expect(told.filter((line) => line.includes('skipped'))).toEqual([
      'c.example.zone~:1:1: advice: the file is skipped',
      'db.example.com:1:1: advice: the file is skipped',
    ])
    expect(told.filter((line) => !line.includes('advice'))[0]).toMatch(/^b\.example\.json:1:\d+: /)
  })

  test('names the folders in it whose zones it skips, but not those of included files', async () => {
    const folder = folderWith({
      'a.example.zone': zoneFile(1, '$INCLUDE parts/hosts.zone\n'),
      'parts/hosts.zone': 'mail IN A 192.0.2.2\n',
      'prod/b.example.zone': zoneFile(1),
      'prod/c.example.json': '{}',
      'prod/notes.txt': 'x',
    })
    const console = recorder()
    expect(await check([folder], console)).toBe(0)
    expect(console.stderr.map((line) => line.slice(folder.length + 1))).toEqual([
      'prod:1:1: advice: the folder is skipped, with 2 zone files in it; expected them beside it, or the folder by itself',
    ])
  })

  test('one whose zones are in folders is an error that names these', async () => {
    const console = recorder()
    expect(await check([folderWith({ 'prod/b.example.zone': zoneFile(1) })], console)).toBe(1)
    expect(console.stderr.join()).toContain('(it has prod/b.example.zone)')
  })

  test('two files of one zone: an error in the second', async () => {
    const twice = folderWith({ 'a.example.zone': zoneFile(1), 'A.EXAMPLE.zone': zoneFile(1) })
    const console = recorder()
    expect(await check([twice], console)).toBe(1)
    expect(console.stderr.join()).toContain('is defined by')
  })

  test('a folder without zones is an error that lists its files', async () => {
    const empty = folderWith({ 'db.example.com': zoneFile(1) })
    const console = recorder()
    expect(await check([empty], console)).toBe(1)
    expect(console.stderr).toEqual([expect.stringContaining(':1:1: ')])
    expect(console.stderr[0]).toContain(
      'has no zones; expected files like example.com.zone or .json (it has db.example.com)',
    )
  })
})

describe('check --json and --strict', () => {
  const warned = '$TTL 300\n@ IN SOA ns root 1 3600 900 604800 60\n'

  test('--json prints one array of all diagnostics, and nothing else', async () => {
    const folder = folderWith({
      'w.example.zone': warned,
      'x.example.zone': zoneFile(1, 'www IN A 1.2.3'),
      'y.zone~': '',
    })
    const console = recorder()
    expect(await check([folder], console, {}, { json: true })).toBe(1)
    expect(console.stderr).toEqual([])
    const told = JSON.parse(console.stdout.join('\n')) as Record<string, unknown>[]
    expect(told.map((one) => Object.keys(one).join())).toEqual(
      Array(3).fill('file,line,column,severity,message,expected'),
    )
    expect(told.map(({ severity, message, expected }) => [severity, message, expected])).toEqual([
      ['warning', 'the zone has no NS records at its origin', 'at least one'],
      ['error', '"1.2.3" is not an IP address', expect.stringContaining('192.0.2.1')],
      ['advice', 'the file is skipped', expect.stringContaining('example.com.zone')],
    ])
  })

  test('--json of valid files is an empty array', async () => {
    const console = recorder()
    expect(await check([folderWith({ 'a.example.zone': zoneFile(1) })], console, {}, { json: true })).toBe(0)
    expect(console.stdout).toEqual(['[]'])
  })

  test.each([
    ['a warning', { 'w.example.zone': warned }, 1],
    ['advice', { 'a.example.zone': zoneFile(1), 'b.zone~': '' }, 0],
    ['nothing', { 'a.example.zone': zoneFile(1) }, 0],
  ])('--strict with %s', async (_, files, status) => {
    const folder = folderWith(files)
    expect(await check([folder], recorder(), {}, { strict: true })).toBe(status)
    expect(await check([folder], recorder())).toBe(0)
  })

  test('a message has at most 220 characters: quoted text is cut', async () => {
    const folder = folderWith({ 'a.example.zone': zoneFile(1, `www IN A ${'x'.repeat(5000)}`) })
    const console = recorder()
    expect(await check([folder], console, {}, { json: true })).toBe(1)
    const [{ message, expected }] = JSON.parse(console.stdout.join('\n'))
    expect(message).toMatch(/^"x{40}…" is not an IP address$/)
    expect(`${message}; expected ${expected}`.length).toBeLessThanOrEqual(220)
  })
})

describe('$INCLUDE', () => {
  const files = {
    'zones/example.com.zone': '',
    'zones/parts/hosts.inc': 'hosts',
    'zones/parts/more.inc': 'more',
    'secret.txt': 'secret',
  }

  test.each([
    ['below the folder', 'parts/hosts.inc', 'example.com.zone', 'hosts'],
    ['relative to the including file', 'more.inc', 'parts/hosts.inc', 'more'],
    ['up and down again, inside', '../parts/more.inc', 'parts/hosts.inc', 'more'],
  ])('%s', (_, path, from, text) => {
    const zones = join(folderWith(files), 'zones')
    const included = includeBelow(join(zones, 'example.com.zone'))(path, join(zones, from))
    expect(included.ok ? included.value.text : included.error).toBe(text)
  })

  test.each([
    ['above', '../secret.txt', 'outside'],
    ['absolute', '/etc/passwd', 'outside'],
    ['far above', '../../../../../../etc/passwd', 'outside'],
    ['a link to a file outside', 'link.inc', 'outside'],
    ['a file behind a link to a folder outside', 'up/secret.txt', 'outside'],
    ['missing', 'parts/none.inc', 'does not exist; expected'],
    ['a folder', 'parts', 'this is a folder; expected'],
  ])('%s is refused', (_, path, why) => {
    const folder = folderWith(files)
    const zones = join(folder, 'zones')
    symlinkSync(join(folder, 'secret.txt'), join(zones, 'link.inc'))
    symlinkSync(folder, join(zones, 'up'))
    const included = includeBelow(join(zones, 'example.com.zone'))(path, join(zones, 'example.com.zone'))
    expect(included.ok ? included.value.text : included.error).toContain(why)
  })

  test('in a zone with a relative path', async () => {
    const folder = folderWith(files)
    writeFileSync(join(folder, 'zones/example.com.zone'), zoneFile(1, '$INCLUDE parts/www.inc\n'))
    writeFileSync(join(folder, 'zones/parts/www.inc'), 'www IN A 192.0.2.1\n')
    const before = process.cwd()
    process.chdir(join(folder, 'zones'))
    try {
      const console = recorder()
      expect(await check(['example.com.zone'], console)).toBe(0)
      expect(console.stdout).toEqual(['example.com.zone: example.com. serial 1, 3 names, 4 rrsets'])
    } finally {
      process.chdir(before)
    }
  })
})

describe('a folder', () => {
  test('lists zones in order of name, without fragments, hidden files and folders', () => {
    const folder = folderWith({
      'b.example.zone': zoneFile(1),
      'a.example.zone': zoneFile(1),
      'hosts.inc': 'not a zone',
      '.c.example.zone': 'not a zone',
      'inner/d.example.zone': 'not a zone',
    })
    const compiled = compileFolder(folder)
    expect(compiled.ok && compiled.value.map(({ file }) => file.slice(folder.length))).toEqual([
      '/a.example.zone',
      '/b.example.zone',
    ])
  })

  test('with two files for one zone is refused, with both names', () => {
    const json = {
      origin: 'Example.com.',
      ttl: 1,
      soa: { mname: 'ns', rname: 'r', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
      records: { '@': { NS: 'ns' }, ns: { A: '192.0.2.1' } },
    }
    const folder = folderWith({ 'example.com.zone': zoneFile(1), 'a.json': JSON.stringify(json) })
    const compiled = compileFolder(folder)
    expect(compiled.ok ? [] : compiled.error.diagnostics).toEqual([
      {
        file: join(folder, 'example.com.zone'),
        line: 1,
        column: 1,
        message: `example.com. is defined by ${join(folder, 'a.json')} already; expected one file for a zone`,
        severity: 'error',
      },
    ])
  })

  test.each([
    ['empty', 'has no zones; expected files like'],
    ['absent', 'there is no folder'],
    ['file', 'is not a folder; expected'],
  ])('that is %s is refused', (name, message) => {
    const folder = folderWith({ file: '' })
    mkdirSync(join(folder, 'empty'))
    const compiled = compileFolder(join(folder, name))
    expect(compiled.ok ? 'accepted' : compiled.error.message).toContain(message)
  })
})
