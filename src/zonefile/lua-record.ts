import { escapeRawOctets, parseType, storableType, TYPE, typeName } from '../dns/index.ts'
import { type LuaBackup, type LuaIssue, type LuaReader, type RecordCode, recordOf } from '../lua/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Token } from './lexer.ts'
import { tokensOfOctets } from './lua-generic.ts'
import { withGlobals } from './lua-globals.ts'
import { lastAtMost } from './source.ts'

/** A problem in a LUA record: `at` is an offset in the source of its tokens. */
export type LuaProblem = { readonly at: number; readonly message: string }

/** A LUA record: the type that it answers with, its code, and how offsets in the code map to the source. */
export type LuaRecord = {
  readonly type: number
  readonly code: string
  /** Undefined for type LUA, whose code is there for others to include. */
  readonly read: RecordCode | undefined
  readonly sourceAt: (codeAt: number) => number
}

/**
 * How several strings of code are joined: with nothing between as in PowerDNS 5, or as before that
 * (`lua-records-insert-whitespace=yes`).
 */
export type LuaJoin = 'nothing' | 'white space'

/** The rules to read the LUA records of a zone by; `globals` is code that runs in front of each. */
export type LuaDialect = {
  readonly join: LuaJoin
  readonly backup: LuaBackup
  readonly globals: readonly string[]
}

/** `LUA <type> "chunk" "chunk" …`, or `LUA \# <length> <hex>`, from the tokens after LUA. */
export function readLua(
  given: readonly Token[],
  lua: Token,
  { join, globals }: LuaDialect,
  reader: LuaReader,
): Result<LuaRecord, readonly LuaProblem[]> {
  const isGeneric = given[0]?.text === '\\#' && !given[0].quoted
  const tokens = isGeneric ? tokensOfOctets(given) : ok(given)
  if (!tokens.ok) return err([tokens.error])
  const [typeToken, ...chunks] = tokens.value
  if (!typeToken) return err([{ at: lua.at, message: 'LUA has no type; expected one and then the code: LUA A "…"' }])
  const type = innerType(typeToken)
  if (!type.ok) return err([{ at: typeToken.at, message: type.error }])
  const code = assemble(chunks, typeToken, join)
  if (!code.ok) return err([code.error])
  const { text } = code.value
  // The octets of the generic form have only one location.
  const sourceAt = isGeneric ? () => typeToken.at : code.value.sourceAt
  if (type.value === TYPE.LUA) return ok({ type: type.value, code: text, read: undefined, sourceAt })
  const located = (issues: readonly LuaIssue[]) => err(issues.map(({ at, message }) => ({ at: sourceAt(at), message })))
  const read = reader.read(text, type.value)
  if (globals.length > 0 && !(read.ok && read.value.folded) && reader.parse(text).ok) {
    const { code, shift } = withGlobals(text)
    const wrapped = reader.read(code, type.value)
    const shifted = (at: number): number => sourceAt(Math.max(0, at - shift))
    return wrapped.ok ? ok({ type: type.value, code, read: wrapped.value, sourceAt: shifted }) : located(wrapped.error)
  }
  if (!read.ok) return located(read.error)
  const folded = read.value.folded && recordOf(read.value.folded)
  return ok({ type: type.value, code: text, read: { ...read.value, folded }, sourceAt })
}

function innerType(token: Token): Result<number> {
  const type = parseType(token.text)
  return type.ok ? luaType(type.value) : type
}

/** What a zone holds once only cannot come from code. Type LUA is not an answer, but code to include. */
export function luaType(type: number): Result<number> {
  if (NOT_BY_LUA.has(type)) {
    return err(`LUA cannot answer with ${typeName(type)}; expected a type like A, AAAA, CNAME, TXT, MX or SRV`)
  }
  return type === TYPE.LUA ? ok(type) : storableType(type)
}

const NOT_BY_LUA: ReadonlySet<number> = new Set([TYPE.SOA, TYPE.DNAME, TYPE.ALIAS])

/**
 * The code as PowerDNS puts it together, its escapes left for Lua. Version 5 has the chunks one after the other with
 * nothing between, and leaves out those that are a single space; before that each chunk, and the space before the
 * next one, had a space after it.
 */
function assemble(
  chunks: readonly Token[],
  type: Token,
  join: LuaJoin,
): Result<{ text: string; sourceAt: (codeAt: number) => number }, LuaProblem> {
  if (chunks.length === 0) return err({ at: type.at, message: `LUA ${type.text} has no code; expected it in quotes` })
  const starts: number[] = []
  const places: number[] = []
  let text = ''
  for (const chunk of chunks) {
    if (!chunk.quoted) {
      const message = `LUA code outside quotes; expected "…", or several of them, and '…' for texts in it`
      return err({ at: chunk.at, message })
    }
    const quote = chunk.text.indexOf('"')
    if (quote >= 0) {
      // PowerDNS takes the quote away and leaves the backslash before it, which nobody can have meant.
      const message = "a quote cannot be part of LUA code, not even as \\\"; expected '…' for texts, or \\34 in them"
      return err({ at: chunk.at + quote, message })
    }
    if (join === 'nothing' && chunk.text === ' ') continue
    if (join === 'white space' && chunk !== chunks[0]) text += '  '
    for (const piece of piecesOf(chunk)) {
      starts.push(text.length)
      places.push(piece.at)
      text += piece.text
    }
    if (join === 'white space' && chunk.text !== '') text += ' '
  }
  const sourceAt = (codeAt: number): number => {
    const i = lastAtMost(starts, codeAt)
    return (places[i] ?? type.at + 1) + codeAt - (starts[i] ?? 0)
  }
  return ok({ text, sourceAt })
}

/** The chunk's code, and where each piece of it stands: octets that are not UTF-8 are Lua's `\DDD`. */
function piecesOf({ text, at }: Token): { readonly text: string; readonly at: number }[] {
  const pieces = [...text.matchAll(/[\udc80-\udcff]+|[^\udc80-\udcff]+/gu)]
  if (pieces.length < 2) return [{ text: escapeRawOctets(text), at: at + 1 }]
  return pieces.map(({ 0: piece, index }) => ({ text: escapeRawOctets(piece), at: at + 1 + index }))
}
