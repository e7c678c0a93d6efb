/** Returns true for equal JSON values whose fields stand in the same order, in at most so many levels. */
export function isSameJson(a: unknown, b: unknown, levels = MAX_LEVELS): boolean {
  if (a === b) return true
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b) || levels === 0) return false
  const [keys, others] = [Object.keys(a), Object.keys(b)]
  return (
    keys.length === others.length && keys.every((key, i) => key === others[i] && isSameJson(a[key], b[key], levels - 1))
  )
}

/** Deeper values count as different: the comparison recurses. */
const MAX_LEVELS = 500

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
