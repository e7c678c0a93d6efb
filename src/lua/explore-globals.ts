import { type Name, parseName, ROOT } from '../dns/index.ts'
import {
  type Host,
  joinable,
  LuaError,
  type LuaFunction,
  LuaTable,
  type LuaValue,
  type Run,
  STANDARD,
  UNMETERED,
} from '../lua-vm/index.ts'
import { argumentsText, ENVIRONMENT_NAMES, environmentOf, SCRIPT_FUNCTIONS } from '../powerdns/index.ts'
import type { Steps } from './explore-steps.ts'
import { isUnknown, listTable, oneOf, type Resolver, unknown } from './explore-unknown.ts'
import { placeholderQuery } from './placeholder-query.ts'

/** The facts that are known of a record before any query. */
export type Asked = {
  /** The owner of the record, the wildcard where it is one; undefined where it is not known. */
  readonly owner: Name | undefined
  readonly zone: Name | undefined
  /** The static records of a name of the zone; undefined for names that are elsewhere. */
  readonly data: (name: Name, type: number) => readonly string[] | undefined
}

/** Variables and functions that no query changes. */
const FIXED: ReadonlySet<string> = new Set([
  ...['GeoIPQueryAttribute', 'filterForward', 'localwho', 'newCA', 'newCAFromRaw', 'newCAS', 'newDN', 'newNMG'],
  ...['newNetmask', 'newQType', 'pdns', 'pdns_features', 'pdnslog', 'report', 'tcp', 'zoneid'],
])
/** Variables and functions that only the queried name changes. */
const BY_NAME: ReadonlySet<string> = new Set([
  ...['createForward', 'createForward6', 'createReverse', 'createReverse6', 'qname'],
])
/** Functions that answer yes or no. */
const TESTS: ReadonlySet<string> = new Set(['asnum', 'continent', 'country', 'netmask', 'region'])
/** Functions that choose one text of a list; `WEIGHTED_PICKS` take a list of weights and texts. */
const PICKS: ReadonlySet<string> = new Set(['pickclosest', 'pickhashed', 'pickrandom'])
const WEIGHTED_PICKS: ReadonlySet<string> = new Set(['pickchashed', 'picknamehashed', 'pickwhashed', 'pickwrandom'])
/** Variables that are there whoever asks; the others may be nil. */
const PRESENT: ReadonlySet<string> = new Set(['bestwho', 'dh', 'ednsPKTSize', 'qname', 'who', 'zone'])

/** Gives scripts PowerDNS's variables and functions while there is no query yet. One object serves one way. */
export class Globals {
  private readonly steps: Steps
  private readonly resolver: Resolver
  private readonly asked: Asked
  private readonly environment: Host
  private readonly made = new Map<string, LuaValue>()
  /** The cached answers of tests: on one way, the same test of the client has the same answer. */
  private readonly said = new Map<string, LuaValue>()

  constructor(steps: Steps, resolver: Resolver, asked: Asked) {
    this.steps = steps
    this.resolver = resolver
    this.asked = asked
    this.environment = environmentOf(placeholderQuery(asked.owner, asked.zone))
  }

  get(name: string): LuaValue {
    if (!this.made.has(name)) this.made.set(name, this.make(name))
    return this.made.get(name)
  }

  private make(name: string): LuaValue {
    const { asked } = this
    if (name === 'math') return this.math()
    if (FIXED.has(name) || (name === 'zone' && asked.zone)) return this.environment.global(name)
    if (BY_NAME.has(name) && asked.zone && asked.owner && !isWildcard(asked.owner)) return this.environment.global(name)
    if (name === 'dnssecOK') return oneOf([false, true])
    if (TESTS.has(name)) return this.open(name, (args, run) => this.test(name, args, run))
    if (PICKS.has(name)) return this.open(name, ([list], run) => this.pick(elementsOf(list), name, run))
    if (WEIGHTED_PICKS.has(name))
      return this.open(name, ([list], run) => this.pick(this.weighted(list, run), name, run))
    if (name === 'all') return this.open(name, ([list]) => listTable(elementsOf(list) ?? [unknown(true)]))
    if (name === 'pickrandomsample') return this.open(name, ([count, list], run) => this.sample(count, list, name, run))
    if (name === 'view') return this.open(name, ([rules], run) => this.view(rules, run))
    if (name === 'dblookup') return this.open(name, (args, run) => this.lookup(args, run))
    if (SCRIPT_FUNCTIONS.has(name) || BY_NAME.has(name) || name === 'pdnsrandom') {
      return name === 'qname' ? unknown(true) : this.steps.openFunction(name, () => unknown(true))
    }
    return ENVIRONMENT_NAMES.has(name) ? unknown(PRESENT.has(name)) : undefined
  }

