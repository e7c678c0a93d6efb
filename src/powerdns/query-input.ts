import type { Header, Name } from '../dns/index.ts'
import type { Address, Prefix } from '../net/index.ts'
import type { Read } from './address.ts'

/** An address with its port. */
export type Endpoint = { readonly address: Address; readonly port: number }

/** The query as PowerDNS gives it to a script: its variables, and the data that its functions work on. */
export type QueryInput = {
  /** The queried name, letter case included. */
  readonly qname: Name
  readonly zone: Name
  /** The owner of the record, which may be a wildcard. */
  readonly owner: Name
  readonly zoneid: number
  readonly who: Endpoint
  /** The ECS network's address, with port 0; without ECS the same as `who`. */
  readonly bestwho: Endpoint
  readonly ecswho?: Prefix | undefined
  readonly localwho: Endpoint
  readonly tcp: boolean
  readonly dnssecOK: boolean
  /** -1 without EDNS. */
  readonly ednsPKTSize: number
  readonly dh: Header
  /** A number in [0, 1). */
  readonly random: () => number
  /** Receives what the script learns about the addresses: see `Read`. */
  readonly read?: Read
}
