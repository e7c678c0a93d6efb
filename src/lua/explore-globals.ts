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
import { argumentsText, environmentOf, givenBy, isKnownBy, variableRow } from '../powerdns/index.ts'
import type { Steps } from './explore-steps.ts'
import { isUnknown, listTable, oneOf, type Resolver, unknown } from './explore-unknown.ts'
import { placeholderQuery } from './placeholder-query.ts'

/** The facts that are known of a record before any query. */
export type Asked = {
  /** The owner of the record, which may be a wildcard; undefined if it is not known. */
  readonly owner: Name | undefined
  readonly zone: Name | undefined
  /** The static records of a name of the zone; undefined for names that are elsewhere. */
  readonly data: (name: Name, type: number) => readonly string[] | undefined
}

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
    if (name === 'zone' && !asked.zone) return unknown(true)
    const isOwnerKnown = asked.zone && asked.owner && !isWildcard(asked.owner)
    if (isKnownBy(isOwnerKnown ? 'name' : 'nothing', name)) return this.environment.global(name)
    const variable = variableRow(name)
    if (variable?.gives === 'true or false') return oneOf([false, true])
    if (variable) return unknown(variable.mayBeNil !== true)
    switch (name) {
      case 'all':
        return this.open(name, ([list]) => listTable(elementsOf(list) ?? [unknown(true)]))
      case 'pickrandomsample':
        return this.open(name, ([count, list], run) => this.sample(count, list, name, run))
      case 'view':
        return this.open(name, ([rules], run) => this.view(rules, run))
      case 'dblookup':
        return this.open(name, (args, run) => this.lookup(args, run))
    }
    switch (givenBy(name, 'function')) {
      case undefined:
        return undefined
      case 'true or false':
        return this.open(name, (args, run) => this.test(name, args, run))
      case 'element':
        return this.open(name, ([list], run) => this.pick(elementsOf(list), name, run))
      case 'weighted element':
        return this.open(name, ([list], run) => this.pick(this.weighted(list, run), name, run))
      default:
        return this.steps.openFunction(name, () => unknown(true))
    }
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

/** The values of a list; undefined if it can be anything. */
const elementsOf = (list: LuaValue): readonly LuaValue[] | undefined =>
  list instanceof LuaTable ? [...list.entries(UNMETERED)].map(([, value]) => value) : undefined

/** The order of a sample matters too: longer lists are not explored in every order. */
const MOST_IN_SAMPLES = 4

function samplesOf(list: readonly LuaValue[], size: number): LuaValue[][] {
  if (size === 0) return [[]]
  return list.flatMap((first, i) => {
    const others = list.filter((_, j) => j !== i)
    return samplesOf(others, size - 1).map((rest) => [first, ...rest])
  })
}

const isWildcard = ({ key }: Name): boolean => key.startsWith('\u0001*')
