import type { Outcome } from './powerdns-api-run.ts'

/** Returns how two servers answered a call differently, or undefined if they agree, or a row says why they do not. */
export function difference(theirs: Outcome, ours: Outcome): string | undefined {
  if (theirs.call.pdns) return undefined
  if (theirs.answer.status !== ours.answer.status) return `${theirs.answer.status} and ${ours.answer.status}`
  const [a, b] = [comparable(theirs), comparable(ours)]
  return a === b ? undefined : `PowerDNS: ${a}\n  edge-gslb: ${b}`
}

/** The body, as far as both have to agree on it: the text of an error, and the order of lists are free. */
function comparable({ answer, call }: Outcome): string {
  if (answer.status >= 400) return 'an error'
  if (call.request.endsWith('/export')) return sortedLines(answer.body)
  return JSON.stringify([ordered(answer.body), answer.hasSerials])
}

const sortedLines = (body: unknown): string =>
  typeof body === 'string' ? body.split('\n').sort().join('\n') : sortedLines((body as { zone: string }).zone)

/** Members that are newer than PowerDNS 4.7.3, whose clients do not know them. */
const NEWER: ReadonlySet<string> = new Set(['record_count'])

/** Sorts the items of all lists, and leaves newer members out. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (!isObject(value)) return value
  const members = Object.entries(value).filter(([key]) => !NEWER.has(key))
  return Object.fromEntries(members.map(([key, member]) => [key, ordered(member)]))
}

/**
 * Returns where a body lacks what it has to have, or undefined. Objects may have more members; lists are compared
 * whole, in any order; a pattern has to match a text.
 */
export function lack(has: unknown, body: unknown, at = 'body'): string | undefined {
  if (has instanceof RegExp) return typeof body === 'string' && has.test(body) ? undefined : `${at} is not like ${has}`
  if (Array.isArray(has)) return lackOfList(has, body, at)
  if (!isObject(has)) return has === body ? undefined : `${at} is ${JSON.stringify(body)}, not ${JSON.stringify(has)}`
  if (!isObject(body)) return `${at} is no object`
  for (const [key, member] of Object.entries(has)) {
    const lacking = lack(member, body[key], `${at}.${key}`)
    if (lacking) return lacking
  }
  return undefined
}

function lackOfList(has: readonly unknown[], body: unknown, at: string): string | undefined {
  if (!Array.isArray(body)) return `${at} is no list`
  if (body.length !== has.length) return `${at} has ${body.length} items, not ${has.length}: ${JSON.stringify(body)}`
  const left = [...body]
  for (const item of has) {
    const found = left.findIndex((one) => lack(item, one) === undefined)
    if (found < 0) return `${at} has no ${JSON.stringify(item)}: ${JSON.stringify(body)}`
    left.splice(found, 1)
  }
  return undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
