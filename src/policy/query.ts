import type { Header, Name } from '../dns/index.ts'
import type { Address, Prefix } from '../net/index.ts'

/**
 * What only scripts can look at of a query, beside the client. All of it is read only when a script asks for it, and
 * may be getters.
 */
export type ScriptQuery = {
  /** As it was asked, letter case included; or what a CNAME led to. */
  readonly qname: Name
  /** The address that the query came from. */
  readonly connection: Address
  /** The Client Subnet option as it was sent. */
  readonly ecs: Prefix | undefined
  readonly dnssecOk: boolean
  /** -1 without EDNS. */
  readonly payloadSize: number
  readonly header: Header
  /** The data of static records, in any of our zones. */
  readonly data: (name: Name, type: number) => readonly string[]
}
