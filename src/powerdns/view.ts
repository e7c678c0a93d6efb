import { joinable, LuaTable, type LuaValue, type Run, tableArgument } from '../lua-vm/index.ts'
import { drawOne, textsIn } from './lists.ts'
import { evaluationOf } from './script-host.ts'

/** Answers by the first rule whose networks contain the client; an empty text if there is none. */
export function view(args: readonly LuaValue[], run: Run, name: string): LuaValue {
  const evaluation = evaluationOf(run)
  let branch = 0
  for (const [, rule] of tableArgument(args, 0, name, run).entries(run)) {
    const [networks, answers] = rule instanceof LuaTable ? [rule.get(1), rule.get(2)] : []
    if (!(networks instanceof LuaTable) || !(answers instanceof LuaTable)) {
      throw run.fail(`${name}: a rule is not a pair; expected {{networks}, {answers}}`)
    }
    if (evaluation.isIn(networks, name, run)) {
      const texts = textsIn(answers, name, run)
      if (texts.length === 0) throw run.fail(`${name}: the list of answers is empty`)
      const { scope } = evaluation
      evaluation.trace?.push({ step: 'view', matched: joinable(networks.get(1)) ?? '', branch, scope })
      return texts.length === 1 ? texts[0] : drawOne(texts, run)
    }
    branch++
  }
  evaluation.trace?.push({ step: 'view', matched: null, branch: 'otherwise', scope: evaluation.scope })
  return ''
}
