import { type NotAQuery, parseQuery } from '../dns/query-path.ts'
import { MAX_MESSAGE_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { Client } from '../zone/query-path.ts'
import { BROKEN, readBody } from './body.ts'
import type { Endpoint } from './endpoint.ts'
import type { Format } from './format.ts'
import { RequestOrigin } from './origin.ts'
import { problem } from './problem.ts'
import type { QueryRequest, ReadRequest } from './read-request.ts'

/** Reads a DNS message. @param token the id of the key whose token the path has */
export function queryIn(
  message: Uint8Array,
  request: Request,
  { platform }: Endpoint,
  format: Format,
  token?: string,
): Result<QueryRequest, NotAQuery> {
  const query = parseQuery(message)
  if (!query.ok) return err(query.error)
  const client = new Client(query.value.edns, new RequestOrigin(request, platform, token))
  return ok({ kind: 'query', query: query.value, client, method: request.method, format })
}

/** Reads the message in the body of a POST. */
export async function readPosted(
  request: Request,
  endpoint: Endpoint,
  format: Format,
  token?: string,
): Promise<ReadRequest> {
  const body = await readBody(request, MAX_MESSAGE_BYTES)
  if (!body.ok) return told(body.error === 'broken' ? problem(400, BROKEN) : tooLong())
  const query = queryIn(body.value, request, endpoint, format, token)
  return query.ok ? query.value : told(noQuery(query.error))
}

const told = (response: Response): ReadRequest => ({ kind: 'response', response })

/** A message that is not a query gets an HTTP error, since nothing of it could be in a DNS reply. */
export const noQuery = (error: NotAQuery): Response =>
  error === 'too long' ? tooLong() : problem(400, `not a DNS query: the message is ${error}`)

const tooLong = (): Response => problem(413, `a DNS message has at most ${MAX_MESSAGE_BYTES} octets`)
