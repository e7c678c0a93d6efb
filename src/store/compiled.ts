import { countRecords, type KeptWriting, type LocalZone, ZoneWriter } from '../zone/index.ts'
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

type Sizes = ConstructorParameters<typeof ZoneWriter>[1]

/** Writes a zone as isolates and the cron read it. @param sizes of parts, for tests */
export const compiledOf = (zone: LocalZone, sizes?: Sizes): Promise<Compiled> => collected(valuesOf(zone, sizes))

/** A zone as it was written, with what its next version takes over. */
export type KeptCompiled = Compiled & {
  readonly kept: {
    readonly writing: KeptWriting
    readonly hashes: ReadonlyMap<Uint8Array, string>
    readonly sizes: Sizes
  }
}

/**
 * Writes a zone as `compiledOf` does, with the same values, and takes over the parts of which nothing has changed.
 * Names are compared by their rrsets, which have to be the same object: `recompileZone` makes such zones.
 * @param before another version of the zone; undefined for none
 * @param sizes of parts, for tests
 */
export async function recompiledOf(
  before: KeptCompiled | undefined,
  zone: LocalZone,
  sizes?: Sizes,
): Promise<KeptCompiled> {
  const known = before?.kept.sizes === sizes ? before?.kept : undefined
  const writer = new ZoneWriter(zone, sizes, known?.writing ?? null)
  const hashes = new Map<Uint8Array, string>()
  const hashOf = async (part: Uint8Array<ArrayBuffer>): Promise<string> => {
    const hash = known?.hashes.get(part) ?? (await hashOctets(part))
    hashes.set(part, hash)
    return hash
  }
  const compiled = await collected(writtenBy(writer, zone, hashOf))
  return { ...compiled, kept: { writing: writer.kept(), hashes, sizes } }
}

async function collected(writing: ReturnType<typeof valuesOf>): Promise<Compiled> {
  const values = new Map<string, string | Uint8Array<ArrayBuffer>>()
  for (let next = await writing.next(); ; next = await writing.next()) {
    if (next.done) {
      const { head, ...names } = next.value
      return { ...names, values: values.set(headKey(names.zone), head) }
    }
    if (typeof next.value !== 'number') values.set(...next.value)
  }
}

type Written = Omit<Compiled, 'values'> & { readonly head: Uint8Array<ArrayBuffer> }

type Writing = AsyncGenerator<number | readonly [key: string, value: string | Uint8Array<ArrayBuffer>], Written>

/**
 * Writes a zone value by value, and returns the head, which is to be put last. Between the values it yields the number
 * of names that it has gone through since it last yielded anything.
 */
export const valuesOf = (zone: LocalZone, sizes?: Sizes): Writing =>
  writtenBy(new ZoneWriter(zone, sizes), zone, hashOctets)

async function* writtenBy(writer: ZoneWriter, zone: LocalZone, hashOf: typeof hashOctets): Writing {
  const hashes: string[] = []
  const size = new SizeCount()
  let names = 0
  for (const part of writer.steps()) {
    if (part) {
      const hash = await hashOf(part)
      hashes.push(hash)
      size.addPart(part.length)
      yield [partKey(hash), part]
    } else if (++names === NAMES_A_YIELD) {
      yield names
      names = 0
    }
  }
  const text = formatChecks(zone)
  const checks = text === undefined ? undefined : await hashText(text)
  if (text !== undefined && checks !== undefined) yield [partKey(checks), text]
  const head = writer.head(hashes, checks)
  size.add(head.length + (text === undefined ? 0 : encoder.encode(text).length))
  const { usesHealth, usesPlaces } = zone
  return {
    zone: await hashOctets(head),
    parts: hashes.length,
    ...(checks !== undefined && { checks }),
    ...(usesHealth && { health: true }),
    ...(usesPlaces && { places: true }),
    size: [countRecords(zone), size.octets, head.length + size.largestPart],
    head,
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

/** A piece of work in a Durable Object is a few hundred names: it is counted by so many. */
const NAMES_A_YIELD = 64

/** Returns the fields of a catalog's entry that name a compiled zone. */
export const namesOf = ({
  zone,
  checks,
  parts,
  health,
  places,
  size,
}: Omit<Compiled, 'values'>): Omit<ZoneEntry, 'serial' | 'hash'> => ({
  zone,
  ...(checks !== undefined && { checks }),
  ...(parts > 0 && { parts }),
  ...(health && { health }),
  ...(places && { places }),
  size,
})
