import {
  formatName,
  formatRelative,
  type Name,
  type NameKey,
  parseName,
  parseType,
  splitFields,
  TYPE,
  typeName,
} from '../dns/index.ts'
import type { Expression, Path } from '../policy/index.ts'
import type { OwnerDocument, RrsetDocument, ScriptsDocument, SoaDocument, ZoneDocument } from '../zone/index.ts'
import type { Position } from './diagnostic.ts'
import { positionOf, type SourcePosition } from './source.ts'

/** The answer of a record. `innerPosition` returns the positions of the objects in the expression. */
export type Answer = {
  readonly expression: Expression
  readonly innerPosition?: (inner: object) => SourcePosition | undefined
}

/**
 * One record of an rrset, at the position of its data. A static record's answer is its text alone. The answer of a
 * script is set after the whole zone has been read: see `ZoneDraft.compiled`.
 */
export type DraftRecord = SourcePosition & { readonly answer: string | Answer | undefined }

/** A TTL, or undefined if it is the minimum of an SOA that has not been read yet. */
export type DraftTtl = number | undefined

/** An rrset, at the position of its first type. A zone may have a million: a position is not an object of its own. */
type RrsetDraft = SourcePosition & {
  readonly type: number
  readonly ttl: DraftTtl
  /** The other TTLs of its records, each with the position of the first type that has it. */
  otherTtls: Map<DraftTtl, SourcePosition> | undefined
  readonly records: DraftRecord[]
  /** The texts of its records, set for more than a few. */
  texts: Set<string> | undefined
  /** True if a record may be from code and have a text. */
  hasCode: boolean
}

/** A name, at the position of its first occurrence. */
type OwnerDraft = SourcePosition & {
  readonly text: string
  rrsets: RrsetDraft[]
  /** Set for more than a few rrsets. */
  byType: Map<number, RrsetDraft> | undefined
  /** The first occurrence of the name with other capital letters. */
  respelled: { readonly text: string; readonly position: SourcePosition } | undefined
}

type SoaDraft = {
  readonly fields: SoaDocument
  readonly ttl: DraftTtl
  readonly position: SourcePosition
  readonly data: SourcePosition[]
}

/** A zone document under construction, with the source position of each part. */
export class ZoneDraft {
  private readonly owners = new Map<NameKey, OwnerDraft>()
  /** The last name and its draft: most records have the same owner object as the one before, or a new owner. */
  private last: { readonly name: Name; readonly draft: OwnerDraft } | undefined
  private soa: SoaDraft | undefined
  /** The answers of code that runs, instead of those of its records; and the code that scripts include. */
  compiled: { readonly answers: ReadonlyMap<DraftRecord, Answer>; readonly scripts: ScriptsDocument | undefined } = {
    answers: new Map(),
    scripts: undefined,
  }
  private readonly origin: Name

  constructor(origin: Name) {
    this.origin = origin
  }

  /** The position of the SOA, if there is one. */
  get soaPosition(): SourcePosition | undefined {
    return this.soa?.position
  }

  /**
   * Sets the SOA.
   * @param text its canonical data
   * @param data the positions of its fields
   */
  setSoa(text: string, ttl: DraftTtl, position: SourcePosition, data: SourcePosition[]): void {
    const fields = splitFields(text)
    const [mname, rname, ...numbers] = fields.ok ? fields.value.map((field) => field.text) : []
    const [serial, refresh, retry, expire, minimum] = numbers.map(Number)
    this.soa = { fields: { mname, rname, serial, refresh, retry, expire, minimum } as SoaDocument, ttl, position, data }
  }

  /**
   * Adds a record.
   * @param ownerPosition the position of its owner
   * @param position the position of its type
   * @returns false for a duplicate: an rrset contains each record once (RFC 2181 §5)
   */
  add(
    owner: Name,
    type: number,
    ttl: DraftTtl,
    record: DraftRecord,
    ownerPosition: SourcePosition,
    position: SourcePosition,
  ): boolean {
    const ownerDraft = this.addOwner(owner, ownerPosition)
    const rrset = rrsetOf(ownerDraft, type)
    if (!rrset) {
      const hasCode = typeof record.answer !== 'string'
      const { in: source, at } = position
      const added = { in: source, at, type, ttl, otherTtls: undefined, records: [record], texts: undefined, hasCode }
      addRrset(ownerDraft, added)
      return true
    }
    const text = textOf(record)
    if (text !== undefined && hasText(rrset, text)) {
      if (rrset.hasCode && typeof expressionOf(record.answer) === 'string') replaceEqual(rrset.records, text, record)
      return false
    }
    if (ttl !== rrset.ttl && !rrset.otherTtls?.has(ttl)) {
      rrset.otherTtls ??= new Map()
      rrset.otherTtls.set(ttl, position)
    }
    rrset.hasCode ||= typeof record.answer !== 'string'
    rrset.records.push(record)
    return true
  }

