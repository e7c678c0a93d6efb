import Fraction from 'fraction.js'
import { parseType } from '../dns/index.ts'
import type { Explanation } from '../explain/index.ts'
import { MAX_LISTED_RECORDS, MAX_QUOTED_CHARS } from '../limits.ts'
import type { Expectation } from './document.ts'
import { type Chances, chanceOf, type Row, type RowChance, recordId } from './row.ts'

/** A difference between an explanation and its row: the field, and both sides as text. */
export type Difference = {
  readonly field: 'rcode' | 'answer' | 'scope' | 'ttl'
  readonly found: string
  readonly expected: string
}

/** Returns all differences between a row and the explanation of its query. */
export function differences(row: Row, { scope, ttl }: Expectation, explanation: Explanation): readonly Difference[] {
  const all: Difference[] = []
  const rcodes = rcodesIn(explanation)
  if (!areSame(row.rcode, rcodes)) all.push({ field: 'rcode', ...bothTexts(rcodes, row.rcode) })
  const records = recordsIn(explanation, row)
  if (row.answer && !areSame(row.answer, records)) all.push({ field: 'answer', ...bothTexts(records, row.answer) })
  if (scope !== undefined && explanation.scope !== scope) {
    all.push({ field: 'scope', found: `scope ${explanation.scope}`, expected: `scope ${scope}` })
  }
  const actualTtl = ttlOf(explanation)
  if (ttl !== undefined && actualTtl !== ttl) {
    all.push({ field: 'ttl', found: actualTtl === null ? 'no TTL' : `TTL ${actualTtl}`, expected: `TTL ${ttl}` })
  }
  return all
}

const rcodesIn = ({ endings }: Explanation): Chances =>
  summed(endings.map(({ status, probability }) => [status, chanceOf(probability)]))

/** Returns the records that count. A record at the ends of several chains, which exclude each other, is one. */
const recordsIn = ({ answers }: Explanation, { type: asked, leads }: Row): Chances =>
  summed(
    answers.flatMap(({ type, data, probability }) => {
      const number = parseType(type)
      const counts = number.ok && (number.value === asked || leads.has(number.value))
      return counts ? [[recordId(number.value, data, asked), chanceOf(probability)]] : []
    }),
  )

function summed(chances: readonly (readonly [string, RowChance])[]): Chances {
  const sums = new Map<string, RowChance>()
  for (const [id, chance] of chances) {
    const before = sums.get(id)
    if (before === undefined) sums.set(id, chance)
    else sums.set(id, before === null || chance === null ? null : before.add(chance))
  }
  return sums
}

/** The lowest TTL of a reply that chance may make, so that the verdict is the same each time. */
const ttlOf = ({ answers, ttl }: Explanation): number | null =>
  answers.length > 0 ? Math.min(...answers.map((record) => record.ttl)) : ttl

const NEVER = new Fraction(0)

const areSame = (expected: Chances, found: Chances): boolean => differing(expected, found).length === 0

function differing(expected: Chances, found: Chances): string[] {
  const ids = new Set([...expected.keys(), ...found.keys()])
  return [...ids].filter((id) => !isMet(chanceIn(expected, id), chanceIn(found, id)))
}

const chanceIn = (chances: Chances, id: string): RowChance => {
  const chance = chances.get(id)
  return chance === undefined ? NEVER : chance
}

function isMet(expected: RowChance, found: RowChance): boolean {
  if (expected === null) return found === null || !found.equals(NEVER)
  return found?.equals(expected) ?? false
}

/** Writes both sides. Of long lists it writes what differs. */
function bothTexts(found: Chances, expected: Chances): { readonly found: string; readonly expected: string } {
  const isLong = Math.max(found.size, expected.size) > MAX_LISTED_RECORDS
  const shown = new Set(isLong ? differing(expected, found) : [...found.keys(), ...expected.keys()])
  return { found: textOf(found, shown), expected: textOf(expected, shown) }
}

function textOf(chances: Chances, shown: ReadonlySet<string>): string {
  const all = [...chances].filter(([id]) => shown.has(id))
  if (all.length === 0) return chances.size === 0 ? 'no records' : 'none of these'
  const listed = all.slice(0, MAX_LISTED_RECORDS).map(([id, chance]) => shortened(id) + chanceText(chance))
  const more = all.length - listed.length
  return listed.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

const shortened = (id: string): string => (id.length > MAX_QUOTED_CHARS ? `${id.slice(0, MAX_QUOTED_CHARS)}…` : id)

/** Writes no chance of what is certain. */
function chanceText(chance: RowChance): string {
  if (chance === null) return ' (?)'
  return chance.equals(1) ? '' : ` (${chance.toFraction()})`
}
