import type { LuaValue, Returned, Run } from '../lua-vm/index.ts'
import type { Reads } from './row.ts'
import { evaluationOf } from './script-host.ts'

/** A health function whose arguments are computed. Calls with known arguments are pools of the zone. */
export const healthCall = (args: readonly LuaValue[], run: Run, name: string): Returned =>
  evaluationOf(run).healthCall(name, args, run)

/** The selectors that the options of a health function may name, and what each reads. */
export const SELECTORS = {
  random: ['chance'],
  all: [],
  hashed: ['client'],
  pickclosest: ['distance', 'chance'],
  empty: [],
} as const satisfies Readonly<Record<string, readonly Reads[]>>
