import type { Rdata } from '../../dns/query-path.ts'
import { listOf } from '../../stored-value.ts'
import type { Compiling } from '../context.ts'
import { type Path, refuse } from '../issues.ts'
import { type Keeper, type Kept, loadRdatas } from '../stored.ts'

/** Fixed records, all of them; an empty list is NODATA. */
export interface Values {
  readonly kind: 'values'
  readonly rdatas: readonly Rdata[]
  /** The records that no code gives. Left out: all. */
  readonly stored?: readonly Rdata[]
}

export type ValuesStep = { readonly step: 'values'; readonly records: number }

export const NODATA: Values = { kind: 'values', rdatas: [] }

/** A text is one record. */
export function compile<E, P>(text: string, path: Path, context: Compiling<E, P>): Values {
  const rdata = context.rdata(text)
  if (rdata.ok) return { kind: 'values', rdatas: [rdata.value] }
  refuse(context, path, rdata.error)
  return NODATA
}

/** Joins lists of records to one rrset, which is a set (RFC 2181 §5). */
export function joined(lists: readonly Values[]): Values {
  const rdatas = distinct(lists.flatMap((values) => values.rdatas))
  if (lists.every(({ stored }) => stored === undefined)) return { kind: 'values', rdatas }
  return { kind: 'values', rdatas, stored: distinct(lists.flatMap((values) => values.stored ?? values.rdatas)) }
}

const distinct = (rdatas: readonly Rdata[]): Rdata[] => [
  ...new Map(rdatas.map((rdata) => [rdata.text, rdata])).values(),
]

/** Returns the step of fixed records: nothing decides about them. */
export const valuesStep = ({ rdatas }: Values): ValuesStep => ({ step: 'values', records: rdatas.length })

export const identity = ({ rdatas }: Values): unknown => rdatas.map((rdata) => rdata.text).sort()

/** The stored form of fixed records is the number of one record, a list of numbers, or two lists behind the kind. */
export function store({ kind, rdatas, stored }: Values, keeper: Keeper): unknown {
  const numbers = rdatas.map((rdata) => keeper.rdata(rdata))
  if (stored) return [kind, numbers, stored.map((rdata) => keeper.rdata(rdata))]
  return numbers.length === 1 ? numbers[0] : numbers
}

export function load(value: unknown, kept: Kept): Values {
  if (typeof value === 'number') return { kind: 'values', rdatas: [kept.rdata(value)] }
  const list = listOf(value)
  if (list[0] !== 'values') return { kind: 'values', rdatas: loadRdatas(list, kept) }
  return { kind: 'values', rdatas: loadRdatas(list[1], kept), stored: loadRdatas(list[2], kept) }
}
