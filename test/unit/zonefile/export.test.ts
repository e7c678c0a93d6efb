import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileZone, type ZoneDocument } from '../../../src/zone/index.ts'
import { compileSource, exportWarnings, exportZone } from '../../../src/zonefile/index.ts'
import { runCount } from '../../effort.ts'
import { exportedOf } from '../lua/export-support.ts'
import { HEALTH_TYPES, healthCode } from '../lua/health-arbitraries.ts'
import { documentOf, must, resolved, seeded } from '../support.ts'
import { LUA_TYPES, RDATA, zoneText } from '../zone/arbitraries.ts'
import { compileText, fixtureNames, HEAD, readFixture } from './support.ts'

const documentOfText = (text: string): ZoneDocument => must(compileText(text)).document
function compileJson(document: unknown) {
  const include = () => ({ ok: false, error: '' }) as const
  const compiled = compileSource({ file: 'example.com.json', text: JSON.stringify(document) }, include)
  return compiled.ok ? ({ ok: true, value: compiled.value.document } as const) : compiled
}

/** The published text of the document has to be the same, the order of everything in it included. */
function expectSame(text: string): void {
  const document = documentOfText(text)
  const exported = exportedOf(document)
  const again = documentOfText(exported)
  expect(JSON.stringify(again, null, 1)).toBe(JSON.stringify(document, null, 1))
  expect(exportedOf(again)).toBe(exported)
  // White space between the strings of a LUA record changes nothing: a PowerDNS before 5.0 reads it alike.
  const include = () => ({ ok: false, error: '' }) as const
  const source = { file: 'example.com.zone', text: exported }
  // The text of a script is kept, and has the white space.
  if (JSON.stringify(document).includes('"kind":"lua"')) return
  expect(must(compileSource(source, include, { luaInsertWhitespace: true })).document).toEqual(document)
}

