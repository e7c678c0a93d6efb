import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AcmeServer, startPebble } from './acme.ts'
import { API_KEY, ApiClient, linesOf, ONE_ZONE, replace, soon } from './api-client.ts'
import { startDnsdist } from './dnsdist.ts'
import { answersOf, askUdp } from './messages.ts'
import { type Folder, run, temporaryFolder } from './processes.ts'
import { type Server, startFront, startServer } from './server.ts'
import { needs } from './tools.ts'

const ZONE = 'example.com.'
const CHALLENGE = '_acme-challenge.www.example.com.'

needs(
  'lego',
  'pebble',
  'dnsdist',
  'nghttpx',
  'openssl',
  'curl',
)('lego gets a certificate by DNS-01', () => {
  const stops: (() => Promise<void>)[] = []
  let server: Server
  let folder: Folder
  let dns: number
  let acme: AcmeServer
  let api: ApiClient
  let secret: string
  beforeAll(async () => {
    folder = temporaryFolder()
    server = await startServer(ONE_ZONE, API_KEY)
    stops.unshift(server.stop)
    api = new ApiClient(server)
    const address = replace('ns1.example.com.', 'A', 60, '127.0.0.1')
    const alias = replace('www.example.com.', 'LUA', 60, "A \"pickrandom({'192.0.2.1', '192.0.2.2'})\"")
    const neighbour = replace('_acme-challenge.example.com.', 'TXT', 60, '"of another client"')
    // Clients notify only the secondaries of a zone that has some.
    await api.create(ZONE, { kind: 'Master', rrsets: [address, alias, neighbour] })
    secret = await api.makeKey('lego', 'acme:www.example.com')
    const front = await startFront(server.port)
    stops.unshift(front.stop)
    await soon(async () => {
      const reply = await fetch(`${server.url}/resolve?name=ns1.example.com`)
      expect(await reply.json()).toMatchObject({ Status: 0 })
    })
    const dnsdist = await startDnsdist(front, 'ns1.example.com.')
    stops.unshift(dnsdist.stop)
    dns = dnsdist.port
    acme = await startPebble(folder, dns)
    stops.unshift(acme.stop)
  })
  afterAll(async () => {
    for (const stop of stops) await stop()
    folder.remove()
  })

  const lego = (key: string) =>
    run(
      'lego',
      [
        ...['--server', acme.directory, '--accept-tos', '--email', 'ops@example.com', '--path', join(folder.path, key)],
        ...['--dns', 'pdns', '--dns.resolvers', `127.0.0.1:${dns}`, '--dns.disable-cp'],
        ...['--domains', 'www.example.com', '--domains', '*.www.example.com', 'run'],
      ],
      '',
      {
        LEGO_CA_CERTIFICATES: acme.certificate,
        PDNS_API_URL: server.url,
        PDNS_API_KEY: key,
        // lego waits for so long before it has the challenge validated: a change is in answers by then.
        PDNS_POLLING_INTERVAL: '10',
      },
    )

  test('for a name and its wildcard at once, with a key for that name alone, and leaves all else as it was', async () => {
    const before = await api.zone(ZONE)
    const finished = await lego(secret)
    expect([finished.status, finished.stderr]).toEqual([
      0,
      expect.stringContaining('Server responded with a certificate'),
    ])

    const issued = join(folder.path, secret, 'certificates/www.example.com')
    const root = join(folder.path, 'root.pem')
    writeFileSync(root, await acme.root())
    const chain = ['-CAfile', root, '-untrusted', `${issued}.issuer.crt`]
    const verified = await run('openssl', [
      'verify',
      ...chain,
      '-verify_hostname',
      'x.www.example.com',
      `${issued}.crt`,
    ])
    expect(verified).toMatchObject({ status: 0, stderr: '' })
    const names = await run('openssl', ['x509', '-noout', '-ext', 'subjectAltName'], readFileSync(`${issued}.crt`))
    expect(names.stdout.match(/DNS:[^,\s]+/g)?.sort()).toEqual(['DNS:*.www.example.com', 'DNS:www.example.com'])

    const after = await api.zone(ZONE)
    expect(linesOf(after)).toEqual(linesOf(before))
    expect(after.serial).toBeGreaterThan(before.serial)
    const reply = await api.must(200, 'GET', '/api/v1/zones/example.com/history')
    const { changes } = reply.body as { readonly changes: readonly { readonly id: number; readonly author: string }[] }
    const written = changes.filter(({ author }) => author === 'lego')
    const documents = await Promise.all(
      written.map(async ({ id }) => (await api.must(200, 'GET', `/api/v1/zones/example.com/history/${id}`)).text),
    )
    // Both challenges stood at one name, together.
    expect(Math.max(...documents.map((text) => challengesIn(text)))).toBe(2)
    await soon(async () => expect(answersOf(await askUdp(dns)(CHALLENGE, 'TXT'))).toEqual([]))
  })

  test('and gets none with a key for another name, whose records it cannot touch', async () => {
    const before = await api.zone(ZONE)
    const other = await api.makeKey('lego-elsewhere', 'acme:mail.example.com')
    const finished = await lego(other)
    expect(finished.status).not.toBe(0)
    expect(`${finished.stdout}${finished.stderr}`).toContain('unexpected HTTP status code 403')
    expect(linesOf(await api.zone(ZONE))).toEqual(linesOf(before))
  })
})

/** Counts the challenges of the document after a change. */
function challengesIn(text: string): number {
  const { after } = JSON.parse(text) as { readonly after: unknown }
  const document = typeof after === 'string' ? after : JSON.stringify(after)
  return new Set(document?.match(/[\w-]{43}/g) ?? []).size
}
