import { formatName, typeName } from '../dns/index.ts'
import type { Expression } from '../policy/index.ts'
import { ok, type Result } from '../result.ts'
import type {
  ApiOwnerDocument,
  ApiRecordDocument,
  ApiRrsetDocument,
  OwnerDocument,
  RrsetDocument,
} from '../zone/index.ts'
import type { HeldRecord, HeldRrset } from './held.ts'
import type { LuaCodes } from './lua-codes.ts'
import { areSame, type OwnerEdit, ofInner } from './owner-edit.ts'
import { clipped, unprocessable } from './refusal.ts'
import type { Refusal } from './types.ts'
import { partsOf, type RrsetParts, secondsOf, typeOf, type ZoneView } from './zone-view.ts'

/** The document's part of a name after a change; undefined if it has nothing there. */
type BuiltOwner = {
  readonly types: OwnerDocument | undefined
  readonly kept: ApiOwnerDocument | undefined
}

/**
 * Builds the rrsets of a name as a change wants them. Answers that nobody changed are the same objects as before,
 * whether or not they have a form in PowerDNS's language.
 */
export function buildOwner(zone: ZoneView, edit: OwnerEdit, codes: LuaCodes): Result<BuiltOwner, Refusal> {
  return new OwnerBuilder(zone, edit, codes).build()
}

const LUA = 'LUA'

class OwnerBuilder {
  private readonly zone: ZoneView
  private readonly edit: OwnerEdit
  private readonly codes: LuaCodes
  private readonly lua: readonly HeldRecord[]
  private readonly luaBefore: readonly HeldRecord[]
  /** The rrsets of the document, with its spelling of their types. */
  private readonly rrsets = new Map<string, { readonly text: string; readonly rrset: RrsetDocument }>()
  /** The TTLs and the texts that the built rrsets have. */
  private readonly built = new Map<string, { readonly ttl: number; readonly texts: readonly string[] }>()

  constructor(zone: ZoneView, edit: OwnerEdit, codes: LuaCodes) {
    this.zone = zone
    this.edit = edit
    this.codes = codes
    this.lua = edit.wanted.get(LUA)?.records ?? []
    this.luaBefore = edit.before.get(LUA)?.records ?? []
    for (const [text, rrset] of Object.entries(zone.typesAt(edit.owner) ?? {})) {
      this.rrsets.set(typeName(typeOf(text)), { text, rrset })
    }
  }

  build(): Result<BuiltOwner, Refusal> {
    const { edit, zone } = this
    const before = zone.typesAt(edit.owner)
    const touched = this.touchedTypes()
    const left = new Map(this.rrsets)
    const isShared = this.countTypes(touched) > 1 || edit.isApex
    for (const type of touched) {
      const rrset = this.answer(type, isShared)
      if (!rrset.ok) return rrset
      if (rrset.value === undefined) left.delete(type)
      else left.set(type, { text: left.get(type)?.text ?? type, rrset: rrset.value })
    }
    const refused = this.whyConflicting(left)
    if (refused) return refused
    const kept = this.kept(touched)
    if (touched.size === 0 && !this.isHelperChanged()) return ok({ types: before, kept })
    const exists = left.size > 0 || ofInner(this.lua, LUA).some(({ disabled }) => !disabled)
    const types = exists
      ? (Object.fromEntries([...left.values()].map(({ text, rrset }) => [text, rrset])) as OwnerDocument)
      : undefined
    return ok({ types, kept })
  }

  /** The types whose answers are to be built again. */
  private touchedTypes(): ReadonlySet<string> {
    const { edit } = this
    const touched = new Set<string>()
    for (const type of edit.types()) if (type !== LUA && edit.isChanged(type)) touched.add(type)
    const inners = new Set([...this.lua, ...this.luaBefore].map(({ inner }) => inner as string))
    const isRetimed = edit.wanted.get(LUA)?.ttl !== edit.before.get(LUA)?.ttl
    for (const inner of inners) if (inner !== LUA && (isRetimed || this.isChangedLua(inner))) touched.add(inner)
    // A CNAME from code is another answer alone than beside other records.
    const isChanged = touched.size > 0 || this.isHelperChanged()
    if (isChanged && ofInner(this.lua, 'CNAME').some(({ isWritten }) => isWritten)) touched.add('CNAME')
    return touched
  }

