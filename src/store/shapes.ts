import * as v from 'valibot'
import { type NameKey, parseName } from '../dns/index.ts'
import { CRON } from '../health/index.ts'
import { err, ok, type Result } from '../result.ts'

/** The keys of the binding `GSLB`, and what stands under them. docs/storage.md is the page of it. */
export const CATALOG_KEY = 'catalog'
export const ZONE_KEY_PREFIX = 'zone:'
export const OVERRIDES_KEY = 'overrides'
/** The last overrides that were valid, for isolates that begin while those there are damaged. */
export const GOOD_OVERRIDES_KEY = 'overrides:good'

/** A vantage point's health document; that of the cron is the plain `health`. */
export const healthKey = (vantage: string): string => (vantage === CRON ? 'health' : `health:${vantage}`)

/** @param origin in lower case, without the trailing dot: `example.com` */
export const zoneKey = (origin: string): string => ZONE_KEY_PREFIX + origin

/** The zones that are published. A name outside them costs no KV read. */
export type Catalog = { readonly zones: ReadonlyMap<string, ZoneEntry> }

export const EMPTY_CATALOG: Catalog = { zones: new Map() }

/** What the catalog, and the metadata of the zone's own key, say of a zone. `hash` is SHA-256 of the stored text. */
export type ZoneEntry = {
  readonly serial: number
  readonly hash: string
  /** How many targets its checks have; none where it is left out. */
  readonly probes?: number | undefined
  /** Set if its scripts compute checks out of queries. */
  readonly asks?: true | undefined
  /** Set in the catalog when the zone's key was not found: it goes if it is not found the next time either. */
  readonly missing?: true | undefined
}

const entrySchema = v.object({
  serial: v.number(),
  hash: v.string(),
  probes: v.optional(v.number()),
  asks: v.optional(v.literal(true)),
  missing: v.optional(v.literal(true)),
})

/**
 * Whether two say the same of a zone. The number of targets counts too: a Worker that knows nothing of checks, to which
 * one rolled back, leaves it out of the catalog, and without it nothing of the zone is probed.
 */
export const isSameEntry = (a: ZoneEntry, b: ZoneEntry): boolean =>
  a.hash === b.hash && (a.probes ?? 0) === (b.probes ?? 0) && a.asks === b.asks

export function parseCatalog(text: string): Result<Catalog> {
  const value = parseJson(text)
  const zones = isObject(value) && isObject(value.zones) ? Object.entries(value.zones) : undefined
  const entries = zones?.map(([origin, entry]) => [origin, parseEntry(entry)] as const)
  if (!entries?.every((entry): entry is readonly [string, ZoneEntry] => entry[1] !== undefined)) {
    return err('the catalog is not JSON of the shape { "zones": { origin: { serial, hash } } }')
  }
  return ok({ zones: new Map(entries) })
}

/** Any origin may be a key, "constructor" and "__proto__" included: the schema library would leave those out. */
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const formatCatalog = ({ zones }: Catalog): string => JSON.stringify({ zones: Object.fromEntries(zones) })

/** The value, or undefined where the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const parseEntry = (metadata: unknown): ZoneEntry | undefined => {
  const parsed = v.safeParse(entrySchema, metadata)
  return parsed.success ? parsed.output : undefined
}

/** SHA-256 in hexadecimal. */
export async function hashText(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** @param origin as the catalog has it; one that is no name is nobody's zone */
export function originKey(origin: string): NameKey {
  const name = parseName(`${origin}.`)
  return name.ok ? name.value.key : origin
}
