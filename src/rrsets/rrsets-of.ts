import { formatName, type Name, parseName } from '../dns/index.ts'
import type { ZoneDocument } from '../zone/index.ts'
import { type HeldRecord, type HeldRrset, heldAt } from './held.ts'
import { soaRrset } from './soa.ts'
import type { Rrset, RrsetRecord, ShownRrset } from './types.ts'
import { lowerCase, ZoneView } from './zone-view.ts'

/** The rrsets that are wanted. A type without a name is ignored, as in PowerDNS. */
export type RrsetFilter = {
  readonly name?: Name | undefined
  readonly type?: string | undefined
  /** False: without disabled records. */
  readonly includeDisabled?: boolean | undefined
}

/**
 * Returns the rrsets of a zone as PowerDNS's API shows them: the apex first, then by name and by type, the SOA first.
 */
export function rrsetsOf(document: ZoneDocument, filter: RrsetFilter = {}): readonly ShownRrset[] {
  const zone = new ZoneView(document)
  const owners = filter.name ? [[zone.ownerOf(filter.name), filter.name] as const] : namesOf(zone)
  const shown = owners.flatMap(([owner, name]) => shownAt(zone, owner, name))
  const isWanted = ({ rrset }: ShownRrset): boolean => !filter.name || !filter.type || rrset.type === filter.type
  const wanted = shown.filter(isWanted)
  return filter.includeDisabled === false ? wanted.flatMap(enabledOnly) : wanted
}

/** Returns all names of a document, the apex first. */
function namesOf(zone: ZoneView): readonly (readonly [string, Name])[] {
  const { document, origin } = zone
  const names = new Map<string, readonly [string, Name]>()
  const add = (owner: string): void => {
    const name = parseName(owner, origin)
    if (name.ok && !names.has(name.value.key)) names.set(name.value.key, [owner, name.value])
  }
  add('@')
  for (const owner in document.records) add(owner)
  for (const owner in document.api?.rrsets) add(owner)
  names.delete(origin.key)
  const apex = lowerCase(origin)
  const rest = [...names.values()].map(([owner, name]) => [owner, lowerCase(name), formatName(name.key)] as const)
  rest.sort((a, b) => (a[2] < b[2] ? -1 : 1))
  return [[zone.ownerOf(apex), apex], ...rest.map(([owner, name]) => [owner, name] as const)]
}

function shownAt(zone: ZoneView, owner: string, name: Name): ShownRrset[] {
  const held = new Map<string, Omit<HeldRrset, 'records'> & { readonly records: readonly HeldRecord[] }>()
  const rrsets = heldAt(zone, owner, name)
  if (name.key === zone.origin.key) {
    held.set('SOA', { ...soaRrset(zone, undefined), comments: rrsets.get('SOA')?.comments ?? [] })
  }
  const others = [...rrsets].filter(([type]) => !held.has(type)).sort(([a], [b]) => (a < b ? -1 : 1))
  return [...held, ...others].map(([type, { ttl, records, comments }]) => {
    const readOnly = records.find((record) => record.readOnly !== undefined)?.readOnly
    const rrset: Rrset = { comments, name: formatName(name.key), records: records.map(recordShown), ttl, type }
    return { rrset, readOnly }
  })
}

const recordShown = ({ content, disabled, modified_at }: HeldRecord): RrsetRecord => ({
  content,
  disabled,
  ...(modified_at !== undefined && { modified_at }),
})

function enabledOnly({ rrset, readOnly }: ShownRrset): ShownRrset[] {
  const records = rrset.records.filter(({ disabled }) => !disabled)
  return records.length > 0 || rrset.comments.length > 0 ? [{ rrset: { ...rrset, records }, readOnly }] : []
}
