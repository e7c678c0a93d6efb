import { describe, expect, test } from 'vitest'
import { BY_VALUE, DEFAULT_BUDGET, type Failure, LuaFunction, type Run } from '../../../src/lua-vm/index.ts'
import { HOST, programOf, runScript, valuesOf } from './support.ts'

const MANY_STEPS = /too many steps/
const TOO_LARGE = /too much text or too large tables/
const TOO_DEEP = /calls nest/

function failureOf(code: string): Failure {
  const result = runScript(code)
  if (result.ok) throw new Error(`${code}: it ended`)
  return result.error
}

/** Steps that a script takes, of a budget that is as large as it needs. */
function stepsOf(code: string): number {
  let taken = Number.NaN
  const ended = (_: Run, steps: number) => {
    taken = steps
  }
  const result = runScript(code, { ...HOST, ended }, { ...DEFAULT_BUDGET, steps: 1e9, bytes: 1e9 })
  if (!result.ok) throw new Error(`${code}: ${result.error.why}`)
  return taken
}

const nested = (open: string, close: string, times: number, inner: string): string =>
  open.repeat(times) + inner + close.repeat(times)

describe('what would never end, or take all memory, is stopped', () => {
  test.each<[string, RegExp]>([
    ['while true do end', MANY_STEPS],
    ["return string.rep('x', 2^30)", TOO_LARGE],
    ["return string.find(string.rep('a', 30), string.rep('a*', 20) .. 'b')", MANY_STEPS],
    ['repeat until false', MANY_STEPS],
    ['::again:: goto again', MANY_STEPS],
    ['::again:: do goto again end', MANY_STEPS],
    ['while true do goto continue ::continue:: end', MANY_STEPS],
    ['for i = 1, math.huge do end', MANY_STEPS],
    ['for i = 1, 1, 0 do end', MANY_STEPS],
    ["local s = 'x' while true do s = s .. s end", TOO_LARGE],
    ["return ('x'):rep(1/0)", TOO_LARGE],
    ["return ('x'):rep(2^20 - 1, ('y'):rep(9))", TOO_LARGE],
    ['local t = {} while true do t[#t + 1] = 1 end', MANY_STEPS],
    ['local t = {} while true do t[{}] = {} end', MANY_STEPS],
    ['while true do local t = {1, 2, 3, 4, 5, 6, 7, 8} end', MANY_STEPS],
    ['while true do local f = function() end end', MANY_STEPS],
    ['while true do unpack({}, 1, 7000) end', MANY_STEPS],
    ["return ('x'):rep(1e6):gsub('.', function() return 'xx' end)", MANY_STEPS],
    ["return ('x'):rep(5e5):gsub('x', ('%0'):rep(1000))", MANY_STEPS],
    ["return ('a'):rep(5e5):find(('a'):rep(1000) .. 'b', 1, true)", MANY_STEPS],
    ["return ('a'):rep(3e5):find('.-b')", MANY_STEPS],
    ["return ('('):rep(1e5):find('%b()')", MANY_STEPS],
    ["return ('ab'):rep(1e5):find('(ab)%1-%1c')", MANY_STEPS],
    ["for w in ('x'):rep(1e5):gmatch('.') do end", MANY_STEPS],
    ["local s = ('x'):rep(4e5) while true do local _ = s == ('x'):rep(4e5) end", TOO_LARGE],
    ["local a, b = ('x'):rep(2e5) .. 'a', ('x'):rep(2e5) .. 'b' while true do local _ = a < b end", MANY_STEPS],
    ["local a, b = ('x'):rep(2e5) .. 'a', ('x'):rep(2e5) .. 'b' while true do local _ = a == b end", MANY_STEPS],
    ["local t, k = {}, ('x'):rep(3e5) t[k] = 1 while true do local _ = t[k] end", MANY_STEPS],
    ["local s = ('1'):rep(1e5) while true do local _ = s + 1 end", MANY_STEPS],
    ["local s = (' '):rep(4e5) .. 'x' while true do tonumber(s) end", MANY_STEPS],
    ["local s = ('x'):rep(3e5) while true do rawequal(s, s .. '') end", TOO_LARGE],
    ["local a, b = ('x'):rep(4e5), ('x'):rep(4e5) while true do rawequal(a, b) end", MANY_STEPS],
    ["local t, k = {}, ('x'):rep(3e5) t[k] = 1 while true do rawget(t, k) next(t, k) end", MANY_STEPS],
    ['local t = {} while true do table.insert(t, 1, 1) end', MANY_STEPS],
    ["local t = {} for i = 1, 500 do t[i] = 'abcdefgh' end while true do table.concat(t) end", MANY_STEPS],
    ['table.sort({1, 2, 3}, function() while true do end end)', MANY_STEPS],
    ['local t = {} for i = 1, 1000 do t[i] = -i end while true do table.sort(t) end', MANY_STEPS],
    ["while true do string.format('%99.99f', 1/3) end", MANY_STEPS],
    ['while true do tostring(1/3) end', MANY_STEPS],
    ['while true do math.random() end', MANY_STEPS],
    ['while true do pcall(error) end', MANY_STEPS],
    ['while true do pcall(function() while true do end end) end', MANY_STEPS],
    ['local function f() return f() end return f()', TOO_DEEP],
    ['local function f() return 1 + f() end return f()', TOO_DEEP],
    ['local function f() return pcall(f) end return f()', TOO_DEEP],
    ["local function f() return (('x'):gsub('x', f)) end return f()", TOO_DEEP],
    ['local function f() table.sort({1, 2}, f) end return f()', TOO_DEEP],
    ["local function f() for w in ('x'):gmatch('x') do f() end end f()", TOO_DEEP],
    ["local f, h function f() error('x') end function h() xpcall(f, h) end h()", TOO_DEEP],
    ['local t = {} for i = 1, 1000 do t[i] = pcall end pcall(unpack(t))', TOO_DEEP],
    ["local t = setmetatable({}, {__index = function(t, k) return t[k .. 'x'] end}) return t.x", TOO_DEEP],
    ['local t = setmetatable({}, {__concat = function(a, b) return a .. b end}) return t .. t', TOO_DEEP],
    ['local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) return tostring(t)', TOO_DEEP],
    [
      'local t t = setmetatable({}, {__eq = function(a, b) return a == b end}) return t == setmetatable({}, getmetatable(t))',
      TOO_DEEP,
    ],
  ])('%s', (code, why) => {
    const failure = failureOf(code)
    expect(failure.why).toMatch(why)
    expect(failure.overBudget).toBe(true)
  })
})

