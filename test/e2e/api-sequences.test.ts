import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { API_KEY, ApiClient, linesOf, ONE_ZONE, replace, type ShownZone, soon } from './api-client.ts'
import { type Ask, answersOf, askDoh, rcodeOf } from './messages.ts'
import { run } from './processes.ts'
import { type Server, startServer } from './server.ts'
import {
  caddy,
  dnscontrol,
  externalDns,
  octoDns,
  operator,
  type SyncClient,
  terraform,
  type Wish,
} from './sync-clients.ts'
import { needs } from './tools.ts'

/** Clients that are not in Debian, from the beginning to the end, by docs/powerdns-api.md's sources. */

let server: Server
let api: ApiClient
let ask: Ask
beforeAll(async () => {
  server = await startServer(ONE_ZONE, API_KEY)
  api = new ApiClient(server)
  ask = askDoh(server.url)
})
afterAll(() => server.stop())

const wish = (name: string, type: string, ttl: number, ...contents: readonly string[]): Wish => ({
  ...{ name, type, ttl, contents },
})

const LUA =
  "A \";-- octodns-dynamic:v1:eyJ2IjoxfQ==\nif country('DE') then return '192.0.2.1' end\nreturn '192.0.2.2'\""

/** Contents that a server likes to write in its own way. */
const first = (zone: string): readonly Wish[] => [
  wish(zone, 'NS', 3600, 'ns1.example.net.', 'NS2.Example.NET.'),
  wish(zone, 'MX', 600, '10 mx1.example.net.', '20 Mail.Example.net.'),
  wish(zone, 'TXT', 600, '"v=spf1 -all"', '"two" "strings"'),
  wish(zone, 'CAA', 600, '0 issue "ca.example.net"'),
  wish(`www.${zone}`, 'A', 300, '192.0.2.2', '192.0.2.1'),
  wish(`www.${zone}`, 'AAAA', 300, '2001:db8::1'),
  wish(`*.wild.${zone}`, 'A', 60, '192.0.2.3'),
  wish(`alias.${zone}`, 'CNAME', 300, `WWW.${zone}`),
  wish(`apex.${zone}`, 'ALIAS', 300, `www.${zone}`),
  wish(`long.${zone}`, 'TXT', 300, `"${'v'.repeat(300)}"`),
  wish(`quoted.${zone}`, 'TXT', 300, '"a \\"b\\"; \\\\ c\\195\\164"'),
  wish(`_sip._tcp.${zone}`, 'SRV', 300, `10 60 5060 sip.${zone}`),
  wish(`svc.${zone}`, 'HTTPS', 300, '1 . alpn=h3,h2 ipv4hint=192.0.2.1'),
  wish(`lua.${zone}`, 'LUA', 60, LUA),
]

/** Other addresses, another TTL, a CNAME in place of addresses and the other way round, names that go and come. */
const second = (zone: string): readonly Wish[] => [
  ...first(zone).filter(
    ({ name, type }) => ![`www.${zone}`, `alias.${zone}`, `quoted.${zone}`].includes(name) && type !== 'MX',
  ),
  wish(`www.${zone}`, 'CNAME', 60, `new.${zone}`),
  wish(`alias.${zone}`, 'A', 30, '192.0.2.9'),
  wish(`new.${zone}`, 'A', 60, '192.0.2.8'),
]

const linesOfWishes = (wishes: readonly Wish[]): string[] =>
  wishes
    .flatMap(({ name, type, ttl, contents }) => contents.map((content) => `${name} ${ttl} ${type} ${content}`))
    .sort()

/** Clients, and if they make the zone themselves. */
const CLIENTS: readonly (readonly [client: SyncClient, zone: string, isMaker: boolean])[] = [
  [octoDns, 'octo.example.', true],
  [dnscontrol, 'control.example.', true],
  [terraform, 'terraform.example.', true],
  [caddy, 'caddy.example.', false],
  [operator, 'operator.example.', true],
]

