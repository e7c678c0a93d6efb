import packet from 'dns-packet'
import { describe, expect, test } from 'vitest'
import { NO_RECORDS, parseName, parseRdataText, RCODE, type Response, TYPE } from '../../../src/dns/index.ts'
import { a, Bench, cname, knowing, type Options, replyTo, silent, soa, subnet } from './support.ts'

const ONE = 'https://one.test/dns-query'

/** The query that the upstream got, as dns-packet reads it. */
function sent(bench: Bench, index = 0) {
  const { message, headers } = bench.servers.asked[index] as (typeof bench.servers.asked)[number]
  const query = packet.decode(message)
  const opt = query.additionals?.find(({ type }) => type === 'OPT')
  return { query, message, headers, options: opt?.type === 'OPT' ? opt.options : [] }
}

describe('the query to the upstream', () => {
  test('ID 0, RD and AD, the name as the client wrote it, padded; no word of the client in a header', async () => {
    const bench = new Bench({ [ONE]: knowing() })
    await bench.ask('WwW.Example', 'A', { id: 4711, flags: 0x0110, dnssecOk: true })
    const { query, message, headers, options } = sent(bench)
    expect([query.id, query.flag_rd, query.flag_ad, query.flag_cd]).toEqual([0, true, true, true])
    expect([query.questions, message.length % 128]).toEqual([[{ name: 'WwW.Example', type: 'A', class: 'IN' }], 0])
    expect(options.map(({ code }) => code)).toEqual([12])
    expect([...headers.keys()].sort()).toEqual(['accept', 'content-type'])
  })

  test('options: cookies, padding and keep-alive stay here; unknown ones go on, and the reply is not kept', async () => {
    const options = [
      { code: 10, data: Buffer.from('12345678') },
      { code: 12, data: Buffer.alloc(9) },
      { code: 11, data: Buffer.alloc(0) },
    ]
    const unknown = { code: 65_001, data: Buffer.from('what?') }
    const bench = new Bench({
      [ONE]: (asked) =>
        replyTo(asked, {
          answers: [a(asked.name, '192.0.2.1')],
          options: [
            { code: 10, data: Buffer.from('12345678abcdefgh') },
            { code: 65_001, data: Buffer.from('that!') },
            { code: 12, data: Buffer.alloc(20) },
            { code: 15, data: Buffer.from('\0\x04forged') },
          ],
        }),
    })
    const first = await bench.ask('www.example', 'A', { options })
    expect(sent(bench).options.map(({ code }) => code)).toEqual([12])
    expect(first.options.map(({ code }) => code)).toEqual([15, 12])
    await bench.ask('www.example', 'A', { options })
    expect(bench.servers.log).toHaveLength(1)
    for (let i = 1; i < 3; i++) {
      const { options: returned } = await bench.ask('www.example', 'A', { options: [...options, unknown] })
      expect(sent(bench, i).options.map(({ code }) => code)).toEqual([65_001, 12])
      expect(returned.map(({ code }) => code as number)).toEqual([15, 65_001, 12])
      expect(bench.servers.log).toHaveLength(1 + i)
    }
  })

  test('class and type are passed on', async () => {
    const bench = new Bench({ [ONE]: (asked) => replyTo(asked, { authorities: [soa('example')] }) })
    await bench.ask('www.example', 'UNKNOWN_65301')
    expect(sent(bench).query.questions?.[0]?.type).toBe('UNKNOWN_65301')
  })
})

