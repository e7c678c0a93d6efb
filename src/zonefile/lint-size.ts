import { HEAP_BYTES_A_RECORD, MAX_ADVISED_HEAP_BYTES } from '../limits.ts'
import { type Policy, recordsOf, type Warning } from '../policy/index.ts'
import type { LocalZone } from '../zone/index.ts'

/** Warns of a large zone. An isolate has 128 MB for two versions of a zone during a change; above that it is killed. */
export function lintSize({ names }: LocalZone): Warning[] {
  let records = 0
  for (const { rrsets } of names.nodes.values()) for (const { policy } of rrsets) records += countOf(policy)
  const bytes = records * HEAP_BYTES_A_RECORD
  if (bytes <= MAX_ADVISED_HEAP_BYTES) return []
  const megabytes = Math.round(bytes / 1e6)
  const max = Math.floor(MAX_ADVISED_HEAP_BYTES / HEAP_BYTES_A_RECORD / 1000) * 1000
  const fact = `${records} records take an isolate about ${megabytes} MB, and twice that while they change`
  return [{ path: ['records'], message: `${fact}; it has 128 MB, so expected at most about ${max}` }]
}

const countOf = (policy: Policy): number => Math.max(1, recordsOf(policy).length)
