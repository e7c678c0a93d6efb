import * as v from 'valibot'

/** An object with just these fields; the errors name a field that is unknown or missing, and those that there are. */
export function object<const E extends v.ObjectEntries>(entries: E) {
  const fields = Object.keys(entries)
    .map((field) => `"${field}"`)
    .join(', ')
  return v.strictObject(entries, (issue) => {
    const key = issue.path?.at(-1)?.key
    if (issue.expected === 'never') return `unknown field "${key}"; expected ${fields}`
    if (issue.received === 'undefined') return `the field "${key}" is missing; expected ${fields}`
    return `expected an object with ${fields}`
  })
}