describe.each(CLIENTS)('$name', (client, zone, isMaker) => {
  test('makes the zone as it wants it, and finds nothing to do afterwards', async () => {
    if (!isMaker) await api.create(zone)
    expect(await client.sync(api, zone, first(zone))).toBeGreaterThan(0)
    expect(linesOf(await api.zone(zone))).toEqual(linesOfWishes(first(zone)))
    const { serial } = await api.zone(zone)
    expect(await client.sync(api, zone, first(zone))).toBe(0)
    expect((await api.zone(zone)).serial).toBe(serial)
  })

  test('changes it, and finds nothing to do afterwards', async () => {
    expect(await client.sync(api, zone, second(zone))).toBeGreaterThan(0)
    expect(linesOf(await api.zone(zone))).toEqual(linesOfWishes(second(zone)))
    expect(await client.sync(api, zone, second(zone))).toBe(0)
  })

  test('the last state is in answers', async () => {
    const below = (name: string): string => `${name}.${zone.slice(0, -1)}`
    await soon(async () => {
      expect(answersOf(await ask(below('alias'), 'A'))).toEqual(['192.0.2.9'])
      expect(answersOf(await ask(below('www'), 'A'))).toEqual(['192.0.2.8', below('new')])
      expect(answersOf(await ask(below('x.wild'), 'A'))).toEqual(['192.0.2.3'])
      expect(answersOf(await ask(below('lua'), 'A'))).toEqual(['192.0.2.2'])
      expect(answersOf(await ask(below('apex'), 'A'))).toEqual(['192.0.2.8'])
      expect(rcodeOf(await ask(below('quoted'), 'TXT'))).toBe('NXDOMAIN')
    })
  })
})

describe('external-dns', () => {
  const ZONE = 'external.example.'
  const app = (ttl: number, ...addresses: readonly string[]) => wish(`app.${ZONE}`, 'A', ttl, ...addresses)
  const apex = wish(ZONE, 'ALIAS', 300, `app.${ZONE}`)
  const alias = wish(`web.${ZONE}`, 'CNAME', 300, `app.${ZONE}`)
  const steps: readonly (readonly Wish[])[] = [
    [app(300, '192.0.2.1', '192.0.2.2'), alias, apex],
    [app(60, '192.0.2.3'), alias, apex],
    [app(60, '192.0.2.3'), apex],
    [],
  ]

  test('creates, updates and deletes what it owns, does nothing twice, and leaves the records of others', async () => {
    const others = [replace(`www.${ZONE}`, 'A', 60, '192.0.2.9'), replace(`app2.${ZONE}`, 'TXT', 60, '"not mine"')]
    await api.create(ZONE, { rrsets: others })
    const before = linesOf(await api.zone(ZONE))
    for (const wishes of steps) {
      expect(await externalDns.sync(api, ZONE, wishes)).toBe(1)
      const lines = linesOf(await api.zone(ZONE)).filter((line) => !line.includes('heritage=external-dns'))
      expect(lines).toEqual([...before, ...linesOfWishes(wishes)].sort())
      expect(await externalDns.sync(api, ZONE, wishes)).toBe(0)
      const [addresses] = wishes.filter(({ name }) => name.startsWith('app.'))
      await soon(async () =>
        expect(answersOf(await ask('app.external.example', 'A'))).toEqual(addresses?.contents ?? []),
      )
    }
    expect(linesOf(await api.zone(ZONE))).toEqual(before)
  })
})

describe('Terraform destroys', () => {
  test('a zone: 204, then 404 everywhere, and no answers', async () => {
    await api.must(204, 'DELETE', 'Z/terraform.example.')
    await api.must(404, 'GET', 'Z/terraform.example.')
    await api.must(404, 'DELETE', 'Z/terraform.example.')
    expect((await api.must(200, 'GET', 'Z?zone=terraform.example.')).body).toEqual([])
    await soon(async () => expect(rcodeOf(await ask('terraform.example', 'SOA'))).toBe('REFUSED'))
  })
})

