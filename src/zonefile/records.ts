import {
  cutString,
  formatName,
  isSignature,
  isSubdomain,
  type Name,
  type NameKey,
  parseName,
  parseRdata,
  type Rdata,
  storableType,
  TYPE,
  typeName,
} from '../dns/index.ts'
import type { Finding } from './diagnostic.ts'
import { type DraftTtl, recordText, ZoneDraft } from './draft.ts'
import { fileNameOf } from './file-name.ts'
import { type Head, readHead } from './head.ts'
import type { Entry, Token } from './lexer.ts'
import { type LuaDialect, readLua } from './lua-record.ts'
import { answerOf, LuaRecords } from './lua-records.ts'
import { type Located, lastAtMost, type Place, positionOf } from './source.ts'
import { suspectStrings } from './suspect-strings.ts'

/**
 * Where a record is read. `owner` is the last one named, for records that inherit it; null where that one was wrong,
 * and has been reported.
 */
export type Scope = { readonly in: Located; origin: Name; owner: Name | null | undefined }

/** Where the parts of a record stand. */
type Places = { readonly owner: Place; readonly type: Place; readonly end: Place }

/** The marks of comments in other languages. */
const OTHER_COMMENT = /^(#|\/\/|\/\*|--)/

/** Reads records into a draft of the zone. */
export class Records {
  readonly errors: Finding[] = []
  readonly warnings: Finding[] = []
  readonly draft: ZoneDraft
  /** Whether an SOA was met, be it a wrong one. */
  hasSoa = false
  private misnamed = false
  private soaText: string | undefined
  /** Types of signatures that were met: each is told once. */
  private readonly unsigned = new Set<number>()
  /** The zone's own $TTL: the first. */
  zoneTtl: DraftTtl
  private defaultTtl: DraftTtl
  private lastTtl: DraftTtl
  private readonly origin: Name
  /** The zone's name twice: some exports write the SOA's owner without its final dot. */
  private readonly twice: NameKey
  private readonly dialect: LuaDialect
  private readonly luaRecords: LuaRecords

  constructor(origin: Name, dialect: LuaDialect) {
    this.origin = origin
    this.dialect = dialect
    this.draft = new ZoneDraft(origin)
    this.luaRecords = new LuaRecords(origin, this.draft, dialect)
    this.twice = origin.key.slice(0, -1) + origin.key
  }

  /** Compiles the scripts, once all records are read: a script may include code that stands below it. */
  finish(): void {
    for (const { place, message, isError } of this.luaRecords.compile()) {
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

  /** An entry that is not a directive. */
  entry(entry: Entry, scope: Scope): void {
    const { tokens, blank, broken } = entry
    const first = tokens[0] as Token
    const owner = this.placeOf(first, scope)
    const mark = first.quoted ? undefined : OTHER_COMMENT.exec(first.text)?.[0]
    const notAComment = `"${mark}" does not begin a comment in a zone file; expected ";"`
    if (mark === first.text) return this.refuse(owner, notAComment)
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
    const head = readHead(tokens, blank ? 0 : 1, (token, message) => {
      if (mark === undefined) this.refuse(token ? this.placeOf(token, scope) : end, message)
      else this.refuse(owner, notAComment)
    })
    if (!head) return
    const typeToken = tokens[head.typeAt] as Token
    const places = { owner, type: this.placeOf(typeToken, scope), end }
    const data = tokens.slice(head.typeAt + 1)
    for (const { at, message } of suspectStrings(head.type, data)) this.warn({ in: scope.in, at }, message)
    this.record(scope.owner ?? null, head, typeToken, data, places, scope)
  }

  /** One record of a $GENERATE: its texts are made, and everything in them stands where the templates do. */
  generated(
    made: { readonly ownerText: string; readonly dataTexts: readonly string[]; readonly head: Head },
    at: { readonly owner: Token; readonly type: Token; readonly data: readonly Token[] },
    scope: Scope,
  ): void {
    const ownerPlace = this.placeOf(at.owner, scope)
    const starts: number[] = []
    let end = 0
    const tokens = made.dataTexts.map((text, i): Token => {
      starts.push(end)
      end += text.length + 2
      return { text, quoted: (at.data[i] as Token).quoted, at: starts[i] as number }
    })
    const inData: Located = {
      positionAt: (offset) => scope.in.positionAt((at.data[lastAtMost(starts, offset)] as Token).at),
    }
    const places = { owner: ownerPlace, type: this.placeOf(at.type, scope), end: { in: inData, at: end } }
    const owner = this.ownerOf(made.ownerText, ownerPlace, scope)
    this.record(owner, made.head, at.type, tokens, places, { ...scope, in: inData })
  }

  private placeOf(token: Token, scope: Scope): Place {
    return { in: scope.in, at: token.at }
  }

  /** The owner's name; null if it is not valid. */
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
    if (isSignature(head.type)) this.leaveOut(head.type, places.type)
    else if (head.type === TYPE.SOA) this.soa(owner, head, data, places, scope)
    else if (owner && !isSubdomain(owner.key, this.origin.key)) this.outside(owner, places)
    else if (head.type === TYPE.LUA) this.lua(owner, head, typeToken, data, places, scope)
    else {
      const rdata = this.rdata(head, data, places, scope)
      if (!rdata || !owner) return
      const part = { place: this.dataPlace(data[0], places, scope), answer: { expression: rdata.text } }
      if (!this.draft.add(owner, head.type, this.ttlOf(head), part, places.owner, places.type)) {
        const message = `${typeName(head.type)} ${rdata.text} is at ${formatName(owner)} already; expected each record once`
        this.warn(places.type, message)
      }
    }
  }

  /** Signatures and proofs of a signed zone are for the records as they were signed: answers by policy have none. */
  private leaveOut(type: number, place: Place): void {
    if (this.unsigned.has(type)) return
    this.unsigned.add(type)
    const message = `${typeName(type)} records are left out, as the zone is served unsigned; expected no DS for it at its parent`
    this.warn(place, message)
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
    const record = readLua(data, typeToken, this.dialect, this.luaRecords.reader)
    if (!record.ok) {
      for (const { at: offset, message } of record.error) this.refuse(at(offset), message)
      return
    }
    const { type, code, read, sourceAt } = record.value
    const placeAt = (codeAt: number): Place => at(sourceAt(codeAt))
    const folded = read?.folded
    for (const { at: offset, message } of folded?.warnings ?? []) this.warn(placeAt(offset), message)
    if (!owner) return
    if (type === TYPE.NS && owner.key !== this.origin.key) {
      const message = 'LUA delegates nothing: a delegation has to be known ahead; expected NS and the names of servers'
      return this.refuse(at((data[0] as Token).at), message)
    }
    const part = { place: this.dataPlace(data[1], places, scope), answer: folded && answerOf(folded, placeAt) }
    this.luaRecords.add({ owner, code, read, placeAt, part })
    if (!read) return void this.draft.addOwner(owner, places.owner)
    // The same code twice is as a random draw twice: not a duplicate, unless both are one text.
    if (!this.draft.add(owner, type, this.ttlOf(head), part, places.owner, at((data[0] as Token).at))) {
      const message = `${typeName(type)} ${folded && recordText(folded.expression)} is at ${formatName(owner)} already; expected each record once`
      this.warn(places.type, message)
    }
  }

  private soa(owner: Name | null, head: Head, data: readonly Token[], places: Places, scope: Scope): void {
    this.hasSoa = true
    const rdata = this.rdata(head, data, places, scope)
    if (owner && owner.key === this.twice) {
      const zone = formatName(this.origin)
      this.warn(
        places.owner,
        `the SOA is at ${formatName(owner)}, and is taken for that of ${zone}; expected ${zone} with its final dot`,
      )
      scope.owner = this.origin
    } else if (owner && owner.key !== this.origin.key) {
      this.misnamed ||= !isSubdomain(owner.key, this.origin.key)
      const [found, zone] = [formatName(owner), formatName(this.origin)]
      const rename = `a file named ${fileNameOf(owner)}`
      return this.refuse(
        places.owner,
        `the SOA is at ${found}, but the file's name makes the zone ${zone}; expected the SOA at ${zone}, or ${rename}`,
      )
    }
    const { soaPlace } = this.draft
    if (soaPlace) {
      // A saved zone transfer ends with the SOA that it begins with (RFC 5936 §2.2).
      if (rdata?.text === this.soaText) return
      const { file, line } = positionOf(soaPlace)
      return this.refuse(places.type, `a second SOA; expected one alone, and there is one at ${file}:${line}`)
    }
    if (!rdata || !owner) return
    const fields = data.map((token) => this.placeOf(token, scope))
    const minimum = Number(rdata.text.slice(rdata.text.lastIndexOf(' ') + 1))
    // As BIND: without any TTL before it, the SOA's MINIMUM is the zone's default.
    if (this.lastTtl === undefined) this.defaultTtl ??= minimum
    this.soaText = rdata.text
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
    const placeOf = (field: number): Place => {
      const token = data[field]
      return token ? this.placeOf(token, scope) : places.end
    }
    if (!rdata.ok) {
      this.refuse(placeOf(rdata.error.field), rdata.error.message)
      return undefined
    }
    const cut = cutString(head.type, data)
    if (cut) this.warn(placeOf(cut.field), cut.message)
    return rdata.value
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

  warn(place: Place, message: string): void {
    this.warnings.push({ ...positionOf(place), message })
  }
}
