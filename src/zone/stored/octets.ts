import { Damaged } from '../../stored-value.ts'

/** Reads numbers and octets. Throws `Damaged` behind the end. */
export class OctetReader {
  at: number
  private readonly bytes: Uint8Array

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
    if (!(at <= bytes.length)) throw outside()
  }

  u8(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) throw outside()
    return value
  }

  u16(): number {
    return this.u8() | (this.u8() << 8)
  }

  u32(): number {
    return (this.u16() | (this.u16() << 16)) >>> 0
  }

  take(length: number): Uint8Array {
    const end = this.at + length
    if (end > this.bytes.length) throw outside()
    // A view made so takes less time than `subarray`.
    const taken = new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.at, length)
    this.at = end
    return taken
  }

  skip(length: number): void {
    this.at += length
    if (this.at > this.bytes.length) throw outside()
  }
}

const outside = (): Damaged => new Damaged('octets inside its sections')
