import { TYPE } from '../src/dns/index.ts'
import { EMPTY_CATALOG, formatCatalog } from '../src/store/catalog.ts'
import { CATALOG_KEY, headKey, partKey } from '../src/store/index.ts'
import { hashOctets } from '../src/store/shapes.ts'
import { type LocalZone, NodeMap, type ZoneNode, ZoneWriter } from '../src/zone/index.ts'
import { sortText } from '../src/zone/stored/name-order.ts'
import { readValue } from '../src/zone/stored/value.ts'
import { writeValue } from '../src/zone/stored/write-value.ts'
import { hostAddress, hostLabel, LARGE_ORIGIN } from './hosts.ts'
import { SOA } from './messages.ts'
import { must } from './stored.ts'
import { compiledZone, type Document } from './zones.ts'

/** As many as parts have on average. */
const NAMES_A_PART = 4096

/** One part beside that of the origin, whatever its size, so that its names stand in no head. */
const ONE_PART = {
  headBytes: 0,
  leastBytes: Number.MAX_SAFE_INTEGER,
  partBytes: Number.MAX_SAFE_INTEGER,
  namesAPart: 1,
}

export type Synthetic = {
  readonly values: Map<string, Uint8Array>
  /** Names to ask for: the records of the parts that are there. */
  readonly hosts: (random: () => number) => number
}

/**
 * KV's values of a zone of so many A records, too many to compile here. Its head names all parts. Of these every
 * `step`-th is there, written by `ZoneWriter` as a zone of its names, and put between the borders that it has here.
 */
export async function synthetic(records: number, step: number): Promise<Synthetic> {
  const soa = { ...SOA, serial: 1 }
  const zone = compiledZone({ origin: LARGE_ORIGIN, ttl: 300, soa, records: { ns: { A: '192.0.2.1' } } } as Document)
  const parts = Math.ceil(records / NAMES_A_PART)
  const values = new Map<string, Uint8Array>()
  const [origin] = new ZoneWriter(zone, ONE_PART).parts()
  if (!origin) throw new Error('no part of the origin')
  const originHash = await hashOctets(origin)
  values.set(partKey(originHash), origin)
  const hashes = Array.from({ length: parts }, (_, part) => part.toString(16).padStart(64, '0'))
  const there = Array.from({ length: Math.ceil(parts / step) }, (_, i) => i * step)
  for (const part of there) {
    const octets = partOf(zone, part, parts, records)
    const hash = await hashOctets(octets)
    hashes[part] = hash
    values.set(partKey(hash), octets)
  }
  const head = headOf(zone, [originHash, ...hashes])
  const hash = await hashOctets(head)
  const entry = { serial: 1, hash, zone: hash, parts: parts + 1 }
  const catalog = formatCatalog({ ...EMPTY_CATALOG, zones: new Map([[LARGE_ORIGIN, entry]]) })
  values.set(headKey(hash), head).set(CATALOG_KEY, Buffer.from(catalog))
  const hosts = (random: () => number): number => {
    const part = there[Math.floor(random() * there.length)] as number
    return Math.min(records - 1, part * NAMES_A_PART + Math.floor(random() * NAMES_A_PART))
  }
  return { values, hosts }
}

function headOf(zone: LocalZone, hashes: readonly string[]): Uint8Array<ArrayBuffer> {
  const writer = new ZoneWriter(zone, ONE_PART)
  const own = Array.from(writer.parts(), () => `${hashes[0]}`)
  const [meta, , , ...rest] = must(readValue('head', writer.head(own))) as [Uint8Array, ...Uint8Array[]]
  const borders = hashes.map((_, number) => (number === 0 ? '' : borderOf(zone, number - 1)))
  return writeValue('head', [meta, Buffer.from(JSON.stringify(borders)), Buffer.from(hashes.join(''), 'hex'), ...rest])
}

/** Returns the border of a part of hosts. The origin is a part of its own before them. */
const borderOf = (zone: LocalZone, part: number): string =>
  sortText(keyOf(zone, part * NAMES_A_PART), zone.origin.key.length)

const keyOf = ({ origin }: LocalZone, host: number): string => {
  const label = hostLabel(host)
  return String.fromCharCode(label.length) + label + origin.key
}

function partOf(zone: LocalZone, part: number, parts: number, records: number): Uint8Array<ArrayBuffer> {
  const origin = zone.names.find(zone.origin.key)
  if (!origin) throw new Error('no origin')
  const nodes = new Map([[origin.key, origin]])
  const end = Math.min(records, (part + 1) * NAMES_A_PART)
  for (let host = part * NAMES_A_PART; host < end; host++) {
    const node = nodeOf(keyOf(zone, host), hostAddress(host))
    nodes.set(node.key, node)
  }
  const [, octets] = new ZoneWriter({ ...zone, names: new NodeMap(nodes) }, ONE_PART).parts()
  if (!octets) throw new Error('no part')
  const [span, ...rest] = must(readValue('part', octets)) as [Uint8Array, ...Uint8Array[]]
  const [wire] = JSON.parse(Buffer.from(span).toString())
  const to = part + 1 < parts ? borderOf(zone, part + 1) : null
  return writeValue('part', [Buffer.from(JSON.stringify([wire, borderOf(zone, part), to])), ...rest])
}

function nodeOf(key: string, address: string): ZoneNode {
  const rdata = { bytes: Uint8Array.from(address.split('.'), Number), names: [], text: address }
  const rrset = { type: TYPE.A, ttl: 300, policy: { kind: 'values', rdatas: [rdata] } as const }
  return { key, rrsets: [rrset], cut: undefined, dname: undefined, wildcard: undefined }
}
