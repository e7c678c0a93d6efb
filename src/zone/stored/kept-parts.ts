import type { DatacenterMap, Script } from '../../policy/index.ts'
import type { LocalZone } from '../local-zone.ts'
import type { PolicyRrset, ZoneNode } from '../zone.ts'
import type { Need } from './head.ts'

/** A name, and the text by which names sort. */
export type Sorted = { readonly text: string; readonly node: ZoneNode }

/** The parts of the whole zone that the policies of a name need, in the order in which they name it. */
export type Survey = {
  readonly needs: readonly Need[]
  readonly maps: readonly DatacenterMap[]
  readonly scripts: readonly Script[]
}

/** A name that a part tells of, with the rrsets that the part has of it: of a name above its first one mostly none. */
export type PartMember = { readonly node: ZoneNode; readonly rrsets: readonly PolicyRrset[] }

/** A part that was written, and all that its octets follow from. */
export type KeptPart = {
  readonly octets: Uint8Array<ArrayBuffer>
  /** The number of its names. */
  readonly count: number
  /** The text of the next part's first name; null for the last part. */
  readonly to: string | null
  /** Its names, those above the first one, and those that they refer to. */
  readonly members: readonly PartMember[]
}

/** The parts that the next version of a zone takes over when it is written. */
export type KeptWriting = {
  readonly zone: LocalZone
  readonly sorted: readonly Sorted[]
  /** By the rrsets of a name; most names need nothing. */
  readonly surveys: ReadonlyMap<readonly PolicyRrset[], Survey>
  /** By the text of the first name. */
  readonly parts: ReadonlyMap<string, KeptPart>
}

/**
 * Returns true if a part has the same octets in another version of the zone. If as many names as before stand between
 * its border and the next one, and all of those before are there, then they are the same names.
 * @param sorted the names of that version in order
 * @param at the index of the part's first name in them
 */
export function isUnchanged(part: KeptPart, { names }: LocalZone, sorted: readonly Sorted[], at: number): boolean {
  const { count, members, to } = part
  if ((sorted[at + count]?.text ?? null) !== to) return false
  return members.every((member) => isSameMember(member, names.nodes.get(member.node.key)))
}

function isSameMember({ node, rrsets }: PartMember, now: ZoneNode | undefined): boolean {
  if (!now || !isSameName(node.cut, now.cut) || !isSameName(node.dname, now.dname)) return false
  if (!isSameName(node.wildcard, now.wildcard)) return false
  return rrsets !== node.rrsets || now.rrsets === rrsets
}

const isSameName = (a: ZoneNode | undefined, b: ZoneNode | undefined): boolean => a?.key === b?.key
