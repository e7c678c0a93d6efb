import {
  formatName,
  isSubdomain,
  type Name,
  parseName,
  parseRdata,
  type Rdata,
  storableType,
  TYPE,
  typeName,
} from '../dns/index.ts'
import type { Diagnostic } from './diagnostic.ts'
import { type DraftTtl, recordText, ZoneDraft } from './draft.ts'
import { type Head, readHead } from './head.ts'
import { type Entry, Lexer, type Token } from './lexer.ts'
import { type LuaDialect, readLua } from './lua-record.ts'
import { LuaRecords } from './lua-records.ts'
import { type Located, type Place, positionOf } from './source.ts'

/**
 * Where a record is read. `owner` is the last one named, for records that inherit it; null where that one was wrong,
 * and has been reported.
 */
export type Scope = { readonly in: Located; origin: Name; owner: Name | null | undefined }

/** Where the parts of a record stand. */
type Places = { readonly owner: Place; readonly type: Place; readonly end: Place }

/** Reads records into a draft of the zone. */
export class Records {
  readonly errors: Diagnostic[] = []
  readonly warnings: Diagnostic[] = []
  readonly draft: ZoneDraft
  /** Whether an SOA was met, be it a wrong one. */
  hasSoa = false
  private misnamed = false
  /** The zone's own $TTL: the first. */
  zoneTtl: DraftTtl
  private defaultTtl: DraftTtl
  private lastTtl: DraftTtl
  private readonly origin: Name
  private readonly dialect: LuaDialect
  private readonly luaRecords: LuaRecords

  constructor(origin: Name, dialect: LuaDialect) {
    this.origin = origin
    this.dialect = dialect
    this.draft = new ZoneDraft(origin)
    this.luaRecords = new LuaRecords(origin, this.draft, dialect)
  }

  /** When all is read: scripts may include what comes behind them. */
  finish(): void {
    for (const { place, message, isError } of this.luaRecords.finish()) {
      if (isError) this.refuse(place, message)
      else this.warn(place, message)
    }
  }

  refuse(place: Place, message: string): void {
    this.errors.push({ ...positionOf(place), message })
  }

  setDefaultTtl(seconds: number): void {
    this.zoneTtl ??= seconds
    this.defaultTtl = seconds
  }

  /** An entry that is no directive. */
  entry(entry: Entry, scope: Scope): void {
    const { tokens, blank, broken } = entry
    const first = tokens[0] as Token
    const owner = this.placeOf(first, scope)
    if (!blank) scope.owner = this.ownerOf(first.text, owner, scope)
    if (broken) {
      this.hasSoa ||= tokens.some((token) => token.text.toUpperCase() === 'SOA')
      return
    }
    if (scope.owner === undefined) {
      this.refuse(owner, 'the record inherits an owner, and none is before it; expected one at the start of the line')
      scope.owner = null
    }
    const last = tokens.at(-1) as Token
    const end = this.placeOf({ ...last, at: last.at + last.text.length + (last.quoted ? 2 : 0) }, scope)
    const head = readHead(tokens, blank ? 0 : 1, (token, message) =>
      this.refuse(token ? this.placeOf(token, scope) : end, message),
    )
    if (!head) return
    const typeToken = tokens[head.typeAt] as Token
    const places = { owner, type: this.placeOf(typeToken, scope), end }
    this.record(scope.owner ?? null, head, typeToken, tokens.slice(head.typeAt + 1), places, scope)
  }

  /** One record of a $GENERATE: its texts are made, and everything in them stands where the templates do. */
  generated(
    made: { readonly ownerText: string; readonly dataText: string; readonly head: Head },
    at: { readonly owner: Token; readonly type: Token; readonly data: Token },
    scope: Scope,
  ): void {
    const ownerPlace = this.placeOf(at.owner, scope)
    const dataPlace = this.placeOf(at.data, scope)
    const places = { owner: ownerPlace, type: this.placeOf(at.type, scope), end: dataPlace }
    const position = positionOf(dataPlace)
    const inData: Scope = { ...scope, in: { positionAt: () => position } }
    const before = this.errors.length
    const entry = new Lexer(made.dataText, (_, message) =>
      this.refuse(dataPlace, `in the data made, ${made.dataText}: ${message}`),
    ).next()
    if (this.errors.length > before) return
    const owner = this.ownerOf(made.ownerText, ownerPlace, scope)
    this.record(owner, made.head, at.type, entry?.tokens ?? [], places, inData)
  }

  private placeOf(token: Token, scope: Scope): Place {
    return { in: scope.in, at: token.at }
  }

  /** The owner's name; null if it is none. */
  private ownerOf(text: string, place: Place, scope: Scope): Name | null {
    const name = parseName(text, scope.origin)
    if (name.ok) return name.value
    this.refuse(place, name.error)
    return null
  }

