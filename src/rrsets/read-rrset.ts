import { parseType, TYPE, typeName } from '../dns/index.ts'
import {
  MAX_API_COMMENT_CHARS,
  MAX_API_COMMENTS,
  MAX_API_CONTENT_CHARS,
  MAX_API_RECORDS,
  MAX_API_SETTING_CHARS,
  MAX_TTL,
} from '../limits.ts'
import { ok, type Result } from '../result.ts'
import type { ApiRecordDocument } from '../zone/index.ts'
import { type Fields, fieldsOf, number, optionalFlag, optionalList, optionalNumber, textOf } from './json-fields.ts'
import { clipped, unprocessable } from './refusal.ts'
import type { NewComment, Refusal } from './types.ts'

/** The largest time that a client may give, in seconds: all whole numbers up to it are exact. */
const MAX_TIME = Number.MAX_SAFE_INTEGER

/** Reads the type of an rrset. @param name the name in messages */
export function readType(name: string, text: string): Result<string, Refusal> {
  const type = parseType(text)
  if (type.ok && type.value !== 0) return ok(typeName(type.value))
  return unprocessable(`RRset ${clipped(name)} IN ${clipped(text)}: unknown type given`)
}

/** Reads `records`; undefined without them. */
export function readRecords(fields: Fields): Result<readonly ApiRecordDocument[] | undefined, Refusal> {
  const list = optionalList(fields, 'records')
  if (!list.ok || list.value === undefined) return list.ok ? ok(undefined) : list
  if (list.value.length > MAX_API_RECORDS) {
    return unprocessable(`an RRset has ${list.value.length} records; expected at most ${MAX_API_RECORDS}`)
  }
  const records: ApiRecordDocument[] = []
  for (const item of list.value) {
    const record = readRecord(fieldsOf(item))
    if (!record.ok) return record
    records.push(record.value)
  }
  return ok(records)
}

function readRecord(fields: Fields): Result<ApiRecordDocument, Refusal> {
  const content = textOf(fields, 'content')
  if (!content.ok) {
    const hasPriority = fields.priority !== undefined && fields.priority !== null
    return hasPriority ? unprocessable('`priority` element is not allowed in record') : content
  }
  if (content.value.length > MAX_API_CONTENT_CHARS) {
    const most = `expected at most ${MAX_API_CONTENT_CHARS}`
    return unprocessable(`the content of a record has ${content.value.length} characters; ${most}`)
  }
  const disabled = optionalFlag(fields, 'disabled')
  if (!disabled.ok) return disabled
  const modified = optionalNumber(fields, 'modified_at', MAX_TIME)
  if (!modified.ok) return modified
  return ok({
    content: content.value,
    ...(disabled.value === true && { disabled: true }),
    ...(modified.value !== undefined && { modified_at: modified.value }),
  })
}

/** Reads `comments`, as `readRecords`. */
export function readComments(fields: Fields): Result<readonly NewComment[] | undefined, Refusal> {
  const list = optionalList(fields, 'comments')
  if (!list.ok || list.value === undefined) return list.ok ? ok(undefined) : list
  if (list.value.length > MAX_API_COMMENTS) {
    return unprocessable(`an RRset has ${list.value.length} comments; expected at most ${MAX_API_COMMENTS}`)
  }
  const comments: NewComment[] = []
  for (const item of list.value) {
    const comment = readComment(fieldsOf(item))
    if (!comment.ok) return comment
    comments.push(comment.value)
  }
  return ok(comments)
}

function readComment(fields: Fields): Result<NewComment, Refusal> {
  const content = textOf(fields, 'content')
  if (!content.ok) return content
  const account = textOf(fields, 'account')
  if (!account.ok) return account
  const modified = optionalNumber(fields, 'modified_at', MAX_TIME)
  if (!modified.ok) return modified
  if (content.value.length > MAX_API_COMMENT_CHARS || account.value.length > MAX_API_SETTING_CHARS) {
    const most = `${MAX_API_COMMENT_CHARS} characters, and ${MAX_API_SETTING_CHARS} in the account`
    return unprocessable(`a comment is too long; expected at most ${most}`)
  }
  return ok({ account: account.value, content: content.value, modified_at: modified.value })
}

/** Reads the TTL, which goes with records. Undefined without records. */
export function readTtl(
  fields: Fields,
  records: readonly ApiRecordDocument[] | undefined,
): Result<number | undefined, Refusal> {
  if (records === undefined || records.length === 0) return ok(undefined)
  return number(fields, 'ttl', MAX_TTL)
}

/** True for the type that is a field of a document, and no rrset of it. */
export const isSoa = (type: string): boolean => type === typeName(TYPE.SOA)
