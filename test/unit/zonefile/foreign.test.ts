import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { textOfOctets } from '../../../src/zonefile/index.ts'
import { must } from '../support.ts'
import { brief, compileText } from './support.ts'

/** Zone files in the manner of other servers and providers, each under the name that it has there. */
const FOLDER = new URL('../../fixtures/foreign/', import.meta.url)

const cut = (octets: number): string => `a string of ${octets} octets is cut into several; expected at most 255 in each`

const CASES: readonly (readonly [fixture: string, file: string, origin: string, names: number, warnings: string[]])[] =
  [
    [
      'cloudflare.txt',
      'example.com.txt',
      'example.com.',
      5,
      [
        '11:1: the SOA is at example.com.example.com., and is used as that of example.com.; expected example.com. with its final dot',
        `32:38: ${cut(410)}`,
      ],
    ],
    ['compilezone.txt', 'zone.txt', 'example.com.', 4, []],
    ['cpanel.db', 'example.com.db', 'example.com.', 7, []],
    ['debian-local.txt', 'db.local', 'local.', 1, []],
    ['google.txt', 'records.txt', 'example.com.', 2, []],
    ['hetzner.txt', 'example.com.txt', 'example.com.', 3, []],
    ['include-of-keys.txt', 'db.2001', '1.0.0.2.ip6.arpa.', 2, []],
    ['knot-dump.txt', 'example.com', 'example.com.', 3, []],
    ['pdnsutil-list-zone.txt', 'zone.txt', 'example.com.', 4, [`6:28: ${cut(298)}`]],
    ['plesk.txt', 'example.com', 'example.com.', 7, []],
    ['rfc2317.txt', '0%2F25.2.0.192.in-addr.arpa.zone', '0/25.2.0.192.in-addr.arpa.', 127, []],
    ['route53.txt', 'example.com.txt', 'example.com.', 5, []],
    ['slave.txt', 'db.example.com', 'example.com.', 5, []],
    ['windows.dns', 'example.com.dns', 'example.com.', 6, []],
  ]

/** Files that are signed already, with the places of the first record of each type that says so. */
const SIGNED: readonly (readonly [fixture: string, file: string, types: readonly string[]])[] = [
  ['axfr.txt', 'axfr.txt', ['6:23: RRSIG', '7:20: NSEC3PARAM', '16:56: NSEC3']],
  ['ldns-signed.txt', 'example.com.zone.signed', ['2:22: RRSIG', '6:23: NSEC']],
]

describe('zone files of other servers and providers', () => {
  test.each(SIGNED)('%s is refused: it is signed already', (fixture, file, types) => {
    const text = textOfOctets(readFileSync(new URL(fixture, FOLDER)))
    const compiled = compileText(text, file)
    const errors = compiled.ok ? [] : compiled.error.map((error) => brief(error).replace(`${file}:`, ''))
    expect(errors.map((error) => error.split(': ').slice(0, 2).join(': '))).toEqual(types)
    for (const error of errors) expect(error).toMatch(/"ldns-read-zone -s".*"edge-gslb dnssec import"/)
    // DNSKEY alone says nothing of how the zone is signed.
    const plain = text.split('\n').filter((line) => !/\s(RRSIG|NSEC|NSEC3|NSEC3PARAM)\s/.test(line.replace(/;.*/, '')))
    expect(compileText(plain.join('\n'), file).ok).toBe(true)
  })

  test.each(CASES)('%s as %s', (fixture, file, origin, names, warnings) => {
    const { document, warnings: found } = must(compileText(textOfOctets(readFileSync(new URL(fixture, FOLDER))), file))
    expect([document.origin, Object.keys(document.records).length]).toEqual([origin, names])
    expect(found.map((warning) => brief(warning).replace(`${file}:`, ''))).toEqual(warnings)
  })

  test('all fixtures are read', () => {
    expect([...CASES, ...SIGNED].map(([fixture]) => fixture).sort()).toEqual(readdirSync(FOLDER).sort())
  })
})
