import { TYPE } from '../dns/index.ts'
import type { Expression, Rule } from '../policy/index.ts'
import { err, ok, type Result, unreachable } from '../result.ts'
import { oneLine } from './one-line.ts'
import { conditionsOf, type Geo } from './print-geo.ts'
import { EVERYBODY, longestFirst, printPlain, SHIFTING } from './print-plain.ts'
import { plainer } from './print-plainer.ts'
import { failoverCode, poolCode } from './print-pool.ts'
import { isList, Refusal } from './print-refusal.ts'
import {
  type Branch,
  block,
  chain,
  drawing,
  type Give,
  label,
  labelsOf,
  pair,
  text,
  textList,
} from './print-statements.ts'
import { utf8 } from './print-text.ts'

/**
 * Returns a script that gives the answer. Functions of PowerDNS pick the number of a branch, and the script goes on in
 * that branch alone, so that nothing else is drawn, and nothing else is read of the client.
 * @param canonical the canonical text of a record's data
 */
export function printScript(expression: Expression, type: number, canonical: (text: string) => string): Result<string> {
  const printer = new ScriptPrinter(type, canonical)
  const code = printer.statement(plainer(expression, canonical, type === TYPE.CNAME ? 'kept' : 'free'), 'return')
  const { problem } = printer.refusal
  return problem === '' ? ok(`;${code.trimEnd()}`) : err(problem)
}

export class ScriptPrinter {
  readonly refusal = new Refusal()
  private readonly type: number
  private readonly canonical: (text: string) => string

  constructor(type: number, canonical: (text: string) => string) {
    this.type = type
    this.canonical = canonical
  }

  /** Prints statements that give the answer. Each ends with a space. */
  statement(expression: Expression, give: Give): string {
    const plain = printPlain(expression, this.type, this.canonical)
    if (plain.ok && !isScript(expression)) return this.value(plain.value.join(''), give)
    if (typeof expression === 'string') return this.refuse(`the record ${expression} has no text in Lua; expected one`)
    if (isList(expression)) {
      return this.collect(give, () => expression.map((inner) => this.statement(inner, 'add')).join(''))
    }
    switch (expression.kind) {
      case 'random': {
        const { of, count } = expression
        if (count === undefined) return this.pick('pickrandom', of, give)
        const list = `pickrandomsample(${count},${textList(of.map((_, i) => label(i)))})`
        return this.collect(give, () => `for _,i in ipairs(${list})do ${this.branches('i', of, 'add')}end `)
      }
      case 'hashed':
        return this.pick('pickhashed', expression.of, give)
      case 'weighted': {
        const { members, count, shift } = expression
        if (shift) return this.refuse(SHIFTING)
        const answers = members.map(({ answer }) => answer)
        if (count === undefined) return this.pickByWeight('pickwrandom', members, give)
        const list = `local w={${members.map(({ weight }, i) => pair(weight, label(i))).join(',')}} `
        return this.collect(give, () =>
          block(`${list}${drawing(count)}${this.branches('i', answers, 'add')}end `, 'add'),
        )
      }
      case 'weighted-hashed':
        return this.pickByWeight('pickwhashed', expression.members, give)
      case 'name-hashed':
        return this.pickByWeight('picknamehashed', expression.members, give)
      case 'consistent-hashed': {
        const keys = expression.members.map(({ key }) => utf8(String(key)))
        const twice = keys.find((key, i) => keys.indexOf(key) < i)
        if (twice !== undefined) return this.refuse(`two members have the key "${twice}"; expected a "key" for each`)
        const list = expression.members.map(({ weight }, i) => pair(weight, keys[i] as string))
        const branches = expression.members.map(({ answer }, i) => [keys[i] as string, answer] as const)
        return this.chosen(`pickchashed({${list.join(',')}})`, new Map(branches), undefined, give)
      }
      case 'view':
        return this.view(expression.rules, expression.otherwise, give)
      case 'networks':
        return this.view(longestFirst(expression.networks), expression.otherwise, give)
      case 'geo':
        return this.geo(expression, give)
      case 'pool':
        return poolCode(expression, give, this)
      case 'failover':
        return failoverCode(expression, give, this)
      case 'lua':
        return this.code(expression.code, give)
      case 'computed':
        return this.statement(expression.records, give)
      case 'datacenters':
        return this.refuse(
          `the map "${expression.map}" leaves datacenters out by distance; expected "coordinates" of all, and "auto": 0`,
        )
      default:
        return unreachable(expression)
    }
  }

  refuse(problem: string): string {
    this.refusal.refuse(problem)
    return ''
  }

  /** @param code a value in Lua: a list of texts, or a text */
  private value(code: string, give: Give): string {
    if (give === 'return') return `return ${code} `
    return GIVES_LIST.test(code) ? `for _,v in ipairs(${code})do r[#r+1]=v end ` : `r[#r+1]=${code} `
  }

