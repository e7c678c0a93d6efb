import { functionsOf, type Implementation, integerArgument, libraryOf, numberArgument, type Row } from './arguments.ts'
import { NUMBERS } from './charge.ts'
import { power } from './operators.ts'
import type { LuaTable } from './table.ts'
import type { LuaValue } from './value.ts'

type Unary = (x: number) => number

const UNARY: Readonly<Record<string, Unary>> = {
  abs: Math.abs,
  acos: Math.acos,
  asin: Math.asin,
  atan: Math.atan,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  deg: (x) => x * (180 / Math.PI),
  exp: Math.exp,
  floor: Math.floor,
  log10: Math.log10,
  rad: (x) => x * (Math.PI / 180),
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
}

/** Makes `math.max` or `math.min`, which take one number at least. */
const extreme =
  (choose: (a: number, b: number) => number): Implementation =>
  (args, run, name) => {
    let result = numberArgument(args, 0, name, run)
    for (let i = 1; i < args.length; i++) result = choose(result, numberArgument(args, i, name, run))
    return result
  }

/** `math`, without `randomseed`: chance is the host's. */
export const MATH: LuaTable = libraryOf(
  new Map<string, LuaValue>([
    ...functionsOf(
      Object.fromEntries(
        Object.entries(UNARY).map(([name, apply]): [string, Row] => [
          name,
          [NUMBERS, (args, run) => apply(numberArgument(args, 0, name, run))],
        ]),
      ),
    ),
    ...functionsOf({
      atan2: [
        NUMBERS,
        (args, run, name) => Math.atan2(numberArgument(args, 0, name, run), numberArgument(args, 1, name, run)),
      ],
      fmod: [NUMBERS, (args, run, name) => numberArgument(args, 0, name, run) % numberArgument(args, 1, name, run)],
      frexp: [NUMBERS, (args, run, name) => split(numberArgument(args, 0, name, run))],
      ldexp: [
        NUMBERS,
        (args, run, name) => scale(numberArgument(args, 0, name, run), integerArgument(args, 1, name, run)),
      ],
      log: [
        NUMBERS,
        (args, run, name) => {
          const x = numberArgument(args, 0, name, run)
          if (args[1] === undefined) return Math.log(x)
          // As LuaJIT has it, by way of base 2.
          return Math.log2(x) / Math.log2(numberArgument(args, 1, name, run))
        },
      ],
      max: [NUMBERS, extreme(Math.max)],
      min: [NUMBERS, extreme(Math.min)],
      modf: [
        NUMBERS,
        (args, run, name) => {
          const x = numberArgument(args, 0, name, run)
          const whole = Math.trunc(x)
          return [whole, Number.isFinite(x) ? x - whole : Number.isNaN(x) ? x : 0]
        },
      ],
      pow: [
        NUMBERS,
        (args, run, name) => power(numberArgument(args, 0, name, run), numberArgument(args, 1, name, run)),
      ],
      /** Without arguments in [0, 1), else a whole number from 1, or from the first, to the last. */
      random: [
        NUMBERS,
        (args, run, name) => {
          const chance = run.random()
          if (args.length === 0) return chance
          const one = numberArgument(args, 0, name, run)
          if (args.length === 1) return Math.floor(chance * one) + 1
          const to = numberArgument(args, 1, name, run)
          return Math.floor(chance * (to - one + 1)) + one
        },
      ],
    }),
    ['huge', Number.POSITIVE_INFINITY],
    ['pi', Math.PI],
  ]),
)

/** C's frexp: a fraction from 0.5 to 1 and the power of two that make the number. */
function split(x: number): LuaValue[] {
  if (x === 0 || !Number.isFinite(x)) return [x, 0]
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(x))) + 1)
  let fraction = x * 2 ** -exponent
  for (; Math.abs(fraction) < 0.5; exponent--) fraction *= 2
  for (; Math.abs(fraction) >= 1; exponent++) fraction /= 2
  return [fraction, exponent]
}

/** C's ldexp, in steps that do not overflow by themselves. */
function scale(x: number, exponent: number): number {
  const half = Math.trunc(Math.max(-2200, Math.min(2200, exponent)) / 4)
  const rest = Math.max(-2200, Math.min(2200, exponent)) - 3 * half
  return x * 2 ** half * 2 ** half * 2 ** half * 2 ** rest
}
