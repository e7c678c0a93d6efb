import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { formatName, parseName } from '../../src/dns/index.ts'
import type { ZoneDocument } from '../../src/zone/index.ts'
import { must } from '../unit/support.ts'
import { compileText, fixtureNames, fixturesFolder, readFixture } from '../unit/zonefile/support.ts'

/** Compares files with BIND, whose `named-checkzone -D` prints full records, and checks that Knot reads our output. */

/** Files that BIND refuses or reads differently, with the reason. */
const NOT_FOR_BIND: Readonly<Record<string, string>> = {
  'crlf-bom': 'BIND takes a byte order mark for a name',
  'include-nested': 'BIND looks for $INCLUDE in its working directory, we beside the file that includes',
  'ttl-before-soa': 'BIND wants a TTL to be known before the first record that has none',
  warnings: 'BIND gives an rrset its first TTL, we its smallest',
}

const installed = (tool: string): boolean => {
  try {
    execFileSync('which', [tool], { stdio: 'ignore' })
    return true
  } catch {
    console.warn(`SKIPPED: ${tool} is not installed (Debian: bind9-utils, knot-dnssecutils)`)
    return false
  }
}

const temporary = mkdtempSync(join(tmpdir(), 'zonefile-oracle-'))
afterAll(() => rmSync(temporary, { recursive: true }))

const zones = fixtureNames
  .map((name) => ({ name, text: readFixture(`${name}.zone`), compiled: compileText(readFixture(`${name}.zone`)) }))
  .flatMap(({ name, text, compiled }) => (compiled.ok && !/\bLUA\b/.test(text) ? [{ name, ...compiled.value }] : []))
  // The tools get the zone's name, so files with another name are left out.
  .filter(({ document }) => document.origin === 'example.com.')

/** Returns the records of a document, each on a line. */
function linesOf({ origin, ttl: zoneTtl, soa, records }: ZoneDocument): string[] {
  const { mname, rname, serial, refresh, retry, expire, minimum } = soa
  const lines = [
    `${origin} ${soa.ttl ?? zoneTtl} SOA ${[mname, rname, serial, refresh, retry, expire, minimum].join(' ')}`,
  ]
  for (const [owner, types] of Object.entries(records)) {
    const name = formatName(must(parseName(owner, must(parseName(origin)))))
    for (const [type, rrset] of Object.entries(types)) {
      const { ttl, answer } = Object.assign({ ttl: zoneTtl, answer: rrset }, Object(rrset).answer ? rrset : {})
      for (const text of [answer].flat()) lines.push(`${name} ${ttl} ${type} ${text}`)
    }
  }
  return lines.sort()
}

describe.skipIf(!installed('named-checkzone'))('named-checkzone reads the same', () => {
  test.each(zones.filter(({ name }) => !(name in NOT_FOR_BIND)))('$name', ({ name, document }) => {
    const args = ['-D', '-q', '-i', 'none', '-k', 'ignore', '-o', '-', 'example.com', `${name}.zone`]
    const printed = execFileSync('named-checkzone', args, { cwd: fixturesFolder, encoding: 'utf8' })
    expect(linesOf(must(compileText(printed)).document)).toEqual(linesOf(document))
  })
})

describe.skipIf(!installed('kzonecheck'))('kzonecheck reads our output', () => {
  test.each(zones)('$name', ({ name, document }) => {
    const file = join(temporary, name)
    writeFileSync(file, `${linesOf(document).join('\n')}\n`)
    expect(() => execFileSync('kzonecheck', ['-o', 'example.com', file], { stdio: 'pipe' })).not.toThrow()
  })
})
