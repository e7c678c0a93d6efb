import { formatName, type Name, type NameKey, type Rdata, typeName, WILDCARD_LABEL } from '../dns/query-path.ts'
import { toBase64 } from './base64.ts'
import { canonicalRdatas, wireOf } from './canonical.ts'

/** The fields of an RRSIG record but for its signature (RFC 4034 §3.1). Times are in seconds since the epoch. */
type SignatureFields = {
  readonly type: number
  readonly algorithm: number
  readonly labels: number
  /** The TTL that the records have in the zone, in seconds; in a message they may have less. */
  readonly originalTtl: number
  readonly expiration: number
  readonly inception: number
  readonly tag: number
  readonly signer: Name
}

const FIXED_OCTETS = 18

/** Returns the octets of an RRSIG's data before the signature. */
export function signatureHead(fields: SignatureFields): Uint8Array<ArrayBuffer> {
  const signer = wireOf(fields.signer.key)
  const head = new Uint8Array(FIXED_OCTETS + signer.length)
  const view = new DataView(head.buffer)
  view.setUint16(0, fields.type)
  view.setUint8(2, fields.algorithm)
  view.setUint8(3, fields.labels)
  view.setUint32(4, fields.originalTtl)
  view.setUint32(8, fields.expiration)
  view.setUint32(12, fields.inception)
  view.setUint16(16, fields.tag)
  head.set(signer, FIXED_OCTETS)
  return head
}

/** Returns the octets that are signed (RFC 4034 §3.1.8.1): the head, and each record in canonical form and order. */
export function signedOctets(
  head: Uint8Array,
  owner: NameKey,
  { type, originalTtl }: Pick<SignatureFields, 'type' | 'originalTtl'>,
  rdatas: readonly Rdata[],
): Uint8Array<ArrayBuffer> {
  const records = canonicalRdatas(type, rdatas)
  const prefix = new Uint8Array(owner.length + 10)
  prefix.set(wireOf(owner))
  const view = new DataView(prefix.buffer)
  view.setUint16(owner.length, type)
  view.setUint16(owner.length + 2, CLASS_IN)
  view.setUint32(owner.length + 4, originalTtl)
  const length = records.reduce((sum, bytes) => sum + prefix.length + bytes.length, head.length)
  const octets = new Uint8Array(length)
  octets.set(head)
  let at = head.length
  for (const bytes of records) {
    view.setUint16(owner.length + 8, bytes.length)
    octets.set(prefix, at)
    octets.set(bytes, at + prefix.length)
    at += prefix.length + bytes.length
  }
  return octets
}

const CLASS_IN = 1

/**
 * Returns the number of an owner's labels (RFC 4034 §3.1.3): neither the root nor a leading `*` counts. A name that a
 * wildcard stands for has all of its own (RFC 9824 §3.3), since it is signed as if it stood in the zone.
 */
export function labelCount(owner: NameKey): number {
  let count = 0
  for (let at = 0; owner.charCodeAt(at) > 0; at += owner.charCodeAt(at) + 1) count++
  return owner.startsWith(WILDCARD_LABEL) ? count - 1 : count
}

/** The data of an RRSIG record. Its text is made when somebody wants it: messages do not. */
export class SignatureRdata implements Rdata {
  readonly bytes: Uint8Array
  readonly names: Rdata['names'] = NO_NAMES
  private readonly signer: Name

  constructor(head: Uint8Array, signature: Uint8Array, signer: Name) {
    const bytes = new Uint8Array(head.length + signature.length)
    bytes.set(head)
    bytes.set(signature, head.length)
    this.bytes = bytes
    this.signer = signer
  }

  /** RFC 4034 §3.2. */
  get text(): string {
    const { bytes, signer } = this
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const numbers = [view.getUint8(2), view.getUint8(3), view.getUint32(4)]
    const times = [view.getUint32(8), view.getUint32(12)].map(timeText)
    const signature = toBase64(bytes.subarray(FIXED_OCTETS + signer.key.length))
    const fields = [typeName(view.getUint16(0)), ...numbers, ...times, view.getUint16(16), formatName(signer.key)]
    return `${fields.join(' ')} ${signature}`
  }
}

const NO_NAMES: Rdata['names'] = []

/** YYYYMMDDHHmmSS, in UTC. */
const timeText = (seconds: number): string =>
  new Date(seconds * 1000)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/\D/g, '')
