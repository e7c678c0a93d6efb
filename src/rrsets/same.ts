/** True for values with equal JSON, in whatever order their members are. A member that is undefined is not there. */
export function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false
    return left.every((item, i) => isSame(item, right[i]))
  }
  const [before, after] = [definedIn(left), definedIn(right)]
  if (before.length !== after.length) return false
  return before.every(([key, value]) => Object.hasOwn(right, key) && isSame(value, right[key as keyof typeof right]))
}

const definedIn = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, inner]) => inner !== undefined)
