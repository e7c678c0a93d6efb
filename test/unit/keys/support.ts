import type { Fill, KeyStorage } from '../../../src/keys/index.ts'

/** Keys in memory. */
export function storageWith(values: Map<string, string> = new Map()): KeyStorage {
  return {
    get: async (key) => values.get(key),
    getAll: async (keys) =>
      new Map(
        keys.flatMap((key) => {
          const value = values.get(key)
          return value === undefined ? [] : [[key, value] as const]
        }),
      ),
    list: async (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)),
    put: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
  }
}

/** Octets that look random, and are the same each time. */
export function pseudoRandom(start = 0): Fill {
  let state = start
  return (octets) => {
    for (let i = 0; i < octets.length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      octets[i] = state >>> 24
    }
  }
}
