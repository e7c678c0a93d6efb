/** The form of each field of a stored object. */
export type Fields<T> = { readonly [Name in keyof T]-?: (value: unknown) => boolean }

/**
 * Returns the known fields of a stored object, or undefined if one of them has another form. It is not a schema of the
 * library: a catalog has thousands of entries, and nobody reads what would be wrong with one.
 */
export function readFields<T>(value: unknown, fields: Fields<T>): T | undefined {
  if (!hasFields(value, fields)) return undefined
  const known: Partial<T> = {}
  for (const name in fields) if (name in value) known[name] = value[name]
  return known as T
}

/** Returns true if the known fields of a stored object have their forms. It may have others. */
export function hasFields<T>(value: unknown, fields: Fields<T>): value is T & object {
  if (!isObject(value)) return false
  for (const name in fields) if (!fields[name](value[name])) return false
  return true
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isText = (value: unknown): boolean => typeof value === 'string'

export const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)

export const isNumber = (value: unknown): boolean => typeof value === 'number' && !Number.isNaN(value)

/** Accepts one value. */
export const only =
  (one: unknown) =>
  (value: unknown): boolean =>
    value === one

/** Accepts a field that is left out, too. */
export const optional =
  (hasForm: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || hasForm(value)
