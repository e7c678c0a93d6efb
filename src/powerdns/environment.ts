import type { Header, Name } from '../dns/index.ts'
import {
  BY_VALUE,
  byTables,
  byTexts,
  type Charge,
  COPIED,
  type Host,
  HostObject,
  hostFunction,
  hostFunctionsOf,
  type Implementation,
  integerArgument,
  type LuaFunction,
  LuaTable,
  type LuaValue,
  NOTHING,
  NUMBERS,
  type Run,
  tableArgument,
  textArgument,
} from '../lua-vm/index.ts'
import { type Address, addressBits, type Prefix } from '../net/index.ts'
import {
  ADDRESS_SET,
  type Combo,
  comboAddress,
  newCA,
  newCAFromRaw,
  type Read,
  STEPS_AN_ADDRESS,
  type Who,
} from './address.ts'
import { DNS_HEADER, GEOIP_QUERY_ATTRIBUTE, newQType, PDNS, PDNS_FEATURES, PDNS_TABLES } from './constants.ts'
import { createForward, createForward6, createReverse, createReverse6, filterForward, type Names } from './generate.ts'
import { dnsName, newDN, stepsFor } from './name.ts'
import { isInNetmasks, netmaskObject, newNetmask, newNMG } from './netmask.ts'

/** An address with its port. */
export type Endpoint = { readonly address: Address; readonly port: number }

/** The query as PowerDNS gives it to a script: its variables, and the data that its functions work on. */
export type QueryInput = {
  /** As it was asked, letter case included. */
  readonly qname: Name
  readonly zone: Name
  /** The owner of the record: the wildcard, where it is one. */
  readonly owner: Name
  readonly zoneid: number
  readonly who: Endpoint
  /** The ECS network's address, with port 0; else `who`. */
  readonly bestwho: Endpoint
  readonly ecswho?: Prefix | undefined
  readonly localwho: Endpoint
  readonly tcp: boolean
  readonly dnssecOK: boolean
  /** -1 without EDNS. */
  readonly ednsPKTSize: number
  readonly dh: Header
  /** A number in [0, 1). */
  readonly random: () => number
  /** Told what the script learns about the addresses: see `Read`. */
  readonly read?: Read
}

/**
 * The globals of a PowerDNS record for one query. Objects are made when they are first used, and are this query's own.
 * @param functions added by the caller, or put in place of those here
 */
export const environmentOf = (input: QueryInput, functions: ReadonlyMap<string, LuaValue> = NONE): Host =>
  new Environment(input, functions)

/** One is made for each query that runs a script. It makes nothing before the script asks for it. */
class Environment implements Host {
  private readonly input: QueryInput
  private readonly functions: ReadonlyMap<string, LuaValue>
  private made: Map<string, LuaValue> | undefined

  constructor(input: QueryInput, functions: ReadonlyMap<string, LuaValue>) {
    this.input = input
    this.functions = functions
  }

  global(name: string): LuaValue {
    const given = this.functions.get(name) ?? CONSTRUCTORS.get(name)
    if (given !== undefined) return given
    const preset = PRESETS.get(name)
    if (!preset) return undefined
    const known = this.made?.get(name)
    if (known !== undefined) return known
    const value = preset(this.input)
    this.made ??= new Map()
    this.made.set(name, value)
    return value
  }

  random(): number {
    return this.input.random()
  }
}

const NONE: ReadonlyMap<string, LuaValue> = new Map()

