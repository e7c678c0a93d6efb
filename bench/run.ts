import { writeFileSync } from 'node:fs'
import { catalogRows } from './catalog.ts'
import { engineRows } from './engine.ts'
import { healthRows } from './health.ts'
import { luaRows } from './lua.ts'
import type { Row } from './ratio.ts'
import { scaleRows } from './scale.ts'
import { startRows } from './start.ts'
import { workerdRows } from './workerd.ts'

/** `npm run bench`: the performance table, each value beside the limit that it must not exceed. */
const rows: Row[] = []
for (const measure of [engineRows, luaRows, scaleRows, healthRows, catalogRows, workerdRows, startRows]) {
  for (const row of await measure()) {
    rows.push(row)
    const verdict = row.value <= row.limit ? 'ok  ' : 'OVER'
    const figures = `${row.value.toFixed(3).padStart(7)} of ${row.limit.toFixed(3)} (spread ${row.spread.toFixed(3)})`
    console.log(`${verdict} ${figures}  ${row.row}`)
  }
}
writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify(rows, null, 2)}\n`)
process.exit(rows.every((row) => row.value <= row.limit) ? 0 : 1)
