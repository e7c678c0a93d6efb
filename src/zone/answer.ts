import {
  ecsAddress,
  encodeReply,
  failure,
  type NameKey,
  NO_RECORDS,
  type NotAQuery,
  parseQuery,
  type Query,
  type Question,
  type Response,
} from '../dns/query-path.ts'
import { type Database, type GeoSources, type Location, UNKNOWN_LOCATION } from '../geo/query-path.ts'
import type { AskedCheck, Health } from '../health/query-path.ts'
import { type Address, believes, type Prefix, type SubnetTrust } from '../net/index.ts'
import type { Rng } from '../policy/query-path.ts'
import type { Asker } from './asker.ts'
import { resolve } from './resolve.ts'
import type { Step } from './trace.ts'
import type { Zones } from './zones.ts'

/**
 * The origin of a query, and the data that it is answered from. `connection` is the address of the HTTP client, `place` where it
 * is, and `database` knows where networks are. They and `identity` are read only where an answer depends on them, and
 * may be getters.
 */
export type Context = {
  readonly zones: Zones
  readonly connection: Address
  readonly place?: Location
  readonly database?: Database | undefined
  readonly health: Health
  readonly random: Rng
  readonly identity: string
  /** The connections whose Client Subnet options are believed, if the zone does not set it; all by default. */
  readonly clientSubnet?: SubnetTrust
}

/** A DNS reply and how it came about. */
export type Reply = {
  readonly kind: 'reply'
  readonly message: Uint8Array
  readonly query: Query
  readonly response: Response
  readonly trace: readonly Step[]
  /** Whether others who send the same message may be given this reply: neither the connection nor chance decided. */
  readonly shareable: boolean
  /** Checks that no document has, and that are needed from this query on. */
  readonly asked?: readonly AskedCheck[]
  /** Who asked, where it came to a look-up. */
  readonly asker?: Asker
}

export type Answered =
  | Reply
  | { readonly kind: 'not-a-query'; readonly why: NotAQuery }
  | { readonly kind: 'needs-zone'; readonly origin: NameKey }

/** The engine: a message in, a message out. Never throws on any input. */
export function answer(message: Uint8Array, context: Context): Answered {
  const parsed = parseQuery(message)
  if (!parsed.ok) return { kind: 'not-a-query', why: parsed.error }
  const query = parsed.value
  if (query.error || !query.question) {
    const error = query.error ?? ({ kind: 'malformed', why: 'no question' } as const)
    const response = { ...NO_RECORDS, ...failure(error) }
    return { kind: 'reply', ...encodeReply(query, response), query, trace: [], shareable: true }
  }
  return answerQuery(query, query.question, context)
}

function answerQuery(asked: Query, question: Question, context: Context): Answered {
  const asker = new QueryAsker(context, asked, context.clientSubnet === undefined || context.clientSubnet === 'on')
  const resolution = resolve(question, context.zones, asker)
  if (resolution.kind === 'needs-zone') return resolution
  const { seen } = asker
  const query = seen.isBelieved === false ? withoutSubnet(asked) : asked
  const { message, response, fits } = encodeReply(query, resolution.response)
  const trace: readonly Step[] = fits ? resolution.trace : [...resolution.trace, { step: 'too-large' }]
  const shareable = !seen.byConnection && !resolution.byChance
  const reply: Reply = { kind: 'reply', message, query, response, trace, shareable, asker }
  return resolution.asked ? { ...reply, asked: resolution.asked } : reply
}

/** RFC 7871 §7.2: who does not believe the option does not send one back; then the answer holds for the connection. */
function withoutSubnet(query: Query): Query {
  if (!query.edns) return query
  const { ecs: _, ...edns } = query.edns
  return { ...query, edns }
}

/**
 * The facts that an answer came to depend on.
 * @property byConnection whether the connection's address was asked for: then it is for that alone, whatever its scope
 * @property isBelieved whether a zone on the way believes the Client Subnet option; undefined where no zone was asked
 */
type Seen = { byConnection: boolean; isBelieved: boolean | undefined }

/** The client is the subnet that the query names, else the connection's address, which is read only when asked for. */
class QueryAsker implements Asker, Seen {
  byConnection = false
  isBelieved: boolean | undefined
  /** The first asker of a query: it keeps what all of them have seen. */
  readonly seen: Seen
  readonly random: Rng
  private readonly subnet: Address | undefined
  private readonly context: Context
  private readonly query: Query
  private readonly believed: boolean
  readonly ignoresSubnet: boolean

  constructor(context: Context, query: Query, believed: boolean, seen?: Seen) {
    this.random = context.random
    // RFC 7871 §7.1.2: with source prefix length 0 the client asks not to be placed by the option.
    this.subnet = believed && query.edns?.ecs ? ecsAddress(query.edns.ecs) : undefined
    this.context = context
    this.query = query
    this.seen = seen ?? this
    this.believed = believed
    this.ignoresSubnet = !believed && query.edns?.ecs !== undefined
  }

  within(trust: SubnetTrust | undefined): Asker {
    return this.query.edns?.ecs ? this.trusting(trust ?? this.context.clientSubnet ?? 'on') : this
  }

  private trusting(trust: SubnetTrust): Asker {
    const { context, query, seen } = this
    const believed = believes(trust, this)
    seen.isBelieved = seen.isBelieved || believed
    return believed === this.believed ? this : new QueryAsker(context, query, believed, seen)
  }

  get client(): Address {
    return this.subnet ?? this.connection
  }

  get connection(): Address {
    this.seen.byConnection = true
    return this.context.connection
  }

  /** The connection has a place of its own; what a Client Subnet names only the database can place. */
  get places(): GeoSources {
    const { database } = this.context
    if (this.subnet) return { database }
    this.seen.byConnection = true
    return { connection: this.context.place ?? UNKNOWN_LOCATION, database }
  }

  get ecs(): Prefix | undefined {
    const ecs = this.believed ? this.query.edns?.ecs : undefined
    return ecs?.address && { ...ecs.address, length: ecs.sourcePrefixLength }
  }

  get dnssecOk(): boolean {
    return this.query.edns?.dnssecOk ?? false
  }

  get identity(): string {
    return this.context.identity
  }

  get health(): Health {
    return this.context.health
  }
}
