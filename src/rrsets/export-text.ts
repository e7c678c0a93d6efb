import { oneLine } from '../lua/index.ts'
import type { ZoneDocument } from '../zone/index.ts'
import { readLuaContent } from './lua-content.ts'
import { rrsetsOf } from './rrsets-of.ts'

/**
 * Returns the zone as PowerDNS's API exports it: a line for each record that is not disabled, `name TTL IN type content`
 * with tabs between. Code with line feeds is written in one line. An answer without a form in PowerDNS's language is a comment.
 */
export function exportText(document: ZoneDocument): string {
  return rrsetsOf(document, { includeDisabled: false })
    .flatMap(({ rrset: { name, type, ttl, records } }) =>
      records.map(({ content }) => {
        const line = [name, ttl, 'IN', type, type === 'LUA' ? inOneLine(content) : content].join('\t')
        return READ_ONLY.test(content) && type === 'LUA' ? `; ${line}\n` : `${line}\n`
      }),
    )
    .join('')
}

const READ_ONLY = /^\S+ ";-- read-only: /

function inOneLine(content: string): string {
  if (!/[\n\r]/.test(content)) return content
  const lua = readLuaContent(content)
  return lua.ok ? `${lua.value.inner} "${oneLine(lua.value.code).code}"` : content.replace(/[\n\r]+/g, ' ')
}
