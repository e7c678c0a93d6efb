import type { Context } from 'hono'
import type { Condition } from '../../ledger/index.ts'
import { err, ok, type Result } from '../../result.ts'

/** The forms of a zone. Each has its own entity tag (RFC 9110 §8.8.3), and a condition may be of any. */
const FORM = { document: '', 'zone file': '.zone' } as const

/** Returns the entity tag of a version in one of its forms, in its quotes. */
export const etagOf = (hash: string, form: keyof typeof FORM): string => `"${hash}${FORM[form]}"`

/**
 * Reads If-Match and If-None-Match (RFC 9110 §13.1) of a change. The tags are hashes of versions, whatever form of them
 * was read.
 * @returns an error for a header that is not valid
 */
export function conditionOf(c: Context): Result<Condition | undefined> {
  const ifMatch = tagsOf(c.req.header('if-match'), 'If-Match', 'strong')
  if (!ifMatch.ok) return ifMatch
  const ifNoneMatch = tagsOf(c.req.header('if-none-match'), 'If-None-Match', 'weak')
  if (!ifNoneMatch.ok) return ifNoneMatch
  if (ifMatch.value === undefined && ifNoneMatch.value === undefined) return ok(undefined)
  return ok({ ifMatch: hashes(ifMatch.value), ifNoneMatch: hashes(ifNoneMatch.value) })
}

/**
 * Returns true if the client has this representation already (RFC 9110 §13.1.2). A header that is not valid has no tag.
 */
export function isNotModified(c: Context, etag: string): boolean {
  const tags = tagsOf(c.req.header('if-none-match'), 'If-None-Match', 'weak')
  return tags.ok && (tags.value === '*' || (tags.value?.includes(etag.slice(1, -1)) ?? false))
}

/** RFC 9110 §8.8.3, in lists of §5.6.1. */
const LIST = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?:[ \t]*,[ \t]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")*$/
const TAG = /(W\/)?"([^"]*)"/g

/** Returns the tags of a header without their quotes. By the strong comparison a weak tag is like no other. */
function tagsOf(
  header: string | undefined,
  name: string,
  comparison: 'strong' | 'weak',
): Result<'*' | readonly string[] | undefined> {
  const text = header?.trim()
  if (text === undefined || text === '*') return ok(text)
  if (!LIST.test(text)) return err(`${name} is not valid; expected the ETag of a reply to GET with its quotes, or *`)
  const tags = [...text.matchAll(TAG)].filter(([, weak]) => comparison === 'weak' || weak === undefined)
  return ok(tags.map(([, , tag = '']) => tag))
}

const hashes = (tags: '*' | readonly string[] | undefined): Condition['ifMatch'] =>
  tags === undefined || tags === '*' ? tags : tags.map((tag) => tag.replace(/\.zone$/, ''))