needs('curl')('acme.sh, which reads JSON as text', () => {
  const NAME = '_acme-challenge.www.deep.shell.example'
  const shell = async (action: 'add' | 'remove', value: string, key: string) => {
    const script = new URL('shell-acme.sh', import.meta.url).pathname
    const finished = await run('sh', [script, action, server.url, key, NAME, value])
    expect(finished).toMatchObject({ status: 0, stderr: '', stdout: '{"result": "Notification queued"}' })
  }
  const challenges = async (): Promise<string[]> =>
    linesOf(await api.zone('deep.shell.example.')).filter((line) => line.startsWith(`${NAME}. 60 TXT`))

  test('adds and removes the two challenges of a wildcard, in the zone with the longest name', async () => {
    await api.create('shell.example.')
    const beside = [
      replace(`x${NAME}.`, 'TXT', 60, '"another name with the same end"'),
      replace('a.deep.shell.example.', 'TXT', 60, '"brackets ] [ in a text"'),
      { ...replace('www.deep.shell.example.', 'A', 60, '192.0.2.1'), comments: [{ content: ']', account: '' }] },
    ]
    await api.create('deep.shell.example.', { rrsets: beside })
    const before = linesOf(await api.zone('deep.shell.example.'))
    const key = await api.makeKey('acme.sh', 'acme:www.deep.shell.example')
    const values = ['9ihDbjYfTExAYeDs4DBUeuTo18KBzwvTEjUnSwd32-c', 'LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0']
    const lineFor = (value: string | undefined) => `${NAME}. 60 TXT "${value}"`
    await shell('add', values[0] ?? '', key)
    await shell('add', values[1] ?? '', key)
    expect(await challenges()).toEqual(values.map(lineFor))
    await soon(async () => expect(answersOf(await ask(NAME, 'TXT'))).toHaveLength(2))
    await shell('remove', values[0] ?? '', key)
    expect(await challenges()).toEqual([lineFor(values[1])])
    await shell('remove', values[1] ?? '', key)
    expect(linesOf(await api.zone('deep.shell.example.'))).toEqual(before)
    expect(linesOf(await api.zone('shell.example.'))).toEqual(['shell.example. 3600 NS ns1.shell.example.'])
  })
})

describe('cert-manager', () => {
  const NAME = '_acme-challenge.cert.example.'
  const contents = async (): Promise<string[]> => {
    const { rrsets } = await api.zone('cert.example.')
    const found = rrsets.find(({ name, type }) => name === NAME && type === 'TXT')
    return found?.records.map(({ content }) => content) ?? []
  }
  const write = (texts: readonly string[]) => api.patch('cert.example.', replace(NAME, 'TXT', 120, ...texts))

  test('presents two challenges, and cleans up one after the other', async () => {
    await api.create('cert.example.')
    for (const text of ['"one"', '"two"']) await write([...(await contents()), text])
    expect(await contents()).toEqual(['"one"', '"two"'])
    await write((await contents()).filter((text) => text !== '"one"'))
    expect(await contents()).toEqual(['"two"'])
    await write((await contents()).filter((text) => text !== '"two"'))
    expect(await contents()).toEqual([])
  })
})

describe('PowerDNS-Admin', () => {
  const MEMBERS = [
    ...['account', 'catalog', 'dnssec', 'edited_serial', 'id', 'kind', 'last_check', 'masters', 'name'],
    ...['notified_serial', 'serial', 'url'],
  ]
  const listed = async () => (await api.must(200, 'GET', 'Z')).body as readonly ShownZone[]
  const ZONE = 'admin.example.'

  test('keeps its list of zones like ours, with all members that it indexes', async () => {
    await api.must(201, 'POST', 'Z', {
      ...{ name: ZONE, kind: 'NATIVE', masters: [], nameservers: [], soa_edit_api: 'DEFAULT', account: 'customer' },
    })
    const zones = await listed()
    for (const zone of zones) expect(Object.keys(zone)).toEqual(MEMBERS)
    expect(zones.find(({ name }) => name === ZONE)).toMatchObject({ account: 'customer', kind: 'Native' })
  })

  test('edits records, comments and what is disabled in one PATCH, with names without dot', async () => {
    const rrset = {
      ...replace(`www.${ZONE}`, 'A', 60, '192.0.2.1', '192.0.2.2'),
      comments: [{ content: 'ours', account: '' }],
    }
    await api.must(204, 'PATCH', 'Z/admin.example', { rrsets: [rrset] })
    await soon(async () => expect(answersOf(await ask('www.admin.example', 'A'))).toHaveLength(2))
    const [one, two] = rrset.records
    const edited = { ...rrset, records: [one, { ...two, disabled: true }] }
    await api.must(204, 'PATCH', 'Z/admin.example', {
      rrsets: [
        { name: `www.${ZONE}`, type: 'A', changetype: 'DELETE' },
        { name: `none.${ZONE}`, type: 'TXT', changetype: 'DELETE' },
        edited,
      ],
    })
    const { rrsets } = (await api.must(200, 'GET', 'Z/admin.example')).body as ShownZone
    expect(rrsets.find(({ type }) => type === 'A')).toMatchObject({
      records: [one, { content: '192.0.2.2', disabled: true }],
      comments: [{ content: 'ours', account: '' }],
    })
    for (const shown of rrsets) expect([shown.records, shown.comments].every(Array.isArray)).toBe(true)
    await soon(async () => expect(answersOf(await ask('www.admin.example', 'A'))).toEqual(['192.0.2.1']))
  })

  test('shows the reason of a refusal, which leaves all as it was', async () => {
    const before = linesOf(await api.zone(ZONE))
    const bad = [replace(`good.${ZONE}`, 'A', 60, '192.0.2.1'), replace(`bad.${ZONE}`, 'A', 60, 'no address')]
    const { headers, body } = await api.must(422, 'PATCH', `Z/${ZONE}`, { rrsets: bad })
    expect([headers.get('content-type'), body]).toEqual([
      'application/json',
      { error: expect.stringContaining('bad.admin.example.') },
    ])
    expect(linesOf(await api.zone(ZONE))).toEqual(before)
  })

  test('finds records, and drops a zone that is deleted from its list', async () => {
    const found = await api.must(
      200,
      'GET',
      '/api/v1/servers/localhost/search-data?q=www.admin*&max=100&object_type=all',
    )
    expect(found.body).toMatchObject([{ object_type: 'record' }, { object_type: 'record' }, { object_type: 'comment' }])
    const count = (await listed()).length
    await api.must(204, 'DELETE', `Z/${ZONE}`)
    const zones = await listed()
    expect([zones.length, zones.some(({ name }) => name === ZONE)]).toEqual([count - 1, false])
  })
})

