import { TYPE, typeName } from '../dns/index.ts'
import { parsePrefix } from '../net/index.ts'
import type { Expression, FailoverExpression, KeyedMember, Member, PoolExpression, Rule } from '../policy/index.ts'
import { err, ok, type Result, unreachable } from '../result.ts'
import { toRecord } from './answer.ts'
import { type HealthCall, healthCall } from './print-health.ts'
import { isList } from './print-refusal.ts'
import { literalOf, tokensOf, utf8 } from './print-text.ts'

/**
 * Returns the code of a LUA record that folds to the expression, or to one that answers alike, in parts as `printLua`
 * does. The error names the first property that no function of PowerDNS can express.
 */
export function printPlain(
  expression: Expression,
  type: number,
  canonical: (text: string) => string,
): Result<readonly string[]> {
  const printer = new Printer(type, canonical)
  printer.record(expression)
  return printer.problem === undefined ? ok(printer.parts) : err(printer.problem)
}

class Printer {
  readonly parts: string[] = []
  problem: string | undefined
  private readonly type: number
  private readonly canonical: (text: string) => string

  constructor(type: number, canonical: (text: string) => string) {
    this.type = type
    this.canonical = canonical
  }

  /** Prints the answer of a whole record: here several records may come of one expression. */
  record(expression: Expression): void {
    if (isList(expression)) return this.list(flat(expression))
    if (typeof expression === 'string') return this.element(expression)
    if (expression.kind === 'lua') return void this.parts.push(...tokensOf(expression.code))
    if (expression.kind === 'computed') return this.record(expression.records)
    if (expression.kind === 'pool' || expression.kind === 'failover') return this.health(expression, 'a list')
    if (expression.kind !== 'random' && expression.kind !== 'weighted') return this.element(expression)
    const { count } = expression
    if (count === undefined) return this.element(expression)
    const members = expression.kind === 'random' ? expression.of : expression.members.map(({ answer }) => answer)
    if (count === 0) this.list([])
    else if (count >= members.length && members.length > 1) this.list(flat(members))
    else if (expression.kind === 'random' && this.type !== TYPE.CNAME) {
      this.parts.push('pickrandomsample(', `${count}`, ',')
      this.list(members)
      this.parts.push(')')
    } else this.element(expression)
  }

  /** Prints an expression that gives one record, as all that stands inside others has to. */
  private element(expression: Expression): void {
    if (typeof expression === 'string') return this.literal(this.toLua(expression))
    if (isList(expression)) {
      const [only] = expression
      if (expression.length === 1 && only !== undefined) return this.element(only)
      return this.refuse(`a list of ${expression.length} records inside a choice; expected one record there`)
    }
    if ('count' in expression && expression.count !== undefined && expression.count !== 1) {
      return this.refuse(`"${expression.kind}" with a count of ${expression.count} ${this.wanted(expression.kind)}`)
    }
    if ('shift' in expression && expression.shift) return this.refuse(SHIFTING)
    switch (expression.kind) {
      case 'random':
        return this.call('pickrandom', () => this.list(expression.of))
      case 'hashed':
        return this.call('pickhashed', () => this.list(expression.of))
      case 'weighted':
        return this.call('pickwrandom', () => this.members(expression.members))
      case 'weighted-hashed':
        return this.call('pickwhashed', () => this.members(expression.members))
      case 'name-hashed':
        return this.call('picknamehashed', () => this.members(expression.members))
      case 'consistent-hashed':
        return this.call('pickchashed', () => this.keyed(expression.members))
      case 'view':
        return this.view(expression.rules, expression.otherwise)
      case 'networks':
        return this.view(longestFirst(expression.networks), expression.otherwise)
      case 'pool':
      case 'failover':
        return this.health(expression, 'one record')
      case 'computed':
        return this.element(expression.records)
      case 'lua':
        return this.refuse('code inside a choice; expected it as a whole record')
      case 'geo':
      case 'datacenters':
        return this.refuse(
          `"${expression.kind}" has no function in PowerDNS that says as much; expected kinds that have`,
        )
      default:
        return unreachable(expression)
    }
  }

  /** @param as the form that is wanted: of a list of one, pickrandom makes that one */
  private health(
    expression: PoolExpression<Expression> | FailoverExpression<Expression>,
    as: 'a list' | 'one record',
  ): void {
    const made = healthCall(expression, this.type, this.canonical)
    if (!made.ok) return this.refuse(made.error)
    const { value } = made
    if (as === 'a list' || value.name === 'pickselfweighted') return this.healthCall(value)
    if (!value.isOne) {
      return this.refuse(`"${expression.kind}" with none or several records inside a choice; expected one record there`)
    }
    this.call('pickrandom', () => this.healthCall(value))
  }