  /** Adds a name, with or without records. */
  addOwner(owner: Name, position: SourcePosition): OwnerDraft {
    if (this.last?.name === owner) return this.last.draft
    let draft = this.owners.get(owner.key)
    if (!draft) {
      const text = formatRelative(owner, this.origin)
      draft = { in: position.in, at: position.at, text, rrsets: NONE, byType: undefined, respelled: undefined }
      this.owners.set(owner.key, draft)
    } else if (!draft.respelled) {
      const text = formatRelative(owner, this.origin)
      if (text !== draft.text) draft.respelled = { text, position }
    }
    this.last = { name: owner, draft }
    return draft
  }

  /** Yields the names with two spellings. */
  *respelled(): Generator<{ position: SourcePosition; text: string; first: string }> {
    for (const { text, respelled } of this.owners.values()) {
      if (respelled) yield { ...respelled, first: text }
    }
  }

  /** Returns the number of rrsets of a name, and the number of records in one of them. */
  sizeOf(owner: Name, type: number): { readonly rrsets: number; readonly records: number } {
    const draft = this.owners.get(owner.key)
    return { rrsets: draft?.rrsets.length ?? 0, records: (draft && rrsetOf(draft, type))?.records.length ?? 0 }
  }

  /**
   * Returns the static data of a name, for the look-ups of scripts.
   * @param isStatic returns true for a static record
   * @returns undefined for a name without records here: another zone may have it
   */
  staticData(owner: Name, type: number, isStatic: (record: DraftRecord) => boolean): readonly string[] | undefined {
    const draft = this.owners.get(owner.key)
    if (!draft) return undefined
    const wanted = draft.rrsets.filter((rrset) => type === TYPE.ANY || rrset.type === type)
    return wanted
      .flatMap(({ records }) => records)
      .flatMap((record) => {
        const expression = expressionOf(record.answer)
        return typeof expression === 'string' && isStatic(record) ? [expression] : []
      })
  }

  /** Returns the document. Without an SOA it has an empty one, so that everything else can still be checked. */
  document(defaultTtl: DraftTtl): ZoneDocument {
    const ttl = defaultTtl ?? this.soa?.ttl ?? this.soaMinimum()
    const soa = this.soa?.fields ?? NO_SOA
    const soaTtl = this.soa?.ttl ?? ttl
    return {
      origin: formatName(this.origin),
      ttl,
      soa: soaTtl === ttl ? soa : { ...soa, ttl: soaTtl },
      ...(this.compiled.scripts && { scripts: this.compiled.scripts }),
      records: Object.fromEntries(this.ownerDocuments(ttl)),
    }
  }

  private *ownerDocuments(zoneTtl: number): Generator<readonly [string, OwnerDocument]> {
    for (const { text, rrsets } of this.owners.values()) {
      const types: Record<string, RrsetDocument> = {}
      for (const rrset of rrsets) types[typeName(rrset.type)] = this.rrset(rrset, zoneTtl)
      yield [text, types]
    }
  }

  private rrset(rrset: RrsetDraft, zoneTtl: number): RrsetDocument {
    const answers = rrset.records.map((record) => expressionOf(this.answerOf(record)) ?? [])
    const answer = answers.length === 1 ? (answers[0] as Expression) : answers
    const ttl = this.smallest(rrset)
    return ttl === zoneTtl ? answer : { ttl, answer }
  }

  private answerOf(record: DraftRecord): DraftRecord['answer'] {
    return this.compiled.answers.get(record) ?? record.answer
  }

  private soaMinimum(): number {
    return this.soa?.fields.minimum ?? 0
  }

  /** Returns the TTL of an rrset (RFC 2181 §5.2): the smallest one is valid for all of its records. */
  private smallest({ ttl, otherTtls }: RrsetDraft): number {
    let smallest = ttl ?? this.soaMinimum()
    for (const other of otherTtls?.keys() ?? []) smallest = Math.min(smallest, other ?? this.soaMinimum())
    return smallest
  }

