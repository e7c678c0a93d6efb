import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run, until } from './processes.ts'
import { startRemotePdns } from './remote-backend.ts'
import { type Front, type Server, startFront, startServer } from './server.ts'
import { needs, pathOf } from './tools.ts'

const KEY = 'the-key-of-pdns'

const HEAD = `$TTL 60
@           IN SOA   ns hostmaster 1 3600 900 604800 60
@           IN NS    ns
ns          IN A     192.0.2.53
www         IN A     192.0.2.1
www         IN TXT   "a text"
alias       IN CNAME www
*.wild      IN A     192.0.2.7
deep.empty  IN A     192.0.2.31
Upper-Z     IN A     192.0.2.32
sub         IN NS    ns.sub
ns.sub      IN A     192.0.2.54
child       IN NS    ns.sub
child       IN DS    1 13 2 0000000000000000000000000000000000000000000000000000000000000000
`
const STEERED = `near        IN LUA   A "view({ {{'203.0.113.0/24'}, {'192.0.2.61'}}, {{'0.0.0.0/0', '::/0'}, {'192.0.2.62'}} })"
picked      IN LUA   A "pickrandom({'192.0.2.71', '192.0.2.72'})"
`
/** Both kinds of denial: by the names of the zone, and by hashes that PowerDNS makes up. */
const ZONES = {
  'nsec.example': 'NSEC',
  'nsec3.example': 'NSEC3',
} as const

/** Questions, and the parts of delv's output that tell that all of it is signed. */
const QUESTIONS: readonly (readonly [string, string, string, string])[] = [
  ['www', 'A', '; fully validated', '192.0.2.1'],
  ['', 'SOA', '; fully validated', 'hostmaster'],
  ['alias', 'A', '; fully validated', '192.0.2.1'],
  ['near', 'A', '; fully validated', '192.0.2.62'],
  ['picked', 'A', '; fully validated', '192.0.2.7'],
  ['x.wild', 'A', '; fully validated', '192.0.2.7'],
  ['upper-z', 'A', '; fully validated', '192.0.2.32'],
  ['child', 'DS', '; fully validated', '1 13 2'],
  ['www', 'MX', '; negative response, fully validated', 'ncache nxrrset'],
  ['near', 'TXT', '; negative response, fully validated', 'ncache nxrrset'],
  ['', 'MX', '; negative response, fully validated', 'ncache nxrrset'],
  ['empty', 'A', '; negative response, fully validated', 'ncache nxrrset'],
  ['x.wild', 'TXT', '; negative response, fully validated', 'ncache nxrrset'],
  ['sub', 'DS', '; negative response, fully validated', 'ncache nxrrset'],
  ['nothing', 'A', '; negative response, fully validated', 'ncache nxdomain'],
  ['a.b.www', 'A', '; negative response, fully validated', 'ncache nxdomain'],
  ['zzz', 'A', '; negative response, fully validated', 'ncache nxdomain'],
]

