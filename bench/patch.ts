import { childOf } from './child.ts'
import type { Row } from './ratio.ts'

const LIMIT_MS = 100
const PROCESSES = 5

/** The output of a process: see patch-zone.ts. */
type Patches = { readonly loaded: number; readonly first: number; readonly later: number }

/**
 * Measures a change of one record of 10,000, in new processes, as in a Durable Object that has just loaded the zone.
 */
export async function patchRows(): Promise<Row[]> {
  const patch = childOf('patch-zone.ts')
  return (['plain', 'mixed'] as const).flatMap((kind) => {
    const runs = Array.from({ length: PROCESSES }, () => JSON.parse(patch(kind)) as Patches)
    const row = (what: string, limit: number | null, of: keyof Patches): Row => {
      const values = runs.map((run) => run[of]).sort((a, b) => a - b)
      const [least = Number.NaN, median = Number.NaN] = [values[0], values[values.length >> 1]]
      const spread = Math.round((median - least) * 1000) / 1000
      return { row: `a zone of 10,000 ${kind} records: ${what}, CPU in ms`, value: least, limit, spread }
    }
    return [
      row('compiled and written whole, first', null, 'loaded'),
      row('the first change of one', LIMIT_MS, 'first'),
      row('later changes of one', LIMIT_MS, 'later'),
    ]
  })
}