describe('file, document, file, document: the same document', () => {
  test.each(Object.keys(RDATA))('%s', (type) => {
    const texts = fc.array(RDATA[type] as fc.Arbitrary<string>, { minLength: 1, maxLength: type.length > 3 ? 2 : 3 })
    const single = ['CNAME', 'DNAME', 'ALIAS'].includes(type)
    fc.assert(
      fc.property(texts, (all) => {
        const lines = (single ? all.slice(0, 1) : all).map((text) => `x ${type} ${text}\n`)
        expectSame(HEAD + lines.join(''))
      }),
      { numRuns: runCount(25) },
    )
  })

  test('zones of every type and every LUA record', () => {
    fc.assert(
      fc.property(zoneText({ lua: true }), (text) => expectSame(text)),
      { numRuns: runCount(60) },
    )
  })

  /** LUA of one type by itself, cut into strings where it may be. */
  test.each(HEALTH_TYPES)('every call of a health function for %s', (type) => {
    const { any, oneAsList, one } = healthCode(type)
    const nested = one.map((code) => `pickwrandom({{1, ${code}}, {2, '192.0.2.1'}})`)
    const code = type === 'CNAME' ? fc.oneof(oneAsList, nested) : type === 'AAAA' ? any : fc.oneof(any, any, nested)
    const seen = new Set<string>()
    fc.assert(
      fc.property(code, (text) => {
        expectSame(`${HEAD}x LUA ${type} "${text}"\n`)
        for (const [word] of text.matchAll(/\b[a-zA-Z]+(?=[=(])/g)) seen.add(word)
      }),
      { numRuns: runCount(100) },
    )
    expect([...seen]).toEqual(
      expect.arrayContaining(['ifportup', 'ifurlup', 'ifurlextup', 'backupSelector', 'headers']),
    )
  })

  test.each(fixtureNames.filter((name) => compileText(readFixture(`${name}.zone`)).ok))('the fixture %s', (name) => {
    expectSame(readFixture(`${name}.zone`))
  })

  test.each([
    "x LUA A \"{'192.0.2.1','192.0.2.1'}\"",
    'x LUA A "{\'192.0.2.1\'}"',
    "x A 192.0.2.1\nx LUA A \"all({'192.0.2.1','192.0.2.2'})\"",
    "x LUA A \"pickrandom({'192.0.2.1','192.0.2.1'})\"\nx LUA A \"pickrandom({'192.0.2.1','192.0.2.1'})\"",
    'x TXT "a" "b"\nx TXT "a b"',
    'x HTTPS 1 . ipv6hint=auto alpn=h2 ipv4hint=auto\nx SVCB 1 y ipv4hint="auto" ech=AQID',
    "x LUA HTTPS \"pickrandom({'1 . ipv4hint=auto', '2 y. ipv6hint=auto'})\"",
    '\\$x A 192.0.2.1\n300 A 192.0.2.1\nA A 192.0.2.1\n\\@ A 192.0.2.1\n\\000\\;\\"\\( A 192.0.2.1',
    "x LUA A \";if continent('EU') then return '192.0.2.1' end \" \" return ifportup(443, {'192.0.2.2'})\"",
    'x LUA A "createForward()"\nx LUA A "pickrandom({\'192.0.2.1\',\'192.0.2.2\'})"',
    "config LUA LUA \"E = {'192.0.2.1'}\"\nx LUA TXT \";include('config') return 'a\\\\\\'b  ' .. #E\"",
    'empty LUA LUA ""',
    'unused LUA LUA "E = {}"\nx LUA A "pickrandom({\'192.0.2.1\',\'192.0.2.2\'})"',
    'config LUA LUA "E = = {}"\nx LUA TXT ";include(\'config\') return qname:toString()"',
    "both A 192.0.2.8\nboth LUA AAAA \"all({'2001:db8::1','::2'})\"\nx LUA TXT \";include('both') return qname:toString()\"",
    'x LUA TXT ";return \'\u00e4 \ud83d\ude00\' .. qname:toString()"',
    `x LUA TXT ";return ${Array.from({ length: 40 }, () => "'\u00e4\ud83d\ude00 '").join(' .. ')} .. qname:toString()"`,
    // Texts and white space that are longer than a string.
    `x LUA TXT ";return qname:toString() .. '${'x'.repeat(256)}'"`,
    `x LUA TXT ";return qname:toString() .. '${'a b '.repeat(300)}' .. [[${' '.repeat(400)}]]"`,
    `x LUA TXT ";return qname:toString() .. '${"\\\\\\'\\009\u00e4\ud83d\ude00 ".repeat(70)}'"`,
    ...Array.from(
      { length: 12 },
      (_, i) => `x LUA TXT ";return '${'y'.repeat(i)}${'\\\\'.repeat(300)}' .. qname:toString()"`,
    ),
    `x LUA TXT ";return${' '.repeat(256)}qname:toString()"`,
    `x LUA A ";return pickrandom({${Array.from({ length: 60 }, (_, i) => `'192.0.2.${i}'`).join(', ')}})"`,
  ])('%s', (lines) => expectSame(`${HEAD}${lines}\n`))

  test('a name without records stays a name without data', () => {
    const { document } = must(compileZone(documentOf({ empty: {} })))
    expect(exportedOf(document)).toContain('empty IN LUA LUA ""\n')
    expectSame(exportedOf(document))
  })

  test('code of several lines becomes one line, without comments and double quotes', () => {
    const coded = (code: string) => {
      const scripted = must(compileJson(documentOf({ x: { A: { kind: 'lua', code } } })))
      return exportedOf(scripted)
    }
    expect(coded(";if qname then\n return '192.0.2.1' end\nreturn '192.0.2.2'")).toContain(
      "LUA A \";if qname then  return '192.0.2.1' end return '192.0.2.2'\"",
    )
    expect(coded(`;return #qname:getRawLabels() .. "x"`)).toContain(`";return #qname:getRawLabels() .. 'x'"`)
    expect(coded(';return qname:toString() -- x\n')).toMatch(/";return qname:toString\(\) +"/)
  })

  test('the LUA records of the property are of every type that it knows', () => {
    expect(LUA_TYPES.every((type) => type in RDATA)).toBe(true)
  })
})

describe('the format of the file', () => {
  test('records as text, names of data in full, choices as LUA', () => {
    const document = must(
      compileZone(
        documentOf({
          '@': { NS: 'ns', MX: ['10 mail', '20 mail.example.org.'] },
          mail: { A: { ttl: 60, answer: ['192.0.2.1', { kind: 'random', of: ['192.0.2.2', '192.0.2.3'] }] } },
          '*.wild': { TXT: '"a b" "c;d"', AAAA: [] },
        }),
      ),
    ).document
    expect(exportedOf(document)).toBe(
      [
        '$ORIGIN example.com.',
        '$TTL 300',
        '@         IN SOA ns.example.com. hostmaster.example.com. 7 3600 900 604800 60',
        '@         IN NS ns.example.com.',
        '@         IN MX 10 mail.example.com.',
        '@         IN MX 20 mail.example.org.',
        'mail   60 IN A 192.0.2.1',
        `mail   60 IN LUA A "pickrandom({'192.0.2.2','192.0.2.3'})"`,
        '*.wild    IN TXT "a b" "c;d"',
        '*.wild    IN LUA AAAA "{}"',
        '',
      ].join('\n'),
    )
  })

  test('a reverse zone starts with its origin', () => {
    const text = `${HEAD}10 PTR ten\n2 PTR two\n007 PTR seven\n4294967295 PTR z\n`
    const owners = exportedOf(documentOfText(text))
      .split('\n')
      .map((line) => line.split(' ')[0])
    expect(owners.filter((owner) => owner && !owner.startsWith('$'))).toEqual([
      '@',
      '@',
      '007',
      '4294967295',
      '2',
      '10',
    ])
    expectSame(text)
  })

  test('code of more than 255 octets is written in several strings, none longer', () => {
    const of = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`)
    const exported = exportedOf(must(compileZone(documentOf({ x: { A: { kind: 'hashed', of } } }))).document)
    const strings = [...exported.matchAll(/"([^"]*)"/g)].map(([, string]) => string as string)
    expect(strings.length).toBeGreaterThan(4)
    expect(Math.max(...strings.map((string) => string.length))).toBeLessThanOrEqual(255)
    expect(documentOfText(exported).records.x).toEqual({ A: { kind: 'hashed', of } })
  })

  test.each([`'${'x'.repeat(254)}'`, `'${"\\' \u00e4 ".repeat(99)}'`, `''${' '.repeat(900)}`])(
    'also texts: %s',
    (text) => {
      const code = `return qname:toString() .. ${text}`
      const exported = exportedOf(documentOfText(`${HEAD}x LUA TXT ";${code} "\n`))
      const strings = [...exported.matchAll(/"([^"]*)"/g)].map(([, string]) => string as string)
      expect(strings.join('')).toBe(`;${code} `)
      for (const string of strings) {
        expect(new TextEncoder().encode(string).length).toBeLessThanOrEqual(255)
        // PowerDNS leaves out a space alone, and a string does not end within an escape.
        expect(string).not.toMatch(/^ ?$|(?<!\\)(\\\\)*\\$/)
      }
    },
  )
})

const NETS = { '10.0.0.0/8': '192.0.2.1', '10.1.0.0/16': '192.0.2.2', '2001:db8::/32': '192.0.2.3' }

describe('answers with another form in LUA', () => {
  test.each<[string, string, unknown, string]>([
    [
      'the longest network',
      'A',
      { kind: 'networks', networks: NETS },
      "view({{{'2001:db8::/32'},{'192.0.2.3'}},{{'10.1.0.0/16'},{'192.0.2.2'}},{{'10.0.0.0/8'},{'192.0.2.1'}}})",
    ],
    [
      'otherwise',
      'A',
      { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: '192.0.2.1' }], otherwise: '192.0.2.2' },
      "view({{{'10.0.0.0/8'},{'192.0.2.1'}},{{'0.0.0.0/0','::/0'},{'192.0.2.2'}}})",
    ],
    [
      'an empty TXT for the rest, which PowerDNS implies',
      'TXT',
      { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: 'a' }], otherwise: '""' },
      "view({{{'10.0.0.0/8'},{'a'}}})",
    ],
    [
      'a list of one',
      'A',
      { kind: 'random', of: [['192.0.2.1'], '192.0.2.2'] },
      "pickrandom({'192.0.2.1','192.0.2.2'})",
    ],
    ['a count of one', 'CNAME', { kind: 'random', of: ['a', 'b.'], count: 1 }, "pickrandom({'a.example.com.','b.'})"],
    [
      'a count of none',
      'A',
      {
        kind: 'weighted',
        members: [
          { weight: 1, answer: '192.0.2.1' },
          { weight: 1, answer: '192.0.2.2' },
        ],
        count: 0,
      },
      '{}',
    ],
    [
      'a count of all',
      'A',
      {
        kind: 'weighted',
        members: [
          { weight: 1, answer: '192.0.2.1' },
          { weight: 1, answer: '192.0.2.2' },
        ],
        count: 2,
      },
      "{'192.0.2.1','192.0.2.2'}",
    ],
    [
      'a name of the zone',
      'MX',
      { kind: 'random', of: ['10 mail', '20 mail'] },
      "pickrandom({'10 mail.example.com.','20 mail.example.com.'})",
    ],
    [
      'a quote',
      'CAA',
      { kind: 'random', of: ['0 issue "a"', '0 issue "b"'] },
      "pickrandom({'0 issue \\034a\\034','0 issue \\034b\\034'})",
    ],
    [
      'a key that is the text',
      'A',
      {
        kind: 'consistent-hashed',
        members: [
          { weight: 1, answer: '192.0.2.1' },
          { weight: 2, answer: '192.0.2.2', key: '192.0.2.2' },
        ],
      },
      "pickchashed({{1,'192.0.2.1'},{2,'192.0.2.2'}})",
    ],
  ])('%s (%s)', (_, type, answer, code) => {
    const { document } = must(compileZone(documentOf({ x: { [type]: answer } })))
    const exported = exportedOf(document)
    expect(exported.split(`LUA ${type} `)[1]?.trim()).toBe(`"${code}"`)
    // Read and written again, it stays as it is: LUA, or records without any where they say as much.
    const again = exportedOf(documentOfText(exported))
    expect(exportedOf(documentOfText(again))).toBe(again)
  })
})

