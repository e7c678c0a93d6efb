import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CRON, PUSH } from '../../health/index.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import { agentsOf } from '../zones/compile-options.ts'

/** The variables of the environment that the Worker receives. */
const PASSED = [
  'API_KEY',
  'AGENT_KEYS',
  'DNSSEC_SECRET',
  'PROBE_REGIONS',
  'PROBES_PER_ROUND',
  'KV_WRITES_PER_DAY',
  'CLIENT_SUBNET',
  'DOH_PATH',
  'DOH_NAME',
  'UPSTREAMS',
  'FORWARD_TO',
  'FORWARD_CLIENT_SUBNET',
  'TEST_NAME',
  'NOTIFY',
] as const

/** The secrets that receivers of notifications in zones name are handed on that begin so. */
const NOTIFY_PREFIX = 'NOTIFY_'

export type DevVars = Readonly<Record<string, string>>

/** On a local machine KV writes are free, and subrequests are not limited. */
const LOCAL_DEFAULTS: DevVars = {
  // In seconds. A copy that was unused for two intervals is read again before it answers, so that a query two seconds
  // after a file was saved gets the new answer.
  REFRESH_SECONDS: '1',
  PLATFORM: 'workerd',
  PROBES_PER_ROUND: '1000',
  KV_WRITES_PER_DAY: '1000000',
  PLAN: 'paid',
}

export function devVars(environment: Readonly<Record<string, string | undefined>>): DevVars {
  const secrets = Object.keys(environment).filter((name) => name.startsWith(NOTIFY_PREFIX))
  const passed = [...PASSED, ...secrets].flatMap((name) =>
    environment[name] ? [[name, environment[name]] as const] : [],
  )
  return { ...LOCAL_DEFAULTS, ...Object.fromEntries(passed) }
}

/**
 * Returns the variables of the environment that receivers of notifications name in zones. Those of the Worker itself
 * are not among them.
 */
export function secretsNamed(
  zones: readonly { readonly document: Pick<ZoneDocument, 'notify'> }[],
  environment: Readonly<Record<string, string | undefined>>,
): DevVars {
  const texts = zones.flatMap(({ document }) =>
    (document.notify ?? []).flatMap(({ url, secret, routingKey }) => [url, secret, routingKey]),
  )
  const names = texts.flatMap((text) => (text?.startsWith('$') ? [text.slice(1)] : []))
  return Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]] as const] : [])))
}

/** Returns the vantage points whose health the Worker reads with these variables. */
export function vantagesOf({ PROBE_REGIONS = '', AGENT_KEYS }: DevVars): readonly string[] {
  const regions = PROBE_REGIONS.split(/[\s,]+/).filter((word) => word !== '')
  return [...(regions.length > 0 ? regions : [CRON]), ...agentsOf(AGENT_KEYS), PUSH]
}

type VarsFile = { readonly path: string; readonly remove: () => void }

/**
 * Writes the file for wrangler's `--env-file`: every user of the machine could read keys on a command line. It also
 * removes files that killed processes left behind.
 */
export function writeVars(vars: DevVars): VarsFile {
  removeLeft()
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
  const path = join(folder, 'vars')
  const lines = Object.entries(vars).map(([name, value]) => `${name}=${quoted(value)}`)
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 })
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The prefix of the folder's name; the process id follows. */
const PREFIX = 'edge-gslb-dev-'

function removeLeft(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = name.startsWith(PREFIX) ? (/^(\d+)-/.exec(name.slice(PREFIX.length)) ?? []) : []
    if (pid === undefined || isAlive(Number(pid))) continue
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
    } catch {
      // The folder belongs to another user.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // A process of another user is alive.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Quotes a value for dotenv, which expands `$NAME` even between quotes. */
function quoted(value: string): string {
  const quote = ["'", '`', '"'].find((mark) => !value.includes(mark)) ?? "'"
  return quote + value.replaceAll('$', '\\$') + quote
}
