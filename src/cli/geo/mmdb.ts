import { Reader, type Response } from 'mmdb-lib'
import { type Place, type PlaceClaims, placeOf, RangeList, type Survey } from '../../geo/index.ts'
import { formatAddress } from '../../net/index.ts'
import { err, ok, type Result } from '../../result.ts'

/** A database in the MaxMind DB file format (version 2.0), as the places of all its networks. */
export type Mmdb = Survey & {
  /** As its metadata says: `GeoLite2-City`. */
  readonly type: string
  readonly built: Date
}

/** mmdb-lib reads metadata and records; it cannot list the networks, so that the search tree is walked here. */
export function readMmdb(bytes: Buffer): Result<Mmdb> {
  const other = whyNone(bytes)
  if (other !== undefined) return err(other)
  try {
    const reader = new Reader<Response>(bytes)
    const { databaseType, buildEpoch, ipVersion } = reader.metadata
    if (ipVersion !== 4 && ipVersion !== 6) return err(`it is for IP version ${ipVersion}; expected 4 or 6`)
    if (reader.metadata.searchTreeSize + SEPARATOR > bytes.length) return err(`its beginning was cut off; ${WHOLE}`)
    const survey = new Surveyor(bytes, reader)
    survey.walk()
    return ok({ v4: survey.v4, v6: survey.v6, places: survey.places, type: databaseType, built: buildEpoch })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return err(`it is a MaxMind database that was cut or damaged (${why}); ${WHOLE}`)
  }
}

const WHOLE = 'expected the whole file: fetch it again'

/** What stands before the metadata, at most so far from the end; and the octets between tree and data. */
const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
const METADATA = 128 * 1024
const SEPARATOR = 16

/** Explains a file that is not a MaxMind database at all. */
function whyNone(bytes: Buffer): string | undefined {
  if (bytes.subarray(-METADATA).includes(MARKER)) return undefined
  const packed = [
    [0x1f, 0x8b],
    [0x50, 0x4b],
    [0xfd, 0x37],
  ].some(([a, b]) => bytes[0] === a && bytes[1] === b)
  if (packed) return 'it is compressed; expected the .mmdb file in it: unpack it first'
  return 'it is not a MaxMind database (MMDB), or its end was cut off; expected a whole file like GeoLite2-City.mmdb'
}

class Surveyor {
  readonly v4 = new RangeList(1)
  readonly v6 = new RangeList(4)
  readonly places: Place[] = [{}]
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
    // The first range starts at zero, whatever the tree begins with.
    if (this.bits === 32) this.v6.add([0, 0, 0, 0], 0, 0)
    this.visit(0, 0)
  }

  /** IPv4 is at ::/96, and again where a database has an alias of it (::ffff:0:0/96, 2002::/16): that is not IPv6. */
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
    // At ::/96 IPv4 begins, which the IPv6 ranges leave out.
    if (depth === 96 && this.isZero()) this.v6.add(this.path, 0, 0)
    const word = depth >> 5
    const bit = 1 << (31 - (depth & 31))
    this.visit(this.child(node, 0), depth + 1)
    this.path[word] = (this.path[word] as number) | bit
    this.visit(this.child(node, 1), depth + 1)
    this.path[word] = (this.path[word] as number) & ~bit
  }

  /** @param value the number of nodes for nothing, above that a pointer into the data */
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

  /** Many networks share a record: each is read once, at the first address that leads to it. */
  private placeAt(value: number, words: 1 | 4): number {
    if (value <= this.reader.metadata.nodeCount) return 0
    const known = this.byPointer.get(value)
    if (known !== undefined) return known
    const octets = new DataView(new ArrayBuffer(words * 4))
    for (let i = 0; i < words; i++) octets.setUint32(i * 4, this.path[i] as number)
    const address = { family: words === 1 ? 1 : 2, bytes: new Uint8Array(octets.buffer) } as const
    const number = this.places.push(placeOf(claimsOf(this.reader.get(formatAddress(address))))) - 1
    this.byPointer.set(value, number)
    return number
  }

  /** Two records of 24, 28 or 32 bits; of 28 the middle octet holds the highest bits of both. */
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

/** Where the databases have what: those of MaxMind and DB-IP nest, those of IPinfo and others are flat. */
const FOUND_AT: Readonly<Record<keyof Place, readonly string[]>> = {
  continent: ['continent.code', 'continent_code', 'continent'],
  country: ['country.iso_code', 'country_code', 'country'],
  region: ['subdivisions.0.iso_code', 'region_code'],
  city: ['city.names.en', 'city'],
  asn: ['autonomous_system_number', 'traits.autonomous_system_number', 'asn'],
  latitude: ['location.latitude', 'latitude', 'lat'],
  longitude: ['location.longitude', 'longitude', 'lng'],
}

function claimsOf(record: unknown): PlaceClaims {
  const claims = Object.entries(FOUND_AT).map(([field, paths]) => {
    const values = paths.map((path) => path.split('.').reduce(member, record))
    return [field, values.find((value) => typeof value === 'string' || typeof value === 'number')]
  })
  return Object.fromEntries(claims)
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
