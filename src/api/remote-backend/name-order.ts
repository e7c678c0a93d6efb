import { formatName, type Name, type NameKey, parseName } from '../../dns/index.ts'
import type { ZoneDocument } from '../../zone/index.ts'

/** A name as a text that sorts in the canonical order of DNSSEC (RFC 4034 §6.1): its labels, the last one first. */
type SortKey = string

/**
 * The names of a zone that have an NSEC record, in canonical order: those with records, but for what is below a
 * delegation or a DNAME (RFC 4035 §2.3). Names are relative to the origin, as PowerDNS asks for them.
 */
export class NameOrder {
  private readonly sorted: readonly SortKey[]

  /** @param document one that compiles */
  constructor(document: ZoneDocument) {
    const origin = parseName(document.origin.endsWith('.') ? document.origin : `${document.origin}.`)
    if (!origin.ok) throw new Error(`the origin of a document that compiles is ${document.origin}`)
    const owners = new Map<SortKey, boolean>([[APEX, false]])
    for (const [owner, types] of Object.entries(document.records)) {
      const name = parseName(owner, origin.value)
      if (!name.ok || Object.keys(types).length === 0) continue
      const key = sortKey(relativeKey(name.value, origin.value))
      const endsHere = 'DNAME' in types || ('NS' in types && key !== APEX)
      owners.set(key, endsHere)
    }
    this.sorted = withoutBelow([...owners.keys()].sort(byOctets), owners)
  }

  get size(): number {
    return this.sorted.length
  }

  /**
   * Returns the name itself or the one before it, and the one behind it, without a final dot: the apex is behind the
   * last.
   */
  around(name: NameKey): { readonly before: string; readonly after: string } {
    const key = sortKey(name)
    let [low, high] = [0, this.sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (byOctets(this.sorted[middle] as SortKey, key) <= 0) low = middle + 1
      else high = middle
    }
    return { before: nameOf(this.sorted[low - 1] ?? APEX), after: nameOf(this.sorted[low] ?? APEX) }
  }
}

const APEX: SortKey = ''
const LABEL_END = '\0'

const byOctets = (a: SortKey, b: SortKey): number => (a < b ? -1 : a > b ? 1 : 0)

/** Names below others follow them at once. */
function withoutBelow(sorted: readonly SortKey[], owners: ReadonlyMap<SortKey, boolean>): readonly SortKey[] {
  let above: SortKey | undefined
  return sorted.filter((key) => {
    if (above !== undefined && key.startsWith(above)) return false
    above = owners.get(key) ? key : undefined
    return true
  })
}

/** The name without the origin's labels, as a key. */
const relativeKey = ({ key }: Name, origin: Name): NameKey => `${key.slice(0, key.length - origin.key.length)}\0`

/** Octets are one higher, so that the end of a label is below all of them. */
function sortKey(name: NameKey): SortKey {
  const labels: string[] = []
  for (let at = 0; name.charCodeAt(at) > 0; at += name.charCodeAt(at) + 1) {
    const label = name.slice(at + 1, at + 1 + name.charCodeAt(at))
    labels.unshift(shifted(label, 1) + LABEL_END)
  }
  return labels.join('')
}

function nameOf(key: SortKey): string {
  const labels = key.split(LABEL_END).slice(0, -1).reverse()
  const name = labels.map((label) => String.fromCharCode(label.length) + shifted(label, -1)).join('')
  return name === '' ? '' : formatName(`${name}\0`).slice(0, -1)
}

const shifted = (text: string, by: number): string =>
  String.fromCharCode(...Array.from(text, (character) => character.charCodeAt(0) + by))
