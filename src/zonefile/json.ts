import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import { MAX_DEPTH } from '../limits.ts'
import type { Path } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Finding, Position } from './diagnostic.ts'
import { Source } from './source.ts'

/** A parsed JSON text: its value, and a function from paths to positions. */
export type LocatedJson = { readonly value: unknown; readonly locate: (path: Path) => Position }

/** Parses strict JSON (RFC 8259) in which each field of an object occurs once. */
export function readJson(file: string, text: string): Result<LocatedJson, readonly Finding[]> {
  const source = new Source(file, text)
  const at = (offset: number, message: string): Finding => ({ ...source.positionAt(offset), message })
  const tooDeep = firstTooDeep(source.text)
  if (tooDeep !== undefined)
    return err([at(tooDeep, `the JSON nests too deep; expected at most ${MAX_NESTING} levels`)])
  const errors: ParseError[] = []
  const root = parseTree(source.text, errors, { disallowComments: true, allowTrailingComma: false })
  const [first] = errors
  if (!root || first) {
    // Errors after the first are mostly its consequences.
    const fact = first && source.text.trim() !== '' ? syntaxError(source.text, first) : 'the file is empty'
    return err([at(first?.offset ?? 0, `JSON: ${fact}; expected a zone document, as in docs/zone-document.md`)])
  }
  const twice: Finding[] = []
  const fields: FieldsOf = new Map()
  const value = plain(root, fields, (key) => {
    twice.push(at(key.offset, `the field "${key.value}" is there twice; expected each field once`))
  })
  if (twice.length > 0) return err(twice)
  return ok({ value, locate: (path) => source.positionAt(offsetOf(root, path, fields)) })
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

/** Returns the value of a node, and collects the fields of each object by name. */
function plain(node: Node, fields: FieldsOf, twice: (key: Node) => void): unknown {
  switch (node.type) {
    case 'array':
      return (node.children ?? []).map((child) => plain(child, fields, twice))
    case 'object': {
      const byName = new Map<string, Node>()
      fields.set(node, byName)
      const entries = (node.children ?? []).map((property) => {
        const [key, value] = property.children as [Node, Node]
        if (byName.has(key.value)) twice(key)
        byName.set(key.value, property)
        return [key.value, plain(value, fields, twice)]
      })
      return Object.fromEntries(entries)
    }
    default:
      return node.value
  }
}

type FieldsOf = Map<Node, ReadonlyMap<string, Node>>

/** Returns the offset of a simple value, or of the key of an object or list; for a missing path the nearest offset. */
function offsetOf(root: Node, path: Path, fields: FieldsOf): number {
  let node = root
  let offset = root.offset
  for (const key of path) {
    const property = fields.get(node)?.get(String(key))
    const inner = property ? property.children?.[1] : node.type === 'array' ? node.children?.[Number(key)] : undefined
    if (!inner) break
    node = inner
    offset = property && (node.type === 'object' || node.type === 'array') ? property.offset : node.offset
  }
  return offset
}
