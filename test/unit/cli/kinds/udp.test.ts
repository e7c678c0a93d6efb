import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { AgentAction, DnsAction } from '../../../../src/health/index.ts'
import { A, dns, OTHER_A, replyTo } from '../../probe/dns-cases.ts'
import { probeBy, told, toldLate } from './support.ts'

type Reply = (octets: Uint8Array, answer: (octets: Uint8Array | string) => void, from: RemoteInfo) => void

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** Starts a peer that replies to datagrams. Returns its port. */
async function peer(reply: Reply, type: 'udp4' | 'udp6' = 'udp4', port = 0): Promise<number> {
  const socket: Socket = createSocket(type)
  socket.on('message', (octets, from) => {
    reply(octets, (text) => socket.send(text, from.port, from.address, () => {}), from)
  })
  socket.on('error', () => {})
  socket.bind(port, type === 'udp6' ? '::1' : '127.0.0.1')
  await once(socket, 'listening')
  closers.push(() => socket.close())
  return socket.address().port
}

const echo: Reply = (octets, answer) => answer(octets)
const udp = (action: Partial<Extract<AgentAction, { kind: 'udp' }>> = {}): AgentAction => ({
  ...{ kind: 'udp', send: 'ping' },
  ...action,
})

describe('udp', () => {
  test.each<[string, Partial<Extract<AgentAction, { kind: 'udp' }>>, string]>([
    ['any reply', {}, 'ok'],
    ['text', { send: 'pïng', expect: { contains: 'ïn' } }, 'ok'],
    ['octets', { send: { hex: '00ff80' }, expect: { hex: 'FF80' } }, 'ok'],
    ['a pattern, to the end of the datagram', { expect: { matches: '^ping$' } }, 'ok'],
    ['an empty datagram', { send: '' }, 'ok'],
    ['another text', { expect: { contains: 'pong' } }, 'failed: "pong" is not in the reply'],
    ['other octets', { expect: { hex: '00' } }, 'failed: 00 is not in the reply'],
    ['no match', { expect: { matches: '^i' } }, 'failed: /^i/ is not in the reply'],
  ])('an echo, expected %s', async (_what, action, expected) => {
    expect(told(await probeBy(udp(action), { port: await peer(echo) }))).toBe(expected)
  })

  test('by IPv6, and by a name', async () => {
    expect(told(await probeBy(udp(), { host: '::1', port: await peer(echo, 'udp6') }))).toBe('ok')
    const none = await probeBy(udp(), { host: 'no-such-host.invalid', port: 1 })
    expect(told(none)).toMatch(/^failed: connect failed: (no such name|the name cannot be looked up)$/)
  })

  test('nothing listens: ICMP says so, and the probe does not wait', async () => {
    const port = await peer(echo)
    closers.pop()?.()
    expect(told(await probeBy(udp(), { port }))).toBe('failed: unreachable: nothing listens at the port')
  })

  test('a machine that cannot connect or send says so, and the target is not down', async () => {
    const broadcast = await probeBy(udp(), { host: '255.255.255.255', port: 9 })
    expect(told(broadcast)).toBe('not-run: this machine cannot connect: EACCES')
    const port = await peer(echo)
    const large = await probeBy(udp({ send: 'x'.repeat(65_508) }), { port })
    expect(told(large)).toBe('not-run: this machine cannot send: EMSGSIZE')
  })

  test('silence, and a target that comes back', async () => {
    let isUp = false
    const port = await peer((octets, answer) => isUp && answer(octets))
    const ask = async (timeout: number) => told(await probeBy(udp(), { port, timeout }))
    expect(await toldLate('waiting for a reply', ask)).toBe('late')
    isUp = true
    expect(told(await probeBy(udp(), { port }))).toBe('ok')
  })

  test('a slow reply', async () => {
    const port = await peer((octets, answer) => setTimeout(() => answer(octets), 150))
    const slow = /^failed: slow: answered after \d+ ms, expected at most 100 ms$/
    expect(told(await probeBy(udp(), { port, maxLatency: 0.1 }))).toMatch(slow)
    expect(told(await probeBy(udp(), { port, maxLatency: 1000 }))).toBe('ok')
  })

  test('a datagram of another peer does not count', async () => {
    const stranger = createSocket('udp4')
    closers.push(() => stranger.close())
    const port = await peer((_, __, from) => stranger.send('ping', from.port, from.address))
    expect(told(await probeBy(udp(), { port, timeout: 0.3 }))).toMatch(/^failed: no answer/)
  })

  test('the largest datagram, and a flood of datagrams', async () => {
    const large = await peer((_, answer) => answer('x'.repeat(65_507)))
    expect(told(await probeBy(udp({ expect: { contains: 'y' } }), { port: large }))).toBe(
      'failed: "y" is not in the reply',
    )
    const flood = await peer((_, answer) => {
      for (let i = 0; i < 5000; i++) answer('x')
    })
    expect(told(await probeBy(udp(), { port: flood }))).toBe('ok')
  })
})

