import type * as v from 'valibot'
import type { CheckJudge } from '../health/index.ts'
import { MAX_DEPTH, MAX_TTL } from '../limits.ts'
import type { Issue } from '../policy/index.ts'
import { parse } from '../schema.ts'
import { issuesOf } from '../schema-issues.ts'
import { type OwnerDocument, ownerSchema, type ZoneDocument, zoneSchema } from './document.ts'

/**
 * The shape of a document, validated name by name: a large document is validated in pieces. The meaning of names,
 * addresses and networks is judged when they are compiled.
 */
export class DocumentShape {
  /** The names of the document, for `owner`. */
  readonly owners: readonly string[]
  /** The document without its records; undefined if its shape is wrong. */
  readonly shell: ZoneDocument | undefined
  private readonly records: Readonly<Record<string, unknown>>
  private readonly judge: CheckJudge
  private readonly isList: boolean
  private nestsTooDeep = false
  private readonly shellIssues: readonly v.BaseIssue<unknown>[]
  private readonly ownerIssues: v.BaseIssue<unknown>[] = []
  /** The names that the schema changed: it makes seconds of times like `1h`. */
  private readonly changed = new Map<string, OwnerDocument>()

  constructor(input: unknown, judge: CheckJudge) {
    this.judge = judge
    this.isList = Array.isArray(input)
    const records = isObject(input) && isObject(input.records) ? input.records : undefined
    this.records = records ?? {}
    this.owners = Object.keys(this.records)
    const shell = records ? { ...(input as object), records: {} } : input
    // The schema of `api` has as many levels as it may have, and a large one is not walked twice.
    const measured = records ? { ...(shell as object), api: undefined } : shell
    this.nestsTooDeep = sizeOf(measured, MAX_LEVELS) === Number.POSITIVE_INFINITY
    const parsed = this.nestsTooDeep || this.isList ? undefined : parse(zoneSchema, shell, judge)
    this.shell = parsed?.ok ? parsed.value : undefined
    this.shellIssues = parsed && !parsed.ok ? parsed.error : []
  }

  /** True unless an error was found. */
  get isRight(): boolean {
    return this.shell !== undefined && !this.nestsTooDeep && this.ownerIssues.length === 0
  }

  /** Returns the rrsets of a name as the input has them. */
  given(owner: string): unknown {
    return this.records[owner]
  }

  /** Takes the rrsets of a name that are valid, as `owner` returned them before. */
  known(owner: string, types: OwnerDocument): ReturnType<DocumentShape['owner']> {
    if (this.records[owner] !== types) this.changed.set(owner, types)
    return { types, size: 1 }
  }

  /**
   * Validates the rrsets of a name. Call it once for each of `owners`, in order.
   * @returns them, undefined if their shape is wrong, and how many values they have
   */
  owner(owner: string): { readonly types: OwnerDocument | undefined; readonly size: number } {
    const input = this.records[owner]
    const plain = plainSize(input)
    if (plain > 0) return { types: input as OwnerDocument, size: plain }
    const size = this.nestsTooDeep ? 1 : sizeOf(input, MAX_LEVELS - 2)
    if (size === Number.POSITIVE_INFINITY) this.nestsTooDeep = true
    if (this.nestsTooDeep) return { types: undefined, size: 1 }
    const parsed = parse(ownerSchema, input, this.judge)
    if (parsed.ok) {
      this.changed.set(owner, parsed.value)
      return { types: parsed.value, size }
    }
    const at = [this.itemOf('records', this.records), this.itemOf(owner, input)] as const
    for (const issue of parsed.error) this.ownerIssues.push({ ...issue, path: [...at, ...(issue.path ?? [])] })
    return { types: undefined, size }
  }

  private itemOf(key: string, value: unknown): v.ObjectPathItem {
    return { type: 'object', origin: 'value', input: this.records, key, value }
  }

  /** Returns all errors, when each name has been validated. */
  issues(): readonly Issue[] {
    if (this.nestsTooDeep) {
      return [
        { path: [], message: `the document nests too deep; expected at most ${MAX_DEPTH} expressions in each other` },
      ]
    }
    if (this.isList) {
      return [{ path: [], message: 'the document is not an object; expected { "origin": "example.com", … }' }]
    }
    // An unknown field of the document is reported behind its records.
    const isUnknown = ({ expected, path }: v.BaseIssue<unknown>): boolean => expected === 'never' && path?.length === 1
    const all = [
      ...this.shellIssues.filter((issue) => !isUnknown(issue)),
      ...this.ownerIssues,
      ...this.shellIssues.filter(isUnknown),
    ]
    return issuesOf(all)
  }

  /** Returns the valid document. Names in plain form are those of the input, without a copy. */
  document(shell: ZoneDocument): ZoneDocument {
    if (this.changed.size === 0) return { ...shell, records: this.records as ZoneDocument['records'] }
    const records = this.owners.map((owner) => [owner, this.changed.get(owner) ?? this.records[owner]] as const)
    return { ...shell, records: Object.fromEntries(records) as ZoneDocument['records'] }
  }
}

/** Every level of an expression takes up to three levels of JSON; the schema library recurses over them. */
const MAX_LEVELS = 3 * MAX_DEPTH

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns the number of values in a value, or Infinity if it has more levels than these. */
function sizeOf(value: unknown, levels: number): number {
  if (typeof value !== 'object' || value === null) return 1
  if (levels === 0) return Number.POSITIVE_INFINITY
  // A script's tree has a depth of its own, which is checked with it.
  const isScript = 'kind' in value && value.kind === 'lua'
  let size = 1
  for (const [key, inner] of Object.entries(value)) {
    if (!(isScript && key === 'tree')) size += sizeOf(inner, levels - 1)
  }
  return size
}

/**
 * Returns the number of records of a name that has no others than texts and lists of texts, with or without a TTL in
 * seconds; or 0. Nearly all names are such, and need no schema.
 */
function plainSize(types: unknown): number {
  if (!isObject(types)) return 0
  let size = 1
  for (const type of Object.keys(types)) {
    const records = plainRecords(types[type])
    if (records < 0) return 0
    size += records
  }
  return size
}

/** Returns the number of records of an rrset in plain form, or -1. */
function plainRecords(rrset: unknown): number {
  if (typeof rrset === 'string') return 1
  if (Array.isArray(rrset)) return rrset.every((text) => typeof text === 'string') ? rrset.length : -1
  if (!isObject(rrset)) return -1
  const keys = Object.keys(rrset)
  // The schema puts the fields in this order.
  if (keys.length !== 2 || keys[0] !== 'ttl' || keys[1] !== 'answer' || !isPlainTtl(rrset.ttl)) return -1
  return isObject(rrset.answer) ? -1 : plainRecords(rrset.answer)
}

const isPlainTtl = (ttl: unknown): boolean =>
  typeof ttl === 'number' && Number.isInteger(ttl) && ttl <= MAX_TTL && (ttl > 0 || Object.is(ttl, 0))
