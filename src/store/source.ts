import { MAX_PIECE_CHARS, MAX_WHOLE_DOCUMENT_CHARS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import type { ApiRrsetsDocument, ZoneDocument } from '../zone/index.ts'
import { isObject, isTexts } from './fields.ts'
import { hashText, parseJson, sourceKey } from './shapes.ts'

/** A document in the form in which KV has it: the text under the zone's key, and its records apart if it is large. */
export type Source = {
  readonly text: string
  /** The texts of the pieces, by key, in order; none for a small document. */
  readonly pieces: ReadonlyMap<string, string>
}

/**
 * Writes a document. A large one has its records in pieces: KV takes 25 MiB a value, and a change of one record should
 * not write all others again. The owners alone decide where a piece begins. The text then has `pieces` in place of
 * `records`: the hashes of their texts. What the API keeps of an owner is in its piece, too. Each piece names its zone,
 * so that no two zones share one.
 */
export async function sourceOf(document: ZoneDocument): Promise<Source> {
  const { records } = document
  if (!isLong(records)) {
    const text = JSON.stringify(document)
    if (text.length <= MAX_WHOLE_DOCUMENT_CHARS) return { text, pieces: new Map() }
  }
  const pieces = new Map<string, string>()
  const hashes: string[] = []
  for (const text of piecesOf(document)) {
    const hash = await hashText(text)
    hashes.push(hash)
    pieces.set(sourceKey(hash), text)
  }
  return { text: JSON.stringify({ ...shellOf(document), pieces: hashes }), pieces }
}

/** Returns a document without what its pieces have. */
function shellOf({ records: _, ...shell }: ZoneDocument): Omit<ZoneDocument, 'records'> {
  if (!shell.api?.rrsets) return shell
  const { rrsets: _rrsets, ...api } = shell.api
  return { ...shell, api }
}

/** Returns the keys of the pieces that a text names; none for a whole document, and for any other text. */
export function pieceKeys(text: string): readonly string[] {
  // A whole document of 1 MiB is not parsed for nothing.
  if (!text.includes('"pieces"')) return []
  const value = parseJson(text)
  return (isObject(value) && keysOf(value.pieces)) || []
}

/** Returns the keys of pieces by their hashes; undefined if these are none. Other texts could be too long for a key. */
const keysOf = (hashes: unknown): readonly string[] | undefined =>
  isTexts(hashes) && (hashes as readonly string[]).every((hash) => HASH.test(hash))
    ? (hashes as readonly string[]).map(sourceKey)
    : undefined

const HASH = /^[0-9a-f]{64}$/

/** Puts a document together again. @param pieces the texts that are there, by key */
export function documentOf(text: string, pieces: ReadonlyMap<string, string>): Result<unknown> {
  const value = parseJson(text)
  if (!isObject(value)) return err('the document is not JSON; expected a zone document')
  if (!('pieces' in value)) return ok(value)
  const keys = keysOf(value.pieces)
  if (!keys || 'records' in value)
    return err(
      'the document has "pieces" that nobody wrote so; expected "records" alone, or a document that "publish" wrote',
    )
  const records: [string, unknown][] = []
  const rrsets: [string, unknown][] = []
  for (const key of keys) {
    const piece = parseJson(pieces.get(key) ?? '')
    if (!isObject(piece) || piece.origin !== value.origin || !isObject(piece.records))
      return err(`the piece "${key}" of the document is not in KV; expected "publish" to be run again`)
    for (const record of Object.entries(piece.records)) records.push(record)
    if (isObject(piece.rrsets)) for (const rrset of Object.entries(piece.rrsets)) rrsets.push(rrset)
  }
  const { pieces: _, ...shell } = value
  const api = rrsets.length > 0 && { api: { ...(shell.api as object), rrsets: Object.fromEntries(rrsets) } }
  return ok({ ...shell, ...api, records: Object.fromEntries(records) })
}

/** Owners of a piece on average: some 150 KB. */
const OWNERS_A_PIECE = 4096

/** Characters of an owner with its records at least, as JSON: `"a":{"A":"1.2.3.4"}`. */
const LEAST_RECORD_CHARS = 20

/** Returns true for records whose text is surely long: the whole text of a very large document may not even be made. */
function isLong(records: ZoneDocument['records']): boolean {
  let owners = 0
  for (const _ in records) if (++owners * LEAST_RECORD_CHARS > MAX_WHOLE_DOCUMENT_CHARS) return true
  return false
}

function* piecesOf({ origin, records, api }: ZoneDocument): Generator<string> {
  const head = `{"origin":${JSON.stringify(origin)},"records":{`
  let piece = new Piece(head)
  for (const { owner, record, rrset } of ownersOf(records, api?.rrsets ?? {})) {
    const more = (record?.length ?? 0) + (rrset?.length ?? 0)
    if (piece.characters > 0 && (begins(owner) || piece.characters + more > MAX_PIECE_CHARS)) {
      yield piece.text()
      piece = new Piece(head)
    }
    if (record !== undefined) piece.records.push(record)
    if (rrset !== undefined) piece.rrsets.push(rrset)
    piece.characters += more
  }
  if (piece.characters > 0) yield piece.text()
}

class Piece {
  readonly records: string[] = []
  readonly rrsets: string[] = []
  characters = 0
  private readonly head: string

  constructor(head: string) {
    this.head = head
  }

  text(): string {
    const { head, records, rrsets } = this
    return `${head}${records.join(',')}}${rrsets.length > 0 ? `,"rrsets":{${rrsets.join(',')}}` : ''}}`
  }
}

type OwnerTexts = { readonly owner: string; readonly record: string | undefined; readonly rrset: string | undefined }

/** Yields the owners as JSON: those with records, then those of which the API alone keeps something. */
function* ownersOf(records: ZoneDocument['records'], rrsets: ApiRrsetsDocument): Generator<OwnerTexts> {
  const lineOf = (owner: string, value: unknown): string => `${JSON.stringify(owner)}:${JSON.stringify(value)}`
  for (const [owner, types] of Object.entries(records)) {
    const kept = Object.hasOwn(rrsets, owner) ? rrsets[owner] : undefined
    yield { owner, record: lineOf(owner, types), rrset: kept && lineOf(owner, kept) }
  }
  for (const [owner, kept] of Object.entries(rrsets)) {
    if (!Object.hasOwn(records, owner)) yield { owner, record: undefined, rrset: lineOf(owner, kept) }
  }
}

/** FNV-1a of the owner decides: a piece begins at the same owners, whatever stands around them. */
function begins(owner: string): boolean {
  let hash = 0x811c9dc5
  for (let i = 0; i < owner.length; i++) hash = Math.imul(hash ^ owner.charCodeAt(i), 0x01000193)
  return ((hash ^ (hash >>> 15)) >>> 0) % OWNERS_A_PIECE === 0
}
