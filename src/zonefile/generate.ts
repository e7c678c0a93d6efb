import { err, ok, type Result } from '../result.ts'

/** The numbers of a `$GENERATE`. */
export type Range = { readonly start: number; readonly stop: number; readonly step: number }

const MAX_INT = 2 ** 31 - 1

/** Parses BIND's `start-stop[/step]`. */
export function parseRange(text: string): Result<Range> {
  const found = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(text)
  if (!found) return err(`"${text}" is not a range; expected start-stop or start-stop/step, like 1-10/2`)
  const [start, stop, step] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 1)] as const
  if (start > stop) return err(`the range ${text} runs backwards; expected ${stop}-${start}`)
  if (step === 0) return err(`the range ${text} never advances; expected a step of 1 or more`)
  if (stop > MAX_INT || step > MAX_INT) return err(`the range ${text} is too far; expected numbers up to ${MAX_INT}`)
  return ok({ start, stop, step })
}

export const lengthOf = ({ start, stop, step }: Range): number => Math.floor((stop - start) / step) + 1

/** Fills a number into a template. */
export type Template = (value: number) => Result<string>

/**
 * Parses BIND's templates: `$` is the number, `$$` and `\$` a dollar. `${offset[,width[,base]]}` adds an offset, pads
 * with zeros, and prints decimal, octal or hexadecimal (d, o, x, X), or reversed nibbles with dots between (n, N).
 */
export function parseTemplate(text: string): Result<Template> {
  const pieces: (string | Substitution)[] = []
  for (const [found] of text.matchAll(/\$\$|\$(\{[^}]*\}?)?|\\[\s\S]?|[^$\\]+/g)) {
    if (found === '$$' || found === '\\$') pieces.push('$')
    else if (!found.startsWith('$')) pieces.push(found)
    else {
      const substitution = parseSubstitution(found)
      if (!substitution.ok) return substitution
      pieces.push(substitution.value)
    }
  }
  return ok((value) => {
    let filled = ''
    for (const piece of pieces) {
      if (typeof piece === 'string') {
        filled += piece
        continue
      }
      const number = value + piece.offset
      if (Math.abs(number) > MAX_INT) return err(`${number} is out of range; expected at most ${MAX_INT}`)
      filled += format(number, piece)
    }
    return ok(filled)
  })
}

type Substitution = { readonly offset: number; readonly width: number; readonly base: string }

function parseSubstitution(text: string): Result<Substitution> {
  if (text === '$') return ok({ offset: 0, width: 0, base: 'd' })
  const found = /^\$\{([+-]?\d{1,10})(?:,(\d{1,4})(?:,([doxXnN]))?)?\}$/.exec(text)
  if (!found) {
    return err(`"${text}" is not a substitution; expected \${offset[,width[,base]]} with a base of d, o, x, X, n or N`)
  }
  const width = Number(found[2] ?? 0)
  if (width > MAX_WIDTH) return err(`the width of "${text}" is too large; expected at most ${MAX_WIDTH}`)
  return ok({ offset: Number(found[1]), width, base: found[3] ?? 'd' })
}

/** BIND's limit: the size of its buffer. */
const MAX_WIDTH = 127

function format(number: number, { width, base }: Substitution): string {
  // C prints negative numbers as unsigned ones in every base but ten.
  const unsigned = number >>> 0
  switch (base) {
    case 'o':
      return unsigned.toString(8).padStart(width, '0')
    case 'x':
      return unsigned.toString(16).padStart(width, '0')
    case 'X':
      return unsigned.toString(16).toUpperCase().padStart(width, '0')
    case 'n':
      return nibbles(unsigned.toString(16), width)
    case 'N':
      return nibbles(unsigned.toString(16).toUpperCase(), width)
    default:
      return number < 0 ? `-${String(-number).padStart(width - 1, '0')}` : String(number).padStart(width, '0')
  }
}

/** Prints reversed nibbles. The width counts dots too, so that the text may end with a dot, as in BIND. */
function nibbles(hex: string, width: number): string {
  const digits = Math.max(hex.length, Math.ceil(width / 2))
  const text = [...hex.padStart(digits, '0')].reverse().join('.')
  return text.length < width ? `${text}.` : text
}