test('networks, and otherwise, as views: the same answers with the same scopes', () => {
  const nested = { kind: 'view', rules: [{ networks: ['10.0.0.0/9'], answer: '192.0.2.4' }], otherwise: '192.0.2.1' }
  const networks = { ...NETS, '10.128.0.0/9': nested, '10.1.2.0/24': '192.0.2.1', '::ffff:11.0.0.0/104': '192.0.2.2' }
  const { document, zone } = must(
    compileZone(documentOf({ x: { A: { kind: 'networks', networks, otherwise: '192.0.2.9' } } })),
  )
  const again = must(compileText(exportedOf(document))).zone
  const random = seeded(5)
  const octet = () => Math.floor(random() * 256)
  const clients = Array.from({ length: 3000 }, (_, i) => {
    const rest = `${octet()}.${octet()}.${octet()}`
    return i % 3 === 0
      ? `2001:db${i % 2 === 0 ? 8 : 9}::${octet()}`
      : `${i % 3 === 1 ? 10 : octet()}.${i % 5 === 0 ? `1.2.${octet()}` : rest}`
  })
  for (const client of [...clients, '10.0.0.0', '10.127.255.255', '10.128.0.0', '11.1.1.1', '12.0.0.0']) {
    const [before, after] = [zone, again].map((one) => resolved([one], 'x.example.com.', 'A', client).response)
    expect([client, after?.scope, after?.answer[0]?.rdatas[0]?.text]).toEqual([
      client,
      before?.scope,
      before?.answer[0]?.rdatas[0]?.text,
    ])
  }
})

