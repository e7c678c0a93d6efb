import { type NameKey, parseName, ROOT } from '../../../src/dns/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import {
  DEFAULT_BUDGET,
  type HostObject,
  LuaError,
  LuaFunction,
  LuaTable,
  type LuaValue,
  OverBudget,
} from '../../../src/lua-vm/index.ts'
import { STANDARD } from '../../../src/lua-vm/library.ts'
import { ScriptRun as Run } from '../../../src/lua-vm/run.ts'
import { Work } from '../../../src/policy/index.ts'
import { SCRIPT_FUNCTIONS } from '../../../src/powerdns/environment.ts'
import { Evaluation } from '../../../src/powerdns/evaluation.ts'
import { ENVIRONMENT_NAMES } from '../../../src/powerdns/index.ts'
import { PowerDnsScript } from '../../../src/powerdns/script.ts'
import { findRrset } from '../../../src/zone/zone.ts'
import { luaZone, places } from '../lua/support.ts'
import { address, must } from '../support.ts'

const key = (name: string): NameKey => must(parseName(name, ROOT)).key

/** A function of the library, as a script finds it. A new one is here by itself. */
export type Listed = { readonly name: string; readonly called: LuaFunction; readonly method: boolean }

const script = (): PowerDnsScript => {
  const zone = luaZone('*.x LUA TXT ";return qname:toString()"')
  const policy = findRrset(zone.names.find(key('*.x.example.com.')) as never, 16)?.policy
  if (!(policy instanceof PowerDnsScript)) throw new Error('no script')
  return policy
}
const SCRIPT = script()

/** The longest name there is, as its labels are addresses. */
const NAME = key(`${'1.'.repeat(119)}x.example.com.`)

/** A run of its own, with all its budget, in which a function can be called. */
export function newRun(): Run {
  const input = {
    ...{ client: address('2001:db8::1'), name: NAME, health: NO_HEALTH, places: { database: places } },
    ...{ random: () => 0.5, work: new Work() },
  }
  const noParts = () => {
    throw new Error('no parts')
  }
  const host = new Evaluation(SCRIPT, input, noParts, true)
  return new Run(host, DEFAULT_BUDGET)
}

/** The steps of `pcall`, without which an error would end the script. */
const STEPS_A_CATCH = 8

/** Calls a function, and tells if it went over the budget: an error of Lua's is caught, as `pcall` does. */
export function callOnce({ called }: Listed, args: readonly LuaValue[], run: Run): 'on' | 'over' {
  const { depth, stackCost, site } = run
  try {
    // The nodes of a call take this: the statement, the call, the function and the arguments.
    run.chargeSteps(6 + args.length)
    called.call([...args], run)
    return 'on'
  } catch (error) {
    if (error instanceof OverBudget) return 'over'
    if (!(error instanceof LuaError)) throw error
    Object.assign(run, { depth, stackCost, site })
    run.steps -= STEPS_A_CATCH
    return run.steps < 0 ? 'over' : 'on'
  }
}

const functionsIn = (prefix: string, table: LuaTable, run: Run): Listed[] =>
  [...table.entries(run)].flatMap(([name, value]) =>
    value instanceof LuaFunction ? [{ name: `${prefix}.${name}`, called: value, method: false }] : [],
  )

/** Everything that a script can call, from the tables in which it stands. */
export function listFunctions(run: Run): Listed[] {
  const globals = [...STANDARD.keys(), ...ENVIRONMENT_NAMES, ...SCRIPT_FUNCTIONS.keys()]
  const listed = globals.flatMap((name): Listed[] => {
    const value = run.global(name)
    if (value instanceof LuaFunction) return [{ name, called: value, method: false }]
    return value instanceof LuaTable ? functionsIn(name, value, run) : []
  })
  const methods = objects(run).flatMap(({ type }) =>
    [...type.methods].map(([name, called]) => ({ name: `${type.name}:${name}`, called, method: true })),
  )
  const aux = (run.global('pairs') as LuaFunction).call([new LuaTable()], run) as LuaValue[]
  const iterator = (run.global('ipairs') as LuaFunction).call([new LuaTable()], run) as LuaValue[]
  const gmatch = ((run.global('string') as LuaTable).field('gmatch') as LuaFunction).call(['x'.repeat(1e5), 'y'], run)
  const made = [aux[0], iterator[0], gmatch].map((called, i) => ({
    ...{ name: `made ${i}`, called: called as LuaFunction, method: false },
  }))
  return [...new Map([...made, ...listed, ...methods].map((one) => [one.called, one])).values()]
}

/** One object of each kind, as large as they get. */
function objects(run: Run): HostObject[] {
  const make = (name: string, ...args: LuaValue[]) => (run.global(name) as LuaFunction).call(args, run) as HostObject
  const networks = listOf(300, (i) => `2001:db8:${i.toString(16)}::/48`)
  const set = make('newCAS')
  set.type.methods.get('add')?.call([set, listOf(300, (i) => `192.0.${i >> 8}.${i & 255}`)], run)
  const fresh = newRun()
  return [
    make('newCA', '2001:db8:1:2:3:4:192.168.123.234'),
    set,
    make('newDN', '\\255'.repeat(63)),
    make('newDN', '1.'.repeat(120)),
    (fresh.global('newNMG') as LuaFunction).call([networks], fresh) as HostObject,
    make('newNetmask', '2001:db8::/32'),
    make('newQType', 'AAAA'),
    run.global('dh') as HostObject,
    run.global('bestwho') as HostObject,
    run.global('qname') as HostObject,
  ]
}

