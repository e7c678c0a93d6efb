import { escapeRawOctets, parseType, TYPE, typeName } from '../dns/index.ts'
import { err, ok, type Result } from '../result.ts'
import { luaType } from '../zonefile/index.ts'

/** The content of a LUA record: the type of its answers, as its mnemonic, and the code. */
type LuaContent = { readonly inner: string; readonly type: number; readonly code: string }

/**
 * Reads `TYPE "code" "code" …` as it comes over the API: strings may have line feeds and any length. They are joined
 * with nothing between them, and their escapes are left to Lua. A string that is one space is dropped, as in PowerDNS
 * 5.
 */
export function readLuaContent(content: string): Result<LuaContent> {
  const head = /^\s*([^\s"]+)\s+(?=")/.exec(content)
  if (!head)
    return err('LUA has a type and then the code in quotes; expected it as in: A "pickrandom({\'192.0.2.1\'})"')
  const parsed = parseType(head[1] as string)
  const type = parsed.ok ? luaType(parsed.value) : parsed
  if (!type.ok) return type
  const code = joined(content, (head[0] as string).length)
  return code.ok ? ok({ inner: typeName(type.value), type: type.value, code: code.value }) : code
}

/** Returns the type of the answers of a LUA record that was read before. */
export function innerTypeOf(content: string): string {
  const parsed = parseType(/^\s*([^\s"]+)/.exec(content)?.[1] ?? '')
  return typeName(parsed.ok ? parsed.value : TYPE.LUA)
}

/** Returns the code of a LUA record that was read before. */
export function codeOf(content: string): string {
  const read = readLuaContent(content)
  return read.ok ? read.value.code : ''
}

/** Returns the code of LUA records that are not disabled. */
export const enabledCodes = (
  records: readonly { readonly content: string; readonly disabled: boolean }[],
): readonly string[] => records.flatMap(({ content, disabled }) => (disabled ? [] : [codeOf(content)]))

/** Joins the strings from an offset on. */
function joined(content: string, from: number): Result<string> {
  const strings: string[] = []
  let at = from
  while (at < content.length) {
    if (/\s/.test(content[at] as string)) {
      at++
      continue
    }
    if (content[at] !== '"') return err('LUA code outside quotes; expected "…", or several of them')
    const end = endOf(content, at + 1)
    if (end === undefined) return err('unterminated quote in the LUA code; expected a closing "')
    const string = content.slice(at + 1, end)
    if (string.includes('"'))
      return err("a quote cannot be part of LUA code, not even as \\\"; expected '…' for texts, or \\34 in them")
    if (string !== ' ') strings.push(string)
    at = end + 1
  }
  return ok(escapeRawOctets(strings.join('')))
}

/** Returns the offset of the quote that ends a string. */
function endOf(content: string, from: number): number | undefined {
  for (let end = content.indexOf('"', from); end >= 0; end = content.indexOf('"', end + 1)) {
    let slashes = 0
    while (content[end - 1 - slashes] === '\\' && end - 1 - slashes >= from) slashes++
    if (slashes % 2 === 0) return end
  }
  return undefined
}
