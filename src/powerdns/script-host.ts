import type { Name } from '../dns/index.ts'
import type { Location } from '../geo/index.ts'
import type { Host, LuaTable, LuaValue, Returned, Run } from '../lua-vm/index.ts'
import type { Address } from '../net/index.ts'
import type { LocatedClient, PlaceAttribute, Policy, PolicyTrace } from '../policy/index.ts'

/** The host of a script, as PowerDNS's functions see it. Each member records what was read. */
export interface ScriptHost extends Host {
  /** The scope of what the script has learnt about the client so far. */
  readonly scope: number
  readonly qname: Name
  /** The client's address, all of it. */
  readonly client: Address
  /** One of some indices, each as likely as its weight. */
  choose(weights: readonly number[], total: number): number
  /** Gets the functions' steps, if somebody wants them. */
  readonly trace: PolicyTrace | undefined
  /** The client's location, for a function that reads one attribute of it. */
  locatedBy(attribute: PlaceAttribute): LocatedClient
  toLocation(address: Address): Location | undefined
  /** Returns true if the client is in one of some networks. */
  isIn(networks: LuaTable, name: string, run: Run): boolean
  /** The data of static records, in any of our zones. */
  data(name: Name, type: number): readonly string[]
  /** A call whose arguments were known when the zone was compiled. */
  part(policy: Policy, call: string, isList: boolean, run: Run): Returned
  /** A call of a health function whose arguments were computed. */
  healthCall(call: string, given: readonly LuaValue[], run: Run): Returned
}

/** Returns the evaluation that calls a function. */
export const evaluationOf = (run: Run): ScriptHost => run.host as ScriptHost
