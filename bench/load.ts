import { join } from 'node:path'
import { parseName } from '../src/dns/index.ts'
import { partKey } from '../src/store/index.ts'
import { childOf } from './child.ts'
import { hostName } from './hosts.ts'
import { headKeyIn, largeFolder, valuesIn, zoneIn } from './large-zones.ts'
import { median, type Row } from './ratio.ts'
import { must, openedZone } from './stored.ts'

/** Parts differ in size: each of these names is in another one. The least of some processes is what the machine can. */
const NAMES = 7
const PROCESSES = 5

/** Records of a zone, and the milliseconds of CPU that it may take. The free plan gives a request 10 ms. */
const ZONES = [
  { records: 100_000, limit: 5 },
  { records: 1_000_000, limit: 15 },
] as const

/** Measures the loading of a large zone up to the first answer, in new processes: none of its code is compiled yet. */
export async function loadRows(): Promise<Row[]> {
  const load = childOf('load-zone.ts')
  return ZONES.map(({ records, limit }) => {
    const loads = Array.from({ length: NAMES }, (_, i) =>
      leastOf(load, records, Math.floor(((i + 0.5) / NAMES) * records)),
    )
    const row = `a zone of ${records.toLocaleString('en')} records: CPU to load in an isolate, up to an answer, ms`
    return { row, value: median(loads), limit, spread: Math.max(...loads) - Math.min(...loads) }
  })
}

function leastOf(load: ReturnType<typeof childOf>, records: number, number: number): number {
  const folder = largeFolder(records)
  const values = valuesIn(folder)
  const zone = openedZone(zoneIn(values).head, [])
  const part = zone.names.missingPart(must(parseName(`${hostName(number)}.`)).key)
  const files = [headKeyIn(values), partKey(zone.head.parts.at(part ?? 0))].map((key) =>
    join(folder, encodeURIComponent(key)),
  )
  return Math.min(...Array.from({ length: PROCESSES }, () => Number(load(...files, number))))
}
