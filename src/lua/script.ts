import type {
  CallExpression,
  FunctionDeclaration,
  StringCallExpression,
  Expression as Syntax,
  Statement as SyntaxStatement,
  TableCallExpression,
  TableConstructorExpression,
} from 'luaparse'
import { MAX_REPORTED_ISSUES, MAX_SCRIPT_LOCALS, MAX_SCRIPT_NESTING } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import {
  type BinaryOperator,
  type Block,
  type CallNode,
  checkTree,
  type Expression,
  type FunctionNode,
  REFUSED_NAMES,
  STANDARD_NAMES,
  type Statement,
  type TableItem,
  type Target,
  type Tree,
} from '../script/index.ts'
import { type LuaIssue, startOf } from './folding.ts'
import { type ParsedCode, parseCode } from './parse.ts'
import { FunctionScope, type Variable } from './script-scope.ts'
import { endOf, isMultiple, operandsOf, skipSpace } from './script-syntax.ts'

/** A script's tree, and what is suspect in it. */
type Script = { readonly tree: Tree; readonly warnings: readonly LuaIssue[] }

/** Stands for a call of a global whose name is none in Lua; or a text, which is what the call gives. */
export type Replacement = { readonly global: string } | { readonly text: string }

type ScriptOptions = {
  /** The globals that the host gives beside Lua's library. */
  readonly globals: ReadonlySet<string>
  /** Names that the host refuses, with the reason, beside those that cannot exist at all. */
  readonly refused?: ReadonlyMap<string, string>
  /** What stands for a call, or undefined where it stays what it is. */
  readonly replace?: (call: AnyCall, base: Syntax, args: readonly Syntax[]) => Replacement | undefined
  /** Told of each value that the code itself returns, and not a function in it. */
  readonly returned?: (value: Syntax) => void
}

type AnyCall = CallExpression | TableCallExpression | StringCallExpression

/**
 * The code of a PowerDNS LUA record as a tree that `prepare` makes a program of. A global that is neither the
 * host's nor assigned anywhere is nil, as in Lua, with a warning; a name that cannot exist here is an issue.
 */
export function translateLua(code: string, options: ScriptOptions): Result<Script, readonly LuaIssue[]> {
  const parsed = parseCode(code)
  return parsed.ok ? translateParsed(code, parsed.value, options) : err([parsed.error])
}

/** The same for code that is parsed already. */
export function translateParsed(
  code: string,
  { chunk, source, offsetAt }: ParsedCode,
  options: ScriptOptions,
): Result<Script, readonly LuaIssue[]> {
  const translator = new Translator(options, source, offsetAt)
  const scope = new FunctionScope(undefined)
  const body = translator.block(chunk.body, scope, 1)
  const main = scope.finish(0, true, body)
  const { issues, warnings } = translator.finish()
  if (issues.length > 0) return err(issues)
  const tree = checkTree({ version: 1, lines: linesOf(code), main })
  return tree.ok ? ok({ tree: tree.value, warnings }) : err([{ at: 0, message: tree.error }])
}

const linesOf = (code: string): number[] => [...code.matchAll(/\n/g)].map(({ index }) => index + 1)

type GlobalUse = { readonly name: string; readonly at: number }

class Translator {
  private readonly options: ScriptOptions
  private readonly source: string
  private readonly offsetAt: (at: number) => number
  private readonly issues: LuaIssue[] = []
  private readonly assigned = new Set<string>()
  private readonly read: GlobalUse[] = []
  private readonly prints: number[] = []
  private tooDeep = false
  private tooManyLocals = false

  constructor(options: ScriptOptions, source: string, offsetAt: (at: number) => number) {
    this.options = options
    this.source = source
    this.offsetAt = offsetAt
  }

  finish(): { issues: readonly LuaIssue[]; warnings: readonly LuaIssue[] } {
    const isKnown = (name: string): boolean =>
      this.assigned.has(name) || this.options.globals.has(name) || STANDARD_NAMES.has(name)
    const warnings = this.read
      .filter(({ name }) => !isKnown(name))
      .map(({ name, at }) => ({
        at,
        message: `the global ${name} is set nowhere, so that it is nil; expected a name of PowerDNS's or of Lua's`,
      }))
    const prints = this.prints.map((at) => ({ at, message: 'print does nothing here; expected no print' }))
    return { issues: this.issues, warnings: [...warnings, ...prints].sort((a, b) => a.at - b.at) }
  }

