import { type Expression, inside, type Path } from '../policy/index.ts'
import type { RrsetDocument, ZoneDocument } from '../zone/index.ts'

/** An answer. `type` is the type of its record; it is undefined inside a script, which may use the answer otherwise. */
export type LocatedExpression = {
  readonly expression: Expression
  readonly path: Path
  readonly type: string | undefined
}

/** Yields every answer of a document, nested answers too, with its path and the type of its record. */
export function* expressionsOf({ records, scripts = {} }: ZoneDocument): Generator<LocatedExpression> {
  for (const [owner, types] of Object.entries(records)) {
    for (const [type, rrset] of Object.entries(types)) {
      const [expression, path] = answerOf(rrset, ['records', owner, type])
      yield* within(expression, path, type)
    }
  }
  for (const [name, list] of Object.entries(scripts)) {
    for (const [i, script] of list.entries()) yield* within(script, ['scripts', name, i], 'LUA')
  }
}

function answerOf(rrset: RrsetDocument, path: Path): [Expression, Path] {
  if (typeof rrset === 'object' && 'answer' in rrset) return [rrset.answer, [...path, 'answer']]
  return [rrset as Expression, path]
}

function* within(expression: Expression, path: Path, type: string | undefined): Generator<LocatedExpression> {
  yield { expression, path, type }
  const isScript = typeof expression === 'object' && 'kind' in expression && expression.kind === 'lua'
  for (const [inner, field] of inside(expression)) {
    yield* within(inner, [...path, ...field], isScript ? undefined : type)
  }
}

/** Yields the records that an rrset always has: its text, or those of its list. */
export function* plainTexts(rrset: RrsetDocument, path: Path): Generator<{ text: string; path: Path }> {
  const [answer, at] = answerOf(rrset, path)
  if (typeof answer === 'string') yield { text: answer, path: at }
  if (!Array.isArray(answer)) return
  for (const [i, text] of answer.entries()) if (typeof text === 'string') yield { text, path: [...at, i] }
}
