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
} from '../dns/index.ts'
import { type Database, NOWHERE, type Place, type Whereabouts } from '../geo/index.ts'
import type { AskedCheck, Health } from '../health/index.ts'
import type { Address, Prefix } from '../net/index.ts'
import type { Rng } from '../policy/index.ts'
import type { Asker } from './asker.ts'
import { resolve } from './resolve.ts'
import type { Step } from './trace.ts'
import type { Zones } from './zones.ts'

/**
 * Where a query came from, and what it is answered by. `connection` is the address of the HTTP client, `place` where it
 * is, and `database` knows where networks are. They and `identity` are read only where an answer depends on them, and
 * may be getters.
 */
export type Context = {
  readonly zones: Zones
  readonly connection: Address
  readonly place?: Place
  readonly database?: Database | undefined
  readonly health: Health
  readonly random: Rng
  readonly identity: string
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

function answerQuery(query: Query, question: Question, context: Context): Answered {
  // RFC 7871 §7.1.2: with source prefix length 0 the client asks not to be placed by the option.
  const subnet = query.edns?.ecs && ecsAddress(query.edns.ecs)
  const asker = new QueryAsker(context, query, subnet)
  const resolution = resolve(question, context.zones, asker)
  if (resolution.kind === 'needs-zone') return resolution
  const { message, response } = encodeReply(query, resolution.response)
  const fits = response === resolution.response
  const trace: readonly Step[] = fits ? resolution.trace : [...resolution.trace, { step: 'too-large' }]
  const shareable = !asker.byConnection && !resolution.byChance
  const reply: Reply = { kind: 'reply', message, query, response, trace, shareable, asker }
  return resolution.asked ? { ...reply, asked: resolution.asked } : reply
}

/** The client is the subnet that the query names, else the connection's address, which is read only when asked for. */
class QueryAsker implements Asker {
  /** Whether the connection's address was asked for: then the answer is for it alone, whatever its scope. */
  byConnection = false
  readonly random: Rng
  private readonly subnet: Address | undefined
  private readonly context: Context
  private readonly query: Query

  constructor(context: Context, query: Query, subnet: Address | undefined) {
    this.random = context.random
    this.subnet = subnet
    this.context = context
    this.query = query
  }

  get client(): Address {
    return this.subnet ?? this.connection
  }

  get connection(): Address {
    this.byConnection = true
    return this.context.connection
  }

  /** The connection has a place of its own; what a Client Subnet names only the database can place. */
  get places(): Whereabouts {
    const { database } = this.context
    if (this.subnet) return { database }
    this.byConnection = true
    return { connection: this.context.place ?? NOWHERE, database }
  }

  get ecs(): Prefix | undefined {
    const ecs = this.query.edns?.ecs
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
