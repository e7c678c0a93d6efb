import { type Expression, inside, type Path } from '../policy/index.ts'
import type { OwnerDocument, RrsetDocument, ZoneDocument } from '../zone/index.ts'

/** An answer. `type` is the type of its record; it is undefined inside a script, which may use the answer otherwise. */
export type LocatedExpression = {
  readonly expression: Expression
  readonly path: Path
  readonly type: string | undefined
}

/** A name of a document with its rrsets. */
export type Owner = readonly [owner: string, types: OwnerDocument]

/** Returns the names of a document: a list, since finding a million of them by name again takes longer than a lint. */
export const ownersOf = ({ records }: ZoneDocument): readonly Owner[] => Object.entries(records)

/**
 * Yields every answer of a document, nested answers too, with its path and the type of its record.
 * @param skipsTexts returns true for a type whose texts are left out: most records of a large zone are such
 */
export function* expressionsOf(
  owners: readonly Owner[],
  { scripts = {} }: ZoneDocument,
  skipsTexts: (type: string) => boolean,
): Generator<LocatedExpression> {
  for (const [owner, types] of owners) {
    for (const [type, rrset] of Object.entries(types)) {
      if (isText(rrset) && skipsTexts(type)) continue
      const [expression, path] = answerOf(rrset, ['records', owner, type])
      yield* within(expression, path, type)
    }
  }
  for (const [name, list] of Object.entries(scripts)) {
    for (const [i, script] of list.entries()) yield* within(script, ['scripts', name, i], 'LUA')
  }
}

/** Returns true for a text, or a list of texts, with or without a TTL. */
function isText(rrset: RrsetDocument): boolean {
  const answer = typeof rrset === 'object' && 'answer' in rrset ? rrset.answer : rrset
  return typeof answer === 'string' || (Array.isArray(answer) && answer.every((text) => typeof text === 'string'))
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
