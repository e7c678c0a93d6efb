import type { Chunk, Expression, Identifier, Statement } from 'luaparse'
import { MAX_SCRIPT_CALLS } from '../limits.ts'
import { FUNCTIONS } from './functions.ts'
import { isMultiple, operandsOf } from './script-syntax.ts'
import { continueAs, define, isConstant, newVariable, type Trust, type Variable } from './variable.ts'

/** Code that is included: `key` is the same for all spellings of its name. */
export type Included = {
  readonly key: string
  readonly codes: readonly { readonly code: string; readonly chunk: Chunk }[]
  /** What its variables are by themselves, found once for all that include it. */
  readonly constants?: () => Constants
}

/** What a piece of code does to a global, beside looking at it. */
export type GlobalUse = { readonly name: string } & Pick<Variable, 'changes' | 'innerChanges'> & {
    readonly isAssigned: boolean
  }

/** What may become of a value: nothing; what is inside it may be changed; it may be changed itself. */
type Use = 'looked at' | 'opened' | 'handed on'

/** More levels than the translation of a script allows: such code is refused there. */
const MAX_LEVELS = 1000

/** What includes each other deeper goes over the budget of calls when it is run, each taking two of them. */
const MAX_INCLUDES = MAX_SCRIPT_CALLS / 2

/**
 * The variables of a script, and of what it includes, whose value is known when the zone is compiled: they get one
 * value, once and always, and nothing can change it. So a list of servers may stand in a variable.
 */
export class Constants {
  private readonly included: (name: string) => Included | undefined
  private readonly globals = new Map<string, Variable>()
  private readonly uses = new Map<Identifier, { readonly variable: Variable; readonly isDefined: boolean }>()
  /** The codes that were looked through, and the names that were included. */
  private readonly codes = new Set<string>()
  private readonly seen = new Set<string>()
  private scopes: Map<string, Variable>[] = []
  private foreign = false
  /** Levels of blocks and functions, of functions alone, of anything, and of what is included. */
  private depth = 0
  private functions = 0
  private levels = 0
  private nesting = 0
  /** Whether what is included may have returned, or failed, before it got here. */
  private mayBeOver = false
  /** Whether that, or what is included with it, may have failed: code behind it at the same name is not run then. */
  private mayHaveFailed = false
  /** The labels that a `goto` may jump to from here, over what stands in between. */
  private jumps: string[] = []
  /** What has to be so for a use to be one that only looks. */
  private trusts: readonly Trust[] = []
  private givenUp = false
  /** What is included, and the variables of that which are changed here, by those there. */
  private readonly bases: Constants[] = []
  private readonly copies = new Map<Variable, Variable>()

  /** @param included the code that is run by `include` */
  constructor(included: (name: string) => Included | undefined = () => undefined) {
    this.included = included
  }

  /** What included code is by itself. */
  static ofIncluded(found: Included, included: (name: string) => Included | undefined): Constants {
    const constants = new Constants(included)
    constants.nesting = 1
    constants.seen.add(found.key)
    constants.walkIncluded(found, 0)
    return constants
  }

  /** Looks through code, in the order in which it is run, and through what it includes. */
  add(code: string, chunk: Chunk): void {
    this.codes.add(code)
    this.block(chunk.body, 0)
  }

  /** Reckons with what other code does, that may be run in front of this or behind it. */
  addElsewhere(uses: Iterable<GlobalUse & { readonly code: string }>): void {
    for (const { name, code, isAssigned, changes, innerChanges } of uses) {
      if (this.codes.has(code)) continue
      const variable = this.find(name)
      if (isAssigned) variable.definitions = -1
      variable.changes ||= changes
      variable.innerChanges ||= innerChanges
    }
  }

  /** The value that a variable always has, where it is used. */
  valueOf(use: Identifier): { readonly init: Expression; readonly foreign: boolean } | undefined {
    const { variable, isDefined = false } = this.useOf(use) ?? {}
    if (this.givenUp || !isDefined || !variable || !isConstant(variable, this.current)) return undefined
    return { init: variable.init as Expression, foreign: variable.foreign }
  }

