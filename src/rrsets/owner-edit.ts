import { formatName, isSubdomain, type Name, TYPE } from '../dns/index.ts'
import { ok, type Result } from '../result.ts'
import { checkRecords, whyTooMany } from './check-rrset.ts'
import { type HeldOwner, type HeldRecord, type HeldRrset, heldAt, NOTHING } from './held.ts'
import { enabledCodes } from './lua-content.ts'
import { unsupported } from './name.ts'
import { RecordIndex } from './record-index.ts'
import { conflicting, unprocessable } from './refusal.ts'
import type { NewComment, Refusal, RrsetChange, RrsetComment } from './types.ts'
import { typeOf, type ZoneView } from './zone-view.ts'

const NO_RRSET: HeldRrset = { ttl: 0, records: [], comments: [] }

type Replace = Extract<RrsetChange, { readonly changetype: 'REPLACE' }>
type OneRecord = Extract<RrsetChange, { readonly changetype: 'EXTEND' | 'PRUNE' }>

/** A name under change: what it had, and what it is to have. */
export class OwnerEdit {
  readonly name: Name
  /** Its key in the document. */
  readonly owner: string
  readonly isApex: boolean
  readonly before: HeldOwner
  readonly wanted: Map<string, HeldRrset>
  private readonly zone: ZoneView
  /** The records that EXTEND and PRUNE looked among last, by type. */
  private readonly indices = new Map<string, RecordIndex>()
  private readonly now: number

  /** @param now milliseconds since 1970 */
  constructor(zone: ZoneView, name: Name, now: number) {
    this.zone = zone
    this.name = name
    this.now = now
    this.owner = zone.ownerOf(name)
    this.isApex = name.key === zone.origin.key
    this.before = heldAt(zone, this.owner, name)
    this.wanted = new Map(this.before)
  }

  /** Makes a change that is not of the SOA. @returns false if it has no effect and asks for none */
  apply(change: RrsetChange): Result<boolean, Refusal> {
    if (change.changetype === 'DELETE') return this.delete(change)
    const refused = this.whyRefused(change)
    if (refused) return refused
    switch (change.changetype) {
      case 'REPLACE':
        return this.replace(change)
      case 'EXTEND':
        return this.extend(change)
      case 'PRUNE':
        return this.prune(change)
    }
  }

  /** True if an rrset differs from before in more than its comments. */
  isChanged(type: string): boolean {
    const before = this.before.get(type) ?? NO_RRSET
    const wanted = this.wanted.get(type) ?? NO_RRSET
    if (before === wanted) return false
    if (wanted.records.length === 0 && before.records.length === 0) return false
    return before.ttl !== wanted.ttl || !areSame(before.records, wanted.records)
  }

  /** The types that the name has or had. */
  types(): ReadonlySet<string> {
    return new Set([...this.before.keys(), ...this.wanted.keys()])
  }

  private whyRefused({ name, type }: RrsetChange): { readonly ok: false; readonly error: Refusal } | undefined {
    if (!isSubdomain(name.key, this.zone.origin.key)) {
      return unprocessable(`RRset ${formatName(name)} IN ${type}: Name is out of zone`)
    }
    return this.zone.typesAt(this.owner) ? undefined : unsupported(formatName(name))
  }

  private delete({ type }: RrsetChange): Result<boolean, Refusal> {
    const before = this.wanted.get(type)
    if (!before) return ok(false)
    const refused = this.whyReadOnly(type, before.records, [])
    if (refused) return refused
    this.wanted.delete(type)
    return ok(true)
  }

  private replace({ type, ttl, records, comments }: Replace): Result<boolean, Refusal> {
    const before = this.wanted.get(type) ?? NO_RRSET
    const wanted = records ? this.recordsFor(type, ttl ?? before.ttl, records, before) : ok(before)
    if (!wanted.ok) return wanted
    this.set(type, comments ? { ...wanted.value, comments: this.dated(comments) } : wanted.value)
    return ok(true)
  }

  private recordsFor(
    type: string,
    ttl: number,
    records: NonNullable<Replace['records']>,
    before: HeldRrset,
  ): Result<HeldRrset, Refusal> {
    if (ttl === before.ttl && areSame(before.records, records)) return ok(before)
    if (records.length === 0 && before.records.length === 0) return ok(before)
    const checked = checkRecords(this.zone, this.name, type, records, before.records)
    if (!checked.ok) return checked
    const refused = this.whyReadOnly(type, before.records, checked.value)
    return refused ?? ok({ ttl, records: checked.value, comments: before.comments })
  }