  private isChangedLua(inner: string): boolean {
    return !areSame(ofInner(this.luaBefore, inner), ofInner(this.lua, inner))
  }

  private isHelperChanged(): boolean {
    return this.isChangedLua(LUA)
  }

  /** True for the LUA records of a type that stay what they were: written by nobody, or compiled before. */
  private isKeptLua(inner: string): boolean {
    const isAlias = inner === 'CNAME' && ofInner(this.lua, inner).some(({ isWritten }) => isWritten)
    return !isAlias && !this.isChangedLua(inner)
  }

  /** Returns how many records and types the name is about to have, as far as a CNAME is concerned. */
  private countTypes(touched: ReadonlySet<string>): number {
    const others = [...this.rrsets.keys()].filter((type) => !touched.has(type))
    const enabled = (records: readonly HeldRecord[]): number => records.filter(({ disabled }) => !disabled).length
    const changed = [...touched].filter((type) => {
      return enabled(this.edit.wanted.get(type)?.records ?? []) + enabled(ofInner(this.lua, type)) > 0
    })
    return others.length + changed.length + Math.max(0, enabled(ofInner(this.lua, 'CNAME')) - 1)
  }

  /** Builds the rrset of a type; undefined if it has no records. */
  private answer(type: string, isShared: boolean): Result<RrsetDocument | undefined, Refusal> {
    const { edit, zone } = this
    const before = this.rrsets.get(type)
    const old: RrsetParts = before ? partsOf(before.rrset) : { ttl: undefined, texts: [], codes: [] }
    const wanted = edit.wanted.get(type)
    const texts = edit.isChanged(type) ? this.textsOf(type, wanted) : old.texts
    const records = ofInner(this.lua, type).filter(({ disabled }) => !disabled)
    const codes = this.isKeptLua(type) ? ok(old.codes.filter(isSomething)) : this.compiled(records, isShared)
    if (!codes.ok) return codes
    if (texts.length === 0 && records.length === 0) return ok(undefined)
    const ttls = [
      ...(texts.length > 0 ? [wanted?.ttl ?? Number.POSITIVE_INFINITY] : []),
      ...(records.length > 0 ? [edit.wanted.get(LUA)?.ttl ?? Number.POSITIVE_INFINITY] : []),
    ]
    const ttl = Math.min(...ttls)
    this.built.set(type, { ttl, texts })
    const parts: readonly Expression[] = [...texts, ...codes.value]
    const answer = parts.length === 1 ? (parts[0] as Expression) : parts
    const followsHealth = typeof old.ttl === 'object' && secondsOf(old.ttl, zone.document) === ttl
    if (followsHealth) return ok({ ttl: old.ttl, answer })
    return ok(ttl === zone.document.ttl ? answer : { ttl, answer })
  }

  /** Returns the canonical texts of the records that are not disabled. */
  private textsOf(type: string, rrset: HeldRrset | undefined): readonly string[] {
    const number = typeOf(type)
    const enabled = (rrset?.records ?? []).filter(({ disabled }) => !disabled)
    return enabled.map(({ canonical, content }) => canonical ?? this.zone.canonical(number, content))
  }

  private compiled(records: readonly HeldRecord[], isShared: boolean): Result<readonly Expression[], Refusal> {
    const answers: Expression[] = []
    for (const { content } of records) {
      const made = this.codes.record(content, this.edit.name, isShared)
      if (!made.ok) {
        return unprocessable(`Record ${formatName(this.edit.name)}/LUA '${clipped(content)}': ${made.error}`)
      }
      // A list in a list is the same answer.
      if (Array.isArray(made.value)) answers.push(...(made.value as readonly Expression[]))
      else answers.push(made.value)
    }
    return ok(answers)
  }

