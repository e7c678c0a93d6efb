import { describe, expect, test } from 'vitest'
import { translateLua } from '../../src/lua/index.ts'
import { checkTree, prepare } from '../../src/lua-vm/index.ts'

/** workerd has its own stack and rules, so the ends of scripts are tested in it. */
const HOST = { global: () => undefined, random: () => 0.5 }
const nested = (open: string, close: string, times: number, inner: string): string =>
  open.repeat(times) + inner + close.repeat(times)

function programOf(code: string) {
  const script = translateLua(`;${code}`, { globals: new Set() })
  if (!script.ok) throw new Error(script.error[0]?.message)
  const tree = checkTree(JSON.parse(JSON.stringify(script.value.tree)))
  if (!tree.ok) throw new Error(tree.error)
  return prepare(tree.value)
}

function whyOf(code: string): string {
  const result = programOf(code).run(HOST)
  return result.ok ? 'it ended' : result.error.why
}

describe('scripts in workerd', () => {
  test('give values', () => {
    const code = "local t = {} for w in ('a.b.c'):gmatch('%a') do t[#t + 1] = w:upper() end return table.concat(t, '-')"
    expect(programOf(code).run(HOST)).toEqual({ ok: true, value: ['A-B-C'] })
  })

  test.each([
    'while true do end',
    "return string.rep('x', 2^30)",
    "return string.find(string.rep('a', 30), string.rep('a*', 20) .. 'b')",
    "return ('x'):rep(1e6):gsub('.', function() return 'xx' end)",
    'local function f() return pcall(f) end return f()',
  ])('end: %s', (code) => {
    expect(whyOf(code)).toMatch(/^the script was stopped/)
  })

  test.each([
    nested('(1 + ', ')', 90, 'f()'),
    nested('{', '}', 150, 'f()'),
    nested('g(', ')', 90, 'f()'),
    nested('(true and (false or ', '))', 90, 'f()'),
    nested('not ', '', 180, 'f()'),
  ])('do not overflow the stack: return %s', (expression) => {
    const code = `local g = function(x) return x end local function f() return ${expression} end f()`
    expect(whyOf(code)).toBe('the script was stopped: its calls nest too deep')
  })

  test.each([
    nested('if true then ', ' end', 90, 'f()'),
    nested('for k in pairs{1} do ', ' end', 90, 'f()'),
    nested('while true do ', ' break end', 90, 'f()'),
  ])('do not overflow the stack: %s', (statement) => {
    const code = `local function f() ${statement} end f()`
    expect(whyOf(code)).toBe('the script was stopped: its calls nest too deep')
  })
})