needs(
  'nghttpx',
  'openssl',
  'dig',
  'delv',
  'dnssec-verify',
  'pdns-backend-remote',
)('PowerDNS signs by keys that the remote backend keeps', () => {
  let server: Server
  let front: Front
  let pdns: Awaited<ReturnType<typeof startRemotePdns>>
  let secret: string
  beforeAll(async () => {
    const zones = Object.keys(ZONES).map((origin) => [`${origin}.zone`, HEAD + STEERED])
    server = await startServer({ ...Object.fromEntries(zones), 'static.example.zone': HEAD }, KEY)
    front = await startFront(server.port)
    secret = await keyWith('pdns')
    pdns = await startSigner(secret)
    for (const origin of [...Object.keys(ZONES), 'static.example']) await pdnsutil('secure-zone', origin)
  })
  afterAll(async () => {
    await pdns?.stop()
    await front?.stop()
    await server?.stop()
  })

  const startSigner = (key: string) =>
    startRemotePdns(front, 'www.static.example', {
      key,
      settings: { 'remote-dnssec': 'yes', 'dnssec-key-cache-ttl': '0', 'domain-metadata-cache-ttl': '0' },
    })

  async function keyWith(scope: string): Promise<string> {
    const headers = { 'x-api-key': KEY, 'content-type': 'application/json' }
    const body = JSON.stringify({ name: scope, scopes: [scope] })
    const response = await fetch(`${server.url}/api/v1/keys`, { method: 'POST', headers, body })
    return ((await response.json()) as { secret: string }).secret
  }

  async function pdnsutil(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await run('pdnsutil', [`--config-dir=${pdns.folder}`, ...args])
    expect([status, stderr], args.join(' ')).toEqual([0, expect.not.stringMatching(/error|fail/i)])
    return stdout
  }

  const dig = async (...args: readonly string[]): Promise<string> =>
    (await run('dig', ['@127.0.0.1', '-p', `${pdns.port}`, ...args])).stdout

  /** Writes the trust anchor of a zone, by what PowerDNS says of its keys. */
  async function anchorFor(origin: string): Promise<string> {
    const shown = await pdnsutil('show-zone', origin)
    const keys = [...shown.matchAll(/IN DNSKEY (\d+) 3 (\d+) (\S+)/g)]
    const lines = keys.map(([, flags, algorithm, key]) => `"${origin}." static-key ${flags} 3 ${algorithm} "${key}";`)
    const file = join(pdns.folder, `${origin}.anchor`)
    writeFileSync(file, `trust-anchors { ${lines.join('\n')} };\n`)
    return file
  }

  async function delv(anchor: string, origin: string, name: string, type: string): Promise<string> {
    const owner = name === '' ? origin : `${name}.${origin}`
    const args = ['@127.0.0.1', '-p', `${pdns.port}`, '-a', anchor, `+root=${origin}`, owner, type]
    const { stdout, stderr } = await run(pathOf('delv') ?? 'delv', args)
    return `${stdout}${stderr}`
  }

  describe.each(Object.entries(ZONES))('%s', (origin, denial) => {
    let anchor: string
    beforeAll(async () => {
      if (denial === 'NSEC3') await pdnsutil('set-nsec3', origin, '1 0 0 -', 'narrow')
      await until('PowerDNS signs', async () => (await dig(origin, 'SOA', '+dnssec')).includes('RRSIG'))
      anchor = await anchorFor(origin)
    })

    test.each(QUESTIONS)('"%s" %s: %s', async (name, type, verdict, content) => {
      const text = await delv(anchor, origin, name, type)
      expect(text).toContain(verdict)
      expect(text).toContain(content)
    })

    test('steered answers are signed for each client, with their scope', async () => {
      const text = await dig(`near.${origin}`, 'A', '+dnssec', '+subnet=203.0.113.0/24')
      expect(text).toMatch(/\sA\s+192\.0\.2\.61/)
      expect(text).toContain('RRSIG')
      expect(text).toContain('CLIENT-SUBNET: 203.0.113.0/24/24')
    })

    test(`names that are not there are denied by ${denial}`, async () => {
      expect(await dig(`nothing.${origin}`, 'A', '+dnssec')).toMatch(new RegExp(`\\sIN\\s+${denial}\\s`))
    })
  })

  test('keys are rolled by pdnsutil: added, published, activated, removed', async () => {
    const origin = 'static.example'
    const list = async () => [...(await pdnsutil('show-zone', origin)).matchAll(/^ID = (\d+) .*?\t\s*(\S+)\s+(\S+)/gm)]
    const first = (await list()).map(([, id, active, published]) => [id, active, published])
    expect(first).toEqual([['1', 'Active', 'Published']])
    await pdnsutil('add-zone-key', origin, 'ksk', 'inactive', 'ecdsa256')
    await pdnsutil('activate-zone-key', origin, '2')
    await pdnsutil('deactivate-zone-key', origin, '1')
    await pdnsutil('unpublish-zone-key', origin, '1')
    expect((await list()).map(([, id, active, published]) => [id, active, published])).toEqual([
      ['1', 'Inactive', 'Unpublished'],
      ['2', 'Active', 'Published'],
    ])
    await pdnsutil('publish-zone-key', origin, '1')
    await pdnsutil('remove-zone-key', origin, '1')
    expect((await list()).map(([, id]) => id)).toEqual(['2'])
    await until('PowerDNS signs by the new key', async () =>
      (await delv(await anchorFor(origin), origin, 'www', 'A')).includes('; fully validated'),
    )
  })

  test('a signed transfer of a zone without steered names is complete, says dnssec-verify', async () => {
    const origin = 'static.example'
    const text = await dig(origin, 'AXFR', '+onesoa', '+noall', '+answer')
    expect(text).toMatch(/\sNSEC\s/)
    const file = join(pdns.folder, 'transfer')
    writeFileSync(file, text)
    // One key signs all (-z).
    const args = ['-z', '-o', origin, file]
    const { status, stdout, stderr } = await run(pathOf('dnssec-verify') ?? 'dnssec-verify', args)
    expect([status, stderr], stdout).toEqual([0, expect.not.stringMatching(/error|missing/i)])
  })

  test('a key that may only read gives out no private key: PowerDNS answers SERVFAIL rather than without signatures', async () => {
    const reader = await keyWith('read')
    const url = (key: string, origin: string) => `${server.url}/pdns/${key}/getDomainKeys/${origin}`
    const replies = [await fetch(url(reader, 'nsec.example')), await fetch(url(secret, 'nsec.example'))]
    expect(replies.map(({ status }) => status)).toEqual([403, 200])
    expect(await replies[0]?.text()).not.toContain('Private-key')
    expect(await replies[1]?.text()).toContain('Private-key')
    const exported = await fetch(`${server.url}/api/v1/zones/nsec.example`, { headers: { 'x-api-key': KEY } })
    expect(await exported.text()).not.toContain('Private-key')
    expect(server.output()).not.toContain('PrivateKey')
    expect(server.output()).not.toContain(secret)
  })
})
