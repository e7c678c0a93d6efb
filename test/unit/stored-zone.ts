import { createHash } from 'node:crypto'
import { rdataWithHints } from '../../src/dns/index.ts'
import { healthCalls } from '../../src/lua/index.ts'
import {
  askedPoolsWith,
  type LocalZone,
  NodeCache,
  Residents,
  readHead,
  StoredZone,
  scriptsWith,
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

/** What an isolate keeps: small, so that tests meet its limits. */
export const keeping = (maxOctets = 64 * 1024 * 1024) => ({
  cache: new NodeCache(64, 64 * 1024),
  residents: new Residents(maxOctets),
})

/** Opens the head of a zone, without its parts. */
export function openHead({ head }: Written, kept = keeping()): StoredZone {
  return must(
    StoredZone.open(must(readHead(head)), kept, {
      scripts: scriptsWith(askedPoolsWith(healthCalls)),
      withHints: rdataWithHints,
    }),
  )
}

/** The zone as it is read back from its stored form, with all of its parts. */
export function reopened(zone: LocalZone, sizes?: ConstructorParameters<typeof ZoneWriter>[1]): StoredZone {
  const octets = written(zone, sizes)
  const opened = openHead(octets)
  opened.head.parts.forEach((hash, i) => {
    must(opened.fill(i, octets.parts.get(hash) as Uint8Array))
  })
  return opened
}
