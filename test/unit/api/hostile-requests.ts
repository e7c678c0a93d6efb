/** A request that no server may take. `body` is sent as it is. */
export type HostileRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** The zone that the requests are about; it has `www` A and a LUA record at `lua`. */
export const ZONE = 'hostile.example.'

const SERVER = '/api/v1/servers/localhost'
const ZONES = `${SERVER}/zones`

/** Returns numbers from 0 to 1 (mulberry32), the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Returns so many requests, each of which breaks a rule in one place; the same for the same seed. */
export function hostileRequests(count: number, seed: number): HostileRequest[] {
  const random = seeded(seed)
  const below = (end: number): number => Math.floor(random() * end)
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T

  const JUNK_TEXTS = [
    '',
    ' ',
    '.',
    '..',
    '\u0000',
    '\u0000www',
    '__proto__',
    'constructor',
    'toString',
    '%00',
    '%2e%2e%2f',
    '../../etc/passwd',
    '\ud800',
    '💥',
    'a'.repeat(64),
    'a.'.repeat(200),
    'x'.repeat(100_000),
    "'; DROP TABLE zones; --",
    '<script>',
    'jndi:ldap://x',
    '\\999',
    '\\',
    '"',
    'NaN',
    '-1',
    '1e999',
  ]
  const junk = (): unknown =>
    pick<unknown>([
      true,
      -1,
      1e308,
      0.5,
      {},
      [],
      [[]],
      { a: { b: [null] } },
      ['x', 5],
      JSON.parse('{"__proto__":{"x":1}}'),
      pick(JUNK_TEXTS),
    ])

  const good = () => ({
    name: `h${below(1000)}.${ZONE}`,
    type: 'A',
    ttl: 60,
    changetype: 'REPLACE',
    records: [{ content: '192.0.2.1', disabled: false }],
  })
  const patch = (rrsets: unknown): HostileRequest => sent('PATCH', `${ZONES}/${ZONE}`, JSON.stringify({ rrsets }))
  const sent = (method: string, path: string, body?: string | Uint8Array, headers = {}): HostileRequest => ({
    method,
    path,
    headers,
    // fetch sends no body with GET.
    ...(body !== undefined && method !== 'GET' && { body }),
  })

  /** Names that are in no zone, or no names: none ends as the zone does. */
  const badName = (): unknown =>
    pick<() => unknown>([
      () => `h${below(1000)}.example.net.`,
      () => `www.not${ZONE}`,
      () => ZONE.slice(0, -1),
      () => `${'l'.repeat(64)}.${ZONE}`,
      () => `${'l.'.repeat(130)}${ZONE}`,
      () => `a b.${ZONE}`,
      () => `a..${ZONE}`,
      () => `.${ZONE}`,
      () => `ü.${ZONE}`,
      () => `a\u0000.${ZONE}`,
      () => `$(id).${ZONE}`,
      () => `a.*.b!.${ZONE}`,
      () => pick(JUNK_TEXTS),
      () => below(1000),
      () => [],
      () => ({}),
      () => null,
      () => undefined,
    ])()
  const BAD_CONTENTS: readonly (readonly [string, unknown])[] = [
    ['A', '192.0.2.300'],
    ['A', '192.0.2'],
    ['A', ''],
    ['A', '2001:db8::1'],
    ['A', 5],
    ['A', null],
    ['A', ['192.0.2.1']],
    ['A', { content: '192.0.2.1' }],
    ['A', '\u0000'],
    ['AAAA', '192.0.2.1'],
    ['AAAA', ':::'],
    ['MX', 'mail.example.net.'],
    ['MX', '10 mail'],
    ['MX', '65536 mail.example.net.'],
    ['CNAME', 'relative'],
    ['CNAME', ''],
    ['CNAME', 'a..b.'],
    ['TXT', '"open'],
    ['SRV', '1 2 3'],
    ['SRV', '1 2 99999999 a.example.'],
    ['CAA', '300 issue "x"'],
    ['NS', '192.0.2.1 '],
    ['SOA', 'ns. root. 1 2 3 4 5'],
    ['DS', '1 2 3 XYZ'],
    ['TLSA', '3 1 1 0g'],
    ['LUA', 'A "return ("'],
    ['LUA', 'A "x = = 1"'],
    ['LUA', 'A'],
    ['LUA', ''],
    ['LUA', 'NONE "return 1"'],
    ['LUA', `A "return ${'('.repeat(5000)}"`],
    ['LOC', '99 99'],
    ['HTTPS', '1'],
    ['NOTATYPE', 'x'],
    ['', 'x'],
    ['__proto__', 'x'],
    ['constructor', 'x'],
    ['ANY', 'x'],
    ['AXFR', 'x'],
    ['OPT', 'x'],
    ['RRSIG', 'x'],
    ['TYPE99999', '\\# 1 00'],
  ]
  const wrongZoneBodies = (): unknown =>
    pick<() => unknown>([
      () => junk(),
      () => ({}),
      () => ({ name: badName(), kind: 'Native', nameservers: [], zone: 5, rrsets: 5 }),
      () => ({ name: 'no-dot.example', kind: 'Native' }),
      () => ({ name: `c${below(1000)}.example.` }),
      () => ({ name: ZONE, kind: 'Native', nameservers: [] }),
      () => ({ name: `c${below(1000)}.example.`, kind: pick([5, null, [], {}]) }),
      () => ({ name: `c${below(1000)}.example.`, kind: 'Native', nameservers: [pick([5, null, 'relative', 'a..b.'])] }),
      () => ({ name: `c${below(1000)}.example.`, kind: 'Native', rrsets: [{ ...good(), name: 'www.example.net.' }] }),
      () => ({ name: `c${below(1000)}.example.`, kind: 'Native', rrsets: [], zone: '@ IN A 192.0.2.1' }),
      () => ({
        name: `c${below(1000)}.example.`,
        kind: 'Native',
        zone: pick([
          '(',
          'a IN TXT "open',
          '$INCLUDE /etc/passwd',
          'a IN A 300.0.0.1',
          '$GENERATE 1-99999999 $ A 192.0.2.1',
        ]),
      }),
      () => ({
        name: `c${below(1000)}.example.`,
        kind: 'Native',
        nameservers: ['ns.example.net.'],
        serial: pick([-1, 2 ** 32, 'x', {}]),
        masters: ['no address'],
      }),
    ])()

  const KINDS: readonly (() => HostileRequest)[] = [
    // Not JSON: a valid body that is cut, or has an octet changed for one that ends it.
    () => {
      const body = JSON.stringify({ rrsets: [good()] })
      return sent('PATCH', `${ZONES}/${ZONE}`, body.slice(0, below(body.length)))
    },
    () => {
      const body = JSON.stringify({ rrsets: [good()] })
      const at = below(body.length)
      return sent('PATCH', `${ZONES}/${ZONE}`, `${body.slice(0, at)}\u0001${body.slice(at)}`)
    },
    () =>
      sent(
        'PATCH',
        `${ZONES}/${ZONE}`,
        Uint8Array.from({ length: 1 + below(200) }, () => 0x80 + below(0x80)),
      ),
    () =>
      sent(
        pick(['POST', 'PATCH', 'PUT']),
        pick([ZONES, `${ZONES}/${ZONE}`]).replace(/$/, ''),
        pick(['{', '[', 'x', "{'a':1}", '{"a":1,}', 'undefined', '\ufeff', '{}{}']),
      ),
    // Deep nesting, long lists.
    () => {
      const depth = 40 + below(20_000)
      const [open, close] = pick([
        ['[', ']'],
        ['{"rrsets":', '}'],
      ] as const)
      return sent('PATCH', `${ZONES}/${ZONE}`, `${open.repeat(depth)}0${close.repeat(depth)}`)
    },
    () => patch(Array.from({ length: 1 + below(500) }, () => pick([5, null, 'x', [], true]))),
    // Bodies of a wrong shape.
    () =>
      sent(
        'PATCH',
        `${ZONES}/${ZONE}`,
        JSON.stringify(
          pick<unknown>([
            {},
            [],
            5,
            'x',
            null,
            true,
            { rrsets: null },
            { rrsets: 5 },
            { rrsets: 'x' },
            { rrsets: {} },
            { RRSETS: [] },
            { __proto__: [] },
          ]),
        ),
      ),
    () => sent('PATCH', `${ZONES}/${ZONE}`, '{"__proto__":{"rrsets":[]}}'),
    () => sent('PATCH', `${ZONES}/${ZONE}`, '{"constructor":{"prototype":{"rrsets":[]}}}'),
    // One member of an rrset is wrong.
    () => patch([good(), { ...good(), name: badName() }]),
    () => patch([{ ...good(), type: pick<unknown>([5, null, [], {}, undefined, 'NOTATYPE', '', 'A B', 'TYPE70000']) }]),
    () => patch([{ ...good(), ttl: pick<unknown>([-1, 2 ** 32, 'x', {}, [], true, '', '1h', -0.5]) }]),
    () =>
      patch([{ ...good(), changetype: pick<unknown>(['', 'ADD', 5, null, [], undefined, '__proto__', 'REPLACE ']) }]),
    () => patch([{ ...good(), records: pick<unknown>([5, 'x', {}, [5], ['x'], [null], [[]], [{}], true]) }]),
    () => patch([{ ...good(), records: [{ content: '192.0.2.1', disabled: pick<unknown>(['x', 5, [], {}]) }] }]),
    () =>
      patch([
        {
          ...good(),
          comments: pick<unknown>([
            5,
            'x',
            {},
            [5],
            [{}],
            [{ content: 5, account: 'a' }],
            [{ content: 'a', account: 'b', modified_at: 'x' }],
          ]),
        },
      ]),
    () => {
      const [type, content] = pick(BAD_CONTENTS)
      return patch([good(), { ...good(), name: `c${below(100)}.${ZONE}`, type, records: [{ content }] }])
    },
    () => patch([{ ...good(), name: `www.${ZONE}`, type: 'CNAME', records: [{ content: 'x.example.net.' }] }]),
    () => patch([good(), good()].map((rrset) => ({ ...rrset, name: `twice.${ZONE}` }))),
    () => patch([{ ...good(), records: [{ content: '192.0.2.1' }, { content: '192.0.2.1' }] }]),
    () =>
      patch([
        {
          ...good(),
          name: ZONE,
          type: 'SOA',
          records: [{ content: pick(['', 'x', 'ns. root. 1', 'ns. root. 1 2 3 4 99999999999']) }],
        },
      ]),
    () =>
      patch([
        {
          ...good(),
          changetype: pick(['EXTEND', 'PRUNE']),
          records: [{ content: '192.0.2.1' }, { content: '192.0.2.2' }],
        },
      ]),
    // Paths.
    () =>
      sent(
        'GET',
        `${ZONES}/${pick(['%00', '%ff', '%zz', '%', '=2f', '=', '=ZZ', '=00', 'a..b', '%c3%28', 'none.example.', '__proto__', 'constructor', '%2F', '%5C', "'", '=5C=5C', 'x'.repeat(64), 'x.'.repeat(300), '%F0%9F%92%A9'])}`,
      ),
    () =>
      sent(
        'PATCH',
        `${ZONES}/${pick(['none.example.', '=2E', 'a..b', '%zz', '=2f', '__proto__'])}`,
        JSON.stringify({ rrsets: [good()] }),
      ),
    () =>
      sent(
        'GET',
        `${SERVER}${pick(['/', '/nothing', '/zones/', '//', '/config/x', '/..%2f..%2fetc', '/__proto__', '/zones/x/y/z', `/zones/${ZONE}/`, `/zones/${ZONE}/nothing`, '/networks/1.2.3.4/99', '/views/x', '/tsigkeys/__proto__'])}`,
      ),
    () =>
      sent(
        'GET',
        `/api/v1/servers/${pick(['other', '__proto__', '%00', 'LOCALHOST'])}${pick(['', '/zones', `/zones/${ZONE}`])}`,
      ),
    () =>
      sent(
        pick(['POST', 'PUT', 'PATCH', 'DELETE']),
        pick([
          '/api',
          '/api/v1',
          '/api/v1/servers',
          SERVER,
          `${SERVER}/config`,
          `${SERVER}/statistics`,
          `${ZONES}/${ZONE}/export`,
        ]),
        '{}',
      ),
    () => sent(pick(['PUT', 'PATCH', 'DELETE']), ZONES, '{}'),
    () =>
      sent(pick(['POST', 'PATCH', 'DELETE']), `${ZONES}/${ZONE}/${pick(['notify', 'rectify', 'axfr-retrieve'])}`, '{}'),
    () => sent('POST', `${ZONES}/${ZONE}`, '{}'),
    // Parameters.
    () =>
      sent(
        'GET',
        `${ZONES}/${ZONE}?${pick(['rrsets=maybe', 'rrsets=', 'include_disabled=1', 'rrset_name=a..b', 'rrset_name=%00', `rrset_name=${'x'.repeat(64)}.`])}`,
      ),
    () =>
      sent(
        'GET',
        `${SERVER}/search-data${pick(['', '?q=', '?q=%20', '?q=x&max=0', '?q=x&max=-1', '?q=x&max=x', '?q=x&max=1e999', '?q=x&object_type=__proto__', '?max=5'])}`,
      ),
    () => sent('GET', `${ZONES}?zone=${pick(['x', '', 'a..b.', 'x'.repeat(64)])}`),
    () => sent('PUT', `${SERVER}/cache/flush${pick(['', '?domain=', '?domain=x', '?domain=a..b.'])}`),
    // Creation and settings.
    () => sent('POST', ZONES, JSON.stringify(wrongZoneBodies())),
    () => sent('PUT', `${ZONES}/${ZONE}`, JSON.stringify({ rrsets: pick<unknown>([[], [good()], [5], [null]]) })),
    // Metadata.
    () =>
      sent(
        pick(['GET', 'PUT', 'DELETE']),
        `${ZONES}/${ZONE}/metadata/${pick(['x-small', 'ENABLE-LUA-RECORDS', 'SOA-EDIT-API', '__proto__', 'constructor', 'API-RECTIFY', '%00', 'NOTHING'])}`,
        '{"metadata":["x"]}',
      ),
    () =>
      sent(
        'PUT',
        `${ZONES}/${ZONE}/metadata/X-A`,
        JSON.stringify(
          pick<unknown>([
            {},
            [],
            5,
            { metadata: 5 },
            { metadata: 'x' },
            { metadata: [5] },
            { metadata: [null] },
            { metadata: {} },
          ]),
        ),
      ),
    () =>
      sent(
        'POST',
        `${ZONES}/${ZONE}/metadata`,
        JSON.stringify(
          pick<unknown>([
            {},
            [],
            { kind: 5, metadata: [] },
            { kind: '__proto__', metadata: ['x'] },
            { kind: 'X-A' },
            { kind: 'PRESIGNED', metadata: ['1'] },
          ]),
        ),
      ),
    () =>
      sent(
        'POST',
        pick([`${SERVER}/tsigkeys`, `${SERVER}/autoprimaries`, `${ZONES}/${ZONE}/cryptokeys`, `${SERVER}/views/x`]),
        JSON.stringify(junk()),
      ),
    // Keys.
    () =>
      sent(pick(['GET', 'DELETE']), pick([ZONES, `${ZONES}/${ZONE}`]), undefined, {
        'X-API-Key': pick(['wrong', 'null', 'undefined', '0', 'x'.repeat(5000)]),
      }),
  ]
  return Array.from({ length: count }, () => pick(KINDS)())
}

/** The requests that make the zone. */
export const setUpZone: readonly HostileRequest[] = [
  {
    method: 'POST',
    path: ZONES,
    headers: {},
    body: JSON.stringify({
      name: ZONE,
      kind: 'Native',
      nameservers: ['ns.example.net.'],
      rrsets: [
        { name: `www.${ZONE}`, type: 'A', ttl: 60, records: [{ content: '192.0.2.1' }] },
        { name: `lua.${ZONE}`, type: 'LUA', ttl: 60, records: [{ content: 'A "pickrandom({\'192.0.2.1\'})"' }] },
      ],
    }),
  },
]
