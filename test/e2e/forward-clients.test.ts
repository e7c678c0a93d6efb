import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ofDebian13 } from './debian-13.ts'
import { answersOf, askUdp, rcodeOf } from './messages.ts'
import { freePort, type Running, ready, run, start, temporaryFolder } from './processes.ts'
import { type Front, type Server, startFront, startServer } from './server.ts'
import { needs, PYTHON, pathOf } from './tools.ts'
import { startUnbound, type Unbound } from './unbound.ts'

const ZONE = `$TTL 60
@     IN SOA   ns hostmaster 1 3600 900 604800 60
@     IN NS    ns
ns    IN A     192.0.2.53
page  IN A     127.0.0.1
out   IN CNAME www.upstream.example.
`

/** Each name with its type, and the answer that every client has to see: an address, or an rcode. */
const NAMES = [
  ['page.ours.example', '127.0.0.1'],
  ['out.ours.example', '192.0.2.80'],
  ['www.upstream.example', '192.0.2.80'],
  ['alias.upstream.example', '192.0.2.80'],
  ['gone.upstream.example', 'NXDOMAIN'],
  ['gone.ours.example', 'NXDOMAIN'],
  ['printer.home.arpa', 'NXDOMAIN'],
] as const

needs(
  'unbound',
  'nghttpx',
  'openssl',
)('clients of names here and elsewhere', () => {
  let unbound: Unbound
  let server: Server
  let front: Front
  beforeAll(async () => {
    unbound = await startUnbound(['page.upstream.example. 60 A 127.0.0.1'])
    server = await startServer({ 'ours.example.zone': ZONE }, '', { UPSTREAMS: unbound.url })
    front = await startFront(server.port)
  })
  afterAll(async () => {
    await front?.stop()
    await server?.stop()
    await unbound?.stop()
  })

  const tls = (): string[] => [
    ...['@127.0.0.1', '-p', `${front.port}`, `+tls-ca=${front.certificate}`, '+tls-hostname=localhost', '+https'],
  ]

  for (const tool of ['kdig', 'dig'] as const) {
    needs(tool)(`${tool} +https`, () => {
      test.each(NAMES)('%s: %s', async (name, expected) => {
        const { stdout } = await run(pathOf(tool) ?? tool, [...tls(), name, 'A'])
        const rcode = /status: ([A-Z]+)/.exec(stdout)?.[1]
        const flags = /flags: ([a-z ]+);/i.exec(stdout)?.[1]?.split(' ') ?? []
        expect(flags).toEqual(expect.arrayContaining(['qr', 'rd', 'ra']))
        if (expected === 'NXDOMAIN') expect(rcode).toBe(expected)
        else expect(stdout).toMatch(new RegExp(`\\sIN\\s+A\\s+${expected}`))
      })
    })
  }

  needs('dnspython')('dnspython', () => {
    test.each([false, true])('reads the same; by POST: %s', async (post) => {
      const script = fileURLToPath(new URL('doh.py', import.meta.url))
      const questions = NAMES.map(([name]) => ({ name, type: 'A', post }))
      const args = [script, `${front.url}/dns-query`, front.certificate]
      const { stdout, stderr } = await run(PYTHON, args, JSON.stringify(questions))
      expect(stderr).toBe('')
      const replies: { rcode: string; flags: string; answer: string[] }[] = JSON.parse(stdout)
      expect(replies.map(({ flags }) => flags.split(' ').includes('RA'))).toEqual(NAMES.map(() => true))
      expect(replies.map(({ rcode, answer }) => addressIn(answer) ?? rcode)).toEqual(NAMES.map(([, data]) => data))
    })
  })

  needs('curl')('curl --doh-url', () => {
    test.each(['page.ours.example', 'page.upstream.example'])('fetches a page from %s', async (host) => {
      const web = createServer((request, response) => response.end(`for ${request.headers.host}`))
      web.listen(0, '127.0.0.1')
      await once(web, 'listening')
      const { port } = web.address() as AddressInfo
      const doh = ['--doh-url', `${front.url}/dns-query`, '--cacert', front.certificate]
      const { stdout, stderr } = await run('curl', ['-sS', '--max-time', '20', ...doh, `http://${host}:${port}/`])
      web.closeAllConnections()
      web.close()
      expect(stdout, stderr).toBe(`for ${host}:${port}`)
    })
  })

  /** Asks a proxy in front of us for all names, over UDP. */
  async function expectNames(name: string, proxy: Running, port: number): Promise<void> {
    const ask = askUdp(port)
    await ready(name, proxy, async () => rcodeOf(await ask('page.ours.example', 'A')) === 'NOERROR')
    for (const [name, expected] of NAMES) {
      const reply = await ask(name, 'A')
      expect([name, addressIn(answersOf(reply)) ?? rcodeOf(reply)]).toEqual([name, expected])
    }
  }

  needs('dnscrypt-proxy of Debian 13')('dnscrypt-proxy, port 53 in front of us', () => {
    test('has all names, over UDP', async () => {
      const folder = temporaryFolder()
      const port = await freePort()
      const file = join(folder.path, 'dnscrypt-proxy.toml')
      writeFileSync(file, dnscryptProxy(port, front.port))
      const command = ofDebian13('dnscrypt-proxy') ?? 'dnscrypt-proxy'
      const proxy = start(command, ['-config', file], { env: { SSL_CERT_FILE: front.certificate } })
      try {
        await expectNames('dnscrypt-proxy', proxy, port)
      } finally {
        await proxy.stop()
        folder.remove()
      }
    })
  })

  needs('dnss')('dnss, port 53 in front of us', () => {
    test('has all names, over UDP', async () => {
      const folder = temporaryFolder()
      const port = await freePort()
      const proxy = start(pathOf('dnss') ?? 'dnss', [
        ...['-enable_dns_to_https', '-enable_cache=false', `-dns_listen_addr=127.0.0.1:${port}`],
        ...[`-https_upstream=${front.url}/dns-query`, `-https_client_cafile=${front.certificate}`],
        `-logfile=${join(folder.path, 'log')}`,
      ])
      try {
        await expectNames('dnss', proxy, port)
      } finally {
        await proxy.stop()
        folder.remove()
      }
    })
  })
})

/** The last word of the lines that is an address. */
const addressIn = (lines: readonly string[]): string | undefined =>
  lines.flatMap((line) => /(?:^|\s)(\d+\.\d+\.\d+\.\d+)$/.exec(line)?.[1] ?? []).at(-1)

/**
 * The configuration of dnscrypt-proxy for one server on loopback, which it knows by a stamp
 * (https://dnscrypt.info/stamps-specifications).
 */
function dnscryptProxy(port: number, doh: number): string {
  const prefixed = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])
  const properties = Buffer.alloc(8)
  const parts = [`127.0.0.1:${doh}`, '', `localhost:${doh}`, '/dns-query'].map(prefixed)
  const stamp = Buffer.concat([Buffer.from([2]), properties, ...parts]).toString('base64url')
  return `listen_addresses = ['127.0.0.1:${port}']
server_names = ['ours']
cache = false
netprobe_timeout = 0
ignore_system_dns = true
bootstrap_resolvers = ['127.0.0.1:9']
block_unqualified = false
block_undelegated = false
[static.ours]
stamp = 'sdns://${stamp}'
`
}
