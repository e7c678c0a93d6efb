import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'
import { MAX_DEPTH } from '../limits.ts'
import type { Path } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Finding, Position } from './diagnostic.ts'
import { Source } from './source.ts'

/** A JSON text: its value, and where each path of it stands. */
export type LocatedJson = { readonly value: unknown; readonly locate: (path: Path) => Position }

/** Strict JSON (RFC 8259), each field of an object once. */
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
    // What follows a first slip is mostly its echo.
    const what = first && source.text.trim() !== '' ? slip(source.text, first) : 'the file is empty'
    return err([at(first?.offset ?? 0, `JSON: ${what}; expected a zone document, as in docs/zone-document.md`)])
  }
  const twice: Finding[] = []
  const fields: FieldsOf = new Map()
  const value = plain(root, fields, (key) => {
    twice.push(at(key.offset, `the field "${key.value}" is there twice; expected each field once`))
  })
  if (twice.length > 0) return err(twice)
  return ok({ value, locate: (path) => source.positionAt(offsetOf(root, path, fields)) })
}

/** Every level of an expression takes up to three of JSON; the parser recurses over them. */
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

/** jsonc-parser's SyntaxKind is a const enum, which erased types cannot name. */
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, EOF] = [1, 2, 3, 4, 17] as const

function slip(text: string, { error, offset }: ParseError): string {
  const isAfterComma = /^\s*[}\]]/.test(text.slice(offset)) && /,\s*$/.test(text.slice(0, offset))
  const code = printParseErrorCode(error)
  return isAfterComma ? 'a comma with nothing behind it' : (MISSING.get(code) ?? sentence(code))
}

/** The parser's codes for what it did not find. */
const MISSING: ReadonlyMap<string, string> = new Map([
  ['PropertyNameExpected', 'a field in double quotes is missing'],
  ['ValueExpected', 'a value is missing'],
  ['ColonExpected', 'a ":" is missing'],
  ['CommaExpected', 'a "," is missing'],
  ['CloseBraceExpected', 'a "}" is missing'],
  ['CloseBracketExpected', 'a "]" is missing'],
  ['EndOfFileExpected', 'there is text behind the document'],
])

/** `PropertyNameExpected` as words. */
const sentence = (code: string): string => code.replace(/(?<!^)([A-Z])/g, ' $1').toLowerCase()

/** The plain value, and on the way each object's fields by name. */
function plain(node: Node, fields: FieldsOf, twice: (key: Node) => void): unknown {
  switch (node.type) {
    case 'array':
      return (node.children ?? []).map((child) => plain(child, fields, twice))
    case 'object': {
      const own = new Map<string, Node>()
      fields.set(node, own)
      const entries = (node.children ?? []).map((property) => {
        const [key, value] = property.children as [Node, Node]
        if (own.has(key.value)) twice(key)
        own.set(key.value, property)
        return [key.value, plain(value, fields, twice)]
      })
      return Object.fromEntries(entries)
    }
    default:
      return node.value
  }
}

type FieldsOf = Map<Node, ReadonlyMap<string, Node>>

/** A plain value stands where it is, an object or a list where its key does; the nearest that is there, for the rest. */
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
