import { Reader, type Response } from 'mmdb-lib'
import { type Location, type LocationClaims, RangeList, type Survey, toLocation } from '../../geo/index.ts'
import { formatAddress } from '../../net/index.ts'
import { err, ok, type Result } from '../../result.ts'

/** The networks of a database in the MaxMind DB file format (version 2.0), with their locations. */
type Mmdb = Survey & {
  /** The type in its metadata, such as `GeoLite2-City`. */
  readonly type: string
  readonly built: Date
}

/** Reads all networks. mmdb-lib reads metadata and records but cannot list networks, so this walks the search tree. */
export function readMmdb(bytes: Buffer): Result<Mmdb> {
  const other = whyNone(bytes)
  if (other !== undefined) return err(other)
  try {
    const reader = new Reader<Response>(bytes)
    const { databaseType, buildEpoch, ipVersion } = reader.metadata
    if (ipVersion !== 4 && ipVersion !== 6) return err(`it is for IP version ${ipVersion}; expected 4 or 6`)
    if (reader.metadata.searchTreeSize + SEPARATOR > bytes.length) return err(`its beginning is missing; ${WHOLE}`)
    const survey = new Surveyor(bytes, reader)
    survey.walk()
    return ok({ v4: survey.v4, v6: survey.v6, places: survey.places, type: databaseType, built: buildEpoch })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return err(`it is a truncated or damaged MaxMind database (${why}); ${WHOLE}`)
  }
}

const WHOLE = 'expected the whole file: fetch it again'

/**
 * The marker before the metadata, the metadata's maximum distance from the end, and the octets between tree and data.
 */
const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
const METADATA = 128 * 1024
const SEPARATOR = 16

/** Explains a file that is not a MaxMind database. */
function whyNone(bytes: Buffer): string | undefined {
  if (bytes.subarray(-METADATA).includes(MARKER)) return undefined
  const packed = [
    [0x1f, 0x8b],
    [0x50, 0x4b],
    [0xfd, 0x37],
  ].some(([a, b]) => bytes[0] === a && bytes[1] === b)
  if (packed) return 'it is compressed; expected the .mmdb file in it: unpack it first'
  return 'it is not a MaxMind database (MMDB), or its end is missing; expected a whole file like GeoLite2-City.mmdb'
}

class Surveyor {
  readonly v4 = new RangeList(1)
  readonly v6 = new RangeList(4)
  readonly places: Location[] = [{}]
  private readonly byPointer = new Map<number, number>()
  private readonly path = new Uint32Array(4)
  private readonly bytes: Buffer
  private readonly reader: Reader<Response>
  private readonly bits: 32 | 128
  private readonly ipv4Start: number

  constructor(bytes: Buffer, reader: Reader<Response>) {
    this.bytes = bytes
    this.reader = reader
    this.bits = reader.metadata.ipVersion === 4 ? 32 : 128
    this.ipv4Start = this.findIpv4Start()
  }

  walk(): void {
    // The first range has to start at zero.
    if (this.bits === 32) this.v6.add([0, 0, 0, 0], 0, 0)
    this.visit(0, 0)
  }

  /** Finds the node of ::/96, which is IPv4. Aliases of that node (::ffff:0:0/96, 2002::/16) are not IPv6 networks. */
  private findIpv4Start(): number {
    let node = 0
    if (this.bits === 128) for (let depth = 0; depth < 96 && this.isNode(node); depth++) node = this.child(node, 0)
    return node
  }

  private isNode(value: number): boolean {
    return value < this.reader.metadata.nodeCount
  }

  private visit(node: number, depth: number): void {
    if (!this.isNode(node)) return this.leaf(node, depth)
    if (depth === this.bits) throw new Error('its search tree is deeper than an address')
    if (this.bits === 128 && node === this.ipv4Start && depth > 0 && !(depth === 96 && this.isZero())) {
      return this.leaf(this.reader.metadata.nodeCount, depth)
    }
    // IPv4 begins at ::/96; the IPv6 ranges leave it out.
    if (depth === 96 && this.isZero()) this.v6.add(this.path, 0, 0)
    const word = depth >> 5
    const bit = 1 << (31 - (depth & 31))
    this.visit(this.child(node, 0), depth + 1)
    this.path[word] = (this.path[word] as number) | bit
    this.visit(this.child(node, 1), depth + 1)
    this.path[word] = (this.path[word] as number) & ~bit
  }

  /** @param value the node count if there is no record, else a pointer into the data */
  private leaf(value: number, depth: number): void {
    if (this.bits === 32) return this.v4.add(this.path, 0, this.placeAt(value, 1))
    const belowIpv4 = depth > 96 && this.isZero()
    if (belowIpv4) return this.v4.add(this.path, 3, this.placeAt(value, 4))
    const place = this.placeAt(value, 4)
    if (depth <= 96 && this.isZero()) this.v4.add([0], 0, place)
    this.v6.add(this.path, 0, depth === 96 && this.isZero() ? 0 : place)
  }

  private isZero(): boolean {
    return this.path[0] === 0 && this.path[1] === 0 && this.path[2] === 0
  }

  /** Returns the number of a record's location. Networks share records: each is read once, by its first address. */
  private placeAt(value: number, words: 1 | 4): number {
    if (value <= this.reader.metadata.nodeCount) return 0
    const cached = this.byPointer.get(value)
    if (cached !== undefined) return cached
    const octets = new DataView(new ArrayBuffer(words * 4))
    for (let i = 0; i < words; i++) octets.setUint32(i * 4, this.path[i] as number)
    const address = { family: words === 1 ? 1 : 2, bytes: new Uint8Array(octets.buffer) } as const
    const number = this.places.push(toLocation(claimsOf(this.reader.get(formatAddress(address))))) - 1
    this.byPointer.set(value, number)
    return number
  }

  /** Reads one of a node's two records of 24, 28 or 32 bits. At 28, the middle octet has the highest bits of both. */
  private child(node: number, side: 0 | 1): number {
    const { recordSize, nodeByteSize } = this.reader.metadata
    const { bytes } = this
    const at = node * nodeByteSize
    switch (recordSize) {
      case 24:
        return bytes.readUIntBE(at + side * 3, 3)
      case 28: {
        const middle = bytes[at + 3] as number
        return ((side === 0 ? middle >> 4 : middle & 15) << 24) | bytes.readUIntBE(at + side * 4, 3)
      }
      default:
        return bytes.readUInt32BE(at + side * 4)
    }
  }
}

/** The paths of each field: records of MaxMind and DB-IP are nested, those of IPinfo and others are flat. */
const FOUND_AT: Readonly<Record<keyof Location, readonly string[]>> = {
  continent: ['continent.code', 'continent_code', 'continent'],
  country: ['country.iso_code', 'country_code', 'country'],
  region: ['subdivisions.0.iso_code', 'region_code'],
  city: ['city.names.en', 'city'],
  asn: ['autonomous_system_number', 'traits.autonomous_system_number', 'asn'],
  latitude: ['location.latitude', 'latitude', 'lat'],
  longitude: ['location.longitude', 'longitude', 'lng'],
}

function claimsOf(record: unknown): LocationClaims {
  const claims = Object.entries(FOUND_AT).map(([field, paths]) => {
    const values = paths.map((path) => path.split('.').reduce(member, record))
    return [field, values.find((value) => typeof value === 'string' || typeof value === 'number')]
  })
  return Object.fromEntries(claims)
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
