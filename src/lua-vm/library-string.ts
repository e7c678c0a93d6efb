import { OverBudget } from '../meter.ts'
import { badArgument, functionsOf, integerArgument, libraryOf, textArgument } from './arguments.ts'
import { BYTES, OCTETS_A_STEP } from './budget.ts'
import type { CallSite } from './call-site.ts'
import { byTexts, COPIED, READ, SCANNED } from './charge.ts'
import { format } from './format.ts'
import { MAX_VALUES } from './library-base.ts'
import { Matcher, MatchTooLong, PatternError } from './matcher.ts'
import { index, isTruthy, joinable } from './operators.ts'
import { type Pattern, parsePattern } from './pattern.ts'
import { LuaTable } from './table.ts'
import { first, LuaFunction, type LuaValue, NOTHING, type Returned, type Run, typeOf } from './value.ts'

/** `string`, whose functions are the methods of texts too. Texts are octets: letters are ASCII's. */
export const STRING: LuaTable = libraryOf(
  functionsOf({
    byte: [byTexts(COPIED), byte],
    char: [byTexts(COPIED), char],
    find: [byTexts(COPIED), (args, run, name) => find(args, run, name, true)],
    format: [byTexts(SCANNED), format],
    gmatch: [byTexts(COPIED), gmatch],
    gsub: [byTexts(COPIED), gsub],
    len: [byTexts(COPIED, 0), (args, run, name) => textArgument(args, 0, name, run).length],
    lower: [
      byTexts(READ),
      (args, run, name) => {
        const text = made(textArgument(args, 0, name, run), run)
        return isAscii(text)
          ? text.toLowerCase()
          : mapped(text, (code) => (code >= 65 && code <= 90 ? code + 32 : code))
      },
    ],
    match: [byTexts(COPIED), (args, run, name) => find(args, run, name, false)],
    rep: [byTexts(COPIED), rep],
    reverse: [
      byTexts(SCANNED),
      (args, run, name) => textOfOctets(octetsOf(made(textArgument(args, 0, name, run), run)).reverse()),
    ],
    sub: [byTexts(COPIED), sub],
    upper: [
      byTexts(READ),
      (args, run, name) => {
        const text = made(textArgument(args, 0, name, run), run)
        return isAscii(text)
          ? text.toUpperCase()
          : mapped(text, (code) => (code >= 97 && code <= 122 ? code - 32 : code))
      },
    ],
  }),
)

function char(args: LuaValue[], run: Run, name: string): Returned {
  run.chargeBytes(args.length)
  const codes = args.map((_, i) => {
    const code = integerArgument(args, i, name, run)
    if (code < 0 || code > 255) throw badArgument(i, name, 'invalid value', run)
    return code
  })
  return codes.map((code) => String.fromCharCode(code)).join('')
}

function sub(args: LuaValue[], run: Run, name: string): Returned {
  const text = textArgument(args, 0, name, run)
  const from = integerArgument(args, 1, name, run, 1)
  const to = integerArgument(args, 2, name, run, -1)
  const [start, end] = rangeOf(text, from, to)
  const part = text.slice(start, Math.max(start, end))
  run.chargeBytes(part.length)
  return part
}

/** A text argument of a function that returns a text of the same length. */
function made(text: string, run: Run): string {
  run.chargeBytes(text.length)
  return text
}

const mapped = (text: string, octet: (octet: number) => number): string => textOfOctets(octetsOf(text).map(octet))

function octetsOf(text: string): Uint8Array {
  const octets = new Uint8Array(text.length)
  for (let i = 0; i < octets.length; i++) octets[i] = text.charCodeAt(i)
  return octets
}

/** More arguments at once would overflow the stack. */
const OCTETS_AT_ONCE = 4096

function textOfOctets(octets: Uint8Array): string {
  let text = ''
  for (let at = 0; at < octets.length; at += OCTETS_AT_ONCE) {
    const some = octets.subarray(at, at + OCTETS_AT_ONCE)
    // `...` would go through an iterator, ten times as slow.
    text += String.fromCharCode.apply(undefined, some as unknown as number[])
  }
  return text
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)

