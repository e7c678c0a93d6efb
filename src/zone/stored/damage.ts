import { Damaged } from '../../stored-value.ts'

/** The damage that queries met in a zone whose checksums are right. */
export class Damage {
  private first: string | undefined

  /** The reason why the zone is not as it was written; undefined as far as anybody saw. */
  get why(): string | undefined {
    return this.first
  }

  note(error: unknown): void {
    this.first ??= error instanceof Error ? error.message : String(error)
  }

  /** Returns the error to throw, and notes it. @param expected as for `Damaged` */
  found(expected: string): Damaged {
    const error = new Damaged(expected)
    this.note(error)
    return error
  }
}
