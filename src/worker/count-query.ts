import { logEvent } from '../events.ts'
import { queryPointOf } from '../metrics/index.ts'
import type { Client, Reply } from '../zone/query-path.ts'
import type { Env } from './env.ts'

/** True once a count has failed: one line of the log tells of all. */
let hasFailed = false

/**
 * Counts an answered query by its decisions, behind the answer. Never throws: a binding that fails costs the count
 * alone.
 */
export function countQuery({ asker, response }: Reply, { QUERIES, QUERY_SAMPLE }: Env, client: Client): void {
  if (!asker?.trace || !QUERIES) return
  const { country = '' } = client.origin.place ?? {}
  const { indexes, blobs, doubles } = queryPointOf(asker.trace, response.rcode, Number(QUERY_SAMPLE || 1), country)
  try {
    QUERIES.writeDataPoint({ indexes: [...indexes], blobs: [...blobs], doubles: [...doubles] })
  } catch (error) {
    if (!hasFailed) logEvent({ event: 'error', why: `queries are not counted: ${error}` })
    hasFailed = true
  }
}
