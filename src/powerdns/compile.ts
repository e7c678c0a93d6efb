import { MAX_ZONE_SCRIPT_NODES } from '../limits.ts'
import { checkTree } from '../lua-vm/index.ts'
import {
  type CompileContext,
  compile,
  type Expression,
  hasScript,
  type Path,
  type Policy,
  type ScriptExpression,
} from '../policy/index.ts'
import type { AskedPools } from './asked-pools.ts'
import { ScriptCode } from './code.ts'
import { luaText, targetOfText } from './lua-text.ts'
import { PowerDnsScript, type ScriptRecord } from './script.ts'

/** The record of a script, and the parts of the zone that it uses. */
type ScriptContext = {
  readonly record: ScriptRecord
  /** The code that scripts include by a name. */
  readonly included: Included
  /** Makes the pools that only queries can know. */
  readonly asked?: AskedPools | undefined
}

type Included = (name: string) => readonly ScriptCode[] | undefined

/** Compiles the code of a record. After an issue the returned policy must not be used. */
export function compileScript(
  expression: ScriptExpression<Expression>,
  path: Path,
  context: CompileContext,
  { record, included, asked }: ScriptContext,
): Policy {
  const code = compileCode(expression, path, context, included)
  if (!code) return { kind: 'values', rdatas: [] }
  const { asks } = expression
  return new PowerDnsScript(code, context.owner, record, asks, asks && asked)
}

/**
 * Compiles stored Lua code. Reports issues in the context.
 * @param scope the prefix of the names of its parts in the tree
 */
export function compileCode(
  { tree, parts = [], includes = [] }: ScriptExpression<Expression>,
  path: Path,
  context: CompileContext,
  included: Included,
  scope = '',
): ScriptCode | undefined {
  const refuse = (field: string, message: string): undefined =>
    void context.issues.push({ path: [...path, field], message })
  if (tree === undefined) {
    return refuse('code', 'the code is not compiled; expected its "tree", which edge-gslb makes when it reads the zone')
  }
  const count = { nodes: 0, literals: 0 }
  const checked = checkTree(tree, count)
  if (!checked.ok) return refuse('tree', checked.error)
  const nodes = count.nodes + count.literals
  context.budget.nodes -= nodes
  if (context.budget.nodes < 0) {
    const most = `expected at most ${MAX_ZONE_SCRIPT_NODES}; put what records share into one that they include`
    return refuse(
      'tree',
      `with this one the scripts of the zone have more than ${MAX_ZONE_SCRIPT_NODES} nodes; ${most}`,
    )
  }
  const compiled = parts.map(({ call, args, answer }, i) => {
    const position = parts.length === 1 ? {} : { position: i + 1 }
    const at = [...path, 'parts', i, 'answer']
    const policy = compile(answer, at, { ...context, ...position, rdata: luaText, target: targetOfText })
    // A script inside would have its own budget each time that it is called.
    if (hasScript(policy))
      context.issues.push({ path: at, message: 'a script inside a call of a script; expected none' })
    return { call, args, policy }
  })
  const inner = new Map<string, readonly ScriptCode[]>()
  for (const name of includes) {
    const codes = included(name)
    if (codes) inner.set(name, codes)
    else refuse('includes', `there is no "${name}" among the "scripts" of the zone`)
  }
  return new ScriptCode(checked.value, nodes, compiled, scope, inner)
}
