import { anyArgument, numberArgument, textArgument } from './arguments.ts'
import { formatFixed, formatGeneral, formatScientific } from './number.ts'
import { textOf } from './text.ts'
import type { LuaValue, Returned, Run } from './value.ts'

type Directive = {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly conversion: string
}

/** `string.format`. */
export function format(args: LuaValue[], run: Run, name: string): Returned {
  const template = textArgument(args, 0, name, run)
  run.chargeBytes(template.length)
  let text = ''
  let at = 0
  let argument = 0
  for (;;) {
    const percent = template.indexOf('%', at)
    if (percent < 0) return text + template.slice(at)
    text += template.slice(at, percent)
    if (template[percent + 1] === '%') {
      text += '%'
      at = percent + 2
      continue
    }
    run.chargeSteps(STEPS_A_DIRECTIVE)
    const [, flags = '', width = '', dot, digits = '', conversion = ''] = DIRECTIVE.exec(
      template.slice(percent, percent + LONGEST_DIRECTIVE),
    ) as RegExpExecArray
    if (!CONVERSIONS.includes(conversion) || conversion === '') {
      throw run.fail(
        `invalid option '${template.slice(percent, percent + 1 + flags.length + width.length + (dot ? 1 : 0) + digits.length + 1)}' to '${name}'`,
      )
    }
    const precision = dot ? Number(digits) : undefined
    argument++
    const made = convert({ flags, width: Number(width), precision, conversion }, args, argument, run, name)
    run.chargeBytes(made.length)
    text += made
    at = percent + 1 + flags.length + width.length + (dot ? 1 : 0) + digits.length + 1
  }
}

const STEPS_A_DIRECTIVE = 8

/** At most five flags and two digits for the width and the precision each, as Lua has it. */
const DIRECTIVE = /^%([-+ #0]{0,5})(\d{0,2})(?:(\.)(\d{0,2}))?([\s\S]?)/
const LONGEST_DIRECTIVE = 12
const CONVERSIONS = 'cdiuoxXeEfgGqs'

function convert(directive: Directive, args: LuaValue[], at: number, run: Run, name: string): string {
  const { flags, width, precision, conversion } = directive
  switch (conversion) {
    case 's': {
      const text = shown(args, at, name, run)
      return pad(precision === undefined ? text : text.slice(0, precision), directive)
    }
    case 'q': {
      const text = shown(args, at, name, run)
      // A metatable may make a long text of a short argument.
      run.chargeSteps(text.length >> 3)
      return quote(text)
    }
    case 'c':
      return pad(String.fromCharCode(Math.trunc(numberOf(args, at, name, run)) & 255), directive)
    case 'd':
    case 'i':
      return integer(numberOf(args, at, name, run), 10, true, directive)
    case 'u':
      return integer(numberOf(args, at, name, run), 10, false, directive)
    case 'o':
      return integer(numberOf(args, at, name, run), 8, false, directive)
    case 'x':
      return integer(numberOf(args, at, name, run), 16, false, directive)
    case 'X':
      return integer(numberOf(args, at, name, run), 16, false, directive).toUpperCase()
    default: {
      const number = numberOf(args, at, name, run)
      const lower = conversion.toLowerCase()
      const places = precision ?? 6
      const plain =
        lower === 'e'
          ? formatScientific(number, places)
          : lower === 'f'
            ? formatFixed(number, places)
            : formatGeneral(number, places, flags.includes('#'))
      const text = conversion === lower ? plain : plain.toUpperCase()
      const signedText = text.startsWith('-') ? text : plus(flags) + text
      return pad(signedText, { ...directive, flags: Number.isFinite(number) ? flags : flags.replace('0', ''), width })
    }
  }
}

function numberOf(args: LuaValue[], at: number, name: string, run: Run): number {
  anyArgument(args, at, name, run)
  return numberArgument(args, at, name, run)
}

/** `tostring` of an argument, whose metatable may make it no text at all. */
function shown(args: LuaValue[], at: number, name: string, run: Run): string {
  return textOf(run.text(anyArgument(args, at, name, run)), run)
}

const plus = (flags: string): string => (flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '')

const MOST = 2n ** 63n

/** C's conversions of a 64-bit integer; what does not fit is the least one, as on a PC. */
function integer(number: number, base: number, signed: boolean, { flags, width, precision }: Directive): string {
  const whole = Math.trunc(number)
  const fits = Math.abs(whole) < 2 ** 63
  let value = fits ? BigInt(whole) : -MOST
  let sign = ''
  if (signed) {
    sign = value < 0n ? '-' : plus(flags)
    if (value < 0n) value = -value
  } else {
    if (whole >= 2 ** 63 && whole < 2 ** 64) value = BigInt(whole)
    value = BigInt.asUintN(64, value)
  }
  let digits = value === 0n && precision === 0 ? '' : value.toString(base)
  if (precision !== undefined) digits = digits.padStart(precision, '0')
  if (flags.includes('#') && base === 8 && !digits.startsWith('0')) digits = `0${digits}`
  const prefix = flags.includes('#') && base === 16 && value !== 0n ? '0x' : ''
  if (precision === undefined && flags.includes('0') && !flags.includes('-')) {
    digits = digits.padStart(width - sign.length - prefix.length, '0')
  }
  const text = sign + prefix + digits
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width)
}

/** To the width, on the left unless `-` is among the flags; a number with zeros behind its sign. */
function pad(text: string, { flags, width, conversion }: Directive): string {
  if (flags.includes('-')) return text.padEnd(width)
  if (!flags.includes('0') || conversion === 's' || conversion === 'c') return text.padStart(width)
  const sign = /^[-+ ]/.test(text) ? (text[0] as string) : ''
  return sign + text.slice(sign.length).padStart(width - sign.length, '0')
}

/** `%q`: text that Lua reads back. */
function quote(text: string): string {
  let quoted = '"'
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string
    const code = text.charCodeAt(i)
    if (character === '"' || character === '\\' || character === '\n') quoted += `\\${character}`
    else if (code < 32 || code === 127) {
      const next = text[i + 1]
      quoted += `\\${next !== undefined && next >= '0' && next <= '9' ? String(code).padStart(3, '0') : code}`
    } else quoted += character
  }
  return `${quoted}"`
}