export function listOf(length: number, element: (i: number) => LuaValue): LuaTable {
  const table = new LuaTable()
  for (let i = 0; i < length; i++) table.set(i + 1, element(i))
  return table
}

/** 7,000 slots of which the last alone has a value. */
function holes(): LuaTable {
  const table = new LuaTable()
  table.adopt([...new Array(6999).fill(undefined), 'x'])
  return table
}

/** Keys that came and went. */
function removed(): LuaTable {
  const table = new LuaTable()
  for (let i = 0; i < 4000; i++) table.set(`k${i}`, 1)
  for (let i = 0; i < 3999; i++) table.set(`k${i}`, undefined)
  return table
}

/** A list of lists, and the last list has `value` many times. */
function nested(levels: number, times: number, value: LuaValue): LuaTable {
  let table = listOf(times, () => value)
  for (let level = 1; level < levels; level++) {
    const inner = table
    table = listOf(level % 2 === 0 ? times : 1, () => inner)
  }
  return table
}

/** Long keys that differ at their ends. */
function keyed(): LuaTable {
  const table = new LuaTable()
  for (let i = 0; i < 8; i++) table.set('k'.repeat(60_000) + i, 1)
  return table
}

const X = 'x'.repeat(1_000_000)
const DIGITS = '1'.repeat(400_000)
const ZEROS = `${'0'.repeat(400_000)}1`

const TEXTS: readonly string[] = [
  ...[X, 'x'.repeat(4000), 'x'.repeat(300), DIGITS, '1'.repeat(64), ZEROS, `${' '.repeat(400_000)}x`],
  ...['\u00ff'.repeat(100_000), '"'.repeat(100_000), 'aB\u00e9'.repeat(30_000), '\0'.repeat(100_000)],
  ...['1.'.repeat(110), '\\255'.repeat(255), '\\255'.repeat(63), `${'a'.repeat(63)}.`.repeat(3)],
  ...['2001:db8:1:2:3:4:192.168.123.234', '[2001:db8:1:2:3:4:192.168.123.234]:53', '192.0.2.1', '::/0', '10.0.0.0/8'],
  ...['%99.99f', '%q', '%q'.repeat(30), '%99.99f%99.99e%99.99g', '%s'.repeat(1000), '%99d'.repeat(500)],
  ...['.-b', '%b()', '(.)'.repeat(30), 'x*'.repeat(100), '[%a%d%s]'.repeat(300), '%1%', '%33%'.repeat(500), '#5'],
  ...['AAAA', 'TYPE65535', 'k3998', '#', '', '0x'.padEnd(100_000, 'f'), `0b${'1'.repeat(100_000)}`, '1e400'],
  ...[`.${'9'.repeat(700)}`, `${'9'.repeat(330)}`],
]

const NUMBERS: readonly number[] = [
  ...[0, 1, 2, -1, 3, 10, 36, 64, 255, 4000, 7000, 7998, 1e6, 2 ** 31, 2 ** 53, 1e15, 1e300, -1e300],
  ...[1 / 3, 1e-300, 123456.789e100, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
]

/** Arguments as large as a script can make them, and larger; each may stand anywhere. */
export function arguments_(run: Run): LuaValue[] {
  const pair = (weight: LuaValue, text: LuaValue) => listOf(2, (i) => (i === 0 ? weight : text))
  const long = pair(DIGITS, X)
  const one = pair(1, '192.0.2.1')
  const networks = listOf(2000, (i) => `2001:db8:${i.toString(16)}::/48`)
  const rule = listOf(2, () => networks)
  const self = new LuaTable()
  for (let i = 1; i < 500; i++) self.set(i, self)
  // A value that has no text ends the work on arguments without a result, which would be charged.
  const failing = (table: LuaTable) => listOf(2, (i) => (i === 0 ? table : run.global('print')))
  return [
    ...[undefined, true, ...TEXTS, ...NUMBERS],
    ...[holes(), removed(), self, networks, new LuaTable()],
    ...[nested(5, 60, 1), failing(nested(5, 60, 1)), nested(4, 2, 'x'.repeat(30_000))],
    ...[failing(nested(5, 2, 'x'.repeat(14_000))), keyed(), failing(keyed())],
    listOf(500, () => X),
    listOf(500, () => long),
    listOf(500, () => pair(ZEROS, 'x')),
    listOf(500, () => pair('1'.repeat(64), 'x')),
    listOf(4000, () => one),
    listOf(1, () => pair(4000, 'x'.repeat(10_000))),
    listOf(1, () => pair(100_000, X)),
    listOf(50, () => pair(100, 'x'.repeat(1000))),
    listOf(4000, (i) => i / 3),
    listOf(4000, (i) => 4000 - i),
    listOf(4000, (i) => `192.0.${i >> 8}.${i & 255}`),
    listOf(500, (i) => `2001:db8:1:2:3:4:5:${i.toString(16)}`),
    listOf(500, () => rule),
    listOf(500, () => holes()),
    listOf(1000, (i) => String(i).repeat(16)),
    ...objects(run),
    ...(['print', 'pcall', 'tostring', 'error', 'next', 'unpack'] as const).map((name) => run.global(name)),
  ]
}
