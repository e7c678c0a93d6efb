import * as v from 'valibot'
import { MAX_TTL } from '../limits.ts'
import { object, record } from '../schema.ts'

/**
 * The part of a zone that PowerDNS's HTTP API keeps and DNS has no place for. The engine ignores it. src/rrsets reads
 * and writes it, and holds it in agreement with the records.
 */
export type ApiDocument = {
  readonly kind?: string | undefined
  readonly account?: string | undefined
  /** The rule for the serial after a change. Without it, DEFAULT. */
  readonly soa_edit_api?: string | undefined
  readonly soa_edit?: string | undefined
  readonly catalog?: string | undefined
  readonly api_rectify?: boolean | undefined
  readonly masters?: readonly string[] | undefined
  /** Lists of texts by PowerDNS's kind of metadata. */
  readonly metadata?: Readonly<Record<string, readonly string[]>> | undefined
  readonly rrsets?: ApiRrsetsDocument | undefined
}

/** The rrsets that cannot be derived from `records` octet by octet: by owner, as `records` spells it, and by type. */
export type ApiRrsetsDocument = Readonly<Record<string, ApiOwnerDocument>>

export type ApiOwnerDocument = Readonly<Record<string, ApiRrsetDocument>>

/** Without `records` they are derived from those of the zone, and comments stand alone. `ttl` comes with `records`. */
export type ApiRrsetDocument = {
  readonly ttl?: number | undefined
  readonly records?: readonly ApiRecordDocument[] | undefined
  readonly comments?: readonly ApiCommentDocument[] | undefined
}

/** `modified_at` is what the client sent, in seconds since 1970. */
export type ApiRecordDocument = {
  readonly content: string
  readonly disabled?: boolean | undefined
  readonly modified_at?: number | undefined
}

export type ApiCommentDocument = {
  readonly content: string
  readonly account: string
  readonly modified_at: number
}

const text = v.string('expected text')
const flag = v.boolean('expected true or false')

const WHOLE = 'expected a whole number of seconds since 1970'
const time = v.pipe(v.number(WHOLE), v.integer(WHOLE), v.minValue(0, WHOLE))

const SECONDS = `expected whole seconds from 0 to ${MAX_TTL}`
const seconds = v.pipe(v.number(SECONDS), v.integer(SECONDS), v.minValue(0, SECONDS), v.maxValue(MAX_TTL, SECONDS))

const RECORDS = 'expected a list of records, like [{ "content": "192.0.2.1" }]'
const COMMENTS = 'expected a list of comments, each with "content", "account" and "modified_at"'

/** Refuses a list, which the library takes for an object without fields. */
function noList<S extends v.GenericSchema>(schema: S): S {
  const run: S['~run'] = (dataset, config) =>
    schema['~run'](Array.isArray(dataset.value) ? { value: 'a list' } : dataset, config)
  return { ...schema, '~run': run }
}

const rrset = object({
  ttl: v.optional(seconds),
  records: v.optional(
    v.array(object({ content: text, disabled: v.optional(flag), modified_at: v.optional(time) }), RECORDS),
  ),
  comments: v.optional(v.array(object({ content: text, account: text, modified_at: time }), COMMENTS)),
})

const completeRrset = v.pipe(
  rrset,
  v.check(
    ({ ttl, records }) => (ttl === undefined) === (records === undefined),
    'one of "ttl" and "records" is missing; expected both, or neither beside comments',
  ),
)

const owner = record(noList(completeRrset), 'expected an object of types, like { "A": { "ttl": 60, "records": … } }')

/** Owners whose shape was validated. A change of one record leaves the other owners the same objects. */
const VALID = new WeakSet<object>()

// --- valid shapes, without the schema library, which takes ten times as long and says why others are not ---------------

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isWhole = (value: unknown, most: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most

const isPlainOwner = (owner: Fields): boolean => Object.keys(owner).every((type) => isPlainRrset(owner[type]))

function isPlainRrset(rrset: unknown): boolean {
  if (!isObject(rrset) || !Object.keys(rrset).every((key) => RRSET_FIELDS.has(key))) return false
  const { ttl, records, comments } = rrset
  if (comments !== undefined && !(Array.isArray(comments) && comments.every(isPlainComment))) return false
  if (records === undefined) return ttl === undefined
  return isWhole(ttl, MAX_TTL) && Array.isArray(records) && records.every(isPlainRecord)
}

const RRSET_FIELDS: ReadonlySet<string> = new Set(['ttl', 'records', 'comments'])

function isPlainRecord(record: unknown): boolean {
  if (!isObject(record) || !Object.keys(record).every((key) => RECORD_FIELDS.has(key))) return false
  const { content, disabled, modified_at } = record
  return (
    typeof content === 'string' &&
    (disabled === undefined || typeof disabled === 'boolean') &&
    (modified_at === undefined || isWhole(modified_at, Number.MAX_VALUE))
  )
}

const RECORD_FIELDS: ReadonlySet<string> = new Set(['content', 'disabled', 'modified_at'])

function isPlainComment(comment: unknown): boolean {
  if (!isObject(comment) || !Object.keys(comment).every((key) => COMMENT_FIELDS.has(key))) return false
  const { content, account, modified_at } = comment
  return typeof content === 'string' && typeof account === 'string' && isWhole(modified_at, Number.MAX_VALUE)
}

const COMMENT_FIELDS: ReadonlySet<string> = new Set(['content', 'account', 'modified_at'])

/** Takes each owner once, however often a document with it is validated. */
const ownerOnce: v.GenericSchema<unknown, ApiOwnerDocument> = {
  ...(owner as unknown as v.GenericSchema<unknown, ApiOwnerDocument>),
  '~run': (dataset, config) => {
    const { value } = dataset
    if (isObject(value) && (VALID.has(value) || isPlainOwner(value))) {
      VALID.add(value)
      return { typed: true, value: value as ApiOwnerDocument }
    }
    const result = owner['~run'](dataset, config) as v.OutputDataset<ApiOwnerDocument, v.BaseIssue<unknown>>
    if (result.issues) return result
    if (isObject(value)) VALID.add(value)
    // The input and not a copy: what nobody changed stays the same object.
    return { typed: true, value: value as ApiOwnerDocument }
  },
}

export const apiSchema = noList(
  object({
    kind: v.optional(text),
    account: v.optional(text),
    soa_edit_api: v.optional(text),
    soa_edit: v.optional(text),
    catalog: v.optional(text),
    api_rectify: v.optional(flag),
    masters: v.optional(v.array(text, 'expected a list of addresses')),
    metadata: v.optional(
      record(v.array(text, 'expected a list of texts'), 'expected an object of kinds, like { "X-TEAM": ["web"] }'),
    ),
    rrsets: v.optional(record(ownerOnce, 'expected an object of names, like { "www": { "A": … } }')),
  }),
)
