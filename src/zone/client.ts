import { ecsAddress, type Query } from '../dns/query-path.ts'
import { type GeoLookup, type GeoSources, type Location, UNKNOWN_LOCATION } from '../geo/query-path.ts'
import { type Address, believes, type Prefix, type SubnetTrust } from '../net/index.ts'

/** The origin of a query, as its transport knows it. The fields may be getters: each is read if an answer needs it. */
export type Origin = {
  readonly connection: Address
  /** The location of the connection; unknown by default. */
  readonly place?: Location | undefined
  /** The id of the key whose token the client has shown. */
  readonly token?: string | undefined
  /** The name of the server, as id.server gives it. */
  readonly identity: string
}

/**
 * The client of a query: the network of its Client Subnet option if that is believed, else its connection. It records
 * what was read of it.
 */
export class Client {
  /**
   * True once the connection's address or location was read, or its token: the reply is for that connection, whatever
   * its scope.
   */
  isConnectionRead = false
  /** True if a zone on the way believes the Client Subnet option; undefined if no zone had to decide about one. */
  isSubnetBelieved: boolean | undefined
  /** True if the query has a Client Subnet option that the zone of the moment does not believe. */
  ignoresSubnet = false
  private readonly edns: Query['edns']
  readonly origin: Origin
  /** The address of the client's network, which is read out of the option once. */
  private readonly network: Address | undefined
  /** The same, if the zone of the moment believes the option. */
  private subnet: Address | undefined

  /**
   * @param edns of the query
   * @param network an address of the client's network, which only the database can locate
   */
  constructor(edns: Query['edns'], origin: Origin, network = edns?.ecs && ecsAddress(edns.ecs)) {
    this.edns = edns
    this.origin = origin
    this.network = network
    this.subnet = network
  }

  /** Takes the view of a zone, which may not believe the Client Subnet option. */
  enter(trust: SubnetTrust): void {
    if (!this.edns?.ecs) return
    const isBelieved = believes(trust, this)
    this.ignoresSubnet = !isBelieved
    this.subnet = isBelieved ? this.network : undefined
    this.isSubnetBelieved = this.isSubnetBelieved || isBelieved
  }

  /** The address that decides. */
  get address(): Address {
    return this.subnet ?? this.connection
  }

  get connection(): Address {
    this.isConnectionRead = true
    return this.origin.connection
  }

  /** The id of the key whose token the client has shown. */
  get token(): string | undefined {
    const { token } = this.origin
    if (token !== undefined) this.isConnectionRead = true
    return token
  }

  /**
   * Returns the sources of the client's location: the connection has its own, and that of a subnet is in the database.
   */
  placesBy(database: GeoLookup | undefined): GeoSources {
    if (this.subnet) return { database }
    this.isConnectionRead = true
    return { connection: this.origin.place ?? UNKNOWN_LOCATION, database }
  }

  get identity(): string {
    return this.origin.identity
  }

  get dnssecOk(): boolean {
    return this.edns?.dnssecOk ?? false
  }

  /** The Client Subnet option as it was sent, if it is believed. */
  get ecs(): Prefix | undefined {
    const ecs = this.ignoresSubnet ? undefined : this.edns?.ecs
    return ecs?.address && { ...ecs.address, length: ecs.sourcePrefixLength }
  }
}
