import packet from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readReply } from '../../../src/forward/read-reply.ts'
import { runCount } from '../../effort.ts'
import { a, type Behaviour, Bench, cname, dnsResponse, knowing, replyTo, soa } from './support.ts'

const BAD = 'https://bad.test/dns-query'
const GOOD = 'https://good.test/dns-query'

const altered =
  (alter: (reply: Buffer) => Uint8Array): Behaviour =>
  (asked) =>
    alter(replyTo(asked, { answers: [a(asked.name, '6.6.6.6')] }))

const at = (index: number, value: number) => (reply: Buffer) => {
  reply[index] = value
  return reply
}

const HOSTILE: Readonly<Record<string, Behaviour>> = {
  'another ID': altered(at(1, 7)),
  'a query': altered(at(2, 0x01)),
  'another operation': altered(at(2, 0xa8)),
  'a truncated reply': altered(at(2, 0x83)),
  'another name in the question': (asked) =>
    replyTo(
      { message: packet.encode({ type: 'query', questions: [{ type: 'A', name: 'other.example' }] }) },
      {
        answers: [a(asked.name, '6.6.6.6')],
      },
    ),
  'another type in the question': (asked) =>
    replyTo({ message: packet.encode({ type: 'query', questions: [{ type: 'AAAA', name: asked.name }] }) }),
  'another class in the question': (asked) => {
    const reply = replyTo(asked, {})
    reply[12 + asked.name.length + 2 + 3] = 3
    return reply
  },
  'no question': () => Uint8Array.from([0, 0, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0]),
  'two messages': altered((reply) => Buffer.concat([reply, reply])),
  'octets behind it': altered((reply) => Buffer.concat([reply, Buffer.from([0])])),
  'half a message': altered((reply) => reply.subarray(0, reply.length - 3)),
  nothing: () => new Uint8Array(),
  'a body of 1 MB': () => dnsResponse(new Uint8Array(1_048_576)),
  'a body without end': () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(4096)),
      }),
      { headers: { 'Content-Type': 'application/dns-message' } },
    ),
  'HTML with status 200': () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }),
  'a message as HTML': (asked) =>
    new Response(replyTo(asked) as BodyInit, { headers: { 'Content-Type': 'text/html' } }),
  'a redirect': () => new Response(null, { status: 302, headers: { Location: 'https://good.test/dns-query' } }),
  'an error': () => new Response('no', { status: 503 }),
  'a loop of CNAMEs': (asked) =>
    replyTo(asked, { answers: [cname(asked.name, 'b.example'), cname('b.example', asked.name)] }),
  'a name that is its own alias': (asked) => replyTo(asked, { answers: [cname(asked.name, asked.name)] }),
  'a chain of 40 CNAMEs': (asked) =>
    replyTo(asked, {
      answers: Array.from({ length: 40 }, (_, i) => cname(i === 0 ? asked.name : `c${i}.example`, `c${i + 1}.example`)),
    }),
  'a referral': (asked) => {
    const reply = replyTo(asked, { authorities: [{ type: 'NS', name: 'example', ttl: 60, data: 'ns.evil.example' }] })
    reply[3] = 0
    return reply
  },
}