  /** Whether the script has given the name a meaning of its own. */
  isOwn(use: Identifier): boolean {
    const variable = this.useOf(use)?.variable
    return this.givenUp || !variable || variable.isLocal || variable.definitions !== 0
  }

  /** Whether a global gets a value somewhere. */
  isAssigned(name: string): boolean {
    return (this.known(name)?.definitions ?? 0) !== 0
  }

  /** What is done to globals, beside what is included. */
  get globalUses(): readonly GlobalUse[] {
    return [...this.globals]
      .map(([name, { definitions, changes, innerChanges }]) => ({
        name,
        isAssigned: definitions !== 0,
        changes,
        innerChanges,
      }))
      .filter((use) => use.isAssigned || use.changes || use.innerChanges)
  }

  // --- statements ---------------------------------------------------------------------------------------------------

  private block(statements: readonly Statement[], deeper: number): void {
    if (++this.levels > MAX_LEVELS) this.givenUp = true
    else {
      this.depth += deeper
      this.scopes.push(new Map())
      const around = this.jumps.length
      for (const statement of statements) this.statement(statement, around)
      this.scopes.pop()
      this.depth -= deeper
    }
    this.levels--
  }

  /** @param around how many jumps began in front of the block */
  private statement(node: Statement, around: number): void {
    switch (node.type) {
      case 'LocalStatement':
        // Values are reckoned before the variables are there.
        node.init.forEach((init, i) => {
          if (node.variables[i]) this.initial(init)
          else this.expression(init, 'handed on')
        })
        node.variables.forEach(({ name }, i) => {
          const variable = this.introduce(name)
          if (i < node.init.length) define(variable, valueAt(node.init, i), this.foreign)
          this.hold(variable, node.init[i])
        })
        return
      case 'AssignmentStatement':
        node.init.forEach((init, i) => {
          if (node.variables[i]?.type === 'Identifier') this.initial(init)
          else this.expression(init, 'handed on')
        })
        for (const target of node.variables) if (target.type !== 'Identifier') this.expression(target, 'handed on')
        node.variables.forEach((target, i) => {
          if (target.type === 'Identifier') this.hold(this.assign(target, valueAt(node.init, i)), node.init[i])
        })
        return
      case 'CallStatement':
        return this.expression(node.expression, 'looked at')
      case 'ReturnStatement':
        // What the code itself returns is not its own any more.
        for (const value of node.arguments) this.expression(value, this.functions === 0 ? 'looked at' : 'handed on')
        if (this.functions === 0) this.mayBeOver = true
        return
      case 'FunctionDeclaration': {
        const { identifier } = node
        if (identifier?.type === 'Identifier') {
          if (node.isLocal) this.introduce(identifier.name).definitions = -1
          else this.assign(identifier, undefined)
        } else if (identifier) this.expression(identifier, 'handed on')
        return this.functionBody(node, identifier?.type === 'MemberExpression' && identifier.indexer === ':')
      }
      case 'DoStatement':
        return this.block(node.body, 0)
      case 'WhileStatement':
        this.expression(node.condition, 'looked at')
        return this.block(node.body, 1)
      case 'RepeatStatement':
        return this.block([...node.body, { type: 'LocalStatement', variables: [], init: [node.condition] }], 1)
      case 'IfStatement':
        node.clauses.forEach((clause, i) => {
          if (clause.type !== 'ElseClause') this.maybe(clause.condition, 'looked at', i > 0)
          this.block(clause.body, 1)
        })
        return
      case 'ForNumericStatement':
        for (const bound of [node.start, node.end, ...(node.step ? [node.step] : [])]) {
          this.expression(bound, 'looked at')
          if (bound.type !== 'NumericLiteral') this.fails()
        }
        return this.loop([node.variable.name], node.body)
      case 'ForGenericStatement':
        for (const iterator of node.iterators) this.expression(iterator, 'handed on')
        this.fails()
        return this.loop(
          node.variables.map(({ name }) => name),
          node.body,
        )
      case 'BreakStatement':
        return
      case 'GotoStatement':
        this.jumps.push(node.label.name)
        return this.fails()
      case 'LabelStatement':
        this.jumps = this.jumps.filter((name, i) => i < around || name !== node.label.name)
        return
    }
  }

