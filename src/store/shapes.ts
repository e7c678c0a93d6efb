import { formatName, type NameKey, parseName } from '../dns/query-path.ts'
import { CRON } from '../health/query-path.ts'

/** The keys of the binding `GSLB`, and what stands under them. docs/storage.md is the page of it. */
export const CATALOG_KEY = 'catalog'
export const ZONE_KEY_PREFIX = 'zone:'
export const DOCUMENT_KEY_PREFIX = 'doc:'
export const OVERRIDES_KEY = 'overrides'
/** The last overrides that were valid, for isolates that begin while those there are damaged. */
export const GOOD_OVERRIDES_KEY = 'overrides:good'

/** A vantage point's health document; that of the cron is the plain `health`. */
export const healthKey = (vantage: string): string => (vantage === CRON ? 'health' : `health:${vantage}`)

/**
 * The key of a zone's document as people put and read it.
 * @param origin in lower case, without the trailing dot: `example.com`
 */
export const zoneKey = (origin: string): string => ZONE_KEY_PREFIX + origin

/** The key of a document that was validated. It never gets another value, so that isolates read it once. */
export const documentKey = (hash: string): string => DOCUMENT_KEY_PREFIX + hash

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

/** SHA-256 in hexadecimal. */
export async function hashText(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** @param origin as the catalog has it; one that is not a valid name is nobody's zone */
export function originKey(origin: string): NameKey {
  const name = parseName(`${origin}.`)
  return name.ok ? name.value.key : origin
}