/** Offsets for Lua's positions, which count from 1, or from the end where they are negative. */
function rangeOf(text: string, from: number, to: number): [start: number, end: number] {
  const start = from < 0 ? Math.max(0, text.length + from) : Math.max(0, from - 1)
  const end = to < 0 ? text.length + to + 1 : Math.min(to, text.length)
  return [Math.min(start, text.length), end]
}

function byte(args: LuaValue[], run: Run, name: string): Returned {
  const text = textArgument(args, 0, name, run)
  const from = integerArgument(args, 1, name, run, 1)
  const [start, end] = rangeOf(text, from, integerArgument(args, 2, name, run, from))
  const count = end - start
  if (count <= 0) return NOTHING
  if (count === 1) return text.charCodeAt(start)
  if (count > MAX_VALUES) throw run.fail('string slice too long')
  run.chargeBytes(count * BYTES.value)
  const codes: number[] = []
  for (let i = start; i < end; i++) codes.push(text.charCodeAt(i))
  return codes
}

function rep(args: LuaValue[], run: Run, name: string): Returned {
  const text = textArgument(args, 0, name, run)
  const times = Math.max(0, integerArgument(args, 1, name, run))
  const separator = args[2] === undefined ? '' : textArgument(args, 2, name, run)
  if (times === 0 || text.length + separator.length === 0) return ''
  run.chargeBytes(text.length * times + separator.length * (times - 1))
  return (text + separator).repeat(times - 1) + text
}

// --- patterns -------------------------------------------------------------------------------------------------------

/** The number of octets that the matcher reads for one step. */
const LOOKS_A_STEP = 2

/** Runs a matcher on the rest of the budget. */
function search(matcher: Matcher, from: number, run: Run, once: boolean): boolean {
  matcher.left = run.steps * LOOKS_A_STEP
  try {
    return once ? matcher.match(from) : matcher.search(from)
  } catch (error) {
    if (error instanceof MatchTooLong) throw new OverBudget('it took too many steps in matching a pattern')
    throw error instanceof PatternError ? run.fail(error.message) : error
  } finally {
    run.steps = Math.floor(matcher.left / LOOKS_A_STEP)
  }
}

/** The last patterns: most scripts use the same ones again. */
const parsed = new Map<string, Pattern>()

function patternOf(text: string, run: Run, anchors = true): Pattern {
  // Charged even if the pattern is cached: a script's budget does not depend on scripts that ran before it.
  run.chargeSteps(text.length)
  const isKept = anchors && text.length <= 256
  const known = isKept ? parsed.get(text) : undefined
  if (known) return known
  const pattern = parsePattern(text, anchors)
  if (!isKept) return pattern
  if (parsed.size >= 256) parsed.clear()
  parsed.set(text, pattern)
  return pattern
}

/** The captures of the match. @param whole whether a pattern without captures has one, all of the match */
function capturesOf(matcher: Matcher, whole: boolean, run: Run): LuaValue[] {
  const count = matcher.level === 0 && whole ? 1 : matcher.level
  const captures: LuaValue[] = []
  for (let i = 0; i < count; i++) captures.push(captureOf(matcher, i, run))
  return captures
}

function captureOf(matcher: Matcher, i: number, run: Run): string | number {
  try {
    const capture = matcher.capture(i)
    run.chargeBytes(typeof capture === 'string' ? capture.length : 0)
    return capture
  } catch (error) {
    throw error instanceof PatternError ? run.fail(error.message) : error
  }
}