  private at(node: Syntax | SyntaxStatement): number {
    return this.offsetAt(startOf(node))
  }

  /** Reports an issue; what stands for the node is never run. */
  private refuse(at: number, message: string): null {
    if (this.issues.length < MAX_REPORTED_ISSUES) this.issues.push({ at, message })
    return null
  }

  private isTooDeep(at: number, depth: number): boolean {
    // One level of the checked tree at most is not counted here.
    if (depth < MAX_SCRIPT_NESTING) return false
    if (!this.tooDeep) this.refuse(at, `the code nests too deep; expected at most ${MAX_SCRIPT_NESTING} levels`)
    this.tooDeep = true
    return true
  }

  // --- statements ---------------------------------------------------------------------------------------------------

  /** Statements with variables of their own. */
  block(statements: readonly SyntaxStatement[], scope: FunctionScope, depth: number): Block {
    return scope.nested(() => this.statements(statements, scope, depth))
  }

  private statements(statements: readonly SyntaxStatement[], scope: FunctionScope, depth: number): Block {
    return statements.flatMap((statement) => this.statement(statement, scope, depth) ?? [])
  }

  private statement(node: SyntaxStatement, scope: FunctionScope, depth: number): readonly [Statement] | undefined {
    const at = this.at(node)
    if (this.isTooDeep(at, depth)) return undefined
    const expression = (inner: Syntax): Expression => this.expression(inner, scope, depth + 1)
    const expressions = (list: readonly Syntax[]): Expression[] => this.list(list, scope, depth + 1)
    const within = (body: readonly SyntaxStatement[]): Block => this.block(body, scope, depth + 1)
    switch (node.type) {
      case 'CallStatement': {
        const call = this.expression(node.expression, scope, depth)
        // What is replaced by what it gives does nothing.
        return Array.isArray(call) ? [call as unknown as CallNode] : undefined
      }
      case 'LocalStatement': {
        const values = expressions(node.init)
        const slots = node.variables.map(({ name }) => this.addLocal(name, at, scope))
        return [['declare', at, slots, values]]
      }
      case 'AssignmentStatement': {
        const targets = node.variables.map((target) => this.target(target, scope, depth + 1))
        const values = expressions(node.init)
        if (targets.some((target) => target === undefined)) return undefined
        return [['assign', at, targets as Target[], values]]
      }
      case 'FunctionDeclaration':
        return this.functionStatement(node, at, scope, depth)
      case 'DoStatement':
        return [['do', at, within(node.body)]]
      case 'WhileStatement':
        return [['while', at, expression(node.condition), within(node.body)]]
      case 'RepeatStatement':
        return scope.nested(() => {
          const body = this.statements(node.body, scope, depth + 1)
          return [['repeat', at, body, expression(node.condition)]]
        })
      case 'IfStatement': {
        const clauses: [Expression, Block][] = []
        let otherwise: Block = []
        for (const clause of node.clauses) {
          if (clause.type === 'ElseClause') otherwise = within(clause.body)
          else clauses.push([expression(clause.condition), within(clause.body)])
        }
        return [['if', at, clauses, otherwise]]
      }
      case 'ForNumericStatement': {
        const from = expression(node.start)
        const to = expression(node.end)
        const step = node.step ? expression(node.step) : 1
        return scope.nested(() => {
          const slot = this.addLocal(node.variable.name, at, scope)
          return [['for', at, slot, from, to, step, this.statements(node.body, scope, depth + 1)]]
        })
      }
      case 'ForGenericStatement': {
        const values = expressions(node.iterators)
        return scope.nested(() => {
          const slots = node.variables.map(({ name }) => this.addLocal(name, at, scope))
          return [['for in', at, slots, values, this.statements(node.body, scope, depth + 1)]]
        })
      }
      case 'ReturnStatement':
        if (!scope.isInside && node.arguments[0]) this.options.returned?.(node.arguments[0])
        return [['return', at, expressions(node.arguments)]]
      case 'BreakStatement':
        return [['break', at]]
      case 'GotoStatement':
      case 'LabelStatement':
        this.refuse(at, 'goto and labels are not of Lua 5.1; expected a loop with break')
        return undefined
    }
  }

