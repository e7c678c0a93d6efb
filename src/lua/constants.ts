import type { Chunk, Expression, Identifier, Statement } from 'luaparse'
import { FUNCTIONS } from './functions.ts'
import { isMultiple, operandsOf } from './script-syntax.ts'

/** A variable of a script, and what is known of it. */
type Variable = {
  /** How often it gets a value; -1 for what has none that could be known, as a parameter. */
  definitions: number
  init: Expression | undefined
  /** Whether `init` stands in other code, which is included. */
  foreign: boolean
  /** Where it is declared: a value that it gets deeper inside is one that it may not get. */
  readonly depth: number
  /** Whether somebody may change the table that it is, or one inside that. */
  changes: boolean
  innerChanges: boolean
  readonly isLocal: boolean
  /** Variables whose tables it is in. */
  readonly holders: Variable[]
}

/** A literal call of `include`, and whether it is always reached. */
type IncludeCall = { readonly name: string; readonly always: boolean }

/** What may become of a value: nothing; what is inside it may be changed; it may be changed itself. */
type Use = 'looked at' | 'opened' | 'handed on'

/** More levels than the translation of a script allows: such code is refused there. */
const MAX_LEVELS = 1000

/**
 * The variables of a script, and of what it includes, whose value is known when the zone is compiled: they get one
 * value, once and always, and nothing can change it. So a list of servers may stand in a variable.
 */
export class Constants {
  private readonly globals = new Map<string, Variable>()
  private readonly uses = new Map<Identifier, Variable>()
  private scopes: Map<string, Variable>[] = []
  private includes: IncludeCall[] = []
  private foreign = false
  /** Levels of blocks and functions, of functions alone, and of anything. */
  private depth = 0
  private functions = 0
  private levels = 0
  private givenUp = false

  /**
   * Looks through code.
   * @param always whether it is always run; @returns the calls of `include` in it
   */
  add(chunk: Chunk, foreign: boolean, always: boolean): readonly IncludeCall[] {
    this.foreign = foreign
    this.includes = []
    this.scopes = []
    this.depth = always ? 0 : 1
    this.block(chunk.body, 0)
    return this.includes
  }

  /** The value that a variable always has, where it is used. */
  valueOf(use: Identifier): { readonly init: Expression; readonly foreign: boolean } | undefined {
    const variable = this.uses.get(use)
    if (this.givenUp || !variable || !isConstant(variable, new Set())) return undefined
    return { init: variable.init as Expression, foreign: variable.foreign }
  }

  /** Whether the script has given the name a meaning of its own. */
  isOwn(use: Identifier): boolean {
    const variable = this.uses.get(use)
    return this.givenUp || !variable || variable.isLocal || variable.definitions !== 0
  }

  /** The globals that get a value somewhere. */
  get assigned(): readonly string[] {
    return [...this.globals].filter(([, { definitions }]) => definitions !== 0).map(([name]) => name)
  }

  // --- statements ---------------------------------------------------------------------------------------------------

  private block(statements: readonly Statement[], deeper: number): void {
    if (++this.levels > MAX_LEVELS) this.givenUp = true
    else {
      this.depth += deeper
      this.scopes.push(new Map())
      for (const statement of statements) this.statement(statement)
      this.scopes.pop()
      this.depth -= deeper
    }
    this.levels--
  }

