/** A stored value that has not the form in which it was written. */
export class Damaged extends Error {
  /** @param expected the form that it should have */
  constructor(expected: string) {
    super(`the stored value is not as it was written; expected ${expected}`)
  }
}

// Readers of what `JSON.parse` gives. Each returns the value with its type, or throws `Damaged`.

export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Damaged('a list')
  return value
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Damaged('an object')
  return value as Readonly<Record<string, unknown>>
}

export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Damaged('a text')
  return value
}

export function flagOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Damaged('true or false')
  return value
}

/** Reads a number of any size, but for those that JSON does not have. */
export function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw new Damaged('a number')
  return value
}

export function wholeOf(value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw new Damaged(`a whole number from ${least} to ${most}`)
}

export function wordOf<const W extends string>(value: unknown, words: readonly W[]): W {
  const word = words.find((one) => one === value)
  if (word === undefined) throw new Damaged(`one of ${words.join(', ')}`)
  return word
}

/** Reads a value that is null where there is none. */
export const maybe = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === null ? undefined : read(value)

/** Parses a text that is JSON. */
export function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Damaged('JSON')
  }
}
