import type { Context } from 'hono'
import { parseName, typeName } from '../../dns/index.ts'
import { type DrawnNode, drawPolicy } from '../../explain/index.ts'
import { healthCalls } from '../../lua/index.ts'
import { patternSize } from '../../re2.ts'
import { err, ok, type Result } from '../../result.ts'
import { compileZone, type OwnerDocument, type ZoneDocument } from '../../zone/index.ts'
import type { ApiEnv } from '../access.ts'
import type { WrittenRrset } from './rrset-list.ts'
import type { PathZone } from './zone-path.ts'

/** A policy of a zone as a tree. `code` is set for a Lua record. */
export type DrawnRrset = Pick<WrittenRrset, 'name' | 'type' | 'ttl'> & {
  readonly code?: string
  readonly tree: DrawnNode
}

/**
 * Draws some rrsets of a zone, with the states that its answers use. Only their names are compiled: the rest of the
 * zone may be large.
 * @returns an error for a document that is not valid, or storage that does not give out what is needed
 */
export async function drawn(
  c: Context<ApiEnv>,
  { name: origin }: PathZone,
  document: ZoneDocument,
  rrsets: readonly WrittenRrset[],
): Promise<Result<readonly DrawnRrset[], Undrawn>> {
  if (rrsets.length === 0) return ok([])
  const compiled = compileZone(partOf(document, rrsets), { healthCalls, patternSize })
  if (!compiled.ok) {
    const [first] = compiled.error
    return err({ kind: 'invalid', why: `the zone is not valid: ${first?.path.join('.')}: ${first?.message}` })
  }
  const hasReasons = c.var.access.refusal({ kind: 'read-health' }) === undefined
  const { names } = compiled.value.zone
  const asked = await c.env.served.ask(
    ({ health: measured, zones }) => {
      // The guard is that of the published zone, since it counts all of its targets.
      const served = zones.find(origin.key)
      const guard = served?.kind === 'loaded' && served.zone.origin.key === origin.key ? served.zone.guard : undefined
      const health = guard?.over(measured) ?? measured
      return rrsets.flatMap(({ owner, name, type, ttl, answer }): DrawnRrset[] => {
        const key = parseName(owner, origin)
        const node = key.ok ? names.find(key.value.key) : undefined
        const rrset = node?.rrsets.find((one) => typeName(one.type) === type.toUpperCase())
        if (!rrset) return []
        const isLua = typeof answer === 'object' && 'kind' in answer && answer.kind === 'lua'
        return [
          { name, type, ttl, ...(isLua && { code: answer.code }), tree: drawPolicy(rrset.policy, health, hasReasons) },
        ]
      })
    },
    { health: true },
  )
  return asked.ok ? asked : err({ kind: 'unread', why: asked.error })
}

/** The reason why nothing is drawn. */
type Undrawn = { readonly kind: 'invalid' | 'unread'; readonly why: string }

/** Returns the document with some of its rrsets alone. What PowerDNS's API keeps beside the others is left out, too. */
function partOf(document: ZoneDocument, rrsets: readonly WrittenRrset[]): ZoneDocument {
  const records: Record<string, OwnerDocument> = {}
  for (const { owner, type } of rrsets) {
    const rrset = document.records[owner]?.[type]
    if (rrset !== undefined) records[owner] = { ...records[owner], [type]: rrset }
  }
  const { api: _, ...rest } = document
  return { ...rest, records }
}
