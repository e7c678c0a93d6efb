import { isObject } from '../api/fault.ts'

/** An RRset in the form of PowerDNS's API. Contents are absolute, as zone files have them. */
export type PowerdnsRrset = {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly records: readonly { readonly content: string; readonly disabled: boolean }[]
  readonly comments: readonly { readonly content: string; readonly account: string }[]
}

/** Reads the reply of `GET …/zones/<id>`; undefined if it has another form. */
export function parseRrsets(body: unknown): readonly PowerdnsRrset[] | undefined {
  if (!isObject(body) || !Array.isArray(body.rrsets)) return undefined
  const rrsets = body.rrsets.map(rrsetOf)
  return rrsets.includes(undefined) ? undefined : (rrsets as PowerdnsRrset[])
}

function rrsetOf(value: unknown): PowerdnsRrset | undefined {
  if (!isObject(value) || !Array.isArray(value.records)) return undefined
  const { name, type, ttl } = value
  if (typeof name !== 'string' || typeof type !== 'string' || typeof ttl !== 'number') return undefined
  const comments = Array.isArray(value.comments) ? value.comments : []
  return {
    ...{ name, type, ttl },
    records: value.records
      .filter(isObject)
      .map(({ content, disabled }) => ({ content: String(content), disabled: disabled === true })),
    comments: comments
      .filter(isObject)
      .map(({ content, account }) => ({ content: String(content ?? ''), account: String(account ?? '') })),
  }
}

/** Writes a zone as a master file, the SOA first. Comments and disabled records become comments. */
export function zoneText(origin: string, rrsets: readonly PowerdnsRrset[]): string {
  const sorted = rrsets.toSorted(
    (a, b) => rank(a, origin) - rank(b, origin) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
  const lines = sorted.flatMap((rrset) => linesOf(rrset, origin))
  return [`$ORIGIN ${origin}`, ...lines, ''].join('\n')
}

/** The SOA, the rest of the apex, then all others. */
const rank = ({ name, type }: PowerdnsRrset, origin: string): number => (type === 'SOA' ? 0 : name === origin ? 1 : 2)

function linesOf({ name, type, ttl, records, comments }: PowerdnsRrset, origin: string): string[] {
  const owner = name === origin ? '@' : name.endsWith(`.${origin}`) ? name.slice(0, -origin.length - 1) : name
  return [
    ...comments.map(({ content, account }) => `; ${oneLine(account === '' ? content : `${account}: ${content}`)}`),
    ...records.map(({ content, disabled }) => {
      const line = `${owner}\t${ttl}\tIN\t${type}\t${contentText(type, content)}`
      return disabled ? `; disabled: ${oneLine(line)}` : line
    }),
  ]
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** LUA code may go on over several lines within its quotes. In other contents a line feed would begin a record. */
const contentText = (type: string, content: string): string => (type === 'LUA' ? content : oneLine(content))
