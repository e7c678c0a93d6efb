import { parseName, parseType, type QueryOptions, TYPE } from '../dns/index.ts'
import { MAX_ERROR_CHARS, MAX_NAME_BYTES, MAX_QUOTED_CHARS } from '../limits.ts'
import { type Prefix, parsePrefix } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { JsonFormat } from './json.ts'
import { PLAIN } from './problem.ts'
import type { Parameters } from './query-string.ts'

/** A bad parameter of the JSON forms: which, and both peers' way to put it. */
type ParameterError = { readonly parameter: string; readonly value: string; readonly message: string }

/** Reads `name`, `type`, `do`, `cd` and `edns_client_subnet`; of a parameter given twice the first counts. */
export function parseParameters(parameters: Parameters): Result<QueryOptions, ParameterError> {
  const get = (parameter: string): string | undefined => {
    const found = parameters(parameter)
    return found?.ok ? found.value : undefined
  }
  const bad = (parameter: string, message: string) =>
    err({
      parameter,
      value: clipped(get(parameter) ?? '', MAX_QUOTED_CHARS),
      message: clipped(message, MAX_ERROR_CHARS),
    })
  for (const parameter of ['name', 'type', 'do', 'cd', 'edns_client_subnet']) {
    const found = parameters(parameter)
    if (found && !found.ok) return bad(parameter, `Invalid ${parameter}: ${found.error}.`)
  }
  const text = get('name')
  if (!text) return bad('name', 'The parameter `name` is missing. Expected a domain name.')
  if (text.length > MAX_NAME_CHARS) {
    return bad('name', `Invalid name of ${text.length} characters. Expected at most ${MAX_NAME_CHARS}.`)
  }
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

/** 255 octets, each of which may be written as `\DDD`. */
const MAX_NAME_CHARS = 4 * MAX_NAME_BYTES

const clipped = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max - 1)}…` : text)

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

/** Tells of a bad parameter in the form that the clients of either peer know. */
export function badParameter(error: ParameterError, { kind, mediaType }: JsonFormat): Response {
  const body =
    kind === 'cloudflare-json'
      ? { error: error.message }
      : { Status: 2, Comment: `Invalid argument value: "${error.parameter}" = "${error.value}"`, error: error.message }
  return new Response(JSON.stringify(body), { status: 400, headers: { ...PLAIN, 'Content-Type': mediaType } })
}
