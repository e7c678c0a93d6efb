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

/**
 * An object of any keys. `v.record` takes lists too, and leaves "__proto__", "constructor" and "prototype" out without
 * a word, though hosts and zones may be called so: here every own key counts.
 */
export function record<const V extends v.GenericSchema>(value: V, message: string) {
  const schema = v.record(v.string(), value, message)
  const run: (typeof schema)['~run'] = (dataset, config) => {
    const input = dataset.value
    // What is no object is the library's to refuse, and a list as if it were none.
    if (Array.isArray(input)) return schema['~run']({ value: 'a list' }, config)
    if (typeof input !== 'object' || input === null) return schema['~run'](dataset, config)
    const issues: v.BaseIssue<unknown>[] = []
    const entries = Object.entries(input).map(([key, inner]) => {
      const result = value['~run']({ value: inner }, config)
      const item = {
        type: 'object',
        origin: 'value',
        input: input as Record<string, unknown>,
        key,
        value: inner,
      } as const
      for (const issue of result.issues ?? []) issues.push({ ...issue, path: [item, ...(issue.path ?? [])] })
      return [key, result.value] as const
    })
    const output = Object.fromEntries(entries)
    return (issues[0] ? { typed: false, value: output, issues } : { typed: true, value: output }) as ReturnType<
      typeof run
    >
  }
  return { ...schema, '~run': run }
}
