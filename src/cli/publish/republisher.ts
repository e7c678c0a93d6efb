import { statSync } from 'node:fs'
import { DEV, platformTimer, type Timer } from '../../store/index.ts'
import { type CompileOptions, type Diagnostic, formatDiagnostic } from '../../zonefile/index.ts'
import type { Console } from '../console.ts'
import type { PublishKv } from '../kv/kv.ts'
import { printDiagnostics } from '../zones/check.ts'
import type { CompiledFile, FolderError } from '../zones/compile-files.ts'
import { compileCheckedFolder } from '../zones/expectations.ts'
import { type Published, publish } from './publish-plan.ts'
import { originOf, toPublication } from './read-zones.ts'
import { changedByApi, listOf } from './report.ts'

/**
 * Publishes all zones, and removes only zones that `npm start` published: one that was put by hand stays.
 * @param holds returns true for a zone that is not published over what the API wrote: by default, as at the start, all
 */
export const publishAll = (
  files: readonly CompiledFile[],
  kv: PublishKv,
  holds: (origin: string) => boolean = () => true,
) => publish(files.map(toPublication), kv, { prune: true, by: DEV, holds })

/** Prints the served zones that are not in the folder. */
export function printKept({ kept }: Published, console: Console): void {
  if (kept.length > 0) console.out(`kept ${listOf(kept)}: in local KV, and not published by npm start`)
}

/** Prints the zones whose files are not published over what the API wrote. */
export function printHeld({ held }: Published, files: readonly CompiledFile[], console: Console): void {
  for (const zone of held) {
    const file = files.find(({ zone: { origin } }) => originOf({ origin }) === zone.origin)?.file
    console.out(`${changedByApi(zone)}; ${file} is not published over it; save the file to publish it`)
  }
}

/** The time at which a zone file, or one that it includes, was last saved. */
function savedAt({ file, included }: CompiledFile): string {
  return [file, ...included].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs).join()
}

const savedTimes = (files: readonly CompiledFile[]): ReadonlyMap<string, string> =>
  new Map(files.map((file) => [originOf(file.zone), savedAt(file)]))

/**
 * The first pause before what local KV refused is tried again, and the longest. It refuses while another process
 * writes.
 */
const RETRY_MS = 1000
const LONGEST_RETRY_MS = 60_000

/**
 * Publishes after each change, one at a time, and again after a failure of KV. While a zone is invalid, the last valid
 * zones stay in service.
 */
export class Republisher {
  private readonly zones: string
  private readonly kv: PublishKv
  private readonly console: Console
  private readonly compiling: CompileOptions
  private readonly timer: Timer
  private callOff = (): void => {}
  private retryMs = RETRY_MS
  private failure = ''
  private stopped = false
  private busy = false
  private again = false
  private broken = false
  private warned: string
  private published: readonly CompiledFile[]
  /** The times at which the files were saved that were published last, by origin. */
  private saved: ReadonlyMap<string, string>

  constructor(
    zones: string,
    kv: PublishKv,
    first: readonly CompiledFile[],
    console: Console,
    compiling: CompileOptions,
    timer: Timer = platformTimer,
  ) {
    this.timer = timer
    this.published = first
    this.saved = savedTimes(first)
    this.zones = zones
    this.kv = kv
    this.console = console
    this.compiling = compiling
    this.warned = warningsOf(first).map(formatDiagnostic).join('\n')
  }

  /** The files that are served. */
  get files(): readonly CompiledFile[] {
    return this.published
  }

  readonly changed = async (): Promise<void> => {
    this.again = true
    if (this.busy) return
    this.busy = true
    while (this.again && !this.stopped) {
      this.again = false
      this.callOff()
      await this.republish()
    }
    this.busy = false
  }

  /** Ends it: nothing more is published. */
  stop(): void {
    this.stopped = true
    this.callOff()
  }

  private async republish(): Promise<void> {
    const started = performance.now()
    const compiled = compileCheckedFolder(this.zones, this.compiling)
    if (!compiled.ok) return this.refuse(compiled.error)
    this.warn(warningsOf(compiled.value))
    const saved = savedTimes(compiled.value)
    // A file that was saved is newer than what the API wrote before.
    const holds = (origin: string): boolean => saved.get(origin) === this.saved.get(origin)
    const published = await publishAll(compiled.value, this.kv, holds)
    if (!published.ok) return this.retry(published.error)
    this.failure = ''
    this.retryMs = RETRY_MS
    this.published = compiled.value
    this.saved = saved
    const { changed, repaired, removed } = published.value
    const serials = new Map(compiled.value.map(({ zone }) => [originOf(zone), zone.serial]))
    const changes = [
      ...changed.map((origin) => `${origin}. serial ${serials.get(origin)}`),
      ...repaired.map((origin) => `${origin}. repaired`),
      ...removed.map((origin) => `${origin}. removed`),
    ]
    const took = `${Math.round(performance.now() - started)} ms`
    const fixed = this.broken ? 'fixed and ' : ''
    if (changes.length > 0) this.console.out(`${fixed}published in ${took}: ${changes.join(', ')}`)
    else if (this.broken) this.console.out('fixed: the zones are the served ones')
    this.broken = false
  }

  /** Tries again after a pause, which doubles. Each reason is printed once. */
  private retry(why: string): void {
    if (this.stopped) return
    this.broken = true
    if (why !== this.failure) this.console.err(`error: ${why}; it is tried again`)
    this.failure = why
    this.callOff = this.timer(this.retryMs, this.changed)
    this.retryMs = Math.min(2 * this.retryMs, LONGEST_RETRY_MS)
  }

  private refuse({ message, diagnostics }: FolderError): void {
    this.broken = true
    printDiagnostics(diagnostics, this.console)
    this.console.err(`error: ${message}; nothing was published, and the last valid zones stay in service`)
  }

  private warn(warnings: readonly Diagnostic[]): void {
    const text = warnings.map(formatDiagnostic).join('\n')
    if (text !== this.warned) printDiagnostics(warnings, this.console)
    this.warned = text
  }
}

const warningsOf = (files: readonly CompiledFile[]): Diagnostic[] => files.flatMap((file) => file.warnings)