  private healthCall({ name, subject, groups, options }: HealthCall): void {
    this.call(name, () => {
      if (typeof subject === 'number') this.parts.push(`${subject}`, ',')
      else if (subject !== undefined) {
        this.literal(utf8(subject))
        this.parts.push(',')
      }
      const [only] = groups
      if (groups.length === 1 && only && name !== 'ifurlextup') this.addresses(only)
      else this.table(groups, (group) => this.addresses(group))
      if (options.length === 0) return
      this.parts.push(',')
      this.table(options, ([option, value]) => {
        this.parts.push(`${option}=`)
        if (typeof value === 'number') this.parts.push(`${value}`)
        else if (typeof value === 'string') this.literal(utf8(value))
        else this.table(Object.entries(value), (header) => this.entry(header))
      })
    })
  }

  private addresses(group: HealthCall['groups'][number]): void {
    this.table(group, (address) => {
      if (typeof address === 'string') this.literal(address)
      else this.entry(address)
    })
  }

  /** `[key]=value`, both texts. */
  private entry([key, value]: readonly [string, string]): void {
    this.parts.push('[')
    this.literal(utf8(key))
    this.parts.push(']=')
    this.literal(utf8(value))
  }

  private wanted(kind: string): string {
    return kind === 'random'
      ? 'inside a choice, or of a CNAME; expected a count of 1, as pickrandomsample gives a list'
      : 'has no function in PowerDNS; expected a count of 1'
  }

  private call(name: string, print: () => void): void {
    this.parts.push(`${name}(`)
    print()
    this.parts.push(')')
  }

  private list(elements: readonly Expression[]): void {
    this.table(elements, (element) => this.element(element))
  }

  private members(members: readonly Member[]): void {
    this.table(members, ({ weight, answer }) => {
      this.parts.push(`{${weight},`)
      this.element(answer)
      this.parts.push('}')
    })
  }

  /** PowerDNS hashes the text in the code, which has to be the record too. */
  private keyed(members: readonly KeyedMember[]): void {
    this.table(members, ({ weight, answer, key = answer }) => {
      const octets = typeof key === 'string' ? utf8(key) : undefined
      const record = octets === undefined ? undefined : toRecord(octets, this.type)
      if (
        typeof answer !== 'string' ||
        octets === undefined ||
        !record?.ok ||
        record.value !== this.canonical(answer)
      ) {
        return this.refuse(
          'pickchashed hashes the record itself; expected members that are texts, without a "key" of their own',
        )
      }
      this.parts.push(`{${weight},`)
      this.literal(octets)
      this.parts.push('}')
    })
  }

  private view(rules: readonly Rule[], otherwise: Expression | undefined): void {
    const isText = this.type === TYPE.TXT
    if (isText && otherwise === undefined) {
      return this.refuse(
        'PowerDNS answers a client in no network with an empty TXT, not SERVFAIL; expected "otherwise"',
      )
    }
    const implied = typeof otherwise === 'string' && isText && this.canonical(otherwise) === '""'
    const rest = otherwise === undefined || implied ? [] : [{ networks: EVERYBODY, answer: otherwise }]
    this.call('view', () =>
      this.table([...rules, ...rest], ({ networks, answer }) => {
        this.parts.push('{')
        this.table(networks, (network) => this.literal(network))
        this.parts.push(',')
        // Several answers of a rule are a choice among them.
        this.list(isPlainRandom(answer) ? answer.of : [answer])
        this.parts.push('}')
      }),
    )
  }

  private table<T>(items: readonly T[], print: (item: T) => void): void {
    this.parts.push('{')
    items.forEach((item, i) => {
      if (i > 0) this.parts.push(',')
      print(item)
    })
    this.parts.push('}')
  }

  /** A TXT is the text between the outer quotes, every other type the data as it is. */
  private toLua(text: string): string {
    const record = this.canonical(text)
    return this.type === TYPE.TXT ? record.slice(1, -1) : record
  }

  private literal(octets: string): void {
    this.parts.push(...literalOf(octets))
  }

  private refuse(problem: string): void {
    this.problem ??= `${problem} in a LUA ${typeName(this.type)} record`
  }
}

const flat = (list: readonly Expression[]): Expression[] =>
  list.flatMap((inner) => (isList(inner) ? flat(inner) : [inner]))

const isPlainRandom = (expression: Expression): expression is { kind: 'random'; of: readonly Expression[] } =>
  typeof expression === 'object' &&
  'kind' in expression &&
  expression.kind === 'random' &&
  expression.count === undefined

export const EVERYBODY = ['0.0.0.0/0', '::/0']

/** Returns rules in which the first network decides as the longest one does. */
export function longestFirst(networks: Readonly<Record<string, Expression>>): Rule[] {
  const lengthOf = (text: string): number => {
    const prefix = parsePrefix(text)
    return prefix.ok ? prefix.value.length : 0
  }
  return Object.entries(networks)
    .map(([text, answer]) => ({ networks: [text], answer }))
    .sort((a, b) => lengthOf(b.networks[0] as string) - lengthOf(a.networks[0] as string))
}

/** Says why weights that shift are not written. */
export const SHIFTING = 'weights that shift in time, which PowerDNS has not; expected no "shift"'
