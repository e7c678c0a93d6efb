import type { Expression } from 'luaparse'
import { meant } from '../did-you-mean.ts'
import { parseName, ROOT, TYPE } from '../dns/index.ts'
import { HostObject } from '../lua-vm/index.ts'
import { parseAddress, parsePrefix, withoutHostBits } from '../net/index.ts'
import { functionRow, type Parameter, type ParameterKind } from '../powerdns/index.ts'
import type { LuaIssue } from './fold-context.ts'
import type { Item, KnownValues } from './known-values.ts'
import { trialCall } from './trial-call.ts'
import { describe, shown, textOf, type Value } from './value.ts'

/** `isFatal`: an error, as for functions that fold; otherwise a warning, as for all calls that fail whoever asks. */
type ArgumentProblem = LuaIssue & { readonly isFatal: boolean }

type Check = (argument: Expression, known: KnownValues, name: string) => readonly ArgumentProblem[]

const NETWORKS = "{'192.0.2.0/24'}"

/** Checks an argument of each kind, given an example of one that is right. */
const CHECKS: { readonly [K in ParameterKind]: (example: string) => Check } = {
  address: oneAddress,
  addresses,
  attribute,
  'exceptions by IPv4 address': (example) => exceptions(example, 1),
  'exceptions by IPv6 address': (example) => exceptions(example, 2),
  'fallback address': fallback,
  folded: () => () => [],
  'format of IPv4 names': (example) => format(example, '4.3.2.1.in-addr.arpa.'),
  'format of IPv6 names': (example) => format(example, `${'1.'.repeat(32)}ip6.arpa.`),
  'group of networks': group,
  'members of a group': (example) => networks(example, 'excluding'),
  name: domainName,
  'name to look up': databaseName,
  network: oneNetwork,
  'network to locate': located,
  networks: (example) => networks(example, 'plain'),
  number,
  octets,
  text,
  'text or texts': textOrList,
  type: typeName,
}

/** The checks of a function's arguments, made when code first calls it. */
const checksOf = new Map<string, readonly Check[]>()

function checksFor(name: string): readonly Check[] {
  const known = checksOf.get(name)
  if (known) return known
  const { takes = [], optional: last } = functionRow(name) ?? {}
  const check = ([kind, usage, example = usage]: Parameter): Check => CHECKS[kind](example)
  const made = [...takes.map(check), ...(last ? [optional(check(last))] : [])]
  checksOf.set(name, made)
  return made
}

/** Methods of a group of networks. An object of the script's own may have the same names: nothing is fatal. */
const METHODS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['addMask', member('excluding')],
  ['addMasks', networks(NETWORKS, 'excluding')],
])

/** Returns the problems of the arguments that are known before any query. */
export function argumentProblems(
  name: string,
  args: readonly Expression[],
  known: KnownValues,
): readonly ArgumentProblem[] {
  return checksFor(name).flatMap((check, i) => {
    const argument = args[i]
    return argument ? check(argument, known, name) : []
  })
}

/** The same for a method that is called on any object. */
export function methodProblems(
  name: string,
  [argument]: readonly Expression[],
  known: KnownValues,
): readonly LuaIssue[] {
  if (!argument) return []
  return (METHODS.get(name)?.(argument, known, name) ?? []).map(({ at, message, isFatal }) => ({
    at,
    message: isFatal ? `${name} of a group of networks fails: ${message}` : message,
  }))
}

const fatal = ({ at }: { readonly at: number }, message: string): ArgumentProblem[] => [{ at, message, isFatal: true }]
const failing = (at: { readonly at: number }, name: string, message: string): ArgumentProblem[] =>
  suspect(at, `${name} fails: ${message}`)
const suspect = ({ at }: { readonly at: number }, message: string): ArgumentProblem[] => [
  { at, message, isFatal: false },
]

/** An argument that may be nil. */
function optional(check: Check): Check {
  return (argument, known, name) => (known.valueOf(argument)?.is === 'nil' ? [] : check(argument, known, name))
}

/** Checks an argument that has to be a text, or a number in the place of one. */
function textual(
  example: string,
  check: (text: string, value: Value, name: string) => readonly ArgumentProblem[],
): Check {
  return (argument, known, name) => {
    // A table is never a text, though its elements may not be known.
    const value = known.itemsOf(argument) ? known.tableAt(argument) : known.valueOf(argument)
    if (!value) return []
    const given = textOf(value)
    if (given !== undefined) return check(given, value, name)
    return failing(value, name, `${describe(value)} is not a text; expected one like ${example}`)
  }
}

function text(example: string): Check {
  return textual(example, () => [])
}