describe('a hostile upstream', () => {
  test.each(Object.entries(HOSTILE))(
    '%s: SERVFAIL with an EDE; the next one answers, and is asked first',
    async (_, bad) => {
      const alone = new Bench({ [BAD]: bad })
      const failed = await alone.ask('www.example', 'A', { edns: true })
      expect([failed.rcode, failed.answer, failed.seconds]).toEqual([2, [], 0])
      expect([0, 22, 23, 24]).toContain(failed.ede?.code)
      expect(failed.ms).toBeLessThanOrEqual(4500)
      expect(alone.forwarder.cache.bytes).toBe(0)

      const both = new Bench({ [BAD]: bad, [GOOD]: knowing() })
      expect((await both.ask('www.example')).answer).toEqual(['www.example 300 A 192.0.2.1'])
      await both.ask('ftp.example')
      expect(both.servers.log.map(({ url }) => url)).toEqual([BAD, GOOD, GOOD])
    },
  )

  test('slow octets: given up after 4 s, and the connection with them', async () => {
    let isCancelled = false
    const bench = new Bench({
      [BAD]: () =>
        new Response(
          new ReadableStream({
            pull: (controller) =>
              new Promise<void>((resolve) => {
                bench.time.timer(500, () => {
                  if (!isCancelled) controller.enqueue(new Uint8Array(1))
                  resolve()
                })
              }),
            cancel: () => {
              isCancelled = true
            },
          }),
          { headers: { 'Content-Type': 'application/dns-message' } },
        ),
    })
    const { rcode, ms } = await bench.ask('slow.example')
    expect([rcode, ms]).toEqual([2, 4000])
    expect(bench.servers.asked[0]?.signal?.aborted).toBe(true)
  })

  test('a chain without end over many replies ends after 16 names', async () => {
    let number = 0
    const bench = new Bench({
      [BAD]: (asked) => replyTo(asked, { answers: [cname(asked.name, `c${number++}.example`)] }),
    })
    const { rcode, ede } = await bench.ask('start.example', 'A', { edns: true })
    expect([rcode, ede?.code, bench.servers.log.length]).toEqual([2, 0, 17])
  })

  test('a loop over two replies is found', async () => {
    const bench = new Bench({
      [BAD]: (asked) =>
        replyTo(asked, { answers: [cname(asked.name, asked.name === 'a.example' ? 'b.example' : 'a.example')] }),
    })
    const { rcode, ede } = await bench.ask('a.example', 'A', { edns: true })
    expect([rcode, ede?.code, bench.servers.log.length]).toEqual([2, 0, 2])
  })

  test('records outside of the question are left out, and answer nobody', async () => {
    const bench = new Bench({
      [BAD]: (asked) =>
        replyTo(asked, {
          answers: [
            a('bank.example', '6.6.6.6'),
            a(asked.name, '192.0.2.1'),
            { ...a(asked.name, ''), type: 'TXT', data: 'x' },
          ],
          authorities: [{ type: 'NS', name: 'bank.example', ttl: 60, data: 'ns.evil.example' }],
          additionals: [a('bank.example', '6.6.6.6'), a('ns.evil.example', '6.6.6.6')],
        }),
    })
    const first = await bench.ask('www.example')
    expect([first.answer, first.authority, first.additional]).toEqual([['www.example 300 A 192.0.2.1'], [], []])
    bench.servers.set(BAD, knowing('192.0.2.99'))
    expect((await bench.ask('bank.example')).answer).toEqual(['bank.example 300 A 192.0.2.99'])
    expect((await bench.ask('www.example', 'TXT')).answer).toEqual([])
  })
})

test('records of another class are left out, and lead nowhere', async () => {
  const chaos = { class: 'CH' as const }
  const bench = new Bench({
    [BAD]: (asked) =>
      replyTo(asked, {
        answers: [{ ...cname(asked.name, 'evil.example'), ...chaos }, a(asked.name, '192.0.2.1')],
        authorities: [{ type: 'NS', name: 'example', ttl: 60, data: 'ns.example', ...chaos }],
      }),
  })
  const { answer, authority } = await bench.ask('www.example')
  expect([answer, authority]).toEqual([['www.example 300 A 192.0.2.1'], []])
})

