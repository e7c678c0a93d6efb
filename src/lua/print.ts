import { typeName } from '../dns/index.ts'
import type { Expression } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import { printPlain } from './print-plain.ts'
import { printScript } from './print-script.ts'
import { tokensOf } from './print-text.ts'

/**
 * Returns the code of a LUA record that gives the answer: functions of PowerDNS where they say exactly that, else a
 * script. The code is in parts between which white space does no harm: a long record consists of several strings.
 * The error is a fact that no script of PowerDNS can say.
 * @param canonical the canonical text of a record's data
 */
export function printLua(
  expression: Expression,
  type: number,
  canonical: (text: string) => string,
): Result<readonly string[]> {
  const plain = printPlain(expression, type, canonical)
  if (plain.ok) return plain
  const script = printScript(expression, type, canonical)
  return script.ok ? ok(tokensOf(script.value)) : err(`${script.error} in a LUA ${typeName(type)} record`)
}