  private loop(names: readonly string[], body: readonly Statement[]): void {
    this.scopes.push(new Map())
    for (const name of names) this.introduce(name).definitions = -1
    this.block(body, 1)
    this.scopes.pop()
  }

  private functionBody(
    { parameters, body }: { readonly parameters: readonly unknown[]; readonly body: Statement[] },
    isMethod: boolean,
  ): void {
    const { jumps } = this
    this.jumps = []
    this.functions++
    this.scopes.push(new Map())
    for (const parameter of parameters as readonly Expression[]) {
      if (parameter.type === 'Identifier') this.introduce(parameter.name).definitions = -1
    }
    if (isMethod) this.introduce('self').definitions = -1
    this.block(body, 1)
    this.scopes.pop()
    this.functions--
    this.jumps = jumps
  }

  /** The value of a variable: what is in a table that is written out stays what it is while the variable does. */
  private initial(node: Expression): void {
    if (node.type !== 'TableConstructorExpression') return this.expression(node, 'handed on')
    this.expression(node, 'looked at')
  }

  private hold(holder: Variable, table: Expression | undefined): void {
    if (table?.type !== 'TableConstructorExpression') return
    for (const { value } of table.fields) {
      if (value.type === 'Identifier') this.uses.get(value)?.variable.holders.push(holder)
      else this.hold(holder, value)
    }
  }

  // --- expressions --------------------------------------------------------------------------------------------------

  private expression(node: Expression, use: Use): void {
    if (++this.levels > MAX_LEVELS) this.givenUp = true
    else this.plain(node, use)
    this.levels--
  }

  private plain(node: Expression, use: Use): void {
    this.parts(node, use)
    if (this.foreign && this.functions === 0 && this.mayFail(node)) this.fails()
  }

  private fails(): void {
    if (!this.foreign || this.functions > 0) return
    this.mayBeOver = true
    this.mayHaveFailed = true
  }

  /** Whether an expression may end the code that it stands in, beside what is in it: then what is behind is not run. */
  private mayFail(node: Expression): boolean {
    switch (node.type) {
      case 'CallExpression':
      case 'TableCallExpression':
      case 'StringCallExpression':
        return !this.isInclude(node.base) || this.find('include').definitions !== 0
      case 'MemberExpression':
        return !this.isTable(node.base)
      case 'IndexExpression':
        return !this.isTable(node.base) || !isText(node.index)
      case 'TableConstructorExpression':
        return node.fields.some((field) => field.type === 'TableKey' && !isText(field.key))
      case 'UnaryExpression':
        return node.operator !== 'not'
      case 'BinaryExpression':
        if (node.operator === '==' || node.operator === '~=') return false
        return node.operator !== '..' || !isText(node.left) || !isText(node.right)
      default:
        return false
    }
  }

  /** Whether a variable is a table by now, whatever is in it. */
  private isTable(node: Expression): boolean {
    if (node.type !== 'Identifier' || this.depth > 0) return false
    const { variable, isDefined } = this.uses.get(node) ?? {}
    return isDefined === true && variable?.definitions === 1 && variable.init?.type === 'TableConstructorExpression'
  }

