import type { Run } from '../lua-vm/index.ts'

/** A directive of a template: the argument that fills it, counted from 0, and its format. */
type Place = {
  readonly argument: number
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
}

/**
 * A template of `createReverse`, which PowerDNS gives to boost::format: `%1%`, `%1$5s`, `%|1$5|`, or `%s` for one
 * argument after the other; `%%` is a percent sign. An argument that is not there is empty.
 * @returns undefined for a template that boost::format refuses
 */
export function fillTemplate(template: string, values: readonly string[], run: Run): string | undefined {
  const parts: (string | Place)[] = []
  let next = 0
  let numbered = false
  let at = 0
  for (const { index: percent } of template.matchAll(/%/g)) {
    // This percent sign is part of an earlier directive.
    if (percent < at) continue
    if (percent > at) parts.push(template.slice(at, percent))
    if (template[percent + 1] === '%') {
      parts.push('%')
      at = percent + 2
      continue
    }
    const found = DIRECTIVE.exec(template.slice(percent, percent + MAX_DIRECTIVE))
    if (!found?.groups) return undefined
    const { groups } = found
    at = percent + found[0].length
    // A directive that begins with a bar ends with one.
    if (groups.bar !== undefined) {
      if (groups.number !== undefined || template[at] !== '|') return undefined
      at++
    } else if (groups.number === undefined && groups.type === undefined) return undefined
    const number = groups.number ?? groups.dollar
    if (number === undefined) next++
    else numbered = true
    const argument = number === undefined ? next - 1 : Number(number) - 1
    if (argument < 0) return undefined
    const precision = groups.type === 'c' ? 1 : groups.precision === undefined ? undefined : Number(groups.precision)
    parts.push({ argument, flags: groups.flags ?? '', width: Number(groups.width || 0), precision })
  }
  if (at < template.length) parts.push(template.slice(at))
  // All directives have numbers, or none has.
  if (numbered && next > 0) return undefined
  const text = parts.map((part) => (typeof part === 'string' ? part : filled(part, values, run))).join('')
  run.chargeBytes(text.length)
  return text
}

/** `%1%`; or flags, width, precision and type, of which only `%|…|` may leave the type out. */
const SPECIFICATION = "(?:(?<dollar>[1-9]\\d*)\\$)?(?<flags>[-+ 0#_=']*)(?<width>\\d*)(?:\\.(?<precision>\\d*))?[hlL]*"
const TYPE = '(?<type>[diouxXeEfFgGaAscCpS])'
const DIRECTIVE = new RegExp(`^%(?<bar>\\|)?(?:(?<number>[1-9]\\d*)%|${SPECIFICATION}(?:${TYPE}|(?=\\|)))`)

/** A longer one has numbers that boost::format cannot hold. */
const MAX_DIRECTIVE = 64

function filled({ argument, flags, width, precision }: Place, values: readonly string[], run: Run): string {
  const value = (values[argument] ?? '').slice(0, precision)
  run.chargeBytes(Math.max(width, value.length))
  if (flags.includes('-')) return value.padEnd(width)
  if (flags.includes('=')) return value.padStart(value.length + Math.ceil((width - value.length) / 2)).padEnd(width)
  return value.padStart(width, flags.includes('0') ? '0' : ' ')
}
