import { formatName, formatRelative, type Name, type NameKey, splitFields, TYPE, typeName } from '../dns/index.ts'
import type { Expression, Path } from '../policy/index.ts'
import type { RrsetDocument, ScriptsDocument, SoaDocument, ZoneDocument } from '../zone/index.ts'
import type { Position } from './diagnostic.ts'
import { positionOf, type SourcePosition } from './source.ts'

/** The answer of a record. `innerPosition` returns the positions of the objects in the expression. */
export type Answer = {
  readonly expression: Expression
  readonly innerPosition?: (inner: object) => SourcePosition | undefined
}

/**
 * One record of an rrset. `position` is that of its data. The answer of a script is set after the whole zone has
 * been read: see `ZoneDraft.compiled`.
 */
export type DraftRecord = { readonly position: SourcePosition; readonly answer: Answer | undefined }

/** A TTL, or undefined if it is the minimum of an SOA that has not been read yet. */
export type DraftTtl = number | undefined

type RrsetDraft = {
  readonly position: SourcePosition
  /** The distinct TTLs of its records, each with the first record that has it. */
  readonly ttls: { readonly ttl: DraftTtl; readonly position: SourcePosition }[]
  readonly records: DraftRecord[]
  /** The texts of its records, set from the second record on. */
  texts: Set<string> | undefined
}

