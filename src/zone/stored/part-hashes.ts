import { Damaged } from '../../stored-value.ts'

/** The octets of a hash: SHA-256. */
export const HASH_BYTES = 32

/**
 * The hashes of a zone's parts. A head may have thousands, of which an isolate needs few: each is written when it is
 * asked for.
 */
export class PartHashes implements Iterable<string> {
  readonly length: number
  private readonly octets: Uint8Array

  /** @throws `Damaged` */
  constructor(octets: Uint8Array) {
    if (octets.length % HASH_BYTES !== 0) throw new Damaged(`hashes of ${HASH_BYTES} octets`)
    this.length = octets.length / HASH_BYTES
    this.octets = octets
  }

  /** Returns the hash of a part in hexadecimal; '' behind the last one. */
  at(number: number): string {
    let text = ''
    for (const octet of this.octets.subarray(number * HASH_BYTES, (number + 1) * HASH_BYTES)) text += hexOf(octet)
    return text
  }

  *[Symbol.iterator](): Iterator<string> {
    for (let number = 0; number < this.length; number++) yield this.at(number)
  }
}

const hexOf = (octet: number): string => (octet < 16 ? '0' : '') + octet.toString(16)