/** `find` and `match`. */
function find(args: LuaValue[], run: Run, name: string, positions: boolean): Returned {
  const text = textArgument(args, 0, name, run)
  const pattern = textArgument(args, 1, name, run)
  const [from] = rangeOf(text, integerArgument(args, 2, name, run, 1), -1)
  if (positions && (isTruthy(args[3]) || !/[\^$*+?.([%-]/.test(pattern))) return findPlain(text, pattern, from, run)
  const matcher = new Matcher(text, patternOf(pattern, run))
  if (!search(matcher, from, run, false)) return undefined
  if (!positions) return capturesOf(matcher, true, run)
  return [matcher.start + 1, matcher.end, ...capturesOf(matcher, false, run)]
}

function findPlain(text: string, wanted: string, from: number, run: Run): Returned {
  // A search may compare all of what is wanted at every offset.
  run.chargeSteps(Math.ceil(((text.length - from) * Math.max(1, wanted.length)) / OCTETS_A_STEP))
  const at = text.indexOf(wanted, from)
  return at < 0 ? undefined : [at + 1, at + wanted.length]
}

/** The cost of a match, beside the octets that it looks at. */
const STEPS_A_MATCH = 4

function gmatch(args: LuaValue[], run: Run, name: string): Returned {
  const text = textArgument(args, 0, name, run)
  const source = textArgument(args, 1, name, run)
  // An anchor would match for ever: here `^` is itself.
  const pattern = patternOf(source, run, !source.startsWith('^'))
  const matcher = new Matcher(text, pattern)
  let from = 0
  return new LuaFunction('gmatch_aux', byTexts(0, STEPS_A_MATCH), (_, inner) => {
    if (!search(matcher, from, inner, false)) {
      from = text.length + 1
      return NOTHING
    }
    from = matcher.end === matcher.start ? matcher.end + 1 : matcher.end
    return capturesOf(matcher, true, inner)
  })
}

function gsub(args: LuaValue[], run: Run, name: string): Returned {
  const text = textArgument(args, 0, name, run)
  const pattern = patternOf(textArgument(args, 1, name, run), run)
  const replacement = args[2]
  const isPlain = typeof replacement === 'string' || typeof replacement === 'number'
  if (!isPlain && !(replacement instanceof LuaTable) && !(replacement instanceof LuaFunction)) {
    throw badArgument(2, name, 'string/function/table expected', run)
  }
  const most = integerArgument(args, 3, name, run, text.length + 1)
  const matcher = new Matcher(text, pattern)
  let result = ''
  let at = 0
  let count = 0
  while (count < most) {
    const found = search(matcher, at, run, true)
    if (found) {
      count++
      run.chargeSteps(STEPS_A_MATCH)
      result += replace(replacement, matcher, run)
    }
    if (found && matcher.end > at) at = matcher.end
    else if (at < text.length) result += text[at++]
    else break
    if (pattern.anchored) break
  }
  run.chargeBytes(text.length - at)
  return [result + text.slice(at), count]
}

function replace(replacement: LuaValue, matcher: Matcher, run: Run): string {
  if (typeof replacement === 'string' || typeof replacement === 'number') {
    return expand(joinable(replacement) as string, matcher, run)
  }
  const captures = capturesOf(matcher, true, run)
  const value =
    replacement instanceof LuaTable
      ? index(run, replacement, captures[0], run.site as CallSite)
      : first(run.call(replacement, captures))
  const text = isTruthy(value) ? joinable(value) : matcher.subject.slice(matcher.start, matcher.end)
  if (text === undefined) throw run.fail(`invalid replacement value (a ${typeOf(value)})`)
  run.chargeBytes(text.length)
  return text
}

/** `%0` is the match, `%1` to `%9` its captures, and `%` before any other character that character. */
function expand(template: string, matcher: Matcher, run: Run): string {
  run.chargeBytes(template.length)
  if (!template.includes('%')) return template
  run.chargeSteps(template.length >> 2)
  let text = ''
  for (let at = 0; at < template.length; at++) {
    if (template[at] !== '%') {
      text += template[at]
      continue
    }
    const character = template[++at] ?? '\0'
    if (character < '0' || character > '9') {
      text += character
      continue
    }
    if (character === '0') {
      run.chargeBytes(matcher.end - matcher.start)
      text += matcher.subject.slice(matcher.start, matcher.end)
      continue
    }
    const i = Number(character) - 1
    if (i > 0 && i >= matcher.level) throw run.fail('invalid capture index')
    text += joinable(captureOf(matcher, i, run))
  }
  return text
}
