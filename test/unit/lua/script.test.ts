import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  MAX_RRSET_BYTES,
  MAX_SCRIPT_CALLS,
  MAX_SCRIPT_NESTING,
  MAX_SCRIPT_NODES,
  MAX_SCRIPT_STEPS,
} from '../../../src/limits.ts'
import { SUPPORTED_NAMES } from '../../../src/lua/index.ts'
import { REFUSED_NAMES } from '../../../src/powerdns/index.ts'
import { compileText, HEAD } from '../zonefile/support.ts'
import { CASES } from './cases.ts'
import { luaZone, replyFrom, told } from './support.ts'

/** Code that the cases include. */
const INCLUDED = `
config LUA LUA "servers = {'192.0.2.1', '192.0.2.2'}"
broken LUA TXT "'no statement'"
failing LUA LUA "servers = 'before the error' error('it fails')"
again LUA LUA "include('again2')"
again2 LUA LUA "include('again3')"
again3 LUA LUA "function greeting(who) return 'hello ' .. who end"
`

/** The zone that the name of a case is in, with its code at the name, or at a wildcard above it. */
function zoneFor(name: string, type: string, code: string) {
  const absolute = name.toLowerCase()
  const zone = ['example.com', 'example.org', 'in-addr.arpa', 'ip6.arpa'].find((end) => absolute.endsWith(`${end}.`))
  const owner = absolute === 'x.example.com.' ? 'x' : '*'
  const wild = absolute.endsWith('.w.example.com.') || absolute.endsWith('.namehashed.example.org.')
  const at = wild ? `*.${absolute.split('.').at(-4)}` : owner
  return luaZone(`${zone === 'example.com' ? INCLUDED : ''}${at} LUA ${type} "${code}"`, `${zone}.zone`)
}

describe('each function of PowerDNS', () => {
  test.each(CASES.map((one) => [one[0], `${one[1]} ${one[2]} for ${JSON.stringify(one[4] ?? {}).slice(0, 80)}`, one]))(
    '%s: %s',
    (_, __, [, type, code, outcome, asking = {}]) => {
      const { name = 'x.example.com.' } = asking
      expect(told(replyFrom([zoneFor(name, type, code)], { type, ...asking, name }))).toBe(outcome)
    },
  )

  test('is in the table', () => {
    const names = new Set(CASES.map(([name]) => name))
    expect(SUPPORTED_NAMES.filter((name) => !names.has(name))).toEqual([])
  })
})

describe('docs/lua.md', () => {
  const page = readFileSync('docs/lua.md', 'utf8')
  /** The names in the first column of the page's tables, by whether the second says that they are refused. */
  const rows = [...page.matchAll(/^\| (`[^|]*) \| ([^|]*) \|/gm)].flatMap(([, names = '', status = '']) =>
    [...names.matchAll(/`([\w.]+)[^`]*`/g)].map(([, name]) => [name as string, status.startsWith('refused')] as const),
  )
  const listed = (refused: boolean) => rows.filter(([, is]) => is === refused).map(([name]) => name)

  test('lists what is supported', () => {
    expect(SUPPORTED_NAMES.filter((name) => !listed(false).includes(name))).toEqual([])
  })

  test('shows records that compile, and the limits that hold', () => {
    const blocks = [...page.matchAll(/```text\n([\s\S]*?)```/g)].map(([, text]) => text)
    expect(blocks.length).toBeGreaterThan(1)
    for (const block of blocks) luaZone(`${block}`)
    for (const limit of [MAX_SCRIPT_STEPS, MAX_SCRIPT_CALLS, MAX_SCRIPT_NESTING, MAX_RRSET_BYTES, MAX_SCRIPT_NODES]) {
      expect(page).toContain(limit.toLocaleString('en'))
    }
  })

  test('lists what is refused, and nothing else', () => {
    expect([...listed(true)].sort()).toEqual([...REFUSED_NAMES.keys()].sort())
    for (const name of listed(true)) {
      const code = name.includes('.') ? `${name}()` : name
      const compiled = compileText(`${HEAD}x LUA TXT ";return ${code}"\n`)
      expect(compiled.ok ? [] : compiled.error.map(({ message }) => message)).toEqual([
        `${name} is not available: ${REFUSED_NAMES.get(name)}; expected code without it`,
      ])
    }
  })
})
