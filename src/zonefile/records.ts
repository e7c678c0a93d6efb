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
import { type Located, lastAtMost, positionOf, type SourcePosition } from './source.ts'
import { suspectStrings } from './suspect-strings.ts'

/**
 * The state of the reader at a record. `owner` is the last owner, for records that inherit it; null after an owner with
 * an error, which has been reported.
 */
export type Scope = { readonly in: Located; origin: Name; owner: Name | null | undefined }

/** The positions of a record's owner, type and end. */
type RecordPositions = { readonly owner: SourcePosition; readonly type: SourcePosition; readonly end: SourcePosition }

const STRIP =
  'expected it without RRSIG and NSEC records, as "ldns-read-zone -s" prints it, and its keys by "edge-gslb dnssec import"'

/** The marks of comments in other languages. */
const OTHER_COMMENT = /^(#|\/\/|\/\*|--)/

/** Reads records into a draft of the zone. */
export class Records {
  readonly errors: Finding[] = []
  readonly warnings: Finding[] = []
  readonly draft: ZoneDraft
  /** True if there was an SOA, with or without errors. */
  hasSoa = false
  private misnamed = false
  private soaText: string | undefined
  /** Types of signatures that have been reported. */
  private readonly signed = new Set<number>()
  /** The first $TTL, which is the zone's. */
  zoneTtl: DraftTtl
  private defaultTtl: DraftTtl
  private lastTtl: DraftTtl
  private readonly origin: Name
  /** The zone's name twice, which is the SOA's owner if an export leaves out its final dot. */
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

  /** Compiles scripts after all records have been read, since they may include later code. */
  finish(): void {
    for (const { position, message, isError } of this.luaRecords.compile()) {
      if (isError) this.refuse(position, message)
      else this.warn(position, message)
    }
  }

  refuse(position: SourcePosition, message: string): void {
    this.errors.push({ ...positionOf(position), message })
  }

  setDefaultTtl(seconds: number): void {
    this.zoneTtl ??= seconds
    this.defaultTtl = seconds
  }

  /** Reads an entry that is not a directive. */
  entry(entry: Entry, scope: Scope): void {
    const { tokens, blank, broken } = entry
    const first = tokens[0] as Token
    const owner = this.tokenPosition(first, scope)
    const mark = first.quoted ? undefined : OTHER_COMMENT.exec(first.text)?.[0]
    const notAComment = `"${mark}" does not begin a comment in a zone file; expected ";"`
    if (mark === first.text) return this.refuse(owner, notAComment)
    if (!blank) scope.owner = this.ownerOf(first.text, owner, scope)
    if (broken) {
      this.hasSoa ||= tokens.some((token) => token.text.toUpperCase() === 'SOA')
      return
    }
    if (scope.owner === undefined) {
      this.refuse(owner, 'the record inherits an owner, but has none before it; expected one at the start of the line')
      scope.owner = null
    }
    const last = tokens.at(-1) as Token
    const end = this.tokenPosition({ ...last, at: last.at + last.text.length + (last.quoted ? 2 : 0) }, scope)
    const head = readHead(tokens, blank ? 0 : 1, (token, message) => {
      if (mark === undefined) this.refuse(token ? this.tokenPosition(token, scope) : end, message)
      else this.refuse(owner, notAComment)
    })
    if (!head) return
    const typeToken = tokens[head.typeAt] as Token
    const positions = { owner, type: this.tokenPosition(typeToken, scope), end }
    const data = tokens.slice(head.typeAt + 1)
    for (const { at, message } of suspectStrings(head.type, data)) this.warn({ in: scope.in, at }, message)
    this.record(scope.owner ?? null, head, typeToken, data, positions, scope)
  }

  /** Adds one record of a $GENERATE. All positions in its texts are those of the templates. */
  generated(
    record: { readonly ownerText: string; readonly dataTexts: readonly string[]; readonly head: Head },
    at: { readonly owner: Token; readonly type: Token; readonly data: readonly Token[] },
    scope: Scope,
  ): void {
    const ownerPosition = this.tokenPosition(at.owner, scope)
    const starts: number[] = []
    let end = 0
    const tokens = record.dataTexts.map((text, i): Token => {
      starts.push(end)
      end += text.length + 2
      return { text, quoted: (at.data[i] as Token).quoted, at: starts[i] as number }
    })
    const inData: Located = {
      positionAt: (offset) => scope.in.positionAt((at.data[lastAtMost(starts, offset)] as Token).at),
    }
    const positions = { owner: ownerPosition, type: this.tokenPosition(at.type, scope), end: { in: inData, at: end } }
    const owner = this.ownerOf(record.ownerText, ownerPosition, scope)
    this.record(owner, record.head, at.type, tokens, positions, { ...scope, in: inData })
  }

  private tokenPosition(token: Token, scope: Scope): SourcePosition {
    return { in: scope.in, at: token.at }
  }

  /** Parses the owner. Returns null if it is not valid. */
  private ownerOf(text: string, position: SourcePosition, scope: Scope): Name | null {
    const name = parseName(text, scope.origin)
    if (name.ok) return name.value
    this.refuse(position, name.error)
    return null
  }

  private record(
    owner: Name | null,
    head: Head,
    typeToken: Token,
    data: readonly Token[],
    positions: RecordPositions,
    scope: Scope,
  ): void {
    if (head.ttl !== undefined) this.lastTtl = head.ttl
    if (isSignature(head.type)) this.refuseSigned(head.type, positions.type)
    else if (head.type === TYPE.SOA) this.soa(owner, head, data, positions, scope)
    else if (owner && !isSubdomain(owner.key, this.origin.key)) this.outside(owner, positions)
    else if (head.type === TYPE.LUA) this.lua(owner, head, typeToken, data, positions, scope)
    else {
      const rdata = this.rdata(head, data, positions, scope)
      if (!rdata || !owner) return
      const draftRecord = { ...this.dataPosition(data[0], positions, scope), answer: rdata.text }
      if (!this.draft.add(owner, head.type, this.ttlOf(head), draftRecord, positions.owner, positions.type)) {
        this.warn(positions.type, duplicate(head.type, rdata.text, owner))
      }
    }
  }

  /** Refuses signatures and proofs that somebody else made: answers by policy are signed as they are given. */
  private refuseSigned(type: number, position: SourcePosition): void {
    if (this.signed.has(type)) return
    this.signed.add(type)
    this.refuse(
      position,
      `${typeName(type)}: the file is signed already, and answers are signed as they are given; ${STRIP}`,
    )
  }

  private lua(
    owner: Name | null,
    head: Head,
    typeToken: Token,
    data: readonly Token[],
    positions: RecordPositions,
    scope: Scope,
  ): void {
    const at = (offset: number): SourcePosition => ({ in: scope.in, at: offset })
    const record = readLua(data, typeToken, this.dialect, this.luaRecords.reader)
    if (!record.ok) {
      for (const { at: offset, message } of record.error) this.refuse(at(offset), message)
      return
    }
    const { type, code, read, sourceAt } = record.value
    const codePosition = (codeAt: number): SourcePosition => at(sourceAt(codeAt))
    const folded = read?.folded
    for (const { at: offset, message } of folded?.warnings ?? []) this.warn(codePosition(offset), message)
    if (!owner) return
    if (type === TYPE.NS && owner.key !== this.origin.key) {
      const message = 'LUA delegates nothing: a delegation has to be known ahead; expected NS and the names of servers'
      return this.refuse(at((data[0] as Token).at), message)
    }
    const draftRecord = {
      ...this.dataPosition(data[1], positions, scope),
      answer: folded && answerOf(folded, codePosition),
    }
    this.luaRecords.add({ owner, code, read, codePosition, record: draftRecord })
    if (!read) return void this.draft.addOwner(owner, positions.owner)
    // Equal code is not a duplicate, since it may draw twice, unless both fold to one text.
    if (!this.draft.add(owner, type, this.ttlOf(head), draftRecord, positions.owner, at((data[0] as Token).at))) {
      this.warn(positions.type, duplicate(type, String(folded && recordText(folded.expression)), owner))
    }
  }

  private soa(owner: Name | null, head: Head, data: readonly Token[], positions: RecordPositions, scope: Scope): void {
    this.hasSoa = true
    const rdata = this.rdata(head, data, positions, scope)
    // The root's name twice is the root's name.
    if (owner && owner.key === this.twice && owner.key !== this.origin.key) {
      const zone = formatName(this.origin)
      this.warn(
        positions.owner,
        `the SOA is at ${formatName(owner)}, and is used as that of ${zone}; expected ${zone} with its final dot`,
      )
      scope.owner = this.origin
    } else if (owner && owner.key !== this.origin.key) {
      this.misnamed ||= !isSubdomain(owner.key, this.origin.key)
      const [found, zone] = [formatName(owner), formatName(this.origin)]
      const rename = `a file named ${fileNameOf(owner)}`
      return this.refuse(
        positions.owner,
        `the SOA is at ${found}, but the file's name makes the zone ${zone}; expected the SOA at ${zone}, or ${rename}`,
      )
    }
    const { soaPosition } = this.draft
    if (soaPosition) {
      // A saved zone transfer ends with the SOA that it begins with (RFC 5936 §2.2).
      if (rdata?.text === this.soaText) return
      const { file, line } = positionOf(soaPosition)
      return this.refuse(positions.type, `a second SOA; expected one alone, and there is one at ${file}:${line}`)
    }
    if (!rdata || !owner) return
    const fields = data.map((token) => this.tokenPosition(token, scope))
    const minimum = Number(rdata.text.slice(rdata.text.lastIndexOf(' ') + 1))
    // As in BIND, without a TTL before it the SOA's MINIMUM is the zone's default.
    if (this.lastTtl === undefined) this.defaultTtl ??= minimum
    this.soaText = rdata.text
    this.draft.setSoa(rdata.text, this.ttlOf(head), positions.type, data.length === 7 ? fields : [])
  }

  /**
   * Returns the TTL of the record, else the last $TTL (RFC 2308 §4), else the TTL of the record before (RFC 1035 §5.1).
   * Otherwise it returns undefined, for the SOA's MINIMUM, as the SOA may come later.
   */
  private ttlOf(head: Head): DraftTtl {
    return head.ttl ?? this.defaultTtl ?? this.lastTtl
  }

  private rdata(head: Head, data: readonly Token[], positions: RecordPositions, scope: Scope): Rdata | undefined {
    const storable = storableType(head.type)
    if (!storable.ok) {
      this.refuse(positions.type, storable.error)
      return undefined
    }
    const rdata = parseRdata(head.type, data, scope.origin)
    const tokenPosition = (field: number): SourcePosition => {
      const token = data[field]
      return token ? this.tokenPosition(token, scope) : positions.end
    }
    if (!rdata.ok) {
      this.refuse(tokenPosition(rdata.error.field), rdata.error.message)
      return undefined
    }
    const cut = cutString(head.type, data)
    if (cut) this.warn(tokenPosition(cut.field), cut.message)
    return rdata.value
  }

  private dataPosition(token: Token | undefined, positions: RecordPositions, scope: Scope): SourcePosition {
    return token ? this.tokenPosition(token, scope) : positions.type
  }

  private outside(owner: Name, positions: RecordPositions): void {
    // If the SOA is outside too, the file has the wrong name, which every record would report again.
    if (this.misnamed) return
    const zone = formatName(this.origin)
    this.refuse(
      positions.owner,
      `${formatName(owner)} is outside the zone ${zone}; expected a name that ends with ${zone}`,
    )
  }

  warn(position: SourcePosition, message: string): void {
    this.warnings.push({ ...positionOf(position), message })
  }
}

const duplicate = (type: number, text: string, owner: Name): string =>
  `${typeName(type)} ${text} is at ${formatName(owner)} already; expected each record once`