describe('what belongs to an answer stays', () => {
  test('a chain, its hosts, and the proofs', async () => {
    const mx = { type: 'MX' as const, name: 'mail.example', ttl: 60, data: { preference: 10, exchange: 'mx.example' } }
    const bench = new Bench({
      [GOOD]: (asked) =>
        replyTo(asked, {
          answers: [cname('www.example', 'mail.example'), mx],
          authorities: [{ type: 'NS', name: 'example', ttl: 60, data: 'ns.example' }],
          additionals: [a('mx.example', '192.0.2.25', 60), a('ns.example', '192.0.2.53', 60)],
        }),
    })
    const { answer, authority, additional } = await bench.ask('www.example', 'MX')
    expect(answer).toEqual([
      'www.example 300 CNAME mail.example',
      'mail.example 60 MX {"preference":10,"exchange":"mx.example"}',
    ])
    expect([authority, additional]).toEqual([
      ['example 60 NS ns.example'],
      ['mx.example 60 A 192.0.2.25', 'ns.example 60 A 192.0.2.53'],
    ])
  })

  test('NODATA at the end of a chain is complete', async () => {
    const bench = new Bench({
      [GOOD]: (asked) =>
        replyTo(asked, { answers: [cname('www.example', 'end.example')], authorities: [soa('example')] }),
    })
    const { answer, seconds } = await bench.ask('www.example', 'AAAA')
    expect([answer, seconds, bench.servers.log.length]).toEqual([['www.example 300 CNAME end.example'], 60, 1])
  })

  test('a chain that an upstream leaves unfinished is followed', async () => {
    const bench = new Bench({
      [GOOD]: (asked) =>
        asked.name === 'www.example'
          ? replyTo(asked, { answers: [cname('www.example', 'end.example', 40)] })
          : knowing()(asked),
    })
    const { answer, rcode, seconds } = await bench.ask('www.example')
    expect([answer, rcode, seconds]).toEqual([
      ['www.example 40 CNAME end.example', 'end.example 300 A 192.0.2.1'],
      0,
      40,
    ])
  })

  test('a DNAME with the CNAME that stands for it', async () => {
    const dname = { type: 'DNAME' as const, name: 'example', ttl: 60, data: 'example.org' }
    const bench = new Bench({
      [GOOD]: (asked) =>
        replyTo(asked, {
          answers: [dname, cname('www.example', 'www.example.org', 60), a('www.example.org', '192.0.2.1', 60)],
        }),
    })
    expect((await bench.ask('www.example')).answer).toHaveLength(3)
  })

  test('types that nobody knows, octet by octet', async () => {
    const data = Buffer.from([0xc0, 0x0c, 0xff, 0])
    const bench = new Bench({
      [GOOD]: (asked) =>
        replyTo(asked, {
          answers: [{ type: 'UNKNOWN_65300', name: asked.name, ttl: 9, data } as unknown as ReturnType<typeof a>],
        }),
    })
    const { message } = await bench.ask('www.example', 'UNKNOWN_65300')
    expect(Buffer.from(message).includes(Buffer.concat([Buffer.from([0, 4]), data]))).toBe(true)
  })
})

test('octets of any kind are read without an exception', () => {
  const reply = replyTo(
    { message: packet.encode({ type: 'query', questions: [{ type: 'MX', name: 'www.example.org' }] }) },
    {
      answers: [cname('www.example.org', 'example.org'), a('example.org', '192.0.2.1')],
      authorities: [soa('org')],
      options: [],
    },
  )
  const changes = fc.array(fc.tuple(fc.nat(reply.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(changes, fc.nat(reply.length), (changed, length) => {
      const octets = Uint8Array.from(reply)
      for (const [index, value] of changed) octets[index] = value
      const read = readReply(octets)
      expect(typeof (read.ok ? read.value.rcode : read.error)).toMatch(/number|string/)
      expect(readReply(octets.subarray(0, length)).ok && length < 12).toBe(false)
    }),
    { numRuns: runCount(2000) },
  )
})

test('a name that is a chain of pointers is none', () => {
  // A record whose data are pointers, each to the one before it; then one whose owner begins at the last of them.
  const start = 12 + 5 + 11
  const pointers = Array.from({ length: 8000 }, (_, i) => (i === 0 ? 12 : start + 2 * (i - 1)) | 0xc000)
  const record = (owner: number[], data: number[]) => [
    ...owner,
    0,
    16,
    0,
    1,
    0,
    0,
    0,
    9,
    data.length >> 8,
    data.length & 255,
    ...data,
  ]
  const octets = (name: number) => [name >> 8, name & 255]
  const message = (last: number) =>
    Uint8Array.from([
      ...[0, 0, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 16, 0, 1],
      ...record([0], pointers.flatMap(octets)),
      ...record(octets(0xc000 | last), [0]),
    ])
  expect(readReply(message(start + 2 * 7999))).toEqual({ ok: false, error: 'a record of the reply cannot be read' })
  expect(readReply(message(start + 2 * 50)).ok).toBe(true)
})
