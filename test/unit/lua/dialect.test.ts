import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { compileOptions } from '../../../src/cli/zones/compile-options.ts'
import type { Zone } from '../../../src/zone/index.ts'
import { type CompileOptions, compileSource } from '../../../src/zonefile/index.ts'
import { documentOf, must } from '../support.ts'
import { brief } from '../zonefile/support.ts'
import { exportedOf } from './export-support.ts'
import { HEAD, replyFrom, told } from './support.ts'

const include = () => ({ ok: false, error: 'nothing is included' }) as const
const compiled = (records: string, options: CompileOptions = {}) =>
  compileSource({ file: 'example.com.zone', text: `${HEAD}${records}\n` }, include, options)
const answersOf = (records: string, type = 'A', options: CompileOptions = {}, name = 'x'): string => {
  const zone: Zone = must(compiled(records, options)).zone
  return told(replyFrom([zone], { type, name }))
}
const errorOf = (records: string, options: CompileOptions = {}): string => {
  const result = compiled(records, options)
  return result.ok ? 'no error' : result.error.map(brief).join(' | ')
}

/** The octets of LUA data as an AXFR has them. */
function wire(type: number, ...strings: readonly string[]): string {
  const octets = [type >> 8, type & 255, ...strings.flatMap((text) => [text.length, ...Buffer.from(text, 'latin1')])]
  return `\\# ${octets.length} ${Buffer.from(octets).toString('hex')}`
}

describe('LUA as its octets', () => {
  test.each<[record: string, type: string, expected: string]>([
    [`TYPE65402 ${wire(1, "'192.0.2.1'")}`, 'A', '192.0.2.1'],
    [`LUA ${wire(1, "'192.0.2.1'")}`, 'A', '192.0.2.1'],
    [`type65402 ${wire(16, "'a", "b'")}`, 'TXT', 'ab'],
    [`TYPE65402 ${wire(16, "'a", ' ', "b'")}`, 'TXT', 'ab'],
    [`TYPE65402 ${wire(16, ';local n = #qname:getRawLabels() ', 'return n')}`, 'TXT', '3'],
    [`TYPE65402 ${wire(28, "pickrandom({'2001:db8::1'})")}`, 'AAAA', '2001:db8::1'],
    [`TYPE65402 ${wire(16, "'a\nb'")}`, 'TXT', 'a\\010b'],
    [`TYPE65402 ${wire(16, "'\\065'")}`, 'TXT', 'A'],
    // The octets of PowerDNS 4.7.3 for code with line ends, as octoDNS writes it, and for `'a\034 \034b'`.
    [`TYPE65402 ${wire(16, ";-- it's\nlocal x = [[\n]]\n\tif x then\r\n return 'a'\nend return 'b'")}`, 'TXT', 'a'],
    [`TYPE65402 ${wire(16, `'a" "b'`)}`, 'TXT', '"a" "b"'],
    [`TYPE65402 ${wire(1)}`, 'A', 'error'],
  ])('%s', (record, type, expected) => {
    if (expected === 'error') expect(errorOf(`x ${record}`)).toMatch(/LUA A has no code/)
    else expect(answersOf(`x ${record}`, type)).toBe(expected)
  })

  test.each<[record: string, error: string]>([
    ['TYPE65402 \\#', '6:13: \\# has no length; expected \\# <length> <hex digits>'],
    ['TYPE65402 \\# 3 0001', '6:16: \\# says 3 octets; expected as many, found 2'],
    ['TYPE65402 \\# 2 00zz', '6:18: the data after \\# is not hexadecimal; expected pairs of 0-9 and a-f'],
    ['TYPE65402 \\# 1 00', '6:18: LUA data has no type; expected two octets of it, and then strings'],
    ['TYPE65402 \\# 4 00010561', '6:18: a string of the LUA data ends too early; expected all its octets'],
    [`LUA ${wire(6, "'a'")}`, '6:12: LUA cannot answer with SOA'],
    [`LUA ${wire(1, 'pickrandom({})')}`, '6:13: the list of pickrandom is empty'],
  ])('%s is refused', (record, error) => {
    expect(errorOf(`\nx ${record}`)).toContain(error)
  })

  test.each([false, true])(
    'a string of 255 octets goes on in the next one (white space: %s)',
    (luaInsertWhitespace) => {
      const code = `#'${'x'.repeat(300)}'`
      const record = `x TYPE65402 ${wire(16, code.slice(0, 255), code.slice(255))}`
      expect(answersOf(record, 'TXT', { luaInsertWhitespace })).toBe('300')
      // Shorter strings are those of the author.
      const author = `x TYPE65402 ${wire(16, ";local a = 'c' return", 'a')}`
      if (luaInsertWhitespace) expect(answersOf(author, 'TXT', { luaInsertWhitespace })).toBe('c')
      else expect(errorOf(author)).not.toBe('no error')
    },
  )

  test('it is exported as text', () => {
    const { document } = must(compiled(`x TYPE65402 ${wire(1, "pickrandom({'192.0.2.1','192.0.2.2'})")}`))
    expect(exportedOf(document)).toContain(`LUA A "pickrandom({'192.0.2.1','192.0.2.2'})"`)
  })
})

