import { TYPE } from '../dns/index.ts'
import type { Token } from './lexer.ts'

type Suspect = { readonly at: number; readonly message: string }

/** “ ” „ ‟ ‘ ’ « » as escapes: a bundler leaves a pattern as it is written, and the Worker's code has to be ASCII. */
const TYPOGRAPHIC_QUOTE = /[\u201c\u201d\u201e\u201f\u2018\u2019\u00ab\u00bb]/u

/**
 * Returns warnings of a text that stands without quotes: each word is a string of its own, which SPF and DKIM read
 * without a space between (RFC 7208 §3.3), and a ";" ends the record. A word behind a string in quotes is not one:
 * cPanel writes keys so.
 */
export function suspectStrings(type: number, [first, second]: readonly Token[]): readonly Suspect[] {
  if ((type !== TYPE.TXT && type !== TYPE.SPF) || !first || first.quoted || first.text === '\\#') return []
  const { at, text } = first
  const quote = TYPOGRAPHIC_QUOTE.exec(text)?.[0]
  if (quote !== undefined) return [{ at, message: `${quote} is part of the text; expected a plain " around it` }]
  if (second) {
    if (second.quoted) return []
    const message = 'words without quotes are strings of their own, which are read without spaces between them'
    return [{ at, message: `${message}; expected "…" around the text` }]
  }
  if (!/^v=[a-z0-9]+$/i.test(text)) return []
  return [{ at, message: `the text ends here: a ";" without quotes begins a comment; expected "…" around all of it` }]
}
