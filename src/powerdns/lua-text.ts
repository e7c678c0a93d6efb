import type { CompileContext } from '../policy/index.ts'
import { err, ok } from '../result.ts'

/** What a part gives is a text for Lua, and no record. */
export const luaText: CompileContext['rdata'] = (text) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of octets
  /^[\x00-\xff]*$/.test(text)
    ? ok({ bytes: NO_BYTES, names: [], text })
    : err(`"${text}" has characters that are not octets; expected Lua's text, an octet each`)
const NO_BYTES = new Uint8Array()

/** It leads to what it says, whatever the type of the record that the script makes of it. */
export const targetOfText: CompileContext['target'] = ({ text }) => text