describe('AuthAdmin', () => {
  test('probes the server, and sees by the serial what changed', async () => {
    const S = '/api/v1/servers/localhost'
    for (const path of ['config', 'statistics', 'autoprimaries', 'tsigkeys', 'zones']) {
      expect((await api.must(200, 'GET', `${S}/${path}`)).body).toBeInstanceOf(Array)
    }
    const { id, serial } = await api.create('auth.example.')
    await api.must(201, 'POST', `Z/${id}/metadata`, { kind: 'X-TEAM', metadata: ['web'] })
    await api.patch(id, replace('www.auth.example.', 'A', 60, '192.0.2.1'))
    const listed = (await api.must(200, 'GET', 'Z')).body as readonly ShownZone[]
    const after = listed.find(({ name }) => name === id)?.serial
    expect(after).toBeGreaterThan(serial)
    expect((await api.must(200, 'GET', `Z/${id}/metadata`)).body).toContainEqual({
      ...{ kind: 'X-TEAM', metadata: ['web'], type: 'Metadata' },
    })
    expect((await api.must(200, 'GET', `Z/${id}/cryptokeys`)).body).toEqual([])
  })
})

describe('Ansible', () => {
  test('makes its calls out of the description, by the names of operations', async () => {
    type Methods = Readonly<Record<string, { readonly operationId?: string }>>
    const docs = await api.must(200, 'GET', '/api/docs', undefined, { Accept: 'application/json' })
    const { paths } = docs.body as { readonly paths: Readonly<Record<string, Methods>> }
    const call = async (operation: string, status: number, body?: object, query = '') => {
      for (const [path, methods] of Object.entries(paths)) {
        const method = Object.entries(methods).find(([, { operationId }]) => operationId === operation)?.[0]
        if (method === undefined) continue
        const filled = path.replace('{server_id}', 'localhost').replace('{zone_id}', 'ansible.example.')
        return (await api.must(status, method.toUpperCase(), `${filled}${query}`, body)).body
      }
      throw new Error(`the description has no ${operation}`)
    }
    const settings = { name: 'ansible.example.', kind: 'Native', nameservers: ['ns.example.net.'] }
    expect(await call('listZones', 200, undefined, '?zone=ansible.example.')).toEqual([])
    await call('createZone', 201, settings, '?rrsets=false')
    await call('putZone', 204, { account: 'ops' })
    await call('patchZone', 204, { rrsets: [replace('www.ansible.example.', 'A', 60, '192.0.2.1')] })
    expect(await call('listZone', 200, undefined, '?rrsets=false')).toMatchObject({ account: 'ops' })
    expect(await call('listMetadata', 200)).toBeInstanceOf(Array)
    expect(await call('listCryptokeys', 200)).toEqual([])
    expect(await call('listTSIGKeys', 200)).toEqual([])
    await call('deleteZone', 204)
    expect(await call('listZones', 200, undefined, '?zone=ansible.example.')).toEqual([])
  })
})