const PROBING = { interval: 5, timeout: 2, fall: 1, rise: 1, first: 'counts', initially: 'down' }
const TCP = { kind: 'tcp', port: 443, ...PROBING }
const URL = { kind: 'http', path: '/', host: 'a.example', redirects: 'follow', userAgent: 'x', ...PROBING }
const POOL = { kind: 'pool', check: TCP, members: ['192.0.2.1', '192.0.2.2'] }

// The order of members by distance is made by functions, and has the text of all that they know beside them.
expect.addEqualityTesters([(a, b) => (typeof a === 'function' && typeof b === 'function' ? true : undefined)])

describe('pools as health functions', () => {
  /** A function with the wrong field now and then. */
  const sometimes = (value: unknown, ...others: unknown[]) =>
    fc.oneof({ weight: 40, arbitrary: fc.constant(value) }, { weight: 2, arbitrary: fc.constantFrom(...others) })
  const address = fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3')
  const probing = {
    interval: sometimes(5, 60, 0.5),
    timeout: sometimes(2, 3),
    fall: sometimes(1, 4),
    rise: sometimes(1, 2),
    first: sometimes('counts', 'decides'),
    initially: fc.constantFrom('up', 'down'),
    from: fc.constant(['weur', 'cron']),
    quorum: fc.constantFrom('any', 'majority', 2),
  }
  const needed = ['interval', 'timeout', 'fall', 'rise', 'first'] as const
  const tcp = fc.record(
    { kind: fc.constant('tcp'), port: fc.constantFrom(80, 443), ...probing, send: sometimes(undefined, 'x') },
    { requiredKeys: ['kind', 'port', ...needed] },
  )
  const http = fc.record(
    {
      ...{
        kind: fc.constantFrom('http', 'https'),
        ...probing,
        redirects: fc.constant('follow'),
        verify: fc.constant(false),
      },
      host: fc.constantFrom('a.example', 'a.example:8080'),
      port: sometimes(8080, 80),
      path: sometimes('/health?x', '/a#b', '/%41'),
      method: sometimes('GET', 'HEAD'),
      status: sometimes(204, '200-299', [200]),
      body: sometimes({ contains: "it's" }, { matches: 'x' }),
      bytes: sometimes(100, 0),
      userAgent: fc.constantFrom('', 'x'),
      headers: sometimes({ 'X-Y': '1' }, {}, { X_Y: '1' }),
    },
    { requiredKeys: ['kind', 'host', 'redirects', 'verify', ...needed] },
  )
  const check = fc.oneof(
    tcp,
    http.map(({ verify, ...rest }) => (rest.kind === 'https' ? { ...rest, verify } : rest)),
  )
  const member = fc.oneof(
    { weight: 9, arbitrary: address },
    address.map((answer) => ({ answer, target: answer })),
    address.map((answer) => ({ answer, target: `${answer}:81` })),
    address.map((answer) => ({ answer, target: '192.0.2.9' })),
    address.map((answer) => ({ answer: [], target: answer })),
  )
  const anyPool = fc.record(
    {
      ...{ kind: fc.constant('pool'), check, members: fc.array(member, { minLength: 1, maxLength: 3 }) },
      select: fc.oneof(
        fc.constantFrom('random', 'all', 'hashed', 'pickclosest'),
        sometimes('random', 'first', 'weighted'),
      ),
      count: sometimes(1, 2),
      whenUnknown: fc.constant('servfail'),
      whenDown: sometimes('all', 'nodata', 'servfail', { answer: '192.0.2.9' }),
      lost: sometimes('spread', 'next'),
      ignoreHealth: sometimes(false, true),
    },
    { requiredKeys: ['kind', 'check', 'members'] },
  )
  const pool = fc
    .tuple(anyPool, fc.constantFrom('', '', 'all', 'random', 'hashed', 'pickclosest'))
    .map(([one, backup]) => {
      const of = one.members.map((member) => (typeof member === 'string' ? member : member.target.replace(/:.*/, '')))
      if (backup === '') return one
      const chosen = backup === 'pickclosest' ? { kind: 'pool', select: backup, members: of } : { kind: backup, of }
      return { ...one, whenDown: { answer: backup === 'all' ? of : of.length === 1 ? of[0] : chosen } }
    })
  const answer = fc.oneof(
    pool,
    fc
      .tuple(pool, pool)
      .map(([a, b]) => ({ kind: 'failover', pools: [a, { ...b, check: a.check, select: a.select }] })),
    pool.map((one) => ({
      kind: 'weighted',
      members: [
        { weight: 1, answer: one },
        { weight: 2, answer: '192.0.2.9' },
      ],
    })),
  )

  test('policy, checks and the identity of each probe survive an export', () => {
    let written = 0
    const refused = new Set<string>()
    fc.assert(
      fc.property(answer, (A) => {
        const compiled = compileZone(documentOf(JSON.parse(JSON.stringify({ x: { A } }))))
        if (!compiled.ok) return
        const { text, lost } = exportZone(compiled.value.document)
        for (const problem of lost) refused.add(problem)
        // A script says more than functions do: export-answers.test.ts compares its answers.
        if (lost.length > 0 || text.includes('";')) return
        written++
        const again = must(compileText(text)).zone
        const partsOf = ({ names, conditions }: typeof again) => [
          conditions,
          ...[...names.nodes.values()].map(({ rrsets }) => rrsets),
        ]
        expect(partsOf(again)).toEqual(partsOf(compiled.value.zone))
      }),
      { numRuns: runCount(600) },
    )
    expect(written).toBeGreaterThan(runCount(600) / 15)
    expect(refused.size).toBeGreaterThan(Math.min(10, runCount(600) / 60))
    for (const problem of refused) expect(problem).toMatch(/^x\.example\.com\. A: .*; expected .* in a LUA A record$/)
  })

  test('the code is short: defaults are left out', () => {
    const { document } = must(
      compileZone(documentOf({ x: { A: { kind: 'failover', pools: [POOL, { ...POOL, members: ['192.0.2.3'] }] } } })),
    )
    expect(exportedOf(document)).toContain(`"ifportup(443,{{'192.0.2.1','192.0.2.2'},{'192.0.2.3'}})"`)
  })
})

