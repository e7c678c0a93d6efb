import { describe, expect, test } from 'vitest'
import { a, Bench, cname, dnsResponse, knowing, read, replyTo, silent, soa } from './support.ts'

const ONE = 'https://one.test/dns-query'
const TWO = 'https://two.test/dns-query'

describe('a name is asked for once', () => {
  test('the second client gets the kept reply, its TTL counted down', async () => {
    const bench = new Bench({ [ONE]: knowing() })
    expect((await bench.ask('www.example.org')).answer).toEqual(['www.example.org 300 A 192.0.2.1'])
    await bench.time.pass(100_400)
    const second = await bench.ask('WWW.example.ORG', 'A', { id: 77 })
    expect([second.answer, second.id, second.seconds]).toEqual([['WWW.example.ORG 200 A 192.0.2.1'], 77, 200])
    expect(bench.servers.log).toHaveLength(1)
  })

  test('1,000 clients that ask the same cold name make one query, also when the first one goes away', async () => {
    let answer = (): void => {}
    const bench = new Bench({
      [ONE]: (asked) =>
        new Promise((resolve) => {
          answer = () => resolve(replyTo(asked, { answers: [a(asked.name, '192.0.2.9')] }))
        }),
    })
    const clients = Array.from({ length: 1000 }, () => Promise.resolve(bench.send('cold.example')))
    await bench.time.pass(20)
    answer()
    const { value } = await bench.time.run(Promise.all(clients))
    expect(new Set(value.map(({ seconds }) => seconds))).toEqual(new Set([300]))
    expect(bench.servers.log).toHaveLength(1)
    expect(bench.background.length).toBeGreaterThan(0)
  })

  test('types, DO and CD are asked for by themselves', async () => {
    const bench = new Bench({ [ONE]: (asked) => replyTo(asked, { authorities: [soa('example')] }) })
    for (const type of ['AAAA', 'TXT']) await bench.ask('n.example', type)
    await bench.ask('n.example', 'TXT', { dnssecOk: true })
    await bench.ask('n.example', 'TXT', { flags: 0x0110 })
    await bench.ask('n.example', 'TXT', { flags: 0x0110 })
    expect(bench.servers.log).toHaveLength(4)
  })
})

describe('how long a reply is kept', () => {
  test('a negative answer for the smaller one of the TTL of its SOA and the MINIMUM (RFC 2308)', async () => {
    const bench = new Bench({ [ONE]: (asked) => replyTo(asked, { rcode: 3, authorities: [soa('example', 900, 60)] }) })
    const first = await bench.ask('no.example')
    expect([first.rcode, first.seconds]).toEqual([3, 60])
    expect(first.authority[0]).toMatch(/^example 60 SOA/)
    await bench.time.pass(50_000)
    await bench.ask('no.example')
    expect(bench.servers.log).toHaveLength(1)
    await bench.time.pass(11_000)
    await bench.ask('no.example')
    expect(bench.servers.log).toHaveLength(2)
  })

  test('NXDOMAIN without an SOA for 5 s', async () => {
    const bench = new Bench({ [ONE]: (asked) => replyTo(asked, { rcode: 3 }) })
    await bench.ask('no.example')
    await bench.time.pass(2900)
    await bench.ask('no.example')
    expect(bench.servers.log).toHaveLength(1)
    await bench.time.pass(2200)
    await bench.ask('no.example')
    expect(bench.servers.log).toHaveLength(2)
  })

  test('a TTL of 0 not at all, and one with its top bit set is 0', async () => {
    for (const ttl of [0, 2 ** 31, 2 ** 32 - 1]) {
      const bench = new Bench({ [ONE]: knowing('192.0.2.1', ttl) })
      for (let i = 0; i < 3; i++)
        expect((await bench.ask('zero.example')).answer).toEqual(['zero.example 0 A 192.0.2.1'])
      expect(bench.servers.log).toHaveLength(3)
    }
  })

  test('any other TTL for a week at most', async () => {
    const bench = new Bench({ [ONE]: knowing('192.0.2.1', 2 ** 31 - 1) })
    expect((await bench.ask('long.example')).seconds).toBe(604_800)
  })
})

describe('prefetch', () => {
  test('a name that is asked for in the last tenth of its TTL is renewed behind the answer, once', async () => {
    const bench = new Bench({ [ONE]: knowing('192.0.2.1', 300) })
    await bench.ask('popular.example')
    await bench.time.pass(269_000)
    await bench.ask('popular.example')
    expect(bench.servers.log).toHaveLength(1)
    await bench.time.pass(2000)
    const answers = await Promise.all([bench.ask('popular.example'), bench.ask('popular.example')])
    expect(answers.map(({ seconds, ms }) => [seconds, ms])).toEqual([
      [29, 0],
      [29, 0],
    ])
    expect(bench.servers.log).toHaveLength(2)
    await bench.time.pass(1000)
    expect((await bench.ask('popular.example')).seconds).toBe(299)
    expect(bench.servers.log).toHaveLength(2)
  })

  test('at least 2 s before the end', async () => {
    const bench = new Bench({ [ONE]: knowing('192.0.2.1', 10) })
    await bench.ask('short.example')
    await bench.time.pass(7900)
    await bench.ask('short.example')
    expect(bench.servers.log).toHaveLength(1)
    await bench.time.pass(200)
    await bench.ask('short.example')
    await bench.time.pass(10)
    expect(bench.servers.log).toHaveLength(2)
  })
})

