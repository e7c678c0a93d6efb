import { formatName } from '../dns/index.ts'
import { MAX_API_CHANGES, MAX_TTL } from '../limits.ts'
import { ok, type Result } from '../result.ts'
import { type Fields, fieldsOf, listOf, optionalFlag, optionalNumber, textOf } from './json-fields.ts'
import { canonicalName } from './name.ts'
import { readComments, readRecords, readTtl, readType } from './read-rrset.ts'
import { clipped, unprocessable } from './refusal.ts'
import type { Refusal, RrsetChange } from './types.ts'

/**
 * Reads the body of a PATCH of a zone, already parsed as JSON. It takes what PowerDNS's clients send: members that
 * nobody knows, `null`, numbers as text. It refuses what can be seen to be wrong without the zone.
 */
export function parsePatch(body: unknown): Result<readonly RrsetChange[], Refusal> {
  const rrsets = listOf(fieldsOf(body), 'rrsets')
  if (!rrsets) return unprocessable('No rrsets given in update request')
  if (rrsets.length > MAX_API_CHANGES) {
    return unprocessable(`the request has ${rrsets.length} rrsets; expected at most ${MAX_API_CHANGES}`)
  }
  const changes: RrsetChange[] = []
  const seen = new Set<string>()
  for (const item of rrsets) {
    const change = readChange(fieldsOf(item))
    if (!change.ok) return change
    const { name, type, changetype } = change.value
    if (changetype === 'REPLACE' || changetype === 'DELETE') {
      const key = `${changetype} ${type} ${name.key}`
      if (seen.has(key)) {
        return unprocessable(`Duplicate RRset ${formatName(name)} IN ${type} with changetype: ${changetype}`)
      }
      seen.add(key)
    }
    changes.push(change.value)
  }
  return ok(changes)
}

function readChange(fields: Fields): Result<RrsetChange, Refusal> {
  const subject = readSubject(fields)
  if (!subject.ok) return subject
  const kind = textOf(fields, 'changetype')
  if (!kind.ok) return kind
  const rrset = subject.value
  const changetype = kind.value.toUpperCase()
  switch (changetype) {
    case 'REPLACE':
      return readReplace(fields, rrset)
    case 'DELETE':
      return ok({ ...rrset, changetype })
    case 'EXTEND':
    case 'PRUNE':
      return readOneRecord(fields, rrset, changetype)
    default: {
      const known = 'expected REPLACE, DELETE, EXTEND or PRUNE'
      return unprocessable(`Changetype '${clipped(kind.value)}' is not a valid value; ${known}`)
    }
  }
}

type Subject = Pick<RrsetChange, 'name' | 'type'>

/** Reads the name and the type of an rrset. */
export function readSubject(fields: Fields): Result<Subject, Refusal> {
  const nameText = textOf(fields, 'name')
  if (!nameText.ok) return nameText
  const name = canonicalName(nameText.value)
  if (!name.ok) return name
  const typeText = textOf(fields, 'type')
  if (!typeText.ok) return typeText
  const type = readType(nameText.value, typeText.value)
  return type.ok ? ok({ name: name.value, type: type.value }) : type
}

/** Reads the new records and comments of an rrset that replaces another. */
export function readReplace(fields: Fields, rrset: Subject): Result<RrsetChange, Refusal> {
  const records = readRecords(fields)
  if (!records.ok) return records
  const comments = readComments(fields)
  if (!comments.ok) return comments
  if (!records.value && !comments.value) {
    return unprocessable(`No change for RRset ${formatName(rrset.name)} IN ${rrset.type}`)
  }
  const ttl = readTtl(fields, records.value)
  if (!ttl.ok) return ttl
  return ok({ ...rrset, changetype: 'REPLACE', ttl: ttl.value, records: records.value, comments: comments.value })
}

function readOneRecord(fields: Fields, rrset: Subject, changetype: 'EXTEND' | 'PRUNE'): Result<RrsetChange, Refusal> {
  const records = readRecords(fields)
  if (!records.ok) return records
  const [record, second] = records.value ?? []
  if (!record || second) {
    const where = `RRset ${formatName(rrset.name)} IN ${rrset.type}`
    return unprocessable(`${where}: ${changetype} takes exactly one record; found ${records.value?.length ?? 0}`)
  }
  const ttl = optionalNumber(fields, 'ttl', MAX_TTL)
  if (!ttl.ok) return ttl
  const writeUnchanged = optionalFlag(fields, 'write_unchanged')
  if (!writeUnchanged.ok) return writeUnchanged
  return ok({ ...rrset, changetype, ttl: ttl.value, record, writeUnchanged: writeUnchanged.value === true })
}