function number(example: string): Check {
  return (argument, known, name) => {
    const value = known.itemsOf(argument) ? known.tableAt(argument) : known.valueOf(argument)
    if (!value || value.is === 'number' || (value.is === 'text' && isNumeric(value.text))) return []
    return failing(value, name, `${describe(value)} is not a number; expected one like ${example}`)
  }
}

/** Lua reads a text as a number in the place of one. */
const isNumeric = (given: string): boolean => /^\s*[+-]?(0x[\da-f]+|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)\s*$/i.test(given)

// --- lists -----------------------------------------------------------------------------------------------------------

/** Checks a list of `what`, and each element with `check`. */
function list(
  what: string,
  example: string,
  check: (value: Value, name: string) => readonly ArgumentProblem[],
  empty: (at: { readonly at: number }, name: string) => readonly ArgumentProblem[] = () => [],
): Check {
  // Bad networks are errors wherever they are, as in `view`.
  const problem: typeof failing = (at, name, message) =>
    what === 'networks' ? fatal(at, message) : failing(at, name, message)
  return (argument, known, name) => {
    const items = known.itemsOf(argument)
    if (!items) {
      const value = known.valueOf(argument)
      if (!value) return []
      return problem(value, name, `${describe(value)} is not a list of ${what}; expected one like ${example}`)
    }
    if (items.length === 0) return empty(known.tableAt(argument), name)
    return items.flatMap((item) => [
      ...(hasTextAsKey(item) ? problem(item, name, BAD_KEY) : []),
      ...(item.value ? check(item.value, name) : []),
    ])
  }
}

const hasTextAsKey = ({ key }: Item): boolean => key !== undefined && key !== 'position' && key.is === 'text'

const BAD_KEY = 'PowerDNS fails at this key of a list; expected no key, or a whole number like [1]'

type Networks = 'plain' | 'excluding'

function networks(example: string, kind: Networks): Check {
  return list(
    'networks',
    example,
    (value) => networkProblem(value, kind),
    (at, name) =>
      name === 'netmask' ? suspect(at, `${name} is never so: the list is empty; expected at least one network`) : [],
  )
}

function member(kind: Networks): Check {
  return (argument, known) => {
    const value = known.valueOf(argument)
    return value ? networkProblem(value, kind) : []
  }
}

/** PowerDNS takes texts alone. In a group `!` excludes a network. */
function networkProblem(value: Value, kind: Networks): readonly ArgumentProblem[] {
  if (value.is === 'nil') return []
  if (value.is !== 'text')
    return fatal(value, `${describe(value)} is not a network; expected a text like '192.0.2.0/24'`)
  return networkTextProblem(kind === 'excluding' ? value.text.replace(/^!/, '') : value.text, value)
}

function networkTextProblem(given: string, value: Value): readonly ArgumentProblem[] {
  // Most lists have plain networks only, and may be long: a trial takes longer than to parse one.
  if (parsePrefix(given).ok) {
    const network = withoutHostBits(given)
    if (network === undefined) return []
    return suspect(value, `${given} has bits beyond its prefix length, which are ignored; expected ${network}`)
  }
  const trial = trialCall('newNetmask', given)
  if (!('failed' in trial)) return []
  const expected = trial.failed.includes('; expected') ? '' : "; expected one like '192.0.2.0/24'"
  return fatal(value, trial.failed + expected)
}

function oneNetwork(example: string): Check {
  return textual(example, networkTextProblem)
}

function addresses(example: string): Check {
  return list('addresses', example, addressProblem, (at, name) =>
    fatal(at, `the list of ${name} is empty; expected at least one address`),
  )
}

function addressProblem(value: Value, name: string): readonly ArgumentProblem[] {
  if (value.is === 'nil') return []
  const given = textOf(value)
  return isAddress(given) ? [] : failing(value, name, `${describe(value)} ${NOT_AN_ADDRESS}`)
}

const NOT_AN_ADDRESS = 'is not an IP address; expected one like 192.0.2.1, or [2001:db8::1]:8080'

const isAddress = (given: string | undefined): boolean =>
  given !== undefined && (parseAddress(given).ok || 'value' in trialCall('newCA', given))

function oneAddress(example: string): Check {
  return textual(example, (given, value, name) =>
    isAddress(given) ? [] : failing(value, name, `${shown(given)} ${NOT_AN_ADDRESS}`),
  )
}

