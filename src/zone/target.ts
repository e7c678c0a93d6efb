import { formatName, type Name, type NameKey, nameAt, nameFromWire, type Rdata } from '../dns/query-path.ts'
import { MAX_NAME_BYTES } from '../limits.ts'
import { Damaged } from '../stored-value.ts'

/**
 * Returns the name that a CNAME, DNAME or ALIAS record is all of.
 * @throws `Damaged` for data that no such record has
 */
export function targetOf({ names, bytes }: Rdata): Name {
  const name = names[0]?.name ?? nameAt(bytes, 0)
  if (!name) throw new Damaged('a record that is a name')
  return name
}

/**
 * RFC 6672 §2.2: the name with the DNAME's target in place of its owner; undefined where that gets too long.
 * @param owner of the DNAME: an ancestor of the name
 */
export function substitute(name: Name, owner: NameKey, target: Name): Name | undefined {
  const prefix = name.wire.subarray(0, name.wire.length - owner.length)
  if (prefix.length + target.wire.length > MAX_NAME_BYTES) return undefined
  return nameFromWire(Uint8Array.from([...prefix, ...target.wire]))
}

/** The data of the CNAME that stands for a DNAME in an answer (RFC 6672 §3.1). */
export const cnameTo = (target: Name): Rdata => ({
  bytes: target.wire,
  names: [{ at: 0, name: target }],
  text: formatName(target),
})
