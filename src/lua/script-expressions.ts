import type {
  CallExpression,
  FunctionDeclaration,
  StringCallExpression,
  Expression as Syntax,
  Statement as SyntaxStatement,
  TableCallExpression,
  TableConstructorExpression,
} from 'luaparse'
import type { BinaryOperator, Block, CallNode, Expression, FunctionNode, TableItem, Target } from '../lua-vm/index.ts'
import type { Report } from './script-report.ts'
import { FunctionScope, type Variable } from './script-scope.ts'
import { endOf, isMultiple, operandsOf, skipSpace } from './script-syntax.ts'

/** The replacement of a call: a call of a global whose name is not valid in Lua, or the text that the call gives. */
export type Replacement = { readonly global: string } | { readonly text: string }

/** Returns the replacement of a call, or undefined if the call stays. */
export type Replace = (call: AnyCall, base: Syntax, args: readonly Syntax[]) => Replacement | undefined

type AnyCall = CallExpression | TableCallExpression | StringCallExpression

/** Translates the statements of a function inside an expression. */
type TranslateBody = (statements: readonly SyntaxStatement[], scope: FunctionScope, depth: number) => Block

/** Translates expressions, and the targets of assignments. */
export class ExpressionTranslator {
  private readonly report: Report
  private readonly source: string
  private readonly replace: Replace | undefined
  private readonly body: TranslateBody

  constructor(report: Report, source: string, replace: Replace | undefined, body: TranslateBody) {
    this.report = report
    this.source = source
    this.replace = replace
    this.body = body
  }

  /** A list, the last of which gives all its values, unless it stands in parentheses: then it gives the first. */
  list(nodes: readonly Syntax[], scope: FunctionScope, depth: number, call?: Syntax): Expression[] {
    return nodes.map((node, i) => {
      const isCut = i === nodes.length - 1 && isMultiple(node) && this.isInParentheses(node, call)
      const expression = this.expression(node, scope, isCut ? depth + 1 : depth)
      return isCut && expression !== null ? ['()', this.report.at(node), expression] : expression
    })
  }

  /**
   * True if the last of a list stands in parentheses, which the syntax tree leaves out: then the next character closes
   * them, and does not close the call whose arguments the list is.
   */
  private isInParentheses(node: Syntax, call: Syntax | undefined): boolean {
    const next = skipSpace(this.source, endOf(node))
    return this.source[next] === ')' && !(call && next + 1 === endOf(call))
  }

  expression(node: Syntax, scope: FunctionScope, depth: number): Expression {
    const at = this.report.at(node)
    return this.report.isTooDeep(at, depth) ? null : this.plain(node, at, scope, depth)
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
        this.report.usesMember(node.base, node.identifier.name, '.', at, scope)
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
            return this.report.refuse(at, `the operator "${node.operator}" is not of Lua 5.1; expected its operators`)
        }
      case 'LogicalExpression':
        return [node.operator, at, operandsOf(node, 'LogicalExpression', node.operator, 'left').map(inner)]
      case 'BinaryExpression':
        if (node.operator === '..') return ['..', at, operandsOf(node, 'BinaryExpression', '..', 'right').map(inner)]
        if (!BINARY_OPERATORS.has(node.operator)) {
          return this.report.refuse(at, `the operator "${node.operator}" is not of Lua 5.1; expected its operators`)
        }
        if (node.operator === '==' || node.operator === '~=') {
          this.report.compares(node.operator, node.left, node.right, at, scope)
        }
        return [node.operator as BinaryOperator, at, inner(node.left), inner(node.right)]
    }
  }

  private number(value: number, raw: string, at: number): Expression {
    if (/[a-z]$/i.test(raw) && !/^0x/i.test(raw)) {
      return this.report.refuse(at, `the number ${raw.slice(0, 32)} has a suffix; expected a plain number`)
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
    const replacement = this.replace?.(node, base, args)
    if (replacement) {
      return 'text' in replacement ? replacement.text : ['call', at, ['global', at, replacement.global], []]
    }
    const values = (): Expression[] => this.list(args, scope, depth + 1, node)
    if (base.type !== 'MemberExpression' || base.indexer !== ':') {
      if (base.type === 'Identifier' && base.name === 'print' && !scope.find('print')) this.report.prints(at)
      this.report.calls(base, args, scope)
      return ['call', at, this.expression(base, scope, depth + 1), values()]
    }
    if (this.report.isTooDeep(at, depth + 1)) return null
    this.report.usesMember(base.base, base.identifier.name, ':', at, scope)
    this.report.callsMethod(base.identifier.name, args)
    return ['method', at, this.expression(base.base, scope, depth + 1), base.identifier.name, values()]
  }

  functionNode(node: FunctionDeclaration, outer: FunctionScope, depth: number, isMethod: boolean): FunctionNode {
    const scope = new FunctionScope(outer)
    const names = node.parameters.flatMap((parameter) => (parameter.type === 'Identifier' ? [parameter.name] : []))
    const parameters = isMethod ? ['self', ...names] : names
    for (const name of parameters) this.report.addLocal(name, this.report.at(node), scope)
    const vararg = node.parameters.some((parameter) => parameter.type === 'VarargLiteral')
    const body = this.body(node.body, scope, depth + 1)
    return scope.finish(parameters.length, vararg, body)
  }

  private variable(name: string, at: number, scope: FunctionScope): Target | null {
    const found = scope.find(name)
    if (found) return targetOf(found, at)
    if (this.report.refusesGlobal(name, at)) return null
    this.report.readsGlobal(name, at)
    return ['global', at, name]
  }

  target(node: Syntax, scope: FunctionScope, depth: number): Target | undefined {
    const at = this.report.at(node)
    if (node.type === 'Identifier') {
      const found = scope.find(node.name)
      if (found) return targetOf(found, at)
      this.report.refusesGlobal(node.name, at)
      this.report.setsGlobal(node.name)
      return ['global', at, node.name]
    }
    if ('base' in node) this.report.setsMember(node.base, scope)
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
