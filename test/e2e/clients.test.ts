import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import packet from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DIG, DNSDIST, KDIG } from './client-cases.ts'
import { DNSDISTS, startDnsdist } from './dnsdist.ts'
import { answersOf, queryOf, rcodeOf } from './messages.ts'
import { run } from './processes.ts'
import { exampleZones, type Front, type Server, startFront, startServer, testZones } from './server.ts'
import { has, needs, PYTHON, pathOf } from './tools.ts'

let server: Server
let front: Front
beforeAll(async () => {
  server = await startServer({ ...exampleZones(), ...testZones() })
  if (has('nghttpx') && has('openssl')) front = await startFront(server.port)
})
afterAll(async () => {
  await front?.stop()
  await server?.stop()
})

async function printed(command: string, args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(pathOf(command) ?? command, args)
  return `${`${stdout}${stderr}`.replace(/\s+/g, ' ')} (exit status ${status})`
}

const tls = () => ['@127.0.0.1', '-p', String(front.port), `+tls-ca=${front.certificate}`, '+tls-hostname=localhost']

needs(
  'kdig',
  'nghttpx',
  'openssl',
)('kdig +https', () => {
  test.each(KDIG)('$args', async ({ args, shows, hides = [] }) => {
    const text = await printed('kdig', [...tls(), '+https', ...args.split(' ')])
    for (const piece of [...shows, '(exit status 0)']) expect(text).toContain(piece)
    for (const piece of hides) expect(text).not.toContain(piece)
  })
})

needs(
  'dig',
  'nghttpx',
  'openssl',
)('dig', () => {
  test.each(DIG)('$args', async ({ args, shows, hides = [] }) => {
    const text = await printed('dig', [...tls(), ...args.split(' ')])
    for (const piece of [...shows, '(exit status 0)']) expect(text).toContain(piece)
    for (const piece of hides) expect(text).not.toContain(piece)
  })
})

needs(
  'curl',
  'nghttpx',
  'openssl',
)('curl --doh-url', () => {
  test('finds a web server by our answer and fetches from it', async () => {
    const web = createServer((request, response) => response.end(`for ${request.headers.host}`))
    web.listen(0, '127.0.0.1')
    await once(web, 'listening')
    const { port } = web.address() as { port: number }
    const doh = ['--doh-url', `${front.url}/dns-query`, '--doh-insecure']
    const { stdout } = await run('curl', ['-sS', '--max-time', '20', ...doh, `http://web.curl.example:${port}/`])
    web.closeAllConnections()
    web.close()
    expect(stdout).toBe(`for web.curl.example:${port}`)
  })
})

needs('curl')('curl, on the JSON forms and the wire form', () => {
  /** Status, the header fields that matter, and the body. */
  async function curl(path: string, ...args: readonly string[]) {
    const { stdout } = await run('curl', ['-sS', '-i', '--max-time', '20', ...args, `${server.url}${path}`])
    const [head = '', body = ''] = stdout.split('\r\n\r\n')
    const field = (name: string) => new RegExp(`^${name}: (.*?)\r?$`, 'im').exec(head)?.[1]
    const status = Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1])
    return { status, type: field('content-type'), cache: field('cache-control'), body }
  }
  const from = (address: string) => ['-H', `CF-Connecting-IP: ${address}`]
  const accept = (type: string) => ['-H', `Accept: ${type}`]

  test.each([
    ['/resolve?name=src.example.com', from('192.168.3.4'), 0, ['192.168.1.54'], 'private, max-age=86400'],
    ['/resolve?name=src.example.com&type=1', from('203.0.113.9'), 0, ['192.0.2.1'], 'private, max-age=86400'],
    [
      '/resolve?name=src.example.com&edns_client_subnet=192.168.7.0/24',
      [],
      0,
      ['192.168.1.54'],
      'public, max-age=86400',
    ],
    ['/resolve?name=ns.example.com.', [], 0, ['192.168.56.1'], 'public, max-age=86400'],
    ['/resolve?name=example.net&type=TXT', [], 0, ['v=spf1 mx -all'], 'public, max-age=300'],
    ['/resolve?name=nothing.example.com', [], 3, [], 'public, max-age=86400'],
    ['/resolve?name=example.org', [], 5, [], 'no-store'],
    [
      '/dns-query?name=src.example.com',
      [...accept('application/dns-json'), ...from('192.168.3.4')],
      0,
      ['192.168.1.54'],
    ],
    [
      '/dns-query?name=example.net&type=mx&ct=application/dns-json',
      [],
      0,
      ['10 mail.example.net.', '20 mail.example.org.'],
    ],
    ['/dns-query?name=example.net&type=TXT', accept('application/dns-json'), 0, ['"v=spf1 mx -all"']],
  ] as const)('%s', async (path, args, status, data, cache: string | undefined = undefined) => {
    const reply = await curl(path, ...args)
    const { Status, Answer = [] } = JSON.parse(reply.body) as { Status: number; Answer?: { data: string }[] }
    const type = path.startsWith('/resolve') ? 'application/json; charset=UTF-8' : 'application/dns-json'
    expect({ ...reply, body: '' }).toEqual({ status: 200, type, cache: cache ?? reply.cache, body: '' })
    expect({ Status, data: Answer.map((record) => record.data).sort() }).toEqual({ Status: status, data })
  })

  test.each([
    ['/resolve', 400, 'application/json; charset=UTF-8'],
    ['/resolve?name=a..b', 400, 'application/json; charset=UTF-8'],
    ['/dns-query?name=example.net&cd=2', 400, 'application/dns-json'],
    ['/dns-query', 400, 'text/plain; charset=UTF-8'],
    ['/dns-query?dns=***', 400, 'text/plain; charset=UTF-8'],
    ['/nowhere', 404, 'text/plain; charset=UTF-8'],
  ])('%s is refused with %i', async (path, status, type) => {
    expect(await curl(path)).toMatchObject({ status, type, cache: 'no-store' })
  })

  test.each([
    ['GET', () => [], (dns: Buffer) => `?dns=${dns.toString('base64url')}`],
    ['POST', () => ['-H', 'Content-Type: application/dns-message', '--data-binary', '@-'], () => ''],
  ])('the wire form by %s, read by dns-packet', async (_, args, query) => {
    const dns = queryOf('src.example.com', 'A', { subnet: '192.168.0.0/16' }, 4711)
    const wanted = ['-H', 'Accept: application/dns-message', ...args(), '--output', '-']
    const { bytes } = await run('curl', ['-sS', ...wanted, `${server.url}/dns-query${query(dns)}`], dns)
    const reply = packet.decode(bytes)
    expect([reply.id, rcodeOf(reply), answersOf(reply)]).toEqual([4711, 'NOERROR', ['192.168.1.54']])
  })
})

