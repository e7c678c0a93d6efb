import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import { MAX_DEPTH } from '../limits.ts'
import type { Path } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Finding, Position } from './diagnostic.ts'
import { countFields, JsonOffsets } from './json-offsets.ts'
import { Source } from './source.ts'

/** A parsed JSON text: its value, and a function from paths to positions. */
export type LocatedJson = { readonly value: unknown; readonly locate: (path: Path) => Position }

/**
 * Parses strict JSON (RFC 8259) in which each field of an object occurs once.
 * @param expected completes "expected" in an error of syntax
 */
export function readJson(
  file: string,
  text: string,
  expected = 'a zone document, as in docs/zone-document.md',
): Result<LocatedJson, readonly Finding[]> {
  const source = new Source(file, text)
  const value = parsed(source.text)
  // A field that is there twice is one in the value.
  if (value === undefined || fieldsIn(value, MAX_NESTING) !== countFields(source.text))
    return err(errorsIn(source, expected))
  const offsets = new JsonOffsets(source.text)
  return ok({ value, locate: (path) => source.positionAt(offsets.find(path)) })
}

/** Returns the value of a JSON text, or undefined if it is not valid: the reason takes another parser. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Returns the number of fields of all objects in a value, or NaN if it has more levels than these. */
function fieldsIn(value: unknown, levels: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (levels === 0) return Number.NaN
  const inner = Array.isArray(value) ? value : Object.values(value)
  let fields = Array.isArray(value) ? 0 : inner.length
  for (const one of inner) if (typeof one === 'object') fields += fieldsIn(one, levels - 1)
  return fields
}

/** Returns what is wrong with a text that is not a JSON document. */
function errorsIn(source: Source, expected: string): readonly Finding[] {
  const { text } = source
  const at = (offset: number, message: string): Finding => ({ ...source.positionAt(offset), message })
  const tooDeep = firstTooDeep(text)
  if (tooDeep !== undefined) return [at(tooDeep, `the JSON nests too deep; expected at most ${MAX_NESTING} levels`)]
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false })
  const twice = root && errors.length === 0 ? fieldsTwice(root) : []
  if (twice.length > 0) {
    return twice.map(({ offset, value }) => at(offset, `the field "${value}" is there twice; expected each field once`))
  }
  // Errors after the first are mostly its consequences.
  const [first] = errors
  const fact = first && text.trim() !== '' ? syntaxError(text, first) : 'the file is empty'
  return [at(first?.offset ?? 0, `JSON: ${fact}; expected ${expected}`)]
}

/** The limit on JSON levels, over which the parser recurses. A level of an expression has up to three JSON levels. */
const MAX_NESTING = 4 * MAX_DEPTH

function firstTooDeep(text: string): number | undefined {
  const scanner = createScanner(text, true)
  let depth = 0
  for (let token = scanner.scan(); token !== EOF; token = scanner.scan()) {
    if (token === OPEN_BRACE || token === OPEN_BRACKET) depth++
    else if (token === CLOSE_BRACE || token === CLOSE_BRACKET) depth--
    if (depth > MAX_NESTING) return scanner.getTokenOffset()
  }
  return undefined
}

/** Values of jsonc-parser's SyntaxKind: a const enum does not exist at run time. */
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, EOF] = [1, 2, 3, 4, 17] as const

function syntaxError(text: string, { error, offset }: ParseError): string {
  const isAfterComma = /^\s*[}\]]/.test(text.slice(offset)) && /,\s*$/.test(text.slice(0, offset))
  const code = printParseErrorCode(error)
  return isAfterComma ? 'a comma with nothing behind it' : (MISSING.get(code) ?? sentence(code))
}

/** Descriptions of the parser's error codes. */
const MISSING: ReadonlyMap<string, string> = new Map([
  ['PropertyNameExpected', 'a field in double quotes is missing'],
  ['ValueExpected', 'a value is missing'],
  ['ColonExpected', 'a ":" is missing'],
  ['CommaExpected', 'a "," is missing'],
  ['CloseBraceExpected', 'a "}" is missing'],
  ['CloseBracketExpected', 'a "]" is missing'],
  ['EndOfFileExpected', 'there is text behind the document'],
])

/** Splits a code like `PropertyNameExpected` into words. */
const sentence = (code: string): string => code.replace(/(?<!^)([A-Z])/g, ' $1').toLowerCase()

/** Returns the keys of fields that an object has before. */
function fieldsTwice(node: Node): Node[] {
  const children = node.children ?? []
  if (node.type !== 'object') return children.flatMap(fieldsTwice)
  const names = new Set<string>()
  return children.flatMap((property) => {
    const [key, value] = property.children as [Node, Node]
    const isTwice = names.has(key.value)
    names.add(key.value)
    return [...(isTwice ? [key] : []), ...fieldsTwice(value)]
  })
}
