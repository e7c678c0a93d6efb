import type { Expression } from 'luaparse'
import { parseLevelKey } from '../geo/index.ts'

/** PowerDNS's questions for a client's place, and what is wrong with what each is asked for. */
const QUESTIONS: ReadonlyMap<string, (text: string) => string | undefined> = new Map([
  ['country', (text) => (/^eu$/i.test(text) ? EUROPE : problemOf('countries', text))],
  ['continent', (text) => problemOf('continents', text)],
  ['region', (text) => (/^[a-z0-9]{1,3}$/i.test(text) ? undefined : regionProblem(text))],
  ['asnum', (text) => (/^[1-9]\d*$/.test(text) ? undefined : asnumProblem(text))],
])

const EUROPE = `"EU" is no country; expected continent('EU')`

export type NeverPlaced = { readonly node: Expression; readonly message: string }

/** What a call of one of them asks for that no client's place is, and more arguments than there are. */
export function whyNeverPlaced(name: string, args: readonly Expression[]): NeverPlaced[] {
  const problem = QUESTIONS.get(name)
  const [wanted, extra] = args
  if (!problem || !wanted) return []
  if (wanted.type === 'TableConstructorExpression' && wanted.fields.length === 0) {
    return [{ node: wanted, message: `${name} is never so: the list is empty; expected at least one text` }]
  }
  const nodes =
    wanted.type === 'TableConstructorExpression'
      ? wanted.fields.flatMap((field) => (field.type === 'TableValue' ? [field.value] : []))
      : [wanted]
  const never = nodes.flatMap((node) => {
    const text = textOf(node)
    // What PowerDNS calls a place that nobody knows.
    const why = text === undefined || text.toLowerCase() === 'unknown' ? undefined : problem(text)
    return why === undefined ? [] : [{ node, message: `${name} is never so: ${why}` }]
  })
  if (!extra) return never
  return [...never, { node: extra, message: `${name} fails with more than one argument; expected one list, {…}` }]
}

function textOf(node: Expression): string | undefined {
  if (node.type === 'NumericLiteral') return String(node.value)
  return node.type === 'StringLiteral' ? node.value : undefined
}

function problemOf(level: 'countries' | 'continents', text: string): string | undefined {
  const key = parseLevelKey(level, text)
  return key.ok ? undefined : key.error
}

function regionProblem(text: string): string {
  const [, part] = /^[a-z]{2}-([a-z0-9]{1,3})$/i.exec(text) ?? []
  return `"${text}" is no part of a country; expected what ISO 3166-2 has behind the dash, like "${part ?? 'BY'}"`
}

function asnumProblem(text: string): string {
  const [, number] = /^as(\d+)$/i.exec(text) ?? []
  return `"${text}" is not the number of an autonomous system; expected it without AS, like "${number ?? 64496}"`
}