describe('ifurlextup', () => {
  const url = (address: string): string => `['${address}']='https://h${address.replace(/\W/g, '')}.example/'`
  const membersOf = (addresses: readonly string[], selector = 'hashed') => {
    const list = addresses.map(url).join(', ')
    const { document } = must(compiled(`x LUA A "ifurlextup({{${list}}}, {selector='${selector}'})"`))
    const pool = document.records.x?.A as unknown as { members: readonly { answer: string }[] }
    return pool.members.map(({ answer }) => answer)
  }

  test('goes through its addresses in the order of their texts, however they are written', () => {
    expect(membersOf(['192.0.2.3', '192.0.2.20'])).toEqual(['192.0.2.20', '192.0.2.3'])
    expect(membersOf(['192.0.2.20', '192.0.2.3'])).toEqual(['192.0.2.20', '192.0.2.3'])
    expect(membersOf(['198.51.100.1', '10.0.0.1', '192.0.2.1'], 'random')).toEqual([
      '10.0.0.1',
      '192.0.2.1',
      '198.51.100.1',
    ])
  })

  test.each([
    [['192.0.2.20', '192.0.2.3'], '"ifurlextup({{'],
    [['192.0.2.3', '192.0.2.20'], '";local u={} if #ifurlextup({{'],
  ])('a pool of %s that hashes is exported as one call where the order is that: %s', (addresses, code) => {
    const { document } = must(
      compiled(
        `x LUA A "ifurlextup({{${addresses.map(url).join(', ')}}}, {selector='hashed', backupSelector='hashed'})"`,
      ),
    )
    const pool = document.records.x?.A as unknown as { members: readonly { answer: string }[] }
    const members = addresses.map((address) => pool.members.find(({ answer }) => answer === address))
    const changed = { ...document, records: { x: { A: { ...pool, members } } } } as unknown as typeof document
    expect(exportedOf(changed)).toContain(code)
  })
})

describe('backupSelector of a PowerDNS before 5.1', () => {
  const LISTS = "{{'192.0.2.1', '192.0.2.2'}, {'192.0.2.3'}}"
  const before: CompileOptions = { luaBackupAllLists: true }
  test.each<[code: string, expected: string, now: string]>([
    [`ifportup(443, ${LISTS}, {backupSelector='all'})`, '192.0.2.1 192.0.2.2 192.0.2.3', '192.0.2.1 192.0.2.2'],
    [
      `ifportup(443, ${LISTS}, {selector='all', backupSelector='all'})`,
      '192.0.2.1 192.0.2.2 192.0.2.3',
      '192.0.2.1 192.0.2.2',
    ],
    [
      `ifurlup('http://a.example/', ${LISTS}, {backupSelector='all'})`,
      '192.0.2.1 192.0.2.2 192.0.2.3',
      '192.0.2.1 192.0.2.2',
    ],
    [`ifportup(443, ${LISTS}, {backupSelector='empty'})`, 'NOERROR', 'NOERROR'],
    ["ifportup(443, {'192.0.2.1', '192.0.2.2'}, {backupSelector='all'})", '192.0.2.1 192.0.2.2', '192.0.2.1 192.0.2.2'],
    [
      `;if tcp then return ifportup(443, ${LISTS}, {backupSelector='all'}) end`,
      '192.0.2.1 192.0.2.2 192.0.2.3',
      '192.0.2.1 192.0.2.2',
    ],
  ])('%s', (code, expected, now) => {
    expect(answersOf(`x LUA A "${code}"`, 'A', before)).toBe(expected)
    expect(answersOf(`x LUA A "${code}"`)).toBe(now)
  })

  test('it holds for code in documents, too', () => {
    const document = documentOf({ x: { A: { kind: 'lua', code: `ifportup(443, ${LISTS}, {backupSelector='all'})` } } })
    const source = { file: 'example.com.json', text: JSON.stringify(document) }
    const zone = must(compileSource(source, include, before)).zone
    expect(told(replyFrom([zone], {}))).toBe('192.0.2.1 192.0.2.2 192.0.2.3')
  })

  test('by flag, or by the environment', () => {
    expect(compileOptions({ luaBackupAllLists: true }, {})).toMatchObject({ value: { luaBackupAllLists: true } })
    expect(compileOptions({}, { LUA_BACKUP_ALL_LISTS: 'yes' })).toMatchObject({ value: { luaBackupAllLists: true } })
    expect(compileOptions({}, { LUA_BACKUP_ALL_LISTS: 'no' })).toEqual({
      ok: true,
      value: { luaInsertWhitespace: false, agents: [], asksUpstreams: false },
    })
    expect(compileOptions({}, { LUA_BACKUP_ALL_LISTS: '1' }).ok).toBe(false)
  })
})

