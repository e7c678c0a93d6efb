import type { Expression } from 'luaparse'
import { parseLevelKey } from '../geo/index.ts'
import type { FunctionName } from '../powerdns/index.ts'
import type { LuaIssue } from './fold-context.ts'
import type { KnownValues } from './known-values.ts'
import { textOf } from './value.ts'

type Check = (text: string) => string | undefined

/** The functions that test a client's location, and the problem of a value that no location has. */
const QUESTIONS: ReadonlyMap<string, Check> = new Map<FunctionName, Check>([
  ['country', (text) => (/^eu$/i.test(text) ? EUROPE : problemOf('countries', text))],
  ['continent', (text) => problemOf('continents', text)],
  ['region', (text) => (/^[a-z0-9]{1,3}$/i.test(text) ? undefined : regionProblem(text))],
  ['asnum', (text) => (/^[1-9]\d*$/.test(text) ? undefined : asnumProblem(text))],
])

const EUROPE = `"EU" is not a country; expected continent('EU')`

/** Reports the values in a call of one of them that no client's location has. */
export function whyNeverPlaced(name: string, [wanted]: readonly Expression[], known: KnownValues): LuaIssue[] {
  const problem = QUESTIONS.get(name)
  if (!problem || !wanted) return []
  const items = known.itemsOf(wanted)
  if (items?.length === 0) {
    const message = `${name} is never so: the list is empty; expected at least one text`
    return [{ at: known.tableAt(wanted).at, message }]
  }
  const values = items ? items.map(({ value }) => value) : [known.valueOf(wanted)]
  return values.flatMap((value) => {
    const text = value && textOf(value)
    // `unknown` is PowerDNS's name for an unknown location.
    const why = text === undefined || text.toLowerCase() === 'unknown' ? undefined : problem(text)
    return value === undefined || why === undefined ? [] : [{ at: value.at, message: `${name} is never so: ${why}` }]
  })
}

function problemOf(level: 'countries' | 'continents', text: string): string | undefined {
  const key = parseLevelKey(level, text)
  return key.ok ? undefined : key.error
}

function regionProblem(text: string): string {
  const [, part] = /^[a-z]{2}-([a-z0-9]{1,3})$/i.exec(text) ?? []
  return `"${text}" is not part of a country; expected what ISO 3166-2 has behind the dash, like "${part ?? 'BY'}"`
}

function asnumProblem(text: string): string {
  const [, number] = /^as(\d+)$/i.exec(text) ?? []
  return `"${text}" is not the number of an autonomous system; expected it without AS, like "${number ?? 64496}"`
}
