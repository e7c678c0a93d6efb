import { formatName, formatRelative, type Name, type NameKey, splitFields, TYPE, typeName } from '../dns/index.ts'
import type { Expression, Path } from '../policy/index.ts'
import type { RrsetDocument, ScriptsDocument, SoaDocument, ZoneDocument } from '../zone/index.ts'
import type { Position } from './diagnostic.ts'
import { type Place, positionOf } from './source.ts'

/** The answer of a record. `placeOf` gives the locations of the objects in the expression. */
export type Answer = { readonly expression: Expression; readonly placeOf?: (inner: object) => Place | undefined }

/**
 * One record's part of an rrset; `place` is the location of its data. The answer of a script is known when the whole zone
 * is read: see `ZoneDraft.compiled`.
 */
export type Part = { readonly place: Place; readonly answer: Answer | undefined }

/** A TTL that is not known before the SOA is. */
export type DraftTtl = number | undefined

type RrsetDraft = {
  readonly place: Place
  /** Its records' TTLs, each once with the first record that has it. */
  readonly ttls: { readonly ttl: DraftTtl; readonly place: Place }[]
  readonly parts: Part[]
  /** The texts among the parts: made when there is a second one. */
  texts: Set<string> | undefined
}

type OwnerDraft = {
  readonly name: Name
  readonly text: string
  readonly place: Place
  readonly rrsets: Map<string, RrsetDraft>
  /** The name and location where it first has other capital letters. */
  respelled: { readonly name: Name; readonly place: Place } | undefined
}

type SoaDraft = { readonly fields: SoaDocument; readonly ttl: DraftTtl; readonly place: Place; readonly data: Place[] }

/** A zone document in the making, which remembers where everything in it came from. */
export class ZoneDraft {
  private readonly owners = new Map<NameKey, OwnerDraft>()
  /** The owners by the text that the document has for them: made when there is something to locate. */
  private byText: ReadonlyMap<string, OwnerDraft> | undefined
  private soa: SoaDraft | undefined
  /** The answers of code that runs, in place of those of its parts; and the code that scripts include. */
  compiled: { readonly answers: ReadonlyMap<Part, Answer>; readonly scripts: ScriptsDocument | undefined } = {
    answers: new Map(),
    scripts: undefined,
  }
  private readonly origin: Name

  constructor(origin: Name) {
    this.origin = origin
  }

  /** Where the SOA stands, if there is one. */
  get soaPlace(): Place | undefined {
    return this.soa?.place
  }

  /** @param text the canonical data; @param data where each of its fields stands */
  setSoa(text: string, ttl: DraftTtl, place: Place, data: Place[]): void {
    const fields = splitFields(text)
    const [mname, rname, ...numbers] = fields.ok ? fields.value.map((field) => field.text) : []
    const [serial, refresh, retry, expire, minimum] = numbers.map(Number)
    this.soa = { fields: { mname, rname, serial, refresh, retry, expire, minimum } as SoaDocument, ttl, place, data }
  }

  /**
   * Adds a record.
   * @param ownerPlace where its owner stands; @param place where its type does
   * @returns whether it was new: an rrset holds no record twice (RFC 2181 §5)
   */
  add(owner: Name, type: number, ttl: DraftTtl, part: Part, ownerPlace: Place, place: Place): boolean {
    const ownerDraft = this.addOwner(owner, ownerPlace)
    const mnemonic = typeName(type)
    let rrset = ownerDraft.rrsets.get(mnemonic)
    if (!rrset) {
      rrset = { place, ttls: [], parts: [], texts: undefined }
      ownerDraft.rrsets.set(mnemonic, rrset)
    }
    const text = textOf(part)
    if (text !== undefined && rrset.parts.length > 0) {
      rrset.texts ??= new Set(rrset.parts.map(textOf).filter((one) => one !== undefined))
      if (rrset.texts.has(text)) {
        // A static record takes the place of code that gives the same.
        const at = rrset.parts.findIndex((other) => textOf(other) === text)
        const same = rrset.parts[at]
        if (same && typeof part.answer?.expression === 'string') rrset.parts[at] = { ...same, answer: part.answer }
        return false
      }
      rrset.texts.add(text)
    }
    if (!rrset.ttls.some((known) => known.ttl === ttl)) rrset.ttls.push({ ttl, place })
    rrset.parts.push(part)
    return true
  }

  /** A name that exists, whether or not it has records. */
  addOwner(owner: Name, place: Place): OwnerDraft {
    let draft = this.owners.get(owner.key)
    if (!draft) {
      draft = { name: owner, text: formatRelative(owner, this.origin), place, rrsets: new Map(), respelled: undefined }
      this.owners.set(owner.key, draft)
    } else if (owner !== draft.name && !draft.respelled && !this.isSpelledAlike(owner, draft.name)) {
      draft.respelled = { name: owner, place }
    }
    return draft
  }

