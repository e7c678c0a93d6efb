import type { Expression } from 'luaparse'
import { type FunctionName, functionRow, mostArguments, usageOf } from '../powerdns/index.ts'
import { isMultiple } from './script-syntax.ts'

/** The test to suggest if a function that gives a code is called with a text. */
const QUESTIONS: { readonly [N in FunctionName]?: FunctionName } = {
  continentCode: 'continent',
  countryCode: 'country',
  regionCode: 'region',
}

/** Explains why a call fails, whoever asks: it has too many arguments for PowerDNS, or too few. */
export function whyFailing(name: string, args: readonly Expression[]): string | undefined {
  const row = functionRow(name)
  // Folding counts by itself.
  if (!row || row.folds) return undefined
  const least = row.takes.length
  const most = mostArguments(row)
  const last = args.at(-1)
  // The last may give any number of values.
  const isOpen = last !== undefined && isMultiple(last)
  const given = isOpen ? args.length - 1 : args.length
  const usage = usageOf(name, row)
  if (given > most) {
    const [first] = args
    const question = QUESTIONS[name as FunctionName]
    const instead = question && first?.type === 'StringLiteral' ? `${question}('${first.value.slice(0, 16)}'), or ` : ''
    return `${name} fails with more than ${plural(most)}; expected ${instead}${usage}`
  }
  if (!isOpen && given < least) return `${name} fails with fewer than ${plural(least)}; expected ${usage}`
  return undefined
}

const plural = (count: number): string => (count === 1 ? 'one argument' : `${count} arguments`)
