import { describe, expect, test } from 'vitest'
import { exportedOf } from '../lua/export-support.ts'
import { must } from '../support.ts'
import { compileCorpus, corpusFiles, questionsOf, readCorpus } from './corpus-support.ts'

const ABSENT = 'which the zone does not have; expected a name that it has'

/** Warnings and advice that the files get on purpose, by line. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'delegation.example.zone': ['18: DS has the digest SHA-1, which RFC 8624 forbids; expected digest 2'],
  'computed-target.example.zone': [
    '6: the query decides what ifportup probes, so that it is known from the first query on only; expected addresses that stand in the zone',
  ],
  'dkim-lua.example.zone': ['9: a string of 410 octets is cut into several; expected at most 255 in each'],
  'gslb-by-name.example.zone': [
    '12: the query decides what ifurlup probes, so that it is known from the first query on only; expected addresses that stand in the zone',
  ],
  'gslb-closest.example.zone': [
    "6: the answer depends on the client's location (and 2 more); expected a geo database for clients with ECS: npx edge-gslb geo put FILE.mmdb; without it all addresses are equally near to pickclosest",
  ],
  'gslb-country.example.zone': [
    "6: the answer depends on the client's location (and 4 more); expected a geo database for clients with ECS: npx edge-gslb geo put FILE.mmdb",
  ],
  'lists-as-options.example.zone': [
    "6: ifportup ignores a list in place of its options; expected ifportup(443, {'192.0.2.1', '192.0.2.2'}[, {selector='all'}])",
  ],
  'google-verify.example.zone': [
    '14: words without quotes are strings of their own, which are read without spaces between them; expected "…" around the text',
  ],
  'hashed.example.zone': [
    ...['mx1', 'mx2'].map((name) => `8: MX leads to ${name}.hashed.example., ${ABSENT}`),
    ...['sip1', 'sip2'].map((name) => `9: SRV leads to ${name}.hashed.example., ${ABSENT}`),
    ...['one', 'two'].map((name) => `10: PTR leads to ${name}.hashed.example., ${ABSENT}`),
  ],
  'lua-types.example.zone': [`10: MX leads to mail.lua-types.example., ${ABSENT}`],
  'mail-dkim.example.zone': ['20: a string of 410 octets is cut into several; expected at most 255 in each'],
  'mixed-case.example.zone': ['8: api is written Api before, and is the same name; expected one spelling (RFC 4343)'],
  'octodns.example.zone': [
    "6: the answer depends on the client's location; expected a geo database for clients with ECS: npx edge-gslb geo put FILE.mmdb",
  ],
  'octodns-line.example.zone': [
    "6: the answer depends on the client's location; expected a geo database for clients with ECS: npx edge-gslb geo put FILE.mmdb",
  ],
  'split-horizon.example.zone': [
    '13: other IPv4 clients and IPv6 clients are in none of the networks and get SERVFAIL; expected a last rule for 0.0.0.0/0 and ::/0',
  ],
  'transfer.example.axfr': [
    '18: \\032space.transfer.example. has a space in it; expected a name without, which clients can ask for',
  ],
}

const COMMENTED: ReadonlySet<string> = new Set(['octodns.example.zone'])

/** Addresses of loopback stand for public ones, so that they can be probed where the tests run. */
const LOOPBACK = /^no deployed Worker can probe (127\.|\[::1\])/

describe('a corpus of zone files like those that people publish', () => {
  test('has at least sixty files', () => {
    expect(corpusFiles.length).toBeGreaterThanOrEqual(60)
  })

  test.each(corpusFiles)('%s compiles with no other warnings than those expected', (file) => {
    const compiled = compileCorpus(file)
    expect(compiled.ok ? [] : compiled.error).toEqual([])
    const { warnings } = must(compiled)
    const others = warnings.filter(({ message }) => !LOOPBACK.test(message))
    expect(others.map(({ line, message }) => `${line}: ${message}`)).toEqual(EXPECTED[file] ?? [])
  })

  test.each(corpusFiles)('%s has names to ask for', (file) => {
    const { document } = must(compileCorpus(file))
    expect(questionsOf(readCorpus(file), document).length).toBeGreaterThan(3)
  })

  test.each(corpusFiles)('%s is exported, and reads back as the same zone', (file) => {
    const { document } = must(compileCorpus(file))
    const text = exportedOf(document)
    const again = must(compileCorpus(`${document.origin.replace(/\.$/, '').replace('/', '%2F')}.zone`, text)).document
    expect(exportedOf(again)).toBe(text)
    // Code of several lines is written in one, without its comments.
    if (!COMMENTED.has(file)) expect(again).toEqual(document)
  })
})
