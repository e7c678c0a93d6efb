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
    const taken = this.bytes.subarray(this.at, end)
    this.at = end
    return taken
  }
}

const outside = (): Damaged => new Damaged('octets inside its sections')
