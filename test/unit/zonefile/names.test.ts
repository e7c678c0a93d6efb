import { describe, expect, test } from 'vitest'
import { parseName } from '../../../src/dns/index.ts'
import { fileNameOf, formatDiagnostic, zoneOfFileName } from '../../../src/zonefile/index.ts'
import { must } from '../support.ts'
import { compileText } from './support.ts'

/** Tests which zone a file is for: by its name, `$ORIGIN`, and the SOA. */

const SOA = 'SOA ns.example.net. h.example.net. 1 1 1 1 1\n  NS ns.example.net.\n'

const outcome = (text: string, file: string) => {
  const compiled = compileText(`$TTL 300\n${text}`, file)
  if (!compiled.ok) return compiled.error.map((error) => formatDiagnostic(error))
  const { document, warnings } = compiled.value
  return [document.origin, ...warnings.map(formatDiagnostic)]
}

describe('the name of a file', () => {
  test.each([
    ['example.com', 'example.com.'],
    ['example.com.zone', 'example.com.'],
    ['db.example.com', 'example.com.'],
    ['example.com.db', 'example.com.'],
    ['example.com.dns', 'example.com.'],
    ['example.com.zone.signed', 'example.com.'],
    ['db.example.com.zone', 'db.example.com.'],
    ['example.zone.zone', 'example.zone.'],
    ['pri.example.com', 'example.com.'],
    ['0-25.2.0.192.in-addr.arpa.zone', '0-25.2.0.192.in-addr.arpa.'],
    ['zones/0%2f25.2.0.192.in-addr.arpa.zone', '0/25.2.0.192.in-addr.arpa.'],
    ['zones/0%2F25.2.0.192.in-addr.arpa.zone', '0/25.2.0.192.in-addr.arpa.'],
    ['zones/0=2F25.2.0.192.in-addr.arpa.zone', '0/25.2.0.192.in-addr.arpa.'],
    ['zones/0\\04725.2.0.192.in-addr.arpa.zone', '0/25.2.0.192.in-addr.arpa.'],
    ['zones\\100.168.192.in-addr.arpa.zone', '100.168.192.in-addr.arpa.'],
    ['a%5Fb.example.zone', 'a_b.example.'],
  ])('%s', (file, origin) => {
    expect(outcome(`@ ${SOA}`, file)).toEqual([origin])
  })

  test.each([
    [
      '192.168.1.zone',
      "the file's name does not name its zone; expected one like 2.0.192.in-addr.arpa.zone, or $ORIGIN with the zone before the SOA",
    ],
    [
      'db.127',
      "the file's name does not name its zone; expected one like 2.0.192.in-addr.arpa.zone, or $ORIGIN with the zone before the SOA",
    ],
    [
      `${'%2F'.repeat(64)}.zone`,
      'the file is not named after a zone; expected a name like example.com.zone, or 0%2F25.2.0.192.in-addr.arpa.zone',
    ],
  ])('%s names no zone', (file, message) => {
    expect(outcome(`@ ${SOA}`, file)).toEqual([`${file}:1:1: ${message}`])
  })
})

describe('$ORIGIN and the SOA', () => {
  const suspect = (file: string, found: string, place = '3:1') =>
    `example.com.zone:${place}: warning: the file is named after the zone ${file}, but its $ORIGIN and SOA name ${found}; expected a file named ${found}zone`
  const elsewhere = (found: string) =>
    `the SOA is at ${found}, but the file's name makes the zone example.com.; expected the SOA at example.com., or a file named ${found}zone`

  test.each<[string, string, string, string[]]>([
    [
      '$ORIGIN names the zone',
      `$ORIGIN example.org.\n@ ${SOA}www A 192.0.2.1\n`,
      'example.com.zone',
      ['example.org.', suspect('example.com.', 'example.org.')],
    ],
    ['the owner below $ORIGIN does', `$ORIGIN com.\nexample ${SOA}`, 'example.com.zone', ['example.com.']],
    [
      'a dump that begins at the root',
      `$ORIGIN .\nexample.org ${SOA}$ORIGIN example.org.\nwww A 192.0.2.1\n`,
      'example.com.zone',
      ['example.org.', suspect('example.com.', 'example.org.')],
    ],
    [
      'a relative $ORIGIN is below the name of the file',
      `$ORIGIN sub\n@ ${SOA}www A 192.0.2.1\n`,
      'example.com.zone',
      ['sub.example.com.', suspect('example.com.', 'sub.example.com.')],
    ],
    [
      'an owner with the whole name',
      `$ORIGIN example.net.\nexample.org. ${SOA}`,
      'example.com.zone',
      ['example.org.', suspect('example.com.', 'example.org.')],
    ],
    ['a name of a file that tells nothing', `$ORIGIN example.org.\n@ ${SOA}`, 'zonefile', ['example.org.']],
    ['a file without a name', `$ORIGIN 0/25.2.0.192.in-addr.arpa.\n@ ${SOA}`, '.zone', ['0/25.2.0.192.in-addr.arpa.']],
    [
      'an absolute SOA, where the name of the file tells nothing',
      `example.org. ${SOA}www A 192.0.2.1\n`,
      'zonefile',
      ['example.org.'],
    ],
    [
      'an absolute SOA, where the name of the file tells another zone',
      `example.org. ${SOA}`,
      'example.com.zone',
      [`example.com.zone:2:1: ${elsewhere('example.org.')}`],
    ],
    [
      'an SOA elsewhere than the $ORIGIN that the file is named after',
      `$ORIGIN example.com.\nwww ${SOA}`,
      'example.com.zone',
      [`example.com.zone:3:1: ${elsewhere('www.example.com.')}`],
    ],
    [
      'a relative SOA without $ORIGIN',
      `www ${SOA}`,
      'example.com.zone',
      [`example.com.zone:2:1: ${elsewhere('www.example.com.')}`],
    ],
    [
      '$ORIGIN after the SOA names nothing',
      `@ ${SOA}$ORIGIN sub\nwww A 192.0.2.1\n`,
      'example.com.zone',
      ['example.com.'],
    ],
  ])('%s', (_, text, file, expected) => {
    expect(outcome(text, file)).toEqual(expected)
  })

  test('an included SOA: $ORIGIN names the zone', () => {
    const include = () => ({ ok: true, value: { file: 'soa.inc', text: `@ ${SOA}` } }) as const
    const { document } = must(compileText('$TTL 300\n$ORIGIN example.org.\n$INCLUDE soa.inc\n', 'zonefile', include))
    expect(document.origin).toBe('example.org.')
  })
})

