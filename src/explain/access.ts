import type { NameKey } from '../dns/index.ts'
import { type Address, buildScopeMap, lookupScope, type ScopeMap } from '../net/index.ts'
import { type Access, admits, type ZoneState, type Zones } from '../zone/index.ts'

/** Zones as a client finds them. Notes who may ask those that are not for everybody. */
export class NotedAccess implements Zones {
  /** The shortest prefix length, in bits of the client's family, whose clients may all ask the same zones. */
  scope = 0
  /** True if one of the zones is not for the client. */
  isRefused = false
  private readonly zones: Zones
  private readonly client: Address
  private readonly hasToken: boolean

  constructor(zones: Zones, client: Address, hasToken: boolean) {
    this.zones = zones
    this.client = client
    this.hasToken = hasToken
  }

  get isFinal(): boolean {
    return this.zones.isFinal ?? false
  }

  get isSigned(): boolean {
    return this.zones.isSigned ?? false
  }

  find(name: NameKey): ZoneState | undefined {
    const state = this.zones.find(name)
    if (state?.kind === 'loaded' && state.zone.access) this.note(state.zone.access)
    return state
  }

  private note(access: Access): void {
    const { client, hasToken } = this
    this.isRefused ||= !admits(access, { token: hasToken ? 'explain' : undefined, connection: client })
    if (typeof access.networks === 'string' || (access.token && hasToken)) return
    this.scope = Math.max(this.scope, lookupScope(mapOf(access), client).scope)
  }
}

const maps = new WeakMap<Access, ScopeMap>()

function mapOf(access: Access): ScopeMap {
  const known = maps.get(access)
  if (known) return known
  const networks = typeof access.networks === 'string' ? [] : access.networks
  const inside = networks.map(() => 1)
  const made = buildScopeMap(networks, 'first', inside, 0)
  maps.set(access, made)
  return made
}
