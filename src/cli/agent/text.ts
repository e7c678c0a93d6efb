import { formatTarget, summaryOf, type TargetState } from '../../health/index.ts'
import { printable } from '../../printable.ts'
import { isoTime } from '../duration.ts'
import { type Cell, type Paint, table } from '../paint.ts'
import { plural } from '../zones/compile-files.ts'
import type { AgentProbe } from './client.ts'

/** Returns the number of probes, in total and by check. */
export function assignmentLines(name: string, probes: readonly AgentProbe[], paint: Paint): string[] {
  if (probes.length === 0) return [`${name} has nothing to probe; a check names it with "from": ["${name}"]`]
  const groups = Map.groupBy(probes, (probe) => `${checkText(probe)}\n${everyText(probe)}`)
  const rows = [...groups].map(([group, of]): Cell[] => [
    `  ${printable(group.split('\n')[0] as string)}`,
    plural(of.length, 'target'),
    group.split('\n')[1] as string,
  ])
  return [`${name} has ${plural(probes.length, 'target')} to probe:`, ...table(rows, paint)]
}

/** Returns the names of the probe's checks; without names, its request. */
const checkText = ({ checks, action }: AgentProbe): string => checks?.join(', ') || summaryOf(action)

const everyText = ({ interval }: AgentProbe): string => `every ${interval} s`

/** `2026-11-22T18:00:00Z example.com/web 192.0.2.1:80 is down: refused` */
export function changeLine(probe: AgentProbe, { state, why, ms, at }: TargetState, paint: Paint): string {
  const what = printable(`${checkText(probe)} ${formatTarget(probe)}`)
  // The probe could not run, so there is no state.
  if (at === 0) return `${isoTime(Date.now())} ${what} could not be probed: ${printable(why)}`
  const word = paint(state === 'down' ? 'red' : 'green', state)
  return `${isoTime(at * 1000)} ${what} is ${word}: ${why === '' ? `${Math.round(ms)} ms` : printable(why)}`
}
