import type { FunctionDeclaration, Expression as Syntax, Statement as SyntaxStatement } from 'luaparse'
import {
  type Block,
  type CallNode,
  checkTree,
  type Expression,
  type Statement,
  type Target,
  type Tree,
} from '../lua-vm/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { LuaIssue } from './fold-context.ts'
import { type ParsedCode, parseCode } from './parse.ts'
import { ExpressionTranslator, type Replace } from './script-expressions.ts'
import { type HostNames, Report } from './script-report.ts'
import { FunctionScope } from './script-scope.ts'

/** A script's tree, and what is suspect in it. */
type Script = { readonly tree: Tree; readonly warnings: readonly LuaIssue[] }

type ScriptOptions = HostNames & {
  readonly replace?: Replace
  /** Called with each value that the code itself returns, not with those of functions in it. */
  readonly returned?: (value: Syntax) => void
}

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
  const report = new Report(options, offsetAt)
  const translator = new Translator(options, source, report)
  const scope = new FunctionScope(undefined)
  const body = translator.block(chunk.body, scope, 1)
  const main = scope.finish(0, true, body)
  const { issues, warnings } = report.finish()
  if (issues.length > 0) return err(issues)
  const tree = checkTree({ version: 1, lines: linesOf(code), main })
  return tree.ok ? ok({ tree: tree.value, warnings }) : err([{ at: 0, message: tree.error }])
}

const linesOf = (code: string): number[] => [...code.matchAll(/\n/g)].map(({ index }) => index + 1)

/** Translates statements. */
class Translator {
  private readonly options: ScriptOptions
  private readonly report: Report
  private readonly expressions: ExpressionTranslator

  constructor(options: ScriptOptions, source: string, report: Report) {
    this.options = options
    this.report = report
    this.expressions = new ExpressionTranslator(report, source, options.replace, (statements, scope, depth) =>
      this.statements(statements, scope, depth),
    )
  }

  /** Statements with variables of their own. */
  block(statements: readonly SyntaxStatement[], scope: FunctionScope, depth: number): Block {
    return scope.nested(() => this.statements(statements, scope, depth))
  }

  private statements(statements: readonly SyntaxStatement[], scope: FunctionScope, depth: number): Block {
    const labels = statements.flatMap((statement) =>
      statement.type === 'LabelStatement' ? [statement.label.name] : [],
    )
    return scope.labelled(labels, () =>
      statements.flatMap((statement) => this.statement(statement, scope, depth) ?? []),
    )
  }

  private statement(node: SyntaxStatement, scope: FunctionScope, depth: number): readonly [Statement] | undefined {
    const at = this.report.at(node)
    if (this.report.isTooDeep(at, depth)) return undefined
    const expression = (inner: Syntax): Expression => this.expressions.expression(inner, scope, depth + 1)
    const expressions = (list: readonly Syntax[]): Expression[] => this.expressions.list(list, scope, depth + 1)
    const within = (body: readonly SyntaxStatement[]): Block => this.block(body, scope, depth + 1)
    switch (node.type) {
      case 'CallStatement': {
        const call = this.expressions.expression(node.expression, scope, depth)
        // A call that is replaced by its text has no effect as a statement.
        return Array.isArray(call) ? [call as unknown as CallNode] : undefined
      }
      case 'LocalStatement': {
        const values = expressions(node.init)
        const slots = node.variables.map(({ name }) => this.report.addLocal(name, at, scope))
        return [['declare', at, slots, values]]
      }
      case 'AssignmentStatement': {
        const targets = node.variables.map((target) => this.expressions.target(target, scope, depth + 1))
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
          const slot = this.report.addLocal(node.variable.name, at, scope)
          return [['for', at, slot, from, to, step, this.statements(node.body, scope, depth + 1)]]
        })
      }
      case 'ForGenericStatement': {
        const values = expressions(node.iterators)
        return scope.nested(() => {
          const slots = node.variables.map(({ name }) => this.report.addLocal(name, at, scope))
          return [['for in', at, slots, values, this.statements(node.body, scope, depth + 1)]]
        })
      }
      case 'ReturnStatement':
        if (!scope.isInside && node.arguments[0]) this.options.returned?.(node.arguments[0])
        return [['return', at, expressions(node.arguments)]]
      case 'BreakStatement':
        return [['break', at]]
      case 'GotoStatement':
        return [['goto', at, scope.label(node.label.name)]]
      case 'LabelStatement':
        return [['label', at, scope.label(node.label.name)]]
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
      const slot = this.report.addLocal(identifier.name, at, scope)
      return [['declare function', at, slot, this.expressions.functionNode(node, scope, depth, false)]]
    }
    if (!identifier) return undefined
    const isMethod = identifier.type === 'MemberExpression' && identifier.indexer === ':'
    const target = this.expressions.target(identifier, scope, depth + 1)
    const value: Expression = ['function', at, this.expressions.functionNode(node, scope, depth + 1, isMethod)]
    return target && [['assign', at, [target], [value]]]
  }
}