describe('upstreams that fail', () => {
  test('all silent: SERVFAIL with an EDE within 4.5 s, kept for 2 s', async () => {
    const bench = new Bench({ [ONE]: silent, [TWO]: silent })
    const first = await bench.ask('dead.example', 'A', { edns: true })
    expect([first.rcode, first.ede?.code, first.seconds]).toEqual([2, 22, 0])
    expect(first.ms).toBeLessThanOrEqual(4500)
    const asked = bench.servers.log.length
    const second = await bench.ask('dead.example', 'A', { edns: true })
    expect([second.rcode, second.ms, bench.servers.log.length]).toEqual([2, 0, asked])
    await bench.time.pass(2001)
    bench.servers.set(ONE, knowing())
    expect((await bench.ask('dead.example')).rcode).toBe(0)
  })

  test('the second one is asked when the first is slow: after 300 ms while nothing is known of it', async () => {
    const bench = new Bench({ [ONE]: silent, [TWO]: knowing('192.0.2.2') })
    const { answer, ms } = await bench.ask('slow.example')
    expect([answer, ms]).toEqual([['slow.example 300 A 192.0.2.2'], 300])
  })

  test('then after the 95th percentile of what it took, and at least 50 ms', async () => {
    for (const [latency, patience] of [
      [120, 120],
      [10, 50],
      [290, 290],
    ] as const) {
      let isSilent = false
      const bench = new Bench({
        [ONE]: async (asked) => {
          if (isSilent) return silent(asked)
          await new Promise<void>((resolve) => void bench.time.timer(latency, resolve))
          return knowing()(asked)
        },
        [TWO]: knowing('192.0.2.2'),
      })
      for (let i = 0; i < 20; i++) expect((await bench.ask(`n${i}.example`)).ms).toBe(latency)
      isSilent = true
      const { ms, answer } = await bench.ask('now.example')
      expect([ms, answer]).toEqual([patience, ['now.example 300 A 192.0.2.2']])
    }
  })

  test('one that fails is asked behind the others until it answers again', async () => {
    const bench = new Bench({ [ONE]: () => new Response('', { status: 500 }), [TWO]: knowing('192.0.2.2') })
    expect((await bench.ask('a.example')).ms).toBe(0)
    await bench.ask('b.example')
    expect(bench.servers.log.map(({ url }) => url)).toEqual([ONE, TWO, TWO])
    bench.servers.set(ONE, knowing())
    await bench.time.pass(1000)
    // Behind this answer it is tried, and answers.
    expect((await bench.ask('c.example')).answer).toEqual(['c.example 300 A 192.0.2.2'])
    await bench.time.pass(10)
    expect((await bench.ask('d.example')).answer).toEqual(['d.example 300 A 192.0.2.1'])
  })

  test('one that was silent six times is asked at most every second name', async () => {
    const bench = new Bench({ [ONE]: silent })
    for (let i = 0; i < 6; i++) expect((await bench.ask(`n${i}.example`)).ms).toBeGreaterThan(3000)
    const asked = []
    for (let i = 0; i < 20; i++) {
      const before = bench.servers.log.length
      await bench.ask(`m${i}.example`)
      asked.push(bench.servers.log.length - before)
      await bench.time.pass(300)
    }
    for (let i = 1; i < asked.length; i++)
      expect((asked[i - 1] as number) + (asked[i] as number)).toBeLessThanOrEqual(1)
    expect(asked.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0)
  })

  test('names whose own servers are silent, or whose chains are loops, do not have it rest while it answers others', async () => {
    const bench = new Bench({
      [ONE]: (asked) => {
        if (asked.name.startsWith('dead')) return silent(asked)
        return asked.name.startsWith('loop')
          ? replyTo(asked, { answers: [cname(asked.name, asked.name)] })
          : knowing()(asked)
      },
    })
    for (let i = 0; i < 10; i++) {
      const dead = bench.send(`dead${i}.example`)
      await bench.time.pass(1000)
      expect((await bench.ask(`n${i}.example`)).rcode).toBe(0)
      await bench.time.pass(4000)
      expect(read(await dead).rcode).toBe(2)
    }
    for (let i = 0; i < 10; i++) expect((await bench.ask(`loop${i}.example`)).rcode).toBe(2)
    for (let i = 0; i < 5; i++) expect((await bench.ask(`m${i}.example`)).rcode).toBe(0)
  })

  test('after an outage of an hour answers are fresh within 12 s', async () => {
    const bench = new Bench({ [ONE]: silent, [TWO]: silent })
    for (let i = 0; i < 360; i++) {
      await bench.ask(`n${i}.example`)
      await bench.time.pass(10_000)
    }
    bench.servers.set(ONE, knowing())
    const end = bench.time.now
    let rcode = 2
    while (rcode !== 0) {
      rcode = (await bench.ask('again.example')).rcode
      await bench.time.pass(1000)
    }
    expect(bench.time.now - end).toBeLessThanOrEqual(13_000)
  })

  test('each has one query for a question under way, whatever becomes of the flight', async () => {
    const bench = new Bench({ [ONE]: silent, [TWO]: knowing('192.0.2.2', 0) })
    for (let i = 0; i < 5; i++) {
      await bench.ask('zero.example')
      await bench.time.pass(100)
    }
    expect(bench.servers.countOf(ONE)).toBe(1)
    expect(bench.servers.countOf(TWO)).toBe(5)
  })

  test('SERVFAIL of one is asked of the next; of all it goes to the client with its EDE', async () => {
    const options = [{ code: 15, data: Buffer.from('\0\x16no server answers') }]
    const bench = new Bench({ [ONE]: (asked) => replyTo(asked, { rcode: 2, options }), [TWO]: knowing('192.0.2.2') })
    expect((await bench.ask('a.example')).answer).toEqual(['a.example 300 A 192.0.2.2'])
    bench.servers.set(TWO, (asked) => replyTo(asked, { rcode: 2 }))
    const { rcode, ede } = await bench.ask('b.example', 'A', { edns: true })
    expect([rcode, ede]).toEqual([2, { code: 22, text: 'no server answers' }])
    // A name that cannot be resolved says nothing of the upstream.
    expect(bench.servers.log.filter(({ name }) => name === 'b.example').map(({ url }) => url)).toEqual([ONE, TWO])
  })

  test('signatures that one found invalid are not asked of the next', async () => {
    const options = [{ code: 15, data: Buffer.from('\0\x06bogus') }]
    const bench = new Bench({ [ONE]: (asked) => replyTo(asked, { rcode: 2, options }), [TWO]: knowing() })
    const { rcode, ede } = await bench.ask('bogus.example', 'A', { edns: true })
    expect([rcode, ede?.code, bench.servers.countOf(TWO)]).toEqual([2, 6, 0])
  })
})

