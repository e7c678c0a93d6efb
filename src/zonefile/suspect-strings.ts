import { TYPE } from '../dns/index.ts'
import type { Token } from './lexer.ts'

type Suspect = { readonly at: number; readonly message: string }

/**
 * Returns warnings of a text that stands without quotes: each word is a string of its own, which SPF and DKIM read
 * without a space between (RFC 7208 §3.3), and a ";" ends the record. A word behind a string in quotes is not one:
 * cPanel writes keys so.
 */
export function suspectStrings(type: number, [first, second]: readonly Token[]): readonly Suspect[] {
  if ((type !== TYPE.TXT && type !== TYPE.SPF) || !first || first.quoted || first.text === '\\#') return []
  const { at, text } = first
  const quote = /[“”„‟‘’«»]/u.exec(text)?.[0]
  if (quote !== undefined) return [{ at, message: `${quote} is part of the text; expected a plain " around it` }]
  if (second) {
    if (second.quoted) return []
    const message = 'words without quotes are strings of their own, which are read without spaces between them'
    return [{ at, message: `${message}; expected "…" around the text` }]
  }
  if (!/^v=[a-z0-9]+$/i.test(text)) return []
  return [{ at, message: `the text ends here: a ";" without quotes begins a comment; expected "…" around all of it` }]
}
