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
 * a word, though hosts may be called so: here they go through it under another name.
 */
export function record<const V extends v.GenericSchema>(value: V, message: string) {
  const schema = v.record(v.string(), value, message)
  const run: (typeof schema)['~run'] = (dataset, config) => {
    const input = dataset.value
    if (Array.isArray(input)) return schema['~run']({ ...dataset, value: 'a list' } as typeof dataset, config)
    if (typeof input !== 'object' || input === null || !Object.keys(input).some((key) => LEFT_OUT.has(key))) {
      return schema['~run'](dataset, config)
    }
    const renamed = Object.entries(input).map(([key, inner]) => [LEFT_OUT.has(key) ? `\0${key}` : key, inner])
    const result = schema['~run']({ ...dataset, value: Object.fromEntries(renamed) } as typeof dataset, config)
    const named = Object.entries(result.value as object).map(([key, inner]) => [key.replace(/^\0/, ''), inner])
    result.value = Object.fromEntries(named)
    for (const issue of result.issues ?? []) {
      const item = issue.path?.[0]
      if (typeof item?.key === 'string') Object.assign(item, { key: item.key.replace(/^\0/, '') })
    }
    return result
  }
  return { ...schema, '~run': run }
}

const LEFT_OUT = new Set(['__proto__', 'constructor', 'prototype'])
