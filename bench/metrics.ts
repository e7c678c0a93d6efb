import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Row } from './ratio.ts'

const LIMIT_MS = 50
const LIMIT_OCTETS = 600
const PROCESSES = 3

/** Measures scrapes of 5,000 targets: the first one in a process, whose code is not compiled yet, and later ones. */
export async function metricsRows(): Promise<Row[]> {
  const script = fileURLToPath(new URL('metrics-scrape.ts', import.meta.url))
  const runs = Array.from({ length: PROCESSES }, (): { first: number; ms: number; octets: number } =>
    JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })),
  )
  const times = runs.map(({ ms }) => ms).sort((a, b) => a - b)
  const [least = Number.NaN, median = Number.NaN] = [times[0], times[PROCESSES >> 1]]
  const octets = runs[0]?.octets ?? Number.NaN
  const first = Math.min(...runs.map((run) => run.first))
  return [
    {
      row: 'metrics of 5,000 targets: CPU of a scrape, ms',
      value: least,
      limit: LIMIT_MS,
      spread: Math.round((median - least) * 1000) / 1000,
    },
    {
      row: 'metrics of 5,000 targets: CPU of the first scrape of an isolate, ms',
      value: first,
      limit: null,
      spread: 0,
    },
    { row: 'metrics of 5,000 targets: octets a target', value: octets, limit: LIMIT_OCTETS, spread: 0 },
  ]
}