  /** Refuses a CNAME beside other records, and NS beside DNAME, below the apex. */
  private whyConflicting(left: ReadonlyMap<string, { readonly rrset: RrsetDocument }>) {
    const { edit } = this
    const where = (type: string): string => `RRset ${formatName(edit.name)} IN ${type}`
    const alias = left.get('CNAME')
    if (alias && partsOf(alias.rrset).texts.length > 0 && (left.size > 1 || edit.isApex)) {
      const changed = [...left.keys()].find((type) => type !== 'CNAME' && edit.isChanged(type))
      const type = edit.isChanged('CNAME') || changed === undefined ? 'CNAME' : changed
      return unprocessable(`${where(type)}: Conflicts with pre-existing RRset`)
    }
    if (left.has('NS') && left.has('DNAME') && !edit.isApex) {
      return unprocessable(`${where(edit.isChanged('NS') ? 'NS' : 'DNAME')}: Conflicts with pre-existing RRset`)
    }
    return undefined
  }

  // --- what the API keeps ----------------------------------------------------------------------------------------------

  private kept(touched: ReadonlySet<string>): ApiOwnerDocument | undefined {
    const { edit, zone } = this
    const before = zone.keptAt(edit.owner)
    const entries: [string, ApiRrsetDocument][] = []
    for (const type of new Set([...Object.keys(before ?? {}), ...edit.types(), ...touched])) {
      const comments = edit.wanted.get(type)?.comments ?? []
      const records = type === LUA ? this.keptLua() : this.keptRecords(type, before?.[type], touched)
      if (records || comments.length > 0) {
        entries.push([type, { ...records, ...(comments.length > 0 && { comments }) }])
      }
    }
    if (entries.length === 0) return undefined
    const kept = Object.fromEntries(entries)
    return before && JSON.stringify(before) === JSON.stringify(kept) ? before : kept
  }

  private keptRecords(
    type: string,
    before: ApiRrsetDocument | undefined,
    touched: ReadonlySet<string>,
  ): ApiRrsetDocument | undefined {
    if (!touched.has(type)) {
      return before?.records && before.ttl !== undefined ? { ttl: before.ttl, records: before.records } : undefined
    }
    const wanted = this.edit.wanted.get(type)
    if (!wanted || wanted.records.length === 0) return undefined
    const built = this.built.get(type)
    const isDerivable =
      built !== undefined &&
      built.ttl === wanted.ttl &&
      areSame(
        wanted.records,
        built.texts.map((content) => ({ content })),
      )
    return isDerivable ? undefined : { ttl: wanted.ttl, records: wanted.records.map(stored) }
  }

  /** Keeps the LUA records of the types of which a client wrote some. */
  private keptLua(): ApiRrsetDocument | undefined {
    const wanted = this.edit.wanted.get(LUA)
    if (!wanted) return undefined
    const written = new Set<string | undefined>()
    for (const { inner } of wanted.records) {
      const isWritten = ofInner(this.luaBefore, inner).some((record) => record.isWritten)
      if (isWritten || this.isChangedLua(inner as string)) written.add(inner)
    }
    // The name stays when its new records go.
    if (this.edit.wasBare && this.edit.wanted.size > 1) written.add(LUA)
    const records = wanted.records.filter(({ inner }) => written.has(inner))
    return records.length > 0 ? { ttl: wanted.ttl, records: records.map(stored) } : undefined
  }
}

/** An empty list is NODATA alone, and nothing beside other records. */
const isSomething = (code: Expression): boolean => !Array.isArray(code) || code.length > 0

const stored = ({ content, disabled, modified_at }: HeldRecord): ApiRecordDocument => ({
  content,
  ...(disabled && { disabled }),
  ...(modified_at !== undefined && { modified_at }),
})
