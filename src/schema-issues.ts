import type * as v from 'valibot'
import { meant } from './did-you-mean.ts'
import { receivedText } from './schema.ts'

/** An error in a document and its path: `message` gives the fact and what was expected. */
type Issue = { readonly path: readonly (string | number)[]; readonly message: string }

/** Returns the schema library's errors in plain words, each mistake once. */
export const issuesOf = (issues: readonly v.BaseIssue<unknown>[]): Issue[] =>
  distinct(withoutEchoes(issues).map(toIssue))

/** Several rules can refuse one value with the same words: 0.5 is not a whole number, and not one from 1 on. */
const distinct = (issues: readonly Issue[]): Issue[] => [
  ...new Map(issues.map((issue) => [`${issue.path.join('\0')}\0${issue.message}`, issue])).values(),
]

const pathOf = (issue: v.BaseIssue<unknown>): Issue['path'] =>
  (issue.path ?? []).map((item) => item.key as string | number)

/** A field that is mistyped is unknown, and the one that was meant is missing: that is one mistake. */
function withoutEchoes(issues: readonly v.BaseIssue<unknown>[]): readonly v.BaseIssue<unknown>[] {
  const unknown = new Map<unknown, string[]>()
  for (const { expected, path } of issues) {
    const item = path?.at(-1)
    if (expected !== 'never' || !item) continue
    const fields = unknown.get(item.input)
    if (fields) fields.push(String(item.key))
    else unknown.set(item.input, [String(item.key)])
  }
  return issues.filter(({ received, path }) => {
    const item = path?.at(-1)
    if (received !== 'undefined' || !item) return true
    const mistyped = unknown.get(item.input)?.slice(0, MAX_SLIPS) ?? []
    return !mistyped.some((field) => meant(field, [String(item.key)]))
  })
}

/** An object with more unknown fields than these is not one with slips. */
const MAX_SLIPS = 20

function toIssue(issue: v.BaseIssue<unknown>): Issue {
  const path = pathOf(issue)
  const found =
    path.length > 0 && issue.received !== 'undefined' && issue.expected !== 'never'
      ? `${receivedText(issue.received)} is not valid here; `
      : ''
  return { path, message: issue.message.startsWith('expected') ? found + issue.message : issue.message }
}
