import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exportCommand } from '../../../src/cli/zones/export.ts'
import { oneLine } from '../../../src/lua/index.ts'
import { compileSource, exportWarnings } from '../../../src/zonefile/index.ts'
import { documentOf, must } from '../support.ts'
import { brief, compileText } from '../zonefile/support.ts'
import { documentOfText, exportedOf } from './export-support.ts'
import { HEAD, replyFrom, told } from './support.ts'

const include = () => ({ ok: false, error: 'nothing is included' }) as const

/** Code as octoDNS writes a dynamic record: a marker, a rule a line, and what is left. */
const MARKER = `;-- octodns-dynamic:v1:${'eyJwb29scyI6e30s'.repeat(30)}==`
const OCTODNS = [
  MARKER,
  "if (netmask({'10.0.0.0/8', '2001:db8::/32'})) or (continent('EU')) then return pickwhashed({{1, '192.0.2.1'}})",
  "elseif (country('US') and region('CA')) or (netmask({'172.16.0.0/12'})) then return pickwhashed({{3, '192.0.2.2'}})",
  'end',
  "return pickwhashed({{1, '192.0.2.3'}})",
].join('\n')

describe('dynamic records of octoDNS', () => {
  const CLIENTS = ['10.1.2.3', '2001:db8::7', '172.16.5.5', '198.51.100.7'] as const
  const ANSWERS = ['192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.3']
  const answers = (text: string, file: string): string[] => {
    const { zone } = must(compileSource({ file, text }, include))
    return CLIENTS.map((client) => told(replyFrom([zone], { client })))
  }
  const json = documentOf({ x: { A: { kind: 'lua', code: OCTODNS } } })

  test('are read from a zone file, and from a document', () => {
    expect(answers(`${HEAD}x LUA A "${OCTODNS}"\ny A 192.0.2.9\n`, 'example.com.zone')).toEqual(ANSWERS)
    expect(answers(JSON.stringify(json), 'example.com.json')).toEqual(ANSWERS)
  })

  test('are exported in one line, and answer alike', () => {
    const { document } = must(compileSource({ file: 'example.com.json', text: JSON.stringify(json) }, include))
    const text = exportedOf(document)
    expect(text).not.toContain('octodns')
    expect(answers(text, 'example.com.zone')).toEqual(ANSWERS)
    expect(exportWarnings(document)).toEqual([
      'x.example.com. A: its code has several lines, and is written in one, without its comments',
    ])
    // An exported text is exported again as it is.
    const again = must(compileText(text)).document
    expect(exportWarnings(again)).toEqual([])
    expect(must(compileText(exportedOf(again))).document).toEqual(again)
  })

  test('the command warns', () => {
    const folder = mkdtempSync(join(tmpdir(), 'edge-gslb-test-'))
    const file = join(folder, 'example.com.json')
    writeFileSync(file, JSON.stringify(json))
    const told: string[] = []
    const console = { out: () => {}, err: (line: string) => void told.push(line) }
    expect(exportCommand(file, { zones: folder }, console as never)).toBe(0)
    rmSync(folder, { recursive: true })
    expect(told).toContain(
      'warning: x.example.com. A: its code has several lines, and is written in one, without its comments',
    )
  })
})

describe('code of several lines in a zone file', () => {
  test.each<[string, string, string]>([
    ["x LUA TXT \"'a'\n.. 'b'\"", 'TXT', 'ab'],
    ["x 60 IN LUA TXT \"'a'\n.. 'b'\"", 'TXT', 'ab'],
    ['x LUA TXT ( "\'a\'\n" ".. \'b\'" ) ; a comment', 'TXT', 'ab'],
    ['x A 192.0.2.1\n  LUA TXT ";return\n\n\'ab\'\n"', 'TXT', 'ab'],
    ['x LUA TXT "[[a\nb]]"', 'TXT', 'a\\010b'],
  ])('%j', (records, type, expected) => {
    expect(told(replyFrom([must(compileText(`${HEAD}${records}\n`)).zone], { type }))).toBe(expected)
  })

  test.each<[string, string]>([
    ["x LUA A \"pickrandom({'192.0.2.1'})\ny LUA A \"pickrandom({'192.0.2.2'})\"", '5:9: unterminated quote'],
    ['x TXT "a\nb"', '5:7: unterminated quote'],
    ['lua TXT "a\nb"', '5:9: unterminated quote'],
    ['x LUA A "\'192.0.2.1\'\ny TXT "text"', '5:9: unterminated quote'],
    ["x LUA A \"'192.0.2.1'\ny A 192.0.2.2", '5:9: unterminated quote'],
  ])('%j is refused', (records, error) => {
    const compiled = compileText(`${HEAD}${records}\n`)
    expect(compiled.ok ? [] : compiled.error.map(brief)[0]).toContain(error)
  })

  test('mistakes have their line', () => {
    const compiled = compileText(`${HEAD}x LUA A ";local a = 1\nreturn pickrandom({})"\n`)
    expect(compiled.ok ? [] : compiled.error.map(brief)).toEqual([
      expect.stringMatching(/^6:19: the list of pickrandom is/),
    ])
  })
})

describe('code in one line', () => {
  test.each<[code: string, line: string, lost?: true]>([
    ["'a' -- kept", "'a' -- kept"],
    ['a\nb', 'a b'],
    ['a -- gone\nb', 'a   b', true],
    ['a --[[ gone\nfor long ]] b', 'a   b', true],
    ['a --[==[ ]] \n ]==] b', 'a   b', true],
    ["'-- no comment'\n", "'-- no comment' "],
    ['"a\'b"', "'a\\'b'"],
    ['"a\\"b"', "'a\\034b'"],
    ['"a\\\\"', "'a\\\\'"],
    ["'a\"1'", "'a\\0341'"],
    ["'a\\\nb'", "'a\\010b'"],
    ["'\\'' .. [[\n it's \"so\"\n]]", "'\\'' .. ' it\\'s \\034so\\034\\010'"],
    ['[=[ ]] \\n ]=]\n', "' ]] \\\\n ' "],
    ["'é'\n", "'é' "],
    ['t[1]\n[2]', 't[1] [2]'],
  ])('%j is %j', (code, line, lost) => {
    expect(oneLine(code)).toEqual({ code: line, lost: lost ?? false })
    expect(oneLine(line).lost).toBe(false)
  })

  test('it gives the same', () => {
    const code = '"a\'b" .. [[\nc "d"\n]] .. \'e\\\nf\' .. "g\\"h" -- a "comment"\n .. #qname:getRawLabels()'
    const zone = (text: string) =>
      must(
        compileSource(
          {
            file: 'example.com.json',
            text: JSON.stringify(documentOf({ x: { SPF: { kind: 'lua', code: `;return 'v' .. #(${text})` } } })),
          },
          include,
        ),
      ).zone
    const given = (text: string) => told(replyFrom([zone(text)], { type: 'SPF' }))
    expect(given(oneLine(code).code)).toBe(given(code))
  })
})

test('a document of a zone file keeps its code', () => {
  const document = documentOfText('x LUA TXT "qname:toString()\n.. 1"\n')
  expect(document.records.x?.TXT).toMatchObject({ kind: 'lua', code: 'qname:toString()\n.. 1' })
})