  private parts(node: Expression, use: Use): void {
    switch (node.type) {
      case 'Identifier':
        return this.used(node, use)
      case 'TableConstructorExpression':
        for (const field of node.fields) {
          if (field.type === 'TableKey') this.expression(field.key, 'handed on')
          this.expression(field.value, use === 'looked at' ? use : 'handed on')
        }
        return
      case 'CallExpression':
        return this.call(node.base, node.arguments)
      case 'TableCallExpression':
        return this.call(node.base, [node.arguments].flat() as Expression[])
      case 'StringCallExpression':
        return this.call(node.base, [node.argument])
      case 'MemberExpression':
        return this.expression(node.base, use === 'handed on' ? 'handed on' : 'opened')
      case 'IndexExpression':
        this.expression(node.index, 'looked at')
        return this.expression(node.base, use === 'handed on' ? 'handed on' : 'opened')
      case 'FunctionDeclaration':
        return this.functionBody(node, false)
      case 'UnaryExpression':
        return this.expression(node.argument, 'looked at')
      case 'LogicalExpression':
        operandsOf(node, 'LogicalExpression', node.operator, 'left').forEach((operand, i) => {
          this.maybe(operand, use, i > 0)
        })
        return
      case 'BinaryExpression':
        if (node.operator === '..') {
          for (const part of operandsOf(node, 'BinaryExpression', '..', 'right')) this.expression(part, 'looked at')
          return
        }
        this.expression(node.left, 'looked at')
        return this.expression(node.right, 'looked at')
    }
  }

  /** What is reckoned, or not. */
  private maybe(node: Expression, use: Use, isMaybe: boolean): void {
    this.depth += isMaybe ? 1 : 0
    this.expression(node, use)
    this.depth -= isMaybe ? 1 : 0
  }

  private call(base: Expression, args: readonly Expression[]): void {
    // A member that is called is not changed, and of a method's object nothing is known.
    this.expression(base, base.type === 'MemberExpression' && base.indexer === ':' ? 'handed on' : 'opened')
    const { trusts } = this
    const { use, trust } = this.useBy(base)
    if (trust) this.trusts = [...trusts, trust]
    for (const arg of args) this.expression(arg, use)
    this.trusts = trusts
    const [first] = args
    if (this.isInclude(base) && first?.type === 'StringLiteral') this.include(first.value)
  }

  private isInclude(base: Expression): boolean {
    return base.type === 'Identifier' && base.name === 'include' && !this.find('include').isLocal
  }

  /** What a function does to its arguments, as long as it is the one that has the name. */
  private useBy(base: Expression): { readonly use: Use; readonly trust?: Trust } {
    const unknown = { use: 'handed on' } as const
    if (base.type === 'Identifier') {
      const variable = this.find(base.name)
      const use = USES.get(base.name)
      return use && !variable.isLocal ? { use, trust: { variable, isLibrary: false } } : unknown
    }
    if (base.type !== 'MemberExpression' || base.base.type !== 'Identifier') return unknown
    const library = this.find(base.base.name)
    if (library.isLocal || base.base.name !== 'table' || !LOOKING.has(base.identifier.name)) return unknown
    return { use: 'looked at', trust: { variable: library, isLibrary: true } }
  }

  /** What is included is run where it is included, with the same globals; the second time it gives the same values. */
  private include(name: string): void {
    const found = this.included(name)
    if (!found || this.seen.has(found.key) || this.nesting >= MAX_INCLUDES) return
    const { scopes, foreign, depth, functions, mayBeOver, mayHaveFailed, trusts, jumps } = this
    const isPlain = depth === 0 && functions === 0 && jumps.length === 0 && this.nesting === 0
    if (isPlain && found.constants && this.adopt(found.constants())) return
    this.seen.add(found.key)
    this.nesting++
    this.walkIncluded(found, depth === 0 && functions === 0 ? 0 : 1)
    this.nesting--
    Object.assign(this, { scopes, foreign, depth, functions, mayBeOver, mayHaveFailed, trusts, jumps })
  }

  private walkIncluded({ codes }: Included, depth: number): void {
    const { foreign, mayBeOver, jumps } = this
    this.mayHaveFailed = false
    for (const { code, chunk } of codes) {
      this.codes.add(code)
      this.scopes = []
      this.foreign = true
      this.depth = depth
      this.functions = 0
      // What includes it may not have come this far, nor what stands in front of it at the same name.
      this.mayBeOver = (foreign && mayBeOver) || this.mayHaveFailed
      this.trusts = []
      this.jumps = jumps.slice()
      this.block(chunk.body, 0)
    }
  }

