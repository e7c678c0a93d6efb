import type { NameKey } from '../../dns/query-path.ts'
import type { Found, MissingPart, ZoneNames } from '../names.ts'
import type { PolicyRrset, ZoneNode } from '../zone.ts'
import { toldRrset } from './rrset.ts'

/** The label, as it stands in the wire, in front of a name whose health is told. */
const LABEL = '\x07_health'

/**
 * Returns names at which health can be asked for: `_health.www` has TXT records if `www` has pools. A name that the
 * zone has itself is as it stands there. Everybody who looks a name up meets them, so that denials are right, too.
 */
export function tellingNames<N extends ZoneNames>(names: N): N {
  const rrsets = new WeakMap<ZoneNode, PolicyRrset | null>()
  const rrsetOf = (node: ZoneNode): PolicyRrset | null => {
    const known = rrsets.get(node)
    if (known !== undefined) return known
    const rrset = toldRrset(node) ?? null
    rrsets.set(node, rrset)
    return rrset
  }
  const lookup = (key: NameKey): Found | MissingPart => {
    const found = names.lookup(key)
    if ((found.kind !== 'nothing' && found.kind !== 'wildcard') || !key.startsWith(LABEL)) return found
    const told = names.lookup(key.slice(LABEL.length))
    if (told.kind === 'missing') return told
    if (told.kind !== 'exact' && told.kind !== 'wildcard') return found
    const rrset = rrsetOf(told.node)
    if (!rrset) return found
    // A name below a wildcard is made up by whoever asks, and so is this one.
    const at = told.kind === 'exact' ? key : told.node.key
    const node = { key: at, rrsets: [rrset], cut: undefined, dname: undefined, wildcard: undefined }
    return { kind: told.kind, node }
  }
  // The names themselves, but for their look-up.
  return Object.create(names, { lookup: { value: lookup } })
}
