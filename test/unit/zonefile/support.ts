import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Result } from '../../../src/result.ts'
import { type CompiledSource, compileSource, type Diagnostic, type Include } from '../../../src/zonefile/index.ts'

export const fixturesFolder = fileURLToPath(new URL('../../fixtures/zonefile', import.meta.url))

/** The zone files among the fixtures: each is read as example.com.zone. */
export const fixtureNames = readdirSync(fixturesFolder)
  .filter((file) => file.endsWith('.zone'))
  .map((file) => file.slice(0, -'.zone'.length))

export const readFixture = (file: string): string => readFileSync(join(fixturesFolder, file), 'utf8')

/** Reads below the fixtures' folder, as the command reads below a zone file's. */
const includeFixture: Include = (path, from) => {
  const file = normalize(join(dirname(from), path))
  if (file.startsWith('..')) return { ok: false, error: "outside the zone file's folder; expected a file below it" }
  try {
    return { ok: true, value: { file, text: readFixture(file) } }
  } catch {
    return { ok: false, error: 'no such file; expected one that exists' }
  }
}

export const compileText = (
  text: string,
  file = 'example.com.zone',
  include = includeFixture,
): Result<CompiledSource, readonly Diagnostic[]> => compileSource({ file, text }, include)

/** As a fixture has it: without the name of the main file. */
export const brief = ({ file, line, column, message }: Diagnostic): string =>
  `${file === 'example.com.zone' ? '' : `${file}:`}${line}:${column}: ${message}`

export const HEAD = '$TTL 300\n@ SOA ns.example.net. hostmaster 1 1h 15m 1w 5m\n  NS ns.example.net.\n'