describe('what looks at octets is charged by them', () => {
  const LONG = 200_000
  const TWO = `local a, b = ('x'):rep(${LONG}) .. 'a', ('x'):rep(${LONG}) .. 'b' `
  const KEY = `local t, k = {}, ('x'):rep(${LONG}) t[k] = 1 `
  const LIST = `local t = {} for i = 1, 1000 do t[i] = ('x'):rep(${LONG / 1000}) end `

  test.each<[string, string, number]>([
    [TWO, 'local _ = a < b', LONG / 64],
    [TWO, 'local _ = a <= b', LONG / 64],
    [TWO, 'local _ = a == b', LONG / 64],
    [TWO, 'rawequal(a, b)', LONG / 64],
    [KEY, 'local _ = t[k]', LONG / 64],
    [KEY, 't[k] = 2', LONG / 64],
    [KEY, 'rawget(t, k)', LONG / 64],
    [KEY, 'next(t, k)', LONG / 64],
    [`local s = ('1'):rep(${LONG}) `, 'local _ = s + 1', LONG / 2],
    [`local s = (' '):rep(${LONG}) .. 'x' `, 'tonumber(s)', LONG / 2],
    [TWO, 'a:lower()', LONG / 16],
    [TWO, 'a:upper()', LONG / 16],
    [TWO, "a:find('y', 1, true)", LONG / 64],
    [TWO, "a:find('y')", LONG / 64],
    [TWO, "a:gsub('x', '')", LONG],
    [LIST, 'table.concat(t)', 1000],
  ])('%s… %s', (setup, look, least) => {
    expect(stepsOf(`${setup}${look} ${look}`) - stepsOf(`${setup}${look}`)).toBeGreaterThanOrEqual(least)
  })
})

test('an error is found in its line whatever lines there are', () => {
  const code = `${'\n'.repeat(200_000)}while true do pcall(function() error('x') end) end`
  expect(failureOf(code)).toMatchObject({ overBudget: true, line: 200_001 })
})

test('a pattern that was used before costs the same', () => {
  const taken: number[] = []
  const host = { ...HOST, ended: (_: Run, steps: number) => void taken.push(steps) }
  for (const code of ["return ('x'):find('[never]seen')", "return ('x'):find('[never]seen')"]) runScript(code, host)
  expect(taken[0]).toBe(taken[1])
})

describe('functions that nest deep call themselves no deeper than the stack goes', () => {
  test.each([
    nested('(1 + ', ')', 90, 'f()'),
    nested('{', '}', 150, 'f()'),
    nested('g(', ')', 90, 'f()'),
    nested('(true and (false or ', '))', 90, 'f()'),
    nested('#', '', 180, 'f()'),
    nested('not ', '', 180, 'f()'),
  ])('return %s', (expression) => {
    expect(failureOf(`local g = function(x) return x end local function f() return ${expression} end f()`).why).toBe(
      'the script was stopped: its calls nest too deep',
    )
  })

  test.each([
    nested('if true then ', ' end', 90, 'f()'),
    nested('for k in pairs{1} do ', ' end', 90, 'f()'),
    nested('for i = 1, 1 do ', ' end', 90, 'f()'),
    nested('while true do ', ' break end', 90, 'f()'),
    nested('do ', ' end', 90, 'f()'),
    nested('repeat ', ' until true', 90, 'f()'),
  ])('%s', (statement) => {
    expect(failureOf(`local function f() ${statement} end f()`).why).toBe(
      'the script was stopped: its calls nest too deep',
    )
  })

  test('180 calls of what is not deep are fine', () => {
    expect(valuesOf('local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(170)')).toEqual([
      170,
    ])
  })
})

