import { LEVELS, Levels, parseLevelKey } from '../geo/index.ts'
import { type Prefix, parsePrefix } from '../net/index.ts'
import type { GeoTable } from './geo-table.ts'
import { type Issue, type Path, refuse } from './issues.ts'

/** A compiled table. The texts of its networks are the zone's; `values` are the networks'. */
type CompiledTable<T> = {
  readonly levels: Levels<T>
  readonly prefixes: readonly Prefix[]
  readonly networks: readonly string[]
  readonly values: readonly T[]
}

/** @param compile compiles the value at a path */
export function compileGeoTable<V, T>(
  table: GeoTable<V>,
  path: Path,
  context: { readonly issues: Issue[] },
  compile: (value: V, path: Path) => T,
): CompiledTable<T> {
  const levels = new Levels<T>()
  const prefixes: Prefix[] = []
  const networks: string[] = []
  const values: T[] = []
  const seen = new Set<string>()
  for (const [text, value] of Object.entries(table.networks ?? {})) {
    const at = [...path, 'networks', text]
    const prefix = parsePrefix(text)
    if (!prefix.ok) {
      refuse(context, at, prefix.error)
      continue
    }
    const identity = `${prefix.value.length}/${prefix.value.bytes}`
    if (seen.has(identity)) refuse(context, at, twice(text))
    seen.add(identity)
    prefixes.push(prefix.value)
    networks.push(text)
    values.push(compile(value, at))
  }
  for (const level of LEVELS) {
    for (const [text, value] of Object.entries(table[level] ?? {})) {
      const at = [...path, level, text]
      const key = parseLevelKey(level, text)
      if (!key.ok) refuse(context, at, key.error)
      else if (!levels.add(level, key.value, compile(value, at))) refuse(context, at, twice(text))
    }
  }
  return { levels, prefixes, networks, values }
}

const twice = (text: string): string => `${text} is here twice, in two spellings; expected it once`
