/** A growing list of octets, for writers. Numbers are little-endian. */
export class Octets {
  private bytes = new Uint8Array(256)
  length = 0

  u8(value: number): void {
    this.room(1)
    this.bytes[this.length++] = value
  }

  u16(value: number): void {
    this.room(2)
    this.bytes[this.length++] = value
    this.bytes[this.length++] = value >>> 8
  }

  u32(value: number): void {
    this.room(4)
    this.patch(this.length, value)
    this.length += 4
  }

  all(values: Uint8Array): void {
    this.room(values.length)
    this.bytes.set(values, this.length)
    this.length += values.length
  }

  /** Characters of one octet each. */
  latin1(text: string): void {
    this.room(text.length)
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i)
  }

  /** Writes a text in UTF-8. Returns its number of octets. */
  utf8(text: string): number {
    const from = this.length
    // A character of UTF-16 takes three octets at most. Most texts have one octet a character.
    this.room(3 * text.length)
    const { bytes } = this
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) {
        this.length = from + encoder.encodeInto(text, bytes.subarray(from)).written
        return this.length - from
      }
      bytes[this.length++] = code
    }
    return text.length
  }

  /** Writes zeros up to a multiple of 4. */
  align(): void {
    while (this.length % 4 !== 0) this.u8(0)
  }

  /** Replaces a number that was written before. */
  patch(at: number, value: number): void {
    for (let i = 0; i < 4; i++) this.bytes[at + i] = (value >>> (8 * i)) & 0xff
  }

  get written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  private room(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length + more))
    larger.set(this.written)
    this.bytes = larger
  }
}

const encoder = new TextEncoder()
