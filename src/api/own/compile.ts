import { formatName } from '../../dns/index.ts'
import { err, type Result } from '../../result.ts'
import {
  type CompiledSource,
  type CompileOptions,
  compileDocument,
  compileSource,
  type Diagnostic,
  diagnosticJson,
  fileNameOf,
  type Include,
  type LocatedJson,
} from '../../zonefile/index.ts'
import type { PathZone } from './zone-path.ts'

/** A finding as the API tells it, with its place in what was sent. Line and column count from 1. */
export type Found = {
  readonly line: number
  readonly column: number
  readonly message: string
  readonly expected: string
}

/** A zone as it was sent: the text of a zone file, the text of a document, or a document that is part of a request. */
export type SentZone =
  | { readonly form: 'zone file' | 'document'; readonly text: string }
  | { readonly form: 'part'; readonly located: LocatedJson }

/** Compiles a zone that was sent, which has to be the one of the path. */
export function compileSent(
  sent: SentZone,
  zone: PathZone,
  options: CompileOptions,
): Result<CompiledSource, readonly Diagnostic[]> {
  const compiled = compiledOf(sent, zone, options)
  if (!compiled.ok || compiled.value.zone.origin.key === zone.name.key) return compiled
  const message = `the zone is ${formatName(compiled.value.zone.origin.key)}; expected ${zone.origin}`
  const start = sent.form === 'part' ? sent.located.locate(['origin']) : { file: '', line: 1, column: 1 }
  return err([{ ...start, severity: 'error', message }])
}

function compiledOf(sent: SentZone, { name }: PathZone, options: CompileOptions) {
  // The name of the file says which zone a master file is of.
  const file = fileNameOf(name)
  switch (sent.form) {
    case 'zone file':
      return compileSource({ file, text: sent.text }, NO_FILES, options)
    case 'document':
      return compileSource({ file: file.replace(/zone$/, 'json'), text: sent.text }, NO_FILES, options)
    case 'part':
      return compileDocument('', sent.located, options)
  }
}

const NO_FILES: Include = (path) =>
  err(`there are no files beside a zone that is sent, so that ${path} is not there; expected its records in the zone`)

export const foundIn = (diagnostic: Diagnostic): Found => {
  const { line, column, message, expected } = diagnosticJson(diagnostic)
  return { line, column, message, expected }
}

/** Returns a part of a JSON text. @param path leads to a value that is there */
export const partOf = ({ value, locate }: LocatedJson, path: readonly string[]): LocatedJson => ({
  value: path.reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>>)[key], value),
  locate: (inside) => locate([...path, ...inside]),
})
