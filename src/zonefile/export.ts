import {
  formatName,
  formatRelative,
  masterFileRecord,
  type Name,
  PORTABLE,
  parseName,
  parseRdataText,
  parseType,
  TYPE,
  typeName,
} from '../dns/index.ts'
import { octetsIn, printLua } from '../lua/index.ts'
import type { Expression } from '../policy/index.ts'
import { ok, type Result } from '../result.ts'
import type { RrsetDocument, ZoneDocument } from '../zone/index.ts'
import { inOrder, type Slot } from './export-included.ts'
import { spelledOut } from './export-spelled.ts'
import { luaType } from './lua-record.ts'

/** A zone as a master file, and the list of what the file lacks, each with owner, type and reason. */
type ExportedZone = { readonly text: string; readonly lost: readonly string[] }

/**
 * Exports a zone document as a master file (RFC 1035 §5) that compiles to a zone with the same answers: static records
 * as text, choices as PowerDNS LUA records. A record that a master file cannot contain becomes a comment.
 * @param document a document that compiles
 */
export function exportZone(document: ZoneDocument): ExportedZone {
  const origin = must(parseName(document.origin.endsWith('.') ? document.origin : `${document.origin}.`))
  const { mname, rname, serial, refresh, retry, expire, minimum, ttl } = document.soa
  const soa = plain(TYPE.SOA, [mname, rname, serial, refresh, retry, expire, minimum].join(' '), origin)
  const comments: string[] = []
  const lines: Line[] = [{ owner: '@', ttl, ...soa }]
  const lost = Object.keys(document)
    .filter((field) => !FIELDS.includes(field))
    .map(
      (field) =>
        `the field "${field}" ${NO_PLACE[field] ?? 'has no place in a zone file; expected the zone without it'}`,
    )
  const included = new Map(
    Object.entries(document.scripts ?? {}).map(([owner, scripts]) => [must(parseName(owner, origin)).key, scripts]),
  )
  for (const [ownerText, types] of numbersLast(Object.entries(document.records))) {
    const name = must(parseName(ownerText, origin))
    const owner = formatRelative(name, origin, PORTABLE)
    const rrsets: Slot[][] = Object.entries(types).map(([type, rrset]) =>
      slotsOf(must(parseType(type)), rrset, origin, document),
    )
    const scripts = included.get(name.key)
    if (rrsets.length === 0 && (scripts ?? []).length === 0) lines.push(nothingAt(owner))
    const before = lines.length
    for (const { type, ttl, answer } of inOrder(rrsets, scripts)) {
      const line = exportSlot(type, ttl, answer, origin)
      const isBelow = type === TYPE.NS && name.key !== origin.key && line.ok && line.value.type === 'LUA'
      const why = isBelow ? 'LUA delegates nothing; expected the names of servers' : line.ok ? undefined : line.error
      if (why === undefined && line.ok) lines.push({ owner, ...line.value })
      else {
        lost.push(`${formatName(name)} ${typeName(type)}: ${why}`)
        comments.push(`; ${owner} ${typeName(type)}: ${why}\n; ${JSON.stringify(answer)}\n`)
      }
    }
    // The name must still exist, because it hides a wildcard.
    if (lines.length === before && rrsets.some((slots) => slots.length > 0)) lines.push(nothingAt(owner))
  }
  const text = `$ORIGIN ${formatName(origin, PORTABLE)}\n$TTL ${document.ttl}\n${aligned(lines)}${comments.join('')}`
  return { text, lost }
}

/** Makes a name exist without data, by LUA code that no script includes and that does nothing. */
const nothingAt = (owner: string): Line => ({ owner, ttl: undefined, type: 'LUA', data: 'LUA ""' })

