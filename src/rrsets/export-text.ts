import { oneLine } from '../lua/index.ts'
import type { ZoneDocument } from '../zone/index.ts'
import { readLuaContent } from './lua-content.ts'
import { rrsetsOf } from './rrsets-of.ts'

/** A record of a zone as PowerDNS transfers it: names are absolute, code stands in one line. */
export type TransferRecord = {
  readonly name: string
  readonly ttl: number
  readonly type: string
  readonly content: string
  /** True for an answer without a form in PowerDNS's language, which has no record. */
  readonly isNote: boolean
}

/** Returns the records of a zone that are not disabled, in the order of `rrsetsOf`. */
export const transferRecords = (document: ZoneDocument): readonly TransferRecord[] =>
  rrsetsOf(document, { includeDisabled: false }).flatMap(({ rrset: { name, type, ttl, records } }) =>
    records.map(({ content }) => {
      const isLua = type === 'LUA'
      return {
        name,
        ttl,
        type,
        content: isLua ? inOneLine(content) : content,
        isNote: isLua && READ_ONLY.test(content),
      }
    }),
  )

/**
 * Returns the zone as PowerDNS's API exports it: a line for each record that is not disabled,
 * `name TTL IN type content` with tabs between. Code with line feeds is written in one line. An answer without a form
 * in PowerDNS's language is a comment.
 */
export const exportText = (document: ZoneDocument): string =>
  transferRecords(document)
    .map(({ name, ttl, type, content, isNote }) => {
      const line = [name, ttl, 'IN', type, content].join('\t')
      return isNote ? `; ${line}\n` : `${line}\n`
    })
    .join('')

const READ_ONLY = /^\S+ ";-- read-only: /

function inOneLine(content: string): string {
  if (!/[\n\r]/.test(content)) return content
  const lua = readLuaContent(content)
  return lua.ok ? `${lua.value.inner} "${oneLine(lua.value.code).code}"` : content.replace(/[\n\r]+/g, ' ')
}