needs(
  'dnspython',
  'nghttpx',
  'openssl',
)('dnspython', () => {
  type Question = { name: string; type: string; post: boolean; subnet?: string }
  type Reply = { rcode: string; flags: string; answer: string[]; authority: string[]; subnets: string[] }
  const script = fileURLToPath(new URL('doh.py', import.meta.url))

  async function ask(questions: readonly Question[]): Promise<Reply[]> {
    const args = [script, `${front.url}/dns-query`, front.certificate]
    const { stdout, stderr } = await run(PYTHON, args, JSON.stringify(questions))
    expect(stderr).toBe('')
    return JSON.parse(stdout)
  }

  test('reads every reply, the same by GET and by POST', async () => {
    const names = `example.net www.example.net ns1.example.net _sip._tcp.example.net nothing.example.net example.com
      ns.example.com src.example.com three.oracle.example alias2.oracle.example alias-none.oracle.example
      sub.oracle.example x.wild.oracle.example ent.oracle.example nomatch.oracle.example to.oracle.example
      big.curl.example example.org`
    const types = ['A', 'TXT', 'SOA', 'TYPE65280']
    const questions = [
      ...names.split(/\s+/).flatMap((name) => types.map((type) => ({ name, type }))),
      ...['AAAA', 'MX', 'NS', 'CAA', 'HTTPS', 'ANY'].map((type) => ({ name: 'example.net', type })),
      { name: '_sip._tcp.example.net', type: 'SRV' },
    ]
    const got = await ask(questions.map((question) => ({ ...question, post: false })))
    const posted = await ask(questions.map((question) => ({ ...question, post: true })))
    expect(posted).toEqual(got)
    expect(new Set(got.map(({ rcode }) => rcode))).toEqual(new Set(['NOERROR', 'NXDOMAIN', 'REFUSED', 'SERVFAIL']))
    const replyTo = (name: string, type: string) => got[questions.findIndex((q) => q.name === name && q.type === type)]
    expect(replyTo('_sip._tcp.example.net', 'SRV')?.answer).toEqual([
      '_sip._tcp.example.net. 300 IN SRV 10 40 5060 sip.example.org.',
      '_sip._tcp.example.net. 300 IN SRV 10 60 5060 sip.example.net.',
    ])
    expect(replyTo('example.net', 'CAA')?.answer).toEqual(['example.net. 300 IN CAA 0 issue "letsencrypt.org"'])
    expect(replyTo('big.curl.example', 'A')?.answer).toHaveLength(120)
  })

  test('reads the ECS scope', async () => {
    const cases = [
      ['src.example.com', '192.168.7.0/24', '192.168.1.54', '192.168.7.0/24/16'],
      ['src.example.com', '198.51.100.0/24', '192.0.2.1', '198.51.100.0/24/6'],
      ['src.example.net', '2001:db8::/56', '192.0.2.1', '2001:db8::/56/0'],
      ['hashed.oracle.example', '2001:db8:0:700::/56', '192.0.2.8[123]', '2001:db8:0:700::/56/128'],
      ['ns.example.com', '198.51.100.0/24', '192.168.56.1', '198.51.100.0/24/0'],
    ] as const
    for (const post of [true, false]) {
      const replies = await ask(cases.map(([name, subnet]) => ({ name, type: 'A', post, subnet })))
      replies.forEach(({ answer, subnets }, index) => {
        const [name, , data, echoed] = cases[index] as (typeof cases)[number]
        expect(answer).toEqual([expect.stringMatching(new RegExp(`^${name}\\. \\d+ IN A ${data}$`))])
        expect(subnets).toEqual([echoed])
      })
    }
  })
})

for (const tool of DNSDISTS) {
  needs(
    tool,
    'dig',
    'nghttpx',
    'openssl',
  )(`${tool}, plain DNS in front of our DNS over HTTPS`, () => {
    let dnsdist: Awaited<ReturnType<typeof startDnsdist>>
    beforeAll(async () => {
      dnsdist = await startDnsdist(front, 'ns.example.com.', tool)
    })
    afterAll(() => dnsdist?.stop())

    test.each(DNSDIST)('dig $args', async ({ args, shows, hides = [] }) => {
      const text = await printed('dig', ['@127.0.0.1', '-p', String(dnsdist.port), ...args.split(' ')])
      for (const piece of [...shows, '(exit status 0)']) expect(text).toContain(piece)
      for (const piece of hides) expect(text).not.toContain(piece)
    })
  })
}
