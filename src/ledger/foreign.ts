import { formatName } from '../dns/index.ts'
import { MAX_LEDGER_DOCUMENT_CHARS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import {
  CATALOG_KEY,
  DAMAGED,
  documentOf,
  MIN_CACHE_TTL_SECONDS,
  pieceKeys,
  type Stored,
  viewCatalog,
  type ZoneEntry,
  zoneKey,
} from '../store/index.ts'
import type { LedgerKv } from './publication.ts'
import { agreeing, tooLong, type ValidZone, validDocument } from './validation.ts'

/** The reason why a document in KV is not taken. */
type NotTaken = { readonly why: string; readonly isTooLarge: boolean }

const OPTIONS = { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS } as const

/** Reads what stands under the key of a zone. @param origin absolute */
export const readZoneKey = (kv: LedgerKv, origin: string): Promise<Stored> =>
  kv.getWithMetadata(zoneKey(origin.slice(0, -1)), OPTIONS)

/** Returns what the catalog in KV says of a zone, or undefined if it does not name it. @throws if nobody can tell */
export async function catalogEntry(kv: LedgerKv, origin: string): Promise<ZoneEntry | undefined> {
  const { value } = await kv.getWithMetadata(CATALOG_KEY, OPTIONS)
  if (value === null) throw new Error('KV has no catalog')
  const catalog = viewCatalog(value)
  if (!catalog.ok) throw new Error(catalog.error)
  const entry = catalog.value.entry(origin.slice(0, -1))
  if (entry === DAMAGED) throw new Error('the entry of the zone in the catalog is damaged')
  return entry
}

/** Reads and validates a document that somebody else put into KV, with its pieces. @throws if KV fails */
export async function foreignZone(kv: LedgerKv, origin: string, text: string): Promise<Result<ValidZone, NotTaken>> {
  const pieces = await readPieces(kv, text)
  if (!pieces.ok) return pieces
  const document = documentOf(text, pieces.value)
  if (!document.ok) return notTaken(document.error)
  const whole = validDocument(document.value)
  const valid = whole.ok ? agreeing(whole.value) : whole
  if (!valid.ok) return notTaken(valid.error.error, valid.error.status === 413)
  const found = formatName(valid.value.zone.origin.key)
  return found === origin ? valid : notTaken(`the document is of the zone ${found}; expected ${origin}`)
}

/** Pieces that are read at once. */
const PIECES_AT_ONCE = 10

async function readPieces(kv: LedgerKv, text: string): Promise<Result<ReadonlyMap<string, string>, NotTaken>> {
  let chars = text.length
  const pieces = new Map<string, string>()
  const keys = chars > MAX_LEDGER_DOCUMENT_CHARS ? [] : pieceKeys(text)
  for (let i = 0; i < keys.length; i += PIECES_AT_ONCE) {
    const some = keys.slice(i, i + PIECES_AT_ONCE)
    const found = await Promise.all(some.map((key) => kv.getWithMetadata(key, OPTIONS)))
    for (const [n, { value }] of found.entries()) {
      if (value !== null) pieces.set(some[n] as string, value)
      chars += value?.length ?? 0
    }
    if (chars > MAX_LEDGER_DOCUMENT_CHARS) break
  }
  return chars > MAX_LEDGER_DOCUMENT_CHARS ? notTaken(tooLong(chars), true) : ok(pieces)
}

const notTaken = (why: string, isTooLarge = false): { ok: false; error: NotTaken } => err({ why, isTooLarge })
