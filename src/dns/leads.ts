import { readNumber } from './integers.ts'
import type { Rdata } from './layout.ts'
import { type Name, nameAt } from './name.ts'
import { TYPE } from './types.ts'

/**
 * The name that a record leads to, and the record types that a client asks for next.
 * @property name null for the owner of the record
 * @property follows true if the name may be an alias: a host of MX or SRV must not be one (RFC 2181 §10.3, RFC 2782)
 */
export type Lead = { readonly name: Name | null; readonly types: readonly number[]; readonly follows: boolean }

const ADDRESSES = [TYPE.A, TYPE.AAAA] as const

/** Types of RFC 1035 and RFC 1183 that lead to the addresses of a host, and the offset of the host in their data. */
const HOST_AT: ReadonlyMap<number, number> = new Map([
  [TYPE.NS, 0],
  [3, 0], // MD
  [4, 0], // MF
  [7, 0], // MB
  [TYPE.MX, 2],
  [TYPE.AFSDB, 2],
  [21, 2], // RT
  [TYPE.SRV, 6],
  [36, 2], // KX
])

/** Returns true if records of the type lead to others (RFC 1035 §3.3, RFC 2782, RFC 3403 §4.1, RFC 9460 §4.1). */
export const leadsOn = (type: number): boolean => LEADING[type] === true

/** Indexed by type: each answer reads it, and an array is faster than a set. */
const LEADING: readonly boolean[] = leading([...HOST_AT.keys(), TYPE.NAPTR, TYPE.SVCB, TYPE.HTTPS])

function leading(types: readonly number[]): boolean[] {
  const found = new Array<boolean>(Math.max(...types) + 1).fill(false)
  for (const type of types) found[type] = true
  return found
}

/** Returns undefined for a record that leads nowhere, as one whose host is the root: there is no service. */
export function leadOf(type: number, { bytes, blank }: Rdata): Lead | undefined {
  if (type === TYPE.NAPTR) return naptrLead(bytes)
  if (type === TYPE.SVCB || type === TYPE.HTTPS) return svcbLead(type, blank ?? bytes)
  const at = HOST_AT.get(type)
  const name = at === undefined ? undefined : nameAt(bytes, at)
  return name && !isRoot(name) ? { name, types: ADDRESSES, follows: false } : undefined
}

/** AliasMode leads to records of the same type, ServiceMode to addresses, where "." is the owner (RFC 9460 §2.5). */
function svcbLead(type: number, bytes: Uint8Array): Lead | undefined {
  const isAlias = readNumber(bytes, 0, 2) === 0
  const name = nameAt(bytes, 2)
  if (!name) return undefined
  if (isAlias) return isRoot(name) ? undefined : { name, types: [type, ...ADDRESSES], follows: true }
  return { name: isRoot(name) ? null : name, types: ADDRESSES, follows: true }
}

/** The flag "A" leads to addresses, "S" to SRV records. With other flags the client does other steps first. */
function naptrLead(bytes: Uint8Array): Lead | undefined {
  const flagsEnd = 5 + (bytes[4] as number)
  const flags = String.fromCharCode(...bytes.subarray(5, flagsEnd)).toUpperCase()
  let at = flagsEnd
  for (let i = 0; i < 2; i++) at += 1 + (bytes[at] as number)
  const name = nameAt(bytes, at)
  if (!name || isRoot(name)) return undefined
  if (flags.includes('S')) return { name, types: [TYPE.SRV], follows: false }
  return flags.includes('A') ? { name, types: ADDRESSES, follows: false } : undefined
}

const isRoot = ({ key }: Name): boolean => key.length === 1
