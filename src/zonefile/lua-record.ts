import { escapeRawOctets, parseType, storableType, TYPE, typeName } from '../dns/index.ts'
import { type LuaBackup, type LuaIssue, type LuaReader, type RecordCode, recordOf } from '../lua/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Token } from './lexer.ts'
import { tokensOfOctets } from './lua-generic.ts'
import { withGlobals } from './lua-globals.ts'
import { lastAtMost } from './source.ts'

/** A problem in a LUA record: `at` is an offset in the source of its tokens. */
export type LuaProblem = { readonly at: number; readonly message: string }

/** A LUA record: the type of its answers, its code, and a function from offsets in the code to the source. */
type LuaRecord = {
  readonly type: number
  readonly code: string
  /** Undefined for type LUA, whose code other records include. */
  readonly read: RecordCode | undefined
  readonly sourceAt: (codeAt: number) => number
}

/**
 * The rule that joins several strings of code: with nothing between them as in PowerDNS 5, or with white space as
 * before (`lua-records-insert-whitespace=yes`).
 */
type LuaJoin = 'nothing' | 'white space'

/** The rules for the LUA records of a zone. `globals` is code that runs before each. */
export type LuaDialect = {
  readonly join: LuaJoin
  readonly backup: LuaBackup
  readonly globals: readonly string[]
}

/**
 * Parses `LUA <type> "chunk" "chunk" …`, or `LUA \# <length> <hex>`.
 * @param data the tokens after LUA
 */
export function readLua(
  data: readonly Token[],
  lua: Token,
  { join, globals }: LuaDialect,
  reader: LuaReader,
): Result<LuaRecord, readonly LuaProblem[]> {
  const isGeneric = data[0]?.text === '\\#' && !data[0].quoted
  const tokens = isGeneric ? tokensOfOctets(data) : ok(data)
  if (!tokens.ok) return err([tokens.error])
  const [typeToken, ...chunks] = tokens.value
  if (!typeToken) return err([{ at: lua.at, message: 'LUA has no type; expected one and then the code: LUA A "…"' }])
  const type = innerType(typeToken)
  if (!type.ok) return err([{ at: typeToken.at, message: type.error }])
  const code = assemble(chunks, typeToken, join)
  if (!code.ok) return err([code.error])
  const { text } = code.value
  // The octets of the generic form have one position only.
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

/** Returns the type if LUA can answer with it: not SOA, DNAME and ALIAS. Type LUA is code to include, not an answer. */
export function luaType(type: number): Result<number> {
  if (NOT_BY_LUA.has(type)) {
    return err(`LUA cannot answer with ${typeName(type)}; expected a type like A, AAAA, CNAME, TXT, MX or SRV`)
  }
  return type === TYPE.LUA ? ok(type) : storableType(type)
}

const NOT_BY_LUA: ReadonlySet<number> = new Set([TYPE.SOA, TYPE.DNAME, TYPE.ALIAS])

/**
 * Joins chunks as PowerDNS does, and leaves their escapes to Lua. Version 5 joins them directly, and drops a chunk that
 * is a single space; older versions put a space after each chunk, and two before the next one.
 */
function assemble(
  chunks: readonly Token[],
  type: Token,
  join: LuaJoin,
): Result<{ text: string; sourceAt: (codeAt: number) => number }, LuaProblem> {
  if (chunks.length === 0) return err({ at: type.at, message: `LUA ${type.text} has no code; expected it in quotes` })
  const starts: number[] = []
  const offsets: number[] = []
  let text = ''
  for (const chunk of chunks) {
    if (!chunk.quoted) {
      const message = `LUA code outside quotes; expected "…", or several of them, and '…' for texts in it`
      return err({ at: chunk.at, message })
    }
    const quote = chunk.text.indexOf('"')
    if (quote >= 0) {
      // PowerDNS drops the quote and keeps the backslash before it, which cannot be intended.
      const message = "a quote cannot be part of LUA code, not even as \\\"; expected '…' for texts, or \\34 in them"
      return err({ at: chunk.at + quote, message })
    }
    if (join === 'nothing' && chunk.text === ' ') continue
    if (join === 'white space' && chunk !== chunks[0]) text += '  '
    for (const piece of piecesOf(chunk)) {
      starts.push(text.length)
      offsets.push(piece.at)
      text += piece.text
    }
    if (join === 'white space' && chunk.text !== '') text += ' '
  }
  const sourceAt = (codeAt: number): number => {
    const i = lastAtMost(starts, codeAt)
    return (offsets[i] ?? type.at + 1) + codeAt - (starts[i] ?? 0)
  }
  return ok({ text, sourceAt })
}

/** Splits a chunk into pieces with their offsets, since an octet that is not UTF-8 becomes Lua's `\DDD`. */
function piecesOf({ text, at }: Token): { readonly text: string; readonly at: number }[] {
  const pieces = [...text.matchAll(/[\udc80-\udcff]+|[^\udc80-\udcff]+/gu)]
  if (pieces.length < 2) return [{ text: escapeRawOctets(text), at: at + 1 }]
  return pieces.map(({ 0: piece, index }) => ({ text: escapeRawOctets(piece), at: at + 1 + index }))
}
