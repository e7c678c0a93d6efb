import { createHash } from 'node:crypto'
import { rdataWithHints } from '../src/dns/index.ts'
import { MAX_KEPT_NODE_BYTES, MAX_KEPT_NODES, MAX_KEPT_ZONE_BYTES } from '../src/limits.ts'
import { healthCalls } from '../src/lua/index.ts'
import { PACING_LOADER } from '../src/policy/index.ts'
import type { Result } from '../src/result.ts'
import {
  askedPoolsWith,
  type LocalZone,
  NodeCache,
  Residents,
  readHead,
  StoredZone,
  scriptsWith,
  ZoneWriter,
} from '../src/zone/index.ts'

/** Returns a compiled zone as an isolate has it: written, and opened again with all of its parts. */
export function storedZone(zone: LocalZone): StoredZone {
  const writer = new ZoneWriter(zone)
  const parts = Array.from(writer.parts())
  const head = writer.head(parts.map((part) => createHash('sha256').update(part).digest('hex')))
  return openedZone(head, parts)
}

/** Opens a stored zone with an isolate's limits. @param parts all of them, or those at the beginning */
export function openedZone(head: Uint8Array, parts: Iterable<Uint8Array>): StoredZone {
  const keeping = {
    cache: new NodeCache(MAX_KEPT_NODES, MAX_KEPT_NODE_BYTES),
    residents: new Residents(MAX_KEPT_ZONE_BYTES),
  }
  const aids = { scripts: scriptsWith(askedPoolsWith(healthCalls)), withHints: rdataWithHints, pacing: PACING_LOADER }
  const zone = must(StoredZone.open(must(readHead(head)), keeping, aids))
  let number = 0
  for (const part of parts) must(zone.fill(number++, part))
  return zone
}

export function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
