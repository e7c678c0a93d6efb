import { MAX_KV_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import type { HeadMetadata, ZoneEntry } from './catalog.ts'
import type { Compiled } from './compiled.ts'
import { type PartMetadata, putsOf } from './conclude.ts'
import { headKey, partKey, zoneKey } from './shapes.ts'
import type { Source } from './source.ts'

/** A value to write. */
export type PublishPut = {
  readonly key: string
  readonly value: string | Uint8Array<ArrayBuffer>
  readonly metadata?: ZoneEntry | HeadMetadata | PartMetadata
}

/** The writes for a zone. */
export type ZoneWrites = {
  /** Parts of the compiled zone, and pieces of the document: those that are written, and all of them. */
  readonly parts: Share
  readonly pieces: Share
  /** All values that are written, those among them, and their octets. */
  readonly values: number
  readonly octets: number
}

type Share = { readonly written: number; readonly of: number }

/** A zone as KV is to have it. */
type ZoneValues = {
  readonly origin: string
  readonly entry: ZoneEntry
  readonly source: Source
  readonly compiled: Compiled
}

/** Tells the keys of a zone that are to be written: of pieces, of the compiled zone, and of the zone itself. */
type Lacking = {
  readonly piece: (key: string) => boolean
  readonly compiled: (key: string) => boolean
  readonly zone: boolean
}

/** Returns the values of a zone that KV lacks, what is named before what names it. @param now as in `PartMetadata` */
export function lackingPuts(
  { origin, entry, source, compiled }: ZoneValues,
  lacks: Lacking,
  now: number,
): Result<readonly PublishPut[]> {
  const metadata: PartMetadata = { origin, at: now }
  const pieces = Array.from(source.pieces, ([key, value]) => ({ key, value, metadata }))
  const puts: PublishPut[] = [
    ...pieces.filter(({ key }) => lacks.piece(key)),
    ...putsOf(origin, entry, compiled, now).filter(({ key }) => lacks.compiled(key)),
    ...(lacks.zone ? [{ key: zoneKey(origin), value: source.text, metadata: entry }] : []),
  ]
  const tooLarge = puts.find(({ value }) => octetsOf(value) > MAX_KV_BYTES)
  if (!tooLarge) return ok(puts)
  const fact = `a value of the zone ${origin} has ${octetsOf(tooLarge.value)} octets: "${tooLarge.key}"`
  return err(`${fact}; expected at most ${MAX_KV_BYTES}, which is all that Workers KV takes`)
}

export function writesOf(puts: readonly PublishPut[], { source: { pieces }, compiled }: ZoneValues): ZoneWrites {
  const { zone, checks, parts, values } = compiled
  const others = [headKey(zone), ...(checks === undefined ? [] : [partKey(checks)])]
  return {
    parts: { written: puts.filter(({ key }) => values.has(key) && !others.includes(key)).length, of: parts },
    pieces: { written: puts.filter(({ key }) => pieces.has(key)).length, of: pieces.size },
    values: puts.length,
    octets: puts.reduce((sum, { value }) => sum + octetsOf(value), 0),
  }
}

const encoder = new TextEncoder()

const octetsOf = (value: PublishPut['value']): number =>
  typeof value === 'string' ? encoder.encode(value).length : value.length
