import { parseName, ROOT } from '../dns/index.ts'
import {
  byTexts,
  type Charge,
  integerArgument,
  LuaTable,
  type LuaValue,
  PARSED,
  type Run,
  tableOf,
  textArgument,
} from '../lua-vm/index.ts'
import { evaluationOf } from './script-host.ts'

/** A longer text is not a name. */
const MAX_NAME_TEXT = 1024

/** Finding the zone of a name, and the name in it, takes some microseconds even where there is none. */
const STEPS_A_LOOKUP = 16

export const LOOKED_UP: Charge = byTexts(PARSED, STEPS_A_LOOKUP, MAX_NAME_TEXT)

/** The static records of a name in any zone that is served here, as texts. No LUA record is among them. */
export function dblookup(args: readonly LuaValue[], run: Run, name: string): LuaValue {
  const text = textArgument(args, 0, name, run)
  // PowerDNS reads an unsigned number of 16 bits.
  const type = integerArgument(args, 1, name, run) & 0xffff
  const parsed = text.length > MAX_NAME_TEXT ? undefined : parseName(text, ROOT)
  if (!parsed?.ok) return new LuaTable()
  const texts = evaluationOf(run).data(parsed.value, type)
  run.chargeSteps(texts.length)
  run.chargeBytes(texts.reduce((sum, data) => sum + data.length, 0))
  return tableOf(texts, run)
}
