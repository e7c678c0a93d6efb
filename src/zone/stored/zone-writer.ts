import { parentKey } from '../../dns/index.ts'
import { MAX_HEAD_NAMES_BYTES, MAX_PART_BYTES, MIN_PART_BYTES } from '../../limits.ts'
import { formatPrefix, type SubnetTrust } from '../../net/index.ts'
import {
  contains,
  type DatacenterMap,
  isAlternatives,
  recordsOf,
  type Script,
  storeMap,
  storePolicy,
} from '../../policy/index.ts'
import { includedIn, storeIncluded, storeScript } from '../../powerdns/index.ts'
import type { LocalZone } from '../local-zone.ts'
import type { PolicyRrset, ZoneNode } from '../zone.ts'
import { type HeadMeta, type Need, wireText } from './head.ts'
import { isUnchanged, type KeptPart, type KeptWriting, type Sorted, type Survey } from './kept-parts.ts'
import { nameHash, sortText } from './name-order.ts'
import { HASH_BYTES } from './part-hashes.ts'
import { PartWriter } from './part-writer.ts'
import { TableWriter } from './table-writer.ts'
import { writeValue } from './write-value.ts'

/** A part that is being written, and the text of its first name. */
type Begun = { readonly from: string; readonly at: number; readonly writer: PartWriter }

/**
 * Writes a compiled zone in the form that isolates use. A small zone is its head. A larger one has parts, whose borders
 * depend on the names around them: a changed record changes the part that has it, and no other.
 */
export class ZoneWriter {
  private readonly zone: LocalZone
  private readonly sizes: Sizes
  private readonly originLength: number
  private readonly before: KeptWriting | undefined
  private readonly keeps: boolean
  private readonly keptParts = new Map<string, KeptPart>()
  private readonly surveys = new Map<readonly PolicyRrset[], Survey>()
  private sorted: readonly Sorted[] = []
  private readonly borders: string[] = []
  /** All names, if they fit in the head. */
  private small: PartWriter | undefined
  private readonly maps = new Map<string, DatacenterMap>()
  private readonly scripts: Script[] = []
  private readonly needs = new Set<Need>()
  private rrsets = 0

  /**
   * @param before what another version of the zone kept, written with the same sizes: parts of which nothing has
   * changed are taken over. null to keep this one without it; by default nothing is kept
   */
  constructor(zone: LocalZone, sizes: Sizes = SIZES, before?: KeptWriting | null) {
    this.zone = zone
    this.keeps = before !== undefined
    this.before = before && before.zone.origin.key === zone.origin.key ? before : undefined
    this.sizes = sizes
    this.originLength = zone.origin.key.length
  }

  /** Writes the parts one by one, in order; none for a small zone. Take all of them before the head. */
  *parts(): Generator<Uint8Array<ArrayBuffer>> {
    for (const part of this.steps()) if (part) yield part
  }

  /** As `parts`, and yields undefined after each name that it has gone through, for a place that has little time. */
  *steps(): Generator<Uint8Array<ArrayBuffer> | undefined> {
    if (this.sorted.length === 0) yield* this.prepare()
    if (this.small) return
    this.borders.length = 0
    const { sorted } = this
    for (let at = 0; at < sorted.length; ) {
      const { text, node } = sorted[at] as Sorted
      this.borders.push(text)
      const known = this.knownPart(text, at)
      if (known) {
        this.keptParts.set(text, known)
        yield known.octets
        at += known.count
        continue
      }
      const part: Begun = { from: text, at, writer: this.partFrom(node) }
      do {
        part.writer.add((sorted[at++] as Sorted).node)
        yield
      } while (at < sorted.length && !this.endsBefore(at, part))
      yield this.written(part, at)
    }
  }

  private knownPart(text: string, at: number): KeptPart | undefined {
    const part = this.before?.parts.get(text)
    return part && isUnchanged(part, this.zone, this.sorted, at) ? part : undefined
  }

  /** Returns what the next version takes over, when all parts were taken. @throws if nothing was to be kept */
  kept(): KeptWriting {
    const { keeps, zone, sorted, surveys, keptParts: parts } = this
    if (!keeps) throw new Error('the writer keeps nothing')
    return { zone, sorted, surveys, parts }
  }

  /**
   * @param hashes of the parts, in order: SHA-256 in hexadecimal
   * @param checks the hash of the checks, if there are any
   */
  head(hashes: readonly string[], checks?: string): Uint8Array<ArrayBuffer> {
    const { small } = this
    const parts = small ? 0 : this.borders.length
    if (hashes.length !== parts)
      throw new Error(`the zone has ${parts} parts; expected a hash of each, got ${hashes.length}`)
    const tables = small?.tables ?? new TableWriter()
    const meta = encoder.encode(JSON.stringify(this.meta(tables, checks)))
    const borders = encoder.encode(JSON.stringify(small ? [''] : this.borders))
    const names = small?.finish().slice(0, 2) ?? [NOTHING, NOTHING]
    return writeValue('head', [meta, borders, hashOctets(hashes), ...names, ...tables.sections])
  }

