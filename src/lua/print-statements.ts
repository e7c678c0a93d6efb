import type { Expression } from '../policy/index.ts'
import { literalOf } from './print-text.ts'

/** `return`: the answer ends the script. `add`: its records are added to the list `r`. */
export type Give = 'return' | 'add'

/** A branch: the condition in Lua, and the statements that it guards. */
export type Branch = readonly [when: string, then: string]

/** Prints alternatives; without `rest` the last of them is for everything that is left. */
export function chain(branches: readonly Branch[], rest: string | undefined): string {
  const last = rest ?? branches.at(-1)?.[1] ?? ''
  const tested = rest === undefined ? branches.slice(0, -1) : branches
  if (tested.length === 0) return last
  const tests = tested.map(([when, then], i) => `${i === 0 ? 'if' : 'elseif'} ${when} then ${then}`)
  return `${tests.join('')}else ${last}end `
}

/** Keeps local variables to the statements: in a list there are more behind them. */
export const block = (statements: string, give: Give): string => (give === 'add' ? `do ${statements}end ` : statements)

/** Begins a loop that draws by weight among those in `w` that are left, each draw in `i`. */
export const drawing = (count: number | string): string =>
  `for _=1,${count} do local i=pickwrandom(w) for k,e in ipairs(w)do if e[2]==i then table.remove(w,k)break end end `

export const text = (octets: string): string => literalOf(octets).join('')
export const textList = (texts: readonly string[]): string => `{${texts.map(text).join(',')}}`
export const pair = (weight: number, octets: string): string => `{${weight},${text(octets)}}`
export const label = (index: number): string => String(index + 1)

/**
 * Returns the number of each answer: equal answers have the same, so that a border between them limits no scope. Code
 * is equal to no other code, as it is where a zone is compiled.
 */
export function labelsOf(answers: readonly Expression[]): string[] {
  const keys = answers.map((answer) => JSON.stringify(answer))
  return keys.map((key, i) => label(key.includes('"kind":"lua"') ? i : keys.indexOf(key)))
}
