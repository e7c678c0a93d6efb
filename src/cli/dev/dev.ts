import { dirname } from 'node:path'
import { err, ok, type Result } from '../../result.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { readHealth } from '../kv/health.ts'
import type { Kv, KvTarget } from '../kv/kv.ts'
import { openLocalKv } from '../kv/local.ts'
import { printSkipped } from '../publish/read-paths.ts'
import { printHeld, printKept, publishAll, Republisher } from '../publish/republisher.ts'
import { withOwnSignals } from '../wrangler.ts'
import { printDiagnostics } from '../zones/check.ts'
import type { CompiledFile } from '../zones/compile-files.ts'
import { compileCheckedFolder } from '../zones/expectations.ts'
import { banner } from './banner.ts'
import { checkSettings } from './check-settings.ts'
import { claimState } from './claim.ts'
import { driveCron, fireCron } from './cron.ts'
import { HealthNews } from './health.ts'
import { keyForRun } from './key.ts'
import { type DevServer, HOST, isFree, startDevServer } from './server.ts'
import { type DevVars, devVars, secretsNamed, vantagesOf } from './vars.ts'
import { watchFolder } from './watch.ts'

/** Settings from the environment: PORT, ZONES (a folder), and variables for the Worker. */
type DevSettings = {
  readonly port: number
  readonly zones: string
  readonly vars: DevVars
  /** The environment, for the secrets that zones name. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** `edge-gslb dev`, which `npm start` runs: publish, serve, and publish again when a file changes, until `stopped`. */
export async function dev(
  settings: DevSettings,
  kvTarget: KvTarget,
  stopped: AbortSignal,
  console: Console,
  compiling: CompileOptions = {},
): Promise<ExitStatus> {
  const fail = (message: string): ExitStatus => {
    console.err(`error: ${message}`)
    return EXIT.FAILED
  }
  const compiled = compileCheckedFolder(settings.zones, compiling)
  if (!compiled.ok) {
    printDiagnostics(compiled.error.diagnostics, console)
    return fail(`${compiled.error.message}; fix that and start again`)
  }
  for (const { warnings } of compiled.value) printDiagnostics(warnings, console)
  printSkipped(settings.zones, compiled.value, console)
  const free = await isFree(settings.port)
  if (!free.ok) return fail(free.error)
  const claim = await claimState(kvTarget, settings.port)
  if (!claim.ok) return fail(claim.error)
  const kv = await withOwnSignals(() => openLocalKv(kvTarget))
  if (!kv.ok) {
    claim.value.release()
    return fail(kv.error)
  }
  let server: Result<DevServer> | undefined
  let unwatch = (): void => {}
  const ended = new AbortController()
  let ticking: Promise<void> | undefined
  try {
    const first = await publishAll(compiled.value, kv.value)
    if (!first.ok) return fail(first.error)
    printKept(first.value, console)
    printHeld(first.value, compiled.value, console)
    const republisher = new Republisher(settings.zones, kv.value, compiled.value, console, compiling)
    const unwatchFolder = watchFolder(settings.zones, republisher.changed)
    unwatch = () => {
      unwatchFolder()
      republisher.stop()
    }
    const key = await keyForRun(settings.vars, kvTarget.config, kv.value, (octets) => crypto.getRandomValues(octets))
    if (!key.ok) return fail(key.error)
    const vars = { ...secretsNamed(compiled.value, settings.environment ?? {}), ...settings.vars }
    server = await startDevServer({
      port: settings.port,
      config: kvTarget.config,
      cwd: dirname(kvTarget.config),
      persistTo: kvTarget.persistTo,
      vars: key.value.kind === 'made' ? { ...vars, API_KEY: key.value.secret } : vars,
      onOutput: (text) => console.err(text.replace(/\n$/, '')),
      stopped,
    })
    if (stopped.aborted) return EXIT.OK
    if (!server.ok) return fail(server.error)
    const url = `http://${HOST}:${settings.port}`
    // Health, and the targets of ALIAS records, have to be known at the first answer.
    if (compiled.value.some(isBusy)) await fireCron(url, stopped)
    console.out(banner(compiled.value, url, settings.vars, key.value))
    const files = (): readonly CompiledFile[] => republisher.files
    ticking = probe(url, files, kv.value, settings.vars, AbortSignal.any([stopped, ended.signal]), console)
    await Promise.race([server.value.gone, aborted(stopped)])
    return stopped.aborted ? EXIT.OK : fail('the server ended by itself')
  } finally {
    ended.abort()
    unwatch()
    if (server?.ok) await server.value.stop()
    await ticking
    await kv.value.close()
    claim.value.release()
  }
}

/**
 * Checks, including those that queries start, may be due every second, and so may targets of ALIAS records if a server
 * is named to ask, in zones that the API writes, too, and so may notifications. Other work of the cron is due every
 * minute.
 */
const TICK_MS = { busy: 1000, none: 60_000 } as const

/** Runs the cron, which probes, and prints the changes of health. */
function probe(
  url: string,
  files: () => readonly CompiledFile[],
  kv: Kv,
  vars: DevVars,
  stopped: AbortSignal,
  console: Console,
): Promise<void> {
  const conditions = () => files().flatMap(({ zone }) => zone.conditions)
  const news = new HealthNews()
  const asksUpstreams = (vars.UPSTREAMS ?? '').trim() !== ''
  const isTelling = (vars.NOTIFY ?? '') !== ''
  const everyMs = () => TICK_MS[asksUpstreams || isTelling || files().some(hasChecks) ? 'busy' : 'none']
  const onTick = async (): Promise<void> => {
    const health = await readHealth(kv, vantagesOf(vars), Date.now(), 'workerd')
    if (!health.ok) return
    for (const line of news.changes(conditions(), health.value)) console.out(line)
  }
  return driveCron({ url, everyMs, onTick }, stopped, console)
}

const isBusy = ({ zone }: CompiledFile): boolean => zone.conditions.length > 0 || zone.outsideAliases.length > 0

const hasChecks = ({ zone }: CompiledFile): boolean =>
  zone.conditions.length > 0 || zone.asksTargets || (zone.notify ?? []).length > 0

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

export function parseDevSettings(environment: Readonly<Record<string, string | undefined>>): Result<DevSettings> {
  const { PORT = '8787', ZONES = 'zones' } = environment
  const port = /^\d{1,5}$/.test(PORT) ? Number(PORT) : 0
  if (port < 1 || port > 65_535) return err(`PORT is "${PORT}"; expected a number from 1 to 65535, like PORT=8787`)
  const checked = checkSettings(environment)
  if (!checked.ok) return checked
  return ok({ port, zones: ZONES, vars: devVars(environment) })
}
