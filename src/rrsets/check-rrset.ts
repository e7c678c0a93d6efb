import { formatName, type Name, storableType, TYPE } from '../dns/index.ts'
import { MAX_API_RECORDS } from '../limits.ts'
import { ok, type Result } from '../result.ts'
import type { ApiRecordDocument } from '../zone/index.ts'
import { readContent } from './content.ts'
import { type HeldRecord, writtenRecord } from './held.ts'
import { readLuaContent } from './lua-content.ts'
import { clipped, unprocessableAll } from './refusal.ts'
import type { Refusal } from './types.ts'
import { typeOf, type ZoneView } from './zone-view.ts'

/**
 * Checks the records that a client gives an rrset, and reads their content. Code is compiled later, when all of a
 * request has been read.
 * @param held the records that are there: these are right as they are
 */
export function checkRecords(
  zone: ZoneView,
  name: Name,
  typeText: string,
  records: readonly ApiRecordDocument[],
  held: readonly HeldRecord[],
): Result<readonly HeldRecord[], Refusal> {
  const type = typeOf(typeText)
  const misplaced = whyMisplaced(zone, name, type)
  const errors = misplaced === undefined ? [] : [`RRset ${formatName(name)} IN ${typeText}: ${misplaced}`]
  const tooMany = whyTooMany(name, typeText, records.length)
  if (tooMany !== undefined) errors.push(tooMany)
  const known = new Map(held.map((record) => [record.content, record]))
  const seen = new Set<string>()
  const read: HeldRecord[] = []
  for (const record of records) {
    const one = misplaced === undefined ? readRecord(zone, name, type, record, known) : ok(writtenRecord(record))
    if (!one.ok) errors.push(`Record ${formatName(name)}/${typeText} '${clipped(record.content)}': ${one.error}`)
    else {
      const text = one.value.canonical ?? record.content
      if (seen.has(text)) {
        errors.push(
          `Record ${formatName(name)}/${typeText}: duplicate record with content "${clipped(record.content)}"`,
        )
      }
      seen.add(text)
      read.push(one.value)
    }
    if (errors.length >= MAX_ERRORS) break
  }
  const [first, ...others] = errors
  return first === undefined ? ok(read) : unprocessableAll([first, ...others])
}

/** Returns why an rrset cannot have so many records. */
export function whyTooMany(name: Name, type: string, records: number): string | undefined {
  if (records > 1 && ALONE.has(typeOf(type))) {
    return `RRset ${formatName(name)} IN ${type} has more than one record: only one such record allowed`
  }
  if (records <= MAX_API_RECORDS) return undefined
  return `RRset ${formatName(name)} IN ${type} has ${records} records; expected at most ${MAX_API_RECORDS}`
}

/** Errors of an rrset that are listed. */
const MAX_ERRORS = 20

/** The types with one record in an rrset. */
const ALONE: ReadonlySet<number> = new Set([TYPE.CNAME, TYPE.DNAME, TYPE.SOA, TYPE.ALIAS])

function readRecord(
  zone: ZoneView,
  name: Name,
  type: number,
  record: ApiRecordDocument,
  known: ReadonlyMap<string, HeldRecord>,
): Result<HeldRecord> {
  const { content } = record
  const before = known.get(content)
  if (type === TYPE.LUA) {
    if (before) return ok({ ...writtenRecord(record), inner: before.inner })
    const lua = readLuaContent(content)
    if (!lua.ok) return lua
    if (lua.value.type === TYPE.NS && name.key !== zone.origin.key) {
      return { ok: false, error: 'LUA delegates nothing; expected NS and the names of servers' }
    }
    return ok({ ...writtenRecord(record), inner: lua.value.inner })
  }
  if (before) return ok({ ...writtenRecord(record), canonical: zone.canonical(type, content) })
  const canonical = readContent(type, content)
  return canonical.ok ? ok({ ...writtenRecord(record), canonical: canonical.value }) : canonical
}

function whyMisplaced(zone: ZoneView, name: Name, type: number): string | undefined {
  const isApex = name.key === zone.origin.key
  if (type === TYPE.LUA) return undefined
  if (type === TYPE.DS && isApex) return 'DS is not allowed at the apex of a zone'
  if ((type === TYPE.SOA || type === TYPE.DNSKEY) && !isApex) return 'only allowed at the apex of a zone'
  const storable = storableType(type)
  return storable.ok ? undefined : storable.error
}
