import type { Rdata } from '../dns/index.ts'
import type { CompileContext } from '../policy/index.ts'
import { err, ok } from '../result.ts'

/** The answer of a part is a text for Lua, not a record. */
export const luaText: CompileContext['rdata'] = (text) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of octets
  /^[\x00-\xff]*$/.test(text)
    ? ok(luaRdata(text))
    : err(`"${text}" has characters that are not octets; expected Lua's text, an octet each`)

/** Returns Lua's text in the form of a record. */
export const luaRdata = (text: string): Rdata => ({ bytes: NO_BYTES, names: [], text })

const NO_BYTES = new Uint8Array()

/** The target is the text itself, whatever the type of the script's record. */
export const targetOfText: CompileContext['target'] = ({ text }) => text
