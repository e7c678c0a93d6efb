import type { Header, Name } from '../dns/index.ts'
import type { Address, Prefix } from '../net/index.ts'

/**
 * The parts of a query that only scripts can read, apart from the client. They may be getters: each is read when a
 * script first uses it.
 */
export type ScriptQuery = {
  /** The queried name with its letter case; or the name that a CNAME led to. */
  readonly qname: Name
  /** The address that the query came from. */
  readonly connection: Address
  /** The Client Subnet option as it was sent. */
  readonly ecs: Prefix | undefined
  readonly dnssecOk: boolean
  /** -1 without EDNS. */
  readonly payloadSize: number
  readonly header: Header
  /** Returns the data of static records, in any of our zones. */
  readonly data: (name: Name, type: number) => readonly string[]
}
