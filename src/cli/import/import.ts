import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatName, type Name, parseName, ROOT } from '../../dns/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { type CompileOptions, type Diagnostic, diagnosticJson, fileNameOf } from '../../zonefile/index.ts'
import type { ApiClient } from '../api/client.ts'
import { type Fault, faultLines, isObject } from '../api/fault.ts'
import { inTurns } from '../api/in-turns.ts'
import { read } from '../api/zones.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { Progress } from '../publish/progress.ts'
import { printDiagnostics, summary } from '../zones/check.ts'
import { compileFile, plural } from '../zones/compile-files.ts'
import { type PowerdnsRrset, parseRrsets, zoneText } from './zone-text.ts'

export type ImportChoices = {
  readonly server: string
  /** The zones to read; all without it. */
  readonly zone?: readonly string[]
  /** True if files that are there are written over. */
  readonly overwrite: boolean
  readonly json: boolean
}

type Imported = { readonly origin: string; readonly file: string; readonly findings: readonly Diagnostic[] }

/**
 * `edge-gslb import [FOLDER] --from URL`: reads the zones of a PowerDNS, writes a zone file of each, and checks them.
 */
export async function importCommand(
  folder: string,
  { server, zone, overwrite, json }: ImportChoices,
  api: ApiClient,
  console: Console,
  compiling: CompileOptions,
): Promise<ExitStatus> {
  const base = `/api/v1/servers/${encodeURIComponent(server)}/zones`
  const ids = await idsOf(api, base)
  if (!ids.ok) return failed(faultLines(ids.error, api.where), console)
  const wanted = wantedOf(ids.value, zone)
  if (!wanted.ok) return failed([`error: ${wanted.error}`], console)
  const files = wanted.value.map(({ id, name }) => ({
    id,
    origin: formatName(name.key),
    file: join(folder, fileNameOf(name)),
  }))
  const there = overwrite ? undefined : files.find(({ file }) => existsSync(file))
  if (there) return failed([`error: ${there.file} is there already; expected --overwrite, or another folder`], console)
  const progress = new Progress('reading zones', console)
  const zones = await inTurns(
    files,
    async ({ id, origin, file }) => {
      const rrsets = await read(api, { path: `${base}/${encodeURIComponent(id)}` }, parseRrsets)
      return rrsets.ok ? ok({ origin, file, rrsets: rrsets.value }) : rrsets
    },
    progress.update,
  )
  progress.end()
  if (!zones.ok) return failed(faultLines(zones.error, api.where), console)
  const written = writeAll(folder, zones.value)
  if (!written.ok) return failed([`error: ${written.error}`], console)
  return report(checked(zones.value, compiling, json ? undefined : console), json, console)
}

function failed(lines: readonly string[], console: Console): ExitStatus {
  for (const line of lines) console.err(line)
  return EXIT.FAILED
}

type Listed = { readonly id: string; readonly name: Name }

const idsOf = (api: ApiClient, path: string): Promise<Result<readonly Listed[], Fault>> =>
  read(api, { path }, (body) => {
    if (!Array.isArray(body)) return undefined
    return body.flatMap((zone): Listed[] => {
      if (!isObject(zone) || typeof zone.id !== 'string' || typeof zone.name !== 'string') return []
      const name = parseName(zone.name, ROOT)
      return name.ok ? [{ id: zone.id, name: name.value }] : []
    })
  })

function wantedOf(ids: readonly Listed[], names: readonly string[] | undefined): Result<readonly Listed[]> {
  if (!names) return ids.length > 0 ? ok(ids) : err('that PowerDNS has no zones')
  const found: Listed[] = []
  for (const text of names) {
    const name = parseName(text, ROOT)
    const listed = name.ok ? ids.find((zone) => zone.name.key === name.value.key) : undefined
    if (!listed) return err(`that PowerDNS has no zone "${text}"`)
    found.push(listed)
  }
  return ok(found)
}

type Read = { readonly origin: string; readonly file: string; readonly rrsets: readonly PowerdnsRrset[] }

function writeAll(folder: string, zones: readonly Read[]): Result<true> {
  try {
    mkdirSync(folder, { recursive: true })
    for (const { origin, file, rrsets } of zones) writeFileSync(file, zoneText(origin, rrsets))
    return ok(true)
  } catch (error) {
    return err(`the zones cannot be written: ${(error as Error).message}`)
  }
}

/** Compiles what was written. Findings are printed at once, if there is a console. */
function checked(zones: readonly Read[], compiling: CompileOptions, console: Console | undefined): Imported[] {
  return zones.map(({ origin, file }) => {
    const compiled = compileFile(file, compiling)
    const findings = compiled.ok ? compiled.value.warnings : compiled.error
    if (console) printDiagnostics(findings, console)
    if (compiled.ok) console?.out(summary(compiled.value))
    return { origin, file, findings }
  })
}

function report(zones: readonly Imported[], json: boolean, console: Console): ExitStatus {
  const bad = zones.filter(({ findings }) => findings.some(({ severity }) => severity === 'error'))
  if (json) {
    const all = zones.map(({ findings, ...zone }) => ({ ...zone, findings: findings.map(diagnosticJson) }))
    console.out(JSON.stringify({ zones: all }, null, 2))
  }
  if (bad.length === 0) return EXIT.OK
  const have = bad.length === 1 ? 'has' : 'have'
  console.err(`error: ${bad.length} of ${plural(zones.length, 'zone')} ${have} errors; all files are written`)
  return EXIT.FAILED
}