describe('an answer that PowerDNS cannot express is a comment in the file, and reported with owner, type and reason', () => {
  const members = [
    { answer: '192.0.2.1', weight: 1 },
    { answer: '192.0.2.2', weight: 2 },
  ]
  const pushed = { kind: 'push' }
  const where = { coordinates: { a: [1, 1], b: [2, 2], c: [3, 3], d: [4, 4] } }
  const maps = { four: { datacenters: ['a', 'b', 'c', 'd'], ...where } }
  const four = { a: '192.0.2.1', b: '192.0.2.2', c: '192.0.2.3', d: '192.0.2.4' }
  const view = { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: '192.0.2.1' }] }
  test.each<[string, string, unknown, string]>([
    ['NS by chance', 'NS', { kind: 'random', of: ['a', 'b'] }, 'LUA delegates nothing; expected the names of servers'],
    [
      'ALIAS by chance',
      'ALIAS',
      { kind: 'random', of: ['a', 'b'] },
      'LUA cannot answer with ALIAS; expected a type like A, AAAA, CNAME, TXT, MX or SRV',
    ],
    ...Object.entries<[unknown, string]>({
      'two equal keys': [
        {
          kind: 'consistent-hashed',
          members: [
            { weight: 1, answer: '192.0.2.1', key: 'x' },
            { weight: 1, answer: '192.0.2.2', key: 'x' },
          ],
        },
        'two members have the key "x"; expected a "key" for each',
      ],
      'a check of another kind': [
        { ...POOL, check: { kind: 'tls', ...PROBING } },
        'a check of kind tls is not in PowerDNS; expected tcp, http or https',
      ],
      'a conversation': [
        { ...POOL, check: { ...TCP, send: 'x' } },
        '"send": "x" of a check is not in PowerDNS; expected none',
      ],
      maxLatency: [
        { ...POOL, check: { ...TCP, maxLatency: 0.5 } },
        '"maxLatency": 0.5 of a check is not in PowerDNS; expected none',
      ],
      damping: [
        { ...POOL, check: { ...TCP, damping: { changes: 3, within: 60, hold: 60 } } },
        '"damping": {"changes":3,"within":60,"hold":60} of a check is not in PowerDNS; expected none',
      ],
      'parts of a second': [
        { ...POOL, check: { ...TCP, interval: 0.5 } },
        '"interval": 0.5 is not in PowerDNS; expected a whole number',
      ],
      'a range of statuses': [
        { ...POOL, check: { ...URL, status: '200-299' } },
        '"status": "200-299" is not a valid httpcode; expected one number',
      ],
      'a host and another port': [
        { ...POOL, check: { ...URL, port: 8080 } },
        'the port 8080 beside the host a.example; expected the same port in both, where it is unusual',
      ],
      'a target that is a name': [
        { ...POOL, members: [{ answer: '192.0.2.1', target: 'web.example.net' }] },
        'web.example.net is not an address; expected each member to be one',
      ],
      'loads that targets report': [
        { ...POOL, check: 'pushed', members: [{ answer: '192.0.2.1', shed: { low: 1, high: 2 } }] },
        '"shed": {"low":1,"high":2} of a member, whose load PowerDNS does not know; expected none',
      ],
      'weights that targets report': [
        { ...POOL, select: 'weighted', check: 'pushed', weights: 'reported' },
        '"weights": "reported" of a pool is in pickselfweighted alone in PowerDNS; expected none',
      ],
      'a weight of its own': [
        { ...POOL, select: 'weighted-hashed', members },
        '"select": "weighted-hashed" has no function in PowerDNS; expected another, like "weighted" or "hashed"',
      ],
      groups: [
        { ...POOL, select: 'grouped' },
        '"select": "grouped" has no function in PowerDNS; expected another, like "weighted" or "hashed"',
      ],
      'shares for the next': [
        { ...POOL, select: 'weighted', members, lost: 'next' },
        '"lost": "next" of a pool is not in PowerDNS; expected none',
      ],
      REFUSED: [
        { ...POOL, whenDown: 'refused' },
        '"whenDown": "refused" is not in PowerDNS, whose scripts fail with SERVFAIL; expected "servfail"',
      ],
      'what is unknown, in a script': [
        { ...POOL, select: 'first', whenUnknown: 'servfail' },
        '"whenUnknown": "servfail" in a script, which cannot tell down from unknown; expected none',
      ],
      'enough members, in a failover': [
        { kind: 'failover', pools: [{ ...POOL, minLive: 0.5 }, '192.0.2.9'] },
        '"minLive": 0.5 of a pool in a pool or failover; expected none',
      ],
      'a view in a failover': [
        { kind: 'failover', pools: [view, '192.0.2.9'] },
        'health, or a view, inside a choice in a pool or failover; expected the pool outside of it',
      ],
      'some of the nearest': [
        { kind: 'datacenters', map: 'four', check: TCP, datacenters: four },
        'the map "four" leaves datacenters out by distance; expected "coordinates" of all, and "auto": 0',
      ],
    }).map(([what, [answer, why]]): [string, string, unknown, string] => [
      what,
      'A',
      answer,
      `${why} in a LUA A record`,
    ]),
  ])('%s', (_, type, answer, why) => {
    const records = { x: { [type]: answer }, '*': { A: '192.0.2.1' } }
    const { document } = must(compileZone(documentOf(records, { maps, checks: { pushed } })))
    const { text, lost } = exportZone(document)
    expect(lost).toEqual([`x.example.com. ${type}: ${why}`])
    expect(text).toContain(`; x ${type}: ${why}\n; {"kind":"`)
    // The rest of the zone is there, and the name goes on existing.
    const { zone } = must(compileText(text))
    expect(resolved([zone], 'y.example.com.', 'A').response?.answer).toHaveLength(1)
    expect(resolved([zone], 'x.example.com.', 'A').response?.answer).toEqual([])
  })

  test('fields of the document that a zone file cannot contain are reported', () => {
    const { document } = must(compileZone(documentOf({}, { $schema: 'x', maps, checks: { pushed } })))
    expect(exportZone(document).lost).toEqual([])
    expect(exportZone({ ...document, health: {}, notify: [], future: 1 } as ZoneDocument).lost).toEqual([
      'the field "health" has no place in a zone file, whose stale states are kept after 15 minutes, and whose health no name tells; ' +
        'expected it in the settings beside the file, which export --output writes, or the document as JSON (--json)',
      'the field "notify" has no place in a zone file, by which nobody would be told of changes; ' +
        'expected it in the settings beside the file, which export --output writes, or the document as JSON (--json)',
      'the field "future" has no place in a zone file; expected the zone without it',
    ])
  })
})

