import { MAX_ZONE_SCRIPT_NODES } from '../limits.ts'
import { err, ok } from '../result.ts'
import { checkTree } from '../script/index.ts'
import type { CompileContext, Path } from './compile.ts'
import type { Expression, ScriptExpression } from './expression.ts'
import { hasScript } from './members.ts'
import type { Policy } from './policy.ts'
import { ScriptCode } from './script-code.ts'

type Compile = (expression: Expression, path: Path, context: CompileContext) => Policy

/**
 * Stored Lua code made ready. Of an issue it tells in the context.
 * @param scope what the names of its parts begin with in the tree
 */
export function compileCode(
  { tree, parts = [], includes = [] }: ScriptExpression<Expression>,
  path: Path,
  context: CompileContext,
  compile: Compile,
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
    const place = parts.length === 1 ? {} : { place: i + 1 }
    const at = [...path, 'parts', i, 'answer']
    const policy = compile(answer, at, { ...context, ...place, rdata: luaText, target: targetOfText })
    // Each would have a budget of its own, every time that it is called.
    if (hasScript(policy))
      context.issues.push({ path: at, message: 'a script inside a call of a script; expected none' })
    return { call, args, policy }
  })
  const included = new Map<string, readonly ScriptCode[]>()
  for (const name of includes) {
    const codes = context.included(name)
    if (codes) included.set(`include ${name}`, codes)
    else refuse('includes', `there is no "${name}" among the "scripts" of the zone`)
  }
  return new ScriptCode(checked.value, nodes, compiled, scope, included)
}

/** What a part gives is a text for Lua, and no record. */
export const luaText: CompileContext['rdata'] = (text) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of octets
  /^[\x00-\xff]*$/.test(text)
    ? ok({ bytes: NO_BYTES, names: [], text })
    : err(`"${text}" has characters that are not octets; expected Lua's text, an octet each`)
const NO_BYTES = new Uint8Array()

/** It leads to what it says, whatever the type of the record that the script makes of it. */
export const targetOfText: CompileContext['target'] = ({ text }) => text
