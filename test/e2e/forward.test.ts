import { once } from 'node:events'
import { createServer, type Server as HttpServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import packet, { type DecodedPacket } from 'dns-packet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answersOf, askDoh, queryOf, rcodeOf } from './messages.ts'
import { run, until } from './processes.ts'
import { type Front, type Server, startFront, startServer } from './server.ts'
import { needs, pathOf } from './tools.ts'
import { startUnbound, type Unbound } from './unbound.ts'

const ZONE = `$TTL 60
@     IN SOA   ns hostmaster 1 3600 900 604800 60
@     IN NS    ns
ns    IN A     192.0.2.53
out   IN CNAME www.upstream.example.
gone  IN CNAME gone.upstream.example.
sub   IN NS    ns.upstream.example.
`

needs(
  'unbound',
  'nghttpx',
  'openssl',
  'kdig',
)('forwarding to unbound', () => {
  let unbound: Unbound
  let server: Server
  let front: Front
  beforeAll(async () => {
    unbound = await startUnbound(['short.upstream.example. 3 A 192.0.2.81'])
    server = await startServer({ 'ours.example.zone': ZONE }, '', { UPSTREAMS: unbound.url })
    front = await startFront(server.port)
  })
  afterAll(async () => {
    await front?.stop()
    await server?.stop()
    await unbound?.stop()
  })

  test('addresses, chains, large answers, NXDOMAIN and NODATA come as unbound has them', async () => {
    const ask = askDoh(server.url)
    expect(answersOf(await ask('www.upstream.example', 'A'))).toEqual(['192.0.2.80'])
    expect(answersOf(await ask('alias.upstream.example', 'A'))).toEqual(['192.0.2.80', 'www.upstream.example'])
    expect(answersOf(await ask('large.upstream.example', 'TXT'))).toHaveLength(60)
    expect(rcodeOf(await ask('gone.upstream.example', 'A'))).toBe('NXDOMAIN')
    const nodata = await ask('www.upstream.example', 'MX')
    expect([rcodeOf(nodata), nodata.answers, nodata.flag_ra, nodata.flag_aa]).toEqual(['NOERROR', [], true, false])
  })

  test('a chain out of our zone is followed, with the rcode of its end', async () => {
    const ask = askDoh(server.url)
    const out = await ask('out.ours.example', 'A')
    expect([answersOf(out), out.flag_aa, out.flag_ra]).toEqual([['192.0.2.80', 'www.upstream.example'], true, true])
    const gone = await ask('gone.ours.example', 'A')
    expect([rcodeOf(gone), answersOf(gone)]).toEqual(['NXDOMAIN', ['gone.upstream.example']])
    expect(answersOf(await ask('host.sub.ours.example', 'A'))).toEqual(['192.0.2.99'])
  })

  test('kdig sees the flags, and TTLs that are counted down', async () => {
    const args = [
      '@127.0.0.1',
      '-p',
      String(front.port),
      `+tls-ca=${front.certificate}`,
      '+tls-hostname=localhost',
      '+https',
    ]
    const kdig = async (...more: string[]) => (await run(pathOf('kdig') ?? 'kdig', [...args, ...more])).stdout
    const text = await kdig('www.upstream.example', 'A')
    expect(text).toMatch(/Flags: qr rd ra;/)
    expect(text).toMatch(/www\.upstream\.example\.\s+\d+\s+IN\s+A\s+192\.0\.2\.80/)
    await until(
      'the TTL is smaller',
      async () => Number(/\s(\d+)\s+IN\s+A/.exec(await kdig('www.upstream.example', 'A'))?.[1]) < 3600,
    )
    expect(await kdig('ns.ours.example', 'A')).toMatch(/Flags: qr aa rd ra;/)
    expect(await kdig('+norec', 'www.upstream.example', 'A')).toMatch(/status: REFUSED/)
  })

  test('names that never leave are answered here', async () => {
    const ask = askDoh(server.url)
    expect(answersOf(await ask('localhost', 'A'))).toEqual(['127.0.0.1'])
    expect(rcodeOf(await ask('printer.home.arpa', 'A'))).toBe('NXDOMAIN')
  })

  test('while the upstream is silent what was kept is answered stale, and our zone as ever; then fresh again', async () => {
    const json = async (name: string): Promise<Json> => (await fetch(`${server.url}/resolve?name=${name}`)).json()
    expect((await json('short.upstream.example')).Answer?.map(({ data }) => data)).toEqual(['192.0.2.81'])
    unbound.pause()
    try {
      await until('the answer is stale', async () =>
        /^EDE\(3\)/.test((await json('short.upstream.example')).Comment ?? ''),
      )
      expect((await json('short.upstream.example')).Answer).toMatchObject([{ TTL: 30, data: '192.0.2.81' }])
      expect(await json('never-asked.upstream.example')).toMatchObject({
        Status: 2,
        Comment: expect.stringMatching(/^EDE/),
      })
      const ours = await json('ns.ours.example')
      expect([ours.Answer, ours.Comment]).toMatchObject([[{ TTL: 60, data: '192.0.2.53' }], undefined])
    } finally {
      unbound.goOn()
    }
    await until('the answer is fresh', async () => (await json('short.upstream.example')).Comment === undefined)
    expect((await json('short.upstream.example')).Answer?.[0]?.TTL).toBeLessThanOrEqual(3)
  })
})

type Json = {
  readonly Status: number
  readonly Comment?: string
  readonly Answer?: readonly { readonly TTL: number; readonly data: string }[]
}

/** The behaviour of a hostile upstream, by the first label of the name. */
const HOSTILE: Readonly<Record<string, (response: ServerResponse, reply: Buffer, name: string) => void>> = {
  'wrong-question': (response, reply) => {
    reply[13] = 0x7a
    message(response, reply)
  },
  'wrong-id': (response, reply) => {
    reply[1] = 9
    message(response, reply)
  },
  large: (response) => message(response, Buffer.alloc(1_048_576)),
  html: (response) =>
    response.setHeader('Content-Type', 'text/html').end('<html><body>Welcome to the hotel</body></html>'),
  'message-as-text': (response, reply) => response.setHeader('Content-Type', 'text/plain').end(reply),
  'two-messages': (response, reply) => message(response, Buffer.concat([reply, reply])),
  'half-a-message': (response, reply) => message(response, reply.subarray(0, reply.length - 3)),
  'broken-off': (response, reply) => {
    response.writeHead(200, { 'Content-Type': 'application/dns-message', 'Content-Length': reply.length })
    response.write(reply.subarray(0, 20), () => response.destroy())
  },
  truncated: (response, reply) => {
    reply[2] = (reply[2] as number) | 0x02
    message(response, reply)
  },
  'a-query': (response, reply) => {
    reply[2] = (reply[2] as number) & 0x7f
    message(response, reply)
  },
  'another-class': (response, reply, name) => {
    reply[12 + name.length + 2 + 3] = 3
    message(response, reply)
  },
  bomb: (response) => message(response.setHeader('Content-Encoding', 'gzip'), BOMB),
  'no-gzip': (response, reply) => message(response.setHeader('Content-Encoding', 'gzip'), reply),
  'redirect-loop': (response) => response.writeHead(307, { Location: '/dns-query' }).end(),
  redirect: (response) => response.writeHead(302, { Location: 'http://127.0.0.1:9/dns-query' }).end(),
  loop: (response, _, name) => message(response, replyOf(name, [alias(name, `x.${name}`), alias(`x.${name}`, name)])),
  chain: (response, _, name) => message(response, replyOf(name, [alias(name, `chain.${serial++}.example`)])),
  slow: (response) => {
    response.setHeader('Content-Type', 'application/dns-message')
    const timer = setInterval(() => response.write(Buffer.alloc(1)), 1000)
    response.on('close', () => clearInterval(timer))
  },
  silent: () => {},
}

/** 200 MB of zeros. */
const BOMB = gzipSync(Buffer.alloc(200_000_000))

let serial = 0
const alias = (name: string, data: string) => ({ type: 'CNAME' as const, name, ttl: 60, data })

function message(response: ServerResponse, octets: Buffer): void {
  response.setHeader('Content-Type', 'application/dns-message').end(octets)
}

function replyOf(name: string, answers: Parameters<typeof packet.encode>[0]['answers'] = []): Buffer {
  const flags = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE
  return packet.encode({ type: 'response', id: 0, flags, questions: [{ type: 'A', name }], answers })
}

describe('a hostile upstream, as a server', () => {
  const asked: string[] = []
  const headers: string[] = []
  let hostile: HttpServer
  let server: Server
  beforeAll(async () => {
    hostile = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const name = packet.decode(Buffer.concat(chunks)).questions?.[0]?.name ?? ''
      asked.push(name)
      headers.push(JSON.stringify(request.headers))
      const behave = HOSTILE[name.split('.')[0] as string]
      const answer = { type: 'A' as const, name, ttl: 2 ** 31, data: '192.0.2.66' }
      const outside = { type: 'A' as const, name: 'bank.example', ttl: 60, data: '6.6.6.6' }
      const reply = replyOf(name, [answer, outside])
      if (behave) behave(response, reply, name)
      else message(response, reply)
    })
    hostile.listen(0, '127.0.0.1')
    await once(hostile, 'listening')
    const { port } = hostile.address() as AddressInfo
    server = await startServer({ 'ours.example.zone': ZONE }, '', { UPSTREAMS: `http://127.0.0.1:${port}/dns-query` })
  })
  afterAll(async () => {
    hostile?.closeAllConnections()
    hostile?.close()
    await server?.stop()
  })

  async function failing(name: string): Promise<{ readonly reply: DecodedPacket; readonly comment: string }> {
    const response = await fetch(`${server.url}/resolve?name=${name}`)
    const json = (await response.json()) as { Status: number; Comment?: string }
    return { reply: await askDoh(server.url)(name, 'A'), comment: `${json.Status} ${json.Comment}` }
  }

  /** Waits until the upstream is asked for any name: after failures it rests, for ten seconds at most. */
  async function asksAgain(): Promise<DecodedPacket> {
    let reply: DecodedPacket | undefined
    await until('the upstream is asked again', async () => {
      reply = await askDoh(server.url)(`good${serial++}.example`, 'A')
      return rcodeOf(reply) === 'NOERROR'
    })
    return reply as DecodedPacket
  }

  test('no header tells an upstream of the client', async () => {
    await until('the upstream answers', async () => {
      const init = { headers: { 'cf-connecting-ip': '203.0.113.77', 'x-forwarded-for': '203.0.113.77' } }
      const dns = queryOf(`mine${serial++}.example`, 'A').toString('base64url')
      const response = await fetch(`${server.url}/dns-query?dns=${dns}`, init)
      return rcodeOf(packet.decode(Buffer.from(await response.arrayBuffer()))) === 'NOERROR'
    })
    expect(asked.at(-1)).toMatch(/^mine/)
    for (const sent of headers)
      expect(sent).not.toMatch(/203\.0\.113|x-forwarded|x-real-ip|"forwarded"|cf-connecting-ip/i)
  })

  test.each(Object.keys(HOSTILE))('%s: SERVFAIL with an EDE', async (kind) => {
    await asksAgain()
    const name = `${kind}.hostile.example`
    const { reply, comment } = await failing(name)
    expect(asked).toContain(name)
    expect([rcodeOf(reply), reply.answers]).toEqual(['SERVFAIL', []])
    expect(comment).toMatch(/^2 EDE\((0|22|23|24)\)/)
    expect(answersOf(await askDoh(server.url)('ns.ours.example', 'A'))).toEqual(['192.0.2.53'])
  })

  test('then a good reply counts: records outside are left out and answer nobody, a TTL of 2^31 is 0', async () => {
    const { answers = [] } = await asksAgain()
    expect(answers).toMatchObject([{ ttl: 0, data: '192.0.2.66' }])
    expect(asked).not.toContain('bank.example')
    await askDoh(server.url)('bank.example', 'A')
    expect(asked).toContain('bank.example')
  })
})