  private functionStatement(
    node: FunctionDeclaration,
    at: number,
    scope: FunctionScope,
    depth: number,
  ): readonly [Statement] | undefined {
    const { identifier } = node
    if (node.isLocal && identifier?.type === 'Identifier') {
      const slot = this.addLocal(identifier.name, at, scope)
      return [['declare function', at, slot, this.functionNode(node, scope, depth, false)]]
    }
    if (!identifier) return undefined
    const isMethod = identifier.type === 'MemberExpression' && identifier.indexer === ':'
    const target = this.target(identifier, scope, depth + 1)
    const value: Expression = ['function', at, this.functionNode(node, scope, depth + 1, isMethod)]
    return target && [['assign', at, [target], [value]]]
  }

  private addLocal(name: string, at: number, scope: FunctionScope): number {
    if (scope.visible >= MAX_SCRIPT_LOCALS) {
      const message = `more than ${MAX_SCRIPT_LOCALS} local variables; expected fewer in one function`
      if (!this.tooManyLocals) this.refuse(at, message)
      this.tooManyLocals = true
      return 0
    }
    return scope.add(name)
  }

  // --- expressions --------------------------------------------------------------------------------------------------

  /** A list, the last of which gives all its values, unless it stands in parentheses: then it gives the first. */
  private list(nodes: readonly Syntax[], scope: FunctionScope, depth: number, call?: Syntax): Expression[] {
    return nodes.map((node, i) => {
      const isCut = i === nodes.length - 1 && isMultiple(node) && this.isInParentheses(node, call)
      const expression = this.expression(node, scope, isCut ? depth + 1 : depth)
      return isCut && expression !== null ? ['()', this.at(node), expression] : expression
    })
  }

  /**
   * Whether the last of a list stands in parentheses, of which the syntax tree knows nothing: then the next sign is a
   * closing one, and not that of the call whose arguments the list is.
   */
  private isInParentheses(node: Syntax, call: Syntax | undefined): boolean {
    const next = skipSpace(this.source, endOf(node))
    return this.source[next] === ')' && !(call && next + 1 === endOf(call))
  }

  private expression(node: Syntax, scope: FunctionScope, depth: number): Expression {
    const at = this.at(node)
    return this.isTooDeep(at, depth) ? null : this.plain(node, at, scope, depth)
  }

  private plain(node: Syntax, at: number, scope: FunctionScope, depth: number): Expression {
    const inner = (operand: Syntax): Expression => this.expression(operand, scope, depth + 1)
    switch (node.type) {
      case 'StringLiteral':
        return node.value
      case 'NumericLiteral':
        return this.number(node.value, node.raw, at)
      case 'NilLiteral':
        return null
      case 'BooleanLiteral':
        return node.value
      case 'VarargLiteral':
        return ['...', at]
      case 'Identifier':
        return this.variable(node.name, at, scope)
      case 'MemberExpression':
        this.refuseMember(node.base, node.identifier.name, at, scope)
        return ['index', at, inner(node.base), node.identifier.name]
      case 'IndexExpression':
        return ['index', at, inner(node.base), inner(node.index)]
      case 'CallExpression':
        return this.call(node, node.arguments, at, scope, depth)
      case 'TableCallExpression':
        // luaparse gives the one table where its types say a list of expressions.
        return this.call(node, [node.arguments].flat() as Syntax[], at, scope, depth)
      case 'StringCallExpression':
        return this.call(node, [node.argument], at, scope, depth)
      case 'FunctionDeclaration':
        return ['function', at, this.functionNode(node, scope, depth, false)]
      case 'TableConstructorExpression':
        return ['{}', at, this.items(node, scope, depth + 1)]
      case 'UnaryExpression':
        switch (node.operator) {
          case '-':
            return ['negate', at, inner(node.argument)]
          case 'not':
          case '#':
            return [node.operator, at, inner(node.argument)]
          default:
            return this.refuse(at, `the operator "${node.operator}" is not of Lua 5.1; expected its operators`)
        }
      case 'LogicalExpression':
        return [node.operator, at, operandsOf(node, 'LogicalExpression', node.operator, 'left').map(inner)]
      case 'BinaryExpression':
        if (node.operator === '..') return ['..', at, operandsOf(node, 'BinaryExpression', '..', 'right').map(inner)]
        if (!BINARY_OPERATORS.has(node.operator)) {
          return this.refuse(at, `the operator "${node.operator}" is not of Lua 5.1; expected its operators`)
        }
        return [node.operator as BinaryOperator, at, inner(node.left), inner(node.right)]
    }
  }