/** Moves numeric names behind others: an object has them first, but a zone file starts with its origin. */
function numbersLast<T>(entries: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  const isNumber = ([key]: readonly [string, T]): boolean => /^(0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1
  return [...entries.filter((entry) => !isNumber(entry)), ...entries.filter(isNumber)]
}

/**
 * The fields that can be exported: checks and maps go into records; a schema and what PowerDNS's API keeps answer
 * nothing.
 */
const FIELDS = ['$schema', 'origin', 'ttl', 'soa', 'records', 'scripts', 'checks', 'maps', 'api']

const BESIDE =
  'expected it in the settings beside the file, which export --output writes, or the document as JSON (--json)'

const NO_PLACE: Readonly<Record<string, string>> = {
  access: `has no place in a zone file, which would be for everybody; ${BESIDE}`,
  clientSubnet: `has no place in a zone file; ${BESIDE}`,
  guard: `has no place in a zone file, which would have no guard; ${BESIDE}`,
  health: `has no place in a zone file, whose stale states are kept after 15 minutes, and whose health no name tells; ${BESIDE}`,
  notify: `has no place in a zone file, by which nobody would be told of changes; ${BESIDE}`,
}

type Line = { readonly owner: string; readonly ttl: number | undefined; readonly type: string; readonly data: string }

function slotsOf(type: number, rrset: RrsetDocument, origin: Name, document: ZoneDocument): Slot[] {
  const withTtl = typeof rrset === 'object' && 'answer' in rrset
  const ttl = withTtl ? rrset.ttl : undefined
  const answer = spelledOut(withTtl ? rrset.answer : rrset, document)
  return recordsOf(answer, type, origin).map((answer) => ({ type, ttl, answer }))
}

function exportSlot(type: number, ttl: Slot['ttl'], answer: Expression, origin: Name): Result<Omit<Line, 'owner'>> {
  const line = exportAnswer(type, answer, origin)
  // The first of the two numbers is the minimum of a TTL that follows health.
  return line.ok ? ok({ ttl: typeof ttl === 'object' ? ttl[0] : ttl, ...line.value }) : line
}

/**
 * Returns the records of a list. A list of several different records is one record for each element; another list needs
 * one LUA record.
 */
function recordsOf(answer: Expression, type: number, origin: Name): readonly Expression[] {
  if (!Array.isArray(answer)) return [answer]
  const list: readonly Expression[] = answer
  const texts = list.filter((inner) => typeof inner === 'string').map((text) => canonical(type, text, origin))
  const isSet = new Set(texts).size === texts.length
  if (list.length > 1 && isSet) return list
  if (exportAnswer(type, list, origin).ok) return [list]
  return [
    ...new Map(
      list.map((inner) => [typeof inner === 'string' ? canonical(type, inner, origin) : inner, inner]),
    ).values(),
  ]
}

function exportAnswer(type: number, answer: Expression, origin: Name): Result<{ type: string; data: string }> {
  if (typeof answer === 'string') return ok(plain(type, answer, origin))
  const inner = luaType(type)
  if (!inner.ok) return inner
  const code = printLua(answer, type, (text) => canonical(type, text, origin))
  return code.ok ? ok({ type: 'LUA', data: `${typeName(type)} ${inStrings(code.value)}` }) : code
}

const plain = (type: number, text: string, origin: Name) =>
  masterFileRecord(type, must(parseRdataText(type, text, origin)))

const canonical = (type: number, text: string, origin: Name): string => must(parseRdataText(type, text, origin)).text

/** Formats code as strings of at most 255 octets, their limit on the wire, each on a separate line. */
function inStrings(pieces: readonly string[]): string {
  const strings: string[] = []
  let string = ''
  let octets = 0
  for (const piece of pieces) {
    const more = octetsIn(piece)
    if (octets + more > 255) {
      strings.push(string)
      string = ''
      octets = 0
    }
    string += piece
    octets += more
  }
  strings.push(string)
  const quoted = strings.map((text) => `"${text}"`)
  return quoted.length === 1 ? (quoted[0] as string) : `( ${quoted.join(`\n${INDENT}`)} )`
}

const INDENT = ' '.repeat(8)

function aligned(lines: readonly Line[]): string {
  let owners = 0
  let ttls = 0
  for (const { owner, ttl } of lines) {
    owners = Math.max(owners, Math.min(32, owner.length))
    ttls = Math.max(ttls, String(ttl ?? '').length)
  }
  const column = ttls === 0 ? 0 : ttls + 1
  return lines
    .map(
      ({ owner, ttl, type, data }) => `${owner.padEnd(owners)} ${String(ttl ?? '').padEnd(column)}IN ${type} ${data}\n`,
    )
    .join('')
}

/** Returns a value that cannot be an error, since the document compiles. */
function must<T>(result: Result<T, unknown>): T {
  if (result.ok) return result.value
  throw new Error(`a document that compiles has ${JSON.stringify(result.error)}`)
}
