import { json, problem } from '../replies.ts'
import type { HealthReply } from './calls.ts'

/** Returns the response for the outcome of a call about health. */
export const replied = (reply: HealthReply): Response =>
  'error' in reply ? problem(reply.status, reply.error) : json(reply.status, reply.body, reply.headers)
