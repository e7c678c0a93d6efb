/** The damage that queries met in a zone whose checksums are right. */
export class Damage {
  private first: string | undefined

  /** Why the zone is not as it was written; undefined as far as anybody saw. */
  get why(): string | undefined {
    return this.first
  }

  note(error: unknown): void {
    this.first ??= error instanceof Error ? error.message : String(error)
  }
}