test("what PowerDNS's API keeps is a warning; its spelling of records, and the kind, are none", () => {
  const { document } = must(compileZone(documentOf({ x: { A: '192.0.2.1' } })))
  const spelled = { x: { TXT: { ttl: 60, records: [{ content: '"a"' }] } } }
  expect(exportWarnings({ ...document, api: { kind: 'Native', rrsets: spelled } })).toEqual([])
  const comments = [{ content: 'why', account: 'ada', modified_at: 1 }]
  const records = [{ content: '192.0.2.9', disabled: true }]
  const api = { account: 'web', rrsets: { x: { A: { ttl: 60, records, comments } } } }
  expect(exportWarnings({ ...document, api })).toEqual([
    "what PowerDNS's API keeps is not written: account, comments, disabled records; --json has it",
  ])
  expect(exportZone({ ...document, api }).lost).toEqual([])
})

test('a loss without effect on answers is a warning', () => {
  const named = { ...POOL, name: 'web', members: [{ answer: '192.0.2.1', datacenter: 'fra' }] }
  const geo = { kind: 'geo', cities: { 'DE/Munich': '192.0.2.1' }, otherwise: '192.0.2.2' }
  const { document } = must(compileZone(documentOf({ x: { A: { ttl: [10, 300], answer: named } }, y: { A: geo } })))
  expect(exportWarnings(document)).toEqual([
    'x.example.com. A: its TTL follows health, and a zone file has one TTL; 10 is written',
    'x.example.com. A: the name "web" is for overrides, and is not written',
    'x.example.com. A: the datacenter "fra" is for overrides, and is not written',
    'y.example.com. A: its cities are looked up by geoiplookup, which here reads the database only, and the whole address',
  ])
  expect(exportedOf(document)).toMatch(/^x +10 IN LUA A "ifportup\(443,\{'192\.0\.2\.1'\}\)"$/m)
})

