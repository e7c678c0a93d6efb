import { meant } from '../did-you-mean.ts'
import { CLASS, looksLikeTtl, parseTtl, parseType, TYPE } from '../dns/index.ts'
import { parseAddress } from '../net/index.ts'
import type { Token } from './lexer.ts'

/** The part of a record between its owner and its data. `typeAt` is the index of the type's token. */
export type Head = { readonly ttl: number | undefined; readonly type: number; readonly typeAt: number }

/**
 * Parses `[TTL] [class] type` or `[class] [TTL] type` (RFC 1035 §5.1) from tokens[from] on. Returns undefined after an
 * error.
 * @param report gets undefined as token if something is missing at the end
 */
export function readHead(
  tokens: readonly Token[],
  from: number,
  report: (token: Token | undefined, message: string) => void,
): Head | undefined {
  let ttl: number | undefined
  let hasClass = false
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i] as Token
    if (WINDOWS_AGE.test(token.text)) continue
    const classNumber = hasClass ? undefined : parseClass(token)
    if (classNumber !== undefined) {
      hasClass = true
      if (classNumber === CLASS.IN) continue
      report(token, `the class ${token.text} is not served; expected IN`)
      return undefined
    }
    if (ttl === undefined && looksLikeTtl(token.text)) {
      const parsed = parseTtl(token.text)
      if (parsed.ok) {
        ttl = parsed.value
        continue
      }
      report(token, parsed.error)
      return undefined
    }
    const type = parseType(token.text)
    if (type.ok) return { ttl, type: type.value, typeAt: i }
    report(token, notAType(token.text, type.error))
    return undefined
  }
  report(undefined, 'the record ends before its type; expected owner, TTL, class, type, data: www 300 IN A 192.0.2.1')
  return undefined
}

/** Returns the error for a word in the position of the type: with what it most likely is. */
function notAType(text: string, error: string): string {
  if (parseAddress(text).ok) return `"${text}" is not a record type; expected A or AAAA in front of it`
  if (/^\d+[a-z]/i.test(text))
    return `"${text}" is not a TTL or a record type; expected a TTL like 300 or 1h30m, then a type`
  const known = /^a{2,}$/i.test(text) ? 'AAAA' : meant(text.toUpperCase(), Object.keys(TYPE))
  return known === undefined ? error : `"${text}" is not a record type; expected ${known}`
}

/** The age of a record, which the Windows DNS server writes. */
const WINDOWS_AGE = /^\[(AGE|Aging):\d{1,10}\]$/i

/** Parses a class by mnemonic, or `CLASSnnn` (RFC 3597 §5). */
function parseClass(token: Token): number | undefined {
  const upper = token.text.toUpperCase()
  if (Object.hasOwn(CLASS, upper)) return CLASS[upper as keyof typeof CLASS]
  if (upper === 'CS') return 2
  return /^CLASS\d{1,5}$/.test(upper) ? Number(upper.slice(5)) : undefined
}
