import { err, ok, type Result } from '../result.ts'
import type { CompileOptions } from '../zonefile/index.ts'

/** How zones are to be read, by the flag `--lua-insert-whitespace`, or LUA_INSERT_WHITESPACE in the environment. */
export function compileOptions(
  flag: boolean | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Result<CompileOptions> {
  const { LUA_INSERT_WHITESPACE: setting = '' } = environment
  if (!['', 'no', 'yes'].includes(setting)) {
    return err(`LUA_INSERT_WHITESPACE is "${setting}"; expected yes or no, as PowerDNS's lua-records-insert-whitespace`)
  }
  return ok({ luaInsertWhitespace: flag ?? setting === 'yes', agents: agentsOf(environment.AGENT_KEYS) })
}

/** The names of the agents in AGENT_KEYS; none where it is not valid, which the Worker tells. */
export function agentsOf(text: string | undefined): string[] {
  try {
    return Object.keys(JSON.parse(text || '{}'))
  } catch {
    return []
  }
}
