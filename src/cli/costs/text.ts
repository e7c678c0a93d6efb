import { octetsText } from '../octets-text.ts'
import { plural } from '../zones/compile-files.ts'
import type { ZoneCosts } from './costs.ts'

/** Formats what a zone costs as one line. */
export function costsText({
  records,
  octets,
  parts,
  memory,
  loadMs,
  kvWrites,
  targets,
  probesAMinute,
}: ZoneCosts): string {
  const inParts = parts > 0 ? ` in ${plural(parts, 'part')}` : ''
  const probed = targets > 0 ? `; ${plural(targets, 'target')}, ${decimal(probesAMinute)} probes a minute` : ''
  return (
    `${plural(records, 'record')}, ${octetsText(octets)} compiled${inParts}; ` +
    `an isolate takes at most ${octetsText(memory)} of memory and ${decimal(loadMs)} ms of CPU to load it (estimated); ` +
    `${plural(kvWrites, 'KV write')} to publish all of it${probed}`
  )
}

const decimal = (value: number): string =>
  value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : `${Math.round(value)}`
