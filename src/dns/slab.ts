/**
 * Allocates small byte arrays from shared buffers: a separate buffer costs a reply more time than all the rest, and a
 * record more memory than its data. No octet is handed out twice. A buffer is freed with the last array in it.
 */
export class Slab {
  private buffer = new ArrayBuffer(SLAB_BYTES)
  private used = 0

  /** Returns an array of zeros, for the caller to fill. */
  take(length: number): Uint8Array {
    if (length > SLAB_BYTES / 8) return new Uint8Array(length)
    if (this.used + length > SLAB_BYTES) {
      this.buffer = new ArrayBuffer(SLAB_BYTES)
      this.used = 0
    }
    const part = new Uint8Array(this.buffer, this.used, length)
    this.used += length
    return part
  }
}

const SLAB_BYTES = 16_384
