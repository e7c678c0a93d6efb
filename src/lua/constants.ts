import type { Chunk, Expression, Identifier, Statement } from 'luaparse'
import { MAX_SCRIPT_CALLS } from '../limits.ts'
import { isInclude, mayFail, type Use, useBy } from './effects.ts'
import { isMultiple, operandsOf } from './script-syntax.ts'
import { type Assumption, define, isConstant, type Variable } from './variable.ts'
import { type GlobalUse, Variables } from './variables.ts'

/** Included code. `key` is the same for all spellings of its name. */
export type Included = {
  readonly key: string
  readonly codes: readonly { readonly code: string; readonly chunk: Chunk }[]
  /** The variables of the code by itself, found once for all code that includes it. */
  readonly constants?: () => Constants
}

/** The largest nesting that is analysed: more is refused when the script is translated. */
const MAX_LEVELS = 1000

/** Includes that nest deeper exceed the budget of calls when they run: each takes two calls. */
const MAX_INCLUDES = MAX_SCRIPT_CALLS / 2

/**
 * Finds the variables of a script, and of the code that it includes, whose values are known when the zone is compiled:
 * they are always assigned once, and nothing can change the value. So a list of servers may stand in a variable.
 */
export class Constants {
  private readonly included: (name: string) => Included | undefined
  private readonly variables = new Variables()
  /** The code that is analysed, and the names that are included. */
  private readonly codes = new Set<string>()
  private readonly seen = new Set<string>()
  private fromInclude = false
  /** Levels of conditional blocks and functions, of functions alone, of any nesting, and of includes. */
  private depth = 0
  private functions = 0
  private levels = 0
  private nesting = 0
  /** True if the included code may have returned, or thrown, before this point. */
  private mayHaveExited = false
  /** True if an earlier include at this name may have thrown, so that this code may not run. */
  private mayHaveFailed = false
  /** The labels to which an earlier `goto` may jump, past this point. */
  private jumps: string[] = []
  /** The assumptions under which the use at hand only reads its value. */
  private assumptions: readonly Assumption[] = []
  private givenUp = false

  /** @param included the code that is run by `include` */
  constructor(included: (name: string) => Included | undefined = () => undefined) {
    this.included = included
  }

  /** The constants of included code by itself. */
  static ofIncluded(found: Included, included: (name: string) => Included | undefined): Constants {
    const constants = new Constants(included)
    constants.nesting = 1
    constants.seen.add(found.key)
    constants.walkIncluded(found, 0)
    return constants
  }

  /** Analyses code in the order in which it runs, and the code that it includes. */
  add(code: string, chunk: Chunk): void {
    this.codes.add(code)
    this.block(chunk.body, 0)
  }

  /** Takes into account other code, which may run before this or after it. */
  addElsewhere(uses: Iterable<GlobalUse & { readonly code: string }>): void {
    for (const { name, code, isAssigned, isMutable, elementsMutable } of uses) {
      if (this.codes.has(code)) continue
      const variable = this.variables.find(name)
      if (isAssigned) variable.definitions = -1
      variable.isMutable ||= isMutable
      variable.elementsMutable ||= elementsMutable
    }
  }

  /** The value that a variable always has, where it is used. */
  valueOf(use: Identifier): { readonly init: Expression; readonly fromInclude: boolean } | undefined {
    const { variable, isDefined = false } = this.variables.useOf(use) ?? {}
    if (this.givenUp || !isDefined || !variable || !isConstant(variable, this.variables.current)) return undefined
    return { init: variable.init as Expression, fromInclude: variable.fromInclude }
  }

  /** True if the script gives the name a meaning of its own. */
  isOwn(use: Identifier): boolean {
    const variable = this.variables.useOf(use)?.variable
    return this.givenUp || !variable || variable.isLocal || variable.definitions !== 0
  }

  /** True if a global is assigned somewhere. */
  isAssigned(name: string): boolean {
    return this.variables.isAssigned(name)
  }

  /** The uses of globals in this code, without those in included code. */
  get globalUses(): readonly GlobalUse[] {
    return this.variables.globalUses
  }

  // --- statements ---------------------------------------------------------------------------------------------------

  private block(statements: readonly Statement[], deeper: number): void {
    if (++this.levels > MAX_LEVELS) this.givenUp = true
    else {
      this.depth += deeper
      const around = this.jumps.length
      this.variables.within(() => {
        for (const statement of statements) this.statement(statement, around)
      })
      this.depth -= deeper
    }
    this.levels--
  }