/** Functions that need nothing of the query. */
const CONSTRUCTORS: ReadonlyMap<string, LuaFunction> = hostFunctionsOf({
  filterForward: [3, byTexts(COPIED), filterForward],
  newCA: [1, byTexts(COPIED), newCA],
  newCAFromRaw: [2, byTexts(COPIED), newCAFromRaw],
  newCAS: [0, BY_VALUE, () => new HostObject(ADDRESS_SET, new Set<string>())],
  newDN: [1, byTexts(COPIED, 8), newDN],
  newNMG: [1, byTables(1, COPIED), newNMG],
  newNetmask: [1, byTexts(COPIED), newNetmask],
  newQType: [1, byTexts(COPIED), newQType],
  // There is no log of a query here: what a script reports to people is its answer.
  pdnslog: [
    2,
    BY_VALUE,
    (args, run, name) => {
      textArgument(args, 0, name, run)
      integerArgument(args, 1, name, run, 0)
      return NOTHING
    },
  ],
  pdnsrandom: [
    1,
    NUMBERS,
    (args, run, name) => {
      const below = args[0] === undefined ? 2 ** 32 : integerArgument(args, 0, name, run) >>> 0
      return Math.floor(run.random() * below)
    },
  ],
  report: [
    2,
    BY_VALUE,
    (_, run, name) => {
      throw run.fail(`${name} is not supported by PowerDNS either`)
    },
  ],
})

type Preset = (input: QueryInput) => LuaValue

/** A global function that works on the query. */
const working = (
  name: string,
  most: number,
  charge: Charge,
  call: (input: QueryInput, ...rest: Parameters<Implementation>) => ReturnType<Implementation>,
): [string, Preset] => [
  name,
  (input) => hostFunction(name, [most, charge, (args, run) => call(input, args, run, name)]),
]

const PRESETS: ReadonlyMap<string, Preset> = new Map<string, Preset>([
  ['bestwho', (input) => endpoint(input, 'bestwho')],
  ['dh', (input) => new HostObject(DNS_HEADER, input.dh)],
  ['dnssecOK', (input) => input.dnssecOK],
  ['ecswho', (input) => input.ecswho && netmaskObject(input.ecswho, originOf(input, 'ecswho', input.ecswho.length))],
  ['ednsPKTSize', (input) => input.ednsPKTSize],
  ['GeoIPQueryAttribute', () => LuaTable.borrow(GEOIP_QUERY_ATTRIBUTE)],
  ['localwho', (input) => endpoint(input, 'localwho')],
  ['pdns', pdns],
  ['pdns_features', () => LuaTable.borrow(PDNS_FEATURES)],
  ['qname', (input) => dnsName(input.qname.wire)],
  ['tcp', (input) => input.tcp],
  ['who', (input) => endpoint(input, 'who')],
  ['zone', (input) => dnsName(input.zone.wire)],
  ['zoneid', (input) => input.zoneid],
  working('createForward', 0, BY_VALUE, (input, _, run) => createForward(namesOf(input, run))),
  working('createForward6', 0, BY_VALUE, (input, _, run) => createForward6(namesOf(input, run))),
  working('createReverse', 2, byTexts(1), (input, args, run, name) =>
    createReverse(namesOf(input, run), args, run, name),
  ),
  working('createReverse6', 2, byTexts(1), (input, args, run, name) =>
    createReverse6(namesOf(input, run), args, run, name),
  ),
  working('netmask', 1, byTables(1, COPIED), (input, args, run, name) =>
    isInNetmasks(tableArgument(args, 0, name, run), client(input), name, run),
  ),
])

/** The globals that `environmentOf` gives. */
export const ENVIRONMENT_NAMES: ReadonlySet<string> = new Set([...CONSTRUCTORS.keys(), ...PRESETS.keys()])

/** An address is read out of the name, which takes as long as reading one out of a text. */
function namesOf({ qname, owner }: QueryInput, run: Run): Names {
  run.chargeSteps(stepsFor(qname.wire) + STEPS_AN_ADDRESS)
  return { qname: qname.wire, owner: owner.wire }
}

function endpoint(input: QueryInput, who: Exclude<Who, 'ecswho'>): HostObject<Combo> {
  const { address, port } = input[who]
  return comboAddress(address, port, originOf(input, who, addressBits(address.family)))
}

const originOf = ({ read }: QueryInput, who: Who, bits: number) => read && { who, read, bits }

/** The client as `netmask` sees it, whatever the script has done to `bestwho`. */
const client = (input: QueryInput): Combo => endpoint(input, 'bestwho').value

function pdns(): LuaTable {
  const table = LuaTable.borrow(PDNS)
  for (const [name, inner] of PDNS_TABLES) table.set(name, LuaTable.borrow(inner))
  return table
}
