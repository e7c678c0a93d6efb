import { type NameKey, parentKey } from '../../dns/index.ts'
import { MAX_HEAD_NAMES_BYTES, MAX_PART_BYTES, MIN_PART_BYTES } from '../../limits.ts'
import { formatPrefix } from '../../net/index.ts'
import {
  contains,
  type DatacenterMap,
  type Policy,
  recordsOf,
  type Script,
  storeMap,
  storePolicy,
} from '../../policy/index.ts'
import { includedIn, storeIncluded, storeScript } from '../../powerdns/index.ts'
import type { LocalZone } from '../compile.ts'
import type { ZoneNode } from '../zone.ts'
import { HASH_BYTES, type HeadMeta, type Need, wireText } from './head.ts'
import { nameHash, sortText } from './name-order.ts'
import { PartWriter } from './part-writer.ts'
import { TableWriter } from './table-writer.ts'
import { writeValue } from './write-value.ts'

type Sorted = { readonly text: string; readonly node: ZoneNode }

/** A part that is being written, and the text of its first name. */
type Begun = { readonly from: string; readonly writer: PartWriter }

/**
 * Writes a compiled zone in the form that isolates use. A small zone is its head. A larger one has parts, whose borders
 * depend on the names around them: a changed record changes the part that has it, and no other.
 */
export class ZoneWriter {
  private readonly zone: LocalZone
  private readonly sizes: Sizes
  private readonly originLength: number
  private sorted: readonly Sorted[] = []
  private readonly borders: string[] = []
  /** All names, if they fit in the head. */
  private small: PartWriter | undefined
  private readonly maps = new Map<string, DatacenterMap>()
  private readonly scripts: Script[] = []
  private readonly needs = new Set<Need>()
  private rrsets = 0

  constructor(zone: LocalZone, sizes: Sizes = SIZES) {
    this.zone = zone
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
    let part: Begun | undefined
    for (const { text, node } of this.sorted) {
      if (part && this.endsBefore(node.key, part.writer)) {
        yield this.written(part, text)
        part = undefined
      }
      if (!part) {
        this.borders.push(text)
        part = { from: text, writer: this.partFrom(node) }
      }
      part.writer.add(node)
      yield
    }
    if (part) yield this.written(part, null)
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
    const sorted: Sorted[] = []
    for (const node of this.zone.names.nodes.values()) {
      for (const { policy } of node.rrsets) this.survey(policy)
      sorted.push({ text: sortText(node.key, this.originLength), node })
      yield
    }
    this.sorted = yield* sortedInSteps(sorted)
    yield* this.writeIfSmall()
  }

  private survey(policy: Policy): void {
    this.rrsets++
    if (recordsOf(policy).some(({ blank }) => blank !== undefined)) this.needs.add('hints')
    contains(policy, (one) => {
      if ('orders' in one) this.maps.set(one.map.name, one.map)
      if (one.kind === 'script') this.scripts.push(one)
      return false
    })
    if (this.scripts.length > 0) this.needs.add('scripts')
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

  /** A name that is a border stays one whatever stands around it, unless the part before it is very small. */
  private endsBefore(key: NameKey, { length }: PartWriter): boolean {
    const { leastBytes, partBytes, namesAPart } = this.sizes
    if (length < leastBytes) return false
    return length > partBytes || nameHash(key, 0, key.length - this.originLength, BORDER_SEED) % namesAPart === 0
  }

  /** @param to the text of the first name of the next part, if there is one */
  private written({ from, writer }: Begun, to: string | null): Uint8Array<ArrayBuffer> {
    const span = encoder.encode(JSON.stringify([wireText(this.zone.origin), from, to]))
    return writeValue('part', [span, ...writer.finish()])
  }

  private meta(tables: TableWriter, checks: string | undefined): HeadMeta {
    const { origin, serial, negative, stale, asksTargets, usesHealth, usesPlaces, clientSubnet } = this.zone
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
      clientSubnet:
        clientSubnet === undefined
          ? null
          : typeof clientSubnet === 'string'
            ? [clientSubnet]
            : clientSubnet.map(formatPrefix),
      needs: [...this.needs],
      maps: numbered([...this.maps].map(([name, map]) => [name, storeMap(map, tables)])),
      scripts: numbered(included.map(([name, codes]) => [name, storeIncluded(codes, tables)])),
      checks: checks ?? null,
      names: this.sorted.length,
      rrsets: this.rrsets,
    }
  }
}

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
