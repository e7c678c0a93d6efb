/**
 * Allocates small byte arrays from shared buffers: a separate buffer costs a reply more time than all the rest, and a
 * record more memory than its data. No octet is handed out twice. A buffer is freed with the last array in it.
 */
export class Slab {
  private buffer = new ArrayBuffer(SLAB_BYTES)
  private words = new Int32Array(this.buffer)
  private used = 0

  /** Returns an array of zeros, for the caller to fill. */
  take(length: number): Uint8Array {
    if (length > SLAB_BYTES / 8) return new Uint8Array(length)
    if (this.used + length > SLAB_BYTES) this.renew()
    const part = new Uint8Array(this.buffer, this.used, length)
    this.used += length
    return part
  }

  /** Returns a copy of the first octets of some words, made word by word: that takes a quarter of the time. */
  copy(words: Int32Array, length: number): Uint8Array {
    if (length > SLAB_BYTES / 8) return new Uint8Array(words.buffer, 0, length).slice()
    const count = (length + 3) >> 2
    if (((this.used + 3) >> 2) + count > this.words.length) this.renew()
    const first = (this.used + 3) >> 2
    const to = this.words
    for (let i = 0; i < count; i++) to[first + i] = words[i] as number
    this.used = (first + count) << 2
    return new Uint8Array(this.buffer, first << 2, length)
  }

  private renew(): void {
    this.buffer = new ArrayBuffer(SLAB_BYTES)
    this.words = new Int32Array(this.buffer)
    this.used = 0
  }
}

const SLAB_BYTES = 16_384