describe('dns by UDP', () => {
  const ask = (action: Partial<DnsAction>, port: number, more = {}) =>
    probeBy(dns({ via: 'udp', ...action }), { port, ...more }).then(told)

  test('an answer, another one, and an error', async () => {
    const good = await peer((query, answer) => answer(replyTo(query, { records: [A] })))
    expect(await ask({ answer: ['192.0.2.1'] }, good)).toBe('ok')
    const other = await peer((query, answer) => answer(replyTo(query, { records: [OTHER_A] })))
    expect(await ask({ answer: ['192.0.2.1'] }, other)).toBe(
      'failed: 192.0.2.1 is not in the answer, which has 192.0.2.9',
    )
    const refuses = await peer((query, answer) => answer(replyTo(query, { rcode: 5 })))
    expect(await ask({}, refuses)).toBe('failed: rcode REFUSED, expected NOERROR')
    expect(await ask({ rcode: 5 }, refuses)).toBe('ok')
  })

  test('each query has an ID that nobody knows', async () => {
    const ids = new Set<number>()
    const port = await peer((query, answer) => {
      ids.add(((query[0] ?? 0) << 8) | (query[1] ?? 0))
      answer(replyTo(query, { records: [A] }))
    })
    for (let i = 0; i < 8; i++) expect(await ask({}, port)).toBe('ok')
    expect(ids.size).toBeGreaterThan(4)
  })

  test('replies with another ID are ignored, up to a limit', async () => {
    const forged = (query: Uint8Array) => replyTo(query.with(0, (query[0] ?? 0) ^ 1), { records: [OTHER_A] })
    const some = await peer((query, answer) => {
      for (let i = 0; i < 10; i++) answer(forged(query))
      answer('')
      answer(replyTo(query, { records: [A] }))
    })
    expect(await ask({ answer: ['192.0.2.1'] }, some)).toBe('ok')
    const many = await peer((query, answer) => {
      const more = setInterval(() => answer(forged(query)), 1)
      closers.push(() => clearInterval(more))
    })
    expect(await ask({}, many)).toBe('failed: 100 datagrams that are not the reply')
  })

  test('a truncated reply is asked for again by TCP', async () => {
    const server = createServer((socket) => {
      socket.on('data', (octets) => {
        const reply = replyTo(octets.subarray(2), { records: [A] })
        socket.end(Uint8Array.from([0, reply.length, ...reply]))
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => server.close())
    const { port } = server.address() as { port: number }
    await peer((query, answer) => answer(replyTo(query, { truncated: true })), 'udp4', port)
    expect(await ask({ answer: ['192.0.2.1'] }, port)).toBe('ok')
    closers.shift()?.()
    expect(await ask({ answer: ['192.0.2.1'] }, port)).toBe('failed: connect failed: refused')
  })

  test('silence, nothing that listens, a slow reply', async () => {
    const silent = await peer(() => {})
    expect(await toldLate('waiting for the reply', (timeout) => ask({}, silent, { timeout }))).toBe('late')
    closers.pop()?.()
    expect(await ask({}, silent)).toBe('failed: unreachable: nothing listens at the port')
    const slow = await peer((query, answer) => setTimeout(() => answer(replyTo(query, { records: [A] })), 150))
    expect(await ask({}, slow, { maxLatency: 0.1 })).toMatch(/^failed: slow: answered after \d+ ms/)
    expect(await ask({}, slow)).toBe('ok')
  })

  test('octets at random are a failure, and never a fault', async () => {
    let seed = 1
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed
    }
    const port = await peer((query, answer) => {
      const reply = replyTo(query, { records: [A, [16, 1, 0x78], [15, 0, 1, 0xc0, 12]] })
      for (let i = 0; i < 3; i++) reply[2 + (random() % (reply.length - 2))] = random() & 255
      answer(reply.subarray(0, random() % 3 === 0 ? random() % reply.length : reply.length))
    })
    for (let i = 0; i < 100; i++) {
      const result = await ask({}, port, { timeout: 0.2 })
      expect(result).toMatch(/^(ok|failed: .+)$/)
      expect(result).not.toContain('broke')
    }
  })
})
