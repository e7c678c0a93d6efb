import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseRdataText, parseType, typeName } from '../../src/dns/index.ts'
import type { Zone, ZoneDocument } from '../../src/zone/index.ts'
import { compileSource } from '../../src/zonefile/index.ts'
import { exportedOf } from '../unit/lua/export-support.ts'
import { hex, must, zoneOf } from '../unit/support.ts'
import { zoneText } from '../unit/zone/arbitraries.ts'
import { compileText, fixtureNames, readFixture } from '../unit/zonefile/support.ts'
import { type Engine, startEngine } from './engine.ts'
import { type Ask, askUdp, summary } from './messages.ts'
import { type PowerDns, startPowerDns } from './pdns.ts'
import { pooled, run, temporaryFolder } from './processes.ts'
import { testZones } from './server.ts'
import { needs, PYTHON, pathOf } from './tools.ts'

/** Other servers read exported zones, and other resolvers read our records. */

const folder = temporaryFolder()
afterAll(() => folder.remove())

const file = (name: string, text: string): string => {
  const path = join(folder.path, name)
  writeFileSync(path, text)
  return path
}
const exportOf = (document: ZoneDocument): string => exportedOf(document)
const documentOf = (text: string): ZoneDocument => must(compileText(text)).document

/** Zones with every type that is not specific to PowerDNS, including the reader's fixtures. */
const generated = fc.sample(zoneText({ lua: false, alias: false }), { numRuns: 60, seed: 3 })
const fixtures = fixtureNames.map((name) => readFixture(`${name}.zone`))
const zones = [...fixtures, ...generated]
  .filter((text) => !/\bLUA\b/.test(text) && !text.startsWith('\ufeff') && !/\$INCLUDE/.test(text))
  .filter((text) => {
    const compiled = compileText(text)
    return compiled.ok && compiled.value.document.origin === 'example.com.'
  })
  .map((text, i) => ({ name: `${i}`, text }))