test('the root is a zone, whose name is not written twice', () => {
  const text = `${SOA}net NS ns.example.net.\nns.example.net. A 192.0.2.53\n`
  expect(outcome(`. ${text}`, '..zone')).toEqual(['.'])
  expect(outcome(`$ORIGIN .\n@ ${text}`, 'zonefile')).toEqual(['.'])
  const missing = 'NS leads to ns.example.net., which the zone does not have; expected a name that it has'
  expect(outcome(`. ${SOA}`, '..zone')).toEqual(['.', `..zone:3:3: warning: ${missing}`])
})

describe('a copy of a zone file', () => {
  test.each(['bak', 'new', 'old', 'orig', '2026-11-01', '1'])('.%s: a warning that it makes another zone', (ending) => {
    const file = `example.com.zone.${ending}`
    const expected = 'expected a file named example.com.zone, or $ORIGIN with the zone before the SOA'
    expect(outcome(`@ ${SOA}`, file)).toEqual([
      `${file}.`,
      `${file}:1:1: warning: the file's name makes the zone ${file}.; ${expected}`,
    ])
  })

  test.each(['example.com.zone~', 'db/example.com.db.~1~'])('%s: a warning', (file) => {
    expect(outcome(`@ ${SOA}`, file)[1]).toContain("the file's name makes the zone")
  })

  test('with $ORIGIN it is of the zone that it names', () => {
    expect(outcome(`$ORIGIN example.com.\n@ ${SOA}`, 'example.com.zone.bak')[0]).toBe('example.com.')
  })

  test.each(['my.zone.example', 'a.new', 'zone.save', 'db.2.0.192.in-addr.arpa'])('%s is none', (file) => {
    expect(outcome(`@ ${SOA}`, file)).toHaveLength(1)
  })
})

describe('the origin of a zone document', () => {
  const document = (origin: string): string =>
    JSON.stringify({
      origin,
      ttl: 60,
      soa: { mname: 'ns', rname: 'h', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
      records: { '@': { NS: 'ns.example.net.' } },
    })
  test.each<[string, string, string[]]>([
    ['example.com', 'example.com.json', []],
    ['EXAMPLE.com.', 'example.com.json', []],
    ['example.com', 'zone.json', []],
    ['0/25.2.0.192.in-addr.arpa', '0%2F25.2.0.192.in-addr.arpa.json', []],
    [
      'example.org',
      'example.com.json',
      [
        `example.com.json:1:11: warning: the file is named after the zone example.com., but "origin" is example.org.; expected the same in both`,
      ],
    ],
  ])('%s in %s', (origin, file, warnings) => {
    expect(must(compileText(document(origin), file)).warnings.map(formatDiagnostic)).toEqual(warnings)
  })
})

test.each(['.', 'example.com.', 'a/b.', 'a\\032b.example.', 'a\\.b.example.', '\\"x\\\\.', '\\000\\255.'])(
  'the file that is named for the zone %s is of that zone',
  (origin) => {
    const zone = must(parseName(origin))
    expect(must(zoneOfFileName(fileNameOf(zone))).name.key).toBe(zone.key)
  },
)

describe('a second SOA', () => {
  test('counts once if it is equal', () => {
    expect(outcome(`@ ${SOA}www A 192.0.2.1\n@ ${SOA.split('\n')[0]}\n`, 'example.com.zone')).toEqual(['example.com.'])
  })

  test('is an error if it differs', () => {
    const other = SOA.replace(' 1 1 1 1 1', ' 2 1 1 1 1').split('\n')[0]
    expect(outcome(`@ ${SOA}@ ${other}\n`, 'example.com.zone')).toEqual([
      'example.com.zone:4:3: a second SOA; expected one alone, and there is one at example.com.zone:2',
    ])
  })
})
