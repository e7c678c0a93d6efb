import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { outcomeOf, scriptFixture } from '../unit/lua-vm/support.ts'
import { seeded } from '../unit/support.ts'
import { needs, pathOf } from './tools.ts'

/** PowerDNS's packages run records with LuaJIT, so its results are ours. */
needs('luajit')('Lua', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lua-oracle-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Returns LuaJIT's result for each chunk, in the form of the fixtures. */
  function oracle(codes: readonly string[]): string[] {
    const input = join(folder, 'chunks.lua')
    writeFileSync(input, `return {\n${codes.map(luaString).join(',\n')}\n}\n`, 'latin1')
    const script = new URL('lua-oracle.lua', import.meta.url).pathname
    const output = execFileSync(pathOf('luajit') as string, [script, input], { encoding: 'latin1', timeout: 60_000 })
    return output.split('\n').slice(0, -1)
  }

  test.each(['language', 'library', 'errors'])('the cases of %s', (name) => {
    const cases = scriptFixture(name)
    expect(oracle(cases.map(({ code }) => code))).toEqual(cases.map(({ expected }) => expected))
  })

  test.each([1, 2, 3, 4])('random programs, %i', (seed) => {
    const write = programs(seeded(20_261_100 + seed))
    const codes = Array.from({ length: 1500 }, write)
    const theirs = oracle(codes)
    const ours = codes.map((code) => outcomeOf(code))
    const unlike = codes.flatMap((code, i) => {
      const [want, got] = [withoutNames(theirs[i] as string), withoutNames(ours[i] as string)]
      return want === got ? [] : [{ code, want, got }]
    })
    expect(unlike).toEqual([])
    // The test would be weak if all programs failed.
    expect(ours.filter((outcome) => outcome.startsWith('-->')).length).toBeGreaterThan(codes.length / 4)
  })
})

const luaString = (text: string): string =>
  `'${text.replace(/[^ -&(-[\]-~]/g, (c) => `\\${String(c.charCodeAt(0)).padStart(3, '0')}`)}'`

