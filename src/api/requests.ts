import type { Context } from 'hono'
import type { Operation } from '../keys/index.ts'
import type { Author } from '../ledger/index.ts'
import { MAX_REASON_CHARS } from '../limits.ts'
import type { Access } from './access.ts'
import { errorFor } from './replies.ts'

/** A request whose sender is known, in the environment of any routes. */
type Keyed = { readonly req: Context['req']; readonly var: { readonly access: Access } }

/** Returns the refusal (403) if the key of the request may not do the operation, else undefined. */
export function forbidden(c: Keyed, operation: Operation): Response | undefined {
  const why = c.var.access.refusal(operation)
  return why === undefined ? undefined : errorFor(c.req.path, 403, why)
}

/** Returns who changes a zone, and why: the key's name, and the header X-Reason. */
export function authorOf(c: Keyed): Author {
  const reason = c.req.header('x-reason')?.trim().slice(0, MAX_REASON_CHARS)
  return { author: c.var.access.key.name, ...(reason && { reason }) }
}
