import type { PoolStatus } from '../../policy/index.ts'
import { printable } from '../../printable.ts'
import { forcedText } from '../override/text.ts'
import { type Cell, type Paint, table } from '../paint.ts'

/** The maximum number of pools shown without `--all`. */
const MAX_SHOWN = 200

/** Formats the pools that are not whole; all of them with `all`. */
export function poolLines(
  pools: readonly PoolStatus[],
  { all, now, paint }: { readonly all: boolean; readonly now: number; readonly paint: Paint },
): string[] {
  const relevant = all ? pools : pools.filter((pool) => !isWhole(pool))
  if (relevant.length === 0) return []
  const shown = all ? relevant : relevant.slice(0, MAX_SHOWN)
  const hidden = relevant.length - shown.length
  return [
    '',
    paint('bold', 'Pools'),
    ...table(
      shown.map((pool) => cellsOf(pool, now)),
      paint,
    ),
    ...(hidden > 0 ? [`  and ${hidden} more that are not whole; --all shows them`] : []),
  ]
}

const isWhole = ({ members, live, up, forced }: PoolStatus): boolean => up && live === members && !forced

function cellsOf({ pool, kind, members, live, up, waiting, level, forced }: PoolStatus, now: number): Cell[] {
  const unit = kind === 'pool' ? 'members' : 'levels'
  const waits = waiting === undefined ? '' : `, ${waiting} ${waiting === 1 ? 'waits' : 'wait'} after being down`
  const answers = level === undefined || level === 0 ? '' : `, level ${level} answers`
  return [
    `  ${printable(pool)}`,
    up ? { text: live === members ? 'up' : 'degraded', style: live === members ? 'green' : 'yellow' } : DOWN,
    `${live} of ${members} ${unit} up${waits}${answers}`,
    forced ? forcedText(forced, now) : '',
  ]
}

const DOWN = { text: 'down', style: 'red' } as const
