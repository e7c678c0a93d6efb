import {
  formatName,
  formatRelative,
  type Name,
  type NameKey,
  parseName,
  parseRdataText,
  parseType,
} from '../dns/index.ts'
import type { Expression, ScriptExpression } from '../policy/index.ts'
import type { ApiOwnerDocument, OwnerDocument, RrsetDocument, TtlDocument, ZoneDocument } from '../zone/index.ts'

type Scripts = readonly ScriptExpression<Expression>[]

/** A document by names, whatever their spelling in it. */
export class ZoneView {
  readonly document: ZoneDocument
  readonly origin: Name
  /** The names of the document with capital letters, escapes or a final dot, which a person may write. */
  private odd: ReadonlyMap<NameKey, string> | undefined
  private scripts: ReadonlyMap<NameKey, Scripts> | undefined

  /** @param document one that compiles */
  constructor(document: ZoneDocument) {
    this.document = document
    const origin = parseName(document.origin.endsWith('.') ? document.origin : `${document.origin}.`)
    if (!origin.ok) throw new Error(`the origin of a document that compiles is ${document.origin}`)
    this.origin = origin.value
  }

  /** Returns the key of a name in `records`, or the one that it would have. @param name in small letters */
  ownerOf(name: Name): string {
    const usual = formatRelative(name, this.origin)
    if (Object.hasOwn(this.document.records, usual)) return usual
    this.odd ??= oddOwners(this.document, this.origin)
    return this.odd.get(name.key) ?? usual
  }

  typesAt(owner: string): OwnerDocument | undefined {
    const { records } = this.document
    return Object.hasOwn(records, owner) ? records[owner] : undefined
  }

  keptAt(owner: string): ApiOwnerDocument | undefined {
    const rrsets = this.document.api?.rrsets
    return rrsets && Object.hasOwn(rrsets, owner) ? rrsets[owner] : undefined
  }

  /** The code that scripts include by this name; undefined if none does. */
  scriptsAt(name: Name): Scripts | undefined {
    this.scripts ??= this.scriptsByName()
    return this.scripts.get(name.key)
  }

  /** Returns the canonical text of a record. */
  canonical(type: number, text: string): string {
    const rdata = parseRdataText(type, text, this.origin)
    return rdata.ok ? rdata.value.text : text
  }

  private scriptsByName(): ReadonlyMap<NameKey, Scripts> {
    const scripts = new Map<NameKey, Scripts>()
    for (const [text, codes] of Object.entries(this.document.scripts ?? {})) {
      const name = parseName(text, this.origin)
      if (name.ok) scripts.set(name.value.key, codes)
    }
    return scripts
  }
}

/** A name in small letters. */
export function lowerCase(name: Name): Name {
  const lower = parseName(formatName(name.key))
  return lower.ok ? lower.value : name
}

/** Characters that the usual spelling of a name never has. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
const ODD = /[A-Z\\]|\.$|[^\x00-\x7f]/

function oddOwners({ records, api }: ZoneDocument, origin: Name): ReadonlyMap<NameKey, string> {
  const odd = new Map<NameKey, string>()
  const note = (owner: string): void => {
    if (!ODD.test(owner)) return
    const name = parseName(owner, origin)
    if (name.ok && !odd.has(name.value.key)) odd.set(name.value.key, owner)
  }
  for (const owner in records) note(owner)
  for (const owner in api?.rrsets) note(owner)
  return odd
}

/** The parts of an rrset of a document: its static records, and what decides by itself. */
export type RrsetParts = {
  /** Undefined for the zone's. */
  readonly ttl: TtlDocument | undefined
  readonly texts: readonly string[]
  /** An empty list alone, which is NODATA, is one of these. */
  readonly codes: readonly Expression[]
}

export function partsOf(rrset: RrsetDocument): RrsetParts {
  const isWrapped = typeof rrset === 'object' && 'answer' in rrset
  const ttl = isWrapped ? rrset.ttl : undefined
  const answer: Expression = isWrapped ? rrset.answer : (rrset as Expression)
  const list = Array.isArray(answer) ? (answer as readonly Expression[]) : [answer]
  if (list.length === 0) return { ttl, texts: [], codes: [[]] }
  const texts = list.filter((inner) => typeof inner === 'string')
  return { ttl, texts, codes: texts.length === list.length ? [] : list.filter((inner) => typeof inner !== 'string') }
}

/** Seconds. The least of a TTL that follows health. */
export const secondsOf = (ttl: TtlDocument | undefined, zone: ZoneDocument): number =>
  typeof ttl === 'object' ? ttl[0] : (ttl ?? zone.ttl)

/** Returns the number of a type that a document has; 0 for none. */
export function typeOf(text: string): number {
  const type = parseType(text)
  return type.ok ? type.value : 0
}
