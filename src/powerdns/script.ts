import type { Name, Rdata } from '../dns/index.ts'
import type { Decide, Decision, Input, Policy, PolicyTrace, Script } from '../policy/index.ts'
import type { AskedPools } from './asked-pools.ts'
import type { ScriptCode } from './code.ts'
import { Evaluation } from './evaluation.ts'
import type { Reads } from './row.ts'

/** The record that a script is in. */
export type ScriptRecord = {
  readonly type: number
  readonly zone: Name
  /** The owner of the record, which may be a wildcard. */
  readonly owner: Name
}

/** A script of a LUA record: it computes the record's data from the query. */
export class PowerDnsScript implements Script {
  readonly kind = 'script'
  readonly code: ScriptCode
  /** The rrset, by which overrides name its pools. */
  readonly name: string
  /** Set if queries may need checks that no document has. `asked` makes their pools. */
  readonly asks: true | 'all lists' | undefined
  readonly asked: AskedPools | undefined
  readonly record: ScriptRecord
  private known: ReadonlySet<Reads> | undefined
  /** The last records that it gave, by Lua's text. */
  readonly records: Map<string, Rdata> = new Map()

  constructor(
    code: ScriptCode,
    name: string,
    record: ScriptRecord,
    asks: true | 'all lists' | undefined,
    asked: AskedPools | undefined,
  ) {
    this.code = code
    this.name = name
    this.record = record
    this.asks = asks
    this.asked = asked
  }

  get policies(): readonly Policy[] {
    return this.code.policies
  }

  private readsAny(...inputs: readonly Reads[]): boolean {
    this.known ??= this.code.reads
    const { known } = this
    return inputs.some((input) => known.has(input))
  }

  /** True if the client decides, beside what its parts decide. */
  get usesClients(): boolean {
    return this.readsAny('client', 'place', 'distance')
  }

  /** True if the location of the client, or of an address, decides. */
  get usesPlaces(): boolean {
    return this.readsAny('place', 'distance', 'database')
  }

  /** True if distances between the client and addresses decide. */
  get usesClosest(): boolean {
    return this.readsAny('distance')
  }

  get asksTargets(): boolean {
    return this.asks !== undefined
  }

  run(input: Input, decide: Decide, trace: PolicyTrace | undefined): Decision {
    return new Evaluation(this, input, decide, trace !== undefined).run(trace)
  }
}
