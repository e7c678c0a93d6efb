import { formatName, type Name, parseName } from '../../dns/index.ts'
import { MAX_SHOWN_CHARS, MAX_SHOWN_RECORDS } from '../../limits.ts'
import { type Expression, inside } from '../../policy/index.ts'
import type { RrsetDocument, TtlDocument, ZoneDocument } from '../../zone/index.ts'

/** An rrset of a document, as it stands there. `owner` and `type` are the keys in `records`. */
export type WrittenRrset = {
  readonly owner: string
  readonly name: string
  readonly type: string
  readonly ttl: TtlDocument
  readonly answer: Expression
}

/** An rrset as a list shows it. `policy` is the kind of what chooses among the records; null if nothing does. */
export type ListedRrset = {
  readonly name: string
  readonly type: string
  readonly ttl: TtlDocument
  readonly policy: string | null
  readonly data: readonly string[]
  /** The records, or the characters, that are left out. */
  readonly more?: number
  readonly comments?: readonly string[]
}

export type RrsetQuery = {
  /** Words that are all in the name, the type or the data, in any letter case. */
  readonly words: readonly string[]
  readonly name?: Name | undefined
  readonly type?: string | undefined
  readonly isSteered?: boolean | undefined
}

/** Finds rrsets: the apex first, then by name and by type. */
export function findRrsets(document: ZoneDocument, origin: Name, query: RrsetQuery): readonly WrittenRrset[] {
  const found = rrsetsOf(document, origin).filter((rrset) => isWanted(rrset, query))
  const apex = formatName(origin.key)
  const rank = ({ name }: WrittenRrset): string => (name === apex ? '' : name)
  return found.sort((a, b) => compareTexts(rank(a), rank(b)) || compareTexts(a.type, b.type))
}

/** Shows an rrset in a list, with the comments that PowerDNS's API keeps. */
export function listed(rrset: WrittenRrset, { api }: ZoneDocument): ListedRrset {
  const { owner, name, type, ttl, answer } = rrset
  const comments = api?.rrsets?.[owner]?.[type]?.comments?.map(({ content }) => content) ?? []
  const fixed = fixedRecords(answer)
  const told = comments.length > 0 ? { comments } : {}
  if (fixed) {
    const data = fixed.slice(0, MAX_SHOWN_RECORDS).map(short)
    const more = fixed.length - data.length
    return { name, type, ttl, policy: null, data, ...(more > 0 && { more }), ...told }
  }
  const policy = kindOf(answer)
  if (typeof answer === 'object' && 'kind' in answer && answer.kind === 'lua') {
    return { name, type, ttl, policy, data: [short(answer.code)], ...told }
  }
  const ends = endsOf(answer)
  const data = ends.slice(0, MAX_SHOWN_RECORDS).map(short)
  const more = ends.length - data.length
  return { name, type, ttl, policy, data, ...(more > 0 && { more }), ...told }
}

/** Returns the records that a policy may choose, each once. */
function endsOf(answer: Expression): readonly string[] {
  const ends = new Set<string>()
  const add = (one: Expression): void => {
    if (typeof one === 'string') ends.add(one)
    else for (const [inner] of inside(one)) add(inner)
  }
  add(answer)
  return [...ends]
}

function rrsetsOf(document: ZoneDocument, origin: Name): WrittenRrset[] {
  const { soa, records } = document
  const { mname, rname, serial, refresh, retry, expire, minimum, ttl = document.ttl } = soa
  const answer = [mname, rname, serial, refresh, retry, expire, minimum].join(' ')
  const rrsets: WrittenRrset[] = [{ owner: '@', name: formatName(origin.key), type: 'SOA', ttl, answer }]
  for (const owner in records) {
    const parsed = parseName(owner, origin)
    const name = parsed.ok ? formatName(parsed.value.key) : owner
    const types = records[owner] ?? {}
    for (const type in types) {
      rrsets.push({ owner, name, type, ...withTtl(types[type] as RrsetDocument, document.ttl) })
    }
  }
  return rrsets
}

function withTtl(rrset: RrsetDocument, ttl: number): { readonly ttl: TtlDocument; readonly answer: Expression } {
  if (typeof rrset === 'string' || Array.isArray(rrset) || !('answer' in rrset)) {
    return { ttl, answer: rrset as Expression }
  }
  return { ttl: rrset.ttl ?? ttl, answer: rrset.answer }
}

function isWanted(rrset: WrittenRrset, { words, name, type, isSteered }: RrsetQuery): boolean {
  if (type !== undefined && rrset.type.toUpperCase() !== type) return false
  if (name && rrset.name !== formatName(name.key)) return false
  const fixed = isSteered === undefined ? undefined : fixedRecords(rrset.answer)
  if (isSteered !== undefined && isSteered === (fixed !== undefined)) return false
  if (words.length === 0) return true
  const text = `${rrset.name} ${rrset.type} ${policyText(rrset.answer)}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

/** Returns the records of an answer that nothing chooses; undefined for a policy. */
function fixedRecords(answer: Expression): readonly string[] | undefined {
  if (typeof answer === 'string') return [answer]
  if (!Array.isArray(answer)) return undefined
  const records: string[] = []
  for (const one of answer as readonly Expression[]) {
    const inner = fixedRecords(one)
    if (!inner) return undefined
    records.push(...inner)
  }
  return records
}

function kindOf(answer: Expression): string {
  if (typeof answer === 'string') return 'records'
  return 'kind' in answer ? answer.kind : 'all'
}

/** Returns the text of an answer: the code of a Lua record, the records, or the policy as JSON. */
function policyText(answer: Expression): string {
  if (typeof answer === 'string') return answer
  if ('kind' in answer && answer.kind === 'lua') return answer.code
  return fixedRecords(answer)?.join(' ') ?? JSON.stringify(answer)
}

const short = (text: string): string =>
  text.length <= MAX_SHOWN_CHARS ? text : `${text.slice(0, MAX_SHOWN_CHARS).toWellFormed()} …`

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