describe('stale answers (RFC 8767)', () => {
  test('while upstreams fail: TTL 30 and EDE 3, for a day', async () => {
    const bench = new Bench({ [ONE]: knowing() })
    await bench.ask('kept.example')
    bench.servers.set(ONE, silent)
    await bench.time.pass(3_600_000)
    const first = await bench.ask('kept.example', 'A', { edns: true })
    expect([first.answer, first.ede?.code, first.seconds]).toEqual([['kept.example 30 A 192.0.2.1'], 3, 30])
    expect(first.ms).toBe(1800)
    await bench.time.pass(80_000_000)
    expect((await bench.ask('kept.example')).answer).toEqual(['kept.example 30 A 192.0.2.1'])
    await bench.time.pass(4_000_000)
    expect((await bench.ask('kept.example')).rcode).toBe(2)
  })

  test('EDE 19 for NXDOMAIN', async () => {
    const bench = new Bench({ [ONE]: (asked) => replyTo(asked, { rcode: 3, authorities: [soa('example')] }) })
    await bench.ask('no.example')
    bench.servers.set(ONE, () => {
      throw new Error('connection refused')
    })
    await bench.time.pass(3_600_000)
    const { rcode, ede, ms } = await bench.ask('no.example', 'A', { edns: true })
    expect([rcode, ede?.code, ms]).toEqual([3, 19, 0])
  })

  test('a fresh answer that comes in time is preferred', async () => {
    const bench = new Bench({ [ONE]: knowing() })
    await bench.ask('kept.example')
    await bench.time.pass(3_600_000)
    bench.servers.set(ONE, knowing('192.0.2.77'))
    expect((await bench.ask('kept.example')).answer).toEqual(['kept.example 300 A 192.0.2.77'])
  })
})

test('a reply in pieces is read, and one that breaks off fails', async () => {
  const inPieces = (asked: { message: Buffer; name: string }, isBroken: boolean) => {
    const reply = replyTo(asked, { answers: [a(asked.name, '192.0.2.5')] })
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(reply.subarray(0, 7))
        if (isBroken) return controller.error(new Error('gone'))
        controller.enqueue(reply.subarray(7))
        controller.close()
      },
    })
    return new Response(body, { headers: dnsResponse(reply).headers })
  }
  const bench = new Bench({ [ONE]: (asked) => inPieces(asked, false) })
  expect((await bench.ask('a.example')).rcode).toBe(0)
  bench.servers.set(ONE, (asked) => inPieces(asked, true))
  expect((await bench.ask('b.example')).rcode).toBe(2)
})