describe('the reply to the client', () => {
  const asks: readonly (readonly [string, Options, boolean])[] = [
    ['AD', { flags: 0x0120 }, true],
    ['DO', { dnssecOk: true }, true],
    ['neither', { edns: true }, false],
  ]
  test.each(asks)('AD as the upstream said, for a client that asks by %s', async (_, options, isAuthentic) => {
    for (const upstream of [true, false]) {
      const bench = new Bench({
        [ONE]: (asked) => replyTo(asked, { answers: [a(asked.name, '192.0.2.1')], flags: upstream ? 0x20 : 0 }),
      })
      for (let i = 0; i < 2; i++) {
        const { ad, ra, aa, rd } = await bench.ask('www.example', 'A', options)
        expect([ad, ra, aa, rd]).toEqual([upstream && isAuthentic, true, false, true])
      }
    }
  })

  test('an OPT record where the query has one, padding where it pads', async () => {
    const bench = new Bench({ [ONE]: knowing() })
    expect((await bench.ask('www.example')).hasOpt).toBe(false)
    expect((await bench.ask('www.example', 'A', { edns: true })).hasOpt).toBe(true)
    const { message } = await bench.ask('www.example', 'A', { options: [{ code: 12, data: Buffer.alloc(1) }] })
    expect(message.length % 468).toBe(0)
  })

  test('the letter case of the reply may differ: the client sees its own', async () => {
    const bench = new Bench({
      [ONE]: (asked) => {
        const questions = [{ type: 'A' as const, name: asked.name.toUpperCase() }]
        const written = packet.encode({ type: 'query', questions })
        return replyTo({ message: written }, { answers: [a(asked.name.toLowerCase(), '192.0.2.1')] })
      },
    })
    expect(await bench.ask('wWw.example')).toMatchObject({ rcode: 0, answer: ['wWw.example 300 A 192.0.2.1'] })
  })

  test('the content that JSON is made of is that of the message', async () => {
    const bench = new Bench({ [ONE]: knowing() })
    for (let i = 0; i < 2; i++) {
      const { response } = await bench.ask('www.example')
      expect(response.answer.map(({ type, ttl, rdatas }) => [type, ttl, rdatas.map(({ text }) => text)])).toEqual([
        [1, 300 - i * 40, ['192.0.2.1']],
      ])
      await bench.time.pass(40_000)
    }
  })
})

describe('Client Subnet (RFC 7871)', () => {
  /** An upstream whose answer depends on the first two octets of the network. */
  const steering = (scope: number) =>
    new Bench({
      [ONE]: (asked) => {
        const opt = packet.decode(asked.message).additionals?.find(({ type }) => type === 'OPT')
        const ecs = opt?.type === 'OPT' ? opt.options.find(({ code }) => code === 8) : undefined
        const ip = ecs && 'ip' in ecs ? (ecs.ip ?? '') : ''
        const answer = ip === '' ? '192.0.2.255' : `10.${ip.split('.').slice(0, 2).join('.')}.1`
        const options = ecs ? [{ ...ecs, scopePrefixLength: scope, data: undefined }] : []
        return replyTo(asked, { answers: [a(asked.name, answer)], options })
      },
    })
  const ask = async (bench: Bench, ip?: string, length = 24) => {
    const { answer, options } = await bench.ask(
      'www.example',
      'A',
      ip === undefined ? {} : { options: [subnet(ip, length)] },
    )
    const ecs = options.find(({ code }) => code === 8)
    const scope = ecs && 'scopePrefixLength' in ecs ? ecs.scopePrefixLength : undefined
    return [answer[0]?.split(' ').at(-1), scope, bench.servers.log.length]
  }

  test('a reply is for the network of its scope, and for no other client', async () => {
    const bench = steering(16)
    expect(await ask(bench, '198.51.100.0')).toEqual(['10.198.51.1', 16, 1])
    expect(await ask(bench, '198.51.7.0')).toEqual(['10.198.51.1', 16, 1])
    expect(await ask(bench, '203.0.113.0')).toEqual(['10.203.0.1', 16, 2])
    expect(await ask(bench)).toEqual(['192.0.2.255', undefined, 3])
    expect(await ask(bench)).toEqual(['192.0.2.255', undefined, 3])
    expect(await ask(bench, '0.0.0.0', 0)).toEqual(['10.0.0.1', 0, 4])
    expect(await ask(bench, '198.0.0.0', 8)).toEqual(['10.198.0.1', 8, 5])
    expect(await ask(bench, '198.51.9.0')).toEqual(['10.198.51.1', 16, 5])
  })

  test('a scope of 0 is for everybody', async () => {
    const bench = steering(0)
    expect(await ask(bench, '198.51.100.0')).toEqual(['10.198.51.1', 0, 1])
    expect(await ask(bench, '203.0.113.0')).toEqual(['10.198.51.1', 0, 1])
    expect(await ask(bench)).toEqual(['10.198.51.1', undefined, 1])
  })

  test.each([
    ['as sent', [['198.51.100.77', 32]]],
    ['none', []],
    [{ ipv4: 20, ipv6: 48 }, [['198.51.96.0', 20]]],
  ] as const)('by the setting: %j', async (passing, expected) => {
    const bench = steering(0)
    bench.passing = passing
    await ask(bench, '198.51.100.77', 32)
    await ask(bench)
    const ecs = sent(bench).options.flatMap((option) =>
      option.code === 8 && 'ip' in option ? [[option.ip, option.sourcePrefixLength]] : [],
    )
    expect(ecs).toEqual(expected)
  })

  test('a source length of 0 stays 0', async () => {
    for (const passing of ['as sent', { ipv4: 24, ipv6: 56 }] as const) {
      const bench = steering(0)
      bench.passing = passing
      await ask(bench, '0.0.0.0', 0)
      expect(sent(bench).options.find(({ code }) => code === 8)).toMatchObject({ sourcePrefixLength: 0 })
    }
  })
})