  private number(value: number, raw: string, at: number): Expression {
    if (/[a-z]$/i.test(raw) && !/^0x/i.test(raw)) {
      return this.refuse(at, `the number ${raw.slice(0, 32)} has a suffix; expected a plain number`)
    }
    // JSON has no infinity.
    return Number.isFinite(value) ? value : ['/', at, 1, 0]
  }

  private items({ fields }: TableConstructorExpression, scope: FunctionScope, depth: number): TableItem[] {
    return fields.map((field, i) => {
      if (field.type === 'TableValue') {
        // Only the last field gives all its values.
        if (i < fields.length - 1) return this.expression(field.value, scope, depth)
        return this.list([field.value], scope, depth)[0] as Expression
      }
      const key = field.type === 'TableKeyString' ? field.key.name : this.expression(field.key, scope, depth)
      return ['=', key, this.expression(field.value, scope, depth)]
    })
  }

  private call(
    node: AnyCall,
    args: readonly Syntax[],
    at: number,
    scope: FunctionScope,
    depth: number,
  ): CallNode | string | null {
    const { base } = node
    const replacement = this.options.replace?.(node, base, args)
    if (replacement) {
      return 'text' in replacement ? replacement.text : ['call', at, ['global', at, replacement.global], []]
    }
    const values = (): Expression[] => this.list(args, scope, depth + 1, node)
    if (base.type !== 'MemberExpression' || base.indexer !== ':') {
      if (base.type === 'Identifier' && base.name === 'print' && !scope.find('print')) this.prints.push(at)
      return ['call', at, this.expression(base, scope, depth + 1), values()]
    }
    if (this.isTooDeep(at, depth + 1)) return null
    return ['method', at, this.expression(base.base, scope, depth + 1), base.identifier.name, values()]
  }

  private functionNode(
    node: FunctionDeclaration,
    outer: FunctionScope,
    depth: number,
    isMethod: boolean,
  ): FunctionNode {
    const scope = new FunctionScope(outer)
    const names = node.parameters.flatMap((parameter) => (parameter.type === 'Identifier' ? [parameter.name] : []))
    const parameters = isMethod ? ['self', ...names] : names
    for (const name of parameters) this.addLocal(name, this.at(node), scope)
    const vararg = node.parameters.some((parameter) => parameter.type === 'VarargLiteral')
    const body = this.statements(node.body, scope, depth + 1)
    return scope.finish(parameters.length, vararg, body)
  }

  // --- names --------------------------------------------------------------------------------------------------------

  private variable(name: string, at: number, scope: FunctionScope): Target | null {
    const found = scope.find(name)
    if (found) return targetOf(found, at)
    const reason = this.options.refused?.get(name) ?? REFUSED_NAMES.get(name)
    if (reason !== undefined) return this.refuse(at, `${name} is not available: ${reason}; expected code without it`)
    this.read.push({ name, at })
    return ['global', at, name]
  }

  /** Fields of the library that cannot exist, such as `string.dump`. */
  private refuseMember(base: Syntax, field: string, at: number, scope: FunctionScope): void {
    if (base.type !== 'Identifier' || scope.find(base.name)) return
    const reason = REFUSED_NAMES.get(`${base.name}.${field}`)
    if (reason !== undefined)
      this.refuse(at, `${base.name}.${field} is not available: ${reason}; expected code without it`)
  }

  private target(node: Syntax, scope: FunctionScope, depth: number): Target | undefined {
    const at = this.at(node)
    if (node.type === 'Identifier') {
      const found = scope.find(node.name)
      if (found) return targetOf(found, at)
      const reason = this.options.refused?.get(node.name) ?? REFUSED_NAMES.get(node.name)
      if (reason !== undefined) this.refuse(at, `${node.name} is not available: ${reason}; expected code without it`)
      this.assigned.add(node.name)
      return ['global', at, node.name]
    }
    const place = this.expression(node, scope, depth)
    return place === null ? undefined : (place as Target)
  }
}

function targetOf(variable: Variable, at: number): Target {
  return variable.of === 'local' ? ['local', at, variable.index] : ['upvalue', at, variable.index]
}

const BINARY_OPERATORS: ReadonlySet<string> = new Set([
  ...['+', '-', '*', '/', '%', '^'],
  ...['==', '~=', '<', '<=', '>', '>='],
])