  /** Sorts the names, and finds what all of them need. */
  private *prepare(): Generator<undefined> {
    const { before, originLength } = this
    const fresh: Sorted[] = []
    for (const node of this.zone.names.nodes.values()) {
      const known = before?.zone.names.nodes.get(node.key)
      this.survey(node, known?.rrsets === node.rrsets)
      if (!known) fresh.push({ text: sortText(node.key, originLength), node })
      yield
    }
    const sorted = yield* sortedInSteps(fresh)
    this.sorted = before ? merged(this.sortedAsBefore(before), sorted) : sorted
    if (leastLength(this.sorted, originLength) <= this.sizes.headBytes) yield* this.writeIfSmall()
  }

  /** Returns the names that the version before had, too, in order. */
  private sortedAsBefore({ sorted }: KeptWriting): Sorted[] {
    const { nodes } = this.zone.names
    const still: Sorted[] = []
    for (const { text, node } of sorted) {
      const now = nodes.get(node.key)
      if (now) still.push({ text, node: now })
    }
    return still
  }

  /** @param isKnown the rrsets were surveyed in the version before */
  private survey({ rrsets }: ZoneNode, isKnown: boolean): void {
    this.rrsets += rrsets.length
    const survey = isKnown ? this.before?.surveys.get(rrsets) : surveyed(rrsets)
    if (!survey) return
    for (const need of survey.needs) this.needs.add(need)
    for (const map of survey.maps) this.maps.set(map.name, map)
    this.scripts.push(...survey.scripts)
    if (this.keeps) this.surveys.set(rrsets, survey)
  }

  private *writeIfSmall(): Generator<undefined> {
    const writer = this.writer()
    for (const { node } of this.sorted) {
      writer.add(node)
      if (writer.length > this.sizes.headBytes) return
      yield
    }
    this.small = writer
  }

  /** Begins a part with the names above its first one: a look-up may end at them. */
  private partFrom({ key }: ZoneNode): PartWriter {
    const writer = this.writer()
    const { nodes } = this.zone.names
    const above: ZoneNode[] = []
    for (let at = key; at.length > this.originLength; ) {
      at = parentKey(at)
      above.push(nodes.get(at) as ZoneNode)
    }
    for (const node of above.reverse()) writer.addAbove(node)
    return writer
  }

  private writer(): PartWriter {
    return new PartWriter(this.originLength, (policy, keeper) =>
      storePolicy(policy, keeper, (script) => storeScript(script, keeper)),
    )
  }

  /**
   * A name that is a border stays one whatever stands around it, unless the part before it is very small. The origin is
   * a part of its own: its SOA changes with each version, and thousands of names beside it would be written again.
   * @param next the index of the name behind the part
   */
  private endsBefore(next: number, { at, writer }: Begun): boolean {
    const { leastBytes, partBytes, namesAPart } = this.sizes
    if (at === 0) return true
    if (writer.length < leastBytes) return false
    if (writer.length > partBytes) return true
    const { key } = (this.sorted[next] as Sorted).node
    return nameHash(key, 0, key.length - this.originLength, BORDER_SEED) % namesAPart === 0
  }

  /** @param end the index of the first name of the next part, if there is one */
  private written({ from, at, writer }: Begun, end: number): Uint8Array<ArrayBuffer> {
    const to = this.sorted[end]?.text ?? null
    const span = encoder.encode(JSON.stringify([wireText(this.zone.origin), from, to]))
    const octets = writeValue('part', [span, ...writer.finish()])
    if (this.keeps) this.keptParts.set(from, { octets, count: end - at, to, members: writer.members })
    return octets
  }

