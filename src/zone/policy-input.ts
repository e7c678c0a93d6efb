import { type Name, type NameKey, payloadSizeOf, TYPE } from '../dns/query-path.ts'
import type { GeoSources } from '../geo/query-path.ts'
import type { AskedCheck, Health } from '../health/query-path.ts'
import { MAX_ASKED_AN_ANSWER } from '../limits.ts'
import type { Address, Prefix } from '../net/index.ts'
import { type Input, type Policy, type Rng, type ScriptQuery, Work } from '../policy/query-path.ts'
import type { Walking } from './asker.ts'
import { zoneFor } from './zones.ts'

/** The asker, with the name that is asked for at this step of the walk. */
export class PolicyInput implements Input, ScriptQuery {
  readonly random: Rng
  readonly name: NameKey
  /** A zone that a script looked into and that is not loaded yet: what it answered does not count. */
  missing: NameKey | undefined
  readonly qname: Name
  private readonly walking: Walking

  /** The rest of the budget of the query. */
  readonly work: Work

  constructor(walking: Walking, qname: Name, work = new Work()) {
    this.work = work
    this.random = walking.asker.random
    this.name = qname.key
    this.qname = qname
    this.walking = walking
  }

  get client(): Address {
    return this.walking.asker.client
  }

  get health(): Health {
    return this.walking.asker.health
  }

  get places(): GeoSources | undefined {
    return this.walking.asker.places
  }

  get query(): ScriptQuery {
    return this
  }

  ask(checks: readonly AskedCheck[]): void {
    const whole = this.walking.whole ?? this.walking
    whole.asked ??= []
    for (const check of checks) if (whole.asked.length < MAX_ASKED_AN_ANSWER) whole.asked.push(check)
  }

  // --- what only scripts ask for ---------------------------------------------------------------------------------------

  get connection(): Address {
    return this.walking.asker.connection ?? this.walking.asker.client
  }

  get ecs(): Prefix | undefined {
    return this.walking.asker.ecs
  }

  get dnssecOk(): boolean {
    return this.walking.asker.dnssecOk ?? false
  }

  get payloadSize(): number {
    return payloadSizeOf(this.walking.question)
  }

  get header(): ScriptQuery['header'] {
    const { message } = this.walking.question
    const word = (at: number): number => ((message[at] as number) << 8) | (message[at + 1] as number)
    const flags = word(2)
    const flag = (bit: number): boolean => (flags & bit) !== 0
    return {
      ...{ id: word(0), aa: flag(0x0400), tc: flag(0x0200), rd: flag(0x0100), ra: flag(0x0080), ad: flag(0x0020) },
      ...{ cd: flag(0x0010), opcode: (flags >> 11) & 15, rcode: flags & 15 },
      ...{ qdcount: word(4), ancount: word(6), nscount: word(8), arcount: word(10) },
    }
  }

  data(name: Name, type: number): readonly string[] {
    const state = zoneFor(this.walking.zones, name.key, type)
    if (state?.kind === 'unloaded') this.missing = state.origin
    if (state?.kind !== 'loaded') return []
    const rrsets = state.zone.nodes.get(name.key)?.rrsets ?? []
    return rrsets.flatMap((rrset) => (type === rrset.type || type === TYPE.ANY ? staticData(rrset.policy) : []))
  }
}

/** The records that nothing decides about, and no code gives. */
function staticData(policy: Policy): string[] {
  if (policy.kind === 'values') return (policy.stored ?? policy.rdatas).map(({ text }) => text)
  return policy.kind === 'all' ? policy.members.flatMap(staticData) : []
}
