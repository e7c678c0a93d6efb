import { BLOCK, INITIAL, mixed } from './hash.ts'

/** Hashes `<prefix>0`, `<prefix>1`, …, `count` of them. The whole blocks of the prefix are mixed once for all. */
export function numberedHashes(prefix: Uint8Array, count: number, each: (hash: number) => void): void {
  const whole = prefix.length - (prefix.length % BLOCK)
  const rest = prefix.length - whole
  const state = Int32Array.from(INITIAL)
  mixed(INITIAL, prefix, 0, whole, -1, state)
  const tail = new Uint8Array(BLOCK + MAX_DIGITS)
  tail.set(prefix.subarray(whole))
  for (let i = 0; i < count; i++) {
    const digits = digitsOf(i)
    let left = i
    for (let at = rest + digits - 1; at >= rest; at--) {
      tail[at] = ZERO + (left % 10)
      left = (left / 10) | 0
    }
    each(mixed(state, tail, 0, rest + digits, prefix.length + digits))
  }
}

const ZERO = 0x30
/** The largest whole number has this many digits. */
const MAX_DIGITS = 16

function digitsOf(number: number): number {
  let digits = 1
  for (let limit = 10; number >= limit; limit *= 10) digits++
  return digits
}
