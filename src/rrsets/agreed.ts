import { formatRelative, isSubdomain, type Name, parseName, storableType, TYPE, typeName } from '../dns/index.ts'
import { parseCode } from '../lua/index.ts'
import type { Expression } from '../policy/index.ts'
import type {
  ApiOwnerDocument,
  ApiRecordDocument,
  ApiRrsetDocument,
  OwnerDocument,
  ZoneDocument,
} from '../zone/index.ts'
import { LuaCodes } from './lua-codes.ts'
import { codeOf, innerTypeOf } from './lua-content.ts'
import { isSame } from './same.ts'
import { lowerCase, partsOf, secondsOf, typeOf, ZoneView } from './zone-view.ts'

/**
 * Returns a document from outside without the parts of `api.rrsets` that do not say what its records say, as after a
 * person edited them. Comments stay, but at names outside the zone, and at types that no zone has. A document that
 * agrees is returned as it is.
 * @param document one that compiles
 */
export function agreed(document: ZoneDocument): ZoneDocument {
  if (!document.api?.rrsets) return document
  // Code that others include comes first, since theirs is compiled with it.
  const withHelpers = filtered(document, new HelperJudge(new ZoneView(document)))
  return filtered(withHelpers, new AnswerJudge(new ZoneView(withHelpers)))
}

/** Decides which records of an rrset that the API keeps agree with the zone. */
interface Judge {
  agreeing(place: Place, type: string, entry: ApiRrsetDocument): readonly ApiRecordDocument[]
}

/** A name, its key in `records`, and the TTL that the API keeps of its LUA records. */
type Place = { readonly owner: string; readonly name: Name; readonly luaTtl: number | undefined }

function filtered(document: ZoneDocument, judge: Judge): ZoneDocument {
  const zone = new ZoneView(document)
  const owners = Object.entries(document.api?.rrsets ?? {})
  let isChanged = false
  const kept = new Map<string, ApiOwnerDocument>()
  for (const [ownerText, entries] of owners) {
    const name = parseName(ownerText, zone.origin)
    const isInside = name.ok && isSubdomain(lowerCase(name.value).key, zone.origin.key)
    const owner = isInside ? ownerFor(zone, lowerCase(name.value)) : undefined
    const left =
      isInside && owner !== undefined ? filteredOwner(owner, lowerCase(name.value), entries, judge) : undefined
    isChanged ||= left !== entries || owner !== ownerText
    if (left && owner !== undefined && !kept.has(owner)) kept.set(owner, left)
  }
  if (!isChanged) return document
  const { api: { rrsets: _, ...settings } = {}, ...rest } = document
  const rrsets = kept.size > 0 ? { rrsets: Object.fromEntries(kept) } : {}
  const api = { ...settings, ...rrsets }
  return Object.keys(api).length > 0 ? { ...rest, api } : rest
}

/** Returns the key of a name in `records`, or its usual one where it has none. */
function ownerFor(zone: ZoneView, name: Name): string {
  const owner = zone.ownerOf(name)
  return zone.typesAt(owner) ? owner : formatRelative(name, zone.origin)
}

function filteredOwner(
  owner: string,
  name: Name,
  entries: ApiOwnerDocument,
  judge: Judge,
): ApiOwnerDocument | undefined {
  let isChanged = false
  const left: [string, ApiRrsetDocument][] = []
  for (const [typeText, entry] of Object.entries(entries)) {
    const type = typeName(typeOf(typeText))
    if (!isShown(typeOf(typeText))) {
      isChanged = true
      continue
    }
    const records = entry.records && judge.agreeing({ owner, name, luaTtl: entries.LUA?.ttl }, type, entry)
    const isWhole = records === entry.records && type === typeText
    isChanged ||= !isWhole
    const { ttl, comments = [] } = entry
    if (isWhole) left.push([type, entry])
    else if (records && records.length > 0)
      left.push([type, { ttl, records, ...(comments.length > 0 && { comments }) }])
    else if (comments.length > 0) left.push([type, { comments }])
  }
  if (!isChanged) return entries
  return left.length > 0 ? Object.fromEntries(left) : undefined
}

const LUA = typeName(TYPE.LUA)

/** True for the type of an rrset that a client could write. */
const isShown = (type: number): boolean => type === TYPE.LUA || storableType(type).ok

/** Drops code that others include if the zone includes other code by that name. */
class HelperJudge implements Judge {
  private readonly zone: ZoneView

