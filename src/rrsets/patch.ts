import { formatName, type NameKey } from '../dns/index.ts'
import { ok, type Result } from '../result.ts'
import type { ApiOwnerDocument, OwnerDocument, SoaDocument, ZoneDocument } from '../zone/index.ts'
import { buildOwner } from './build-owner.ts'
import { checkRecords } from './check-rrset.ts'
import { dependenceOf, LuaCodes, looksUp, readsOthers, recompiled } from './lua-codes.ts'
import { areSame, OwnerEdit } from './owner-edit.ts'
import { isSoa } from './read-rrset.ts'
import { clipped, unprocessable } from './refusal.ts'
import { isSame } from './same.ts'
import { DEFAULT_RULE, nextSerial } from './serial.ts'
import { soaOf, soaRrset } from './soa.ts'
import type { Patched, Refusal, RrsetChange } from './types.ts'
import { ZoneView } from './zone-view.ts'

/** @property now milliseconds since 1970 */
export type PatchOptions = { readonly now: number }

/**
 * Applies changes in their order, all or none. The zone's rule changes the serial, unless the request gave the SOA
 * itself or nothing changed.
 * @param document one that compiles
 */
export function patched(
  document: ZoneDocument,
  changes: readonly RrsetChange[],
  { now }: PatchOptions,
): Result<Patched, Refusal> {
  const patch = new Patch(new ZoneView(document), now)
  for (const change of changes) {
    const refused = patch.apply(change)
    if (refused) return refused
  }
  return patch.end()
}

class Patch {
  private readonly zone: ZoneView
  private readonly now: number
  private readonly edits = new Map<NameKey, OwnerEdit>()
  private soa: SoaDocument | undefined
  private isForced = false
  private readonly types = new Map<string, OwnerDocument | undefined>()
  private readonly kept = new Map<string, ApiOwnerDocument | undefined>()

  constructor(zone: ZoneView, now: number) {
    this.zone = zone
    this.now = now
  }

  /** @returns the refusal of a change that cannot be made */
  apply(change: RrsetChange): { readonly ok: false; readonly error: Refusal } | undefined {
    const isOfZone = isSoa(change.type) && change.name.key === this.zone.origin.key
    const rest = isOfZone ? this.changeSoa(change) : ok(change)
    if (!rest.ok) return rest
    if (rest.value === undefined) return undefined
    const { name } = rest.value
    const edit = this.edits.get(name.key) ?? new OwnerEdit(this.zone, name, this.now)
    this.edits.set(name.key, edit)
    const made = edit.apply(rest.value)
    if (!made.ok) return made
    if ((change.changetype === 'EXTEND' || change.changetype === 'PRUNE') && change.writeUnchanged) this.isForced = true
    return undefined
  }

  /** Takes the records of the SOA out of a change, which the document has apart. @returns the change of its comments */
  private changeSoa(change: RrsetChange): Result<RrsetChange | undefined, Refusal> {
    const { document, origin } = this.zone
    const where = `RRset ${formatName(origin)} IN SOA`
    if (change.changetype !== 'REPLACE') {
      const fix = 'a zone has exactly one; expected REPLACE'
      return change.changetype === 'DELETE' || change.changetype === 'PRUNE'
        ? unprocessable(`${where}: the SOA cannot be deleted, as ${fix}`)
        : unprocessable(`${where} has more than one record: only one such record allowed`)
    }
    const { records, ttl, comments } = change
    if (records) {
      const shown = soaRrset(this.zone, this.soa)
      if (ttl !== shown.ttl || !areSame(shown.records, records)) {
        const [record] = records
        if (!record) return unprocessable(`${where}: the SOA cannot be deleted, as a zone has exactly one`)
        if (record.disabled) return unprocessable(`${where}: the SOA cannot be disabled; expected it in use`)
        const checked = checkRecords(this.zone, origin, 'SOA', records, [])
        if (!checked.ok) return checked
        this.soa = soaOf(checked.value[0]?.canonical ?? '', ttl ?? shown.ttl, document)
      }
    }
    return ok(comments ? { ...change, records: undefined, ttl: undefined } : undefined)
  }

