import type { Changed, Refused, Version } from '../../ledger/index.ts'
import { json, problem } from '../replies.ts'
import { etagOf } from './conditions.ts'

/** Formats a time as ISO 8601, in UTC; null where there is none. */
export const timeText = (milliseconds: number | undefined): string | null =>
  milliseconds === undefined ? null : new Date(milliseconds).toISOString()

/** Writes an origin as keys in KV have it, without the final dot; the root is a dot. */
export const originText = (origin: string): string => (origin === '.' ? origin : origin.replace(/\.$/, ''))

/** A change as the history lists it. */
export const versionJson = ({ id, time, author, reason, serial, hash }: Version) => ({
  ...{ id, time: timeText(time), author, reason: reason ?? null, serial },
  // A deletion leaves no document.
  hash: hash === '' ? null : hash,
})

/** Answers a change of a zone: 201 for a new one, else 200. `published` is null while KV does not have it. */
export function changedReply(changed: Changed): Response {
  if (changed.kind === 'refused') return refusedReply(changed)
  const { isNew, version } = changed
  const { serial, hash, published } = version
  const origin = originText(version.origin)
  const body = { origin, serial, hash: hash === '' ? null : hash, published: timeText(published) }
  return json(isNew ? 201 : 200, body, {
    ...(hash !== '' && { ETag: etagOf(hash, 'document') }),
    ...(isNew && { Location: `/api/v1/zones/${origin === '.' ? '=2E' : encodeURIComponent(origin)}` }),
  })
}

export const refusedReply = ({ status, error, errors, details, etag }: Refused): Response =>
  problem(
    status,
    error,
    { ...(errors && { errors }), ...(details && { details }) },
    {
      ...(etag !== undefined && { ETag: etagOf(etag, 'document') }),
    },
  )