  /** Prints code that stands in the zone. A value that can be no record fails, as it does by itself. */
  private code(code: string, give: Give): string {
    // A comment at the end would take the rest of the line with it.
    const line = oneLine(`${code}\n`).code
    const value = line.startsWith(';') ? `(function()${line.slice(1)} end)()` : `(${line.trim()})`
    if (give === 'return') return `return ${value} `
    const each = `for _,x in ipairs(v)do r[#r+1]=x end `
    return block(`local v=${value} if type(v)=='table'then ${each}else r[#r+1]=assert(v)end `, give)
  }

  /** Prints statements that add to a list, and where nobody has begun one, the list around them. */
  collect(give: Give, statements: () => string): string {
    return give === 'add' ? statements() : `local r={} ${statements()}return r `
  }

  private pick(name: string, answers: readonly Expression[], give: Give): string {
    const labels = pickedLabels(answers)
    return this.chosen(`${name}(${textList(labels)})`, byLabel(labels, answers), undefined, give)
  }

  private pickByWeight(
    name: string,
    members: readonly { readonly weight: number; readonly answer: Expression }[],
    give: Give,
  ): string {
    const answers = members.map(({ answer }) => answer)
    const labels = pickedLabels(answers)
    const list = members.map(({ weight }, i) => pair(weight, labels[i] as string)).join(',')
    return this.chosen(`${name}({${list}})`, byLabel(labels, answers), undefined, give)
  }

  /** Prints the branches of members that are picked by their number. */
  branches(pick: string, answers: readonly Expression[], give: Give): string {
    return this.chosen(pick, new Map(answers.map((answer, i) => [label(i), answer])), undefined, give)
  }

  private view(rules: readonly Rule[], otherwise: Expression | undefined, give: Give): string {
    const answers = [...rules.map(({ answer }) => answer), ...(otherwise === undefined ? [] : [otherwise])]
    const labels = labelsOf(answers)
    const rest = otherwise === undefined ? undefined : (labels.at(-1) as string)
    const hasRest = rest !== undefined && labels.indexOf(rest) < rules.length
    const list = rules.map(({ networks }, i) => `{${textList(networks)},{${text(labels[i] as string)}}}`)
    if (hasRest) list.push(`{${textList(EVERYBODY)},{${text(rest)}}}`)
    const branches = byLabel(labels, answers)
    if (rest !== undefined && !hasRest) branches.delete(rest)
    const last =
      otherwise === undefined
        ? `error('no network holds the client')`
        : hasRest
          ? undefined
          : this.statement(otherwise, give)
    return this.chosen(`view({${list.join(',')}})`, branches, last, give)
  }

  private geo(expression: Geo, give: Give): string {
    const { networks = {}, otherwise } = expression
    const rules = longestFirst(networks)
    const labels = labelsOf(rules.map(({ answer }) => answer))
    const list = rules.map(({ networks }, i) => `{${textList(networks)},{${text(labels[i] as string)}}}`)
    const first = rules.length === 0 ? '' : `local n=view({${list.join(',')}}) `
    const ofNetworks = [
      ...byLabel(
        labels,
        rules.map(({ answer }) => answer),
      ),
    ]
    const places = conditionsOf(expression)
    const branches: Branch[] = [
      ...ofNetworks.map(([name, answer]): Branch => [`n==${text(name)}`, this.statement(answer, give)]),
      ...places.map(({ when, answer }): Branch => [when, this.statement(answer, give)]),
    ]
    return block(first + chain(branches, this.statement(otherwise, give)), first === '' ? 'return' : give)
  }

  /**
   * Prints the branch that a pick leads to.
   * @param pick a text in Lua
   * @param branches by the texts that it can be
   * @param rest statements for any other text; left out: there is no other
   */
  chosen(pick: string, branches: ReadonlyMap<string, Expression>, rest: string | undefined, give: Give): string {
    const all = [...branches].map(([name, answer]) => [name, this.statement(answer, give)] as const)
    if (rest === undefined && all.length === 1) return (all[0] as (typeof all)[number])[1]
    const tests = all.length - (rest === undefined ? 1 : 0)
    const isName = /^\w+$/.test(pick)
    const name = isName || tests === 1 ? pick : 'i'
    const conditions = all.map(([one, then]): Branch => [`${name}==${text(one)}`, then])
    return name === pick ? chain(conditions, rest) : block(`local i=${pick} ${chain(conditions, rest)}`, give)
  }
}

/** Returns the numbers of members that are picked. A pick is made even where all are equal: it reads the client. */
function pickedLabels(answers: readonly Expression[]): string[] {
  const labels = labelsOf(answers)
  return new Set(labels).size > 1 ? labels : answers.map((_, i) => label(i))
}

/** Calls that give a list of texts. */
const GIVES_LIST = /^(\{|(ifportup|ifurlup|ifurlextup|pickrandomsample)\()/

const isScript = (expression: Expression): boolean =>
  typeof expression === 'object' && 'kind' in expression && expression.kind === 'lua'

const byLabel = (labels: readonly string[], answers: readonly Expression[]): Map<string, Expression> =>
  new Map(labels.map((name, i) => [name, answers[i] as Expression]))
