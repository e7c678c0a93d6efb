import { createHash } from 'node:crypto'
import { rdataWithHints } from '../../src/dns/index.ts'
import { readGuard } from '../../src/health/index.ts'
import { healthCalls } from '../../src/lua/index.ts'
import { PACING_LOADER } from '../../src/policy/index.ts'
import type { Result } from '../../src/result.ts'
import {
  askedPoolsWith,
  type LocalZone,
  NodeCache,
  Residents,
  readHead,
  StoredZone,
  scriptsWith,
  tellingNames,
  ZoneWriter,
} from '../../src/zone/index.ts'
import { must } from './must.ts'

/** A compiled zone as octets: its head, and its parts by hash. */
export type Written = {
  readonly head: Uint8Array
  readonly parts: ReadonlyMap<string, Uint8Array>
  readonly hashes: readonly string[]
}

export function written(zone: LocalZone, sizes?: ConstructorParameters<typeof ZoneWriter>[1]): Written {
  const writer = new ZoneWriter(zone, sizes)
  const parts = new Map<string, Uint8Array>()
  const hashes: string[] = []
  for (const part of writer.parts()) {
    const hash = createHash('sha256').update(part).digest('hex')
    hashes.push(hash)
    parts.set(hash, part)
  }
  return { head: writer.head(hashes), parts, hashes }
}

/** The limits of what an isolate keeps: small, so that tests meet its limits. */
export const keeping = (maxOctets = 64 * 1024 * 1024) => ({
  cache: new NodeCache(64, 64 * 1024),
  residents: new Residents(maxOctets),
})

const AIDS = {
  ...{ scripts: scriptsWith(askedPoolsWith(healthCalls)), withHints: rdataWithHints, pacing: PACING_LOADER, readGuard },
  tellingNames,
}

/** Opens the head of a zone, without its parts. */
export const openHead = ({ head }: Written, kept = keeping()): StoredZone =>
  must(StoredZone.open(must(readHead(head)), kept, AIDS))

/** Opens a zone with its parts, or says which value is refused. */
export function opened({ head, hashes, parts }: Written): Result<StoredZone> {
  const read = readHead(head)
  const zone = read.ok ? StoredZone.open(read.value, keeping(), AIDS) : read
  if (!zone.ok) return zone
  for (const [i, hash] of hashes.entries()) {
    const filled = zone.value.fill(i, parts.get(hash) as Uint8Array)
    if (!filled.ok) return filled
  }
  return zone
}

/** The zone as it is read back from its stored form, with all of its parts. */
export const reopened = (zone: LocalZone, sizes?: ConstructorParameters<typeof ZoneWriter>[1]): StoredZone =>
  must(opened(written(zone, sizes)))
