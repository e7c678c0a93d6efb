import { readFileSync } from 'node:fs'
import { type Name, parseName, ROOT } from '../../../src/dns/index.ts'
import { translateLua } from '../../../src/lua/index.ts'
import {
  type Budget,
  checkTree,
  type Failure,
  type Host,
  LuaFunction,
  LuaTable,
  type LuaValue,
  type Program,
  prepare,
  UNMETERED,
} from '../../../src/lua-vm/index.ts'
import { parseAddress, parsePrefix } from '../../../src/net/index.ts'
import type { QueryInput } from '../../../src/powerdns/index.ts'
import { type Result, unreachable } from '../../../src/result.ts'

/** One chunk of Lua and what it gives, as LuaJIT has it: `--> values`, `--! error value` or `--! syntax`. */
export type Case = { readonly code: string; readonly expected: string }

/** Cases are blocks between empty lines, the outcome being the last line. */
export function scriptFixture(name: string): Case[] {
  const text = readFileSync(new URL(`../../fixtures/script/${name}.lua`, import.meta.url), 'latin1')
  return text
    .trimEnd()
    .split('\n\n')
    .map((block) => {
      const end = block.lastIndexOf('\n')
      return { code: block.slice(0, end), expected: block.slice(end + 1) }
    })
}

export const HOST: Host = { global: () => undefined, random: () => 0.5 }

/** A script, not an expression, through its stored form. */
export function programOf(code: string, globals: readonly string[] = []): Result<Program, string> {
  const script = translateLua(`;${code}`, { globals: new Set(globals) })
  if (!script.ok) return { ok: false, error: script.error.map((issue) => `${issue.at}: ${issue.message}`).join('; ') }
  const stored = checkTree(JSON.parse(JSON.stringify(script.value.tree)))
  if (!stored.ok) throw new Error(`the translation is refused: ${stored.error}`)
  return { ok: true, value: prepare(stored.value) }
}

export function runScript(
  code: string,
  host: Host = HOST,
  budget?: Budget,
  globals: readonly string[] = [],
): Result<readonly LuaValue[], Failure> {
  const program = programOf(code, globals)
  if (!program.ok) throw new Error(`${code}: ${program.error}`)
  return program.value.run(host, budget)
}

/** The values of a script that has to succeed, tables as lists or objects. */
export function valuesOf(code: string, host?: Host, globals: readonly string[] = []): unknown[] {
  const result = runScript(code, host, undefined, globals)
  if (!result.ok) throw new Error(`${code}: ${result.error.why}`)
  return result.value.map(plain)
}

function plain(value: LuaValue): unknown {
  if (!(value instanceof LuaTable)) return value
  const entries = [...value.entries(UNMETERED)]
  if (entries.every(([key], i) => key === i + 1)) return entries.map(([, inner]) => plain(inner))
  return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner)]))
}

/** Returns the result of a script, in the form of the fixtures. */
export function outcomeOf(code: string, host: Host = HOST): string {
  const program = programOf(code)
  if (!program.ok) return '--! syntax'
  let error: LuaValue
  let failed = false
  const main = program.value.main
  // Errors are caught by the script language itself: values of any type can be errors.
  const guarded = programOf('return pcall(main)', ['main'])
  if (!guarded.ok) throw new Error(guarded.error)
  const result = guarded.value.run({ ...host, global: (name) => (name === 'main' ? main : host.global(name)) })
  if (!result.ok) return `--! budget: ${result.error.why}`
  const [ok, ...values] = result.value
  if (ok !== true) {
    failed = true
    error = values[0]
  }
  return failed ? `--! ${show(error, 0)}` : `--> ${values.map((value) => show(value, 0)).join(', ')}`
}

export function show(value: LuaValue, depth: number): string {
  if (typeof value === 'string') return quote(value)
  if (value instanceof LuaFunction) return 'function'
  if (!(value instanceof LuaTable))
    return valuesOf('return tostring(v)', { ...HOST, global: (name) => (name === 'v' ? value : undefined) }, [
      'v',
    ])[0] as string
  if (depth > 4) return '{...}'
  const fields = [...value.entries(UNMETERED)].map(
    ([key, inner]) => `[${show(key, depth + 1)}]=${show(inner, depth + 1)}`,
  )
  return `{${fields.sort((a, b) => (a < b ? -1 : 1)).join(', ')}}`
}

const quote = (text: string): string =>
  `"${text.replace(/[^ !#-[\]-~]/g, (c) => `\\${String(c.charCodeAt(0)).padStart(3, '0')}`)}"`

export function must<T>(result: Result<T>): T {
  return result.ok ? result.value : unreachable(result.error as never)
}

export const name = (text: string): Name => must(parseName(text, ROOT))
export const endpoint = (text: string, port: number) => ({ address: must(parseAddress(text)), port })

/** A query with ECS. */
export const QUERY: QueryInput = {
  qname: name('WWW.example.org.'),
  zone: name('example.org.'),
  owner: name('www.example.org.'),
  zoneid: 3,
  who: endpoint('198.51.100.53', 4242),
  bestwho: endpoint('192.0.2.0', 0),
  ecswho: must(parsePrefix('192.0.2.0/24')),
  localwho: endpoint('203.0.113.1', 53),
  tcp: false,
  dnssecOK: true,
  ednsPKTSize: 1232,
  dh: {
    ...{ id: 4711, rd: true, cd: false, tc: false, ra: false, ad: true, aa: false },
    ...{ rcode: 0, opcode: 0, qdcount: 1, ancount: 0, nscount: 0, arcount: 1 },
  },
  random: () => 0.25,
}
