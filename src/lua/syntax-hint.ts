/** Habits from other languages: the text at which Lua's parser stops, and the right form. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^!=/, '~='],
  [/^!/, 'not'],
  [/^&&/, 'and'],
  [/^\|\|/, 'or'],
  [/^[-+*/]=/, 'the whole assignment, as in n = n + 1'],
]

/**
 * Returns the expected form at the offset at which a script cannot be parsed.
 * @param isRecord true for code that answers, false for code that is included
 */
export function expectedInScript(source: string, at: number, isRecord: boolean): string {
  const rest = source.slice(at, at + 8)
  const before = source.slice(Math.max(at - 8, 0), at)
  const known = ELSEWHERE.find(([sign]) => sign.test(rest))
  if (known) return known[1]
  if (/\bels?if\s*$/.test(before) || /^els?if\b/.test(rest)) return 'elseif'
  if (rest === '' && /\belse\s+if\b/.test(source)) return 'elseif, or an end for each if'
  return isRecord ? EXPECTED_SCRIPT : "statements like servers = {'192.0.2.1'}"
}

const EXPECTED_SCRIPT = "Lua 5.1, as in ;if country('DE') then return '192.0.2.1' end return '192.0.2.2'"
export const EXPECTED_EXPRESSION = "an expression like pickrandom({'192.0.2.1'})"
