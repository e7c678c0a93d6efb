import { formatName, type NameKey, parseName } from '../dns/query-path.ts'
import { CRON } from '../health/query-path.ts'

/** The keys of the binding `GSLB`, and what stands under them. docs/storage.md is the page of it. */
export const CATALOG_KEY = 'catalog'
export const ZONE_KEY_PREFIX = 'zone:'
/** Records of large documents. */
export const SOURCE_KEY_PREFIX = 'source:'
/** Compiled zones: heads, and what heads name. */
export const HEAD_KEY_PREFIX = 'head:'
export const PART_KEY_PREFIX = 'part:'
export const OVERRIDES_KEY = 'overrides'
/** The addresses of names outside the zones, for ALIAS records. */
export const ALIASES_KEY = 'aliases'
/** The last overrides that were valid, for isolates that begin while those there are damaged. */
export const GOOD_OVERRIDES_KEY = 'overrides:good'

/** The keys of a zone whose answers are signed. It never gets another value. */
export const dnssecKey = (hash: string): string => `dnssec:${hash}`

/** A vantage point's health document; that of the cron is the plain `health`. */
export const healthKey = (vantage: string): string => (vantage === CRON ? 'health' : `health:${vantage}`)

/**
 * The key of a zone's document as people put and read it.
 * @param origin in lower case, without the trailing dot: `example.com`
 */
export const zoneKey = (origin: string): string => ZONE_KEY_PREFIX + origin

/** The key of a piece of a large document's records. */
export const sourceKey = (hash: string): string => SOURCE_KEY_PREFIX + hash

/** The key of the head of a compiled zone, which is all of a small one. It never gets another value. */
export const headKey = (hash: string): string => HEAD_KEY_PREFIX + hash

/** The key of a part of a compiled zone, or of its checks. It never gets another value. */
export const partKey = (hash: string): string => PART_KEY_PREFIX + hash

/**
 * Returns an origin as keys have it, whatever its letter case and whether it ends with a dot; undefined for no name.
 */
export function keyedOrigin(origin: string): string | undefined {
  const name = parseName(origin.endsWith('.') ? origin : `${origin}.`)
  return name.ok ? formatName(name.value.key).slice(0, -1) : undefined
}

/** The value, or undefined where the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** SHA-256 in hexadecimal, of the UTF-8 of a text. */
export const hashText = (text: string): Promise<string> =>
  hashOctets(new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>)

/** SHA-256 in hexadecimal. */
export async function hashOctets(octets: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', octets)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** @param origin as the catalog has it; one that is not a valid name has no zone */
export function originKey(origin: string): NameKey {
  const name = parseName(`${origin}.`)
  return name.ok ? name.value.key : origin
}