  private meta(tables: TableWriter, checks: string | undefined): HeadMeta {
    const {
      origin,
      serial,
      negative,
      stale,
      asksTargets,
      usesHealth,
      usesPlaces,
      clientSubnet,
      access,
      guard,
      tellsHealth,
    } = this.zone
    const [soa] = negative.rdatas
    if (!soa) throw new Error('the zone has no SOA')
    const numbered = (entries: Iterable<readonly [string, unknown]>): Record<string, number> =>
      Object.fromEntries(Array.from(entries, ([name, value]) => [name, tables.policy(JSON.stringify(value))]))
    const included = [...includedIn(this.scripts)]
    return {
      origin: wireText(origin),
      serial,
      soa: [negative.ttl, tables.rdata(soa)],
      stale,
      asksTargets,
      usesHealth,
      usesPlaces,
      clientSubnet: clientSubnet === undefined ? null : wordsOf(clientSubnet),
      ...(access && { access: { token: access.token, networks: wordsOf(access.networks) } }),
      needs: [...this.needs, ...(access ? ['access' as const] : [])],
      maps: numbered([...this.maps].map(([name, map]) => [name, storeMap(map, tables)])),
      scripts: numbered(included.map(([name, codes]) => [name, storeIncluded(codes, tables)])),
      ...(guard && { guard: tables.policy(JSON.stringify(guard.stored())) }),
      ...(tellsHealth && { tellsHealth }),
      checks: checks ?? null,
      names: this.sorted.length,
      rrsets: this.rrsets,
    }
  }
}

const wordsOf = (trust: SubnetTrust): readonly string[] =>
  typeof trust === 'string' ? [trust] : trust.map(formatPrefix)

type Sizes = {
  /** The octets of names up to which a zone has no parts. */
  readonly headBytes: number
  /** The octets of a part, about. */
  readonly leastBytes: number
  readonly partBytes: number
  /** The names of a part on average. */
  readonly namesAPart: number
}

/** A part of 4096 addresses has some 150 KB. A changed record rewrites as much. */
const SIZES: Sizes = {
  headBytes: MAX_HEAD_NAMES_BYTES,
  leastBytes: MIN_PART_BYTES,
  partBytes: MAX_PART_BYTES,
  namesAPart: 4096,
}
const BORDER_SEED = 0

/** Returns what the policies of a name need; undefined if that is nothing. */
function surveyed(rrsets: readonly PolicyRrset[]): Survey | undefined {
  const needs = new Set<Need>()
  const maps: DatacenterMap[] = []
  const scripts: Script[] = []
  for (const { policy } of rrsets) {
    if (recordsOf(policy).some(({ blank }) => blank !== undefined)) needs.add('hints')
    contains(policy, (one) => {
      if ('orders' in one) maps.push(one.map)
      if (one.kind === 'script') scripts.push(one)
      if (one.kind === 'shift' || (isAlternatives(one) && one.pacing)) needs.add('pacing')
      return false
    })
    if (scripts.length > 0) needs.add('scripts')
  }
  return needs.size + maps.length > 0 ? { needs: [...needs], maps, scripts } : undefined
}

/** Returns the octets that the names take at least (see `PartWriter`), without what their policies refer to. */
const leastLength = (sorted: readonly Sorted[], originLength: number): number =>
  sorted.reduce((sum, { node }) => sum + 16 + node.key.length - originLength + 7 * node.rrsets.length, 0)

/** Names that are sorted in one step. */
const SORTED_AT_ONCE = 1024

/** Merges runs that are sorted by themselves. Yields after each name. */
function* sortedInSteps(names: readonly Sorted[]): Generator<undefined, readonly Sorted[]> {
  let runs: Sorted[][] = []
  for (let i = 0; i < names.length; i += SORTED_AT_ONCE) {
    const run = names.slice(i, i + SORTED_AT_ONCE)
    runs.push(run.sort((a, b) => (a.text < b.text ? -1 : 1)))
    for (const _ of run) yield
  }
  while (runs.length > 1) {
    const merged: Sorted[][] = []
    for (let i = 0; i < runs.length; i += 2) merged.push(yield* merge(runs[i] as Sorted[], runs[i + 1] ?? []))
    runs = merged
  }
  return runs[0] ?? []
}

function merged(a: Sorted[], b: readonly Sorted[]): readonly Sorted[] {
  if (b.length === 0) return a
  const merging = merge(a, b)
  for (let next = merging.next(); ; next = merging.next()) if (next.done) return next.value
}

function* merge(a: readonly Sorted[], b: readonly Sorted[]): Generator<undefined, Sorted[]> {
  const all: Sorted[] = []
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const [left, right] = [a[i], b[j]]
    if (left && (!right || left.text < right.text)) i++
    else j++
    all.push((left && (!right || left.text < right.text) ? left : right) as Sorted)
    yield
  }
  return all
}

const NOTHING = new Uint8Array(0)
const encoder = new TextEncoder()

function hashOctets(hashes: readonly string[]): Uint8Array {
  const octets = new Uint8Array(hashes.length * HASH_BYTES)
  hashes.forEach((hash, i) => {
    for (let j = 0; j < HASH_BYTES; j++) octets[i * HASH_BYTES + j] = Number.parseInt(hash.slice(2 * j, 2 * j + 2), 16)
  })
  return octets
}
