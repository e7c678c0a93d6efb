import { LEVELS, Levels } from '../geo/query-path.ts'
import { Damaged, listOf, textOf, wordOf } from '../stored-value.ts'

/** Stores the entries as texts and values in turn: `["countries DE", 0, "continents EU", 1]`. */
export const storeLevels = <T>(levels: Levels<T>): unknown => levels.entries().flat()

export function loadLevels<T>(value: unknown, read: (value: unknown) => T): Levels<T> {
  const list = listOf(value)
  const levels = new Levels<T>()
  for (let i = 0; i < list.length; i += 2) {
    const id = textOf(list[i])
    const space = id.indexOf(' ')
    const isNew = levels.add(wordOf(id.slice(0, space), LEVELS), id.slice(space + 1), read(list[i + 1]))
    if (!isNew) throw new Damaged(`"${id}" once`)
  }
  return levels
}