describe('lua-global-include-dir', () => {
  const folders: string[] = []
  const folderOf = (files: Readonly<Record<string, string>>): string => {
    const folder = mkdtempSync(join(tmpdir(), 'edge-gslb-test-'))
    folders.push(folder)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    return folder
  }
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true })
  })
  const optionsOf = (files: Readonly<Record<string, string>>) =>
    compileOptions({ luaGlobalIncludeDir: folderOf(files) }, {})

  const FILES = {
    '20-use.lua': 'function site() return prefix .. "." .. last end',
    '10-set.lua': '-- the network\nprefix = "192.0.2"\nlast = 1\nEU = {"192.0.2.7"}\n',
    'B.lua': 'last = last + 1',
    'notes.txt': 'this is no Lua',
  }

  test.each<[record: string, type: string, expected: string]>([
    ['LUA A "site()"', 'A', '192.0.2.2'],
    ['LUA A ";return site()"', 'A', '192.0.2.2'],
    ['LUA A ";local s = site() return {s, prefix .. \'.9\'}"', 'A', '192.0.2.2 192.0.2.9'],
    ['LUA A "pickrandom(EU)"', 'A', '192.0.2.7'],
    ['LUA A "ifportup(443, EU)"', 'A', '192.0.2.7'],
    ['LUA A "\'192.0.2.3\'"', 'A', '192.0.2.3'],
    ['LUA TXT "qname:toString()"', 'TXT', 'x.example.com.'],
    ["LUA CNAME \"'h' .. last .. '.example.com'\"", 'CNAME', 'h2.example.com.'],
  ])('%s', (record, type, expected) => {
    expect(answersOf(`x ${record}`, type, must(optionsOf(FILES)))).toBe(expected)
  })

  test('code that records include runs after it', () => {
    const records = `config LUA LUA "last = last + 5"\nx LUA TXT ";include('config') return site()"`
    expect(answersOf(records, 'TXT', must(optionsOf(FILES)))).toBe('192.0.2.7')
  })

  test('it stands in the document once, and what needs no code does not need it', () => {
    const records = 'x LUA A "site()"\ny LUA A "site()"\nz LUA A "pickrandom({\'192.0.2.1\', \'192.0.2.2\'})"'
    const { document } = must(compiled(records, must(optionsOf(FILES))))
    expect(Object.keys(document.scripts ?? {})).toEqual(['_lua-global-include-dir.example.com.'])
    expect(document.scripts?.['_lua-global-include-dir.example.com.']).toHaveLength(3)
    expect(document.records.z).toEqual({ A: { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] } })
  })

  test('what is exported needs no folder', () => {
    const options = must(optionsOf({ 'a.lua': "function site() return '192.0.2.4' end" }))
    const { document } = must(compiled('x LUA A "site()"', options))
    const text = exportedOf(document)
    const again = must(compileSource({ file: 'example.com.zone', text }, include))
    expect(again.document).toEqual(document)
    expect(must(compileSource({ file: 'example.com.zone', text }, include, options)).document).toEqual(document)
  })

  test('code in documents has it, too', () => {
    const document = documentOf({ x: { A: { kind: 'lua', code: 'site()' } } })
    const source = { file: 'example.com.json', text: JSON.stringify(document) }
    const zone = must(compileSource(source, include, must(optionsOf(FILES)))).zone
    expect(told(replyFrom([zone], {}))).toBe('192.0.2.2')
  })

  test('mistakes in records keep their places', () => {
    const options = must(optionsOf(FILES))
    expect(errorOf('\nx LUA A "nobody.x(os.time())"', options)).toContain('6:19: os is not available')
    expect(errorOf('\nx LUA A ";local a = 1 return os.time()"', options)).toContain('6:30: os is not available')
    expect(errorOf('\nx LUA A "pickrandom({"', options)).toContain('Lua syntax')
  })

  test.each<[files: Readonly<Record<string, string>>, expected: string]>([
    [{ 'a.lua': 'x = 1\ny = = 2\n' }, 'a.lua:2:5: Lua syntax'],
    [{ 'a.lua': 'x = 1\n\nlocal t = os.time()\n' }, 'a.lua:3:11: os is not available'],
    [{ 'a.lua': 'function pickrandom() end\n' }, "a.lua:1:10: pickrandom is PowerDNS's own"],
    [{ 'a.lua': 'x = 1', 'b.lua': ';' }, 'b.lua:1:1: Lua syntax'],
  ])('%j is refused', (files, expected) => {
    const options = optionsOf(files)
    expect(options.ok ? 'no error' : options.error).toContain(expected)
  })

  test('the folder has to be there; the environment names it as well', () => {
    expect(compileOptions({ luaGlobalIncludeDir: '/nowhere/at/all' }, {})).toEqual({
      ok: false,
      error: 'lua-global-include-dir /nowhere/at/all: does not exist; expected a folder of *.lua files',
    })
    const options = must(compileOptions({}, { LUA_GLOBAL_INCLUDE_DIR: folderOf(FILES) }))
    expect(answersOf('x LUA A "site()"', 'A', options)).toBe('192.0.2.2')
  })
})
