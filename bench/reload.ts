import { childOf } from './child.ts'
import { largeFolder } from './large-zones.ts'
import { median, type Row } from './ratio.ts'

const RECORDS = 300_000
const LIMIT_MS = 10
const PROCESSES = 3

/** Measures how long other queries wait while a new version of a large zone is loaded: see reload-zone.ts. */
export async function reloadRows(): Promise<Row[]> {
  const reload = childOf('reload-zone.ts')
  const folders = [1, 2].map((version) => largeFolder(RECORDS, version))
  const longest = Array.from({ length: PROCESSES }, () =>
    reload(RECORDS, ...folders)
      .trim()
      .split('\n')
      .map(Number),
  )
  const all = longest.flat().sort((a, b) => a - b)
  const row = 'a reload of 300,000 records: the longest that another query waits, CPU in ms'
  return [{ row, value: median(all), limit: LIMIT_MS, spread: (all.at(-1) as number) - (all[0] as number) }]
}
