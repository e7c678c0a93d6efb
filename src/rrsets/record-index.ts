import type { HeldRecord } from './held.ts'

/**
 * Finds records of an rrset by what they say. A request may look for tens of thousands of them, one by one, among
 * thousands: what is not there is found missing at once.
 */
export class RecordIndex {
  private records: readonly HeldRecord[]
  private readonly keyOf: (record: HeldRecord) => string
  private readonly keys: string[]
  private readonly known = new Counts()
  private readonly contents = new Counts()

  /** @param keyOf returns the same text for records with the same data */
  constructor(records: readonly HeldRecord[], keyOf: (record: HeldRecord) => string) {
    this.records = records
    this.keyOf = keyOf
    this.keys = records.map(keyOf)
    for (const [i, { content }] of records.entries()) this.count(this.keys[i] as string, content, 1)
  }

  /** Returns true if the index is one of this list. */
  isOf(records: readonly HeldRecord[]): boolean {
    return this.records === records
  }

  withContent(content: string): HeldRecord | undefined {
    return this.contents.has(content) ? this.records.find((record) => record.content === content) : undefined
  }

  /** Returns the index of the first record with this key, or -1. */
  indexOf(key: string): number {
    return this.known.has(key) ? this.keys.indexOf(key) : -1
  }

  /** Returns the list with one more record. The index is one of that list then. */
  with(record: HeldRecord): readonly HeldRecord[] {
    const key = this.keyOf(record)
    this.keys.push(key)
    this.count(key, record.content, 1)
    this.records = [...this.records, record]
    return this.records
  }

  /** Returns the list without one of its records. The index is one of that list then. */
  without(at: number): readonly HeldRecord[] {
    const [key] = this.keys.splice(at, 1)
    this.count(key as string, (this.records[at] as HeldRecord).content, -1)
    this.records = this.records.toSpliced(at, 1)
    return this.records
  }

  private count(key: string, content: string, by: 1 | -1): void {
    this.known.add(key, by)
    this.contents.add(content, by)
  }
}

/** Counts texts. */
class Counts {
  private readonly counts = new Map<string, number>()

  has(text: string): boolean {
    return this.counts.has(text)
  }

  add(text: string, by: 1 | -1): void {
    const count = (this.counts.get(text) ?? 0) + by
    if (count > 0) this.counts.set(text, count)
    else this.counts.delete(text)
  }
}