  private statement(node: Statement): void {
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
        node.variables.forEach((target, i) => {
          if (target.type !== 'Identifier') this.expression(target, 'handed on')
          else this.hold(this.assign(target, valueAt(node.init, i)), node.init[i])
        })
        return
      case 'CallStatement':
        return this.expression(node.expression, 'looked at')
      case 'ReturnStatement':
        // What the code itself returns is not its own any more.
        for (const value of node.arguments) this.expression(value, this.functions === 0 ? 'looked at' : 'handed on')
        return
      case 'FunctionDeclaration': {
        const { identifier } = node
        if (identifier?.type === 'Identifier') {
          if (node.isLocal) this.introduce(identifier.name).definitions = -1
          else this.assign(identifier, undefined)
        } else if (identifier) this.expression(identifier, 'handed on')
        return this.functionBody(node)
      }
      case 'DoStatement':
        return this.block(node.body, 0)
      case 'WhileStatement':
        this.expression(node.condition, 'looked at')
        return this.block(node.body, 1)
      case 'RepeatStatement':
        return this.block([...node.body, { type: 'ReturnStatement', arguments: [node.condition] }], 1)
      case 'IfStatement':
        for (const clause of node.clauses) {
          if (clause.type !== 'ElseClause') this.expression(clause.condition, 'looked at')
          this.block(clause.body, 1)
        }
        return
      case 'ForNumericStatement':
        for (const bound of [node.start, node.end, ...(node.step ? [node.step] : [])]) {
          this.expression(bound, 'looked at')
        }
        return this.loop([node.variable.name], node.body)
      case 'ForGenericStatement':
        for (const iterator of node.iterators) this.expression(iterator, 'handed on')
        return this.loop(
          node.variables.map(({ name }) => name),
          node.body,
        )
      case 'BreakStatement':
      case 'GotoStatement':
      case 'LabelStatement':
        return
    }
  }

  private loop(names: readonly string[], body: readonly Statement[]): void {
    this.scopes.push(new Map())
    for (const name of names) this.introduce(name).definitions = -1
    this.block(body, 1)
    this.scopes.pop()
  }

  private functionBody({
    parameters,
    body,
  }: {
    readonly parameters: readonly unknown[]
    readonly body: Statement[]
  }): void {
    this.functions++
    this.scopes.push(new Map())
    for (const parameter of parameters as readonly Expression[]) {
      if (parameter.type === 'Identifier') this.introduce(parameter.name).definitions = -1
    }
    this.introduce('self').definitions = -1
    this.block(body, 1)
    this.scopes.pop()
    this.functions--
  }

  /** The value of a variable: what is in a table that is written out stays what it is while the variable does. */
  private initial(node: Expression): void {
    if (node.type !== 'TableConstructorExpression') return this.expression(node, 'handed on')
    this.expression(node, 'looked at')
  }

  private hold(holder: Variable, table: Expression | undefined): void {
    if (table?.type !== 'TableConstructorExpression') return
    for (const { value } of table.fields) {
      if (value.type === 'Identifier') this.uses.get(value)?.holders.push(holder)
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
        return this.functionBody(node)
      case 'UnaryExpression':
        return this.expression(node.argument, 'looked at')
      case 'LogicalExpression':
        for (const operand of operandsOf(node, 'LogicalExpression', node.operator, 'left'))
          this.expression(operand, use)
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

  private call(base: Expression, args: readonly Expression[]): void {
    const name = base.type === 'Identifier' ? base.name : undefined
    const [first] = args
    if (name === 'include' && first?.type === 'StringLiteral') {
      this.includes.push({ name: first.value, always: this.depth === 0 && this.functions === 0 })
    }
    // A member that is called is not changed, and of a method's object nothing is known.
    this.expression(base, base.type === 'MemberExpression' && base.indexer === ':' ? 'handed on' : 'opened')
    const use = name === undefined ? useByLibrary(base) : (USES.get(name) ?? 'handed on')
    for (const arg of args) this.expression(arg, use)
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
    const known = this.globals.get(name)
    if (known) return known
    const made = newVariable(0, false)
    this.globals.set(name, made)
    return made
  }

  private used(node: Identifier, use: Use): void {
    const variable = this.find(node.name)
    this.uses.set(node, variable)
    if (use === 'handed on') variable.changes = true
    if (use === 'opened') variable.innerChanges = true
  }

  private assign(target: Identifier, value: Expression | undefined): Variable {
    const variable = this.find(target.name)
    this.uses.set(target, variable)
    define(variable, this.depth === variable.depth ? value : undefined, this.foreign)
    return variable
  }
}

const newVariable = (depth: number, isLocal: boolean): Variable => ({
  ...{ definitions: 0, init: undefined, foreign: false, depth },
  ...{ changes: false, innerChanges: false, isLocal, holders: [] },
})

/** @param seen variables that are in each other's tables hold nothing that is known */
function isConstant(variable: Variable, seen: Set<Variable>): boolean {
  const { definitions, init, changes, innerChanges, holders } = variable
  if (definitions !== 1 || !init || isMultiple(init) || seen.has(variable)) return false
  if (init.type !== 'TableConstructorExpression') return true
  if (changes || (innerChanges && !isFlat(init))) return false
  seen.add(variable)
  // What comes out of a table that holds it may be changed there.
  return holders.every((holder) => !holder.changes && !holder.innerChanges && isConstant(holder, seen))
}

function define(variable: Variable, value: Expression | undefined, foreign: boolean): void {
  if (variable.definitions >= 0) variable.definitions++
  variable.init = value
  variable.foreign ||= foreign
}

/** The last expression of a list may have several values. */
const valueAt = (list: readonly Expression[], i: number): Expression | undefined =>
  i === list.length - 1 && isMultiple(list[i] as Expression) && list.length > 1 ? undefined : list[i]

const isFlat = (table: Extract<Expression, { type: 'TableConstructorExpression' }>): boolean =>
  table.fields.every(({ value }) => value.type === 'StringLiteral' || value.type === 'NumericLiteral')

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

function useByLibrary(base: Expression): Use {
  if (base.type !== 'MemberExpression' || base.base.type !== 'Identifier') return 'handed on'
  const { name } = base.base
  if (name === 'string' || name === 'math') return 'looked at'
  return name === 'table' && ['concat', 'getn', 'maxn'].includes(base.identifier.name) ? 'looked at' : 'handed on'
}
