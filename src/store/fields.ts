/** The form of each field of a stored object. */
export type Fields<T> = { readonly [Name in keyof T]-?: (value: unknown) => boolean }

/**
 * Returns the known fields of a stored object, or undefined if one of them has another form. It is not a schema of the
 * library: every isolate reads the catalog, at each refresh, and nobody reads what would be wrong with it.
 */
export function readFields<T>(value: unknown, fields: Fields<T>): T | undefined {
  if (!isObject(value)) return undefined
  const forms = Object.entries<(value: unknown) => boolean>(fields)
  if (!forms.every(([name, hasForm]) => hasForm(value[name]))) return undefined
  return Object.fromEntries(forms.flatMap(([name]) => (name in value ? [[name, value[name]]] : []))) as T
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