  /** True if two spellings of a name have the same capital letters; the zone's own labels do not count. */
  private isSpelledAlike({ wire }: Name, other: Name): boolean {
    const own = wire.length - this.origin.wire.length
    for (let i = 0; i < own; i++) if (wire[i] !== other.wire[i]) return false
    return true
  }

  /** The names that are spelled in two ways. */
  *respelled(): Generator<{ place: Place; text: string; first: string }> {
    for (const { text, respelled } of this.owners.values()) {
      if (respelled) yield { place: respelled.place, text: formatRelative(respelled.name, this.origin), first: text }
    }
  }

  /** How many rrsets a name has, and records one of them. */
  sizeOf(owner: Name, type: number): { readonly rrsets: number; readonly records: number } {
    const rrsets = this.owners.get(owner.key)?.rrsets
    return { rrsets: rrsets?.size ?? 0, records: rrsets?.get(typeName(type))?.parts.length ?? 0 }
  }

  /**
   * The static data of a name, as a script looks it up.
   * @param isStatic whether a part of an rrset is
   * @returns undefined for a name that has no records here: another zone may have it
   */
  staticData(owner: Name, type: number, isStatic: (part: Part) => boolean): readonly string[] | undefined {
    const rrsets = this.owners.get(owner.key)?.rrsets
    if (!rrsets) return undefined
    const asked = type === TYPE.ANY ? [...rrsets.values()] : [rrsets.get(typeName(type))]
    const parts = asked.flatMap((rrset) => rrset?.parts ?? [])
    return parts.flatMap((part) => {
      const expression = part.answer?.expression
      return typeof expression === 'string' && isStatic(part) ? [expression] : []
    })
  }

  /** The document. Without an SOA it has an empty one, so that everything else in it can still be checked. */
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
    const answers = rrset.parts.map((part) => this.answerOf(part)?.expression ?? [])
    const answer = answers.length === 1 ? (answers[0] as Expression) : answers
    const ttl = this.smallest(rrset)
    return ttl === zoneTtl ? answer : { ttl, answer }
  }

  private answerOf(part: Part): Answer | undefined {
    return this.compiled.answers.get(part) ?? part.answer
  }

  private soaMinimum(): number {
    return this.soa?.fields.minimum ?? 0
  }

  /** RFC 2181 §5.2: an rrset has one TTL. The smallest promises nothing that one of the records did not. */
  private smallest(rrset: RrsetDraft): number {
    return Math.min(...rrset.ttls.map(({ ttl }) => ttl ?? this.soaMinimum()))
  }

  /** The rrsets whose records have different TTLs, with the first record that differs. */
  *mixedTtls(): Generator<{ place: Place; owner: string; type: string; ttl: number }> {
    for (const { text, rrsets } of this.owners.values()) {
      for (const [type, rrset] of rrsets) {
        const [first, ...others] = rrset.ttls.map(({ ttl, place }) => ({ ttl: ttl ?? this.soaMinimum(), place }))
        const other = others.find(({ ttl }) => ttl !== first?.ttl)
        if (other) yield { place: other.place, owner: text, type, ttl: this.smallest(rrset) }
      }
    }
  }

  /** Where a path of the document came from: as near as is known. */
  locate(path: Path, start: Position): Position {
    const [field, ownerText, type, ...inner] = path
    if (field === 'soa' && this.soa) {
      const index = Object.keys(this.soa.fields).indexOf(String(ownerText))
      return positionOf(this.soa.data[index] ?? this.soa.place)
    }
    this.byText ??= new Map([...this.owners.values()].map((draft) => [draft.text, draft]))
    const owner = field === 'records' ? this.byText.get(String(ownerText)) : undefined
    if (!owner) return this.soa ? positionOf(this.soa.place) : start
    const rrset = owner.rrsets.get(String(type))
    return positionOf(rrset ? this.placeIn(rrset, inner[0] === 'answer' ? inner.slice(1) : inner) : owner.place)
  }

  /** @param path inside the answer */
  private placeIn(rrset: RrsetDraft, path: Path): Place {
    if (path.length === 0) return rrset.place
    const several = rrset.parts.length > 1
    const part = rrset.parts[several ? Number(path[0]) : 0]
    if (!part) return rrset.place
    let place = part.place
    const answer = this.answerOf(part)
    let inner: unknown = answer?.expression
    for (const key of several ? path.slice(1) : path) {
      if (typeof inner !== 'object' || inner === null) break
      place = answer?.placeOf?.(inner) ?? place
      inner = (inner as Record<string | number, unknown>)[key]
    }
    return place
  }
}

const textOf = ({ answer }: Part): string | undefined => answer && recordText(answer.expression)

/** The record that an expression is, be it one that code gives. */
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