  constructor(zone: ZoneView) {
    this.zone = zone
  }

  agreeing({ owner, name }: Place, type: string, { records = [] }: ApiRrsetDocument) {
    if (type !== LUA) return records
    const enabled = records.filter(({ disabled }) => disabled !== true)
    const helpers = enabled.filter(({ content }) => innerTypeOf(content) === LUA)
    if (helpers.length === 0) return records
    const scripts = this.zone.scriptsAt(name)
    const included = new Set(scripts?.map(({ code }) => code))
    const isThere = this.zone.typesAt(owner) !== undefined
    // Code that no script includes is nowhere else.
    const isSaid = isThere && (!scripts || includable(enabled).every((record) => included.has(codeOf(record.content))))
    return isSaid ? records : records.filter((record) => !helpers.includes(record))
  }
}

/**
 * Returns the records whose only use is to be included. What is not Lua ends them, as PowerDNS includes nothing behind
 * it.
 */
function includable(records: readonly ApiRecordDocument[]): readonly ApiRecordDocument[] {
  const codes = records.map(({ content }) => codeOf(content))
  const broken = codes.findIndex((code) => code.trim() !== '' && !parseCode(code, 'included').ok)
  const whole = broken < 0 ? records : records.slice(0, broken)
  return whole.filter(({ content }, i) => innerTypeOf(content) === LUA && codes[i]?.trim() !== '')
}

/** Drops records that do not give the answers of the zone. */
class AnswerJudge implements Judge {
  private readonly zone: ZoneView
  private readonly codes: LuaCodes

  constructor(zone: ZoneView) {
    this.zone = zone
    this.codes = new LuaCodes(zone, new Map())
  }

  agreeing({ owner, name, luaTtl }: Place, type: string, entry: ApiRrsetDocument) {
    const { records = [] } = entry
    const types = this.zone.typesAt(owner) ?? {}
    if (type === 'SOA') return []
    if (type !== LUA) return this.isTold(luaTtl, types, type, entry) ? records : []
    const inners = new Set(records.map(({ content }) => innerTypeOf(content)))
    const wrong = new Set([...inners].filter((inner) => inner !== LUA && !this.isGiven(types, name, inner, entry)))
    return wrong.size === 0 ? records : records.filter(({ content }) => !wrong.has(innerTypeOf(content)))
  }

  /** True if the static records of a type are those of an rrset. */
  private isTold(
    luaTtl: number | undefined,
    types: OwnerDocument,
    type: string,
    { ttl = 0, records = [] }: ApiRrsetDocument,
  ): boolean {
    const { texts, seconds } = this.rrsetOf(types, type)
    const number = typeOf(type)
    const wanted = records.flatMap(({ content, disabled }) => (disabled ? [] : [this.zone.canonical(number, content)]))
    if (!isSame(texts.map((text) => this.zone.canonical(number, text)).sort(), wanted.sort())) return false
    if (wanted.length === 0) return true
    // The least TTL counts, which may be that of code beside them.
    return seconds === ttl || (seconds < ttl && luaTtl === seconds)
  }

  /** True if the code for a type gives its answer. */
  private isGiven(
    types: OwnerDocument,
    name: Name,
    inner: string,
    { ttl = 0, records = [] }: ApiRrsetDocument,
  ): boolean {
    const { codes, seconds } = this.rrsetOf(types, inner)
    const isShared = Object.keys(types).length > 1 || name.key === this.zone.origin.key
    const made: Expression[] = []
    const enabled = records.filter(({ content, disabled }) => disabled !== true && innerTypeOf(content) === inner)
    for (const { content } of enabled) {
      const answer = this.codes.record(content, name, isShared || enabled.length > 1)
      if (!answer.ok) return false
      if (Array.isArray(answer.value)) made.push(...(answer.value as readonly Expression[]))
      else made.push(answer.value)
    }
    const answers = codes.filter((code) => !Array.isArray(code) || code.length > 0)
    if (!isSame(answers, made)) return false
    return enabled.length === 0 || (Object.hasOwn(types, inner) && seconds <= ttl)
  }

  private rrsetOf(types: OwnerDocument, type: string) {
    const found = Object.entries(types).find(([text]) => typeName(typeOf(text)) === type)
    if (!found) return { texts: [], codes: [], seconds: 0 }
    const { texts, codes, ttl } = partsOf(found[1])
    return { texts, codes, seconds: secondsOf(ttl, this.zone.document) }
  }
}
