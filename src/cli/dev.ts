import { dirname } from 'node:path'
import { err, ok, type Result } from '../result.ts'
import { type Diagnostic, formatDiagnostic } from '../zonefile/index.ts'
import { printErrors, printWarnings } from './check.ts'
import { type CompiledFile, compileFolder, type FolderError } from './compile-files.ts'
import { type Console, EXIT, type ExitStatus } from './console.ts'
import { banner } from './dev-banner.ts'
import { type DevServer, HOST, isFree, startDevServer } from './dev-server.ts'
import type { Kv, KvPlace } from './kv.ts'
import { openLocalKv } from './kv-local.ts'
import { publish } from './publication.ts'
import { toPublication } from './publish.ts'
import { watchFolder } from './watch.ts'
import { withOwnSignals } from './wrangler.ts'

/** What the environment sets: PORT, ZONES (a folder) and API_KEY. */
export type DevSettings = { readonly port: number; readonly zones: string; readonly apiKey: string | undefined }

/** How old an isolate's copy of the zones may grow here, in seconds: an edit should be seen at once. */
const REFRESH_SECONDS = '2'

/** `edge-gslb dev`, which `npm start` runs: publish, serve, and publish again when a file changes, until `stopped`. */
export async function dev(
  settings: DevSettings,
  place: KvPlace,
  stopped: AbortSignal,
  console: Console,
): Promise<ExitStatus> {
  const fail = (message: string): ExitStatus => {
    console.err(`error: ${message}`)
    return EXIT.FAILED
  }
  const compiled = compileFolder(settings.zones)
  if (!compiled.ok) {
    printErrors(compiled.error.diagnostics, console)
    return fail(`${compiled.error.message}; mend that and start again`)
  }
  for (const { warnings } of compiled.value) printWarnings(warnings, console)
  const free = await isFree(settings.port)
  if (!free.ok) return fail(free.error)
  const kv = await withOwnSignals(() => openLocalKv(place))
  if (!kv.ok) return fail(kv.error)
  let server: Result<DevServer> | undefined
  let unwatch = (): void => {}
  try {
    const first = await publishAll(compiled.value, kv.value)
    if (!first.ok) return fail(first.error)
    const republisher = new Republisher(settings.zones, kv.value, compiled.value, console)
    unwatch = watchFolder(settings.zones, republisher.changed)
    server = await startDevServer({
      port: settings.port,
      config: place.config,
      cwd: dirname(place.config),
      persistTo: place.persistTo,
      vars: { REFRESH_SECONDS, ...(settings.apiKey !== undefined && { API_KEY: settings.apiKey }) },
      onOutput: (text) => console.err(text.replace(/\n$/, '')),
      stopped,
    })
    if (stopped.aborted) return EXIT.OK
    if (!server.ok) return fail(server.error)
    console.out(banner(compiled.value, `http://${HOST}:${settings.port}`))
    await Promise.race([server.value.gone, aborted(stopped)])
    return stopped.aborted ? EXIT.OK : fail('the server ended by itself')
  } finally {
    unwatch()
    if (server?.ok) await server.value.stop()
    await kv.value.close()
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

export function parseDevSettings(environment: Readonly<Record<string, string | undefined>>): Result<DevSettings> {
  const { PORT = '8787', ZONES = 'zones', API_KEY } = environment
  const port = /^\d{1,5}$/.test(PORT) ? Number(PORT) : 0
  if (port < 1 || port > 65_535) return err(`PORT is "${PORT}"; expected a number from 1 to 65535, like PORT=8787`)
  return ok({ port, zones: ZONES, apiKey: API_KEY === '' ? undefined : API_KEY })
}

const publishAll = (files: readonly CompiledFile[], kv: Kv) => publish(files.map(toPublication), kv, { prune: true })

/** Publishes after each change, one at a time. A broken folder changes nothing: what was good goes on being served. */
class Republisher {
  private readonly zones: string
  private readonly kv: Kv
  private readonly console: Console
  private busy = false
  private again = false
  private broken = false
  private warned: string

  constructor(zones: string, kv: Kv, first: readonly CompiledFile[], console: Console) {
    this.zones = zones
    this.kv = kv
    this.console = console
    this.warned = warningsOf(first).map(formatDiagnostic).join('\n')
  }

  readonly changed = async (): Promise<void> => {
    this.again = true
    if (this.busy) return
    this.busy = true
    while (this.again) {
      this.again = false
      await this.republish()
    }
    this.busy = false
  }

  private async republish(): Promise<void> {
    const started = performance.now()
    const compiled = compileFolder(this.zones)
    if (!compiled.ok) return this.refuse(compiled.error)
    this.warn(warningsOf(compiled.value))
    const published = await publishAll(compiled.value, this.kv)
    if (!published.ok) {
      this.broken = true
      return this.console.err(`error: ${published.error}`)
    }
    const { changed, removed } = published.value
    const serials = new Map(compiled.value.map((file) => [toPublication(file).origin, file.zone.serial]))
    const what = [
      ...changed.map((origin) => `${origin}. serial ${serials.get(origin)}`),
      ...removed.map((origin) => `${origin}. removed`),
    ]
    const took = `${Math.round(performance.now() - started)} ms`
    if (what.length > 0) this.console.out(`${this.broken ? 'mended and ' : ''}published in ${took}: ${what.join(', ')}`)
    else if (this.broken) this.console.out('mended: the zones are as they were')
    this.broken = false
  }

  private refuse({ message, diagnostics }: FolderError): void {
    this.broken = true
    printErrors(diagnostics, this.console)
    this.console.err(`error: ${message}; nothing was published, the zones as they were are still served`)
  }

  private warn(warnings: readonly Diagnostic[]): void {
    const text = warnings.map(formatDiagnostic).join('\n')
    if (text !== this.warned) printWarnings(warnings, this.console)
    this.warned = text
  }
}

const warningsOf = (files: readonly CompiledFile[]): Diagnostic[] => files.flatMap((file) => file.warnings)
