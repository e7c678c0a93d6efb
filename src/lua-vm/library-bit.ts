import { functionsOf, libraryOf, numberArgument } from './arguments.ts'
import { NUMBERS } from './charge.ts'
import type { LuaTable } from './table.ts'
import type { LuaValue, Run } from './value.ts'

/** LuaJIT's `bit`: numbers as signed ones of 32 bits. */
export const BIT: LuaTable = libraryOf(
  functionsOf({
    arshift: [NUMBERS, shift((x, n) => x >> n)],
    band: [NUMBERS, fold((a, b) => a & b)],
    bnot: [NUMBERS, (args, run, name) => ~bits(args, 0, name, run)],
    bor: [NUMBERS, fold((a, b) => a | b)],
    bswap: [
      NUMBERS,
      (args, run, name) => {
        const x = bits(args, 0, name, run)
        return (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24)
      },
    ],
    bxor: [NUMBERS, fold((a, b) => a ^ b)],
    lshift: [NUMBERS, shift((x, n) => x << n)],
    rol: [NUMBERS, shift((x, n) => (x << n) | (x >>> (32 - n || 32)))],
    ror: [NUMBERS, shift((x, n) => (x >>> n) | (x << (32 - n || 32)))],
    rshift: [NUMBERS, shift((x, n) => x >>> n)],
    tobit: [NUMBERS, (args, run, name) => bits(args, 0, name, run)],
    /** The last `n` of eight hexadecimal digits; in capitals where `n` is negative. */
    tohex: [
      NUMBERS,
      (args, run, name) => {
        const n = args[1] === undefined ? 8 : bits(args, 1, name, run)
        const digits = (bits(args, 0, name, run) >>> 0).toString(16).padStart(8, '0')
        const shown = digits.slice(8 - Math.min(8, Math.abs(n)))
        return n < 0 ? shown.toUpperCase() : shown
      },
    ],
  }),
)

/** The number modulo 2^32, its fraction rounded to the even neighbour. */
function bits(args: readonly LuaValue[], at: number, name: string, run: Run): number {
  const number = numberArgument(args, at, name, run)
  const floor = Math.floor(number)
  const over = number - floor
  return (over > 0.5 || (over === 0.5 && floor % 2 !== 0) ? floor + 1 : floor) | 0
}

function shift(apply: (x: number, n: number) => number) {
  return (args: LuaValue[], run: Run, name: string): number =>
    apply(bits(args, 0, name, run), bits(args, 1, name, run) & 31) | 0
}

function fold(apply: (a: number, b: number) => number) {
  return (args: LuaValue[], run: Run, name: string): number => {
    let result = bits(args, 0, name, run)
    for (let i = 1; i < args.length; i++) result = apply(result, bits(args, i, name, run))
    return result
  }
}