/** The names of operands and functions in messages depend on how LuaJIT compiled the code. */
const withoutNames = (outcome: string): string =>
  outcome
    .replace(/(?:global|local|field|upvalue|method|constant) '[^']*' \((a \w+ value)\)/, '$1')
    .replace(/(bad argument #\d+ to) '[^']*'/, '$1')

/** Writes programs from parts that have to be equal in both: values, operators, scopes, calls and the library. */
function programs(random: () => number): () => string {
  const below = (limit: number): number => Math.floor(random() * limit)
  const some = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const NUMBERS = ['0', '1', '2', '-1', '3.5', '10', '0.1', '1e15', '255', '-7', '1e300', '0x1F', '2^31', '2^53', '1/3']
  const TEXTS = [
    "''",
    "'a'",
    "'abc'",
    "'10'",
    "'0x10'",
    "' 5 '",
    "'a.b-c'",
    "'192.0.2.1'",
    "'AbC'",
    "'\\0\\255'",
    "'%d'",
  ]
  const PATTERNS = [
    "'%d+'",
    "'%a'",
    "'.'",
    "'(%w)(%w)'",
    "'[^.]+'",
    "'^a'",
    "'c$'",
    "'a-b'",
    "'%b()'",
    "'()'",
    "'%f[%w]%w+'",
    "''",
    "'[a-c]*'",
    "'.-(%d)'",
  ]
  const BINARY = ['+', '-', '*', '/', '%', '^', '..', '==', '~=', '<', '<=', '>', '>=', 'and', 'or']
  const FORMATS = [
    "'%d'",
    "'%5.2f'",
    "'%s'",
    "'%x'",
    "'%g'",
    "'%q'",
    "'%-5s|'",
    "'%03d'",
    "'%e'",
    "'%c'",
    "'%i|%s'",
    "'%.3s'",
  ]

  const number = (): string => some(NUMBERS)
  const text = (depth: number): string => (depth > 0 && below(3) === 0 ? textCall(depth - 1) : some(TEXTS))
  const textCall = (depth: number): string =>
    some([
      () => `(${text(depth)}):upper()`,
      () => `(${text(depth)}):lower()`,
      () => `(${text(depth)}):rep(${below(4)})`,
      () => `(${text(depth)}):sub(${below(7) - 3}, ${below(7) - 3})`,
      () => `(${text(depth)}):reverse()`,
      () =>
        `((${text(depth)}):gsub(${some(PATTERNS)}, ${some(["'<%0>'", "'%%'", "''", "'x'", 'string.upper', '{a = 1}'])}))`,
      () => `tostring(${expression(depth)})`,
      () => `string.format(${some(FORMATS)}, ${expression(depth)}, ${expression(depth)})`,
      () => `table.concat({${text(depth)}, ${number()}}, ${text(depth)})`,
      () => `string.char(${below(256)}, 65 + ${below(26)})`,
    ])()
  const call = (depth: number): string =>
    some([
      () => `#${text(depth)}`,
      () => `(${text(depth)}):find(${some(PATTERNS)}, ${below(6) - 2})`,
      () => `(${text(depth)}):match(${some(PATTERNS)})`,
      () => `(${text(depth)}):byte(${below(5) - 2})`,
      () => `tonumber(${expression(depth)})`,
      () => `tonumber(${text(depth)}, ${some(['2', '8', '16', '36'])})`,
      () => `math.floor(${expression(depth)})`,
      () => `math.max(${number()}, ${expression(depth)})`,
      () => `math.fmod(${number()}, ${number()})`,
      () => `bit.${some(['band', 'bor', 'bxor', 'lshift', 'rshift', 'arshift'])}(${below(1e6)}, ${below(40)})`,
      () => `bit.tohex(${below(1e9)})`,
      () => `type(${expression(depth)})`,
      () => `select(${some(["'#'", '1', '2', '-1'])}, ${expression(depth)}, ${expression(depth)})`,
      () => `(select(2, pcall(${some(['f', 'g', 'error', 'tostring'])}, ${expression(depth)})))`,
      () => `unpack({${expression(depth)}, ${expression(depth)}})`,
      () => `f(${expression(depth)})`,
      () => `g(${expression(depth)}, ${expression(depth)})`,
      () => `rawequal(${expression(depth)}, ${expression(depth)})`,
    ])()
  const expression = (depth: number): string => {
    if (depth <= 0)
      return some([
        number,
        () => text(0),
        () => some(['a', 'b', 'c', 't', 't.x', 't[1]', 'nil', 'true', 'false', 'u']),
      ])()
    return some([
      () => `(${expression(depth - 1)} ${some(BINARY)} ${expression(depth - 1)})`,
      () => `${number()} ${some(['+', '-', '*', '/', '%'])} ${number()} ${some(['+', '-', '*'])} ${number()}`,
      () => `${expression(depth - 1)} ${some(['..', 'and', 'or', '=='])} ${expression(depth - 1)}`,
      () => `${some(['-', 'not ', '#'])}${expression(depth - 1)}`,
      () => call(depth - 1),
      () => text(depth),
      () =>
        `({${expression(depth - 1)}, ${expression(depth - 1)}, x = ${expression(depth - 1)}})[${some(['1', '2', '3', "'x'"])}]`,
      () => `(function(...) return ${some(['...', '(...)', "select('#', ...)"])} end)(${expression(depth - 1)})`,
    ])()
  }
  const statement = (depth: number): string =>
    some([
      () => `a = ${expression(2)}`,
      () => `local b = ${expression(2)}`,
      () => `b, c = ${expression(2)}, ${expression(1)}`,
      () => `t.x = ${expression(2)}`,
      () => `t[#t + 1] = ${expression(1)}`,
      () => `u = ${expression(1)}`,
      () => `local _ = ${call(2)}`,
      ...(depth > 0
        ? [
            () =>
              `if ${expression(1)} then ${block(depth - 1)} elseif ${expression(1)} then ${block(depth - 1)} else ${block(depth - 1)} end`,
            () => `for i = ${below(5)}, ${below(5)}, ${some(['1', '2', '-1', '0.5'])} do a = i ${block(depth - 1)} end`,
            () => `for i, v in ipairs({${expression(1)}, ${expression(1)}}) do c = v ${block(depth - 1)} end`,
            () =>
              `do local i = 0 while i < ${below(4)} do i = i + 1 ${block(depth - 1)} ${some(['', 'if i == 2 then break end'])} end end`,
            () => `do local i = 0 repeat i = i + 1 local stop = i ${block(depth - 1)} until stop >= ${below(4)} end`,
            () => `do ${block(depth - 1)} end`,
            () => `local h = function(x) a = x ${block(depth - 1)} return a, b end h(${expression(1)})`,
            () => `pcall(function() ${block(depth - 1)} end)`,
            () => `for w in (${text(1)}):gmatch(${some(PATTERNS)}) do c = w end`,
          ]
        : []),
    ])()
  const block = (depth: number): string => Array.from({ length: 1 + below(2) }, () => statement(depth)).join('; ')

  const head =
    "local a, b, c = 1, 'x', nil local t = setmetatable({10, 20, x = 'y'}, {__tostring = function() return 'T' end}) local function f(x) return x end local function g(x, y) return y, x end "
  return () => {
    const body = below(3) === 0 ? '' : `${Array.from({ length: below(4) }, () => statement(2)).join('; ')} `
    return `${head}${body}local r, s = ${expression(3)}, ${expression(2)} return r, s, a, b, c, t.x, #t`
  }
}
