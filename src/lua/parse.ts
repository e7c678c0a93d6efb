import luaparse, { type Chunk, type Expression, type Statement } from 'luaparse'
import { MAX_DEPTH, MAX_LUA_CHARS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { type LuaIssue, startOf } from './folding.ts'

/** `offsetAt` turns an offset in the syntax tree into one in the code. */
export type ParsedLua = { readonly returned: readonly Expression[]; readonly offsetAt: (at: number) => number }

const RETURN = 'return '

/**
 * The values that the code returns. Code is `return <code>`, unless its very first character is `;`: then the rest is
 * a script that returns by itself, of which a single return is supported.
 */
export function parseLua(code: string): Result<ParsedLua, LuaIssue> {
  if (code.length > MAX_LUA_CHARS) {
    return err({ at: 0, message: `the code has ${code.length} characters; expected at most ${MAX_LUA_CHARS}` })
  }
  const script = code.startsWith(';')
  const { bytes, charAt } = toBytes(script ? code.slice(1) : code)
  if (bytes.trim() === '') return err({ at: 0, message: 'the LUA code is empty; expected a function call or text' })
  const skipped = script ? -1 : RETURN.length
  const offsetAt = (at: number): number => Math.min(charAt(Math.max(at - skipped, 0)), code.length)
  const parsed = parseChunk(script ? bytes : RETURN + bytes)
  if (!parsed.ok) return err({ at: offsetAt(parsed.error.at), message: parsed.error.message })
  const other = parsed.value.body.find((statement) => statement.type !== 'ReturnStatement')
  const [first] = parsed.value.body
  if (other) {
    const message = `${statementName(other)} is not supported yet in LUA scripts; expected one return and nothing else`
    return err({ at: offsetAt(startOf(other)), message })
  }
  return ok({ returned: first?.type === 'ReturnStatement' ? first.arguments : [], offsetAt })
}

/** LuaJIT's grammar is Lua 5.1's with a few more escapes: what PowerDNS packages are mostly built with. */
function parseChunk(source: string): Result<Chunk, LuaIssue> {
  try {
    return ok(
      luaparse.parse(source, {
        luaVersion: 'LuaJIT',
        encodingMode: 'pseudo-latin1',
        ranges: true,
        comments: false,
        scope: false,
      }),
    )
  } catch (error) {
    // The parser recurses over the code and has no cap of its own.
    if (error instanceof RangeError) {
      return err({ at: 0, message: `the code nests too deep; expected at most ${MAX_DEPTH} calls in each other` })
    }
    if (!(error instanceof SyntaxError)) throw error
    const { index } = error as SyntaxError & { index?: number }
    const what = error.message.replace(/^\[\d+:\d+\] /, '')
    return err({
      at: index ?? 0,
      message: `Lua syntax: ${what}; expected an expression like pickrandom({'192.0.2.1'})`,
    })
  }
}

/** The code as Lua sees it: octets, one character each. */
function toBytes(code: string): { bytes: string; charAt: (byte: number) => number } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  if (/^[\x00-\x7f]*$/.test(code)) return { bytes: code, charAt: (byte) => byte }
  const encoded = new TextEncoder().encode(code)
  const chars: number[] = []
  let at = 0
  for (const character of code) {
    const code = character.codePointAt(0) as number
    for (let i = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4; i > 0; i--) chars.push(at)
    at += character.length
  }
  return {
    bytes: Array.from(encoded, (byte) => String.fromCharCode(byte)).join(''),
    charAt: (byte) => chars[byte] ?? at,
  }
}

/** The keyword that a statement begins with. */
function statementName(statement: Statement): string {
  switch (statement.type) {
    case 'CallStatement':
      return 'a call as a statement'
    case 'AssignmentStatement':
      return 'an assignment'
    case 'ForGenericStatement':
    case 'ForNumericStatement':
      return '"for"'
    case 'FunctionDeclaration':
      return '"function"'
    default:
      return `"${statement.type.replace(/Statement$/, '').toLowerCase()}"`
  }
}
