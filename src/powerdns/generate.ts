import { joinable, type LuaValue, type Run, tableArgument, tableOf, textArgument, typeOf } from '../lua-vm/index.ts'
import { formatAddress, parseAddress } from '../net/index.ts'
import { comboArgument, comboFromText, formatCombo, observe, STEPS_AN_ADDRESS } from './address.ts'
import { labelsOf, relativeTo, stepsFor } from './name.ts'
import { groupArgument, isInGroup } from './netmask.ts'
import type { QueryInput } from './query-input.ts'
import { fillTemplate } from './template.ts'

type Args = readonly LuaValue[]

/** The names that a generator works on. `owner` is the record's: `*.` and a name, if it is a wildcard. */
type Names = { readonly qname: Uint8Array; readonly owner: Uint8Array }

/** Reads the names. An address is read from the queried name, which takes as long as reading one from a text. */
function namesOf({ qname, owner }: QueryInput, run: Run): Names {
  run.chargeSteps(stepsFor(qname.wire) + STEPS_AN_ADDRESS)
  return { qname: qname.wire, owner: owner.wire }
}

/** The labels that a wildcard matched; undefined if the record's owner is not a wildcard. */
function labelsAtWildcard({ qname, owner }: Names): string[] | undefined {
  if (owner[0] !== 1 || owner[1] !== 0x2a) return undefined
  return labelsOf({ wire: relativeTo({ wire: qname }, { wire: owner.subarray(2) }) })
}

/** An IPv4 address out of the labels in front of a wildcard: `192.0.2.1`, `ip-192-0-2-1` or `c0000201`. */
export function createForward(query: QueryInput, _: Args, run: Run): string {
  const names = namesOf(query, run)
  const labels = labelsAtWildcard(names)
  const text = labels && labels.length >= 4 ? labels.slice(0, 4).join('.') : fromFirstLabel(labels?.[0] ?? '')
  const parsed = parseAddress(text)
  return parsed.ok && parsed.value.family === 1 ? formatAddress(parsed.value) : '0.0.0.0'
}

function fromFirstLabel(label: string): string {
  const rest = label.slice(Math.max(0, label.search(/[\da-f]/i)))
  const parts = rest.split('-')
  if (parts.length >= 4) {
    const octets = parts.slice(-4)
    return octets.every((octet) => /^\d+$/.test(octet)) ? octets.map(Number).join('.') : ''
  }
  const digits = rest.slice(-8)
  if (!/^[\da-f]{8}$/i.test(digits)) return ''
  return [0, 2, 4, 6].map((at) => Number.parseInt(digits.slice(at, at + 2), 16)).join('.')
}

/** An IPv6 address out of the labels in front of a wildcard: eight groups, one with `-` for `:`, or 32 digits. */
export function createForward6(query: QueryInput, _: Args, run: Run): string {
  const names = namesOf(query, run)
  const labels = labelsAtWildcard(names) ?? []
  const [first = ''] = labels
  let text = ''
  if (labels.length === 8) text = labels.join(':')
  else if (labels.length === 1 && first.includes('-')) text = first.replaceAll('-', ':')
  else if (labels.length === 1 && first.length >= 32) text = (first.slice(-32).match(/.{4}/gs) ?? []).join(':')
  const parsed = parseAddress(text)
  return parsed.ok && parsed.value.family === 2 ? formatCombo(parsed.value) : '::'
}

/** The name for an IPv4 address in the reverse zone, after a template: `%1%` to `%4%`, `%5%` and `%6%`. */
export function createReverse(query: QueryInput, args: Args, run: Run, name: string): LuaValue {
  const { qname } = namesOf(query, run)
  const template = textArgument(args, 0, name, run)
  const exceptions = exceptionsOf(args, name, run)
  const labels = labelsOf({ wire: qname })
  if (labels.length < 4) return 'unknown'
  const octets = labels.slice(0, 4).reverse()
  if (!octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) <= 255)) return ERROR
  const numbers = octets.map(Number)
  const except = exceptionFor(numbers.join('.'), exceptions, run)
  if (except !== undefined) return except
  const hexadecimal = numbers.map((number) => number.toString(16).padStart(2, '0')).join('')
  return fillTemplate(template, [...octets, octets.join('-'), hexadecimal], run) ?? ERROR
}

/** The same for IPv6: `%1%` to `%32%` are the digits, `%33%` the address with dashes, `%34%` to `%41%` its groups. */
export function createReverse6(query: QueryInput, args: Args, run: Run, name: string): LuaValue {
  const { qname } = namesOf(query, run)
  const template = textArgument(args, 0, name, run)
  const exceptions = exceptionsOf(args, name, run)
  const labels = labelsOf({ wire: qname })
  if (labels.length < 32) return 'unknown'
  const digits = labels.slice(0, 32).reverse()
  if (!digits.every((digit) => /^[\da-f]$/i.test(digit))) return ERROR
  const groups = digits.join('').match(/.{4}/g) as string[]
  const address = parseAddress(groups.join(':'))
  if (!address.ok) return ERROR
  const text = formatAddress(address.value)
  const except = exceptionFor(text, exceptions, run)
  return except ?? fillTemplate(template, [...digits, dashed(text), ...groups], run) ?? ERROR
}

/** Replaces a name that cannot be made, as in PowerDNS: it is a valid name. */
const ERROR = 'error'

/**
 * Writes an address with dashes, with a digit at both ends and without `--` at the third character, which is reserved
 * for international names.
 */
function dashed(address: string): string {
  const text = address.replaceAll(':', '-').replace(/-$/, '-0')
  return /^(-|..--)/.test(text) ? `0${text}` : text
}

type Exceptions = readonly (readonly [address: string, name: string])[]

/** The second argument: texts by addresses, in the order of the addresses' texts. */
function exceptionsOf(args: readonly LuaValue[], name: string, run: Run): Exceptions {
  if (args[1] === undefined) return []
  const exceptions = [...tableArgument(args, 1, name, run).entries(run)].map(([key, value]) => {
    run.chargeSteps(1)
    const [address, text] = [joinable(key), joinable(value)]
    if (address !== undefined && text !== undefined) return [address, text] as const
    const what = address === undefined ? `a ${typeOf(key)} as an address` : `a ${typeOf(value)} as a name`
    throw run.fail(`${name}: the exceptions have ${what}; expected texts`)
  })
  return exceptions.sort(([a], [b]) => (a < b ? -1 : 1))
}

/**
 * Returns the name of an address's exception, in whatever form the exception has the address. An exception before it
 * that is not an address is an error.
 */
function exceptionFor(address: string, exceptions: Exceptions, run: Run): string | undefined {
  for (const [text, name] of exceptions) {
    const combo = comboFromText(text, run)?.value
    if (!combo) return ERROR
    if (combo.port === 0 && formatAddress(combo.address) === address) return name
  }
  return undefined
}

/** The address as it was given, if it is in the networks; else the fallback, of which an empty one gives no record. */
export function filterForward(args: readonly LuaValue[], run: Run, name: string): LuaValue {
  const combo = comboArgument(args, 0, name, run, true)
  const group = groupArgument(args, 1, name, run)
  const fallback = args[2] === undefined ? undefined : textArgument(args, 2, name, run)
  if (isInGroup(group, combo, run)) return tableOf([joinable(args[0]) ?? formatCombo(observe(combo))], run)
  if (fallback === undefined) return tableOf([combo.address.family === 1 ? '0.0.0.0' : '::'], run)
  return tableOf(fallback === '' ? [] : [fallback], run)
}
