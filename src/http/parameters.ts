import { CLASS, type Name, OPTION, parseName, parseType, TYPE } from '../dns/index.ts'
import { addressBits, maskAddress, type Prefix, parsePrefix } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'

/** A bad parameter of the JSON forms: which, and both peers' way to put it. */
export type ParameterError = { readonly parameter: string; readonly value: string; readonly message: string }

/** A question as the JSON forms ask it. */
export type JsonQuestion = {
  readonly name: Name
  readonly type: number
  readonly dnssecOk: boolean
  readonly checkingDisabled: boolean
  readonly subnet?: Prefix | undefined
}

/** Reads `name`, `type`, `do`, `cd` and `edns_client_subnet`; of a parameter given twice the first counts. */
export function parseParameters(get: (parameter: string) => string | undefined): Result<JsonQuestion, ParameterError> {
  const bad = (parameter: string, message: string) => err({ parameter, value: get(parameter) ?? '', message })
  const text = get('name')
  if (!text) return bad('name', 'The parameter `name` is missing. Expected a domain name.')
  const name = parseName(isAbsolute(text) ? text : `${text}.`)
  if (!name.ok) return bad('name', `Invalid name \`${text}\`: ${name.error}.`)

  const typeText = get('type') ?? ''
  const number = /^\d{1,5}$/.test(typeText) ? Number(typeText) : Number.NaN
  const type = typeText === '' ? ok<number>(TYPE.A) : number >= 1 && number <= 65_535 ? ok(number) : parseType(typeText)
  if (!type.ok || type.value === 0) {
    return bad('type', `Invalid type \`${typeText}\`. Expected a number from 1 to 65535, or a name like \`AAAA\`.`)
  }
  const flags = { do: false, cd: false }
  for (const flag of ['do', 'cd'] as const) {
    const value = FLAG_VALUES.get((get(flag) ?? '').toLowerCase())
    if (value === undefined) {
      const expected = 'Expected to be empty or one of `0`, `false`, `1`, or `true`.'
      return bad(flag, `Invalid ${flag.toUpperCase()} flag \`${get(flag)}\`. ${expected}`)
    }
    flags[flag] = value
  }
  const subnet = parseSubnet(get('edns_client_subnet'))
  if (!subnet.ok) return bad('edns_client_subnet', `Invalid client subnet: ${subnet.error}.`)
  return ok({
    name: name.value,
    type: type.value,
    dnssecOk: flags.do,
    checkingDisabled: flags.cd,
    subnet: subnet.value,
  })
}

/** Ends with a dot that no backslash escapes. */
const isAbsolute = (name: string): boolean => /(^|[^\\])(\\\\)*\.$/.test(name)

const FLAG_VALUES: ReadonlyMap<string, boolean> = new Map([
  ['', false],
  ['0', false],
  ['false', false],
  ['1', true],
  ['true', true],
])

function parseSubnet(text: string | undefined): Result<Prefix | undefined> {
  if (!text) return ok(undefined)
  return parsePrefix(text === '0/0' ? '0.0.0.0/0' : text, 'as written')
}

/** The question as a DNS query, so that JSON and wire form go through the same engine. */
export function toQuery(question: JsonQuestion): Uint8Array {
  const { name, type, dnssecOk, checkingDisabled, subnet } = question
  const withOpt = dnssecOk || subnet !== undefined
  const flags = 0x0100 | (checkingDisabled ? 0x0010 : 0)
  const header = [0, 0, ...uint16(flags), 0, 1, 0, 0, 0, 0, 0, withOpt ? 1 : 0]
  const options = subnet ? clientSubnet(subnet) : []
  const opt = [
    0,
    ...uint16(TYPE.OPT),
    ...uint16(1232),
    0,
    0,
    dnssecOk ? 0x80 : 0,
    0,
    ...uint16(options.length),
    ...options,
  ]
  return Uint8Array.from([...header, ...name.wire, ...uint16(type), ...uint16(CLASS.IN), ...(withOpt ? opt : [])])
}

function clientSubnet(subnet: Prefix): number[] {
  const octets = (subnet.length + 7) >> 3
  const bytes = maskAddress(subnet, Math.min(subnet.length, addressBits(subnet.family))).bytes.subarray(0, octets)
  return [...uint16(OPTION.ECS), ...uint16(4 + octets), ...uint16(subnet.family), subnet.length, 0, ...bytes]
}

const uint16 = (value: number): [number, number] => [value >> 8, value & 255]