  /** A function whose arguments are resolved first. */
  private open(name: string, call: (args: LuaValue[], run: Run) => LuaValue): LuaFunction {
    return this.steps.openFunction(name, (args, run) =>
      call(
        args.map((arg) => this.resolver.settle(arg, run).value),
        run,
      ),
    )
  }

  private test(name: string, args: readonly LuaValue[], run: Run): LuaValue {
    const key = this.keyOf(name, args, run)
    const said = (key !== undefined && this.said.get(key)) || oneOf([false, true])
    if (key !== undefined) this.said.set(key, said)
    return said
  }

  private keyOf(name: string, args: readonly LuaValue[], run: Run): string | undefined {
    try {
      return name + argumentsText(args, name, run)
    } catch (error) {
      if (error instanceof LuaError) return undefined
      throw error
    }
  }

  private pick(list: readonly LuaValue[] | undefined, name: string, run: Run): LuaValue {
    if (!list) return unknown(true)
    if (list.length === 0) throw run.fail(`${name}: the list is empty`)
    return oneOf(list)
  }

  /** The texts of a list of weights. */
  private weighted(list: LuaValue, run: Run): readonly LuaValue[] | undefined {
    return elementsOf(list)?.map((pair) => (pair instanceof LuaTable ? this.resolver.resolve(pair.get(2), run) : pair))
  }

  private sample(count: LuaValue, list: LuaValue, name: string, run: Run): LuaValue {
    const texts = elementsOf(list)
    if (!texts || isUnknown(count)) return unknown(true)
    if (texts.length === 0) throw run.fail(`${name}: the list is empty`)
    const number = Math.trunc(Number(joinable(count)))
    const size = number < 0 ? texts.length : Math.min(number, texts.length)
    const samples = texts.length <= MOST_IN_SAMPLES ? samplesOf(texts, size) : undefined
    return samples ? oneOf(samples.map((sample) => listTable(sample))) : oneOf([listTable(texts)], false)
  }

  private view(rules: LuaValue, run: Run): LuaValue {
    const answers = elementsOf(rules)?.map((rule) => (rule instanceof LuaTable ? elementsOf(rule.get(2)) : undefined))
    if (!answers?.every((list) => list !== undefined)) return unknown(true)
    return oneOf([...answers.flat().map((answer) => this.resolver.resolve(answer, run)), ''])
  }

  private lookup([name, type]: readonly LuaValue[], run: Run): LuaValue {
    const text = joinable(this.resolver.resolve(name, run))
    const number = Number(joinable(this.resolver.resolve(type, run)))
    const parsed = text === undefined ? undefined : parseName(text, ROOT)
    const found = parsed?.ok ? this.asked.data(parsed.value, number) : undefined
    return found ? listTable(found) : unknown(true)
  }

  private math(): LuaTable {
    const table = LuaTable.borrow(STANDARD.get('math') as LuaTable)
    table.set(
      'random',
      this.steps.openFunction('random', () => unknown(true)),
    )
    return table
  }
}

/** The values of a list; undefined where it can be anything. */
const elementsOf = (list: LuaValue): readonly LuaValue[] | undefined =>
  list instanceof LuaTable ? [...list.entries(UNMETERED)].map(([, value]) => value) : undefined

/** The order of a sample decides too: of more elements nobody tries every order. */
const MOST_IN_SAMPLES = 4

function samplesOf(list: readonly LuaValue[], size: number): LuaValue[][] {
  if (size === 0) return [[]]
  return list.flatMap((first, i) => {
    const others = list.filter((_, j) => j !== i)
    return samplesOf(others, size - 1).map((rest) => [first, ...rest])
  })
}

const isWildcard = ({ key }: Name): boolean => key.startsWith('\u0001*')
