import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CRON, PUSH } from '../../health/index.ts'
import { agentsOf } from '../zones/compile-options.ts'

/** What of the environment is handed to the Worker. */
const PASSED = [
  'API_KEY',
  'AGENT_KEYS',
  'PROBE_REGIONS',
  'PROBES_PER_ROUND',
  'KV_WRITES_PER_DAY',
  'CLIENT_SUBNET',
] as const

export type DevVars = Readonly<Record<string, string>>

/** On a machine of one's own KV writes cost nothing, and nobody counts subrequests. */
const OWN_MACHINE: DevVars = {
  // In seconds. A copy that nobody asked for during two of these is read anew before it answers, so that who saves a
  // file, and asks two seconds later, gets the new answer.
  REFRESH_SECONDS: '1',
  PLATFORM: 'workerd',
  PROBES_PER_ROUND: '1000',
  KV_WRITES_PER_DAY: '1000000',
}

export function devVars(environment: Readonly<Record<string, string | undefined>>): DevVars {
  const given = PASSED.flatMap((name) => (environment[name] ? [[name, environment[name]] as const] : []))
  return { ...OWN_MACHINE, ...Object.fromEntries(given) }
}

/** The vantage points that the Worker hears then. */
export function vantagesOf({ PROBE_REGIONS = '', AGENT_KEYS }: DevVars): readonly string[] {
  const regions = PROBE_REGIONS.split(/[\s,]+/).filter((word) => word !== '')
  return [...(regions.length > 0 ? regions : [CRON]), ...agentsOf(AGENT_KEYS), PUSH]
}

export type VarsFile = { readonly path: string; readonly remove: () => void }

/**
 * For wrangler's `--env-file`: on its command line everybody on the machine could read the keys. What a process that was
 * killed left behind goes with the next one's.
 */
export function writeVars(vars: DevVars): VarsFile {
  removeLeft()
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
  const path = join(folder, 'vars')
  const lines = Object.entries(vars).map(([name, value]) => `${name}=${quoted(value)}`)
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 })
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Its folder is named by the process that it is of. */
const PREFIX = 'edge-gslb-dev-'

function removeLeft(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = name.startsWith(PREFIX) ? (/^(\d+)-/.exec(name.slice(PREFIX.length)) ?? []) : []
    if (pid === undefined || isAlive(Number(pid))) continue
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
    } catch {
      // Somebody else's.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // One that may not be asked is somebody else's, and alive.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Dotenv takes a value between quotes as it is, but for `$`, which would begin the name of another one. */
function quoted(value: string): string {
  const quote = ["'", '`', '"'].find((one) => !value.includes(one)) ?? "'"
  return quote + value.replaceAll('$', '\\$') + quote
}