  private extend({ type, ttl, record, writeUnchanged }: OneRecord): Result<boolean, Refusal> {
    const before = this.wanted.get(type) ?? NO_RRSET
    const index = this.indexOf(type, before.records)
    const found = this.find(type, index, record)
    if (!found.ok) return found
    if (found.value.at >= 0) return ok(writeUnchanged)
    const seconds = ttl ?? (before.records.length > 0 ? before.ttl : undefined)
    if (seconds === undefined) return unprocessable("Key 'ttl' not an Integer or not present")
    const tooMany = whyTooMany(this.name, type, before.records.length + 1)
    if (tooMany !== undefined) return unprocessable(tooMany)
    const records = index.with(found.value.record)
    const refused = this.whyReadOnly(type, before.records, records)
    if (refused) return refused
    this.set(type, { ...before, ttl: seconds, records })
    return ok(true)
  }

  private prune({ type, record, writeUnchanged }: OneRecord): Result<boolean, Refusal> {
    const before = this.wanted.get(type) ?? NO_RRSET
    const index = this.indexOf(type, before.records)
    const found = this.find(type, index, record)
    if (!found.ok) return found
    if (found.value.at < 0) return ok(writeUnchanged)
    const records = index.without(found.value.at)
    const refused = this.whyReadOnly(type, before.records, records)
    if (refused) return refused
    this.set(type, { ...before, records })
    return ok(true)
  }

  /** Checks one record, and finds the index of one with the same data, or -1. */
  private find(
    type: string,
    index: RecordIndex,
    record: OneRecord['record'],
  ): Result<{ readonly record: HeldRecord; readonly at: number }, Refusal> {
    const same = index.withContent(record.content)
    const checked = checkRecords(this.zone, this.name, type, [record], same ? [same] : [])
    if (!checked.ok) return checked
    const [read] = checked.value as readonly [HeldRecord]
    return ok({ record: read, at: index.indexOf(read.canonical ?? read.content) })
  }

  private indexOf(type: string, records: readonly HeldRecord[]): RecordIndex {
    const known = this.indices.get(type)
    if (known?.isOf(records)) return known
    const number = typeOf(type)
    const keyOf = ({ content, canonical }: HeldRecord): string =>
      canonical ?? (number === TYPE.LUA ? content : this.zone.canonical(number, content))
    const index = new RecordIndex(records, keyOf)
    this.indices.set(type, index)
    return index
  }

  private set(type: string, rrset: HeldRrset): void {
    if (rrset.records.length > 0 || rrset.comments.length > 0) this.wanted.set(type, rrset)
    else this.wanted.delete(type)
  }

  private dated(comments: readonly NewComment[]): readonly RrsetComment[] {
    const now = Math.floor(this.now / 1000)
    return comments.map(({ account, content, modified_at = now }) => ({ account, content, modified_at }))
  }

  /** The code of its LUA records that are not disabled. */
  codes(): readonly string[] {
    return enabledCodes(this.wanted.get('LUA')?.records ?? [])
  }

  codesBefore(): readonly string[] {
    return enabledCodes(this.before.get('LUA')?.records ?? [])
  }

  /**
   * The static records of a type, or of all types, for the look-ups of scripts; undefined if it has no records at all.
   */
  data(type: number): readonly string[] | undefined {
    if (this.wanted.size === 0) return undefined
    return [...this.wanted].flatMap(([typeText, { records }]) => {
      const number = typeOf(typeText)
      if (number === TYPE.LUA || (type !== number && type !== TYPE.ANY)) return []
      return records.flatMap(({ content, canonical, disabled }) =>
        disabled ? [] : [canonical ?? this.zone.canonical(number, content)],
      )
    })
  }

  /** Refuses to change or to drop an answer that has no form in PowerDNS's language. */
  private whyReadOnly(
    type: string,
    before: readonly HeldRecord[],
    wanted: readonly HeldRecord[],
  ): { readonly ok: false; readonly error: Refusal } | undefined {
    for (const { inner, readOnly } of before) {
      if (readOnly === undefined || areSame(ofInner(before, inner), ofInner(wanted, inner))) continue
      const where = `RRset ${formatName(this.name)} IN ${type}`
      const fix = 'expected a change of the zone document'
      return conflicting(`${where}: the ${inner} answer is read-only here, as it has no LUA form: ${readOnly}; ${fix}`)
    }
    return undefined
  }

  /** True for a name that was there without records, which hides a wildcard. */
  get wasBare(): boolean {
    return this.before.get('LUA')?.records[0] === NOTHING
  }
}

/** Returns the LUA records whose answers are of a type. */
export const ofInner = (records: readonly HeldRecord[], inner: string | undefined): readonly HeldRecord[] =>
  records.filter((record) => record.inner === inner)

type Comparable = Pick<HeldRecord, 'content' | 'modified_at'> & { readonly disabled?: boolean | undefined }

/** True for lists with the same records in the same order. */
export function areSame(left: readonly Comparable[], right: readonly Comparable[]): boolean {
  if (left.length !== right.length) return false
  return left.every(({ content, disabled, modified_at }, i) => {
    const other = right[i] as Comparable
    return (
      content === other.content &&
      (disabled === true) === (other.disabled === true) &&
      modified_at === other.modified_at
    )
  })
}