const tool = (name: string, args: readonly string[]): string =>
  execFileSync(pathOf(name) ?? name, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** Returns one full record on each line, like BIND. */
const bindsCanonical = (path: string): string[] =>
  tool('named-compilezone', ['-q', '-i', 'none', '-k', 'ignore', '-s', 'full', '-o', '-', 'example.com', path])
    .trim()
    .split('\n')

needs('named-checkzone')('BIND', () => {
  test.each(zones)('accepts the zone $name', ({ name, text }) => {
    const path = file(`${name}.zone`, exportOf(documentOf(text)))
    expect(() => tool('named-checkzone', ['-q', '-i', 'none', '-k', 'ignore', 'example.com', path])).not.toThrow()
  })

  test.each(zones)('prints the zone $name like the original file', ({ name, text }) => {
    // BIND requires a TTL before the first record.
    const before = text.startsWith('$TTL') ? text : `$TTL 300\n${text}`
    const ours = bindsCanonical(file(`${name}.zone`, exportOf(documentOf(before))))
    const theirs = bindsCanonical(file(`${name}.before`, before))
    expect(ours.map(withoutTtl)).toEqual(theirs.map(withoutTtl))
  })

  test('prints the data of each record as our canonical text', () => {
    const seen = new Set<string>()
    for (const { name, text } of zones) {
      for (const line of bindsCanonical(file(`${name}.zone`, exportOf(documentOf(text))))) {
        const [, type = '', data = ''] = /^\S+\s+\d+\s+IN\s+(\S+)\s+(.*)$/.exec(line) ?? []
        const number = must(parseType(type))
        const ours = must(parseRdataText(number, data)).text
        seen.add(typeName(number))
        expect(joined(type, ours), line).toBe(joined(type, differently(data)))
      }
    }
    expect(seen.size).toBeGreaterThan(28)
  })
})

/** BIND uses the first TTL of several, we use the smallest. White space depends on the length of the owner. */
const withoutTtl = (line: string): string => line.replace(/^(\S+)\s+\d+\s+IN\s+(\S+)\s+/, '$1 $2 ')

/** BIND breaks long data into several words. */
const BROKEN = /^(DS|CDS|DNSKEY|CDNSKEY|SSHFP|TLSA|SMIMEA|OPENPGPKEY|CERT|TYPE\d+)$/
const joined = (type: string, data: string): string => (BROKEN.test(type) ? data.replace(/\s+/g, '') : data)

/**
 * Returns our text if it differs on purpose: data that Knot cannot read, and RFC 3597 data, which we write in lower
 * case.
 */
const differently = (data: string): string =>
  data
    .replace(/^(\S+ \d+) NSEC3DSA /, '$1 6 ')
    .replace(/^(\S+ \d+) NSEC3RSASHA1 /, '$1 7 ')
    .replace(/^(\S+ \d+) ECCGOST /, '$1 12 ')
    .replace(/^\\#.*$/, (generic) => generic.toLowerCase())

needs('kzonecheck')('Knot', () => {
  test.each(zones)('accepts the zone $name', ({ name, text }) => {
    const path = file(`${name}.zone`, exportOf(documentOf(text)))
    expect(() => tool('kzonecheck', ['-o', 'example.com', path])).not.toThrow()
  })
})

// --- The records on the wire -----------------------------------------------------------------------------------------

const FIXTURES = new URL('../fixtures/rdata/', import.meta.url)
/** The canonical texts of each type, with their octets. */
const records = readdirSync(FIXTURES).flatMap((name) => {
  const { right } = JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8')) as { right: [string, string, string][] }
  const type = name.replace('.json', '')
  return [...new Map(right.map(([, wire, text]) => [text, { type, wire, text }])).values()]
})
/**
 * Records at separate names; SOA, CNAME, DNAME and similar types are at names where nothing else affects the answer.
 */
const served = records
  .filter(({ type }) => !['SOA', 'NS', 'DS'].includes(type))
  .map((record, i) => ({ ...record, owner: `r${i}` }))

let engine: Engine
beforeAll(async () => {
  const zone = zoneOf({
    '@': { NS: 'ns' },
    ...Object.fromEntries(served.map(({ owner, type, text }) => [owner, { [type]: text }])),
  })
  engine = await startEngine([zone])
})
afterAll(() => engine?.stop())

needs('dig')('dig', () => {
  const dig = async (owner: string, type: string): Promise<string> => {
    const args = ['@127.0.0.1', '-p', `${engine.port}`, '+nocookie', '+noall', '+answer', '+ignore', '+nosplit']
    const { stdout } = await run('dig', [...args, `${owner}.example.com`, type])
    return /\sIN\s+\S+\s+(.*)\n/.exec(stdout)?.[1] ?? stdout
  }
  test.each(served)('reads $type $text', async ({ owner, type, text }) => {
    const number = must(parseType(type))
    const data = await dig(owner, `TYPE${number}`)
    // dig prints unknown types in RFC 3597 form, and some types in a special form.
    const ours =
      data.startsWith('\\#') || OTHERWISE.has(type) ? must(parseRdataText(number, data)).text : differently(data)
    expect(ours).toBe(text)
  })
})

/** Types whose text differs in dig: two spaces in A6, no leading zeros in the others. */
const OTHERWISE = new Set(['A6', 'NID', 'L64'])

const READ = `
import json, sys, dns.rdata, dns.rdataclass
out = []
for type, wire, text in json.load(sys.stdin):
    wire = bytes.fromhex(wire)
    rdata = dns.rdata.from_wire(dns.rdataclass.IN, type, wire, 0, len(wire))
    if isinstance(rdata, dns.rdata.GenericRdata):
        out.append(None)
        continue
    again = dns.rdata.from_text(dns.rdataclass.IN, type, text)
    out.append([rdata.to_wire().hex(), again.to_wire().hex()])
json.dump(out, sys.stdout)
`

needs('dnspython')('dnspython', () => {
  test('reads the octets, and our canonical text, of every record', async () => {
    // dnspython 2.3 accepts no parameters in AliasMode, and keeps the root in NAPTR and ALIAS.
    const known = records.filter(({ type, text }) => type !== 'ALIAS' && !(type === 'SVCB' && /^0 \S+ ./.test(text)))
    const rows = known.map(({ type, text }) => {
      const rdata = must(parseRdataText(must(parseType(type)), text))
      return [must(parseType(type)), hex(rdata.bytes), text]
    })
    const { stdout, stderr } = await run(PYTHON, ['-c', READ], JSON.stringify(rows))
    expect(stderr).toBe('')
    // null marks a type without a text form in dnspython.
    const read: unknown[] = JSON.parse(stdout)
    expect(read.filter((row) => row !== null).length).toBeGreaterThan(100)
    expect(read).toEqual(known.map(({ wire }, i) => read[i] && [wire, wire]))
  })
})

// --- PowerDNS --------------------------------------------------------------------------------------------------------

const NAMES = `view first nomatch hashed whashed view-hashed to-hashed to to-none to-wild to-other
  x.steer x.goto all sample-none sample-all mixed two literal list empty twice no-masks text escapes mx srv ptr unknown`
const CLIENTS = ['10.1.2.3/32', '11.0.0.1/32', '192.0.2.7/32', '203.0.113.9/32', '2001:db8::1/128', '2a00::1/128']

needs('pdns_server')('PowerDNS', () => {
  let pdns: PowerDns
  let ours: Ask
  let theirs: Ask
  let own: Engine
  beforeAll(async () => {
    const { 'oracle.example.zone': oracle = '', 'second.example.zone': second = '' } = testZones()
    const compiled = [
      must(compileText(oracle, 'oracle.example.zone')),
      must(compileText(second, 'second.example.zone')),
    ]
    const [first, other] = compiled.map(({ document }) => exportOf(document)) as [string, string]
    pdns = await startPowerDns({ 'oracle.example.zone': first, 'second.example.zone': other })
    own = await startEngine(compiled.map(({ zone }): Zone => zone))
    ours = askUdp(own.port)
    theirs = askUdp(pdns.port)
  })
  afterAll(async () => {
    own?.stop()
    await pdns?.stop()
  })

  test.each(NAMES.trim().split(/\s+/))('reads the exported LUA of %s like us', async (name) => {
    const questions = CLIENTS.flatMap((subnet) =>
      ['A', 'AAAA', 'TXT', 'MX', 'SRV', 'PTR', 'UNKNOWN_65280'].map((type) => ({ type, subnet })),
    )
    const ask = (server: Ask) =>
      pooled(questions, async ({ type, subnet }) => summary(await server(`${name}.oracle.example`, type, { subnet })))
    const plain = (lines: readonly string[]) => lines.map((line) => (line === 'SERVFAIL aa' ? 'SERVFAIL' : line))
    expect(await ask(ours)).toEqual((await ask(theirs)).map(plain))
  })

  /** Policies with all possible answers; `null` is SERVFAIL. PowerDNS 4.7 lacks pickchashed and picknamehashed. */
  const view = { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: ['192.0.2.1', '192.0.2.2'] }] }
  const three = [1, 2, 4].map((weight) => ({ weight, answer: `192.0.2.${weight}` }))
  const DOCUMENT: Readonly<Record<string, unknown>> = {
    lists: { kind: 'hashed', of: [['192.0.2.1', '192.0.2.2'], '192.0.2.3', []] },
    view,
    networks: { kind: 'networks', networks: { '10.0.0.0/8': [], '10.1.0.0/16': view }, otherwise: '192.0.2.3' },
    weights: { kind: 'weighted-hashed', members: [...three, { weight: 9, answer: view }] },
    code: { kind: 'hashed', of: [{ kind: 'lua', code: ";return {'192.0.2.7'} -- x" }, '192.0.2.8'] },
    nested: {
      kind: 'view',
      rules: [{ networks: ['0.0.0.0/1'], answer: { kind: 'hashed', of: [[], view] } }],
      otherwise: [],
    },
    fixed: { kind: 'pool', select: 'first', count: 2, members: ['192.0.2.1', ['192.0.2.2', '192.0.2.3'], '192.0.2.4'] },
  }
  const DRAWN: Readonly<Record<string, unknown>> = {
    sample: { kind: 'weighted', count: 2, members: three },
    random: { kind: 'random', count: 2, of: [['192.0.2.1', '192.0.2.5'], '192.0.2.2', []] },
    multi: { kind: 'pool', select: 'weighted-multi', members: three },
    mixed: { kind: 'weighted', members: [{ weight: 1, answer: ['192.0.2.1', '192.0.2.2'] }, ...three] },
  }
  const soa = { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
  const recordsOf = (answers: object) => Object.fromEntries(Object.entries(answers).map(([name, A]) => [name, { A }]))
  const json = {
    origin: 'json.example',
    ttl: 60,
    soa,
    records: { '@': { NS: 'ns' }, ...recordsOf({ ...DOCUMENT, ...DRAWN }) },
  }

  test('answers every exported choice of a document like us', async () => {
    const include = () => ({ ok: false, error: '' }) as const
    const source = { file: 'json.example.json', text: JSON.stringify(json) }
    const { document, zone } = must(compileSource(source, include))
    const engine = await startEngine([zone])
    const peer = await startPowerDns({ 'json.example.zone': exportOf(document) })
    try {
      const [mine, other] = [askUdp(engine.port), askUdp(peer.port)]
      const ask = async (server: Ask, name: string, subnet: string) =>
        summary(await server(`${name}.json.example`, 'A', { subnet })).map((line) =>
          line.replace('SERVFAIL aa', 'SERVFAIL'),
        )
      for (const name of Object.keys(DOCUMENT)) {
        for (const subnet of CLIENTS)
          expect([name, subnet, await ask(mine, name, subnet)]).toEqual([name, subnet, await ask(other, name, subnet)])
      }
      // Both draw from the same few answers.
      for (const name of Object.keys(DRAWN)) {
        const seen = async (server: Ask) => {
          const answers = await Promise.all(Array.from({ length: 200 }, () => ask(server, name, '10.1.2.3/32')))
          return [...new Set(answers.map((lines) => lines.join()))].sort()
        }
        const [ours, theirs] = [await seen(mine), await seen(other)]
        expect([name, ours]).toEqual([name, theirs])
        expect(ours.length).toBeGreaterThan(2)
      }
    } finally {
      engine.stop()
      await peer.stop()
    }
  })

  test('reads exported health functions: every answer is a possible one', async () => {
    const { document } = must(compileText(readFixture('lua-health.zone'), 'health.example.zone'))
    const health = await startPowerDns({ 'health.example.zone': exportOf(document) })
    try {
      // No target in 192.0.2.0/24 is up, so only the backup can answer.
      // "url" has options that PowerDNS 4.7 rejects.
      for (const name of ['port', 'ext', 'both', 'by']) {
        const [head, ...records] = summary(
          await askUdp(health.port)(`${name}.health.example`, 'A', { subnet: '10.1.2.3/32' }),
        )
        expect(head, name).toBe('NOERROR aa')
        expect(records.length, name).toBeGreaterThan(0)
        for (const record of records) expect(record, name).toMatch(/ A 192\.0\.2\.[129]$/)
      }
    } finally {
      await health.stop()
    }
  })
})
