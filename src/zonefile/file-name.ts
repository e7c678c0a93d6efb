import { formatName, type Name, parseName } from '../dns/index.ts'
import { err, ok, type Result } from '../result.ts'

/** The zone that a file is named after. `isSure` is false if the name may be an ordinary word, like `zonefile`. */
export type NamedZone = { readonly name: Name; readonly isSure: boolean }

/**
 * Returns the zone that a file is named after: `example.com.zone`, and the forms of other servers and providers:
 * `example.com`, `db.example.com`, `example.com.db`, `example.com.dns`, `example.com.txt`, `example.com.zone.signed`.
 * A slash, as in zones of RFC 2317, is `%2F`, `=2F` or `\047`.
 */
export function zoneOfFileName(file: string): Result<NamedZone> {
  const base = baseOf(file).replace(/\.signed$/i, '')
  const stem = /\.json$/i.test(base) ? base.slice(0, -'.json'.length) : stemOf(base)
  const text = stem.replace(/[%=]2f/gi, '\\047').replace(/%([0-9a-f]{2})/gi, escapeHex)
  if (text === '') return err(NOT_NAMED)
  if (text !== '.' && /^[\d.]+$/.test(text)) return err(NUMBERS)
  const name = parseName(text.endsWith('.') ? text : `${text}.`)
  if (!name.ok) return err(/[\\%]/.test(stem) ? `${NOT_NAMED}, or 0%2F25.2.0.192.in-addr.arpa.zone` : NOT_NAMED)
  return ok({ name: name.value, isSure: /\.zone$/i.test(base) || text.includes('.') })
}

/**
 * Returns the file that this one is a copy of by its name: `example.com.zone` for `example.com.zone.bak`, `…zone~` and
 * the like.
 */
export function copiedFrom(file: string): string | undefined {
  return /^(.+\.(?:zone|db|dns|hosts|master))(?:~|\.~\d+~|[._-](?:bak|backup|copy|new|old|orig|prev|rej|save|tmp|\d[\w-]*)~?)$/i.exec(
    baseOf(file),
  )?.[1]
}

/** Returns the name of a file for a zone. No system takes what is percent-encoded in it for a folder. */
export const fileNameOf = (zone: Name): string =>
  `${formatName(zone).replace(/\\(\d{3})|\\(.)|\//g, encoded)}zone`.replace(/^\.zone$/, '..zone')

function encoded(_: string, decimal: string | undefined, character = '/'): string {
  const octet = decimal === undefined ? character.charCodeAt(0) : Number(decimal)
  return `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
}

const NOT_NAMED = 'the file is not named after a zone; expected a name like example.com.zone'

const NUMBERS =
  "the file's name does not name its zone; expected one like 2.0.192.in-addr.arpa.zone, " +
  'or $ORIGIN with the zone before the SOA'

/** Returns the last component of a path. A backslash separates folders too, except in `\047`, which is a slash. */
const baseOf = (file: string): string => file.split(/\/|\\(?!047)/).at(-1) as string

function stemOf(base: string): string {
  const suffix = /\.(zone|db|dns|txt|axfr|hosts|master)$/i.exec(base)
  if (suffix) return base.slice(0, suffix.index)
  return base.replace(/^(db|pri|named|zone)\.(?=.)/i, '')
}

const escapeHex = (_: string, hex: string): string => `\\${String(Number.parseInt(hex, 16)).padStart(3, '0')}`