describe('code that nests deep, or is long', () => {
  test.each<[string, string]>([
    ['parentheses', `return ${nested('(', ')', 10_000, '1')}`],
    ['tables', `return ${nested('{', '}', 10_000, '')}`],
    ['functions', `return ${nested('function() return ', ' end', 10_000, '1')}`],
    ['not', `return ${'not '.repeat(10_000)}1`],
    ['minus', `return ${'- '.repeat(10_000)}1`],
    ['sums', `return ${'1 + '.repeat(10_000)}1`],
    ['texts', `return ${"'a' .. ".repeat(10_000)}'b'`],
    ['powers', `return ${'1 ^ '.repeat(10_000)}1`],
    ['fields', `return a${'.b'.repeat(10_000)}`],
    ['calls', `return f${'()'.repeat(10_000)}`],
    ['methods', `return f${':m()'.repeat(10_000)}`],
    ['if', nested('if x then ', ' end', 10_000, '')],
    ['do', nested('do ', ' end', 10_000, '')],
    ['variables', 'local a '.repeat(201)],
  ])('%s: an error at compile time', (_, code) => {
    const program = programOf(code)
    expect(program).toEqual({ ok: false, error: expect.stringMatching(/too deep|more than 200 local variables/) })
  })

  test.each<[string, string, number]>([
    ['and', `return ${'true and '.repeat(5000)}1`, 1],
    ['or', `return ${'nil or '.repeat(5000)}1`, 1],
    ['elseif', `local x if x then return 0 ${'elseif x then return 0 '.repeat(2000)} end return 1`, 1],
    ['a table', `local t = {${'1, '.repeat(15_000)}} return #t`, 15_000],
    ['a table of tables', `local t = {${"{1, 'a'}, ".repeat(2000)}} return #t`, 2000],
    ['statements', `local n = 0 ${'n = n + 1 '.repeat(3000)} return n`, 3000],
    ['a comment', `--${'x'.repeat(64_000)}\nreturn 1`, 1],
    ['a text', `return #'${'x'.repeat(64_000)}'`, 64_000],
  ])('%s: an answer', (_, code, value) => {
    expect(valuesOf(code)).toEqual([value])
  })

  test('64 KB of Lua: an answer, or an error', () => {
    const code = `local t = {} ${"t[#t + 1] = {1, 'x', a = {2}} ".repeat(2200)}return #t`
    expect(code.length).toBeGreaterThan(64_000)
    expect(failureOf(code).why).toMatch(MANY_STEPS)
    const result = runScript(code, HOST, { ...DEFAULT_BUDGET, steps: 1e6 })
    expect(result).toEqual({ ok: true, value: [2200] })
  })
})

describe('the budget', () => {
  test('is the caller’s', () => {
    const code = 'local n = 0 for i = 1, 100 do n = n + 1 end return n'
    expect(runScript(code, HOST, { ...DEFAULT_BUDGET, steps: 100 }).ok).toBe(false)
    expect(runScript(code, HOST, { ...DEFAULT_BUDGET, steps: 1000 })).toEqual({ ok: true, value: [100] })
    const recursion = 'local function f(n) return n == 0 and 0 or f(n - 1) end return f(20)'
    expect(runScript(recursion, HOST, { ...DEFAULT_BUDGET, calls: 10 }).ok).toBe(false)
    expect(runScript("return ('x'):rep(100)", HOST, { ...DEFAULT_BUDGET, bytes: 99 }).ok).toBe(false)
  })

  test('is taken from by host functions, which can pass a script’s errors through', () => {
    const spend = new LuaFunction('spend', BY_VALUE, ([n], run) => {
      run.chargeSteps(n as number)
      return true
    })
    const host = { ...HOST, global: (name: string) => (name === 'spend' ? spend : undefined) }
    expect(runScript('return spend(10)', host, undefined, ['spend'])).toEqual({ ok: true, value: [true] })
    expect(runScript('return spend(1e9)', host, undefined, ['spend'])).toMatchObject({ error: { overBudget: true } })
    expect(runScript('return pcall(spend, 1e9)', host, undefined, ['spend']).ok).toBe(false)
  })

  test('is each run’s own', () => {
    const program = programOf('local n = 0 for i = 1, 1000 do n = n + 1 end return n')
    for (let i = 0; i < 100; i++) expect(program.ok && program.value.run(HOST)).toEqual({ ok: true, value: [1000] })
  })
})