describe('scripts, where no function is enough', () => {
  test.each<[string, string, unknown, string]>([
    [
      'a list inside a choice',
      'A',
      { kind: 'random', of: [['192.0.2.1', '192.0.2.2'], []] },
      ";if pickrandom({'1','2'})=='1' then return {'192.0.2.1','192.0.2.2'} else return {} end",
    ],
    [
      'a sample inside a choice',
      'A',
      { kind: 'hashed', of: [{ kind: 'random', of: ['192.0.2.1', '192.0.2.2', '192.0.2.3'], count: 2 }, '192.0.2.4'] },
      ";if pickhashed({'1','2'})=='1' then return pickrandomsample(2,{'192.0.2.1','192.0.2.2','192.0.2.3'}) else return '192.0.2.4' end",
    ],
    [
      'a key of its own',
      'CNAME',
      {
        kind: 'consistent-hashed',
        members: [
          { weight: 1, answer: 'www' },
          { weight: 2, answer: 'w3', key: 'k' },
        ],
      },
      ";if pickchashed({{1,'www'},{2,'k'}})=='www' then return 'www.example.com.' else return 'w3.example.com.' end",
    ],
    [
      'SERVFAIL for a TXT',
      'TXT',
      { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: 'a' }] },
      ";if view({{{'10.0.0.0/8'},{'1'}}})=='1' then return 'a' else error('no network holds the client')end",
    ],
    [
      'places',
      'A',
      {
        kind: 'geo',
        regions: { 'DE-BY': '192.0.2.1' },
        countries: { DE: '192.0.2.2', FR: '192.0.2.2' },
        otherwise: ['192.0.2.3', '192.0.2.4'],
      },
      ";if country('DE') and region('BY') then return '192.0.2.1' elseif country({'DE','FR'}) then return '192.0.2.2' else return {'192.0.2.3','192.0.2.4'} end",
    ],
    [
      'a last resort',
      'A',
      { kind: 'failover', pools: [{ ...POOL, members: ['192.0.2.1'] }, '192.0.2.9'] },
      ";if ((#ifportup(443,{'192.0.2.1'},{backupSelector='empty'})>0)) then return ifportup(443,{'192.0.2.1'}) else return '192.0.2.9' end",
    ],
  ])('%s', (_, type, answer, code) => {
    const { document } = must(compileZone(documentOf({ x: { [type]: answer } })))
    const exported = exportedOf(document)
    expect(
      exported
        .split(`LUA ${type} `)[1]
        ?.replace(/^\( | \)$|"\n +"/gm, '')
        .trim(),
    ).toBe(`"${code}"`)
  })
})
