import { countRecords, type LocalZone, ZoneWriter } from '../zone/index.ts'
import type { ZoneEntry, ZoneSize } from './catalog.ts'
import { formatChecks } from './checks.ts'
import { hashOctets, hashText, headKey, partKey } from './shapes.ts'

/** A compiled zone in the form in which KV has it. */
export type Compiled = {
  /** The hash of its head, and of its checks if it has any. */
  readonly zone: string
  readonly checks?: string | undefined
  /** The number of its parts; 0 if all of it is in its head. */
  readonly parts: number
  /** Set if an answer depends on health, or on locations. */
  readonly health?: true | undefined
  readonly places?: true | undefined
  readonly size: ZoneSize
  /** The values to write, by key; the head is the last. */
  readonly values: ReadonlyMap<string, string | Uint8Array<ArrayBuffer>>
}

/** Writes a zone as isolates and the cron read it. @param sizes of parts, for tests */
export async function compiledOf(
  zone: LocalZone,
  sizes?: ConstructorParameters<typeof ZoneWriter>[1],
): Promise<Compiled> {
  const values = new Map<string, string | Uint8Array<ArrayBuffer>>()
  const writer = new ZoneWriter(zone, sizes)
  const hashes: string[] = []
  const size = new SizeCount()
  for (const part of writer.parts()) {
    const hash = await hashOctets(part)
    hashes.push(hash)
    size.addPart(part.length)
    values.set(partKey(hash), part)
  }
  const text = formatChecks(zone)
  const checks = text === undefined ? undefined : await hashText(text)
  if (text !== undefined && checks !== undefined) values.set(partKey(checks), text)
  const head = writer.head(hashes, checks)
  size.add(head.length + (text === undefined ? 0 : encoder.encode(text).length))
  const hash = await hashOctets(head)
  values.set(headKey(hash), head)
  const { usesHealth, usesPlaces } = zone
  return {
    zone: hash,
    parts: hashes.length,
    ...(checks !== undefined && { checks }),
    ...(usesHealth && { health: true }),
    ...(usesPlaces && { places: true }),
    size: [countRecords(zone), size.octets, head.length + size.largestPart],
    values,
  }
}

const encoder = new TextEncoder()

class SizeCount {
  octets = 0
  largestPart = 0

  add(octets: number): void {
    this.octets += octets
  }

  addPart(octets: number): void {
    this.add(octets)
    this.largestPart = Math.max(this.largestPart, octets)
  }
}

/** Returns the fields of a catalog's entry that name a compiled zone. */
export const namesOf = ({
  zone,
  checks,
  parts,
  health,
  places,
  size,
}: Compiled): Omit<ZoneEntry, 'serial' | 'hash'> => ({
  zone,
  ...(checks !== undefined && { checks }),
  ...(parts > 0 && { parts }),
  ...(health && { health }),
  ...(places && { places }),
  size,
})
