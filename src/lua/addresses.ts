import { formatAddress, parseAddress } from '../net/index.ts'
import type { Expression } from '../policy/index.ts'
import { toExpression } from './answer.ts'
import { type Call, elementsOf } from './call.ts'
import { type CheckedUrl, checkedUrl } from './url.ts'
import { describe, type Entry, type Field, shown, type Value } from './value.ts'

/** An address that may be in an answer. `port` is its own, which no answer contains. */
export type Candidate = {
  readonly answer: Expression
  readonly address: string
  readonly port: number | undefined
  readonly at: number
}

/** At least one candidate. */
export type Group<C = Candidate> = { readonly at: number; readonly of: readonly C[] }

/** A list of addresses, or a list of such lists: at least one address in all. Empty lists are left out. */
export function groupsOf(value: Value, call: Call): readonly Group[] | undefined {
  const entries = elementsOf(value, call, 'list of addresses', 'address', 'from calls too')
  if (!entries) return undefined
  const [first] = entries as [Entry]
  if (first.value.is !== 'table') {
    const of = candidatesOf(entries, call)
    return of && [{ at: call.at, of }]
  }
  const groups = entries.map(({ value: list }) => {
    if (list.is === 'table') return { at: list.at, of: candidatesOf(list.entries, call) }
    return call.context.refuse(
      list.at,
      `${describe(list)} stands beside lists; expected all addresses in lists, or none`,
    )
  })
  return filled(groups, value, call)
}

/** A list of addresses. */
export function listedOf(value: Value, call: Call): Group | undefined {
  const entries = elementsOf(value, call, 'list of addresses', 'address', 'from calls too')
  const of = entries && candidatesOf(entries, call)
  return of && { at: call.at, of }
}

/** A list of tables of URLs by address. */
export function urlGroupsOf(
  value: Value,
  call: Call,
): readonly Group<Candidate & { readonly url: CheckedUrl }>[] | undefined {
  const entries = elementsOf(value, call, 'list of tables', 'table')
  if (!entries) return undefined
  const groups = entries.map(({ value: table }) => {
    if (table.is === 'table' && table.entries.length === 0) return { at: table.at, of: [] }
    if (table.is !== 'map') {
      const message = `${describe(table)} is not a table of URLs by address; expected ${call.usage}`
      return call.context.refuse(table.at, message)
    }
    // PowerDNS iterates over such a table in the order of its keys, which `hashed` depends on.
    const read = whole(table.fields.map((field) => withUrl(field, call)))
    return {
      at: table.at,
      of: read && [...read].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0)),
    }
  })
  return filled(groups, value, call)
}

function withUrl({ key, value, at }: Field, call: Call) {
  const candidate = candidateOf(key, at, call)
  const url = checkedUrl(value, call)
  return candidate && url && { ...candidate, url }
}

/** The groups that are not empty, if all could be read. */
function filled<C>(
  groups: readonly ({ at: number; of: readonly C[] | undefined } | undefined)[],
  { at }: Value,
  call: Call,
): readonly Group<C>[] | undefined {
  const read = whole(groups.map((group) => group?.of && { at: group.at, of: group.of }))
  const some = read?.filter(({ of }) => of.length > 0)
  if (some?.length !== 0) return some
  return call.context.refuse(
    at,
    `the lists of ${call.name} are empty; expected at least one address, as in ${call.usage}`,
  )
}

const whole = <T>(list: readonly (T | undefined)[]): readonly T[] | undefined =>
  list.every((item) => item !== undefined) ? (list as readonly T[]) : undefined

const candidatesOf = (entries: readonly Entry[], call: Call): readonly Candidate[] | undefined =>
  whole(
    entries.map(({ value }) => {
      if (value.is === 'text') return candidateOf(value.text, value.at, call)
      return call.context.refuse(value.at, `${describe(value)} is not an address; expected a text, as in ${call.usage}`)
    }),
  )

/** PowerDNS answers with the address in its canonical text. */
function candidateOf(text: string, at: number, call: Call): Candidate | undefined {
  const { context } = call
  const [, bracketed, plain, portText] = /^(?:\[(.*)\]|([\d.]+))(?::(\d+))?$/.exec(text) ?? []
  const parsed = parseAddress(bracketed ?? plain ?? text)
  if (!parsed.ok || (bracketed !== undefined && parsed.value.family === 1)) {
    const expected = 'expected one like 192.0.2.1, 192.0.2.1:8080, 2001:db8::1 or [2001:db8::1]:8080'
    return context.refuse(at, `${shown(text)} is not an IP address; ${expected}`)
  }
  const port = portText === undefined ? undefined : Number(portText)
  if (port !== undefined && (port < 1 || port > 65_535)) {
    return context.refuse(
      at,
      `${shown(text)} has no valid port; expected a whole number from 1 to 65535 after the colon`,
    )
  }
  const address = formatAddress(parsed.value)
  const answer = toExpression({ is: 'text', text: address, at }, context)
  return answer === undefined ? undefined : { answer, address, port, at }
}

/** As a check's target is written. */
export const targetOf = ({ address, port }: Candidate): string =>
  port === undefined ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

/** Removes the ports of addresses, with a warning: a URL has its own port, and PowerDNS ignores that of an address. */
export function withoutPorts<C extends Candidate>(groups: readonly Group<C>[], { context }: Call): readonly Group<C>[] {
  return groups.map(({ at, of }) => ({
    at,
    of: of.map((candidate) => {
      if (candidate.port === undefined) return candidate
      context.warn(candidate.at, `PowerDNS ignores the port ${candidate.port} here; expected it in the URL`)
      return { ...candidate, port: undefined }
    }),
  }))
}