/** Checks the type alone: `whyNeverPlaced` checks the countries and the like. */
function textOrList(): Check {
  const elements = list('texts', "{'a', 'b'}", (element, name) =>
    element.is === 'nil' || textOf(element) !== undefined
      ? []
      : failing(element, name, `${describe(element)} ${NOT_TEXTS}`),
  )
  return (argument, known, name) => {
    const value = known.itemsOf(argument) ? undefined : known.valueOf(argument)
    if (!value) return elements(argument, known, name)
    return textOf(value) === undefined ? failing(value, name, `${describe(value)} ${NOT_TEXTS}`) : []
  }
}

const NOT_TEXTS = 'is not a text; expected a text, or a list of texts'

// --- names -----------------------------------------------------------------------------------------------------------

function domainName(example: string): Check {
  return textual(example, (given, value, name) => {
    const trial = trialCall('newDN', given)
    return 'failed' in trial ? failing(value, name, `${shown(given)} is not a name: ${trial.failed}`) : []
  })
}

function databaseName(example: string): Check {
  return textual(example, (given, value) => {
    const parsed = parseName(given, ROOT)
    return parsed.ok ? [] : suspect(value, `dblookup finds nothing: ${shown(given)} is not a name: ${parsed.error}`)
  })
}

function typeName(example: string): Check {
  return textual(example, (given, value) => {
    const trial = trialCall('newQType', given)
    const isZero = 'value' in trial && trial.value instanceof HostObject && trial.value.value === 0
    if (!isZero || /^(#|TYPE)0+$/i.test(given)) return []
    const expected = meant(given, Object.keys(TYPE)) ?? 'A'
    return suspect(value, `newQType gives type 0: ${shown(given)} is not a type; expected one like '${expected}'`)
  })
}

// --- generated names -------------------------------------------------------------------------------------------------

/** @param qname a name to try the format with */
function format(example: string, qname: string): Check {
  return textual(example, (given, value, name) => {
    const trial = trialCall(name, given, qname)
    if (given === ERROR || !('value' in trial) || trial.value !== ERROR) return []
    return suspect(
      value,
      `${name} gives the name "error": ${shown(given)} is not a valid format; expected one like ${example}`,
    )
  })
}

/** PowerDNS's name in place of one that cannot be made. */
const ERROR = 'error'

/** @param family of the addresses of the names that are made */
function exceptions(example: string, family: 1 | 2): Check {
  const expected = `expected exceptions like ${example}`
  return (argument, known, name) => {
    const items = known.itemsOf(argument)
    if (!items) {
      const value = known.valueOf(argument)
      return value ? failing(value, name, `${describe(value)} is not a table; ${expected}`) : []
    }
    return items.flatMap(({ key, value, at }) => {
      if (value && value.is !== 'nil' && textOf(value) === undefined) {
        return failing(value, name, `${describe(value)} is not a name; ${expected}`)
      }
      const given = key === 'position' ? '1' : key && textOf(key)
      if (given === undefined) return []
      const isIPv6 = given.replace(/^\[/, '').includes('::') || given.split(':').length > 2
      if (key !== 'position' && isAddress(given) && isIPv6 === (family === 2)) return []
      const what = key === 'position' ? 'an exception without a key' : shown(given)
      return suspect({ at }, `${what} is not an address that ${name} makes names of; ${expected}`)
    })
  }
}

function group(example: string): Check {
  return (argument, known, name) => {
    const value = known.itemsOf(argument) ? known.tableAt(argument) : known.valueOf(argument)
    return value ? failing(value, name, `${describe(value)} is not a group of networks; expected ${example}`) : []
  }
}

function fallback(example: string): Check {
  return textual(example, (given, value) =>
    given === '' || isAddress(given) ? [] : suspect(value, `the fallback ${shown(given)} ${NOT_AN_ADDRESS}`),
  )
}

// --- places and octets -----------------------------------------------------------------------------------------------

function located(example: string): Check {
  return textual(example, (given, value) =>
    parsePrefix(given.slice(0, 64)).ok
      ? []
      : suspect(value, `geoiplookup gives an empty text: ${shown(given)} ${NOT_AN_ADDRESS}`),
  )
}

/** PowerDNS's attributes are numbers from 0 to 7. */
function attribute(example: string): Check {
  const isNumber = number(example)
  return (argument, known, name) => {
    const problems = isNumber(argument, known, name)
    const value = known.valueOf(argument)
    if (problems.length > 0 || value?.is !== 'number' || (value.value >= 0 && value.value < 8)) return problems
    return suspect(
      value,
      `geoiplookup gives 'unknown': ${describe(value)} is not an attribute; expected one like ${example}`,
    )
  }
}

function octets(example: string): Check {
  return textual(example, (given, value) =>
    given.length === 4 || given.length === 16
      ? []
      : suspect(value, `newCAFromRaw gives 0.0.0.0: the text has ${given.length} octets; expected 4 or 16`),
  )
}