  /** Makes the document. */
  end(): Result<Patched, Refusal> {
    const { zone, soa } = this
    const { document } = zone
    const codes = new LuaCodes(zone, this.edits)
    for (const edit of this.edits.values()) {
      const built = buildOwner(zone, edit, codes)
      if (!built.ok) return built
      const { types, kept } = built.value
      if (types !== zone.typesAt(edit.owner)) this.types.set(edit.owner, types)
      if (kept !== zone.keptAt(edit.owner)) this.kept.set(edit.owner, kept)
    }
    const scripts = this.isFelt() ? this.recompile(codes) : ok(document.scripts)
    if (!scripts.ok) return scripts
    const owners = new Set([...this.types.keys(), ...this.kept.keys()])
    const isChanged = owners.size > 0 || soa !== undefined || scripts.value !== document.scripts || this.isForced
    if (!isChanged) return ok({ document, isChanged, touchesSoa: false, owners: [], serial: undefined })
    const rule = document.api?.soa_edit_api ?? DEFAULT_RULE
    const before = document.soa.serial
    const after = soa ? undefined : nextSerial(rule, before, this.now)
    const { scripts: _scripts, api: _api, ...rest } = document
    const changed: ZoneDocument = {
      ...rest,
      soa: soa ?? (after === undefined ? document.soa : { ...document.soa, serial: after }),
      ...(scripts.value && { scripts: scripts.value }),
      ...this.api(),
      records: withEntries(document.records, this.types),
    }
    const serial = after === undefined ? undefined : { before, after }
    return ok({ document: changed, isChanged, touchesSoa: soa !== undefined, owners: [...owners], serial })
  }

  private api(): Pick<ZoneDocument, 'api'> {
    const { api } = this.zone.document
    if (this.kept.size === 0) return api ? { api } : {}
    const all = withEntries(api?.rrsets ?? {}, this.kept)
    const { rrsets: _, ...settings } = api ?? {}
    const rrsets = Object.keys(all).length > 0 ? { rrsets: all } : {}
    return Object.keys(settings).length + Object.keys(rrsets).length > 0 ? { api: { ...settings, ...rrsets } } : {}
  }

  // --- code that depends on other names --------------------------------------------------------------------------------

  /** True if code of the zone is compiled otherwise because of a change: of code that it includes, or of records. */
  private isFelt(): boolean {
    const { document } = this.zone
    const changed = [...this.edits.values()].filter(({ owner }) => this.types.has(owner) || this.kept.has(owner))
    for (const edit of changed) {
      if (!edit.isChanged('LUA')) continue
      if (this.zone.scriptsAt(edit.name) !== undefined) return true
      if ([...edit.codes(), ...edit.codesBefore()].some(readsOthers)) return true
    }
    if (!changed.some((edit) => [...edit.types()].some((type) => type !== 'LUA' && edit.isChanged(type)))) return false
    const scripts = Object.values(document.scripts ?? {}).flat()
    return (
      scripts.some(({ code }) => looksUp(code)) ||
      Object.values(document.records).some((types) => dependenceOf(types).looksUp)
    )
  }

  /** Compiles all code that reads what other names have. @returns the code that is included */
  private recompile(codes: LuaCodes): Result<ZoneDocument['scripts'], Refusal> {
    const { zone } = this
    const { document } = zone
    for (const [owner, types] of Object.entries(withEntries(document.records, this.types))) {
      if (!dependenceOf(types).readsOthers) continue
      const again = recompiled(codes, zone, owner, types)
      if (!again.ok) return unprocessable(`RRset ${clipped(owner)} IN LUA: after the change, ${again.error}`)
      if (again.value !== types) this.types.set(owner, again.value)
    }
    const scripts = codes.scripts()
    return ok(isSame(document.scripts, scripts) ? document.scripts : scripts)
  }
}

/** Returns a copy of an object with some entries replaced, added, or (undefined) left out. */
function withEntries<T>(
  before: Readonly<Record<string, T>>,
  changes: ReadonlyMap<string, T | undefined>,
): Readonly<Record<string, T>> {
  if (changes.size === 0) return before
  const after: Record<string, T> = { ...before }
  for (const [key, value] of changes) {
    if (value === undefined) delete after[key]
    // A host may be named `__proto__`, which an assignment does not take.
    else if (key === '__proto__')
      Object.defineProperty(after, key, { value, enumerable: true, configurable: true, writable: true })
    else after[key] = value
  }
  return after
}
