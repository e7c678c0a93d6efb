import { writeFileSync } from 'node:fs'
import { catalogRows } from './catalog.ts'
import { dnssecRows } from './dnssec.ts'
import { engineRows } from './engine.ts'
import { firstAnswerRows } from './first-answer.ts'
import { forwardRows } from './forward.ts'
import { healthRows } from './health.ts'
import { loadRows } from './load.ts'
import { luaRows } from './lua.ts'
import { memoryRows } from './memory.ts'
import { metricsRows } from './metrics.ts'
import { patchRows } from './patch.ts'
import { peerRows } from './peers.ts'
import type { Row } from './ratio.ts'
import { reloadRows } from './reload.ts'
import { scaleRows } from './scale.ts'
import { startRows } from './start.ts'
import { workerdRows } from './workerd.ts'

/**
 * `npm run bench`: the performance table, each value beside the limit that it must not exceed. `-- --peers` adds
 * dnsdist with PowerDNS. Other words choose the parts to run: `npm run bench -- engine lua`.
 */
const PARTS: Readonly<Record<string, () => Promise<Row[]>>> = {
  engine: engineRows,
  dnssec: dnssecRows,
  lua: luaRows,
  scale: scaleRows,
  health: healthRows,
  metrics: metricsRows,
  load: loadRows,
  catalog: catalogRows,
  reload: reloadRows,
  patch: patchRows,
  workerd: workerdRows,
  start: startRows,
  'first-answer': firstAnswerRows,
  forward: forwardRows,
  memory: memoryRows,
}
const words = process.argv.slice(2)
const named = words.filter((word) => word !== '--peers')
const unknown = named.filter((word) => !Object.hasOwn(PARTS, word))
if (unknown.length > 0) {
  console.error(`${unknown.join(' ')} is not a part of the bench; expected ${Object.keys(PARTS).join(' ')} or --peers`)
  process.exit(2)
}
const parts = (named.length > 0 ? named : Object.keys(PARTS)).map((name) => PARTS[name])
const isOver = ({ value, limit }: Row): boolean => limit !== null && !(value <= limit)
const rows: Row[] = []
for (const measure of [...parts, ...(words.includes('--peers') ? [peerRows] : [])]) {
  for (const row of (await measure?.()) ?? []) {
    rows.push(row)
    const verdict = isOver(row) ? 'OVER' : 'ok  '
    const limit = row.limit === null ? '' : `of ${row.limit.toFixed(3)}`
    console.log(
      `${verdict} ${row.value.toFixed(3).padStart(7)} ${limit.padEnd(9)} (spread ${row.spread.toFixed(3)})  ${row.row}`,
    )
  }
}
writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify(rows, null, 2)}\n`)
process.exit(rows.some(isOver) ? 1 : 0)
