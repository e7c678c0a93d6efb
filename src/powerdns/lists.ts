import { joinable, type LuaTable, type LuaValue, type Run, tableArgument, typeOf } from '../lua-vm/index.ts'
import { evaluationOf } from './script-host.ts'

/** The elements of a list of texts: at least one. */
export function textsOf(args: readonly LuaValue[], at: number, name: string, run: Run): string[] {
  const texts = textsIn(tableArgument(args, at, name, run), name, run)
  if (texts.length === 0) throw run.fail(`${name}: the list is empty`)
  return texts
}

export function textsIn(table: LuaTable, name: string, run: Run): string[] {
  const texts: string[] = []
  for (const [key, value] of table.entries(run)) {
    const text = joinable(value)
    if (typeof key !== 'number') throw run.fail(`${name}: the list has a ${typeOf(key)} as a key`)
    if (text === undefined) throw run.fail(`${name}: the list has a ${typeOf(value)} in it; expected texts`)
    texts.push(text)
  }
  run.chargeBytes(8 * texts.length)
  return texts
}

/**
 * Draws one element of a list, each with the same chance.
 * @param among the numbers of the elements in the trace; by default their positions
 */
export function drawOne<T>(list: readonly T[], run: Run, among?: readonly number[]): T {
  const evaluation = evaluationOf(run)
  const of = list.length
  const picked = evaluation.choose(new Array(of).fill(1), of)
  evaluation.trace?.push({ step: 'random', picked: [among?.[picked] ?? picked], of })
  return list[picked] as T
}