  /** Yields the rrsets whose records have different TTLs, with the first record that differs. */
  *mixedTtls(): Generator<{ position: SourcePosition; owner: string; type: string; ttl: number }> {
    for (const { text, rrsets } of this.owners.values()) {
      for (const rrset of rrsets) {
        const first = rrset.ttl ?? this.soaMinimum()
        for (const [ttl, position] of rrset.otherTtls ?? []) {
          if ((ttl ?? this.soaMinimum()) === first) continue
          yield { position, owner: text, type: typeName(rrset.type), ttl: this.smallest(rrset) }
          break
        }
      }
    }
  }

  /** Returns the source position of a path in the document, as exactly as possible. */
  locate(path: Path, start: Position): Position {
    const [field, ownerText, type, ...inner] = path
    if (field === 'soa' && this.soa) {
      const index = Object.keys(this.soa.fields).indexOf(String(ownerText))
      return positionOf(this.soa.data[index] ?? this.soa.position)
    }
    const name = parseName(String(ownerText), this.origin)
    const owner = field === 'records' && name.ok ? this.owners.get(name.value.key) : undefined
    if (!owner) return this.soa ? positionOf(this.soa.position) : start
    const parsed = parseType(String(type))
    const rrset = parsed.ok ? rrsetOf(owner, parsed.value) : undefined
    return positionOf(rrset ? this.positionInside(rrset, inner[0] === 'answer' ? inner.slice(1) : inner) : owner)
  }

  /** @param path the path inside the answer */
  private positionInside(rrset: RrsetDraft, path: Path): SourcePosition {
    if (path.length === 0) return rrset
    const several = rrset.records.length > 1
    const record = rrset.records[several ? Number(path[0]) : 0]
    if (!record) return rrset
    let position: SourcePosition = record
    const answer = this.answerOf(record)
    if (typeof answer !== 'object') return position
    let inner: unknown = answer.expression
    for (const key of several ? path.slice(1) : path) {
      if (typeof inner !== 'object' || inner === null) break
      position = answer.innerPosition?.(inner) ?? position
      inner = (inner as Record<string | number, unknown>)[key]
    }
    return position
  }
}

/** One empty list for names without rrsets: it is replaced by the first one. */
const NONE: RrsetDraft[] = []

function rrsetOf({ rrsets, byType }: OwnerDraft, type: number): RrsetDraft | undefined {
  if (byType) return byType.get(type)
  for (const rrset of rrsets) if (rrset.type === type) return rrset
  return undefined
}

function addRrset(owner: OwnerDraft, rrset: RrsetDraft): void {
  // An array that grows keeps room for 16 more, and most names have one rrset.
  if (owner.rrsets.length === 0) owner.rrsets = [rrset]
  else owner.rrsets.push(rrset)
  if (owner.rrsets.length > FEW) owner.byType ??= new Map(owner.rrsets.map((one) => [one.type, one]))
  owner.byType?.set(rrset.type, rrset)
}

/** Returns true if a record of an rrset has this text. */
function hasText(rrset: RrsetDraft, text: string): boolean {
  const { records, texts } = rrset
  if (records.length <= FEW) return records.some((record) => textOf(record) === text)
  const known = texts ?? new Set(records.map(textOf).filter((one) => one !== undefined))
  rrset.texts = known
  if (known.has(text)) return true
  known.add(text)
  return false
}

/** The number of records and of rrsets up to which a search takes less than a set. */
const FEW = 8

/** Replaces a record from code by an equal static record. */
function replaceEqual(records: DraftRecord[], text: string, { answer }: DraftRecord): void {
  const at = records.findIndex((record) => textOf(record) === text)
  const same = records[at]
  if (same) records[at] = { ...same, answer }
}

const expressionOf = (answer: DraftRecord['answer']): Expression | undefined =>
  typeof answer === 'object' ? answer.expression : answer

function textOf({ answer }: DraftRecord): string | undefined {
  const expression = expressionOf(answer)
  return expression === undefined ? undefined : recordText(expression)
}

/** Returns the text of an expression that is one record, also of one from code. */
export function recordText(expression: Expression): string | undefined {
  if (typeof expression === 'string') return expression
  const isComputed = 'kind' in expression && expression.kind === 'computed'
  return isComputed && typeof expression.records === 'string' ? expression.records : undefined
}

const NO_SOA: SoaDocument = {
  mname: '.',
  rname: '.',
  serial: 0,
  refresh: 0,
  retry: 0,
  expire: 0,
  minimum: 0,
}
