import { type Name, TYPE, typeName } from '../dns/index.ts'
import { printLua } from '../lua/index.ts'
import type { Expression } from '../policy/index.ts'
import type { Result } from '../result.ts'
import type { ApiRecordDocument, OwnerDocument } from '../zone/index.ts'
import { inOrder, luaType, type Slot, spelledOut } from '../zonefile/index.ts'
import { codeOf, innerTypeOf } from './lua-content.ts'
import type { RrsetComment, RrsetRecord } from './types.ts'
import { partsOf, secondsOf, typeOf, type ZoneView } from './zone-view.ts'

/** A record at a name, and where it comes from. */
export type HeldRecord = RrsetRecord & {
  /** True if the document has what a client wrote; false if it is derived from an answer. */
  readonly isWritten: boolean
  /** The type of the answers of a LUA record. */
  readonly inner?: string | undefined
  /** The reason why a client cannot change it. */
  readonly readOnly?: string | undefined
  /** The canonical text of a record that a client wrote just now. */
  readonly canonical?: string | undefined
}

export type HeldRrset = {
  readonly ttl: number
  readonly records: readonly HeldRecord[]
  readonly comments: readonly RrsetComment[]
}

/** The rrsets of a name by type, all but the SOA. */
export type HeldOwner = ReadonlyMap<string, HeldRrset>

/** Returns what the API has at a name. @param owner its key in the document */
export function heldAt(zone: ZoneView, owner: string, name: Name): HeldOwner {
  const types = zone.typesAt(owner)
  const kept = zone.keptAt(owner) ?? {}
  const held = new Map<string, HeldRrset>()
  const written = (kept.LUA?.records ?? []).map(writtenLua)
  for (const [typeText, rrset] of Object.entries(types ?? {})) {
    const type = typeOf(typeText)
    const { ttl, texts } = partsOf(rrset)
    if (texts.length === 0 || kept[typeName(type)]?.records) continue
    const contents = new Set(texts.map((text) => zone.canonical(type, text)))
    const records = [...contents].map((content) => ({ content, disabled: false, isWritten: false }))
    held.set(typeName(type), { ttl: secondsOf(ttl, zone.document), records, comments: [] })
  }
  const derived = types ? derivedLua(zone, types, name, written) : NO_LUA
  if (written.length + derived.records.length > 0) {
    const ttl = kept.LUA?.ttl ?? derived.ttl
    held.set('LUA', { ttl, records: [...written, ...derived.records], comments: [] })
  }
  for (const [type, { ttl, records, comments = [] }] of Object.entries(kept)) {
    const before = held.get(type)
    if (type !== 'LUA' && records && ttl !== undefined) {
      held.set(type, { ttl, records: records.map(writtenRecord), comments })
    } else if (comments.length > 0) held.set(type, before ? { ...before, comments } : { ttl: 0, records: [], comments })
  }
  return held
}

/** Returns a record that a client wrote. */
export const writtenRecord = ({ content, disabled = false, modified_at }: ApiRecordDocument): HeldRecord => ({
  content,
  disabled,
  isWritten: true,
  ...(modified_at !== undefined && { modified_at }),
})

const writtenLua = (record: ApiRecordDocument): HeldRecord => ({
  ...writtenRecord(record),
  inner: innerTypeOf(record.content),
})

// --- answers as LUA records ----------------------------------------------------------------------------------------

type DerivedLua = { readonly ttl: number; readonly records: readonly HeldRecord[] }

const NO_LUA: DerivedLua = { ttl: 0, records: [] }

/** Returns the LUA records for the answers of types of which no client wrote LUA records. */
function derivedLua(zone: ZoneView, types: OwnerDocument, name: Name, written: readonly HeldRecord[]): DerivedLua {
  const { document } = zone
  const writtenTypes = new Set(written.map(({ inner }) => inner))
  let least = Number.POSITIVE_INFINITY
  const rrsets = Object.entries(types).flatMap(([typeText, rrset]): Slot[][] => {
    const type = typeOf(typeText)
    const { ttl, codes } = partsOf(rrset)
    if (codes.length === 0 || writtenTypes.has(typeName(type))) return []
    least = Math.min(least, secondsOf(ttl, document))
    return [codes.map((code) => ({ type, ttl, answer: spelledOut(code, document) }))]
  })
  const scripts = writtenTypes.has('LUA') ? undefined : scriptsBeside(zone, name, written)
  const slots = inOrder(rrsets, scripts)
  // A name without records hides a wildcard: code that does nothing makes it exist.
  const isBare = written.length === 0 && slots.length === 0 && Object.keys(types).length === 0
  const records = isBare ? [NOTHING] : slots.map((slot) => derivedRecord(zone, slot, name))
  return { ttl: least === Number.POSITIVE_INFINITY ? document.ttl : least, records }
}

/** Returns the included code at a name that no written record has. */
function scriptsBeside(zone: ZoneView, name: Name, written: readonly HeldRecord[]) {
  const scripts = zone.scriptsAt(name)
  if (!scripts || written.length === 0) return scripts
  const codes = new Set(written.map(({ content }) => codeOf(content)))
  return scripts.filter(({ code }) => !codes.has(code))
}

export const NOTHING: HeldRecord = { content: 'LUA ""', disabled: false, isWritten: false, inner: 'LUA' }

function derivedRecord(zone: ZoneView, { type, answer }: Slot, name: Name): HeldRecord {
  const inner = typeName(type)
  const code = printed(zone, type, answer, name)
  if (code.ok) return { content: `${inner} "${code.value}"`, disabled: false, isWritten: false, inner }
  const reason = code.error
  const content = `${inner} ";-- read-only: ${reason.replaceAll('"', "'").replaceAll('\\', '/')}"`
  return { content, disabled: false, isWritten: false, inner, readOnly: reason }
}

function printed(zone: ZoneView, type: number, answer: Expression, name: Name): Result<string> {
  const possible = luaType(type)
  if (!possible.ok) return possible
  if (type === TYPE.NS && name.key !== zone.origin.key) {
    return { ok: false, error: 'LUA delegates nothing; expected the names of servers' }
  }
  const code = printLua(answer, type, (text) => zone.canonical(type, text))
  return code.ok ? { ok: true, value: code.value.join('') } : code
}
