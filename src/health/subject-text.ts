import type { Override } from './overrides.ts'

/** Formats the subject of an override: `target 192.0.2.*, pool www.example.com/A`. */
export const subjectText = ({
  check,
  target,
  pool,
  datacenter,
}: Pick<Override, 'check' | 'target' | 'pool' | 'datacenter'>): string =>
  Object.entries({ check, target, pool, datacenter })
    .filter(([, glob]) => glob !== undefined)
    .map(([kind, glob]) => `${kind} ${glob}`)
    .join(', ')
