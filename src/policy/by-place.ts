import { LEVELS, Levels, parseLevelKey } from '../geo/index.ts'
import { type Prefix, parsePrefix } from '../net/index.ts'
import type { Issue, Path } from './context.ts'
import type { ByPlace } from './place-expression.ts'

/** What a zone says for networks, and for places at each level. */
type PlaceTable<T> = {
  readonly levels: Levels<T>
  readonly prefixes: readonly Prefix[]
  /** Each network as the zone spells it, and what it has. */
  readonly networks: readonly string[]
  readonly values: readonly T[]
}

/** @param compile gives what the zone says at `at` its compiled form; networks come before all levels */
export function compileByPlace<V, T>(
  document: ByPlace<V>,
  path: Path,
  issues: Issue[],
  compile: (value: V, at: Path) => T,
): PlaceTable<T> {
  const levels = new Levels<T>()
  const prefixes: Prefix[] = []
  const networks: string[] = []
  const values: T[] = []
  const seen = new Set<string>()
  for (const [text, value] of Object.entries(document.networks ?? {})) {
    const at = [...path, 'networks', text]
    const prefix = parsePrefix(text)
    if (!prefix.ok) issues.push({ path: at, message: prefix.error })
    else {
      const identity = `${prefix.value.length}/${prefix.value.bytes}`
      if (seen.has(identity)) issues.push({ path: at, message: twice(text) })
      seen.add(identity)
      prefixes.push(prefix.value)
      networks.push(text)
      values.push(compile(value, at))
    }
  }
  for (const level of LEVELS) {
    for (const [text, value] of Object.entries(document[level] ?? {})) {
      const at = [...path, level, text]
      const key = parseLevelKey(level, text)
      if (!key.ok) issues.push({ path: at, message: key.error })
      else if (!levels.add(level, key.value, compile(value, at))) issues.push({ path: at, message: twice(text) })
    }
  }
  return { levels, prefixes, networks, values }
}

const twice = (text: string): string => `${text} is here twice, in two spellings; expected it once`