  /**
   * Takes over what is known of included code, which nobody has to look through again. Not where it comes upon variables
   * that have a value already.
   */
  private adopt(base: Constants): boolean {
    const names = this.bases.length === 0 ? this.globals.keys() : base.globals.keys()
    const shared = [...names].filter((name) => base.globals.has(name) && this.known(name))
    if (shared.some((name) => this.known(name)?.definitions !== 0)) return false
    for (const name of shared) {
      const variable = this.find(name)
      const later = base.globals.get(name) as Variable
      continueAs(variable, later)
      this.copies.set(later, variable)
    }
    this.bases.push(base)
    this.givenUp ||= base.givenUp
    for (const key of base.seen) this.seen.add(key)
    for (const code of base.codes) this.codes.add(code)
    return true
  }

  // --- variables ----------------------------------------------------------------------------------------------------

  private introduce(name: string): Variable {
    const variable = newVariable(this.depth, true)
    this.scopes.at(-1)?.set(name, variable)
    return variable
  }

  private find(name: string): Variable {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const found = this.scopes[i]?.get(name)
      if (found) return found
    }
    const own = this.globals.get(name)
    if (own) return own
    const known = this.known(name)
    const made = newVariable(0, false)
    if (known) {
      continueAs(made, known)
      this.copies.set(known, made)
    }
    this.globals.set(name, made)
    return made
  }

  /** A global that was come upon, here or in what is included: not to be changed. */
  private known(name: string): Variable | undefined {
    const own = this.globals.get(name)
    if (own) return own
    for (const { globals } of this.bases) {
      const found = globals.get(name)
      if (found) return found
    }
    return undefined
  }

  private readonly current = (variable: Variable): Variable => this.copies.get(variable) ?? variable

  private useOf(use: Identifier): { readonly variable: Variable; readonly isDefined: boolean } | undefined {
    const own = this.uses.get(use)
    if (own) return own
    for (const { uses } of this.bases) {
      const found = uses.get(use)
      if (found) return { variable: this.current(found.variable), isDefined: found.isDefined }
    }
    return undefined
  }

  private used(node: Identifier, use: Use): void {
    const variable = this.find(node.name)
    this.uses.set(node, { variable, isDefined: variable.definitions > 0 })
    for (const trust of this.trusts) variable.trusts.push(trust)
    if (use === 'handed on') variable.changes = true
    if (use === 'opened') variable.innerChanges = true
  }

  private assign(target: Identifier, value: Expression | undefined): Variable {
    const variable = this.find(target.name)
    this.uses.set(target, { variable, isDefined: false })
    const isAlways = this.depth === variable.depth && this.jumps.length === 0
    const isSure = isAlways && (variable.isLocal || !this.foreign || !this.mayBeOver)
    define(variable, isSure ? value : undefined, this.foreign)
    return variable
  }
}

/** A text or a number, which can be joined. */
const isText = ({ type }: Expression): boolean => type === 'StringLiteral' || type === 'NumericLiteral'

/** The last expression of a list may have several values. */
const valueAt = (list: readonly Expression[], i: number): Expression | undefined =>
  i === list.length - 1 && isMultiple(list[i] as Expression) && list.length > 1 ? undefined : list[i]

/** Functions that only look at what they are given, or give out what is inside it. */
const USES: ReadonlyMap<string, Use> = new Map<string, Use>([
  ...[...FUNCTIONS.keys()].map((name): [string, Use] => [name, 'looked at']),
  ...[
    'asnum',
    'continent',
    'country',
    'netmask',
    'newNMG',
    'pickclosest',
    'region',
    'tonumber',
    'tostring',
    'type',
  ].map((name): [string, Use] => [name, 'looked at']),
  ...['ipairs', 'next', 'pairs', 'select', 'unpack'].map((name): [string, Use] => [name, 'opened']),
])

/** Those of `table`. */
const LOOKING: ReadonlySet<string> = new Set(['concat', 'getn', 'maxn'])