describe('an answer that begins in our zone', () => {
  const name = (text: string) => {
    const parsed = parseName(text)
    if (!parsed.ok) throw new Error(parsed.error)
    return parsed.value
  }
  const target = parseRdataText(TYPE.CNAME, 'www.example.')
  if (!target.ok) throw new Error('no record')
  const own: Response = {
    ...{ ...NO_RECORDS, rcode: RCODE.NOERROR, authoritative: true, scope: 12 },
    answer: [{ owner: name('shop.ours.'), type: TYPE.CNAME, ttl: 20, rdatas: [target.value] }],
  }
  const beyond = (bench: Bench, response: Response) =>
    bench.ask('www.example', 'A', { edns: true, flags: 0x0120 }, response)

  test('has AA for its first owner, never AD, and the smaller TTL', async () => {
    const bench = new Bench({
      [ONE]: (asked) => replyTo(asked, { answers: [a(asked.name, '192.0.2.1')], flags: 0x20 }),
    })
    const { answer, aa, ad, ra, seconds, response } = await beyond(bench, own)
    expect(answer).toEqual(['shop.ours 20 CNAME www.example', 'www.example 300 A 192.0.2.1'])
    expect([aa, ad, ra, seconds, response.scope]).toEqual([true, false, true, 20, 12])
  })

  test('has the rcode of the last name (RFC 6604)', async () => {
    const bench = new Bench({ [ONE]: (asked) => replyTo(asked, { rcode: 3, authorities: [soa('example')] }) })
    const { rcode, answer } = await beyond(bench, own)
    expect([rcode, answer]).toEqual([3, ['shop.ours 20 CNAME www.example']])
  })

  test('stays the chain so far where upstreams fail; SERVFAIL where nothing of it is ours', async () => {
    const bench = new Bench({ [ONE]: silent })
    const { rcode, answer, aa, seconds, ede } = await beyond(bench, own)
    expect([rcode, answer, aa, seconds, ede?.code]).toEqual([0, ['shop.ours 20 CNAME www.example'], true, 0, 22])
    const ns = parseRdataText(TYPE.NS, 'ns.elsewhere.')
    if (!ns.ok) throw new Error('no record')
    const referral = { ...own, authoritative: false, answer: [] }
    const authority = [{ owner: name('www.example.'), type: TYPE.NS, ttl: 20, rdatas: [ns.value] }]
    expect(await beyond(bench, { ...referral, authority })).toMatchObject({ rcode: 2, answer: [], authority: [] })
  })

  test('ends after 16 hops, ours among them', async () => {
    const hops = (count: number, asked: { message: Buffer }) =>
      replyTo(asked, {
        answers: [
          ...Array.from({ length: count }, (_, i) =>
            cname(i === 0 ? 'www.example' : `c${i}.example`, `c${i + 1}.example`),
          ),
          a(`c${count}.example`, '192.0.2.1'),
        ],
      })
    const bench = new Bench({ [ONE]: (asked) => hops(15, asked) })
    expect((await beyond(bench, own)).answer).toHaveLength(17)
    const longer = new Bench({ [ONE]: (asked) => hops(16, asked) })
    expect(await beyond(longer, own)).toMatchObject({ rcode: 0, answer: ['shop.ours 20 CNAME www.example'] })
    expect((await longer.ask('www.example')).answer).toHaveLength(17)
  })
})
