import { err, ok, type Result } from '../result.ts'

/** The condition of a change: any state, or one of the states with these tags (RFC 9110 §13.1.1). */
type IfMatch = '*' | readonly string[]

/** RFC 9110 §8.8.3. */
const LIST = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?:[ \t]*,[ \t]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")*$/
const TAG = /(?:W\/)?"[^"]*"/g

/** @param header undefined where there is none, and so no condition */
export function parseIfMatch(header: string | undefined): Result<IfMatch | undefined> {
  const text = header?.trim()
  if (text === undefined || text === '*') return ok(text)
  if (!LIST.test(text)) return err('If-Match is not valid; expected the ETag of a reply to GET with its quotes, or *')
  return ok(text.match(TAG) ?? [])
}

/** By the strong comparison: a weak tag is like no other. */
export const isMatch = (expected: IfMatch | undefined, etag: string): boolean =>
  expected === undefined || expected === '*' || expected.includes(etag)