type OwnerDraft = {
  readonly name: Name
  readonly text: string
  readonly position: SourcePosition
  readonly rrsets: Map<string, RrsetDraft>
  /** The first occurrence of the name with other capital letters. */
  respelled: { readonly name: Name; readonly position: SourcePosition } | undefined
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
  /** The owners by their text in the document, set when the first path is located. */
  private byText: ReadonlyMap<string, OwnerDraft> | undefined
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
    const mnemonic = typeName(type)
    let rrset = ownerDraft.rrsets.get(mnemonic)
    if (!rrset) {
      rrset = { position, ttls: [], records: [], texts: undefined }
      ownerDraft.rrsets.set(mnemonic, rrset)
    }
    const text = textOf(record)
    if (text !== undefined && rrset.records.length > 0) {
      rrset.texts ??= new Set(rrset.records.map(textOf).filter((text) => text !== undefined))
      if (rrset.texts.has(text)) {
        // A static record replaces an equal record from code.
        const at = rrset.records.findIndex((other) => textOf(other) === text)
        const same = rrset.records[at]
        if (same && typeof record.answer?.expression === 'string')
          rrset.records[at] = { ...same, answer: record.answer }
        return false
      }
      rrset.texts.add(text)
    }
    if (!rrset.ttls.some((other) => other.ttl === ttl)) rrset.ttls.push({ ttl, position })
    rrset.records.push(record)
    return true
  }

  /** Adds a name, with or without records. */
  addOwner(owner: Name, position: SourcePosition): OwnerDraft {
    let draft = this.owners.get(owner.key)
    if (!draft) {
      draft = {
        name: owner,
        text: formatRelative(owner, this.origin),
        position,
        rrsets: new Map(),
        respelled: undefined,
      }
      this.owners.set(owner.key, draft)
    } else if (owner !== draft.name && !draft.respelled && !this.isSpelledAlike(owner, draft.name)) {
      draft.respelled = { name: owner, position }
    }
    return draft
  }

  /** Returns true if two spellings of a name have the same capital letters. The labels of the origin do not count. */
  private isSpelledAlike({ wire }: Name, other: Name): boolean {
    const length = wire.length - this.origin.wire.length
    for (let i = 0; i < length; i++) if (wire[i] !== other.wire[i]) return false
    return true
  }

  /** Yields the names with two spellings. */
  *respelled(): Generator<{ position: SourcePosition; text: string; first: string }> {
    for (const { text, respelled } of this.owners.values()) {
      if (respelled)
        yield { position: respelled.position, text: formatRelative(respelled.name, this.origin), first: text }
    }
  }

  /** Returns the number of rrsets of a name, and the number of records in one of them. */
  sizeOf(owner: Name, type: number): { readonly rrsets: number; readonly records: number } {
    const rrsets = this.owners.get(owner.key)?.rrsets
    return { rrsets: rrsets?.size ?? 0, records: rrsets?.get(typeName(type))?.records.length ?? 0 }
  }

  /**
   * Returns the static data of a name, for the look-ups of scripts.
   * @param isStatic returns true for a static record
   * @returns undefined for a name without records here: another zone may have it
   */
  staticData(owner: Name, type: number, isStatic: (record: DraftRecord) => boolean): readonly string[] | undefined {
    const rrsets = this.owners.get(owner.key)?.rrsets
    if (!rrsets) return undefined
    const wanted = type === TYPE.ANY ? [...rrsets.values()] : [rrsets.get(typeName(type))]
    const records = wanted.flatMap((rrset) => rrset?.records ?? [])
    return records.flatMap((record) => {
      const expression = record.answer?.expression
      return typeof expression === 'string' && isStatic(record) ? [expression] : []
    })
  }

  /** Returns the document. Without an SOA it has an empty one, so that everything else can still be checked. */
  document(defaultTtl: DraftTtl): ZoneDocument {
    const ttl = defaultTtl ?? this.soa?.ttl ?? this.soaMinimum()
    const soa = this.soa?.fields ?? NO_SOA
    const soaTtl = this.soa?.ttl ?? ttl
    const records = [...this.owners.values()].map(({ text, rrsets }) => {
      const types = [...rrsets].map(([type, rrset]) => [type, this.rrset(rrset, ttl)] as const)
      return [text, Object.fromEntries(types)] as const
    })
    return {
      origin: formatName(this.origin),
      ttl,
      soa: soaTtl === ttl ? soa : { ...soa, ttl: soaTtl },
      ...(this.compiled.scripts && { scripts: this.compiled.scripts }),
      records: Object.fromEntries(records),
    }
  }

  private rrset(rrset: RrsetDraft, zoneTtl: number): RrsetDocument {
    const answers = rrset.records.map((record) => this.answerOf(record)?.expression ?? [])
    const answer = answers.length === 1 ? (answers[0] as Expression) : answers
    const ttl = this.smallest(rrset)
    return ttl === zoneTtl ? answer : { ttl, answer }
  }

  private answerOf(record: DraftRecord): Answer | undefined {
    return this.compiled.answers.get(record) ?? record.answer
  }

  private soaMinimum(): number {
    return this.soa?.fields.minimum ?? 0
  }

  /** Returns the TTL of an rrset (RFC 2181 §5.2): the smallest one is valid for all of its records. */
  private smallest(rrset: RrsetDraft): number {
    return Math.min(...rrset.ttls.map(({ ttl }) => ttl ?? this.soaMinimum()))
  }

  /** Yields the rrsets whose records have different TTLs, with the first record that differs. */
  *mixedTtls(): Generator<{ position: SourcePosition; owner: string; type: string; ttl: number }> {
    for (const { text, rrsets } of this.owners.values()) {
      for (const [type, rrset] of rrsets) {
        const [first, ...others] = rrset.ttls.map(({ ttl, position }) => ({ ttl: ttl ?? this.soaMinimum(), position }))
        const other = others.find(({ ttl }) => ttl !== first?.ttl)
        if (other) yield { position: other.position, owner: text, type, ttl: this.smallest(rrset) }
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
    this.byText ??= new Map([...this.owners.values()].map((draft) => [draft.text, draft]))
    const owner = field === 'records' ? this.byText.get(String(ownerText)) : undefined
    if (!owner) return this.soa ? positionOf(this.soa.position) : start
    const rrset = owner.rrsets.get(String(type))
    return positionOf(
      rrset ? this.positionInside(rrset, inner[0] === 'answer' ? inner.slice(1) : inner) : owner.position,
    )
  }

  /** @param path the path inside the answer */
  private positionInside(rrset: RrsetDraft, path: Path): SourcePosition {
    if (path.length === 0) return rrset.position
    const several = rrset.records.length > 1
    const record = rrset.records[several ? Number(path[0]) : 0]
    if (!record) return rrset.position
    let position = record.position
    const answer = this.answerOf(record)
    let inner: unknown = answer?.expression
    for (const key of several ? path.slice(1) : path) {
      if (typeof inner !== 'object' || inner === null) break
      position = answer?.innerPosition?.(inner) ?? position
      inner = (inner as Record<string | number, unknown>)[key]
    }
    return position
  }
}

const textOf = ({ answer }: DraftRecord): string | undefined => answer && recordText(answer.expression)

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