  private record(
    owner: Name | null,
    head: Head,
    typeToken: Token,
    data: readonly Token[],
    places: Places,
    scope: Scope,
  ): void {
    if (head.ttl !== undefined) this.lastTtl = head.ttl
    if (head.type === TYPE.SOA) this.soa(owner, head, data, places, scope)
    else if (owner && !isSubdomain(owner.key, this.origin.key)) this.outside(owner, places)
    else if (head.type === TYPE.LUA) this.lua(owner, head, typeToken, data, places, scope)
    else {
      const rdata = this.rdata(head, data, places, scope)
      if (!rdata || !owner) return
      const part = { expression: rdata.text, place: this.dataPlace(data[0], places, scope) }
      if (!this.draft.add(owner, head.type, this.ttlOf(head), part, places.owner, places.type)) {
        const message = `${typeName(head.type)} ${rdata.text} is at ${formatName(owner)} already; expected each record once`
        this.warn(places.type, message)
      }
    }
  }

  private lua(
    owner: Name | null,
    head: Head,
    typeToken: Token,
    data: readonly Token[],
    places: Places,
    scope: Scope,
  ): void {
    const at = (offset: number): Place => ({ in: scope.in, at: offset })
    const record = readLua(data, typeToken, this.dialect)
    if (!record.ok) {
      for (const { at: offset, message } of record.error) this.refuse(at(offset), message)
      return
    }
    const { type, code, folded, sourceAt } = record.value
    const placeAt = (codeAt: number): Place => at(sourceAt(codeAt))
    for (const { at: offset, message } of folded?.warnings ?? []) this.warn(placeAt(offset), message)
    if (!owner) return
    if (type === TYPE.NS && owner.key !== this.origin.key) {
      const message = 'LUA delegates nothing: a delegation has to be known ahead; expected NS and the names of servers'
      return this.refuse(at((data[0] as Token).at), message)
    }
    const part = { expression: [], place: this.dataPlace(data[1], places, scope) }
    this.luaRecords.add({ owner, type, code, folded, placeAt, part })
    if (type === TYPE.LUA) return void this.draft.addOwner(owner, places.owner)
    // The same code twice is as a random draw twice: not a duplicate, unless both are one text.
    if (!this.draft.add(owner, type, this.ttlOf(head), part, places.owner, at((data[0] as Token).at))) {
      const message = `${typeName(type)} ${recordText(part.expression)} is at ${formatName(owner)} already; expected each record once`
      this.warn(places.type, message)
    }
  }

  private soa(owner: Name | null, head: Head, data: readonly Token[], places: Places, scope: Scope): void {
    this.hasSoa = true
    const rdata = this.rdata(head, data, places, scope)
    if (owner && owner.key !== this.origin.key) {
      this.misnamed ||= !isSubdomain(owner.key, this.origin.key)
      const [found, zone] = [formatName(owner), formatName(this.origin)]
      const rename = `a file named ${found.slice(0, -1)}.zone`
      return this.refuse(
        places.owner,
        `the SOA is at ${found}, but the file's name makes the zone ${zone}; expected the SOA at ${zone}, or ${rename}`,
      )
    }
    const { soaPlace } = this.draft
    if (soaPlace) {
      const { file, line } = positionOf(soaPlace)
      return this.refuse(places.type, `a second SOA; expected one alone, and there is one at ${file}:${line}`)
    }
    if (!rdata || !owner) return
    const fields = data.map((token) => this.placeOf(token, scope))
    const minimum = Number(rdata.text.slice(rdata.text.lastIndexOf(' ') + 1))
    // As BIND: without any TTL before it, the SOA's MINIMUM is the zone's default.
    if (this.lastTtl === undefined) this.defaultTtl ??= minimum
    this.draft.setSoa(rdata.text, this.ttlOf(head), places.type, data.length === 7 ? fields : [])
  }

  /**
   * An own TTL, else the $TTL before (RFC 2308 §4), else the last one that a record had (RFC 1035 §5.1), else the
   * SOA's MINIMUM; undefined for that one while the SOA is still to come.
   */
  private ttlOf(head: Head): DraftTtl {
    return head.ttl ?? this.defaultTtl ?? this.lastTtl
  }

  private rdata(head: Head, data: readonly Token[], places: Places, scope: Scope): Rdata | undefined {
    const storable = storableType(head.type)
    if (!storable.ok) {
      this.refuse(places.type, storable.error)
      return undefined
    }
    const rdata = parseRdata(head.type, data, scope.origin)
    if (rdata.ok) return rdata.value
    const { message, field } = rdata.error
    const token = data[field]
    this.refuse(token ? this.placeOf(token, scope) : places.end, message)
    return undefined
  }

  private dataPlace(token: Token | undefined, places: Places, scope: Scope): Place {
    return token ? this.placeOf(token, scope) : places.type
  }

  private outside(owner: Name, places: Places): void {
    // Where the SOA is outside too, the file has the wrong name, and every record would say so again.
    if (this.misnamed) return
    const zone = formatName(this.origin)
    this.refuse(
      places.owner,
      `${formatName(owner)} is outside the zone ${zone}; expected a name that ends with ${zone}`,
    )
  }

  private warn(place: Place, message: string): void {
    this.warnings.push({ ...positionOf(place), message })
  }
}