  /** @param around how many jumps began in front of the block */
  private statement(node: Statement, around: number): void {
    switch (node.type) {
      case 'LocalStatement':
        // Values are evaluated before their variables exist.
        node.init.forEach((init, i) => {
          if (node.variables[i]) this.initial(init)
          else this.expression(init, 'handed on')
        })
        node.variables.forEach(({ name }, i) => {
          const variable = this.introduce(name)
          if (i < node.init.length) define(variable, valueAt(node.init, i), this.fromInclude)
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
        // A value that a function returns is out of its hands; the code itself ends with its return.
        for (const value of node.arguments) this.expression(value, this.functions === 0 ? 'looked at' : 'handed on')
        if (this.functions === 0) this.mayHaveExited = true
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
    this.variables.within(() => {
      for (const name of names) this.introduce(name).definitions = -1
      this.block(body, 1)
    })
  }

  private functionBody(
    { parameters, body }: { readonly parameters: readonly unknown[]; readonly body: Statement[] },
    isMethod: boolean,
  ): void {
    const { jumps } = this
    this.jumps = []
    this.functions++
    this.variables.within(() => {
      for (const parameter of parameters as readonly Expression[]) {
        if (parameter.type === 'Identifier') this.introduce(parameter.name).definitions = -1
      }
      if (isMethod) this.introduce('self').definitions = -1
      this.block(body, 1)
    })
    this.functions--
    this.jumps = jumps
  }

  /** The value of a variable. The elements of a table constructor stay constant while the variable does. */
  private initial(node: Expression): void {
    if (node.type !== 'TableConstructorExpression') return this.expression(node, 'handed on')
    this.expression(node, 'looked at')
  }

  private hold(container: Variable, table: Expression | undefined): void {
    if (table?.type !== 'TableConstructorExpression') return
    for (const { value } of table.fields) {
      if (value.type === 'Identifier') this.variables.useOf(value)?.variable.containers.push(container)
      else this.hold(container, value)
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
    if (this.fromInclude && this.functions === 0 && mayFail(node, this.variables, this.depth)) this.fails()
  }

  private fails(): void {
    if (!this.fromInclude || this.functions > 0) return
    this.mayHaveExited = true
    this.mayHaveFailed = true
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

  /** Analyses an expression that may not be evaluated. */
  private maybe(node: Expression, use: Use, isMaybe: boolean): void {
    this.depth += isMaybe ? 1 : 0
    this.expression(node, use)
    this.depth -= isMaybe ? 1 : 0
  }

  private call(base: Expression, args: readonly Expression[]): void {
    // A call of a member does not change it; a method may change its object.
    this.expression(base, base.type === 'MemberExpression' && base.indexer === ':' ? 'handed on' : 'opened')
    const { assumptions } = this
    const { use, assumption } = useBy(base, this.variables)
    if (assumption) this.assumptions = [...assumptions, assumption]
    for (const arg of args) this.expression(arg, use)
    this.assumptions = assumptions
    const [first] = args
    if (isInclude(base, this.variables) && first?.type === 'StringLiteral') this.include(first.value)
  }

  /** Included code runs at the include, with the same globals; a second time it assigns the same values. */
  private include(name: string): void {
    const found = this.included(name)
    if (!found || this.seen.has(found.key) || this.nesting >= MAX_INCLUDES) return
    const { fromInclude, depth, functions, mayHaveExited, mayHaveFailed, assumptions, jumps } = this
    const isPlain = depth === 0 && functions === 0 && jumps.length === 0 && this.nesting === 0
    if (isPlain && found.constants && this.adopt(found.constants())) return
    this.seen.add(found.key)
    this.nesting++
    this.variables.apart(() => this.walkIncluded(found, depth === 0 && functions === 0 ? 0 : 1))
    this.nesting--
    Object.assign(this, { fromInclude, depth, functions, mayHaveExited, mayHaveFailed, assumptions, jumps })
  }

  private walkIncluded({ codes }: Included, depth: number): void {
    const { fromInclude, mayHaveExited, jumps } = this
    this.mayHaveFailed = false
    for (const { code, chunk } of codes) {
      this.codes.add(code)
      this.fromInclude = true
      this.depth = depth
      this.functions = 0
      // The including code may have ended before this include, and earlier code at the same name may have thrown.
      this.mayHaveExited = (fromInclude && mayHaveExited) || this.mayHaveFailed
      this.assumptions = []
      this.jumps = jumps.slice()
      this.block(chunk.body, 0)
    }
  }

  /** Adopts the analysis of included code, if that is possible. */
  private adopt(base: Constants): boolean {
    if (!this.variables.adopt(base.variables)) return false
    this.givenUp ||= base.givenUp
    for (const key of base.seen) this.seen.add(key)
    for (const code of base.codes) this.codes.add(code)
    return true
  }

  // --- variables ----------------------------------------------------------------------------------------------------

  private introduce(name: string): Variable {
    return this.variables.introduce(name, this.depth)
  }

  private used(node: Identifier, use: Use): void {
    const variable = this.variables.use(node, true)
    for (const assumption of this.assumptions) variable.assumptions.push(assumption)
    if (use === 'handed on') variable.isMutable = true
    if (use === 'opened') variable.elementsMutable = true
  }

  private assign(target: Identifier, value: Expression | undefined): Variable {
    const variable = this.variables.use(target, false)
    const isAlways = this.depth === variable.depth && this.jumps.length === 0
    const isSure = isAlways && (variable.isLocal || !this.fromInclude || !this.mayHaveExited)
    define(variable, isSure ? value : undefined, this.fromInclude)
    return variable
  }
}

/** The last expression of a list may have several values. */
const valueAt = (list: readonly Expression[], i: number): Expression | undefined =>
  i === list.length - 1 && isMultiple(list[i] as Expression) && list.length > 1 ? undefined : list[i]
