import {
  encodeReply,
  failure,
  type Name,
  NO_RECORDS,
  type NotAQuery,
  parseQuery,
  type Query,
  type Response,
} from '../dns/query-path.ts'
import type { AskedCheck } from '../health/query-path.ts'
import { Client, type Origin } from './client.ts'
import { QueryContext, type Sources } from './query-context.ts'
import type { NeedsZone } from './resolution.ts'
import { resolveQuery } from './resolve.ts'
import type { Step } from './trace.ts'

/** A DNS reply. */
export type Reply = {
  readonly kind: 'reply'
  readonly message: Uint8Array
  readonly query: Query
  readonly response: Response
  /** True if the same message may get this reply from a cache: neither the connection nor chance decided. */
  readonly shareable: boolean
  /** Checks that no document has, and that are needed from this query on. */
  readonly asked?: readonly AskedCheck[]
  /** The name at which our zones have nothing more to say. */
  readonly beyond?: Name | undefined
  /** The seconds for which caches may keep a reply that is not out of our zones. */
  readonly seconds?: number
  /** Set if a name was looked up. */
  readonly asker?: QueryContext
}

/**
 * Answers a query. Never throws on any input.
 * @param trace gets every decision that leads to the reply; it stays empty if no name is looked up
 */
export function answerQuery(query: Query, client: Client, sources: Sources, trace?: Step[]): Reply | NeedsZone {
  const { question } = query
  if (query.error || !question) {
    const error = query.error ?? ({ kind: 'malformed', why: 'no question' } as const)
    const response = { ...NO_RECORDS, ...failure(error) }
    return { kind: 'reply', ...encodeReply(query, response), query, shareable: true }
  }
  const asker = new QueryContext(question, client, sources, trace)
  const resolution = resolveQuery(asker)
  if (resolution.kind === 'needs-zone') return resolution
  const answered = client.isSubnetBelieved === false ? withoutSubnet(query) : query
  const { message, response, fits } = encodeReply(answered, resolution.response)
  if (!fits) trace?.push({ step: 'too-large' })
  const shareable = !client.isConnectionRead && !resolution.byChance
  const { asked, beyond } = resolution
  const reply: Reply = { kind: 'reply', message, query: answered, response, shareable, beyond, asker }
  return asked ? { ...reply, asked } : reply
}

/**
 * RFC 7871 §7.2: a server that does not believe the option does not send one back; the answer is for the connection.
 */
function withoutSubnet(query: Query): Query {
  return query.edns ? { ...query, edns: { ...query.edns, ecs: undefined } } : query
}

/** The origin of a query, and the data that it is answered from. */
export type Context = Sources & Origin

export type Answered = Reply | { readonly kind: 'not-a-query'; readonly why: NotAQuery } | NeedsZone

/**
 * The engine for callers without HTTP: a message in, a message out.
 * @param trace as for `answerQuery`
 */
export function answer(message: Uint8Array, context: Context, trace?: Step[]): Answered {
  const query = parseQuery(message)
  if (!query.ok) return { kind: 'not-a-query', why: query.error }
  return answerQuery(query.value, new Client(query.value.edns, context), context, trace)
}
