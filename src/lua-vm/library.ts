import { BASE } from './library-base.ts'
import { BIT } from './library-bit.ts'
import { MATH } from './library-math.ts'
import { STRING } from './library-string.ts'
import { TABLE } from './library-table.ts'
import type { LuaValue } from './value.ts'

/**
 * Lua's standard library by global name, as far as it exists here. Every run has tables of its own of its libraries.
 */
export const STANDARD: ReadonlyMap<string, LuaValue> = new Map<string, LuaValue>([
  ...BASE,
  ['bit', BIT],
  ['math', MATH],
  ['string', STRING],
  ['table', TABLE],
])
