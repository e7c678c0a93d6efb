import type { Name } from '../dns/index.ts'
import { err, ok, type Result } from '../result.ts'
import { Exploration } from './exploration.ts'
import type { FoldedLua } from './fold.ts'
import { distinct, type LuaIssue } from './fold-context.ts'
import type { Includes } from './includes.ts'
import type { LuaReader, RecordCode } from './reader.ts'
import type { CompiledScript } from './script-compiler.ts'

/** The code of a LUA record as an answer expression: folded, or where it depends on the query, a script. */
export function compileLua(
  reader: LuaReader,
  read: RecordCode,
  includes?: Includes,
  owner?: Name,
): Result<FoldedLua, readonly LuaIssue[]> {
  return read.folded ? ok(read.folded) : scriptLua(reader, read, includes, owner)
}

/**
 * The code of a LUA record as a script.
 * @param includes the code of the zone that it may include, when all records of the zone are read
 * @param owner the name of the record; undefined: it can be any
 */
export function scriptLua(
  reader: LuaReader,
  read: RecordCode,
  includes?: Includes,
  owner?: Name,
): Result<FoldedLua, readonly LuaIssue[]> {
  const script = read.script ?? reader.script(read, includes)
  return script.ok ? withHealthCalls(script.value, includes, owner) : script
}

/** Adds the health calls that the script makes when it runs. */
function withHealthCalls(
  { script, marks, warnings }: CompiledScript,
  includes: Includes | undefined,
  owner: Name | undefined,
): Result<FoldedLua, readonly LuaIssue[]> {
  const exploration = includes?.exploration ?? new Exploration()
  const explored = exploration.healthCallsOf(script, owner)
  if (!explored) return ok({ expression: script, marks, warnings })
  if (explored.issues.length > 0) return err(distinct(explored.issues))
  const parts = [...(script.parts ?? []), ...explored.parts]
  const backup = includes?.reader.backup
  return ok({
    expression: {
      ...script,
      ...(parts.length > 0 && { parts }),
      ...(explored.asks && { asks: backup === 'all lists' ? backup : (true as const) }),
    },
    marks: new Map([...marks, ...explored.marks]),
    warnings: distinct([...warnings, ...explored.warnings]),
  })
}
