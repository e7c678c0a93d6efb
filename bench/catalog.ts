import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { EMPTY_CATALOG, formatCatalog, type ZoneEntry } from '../src/store/catalog.ts'
import type { Row } from './ratio.ts'

const PROCESSES = 15

/** The most milliseconds of CPU that an isolate may take for a catalog, at its start and when nothing has changed. */
const SIZES = [
  { zones: 100, first: 1, again: 1 },
  { zones: 10_000, first: 20, again: 2 },
]

/** Measures how an isolate takes the catalog, in new processes. */
export async function catalogRows(): Promise<Row[]> {
  return SIZES.flatMap(({ zones, first, again }) => {
    const input = catalogOf(zones)
    const loads = Array.from({ length: PROCESSES }, () => load(input))
    const named = (when: string) => `catalog of ${zones.toLocaleString('en')} zones: CPU to take it, ${when}, ms`
    return [rowOf(named('first'), first, loads, 'first'), rowOf(named('unchanged'), again, loads, 'again')]
  })
}

type Load = { readonly first: number; readonly again: number }

const script = fileURLToPath(new URL('catalog-load.ts', import.meta.url))
const load = (input: string): Load => JSON.parse(execFileSync(process.execPath, [script], { input, encoding: 'utf8' }))

function rowOf(row: string, limit: number, loads: readonly Load[], which: keyof Load): Row {
  const values = loads.map((one) => one[which]).sort((a, b) => a - b)
  const [least = Number.NaN, median = Number.NaN] = [values[0], values[values.length >> 1]]
  return { row, value: least, limit, spread: Math.round((median - least) * 1000) / 1000 }
}

/** A catalog whose zones all have the fields that a zone can have. */
export function catalogOf(count: number): string {
  const zones = new Map<string, ZoneEntry>()
  for (let i = 0; i < count; i++) {
    const [hash, zone, checks, previous, previousZone] = ['a', 'b', 'c', 'd', 'e'].map((what) => hashOf(what + i)) as [
      ...[string, string, string, string, string],
    ]
    const entry = { serial: 2_026_113_000 + i, hash, zone, checks, health: true, probes: 10, previous, previousZone }
    zones.set(`zone-${i}.example${i % 100}.net`, entry as ZoneEntry)
  }
  return formatCatalog({ ...EMPTY_CATALOG, zones })
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
