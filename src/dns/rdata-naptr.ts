import { err, ok, type Result } from '../result.ts'
import type { Layout, RdataError } from './layout.ts'
import { name, string, u16 } from './rdata-fields.ts'

/** NAPTR (RFC 3403 §4.1). */
export const NAPTR: Layout = {
  fields: [u16('order'), u16('preference'), string('flags'), string('services'), string('regexp'), name('replacement')],
  check,
}

/** Checks flags and regexp: clients run the regexp, and one that is not valid fails, or matches something else. */
function check(bytes: Uint8Array): RdataError | undefined {
  const [flags, , regexp] = stringsOf(bytes)
  if (!/^[A-Za-z0-9]*$/.test(flags)) {
    return { message: `"${flags}" are not valid flags; expected letters and digits, like "u"`, field: 2 }
  }
  const checked = substitution(regexp)
  return checked.ok ? undefined : { message: checked.error, field: 4 }
}

/** Returns a warning about data that is valid but that clients ignore (RFC 3403 §4.1). */
export function suspectNaptr(bytes: Uint8Array): string | undefined {
  const strings = stringsOf(bytes)
  const replacementAt = strings.reduce((at, string) => at + 1 + string.length, 4)
  if (strings[2] === '' || bytes[replacementAt] === 0) return undefined
  return 'clients ignore a NAPTR with both a regexp and a replacement (RFC 3403 §4.1); expected "" or .'
}

/** Returns flags, services and regexp, one character for each octet. */
function stringsOf(bytes: Uint8Array): [string, string, string] {
  let at = 4
  const next = (): string => {
    const from = at + 1
    at = from + (bytes[at] as number)
    return String.fromCharCode(...bytes.subarray(from, at))
  }
  return [next(), next(), next()]
}

const SHAPE = 'expected it like !^.*$!sip:info@example.com!'

/** RFC 3402 §3.2: `delimiter ere delimiter replacement delimiter flags`. */
function substitution(text: string): Result<true> {
  if (text === '') return ok(true)
  if (text.includes('\0')) return err(`the regexp has an octet of 0; ${SHAPE}`)
  const delimiter = text[0] as string
  if (/[0-9\\i]/.test(delimiter))
    return err(`the regexp begins with "${delimiter}", which is not a valid delimiter; ${SHAPE}`)
  const parts = partsOf(text.slice(1), delimiter)
  const [ere, replacement, options] = parts
  if (ere === undefined || replacement === undefined || options === undefined || parts.length > 3) {
    return err(`the regexp has ${parts.length} of its delimiter "${delimiter}", not three; ${SHAPE}`)
  }
  if (!/^i*$/.test(options)) return err(`"${options}" is not a flag of a regexp, which has only i; ${SHAPE}`)
  const groups = groupsOf(ere)
  if (!groups.ok) return groups
  for (const [, digit] of replacement.matchAll(/\\(?:(\d)|[^\d])/g)) {
    if (digit !== undefined && (digit === '0' || Number(digit) > groups.value)) {
      const wanted = groups.value === 0 ? 'none, as there is no group' : `\\1 to \\${groups.value}, one a group`
      return err(`\\${digit} in the regexp is not a group; expected ${wanted}`)
    }
  }
  return ok(true)
}

/** Splits a text at the delimiters. A backslash makes the character after it ordinary. */
function partsOf(text: string, delimiter: string): string[] {
  const parts: string[] = []
  let part = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] === delimiter) {
      parts.push(part)
      part = ''
    } else if (text[i] === '\\') part += text.slice(i, ++i + 1)
    else part += text[i]
  }
  return [...parts, part]
}

/** Counts the groups of a POSIX extended regular expression, or returns its error: brackets, bounds, repetitions. */
function groupsOf(ere: string): Result<number> {
  let groups = 0
  let depth = 0
  let last: 'nothing' | 'atom' | 'anchor' | 'repetition' = 'nothing'
  for (let i = 0; i < ere.length; i++) {
    const character = ere[i] as string
    const rest = ere.slice(i)
    const wrong = (what: string) => err(`"${character}" in the regexp ${what}; ${SHAPE}`)
    switch (character) {
      case '(':
        groups++
        depth++
        last = 'nothing'
        break
      case ')':
      case '|':
        if (last === 'nothing') return wrong('follows nothing')
        if (character === ')' && depth-- === 0) return wrong('closes nothing')
        last = character === ')' ? 'atom' : 'nothing'
        break
      case '*':
      case '+':
      case '?':
      case '{': {
        const bounds = character === '{' ? /^\{(\d{1,3})(?:,(\d{0,3}))?\}/.exec(rest) : [character]
        const max = Number(bounds?.[2] || bounds?.[1] || 0)
        if (!bounds || max > 255 || Number(bounds[1] ?? 0) > max)
          return wrong('is not a valid number of times, like {2} or {2,4}')
        if (last !== 'atom') return wrong('repeats nothing')
        i += (bounds[0] as string).length - 1
        last = 'repetition'
        break
      }
      case '[': {
        const brackets = BRACKETS.exec(rest)
        if (!brackets) return wrong('is never closed')
        for (const [range, from, to] of brackets[0].slice(1).matchAll(/([^[])-([^\]])/g)) {
          if ((from as string) > (to as string)) return wrong(`has the range ${range}, which runs backwards`)
        }
        i += brackets[0].length - 1
        last = 'atom'
        break
      }
      case '\\':
        if (rest.length === 1) return wrong('is the last character')
        if (/[0-9]/.test(rest[1] as string) && Number(rest[1]) > groups)
          return err(`\\${rest[1]} in the regexp is not a group; ${SHAPE}`)
        i++
        last = 'atom'
        break
      default:
        last = '^$'.includes(character) ? 'anchor' : 'atom'
    }
  }
  if (depth > 0) return err(`"(" in the regexp is never closed; ${SHAPE}`)
  return last === 'nothing' ? err(`the regexp matches nothing; ${SHAPE}`) : ok(groups)
}

/** A bracket expression, which may contain classes like [:alpha:]. A "]" in first position is an ordinary character. */
const BRACKETS =
  /^\[(?!\^\]*$)\^?(?:\[([:.=])[^\][]*\1\]|\[(?![:.=])|[^[])(?:\[([:.=])[^\][]*\2\]|\[(?![:.=])|[^\][])*\]/
