import { formatName } from '../dns/index.ts'
import { countProbes } from '../zone/index.ts'
import { type CompileOptions, type Diagnostic, formatDiagnostic } from '../zonefile/index.ts'
import { type CompiledFile, compileFile, plural } from './compile-files.ts'
import { type Console, EXIT, type ExitStatus } from './console.ts'

/** `edge-gslb check FILE…`: errors and warnings on stderr, one line a sound file on stdout. */
export function check(files: readonly string[], console: Console, options: CompileOptions = {}): ExitStatus {
  let status: ExitStatus = EXIT.OK
  for (const file of files) {
    const compiled = compileFile(file, options)
    if (compiled.ok) {
      printWarnings(compiled.value.warnings, console)
      console.out(summary(compiled.value))
    } else {
      printErrors(compiled.error, console)
      status = EXIT.FAILED
    }
  }
  return status
}

export function printErrors(diagnostics: readonly Diagnostic[], console: Console): void {
  for (const diagnostic of diagnostics) console.err(formatDiagnostic(diagnostic))
}

export function printWarnings(warnings: readonly Diagnostic[], console: Console): void {
  for (const warning of warnings) {
    console.err(formatDiagnostic({ ...warning, message: `warning: ${warning.message}` }))
  }
}

/**
 * `zones/example.com.zone: example.com. serial 2023122101, 5 names, 6 rrsets, 4 targets`; names that own records are
 * counted, and what is probed.
 */
export function summary({ file, zone }: CompiledFile): string {
  const owners = [...zone.nodes.values()].filter((node) => node.rrsets.length > 0)
  const rrsets = owners.reduce((sum, node) => sum + node.rrsets.length, 0)
  const targets = countProbes(zone)
  const probed = targets > 0 ? `, ${plural(targets, 'target')}` : ''
  const size = `${plural(owners.length, 'name')}, ${plural(rrsets, 'rrset')}${probed}`
  return `${file}: ${formatName(zone.origin)} serial ${zone.serial}, ${size}`
}
