import type { Change, Plan } from '../../explain/index.ts'
import { printable } from '../../printable.ts'
import { plural } from '../zones/compile-files.ts'
import { type Group, groupsOf, whoText } from './groups.ts'
import { factsOf, summary } from './text.ts'

/** Rows of the table: a comment on GitHub has 65,536 characters. */
const ROWS = 100
const NETWORKS = 4
const RECORDS = 6

/** Writes a plan as the comment of a pull request: a table with a row for each group of networks. */
export function planMarkdown(plan: Plan): string[] {
  const [head = '', ...rest] = summary(plan)
  const rows = plan.changes.flatMap(rowsOf)
  const more = rows.length - ROWS
  return [
    `**edge-gslb plan**: ${cell(head)}`,
    ...(rows.length > 0
      ? ['', '| name | type | change | clients | before | after |', '|---|---|---|---|---|---|']
      : []),
    ...rows.slice(0, ROWS),
    ...(more > 0 ? ['', `and ${plural(more, 'more row')}`] : []),
    ...rest.flatMap((line) => ['', cell(line)]),
  ]
}

function rowsOf(change: Change): string[] {
  const { name, type, change: kind } = change
  const begin = [code(name), type, cell([kind, ...factsOf(change)].join(', '))]
  const groups = groupsOf(change)
  if (groups.length === 0) return [row([...begin, '', '', ''])]
  return groups.map((group) => row([...begin, clients(group), side(group.before), side(group.after)]))
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const clients = (group: Group): string =>
  cell([whoText(group, NETWORKS), ...(group.moved === undefined ? [] : ['each by its hash'])].join(', '))

function side(records: readonly string[]): string {
  if (records.length === 0) return 'nothing'
  const more = records.length - RECORDS
  return [...records.slice(0, RECORDS).map(code), ...(more > 0 ? [`and ${more} more`] : [])].join('<br>')
}

/** Records are written by people: what Markdown or HTML would read in them is shown as it is. */
const cell = (text: string): string => printable(text).replace(/[|\\`*_<>[\]&]/g, (sign) => `&#${sign.charCodeAt(0)};`)

const code = (text: string): string => `<code>${cell(text)}</code>`
