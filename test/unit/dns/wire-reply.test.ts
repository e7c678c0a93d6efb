import { describe, expect, test } from 'vitest'
import {
  CLASS,
  EDE,
  encodeReply,
  isSubdomain,
  NO_RECORDS,
  parseName,
  parseQuery,
  parseRdataText,
  type Query,
  RCODE,
  type Rrset,
  TYPE,
} from '../../../src/dns/index.ts'
import { MAX_MESSAGE_BYTES } from '../../../src/limits.ts'
import { contextOf, ecsOption, hex, must, type Option, oracle, queryOf, replyTo } from '../support.ts'

const encode = (...asked: Parameters<typeof encodeReply>): Uint8Array => encodeReply(...asked).message

const query = (name = 'www.example.com.', options?: readonly Option[]): Query =>
  must(parseQuery(queryOf(name, 'A', { id: 7, ...(options && { options }) })))

const rrset = (owner: string, type: keyof typeof TYPE, ...texts: string[]): Rrset => ({
  owner: must(parseName(owner)),
  type: TYPE[type],
  ttl: 300,
  rdatas: texts.map((text) => must(parseRdataText(TYPE[type], text))),
})

const reply = (answer: readonly Rrset[], more: object = {}) =>
  ({ ...NO_RECORDS, rcode: RCODE.NOERROR, authoritative: true, answer, ...more }) as const

describe('names in replies', () => {
  test('an ending that an earlier record has is a pointer to it', () => {
    const message = encode(
      query(),
      reply([
        rrset('www.example.com.', 'CNAME', 'a.b.example.net.'),
        rrset('a.b.example.net.', 'CNAME', 'c.b.example.net.'),
      ]),
    )
    const answers = message.subarray(12 + 21)
    expect(hex(answers)).toBe(
      [
        'c00c00050001' + '0000012c' + '0011' + '0161' + '0162' + '076578616d706c65' + '036e657400', // a.b.example.net. at 0x2d
        'c02d00050001' + '0000012c' + '0004' + '0163' + 'c02f',
      ].join(''),
    )
  })
  test('upper and lower case are the same ending', () => {
    const message = encode(query('WWW.EXAMPLE.com.'), reply([rrset('www.example.com.', 'MX', '10 Mail.Example.COM.')]))
    expect(hex(message)).toMatch(/000a044d61696cc010$/)
  })
  test('the end of a longer label is not an ending', () => {
    const message = encode(query('xexample.com.'), reply([rrset('xexample.com.', 'CNAME', 'example.com.')]))
    expect(hex(message)).toMatch(/000a076578616d706c65c015$/)
  })
  test('octets in a label that look like labels are not an ending', () => {
    const message = encode(query('a\\003com.'), reply([rrset('a\\003com.', 'CNAME', 'com.')]))
    expect(hex(message)).toMatch(/000503636f6d00$/)
  })
  test('names that are known to be below the owner, and names that are the same object, get the same octets', () => {
    const soa = 'ns.a.example.com. Root.B.a.example.COM. 1 2 3 4 5'
    const owners = ['example.com.', 'a.example.com.', '.', 'com.', 'other.example.']
    const asked = [
      'x.example.com.',
      'x.a.example.com.',
      'ns.a.EXAMPLE.com.',
      'r.b.a.example.com.',
      'a.example.com.',
      '.',
    ]
    const before = [rrset('x.example.com.', 'CNAME', 'x.b.a.example.com.'), rrset('ns.example.', 'CNAME', 'com.')]
    for (const name of asked) {
      for (const answer of [[], before]) {
        for (const owner of owners) {
          const set = rrset(owner, 'SOA', soa)
          const { names } = set.rdatas[0] as Rrset['rdatas'][number]
          const isNamedBelow = names.every((one) => isSubdomain(one.name.key, set.owner.key))
          const known = encode(query(name), reply(answer, { authority: [{ ...set, isNamedBelow }] }))
          expect(hex(known)).toBe(hex(encode(query(name), reply(answer, { authority: [set] }))))
        }
        const [mx] = rrset('x.example.com.', 'MX', '1 x.b.a.example.com.').rdatas
        const target = mx?.names[0]?.name as Rrset['owner']
        const led = (owner: Rrset['owner']) => [...answer, { owner, type: TYPE.MX, ttl: 1, rdatas: mx ? [mx] : [] }]
        const copied = { key: target.key, wire: target.wire.slice() }
        expect(hex(encode(query(name), reply(led(target))))).toBe(hex(encode(query(name), reply(led(copied)))))
      }
    }
  })
  test('the root is one octet, never a pointer', () => {
    const message = encode(query('.'), reply([rrset('.', 'MX', '0 .')]))
    expect(hex(message.subarray(12))).toBe('0000010001' + '00000f0001' + '0000012c' + '0003' + '000000')
  })
  test('beyond 16,384 octets no pointer leads to a name, and the message stays readable', () => {
    const texts = Array.from({ length: 80 }, (_, i) => `"${String(i).padStart(250, 'x')}"`)
    const targets = Array.from({ length: 40 }, (_, i) => `m${i}.far.example.net.`)
    const answer = [
      rrset('www.example.com.', 'TXT', ...texts),
      rrset('www.example.com.', 'MX', ...targets.map((t) => `1 ${t}`)),
    ]
    const message = encode(query(), reply(answer))
    expect(message.length).toBeGreaterThan(0x4000)
    const exchanges = oracle(message).answers?.flatMap((record) => (record.type === 'MX' ? [record.data.exchange] : []))
    expect(exchanges).toEqual(targets.map((target) => target.slice(0, -1)))
  })
})

describe('records in replies', () => {
  test('the three sections, each with its own count', () => {
    const ns = rrset('sub.example.com.', 'NS', 'ns1.sub.example.com.', 'ns2.sub.example.com.')
    const glue = rrset('ns1.sub.example.com.', 'AAAA', '2001:db8::53')
    const message = encode(
      query('www.example.com.', []),
      reply([rrset('www.example.com.', 'A', '192.0.2.1', '192.0.2.2', '192.0.2.3')], {
        authority: [ns],
        additional: [glue],
      }),
    )
    expect(hex(message.subarray(4, 12))).toBe('0001' + '0003' + '0002' + '0002')
    expect(oracle(message)).toMatchObject({
      answers: [{ data: '192.0.2.1' }, { data: '192.0.2.2' }, { data: '192.0.2.3' }],
      authorities: [{ data: 'ns1.sub.example.com' }, { data: 'ns2.sub.example.com' }],
      additionals: [{ name: 'ns1.sub.example.com', data: '2001:db8::53', ttl: 300 }, { type: 'OPT' }],
    })
  })
  test('a TTL of 31 bits is encoded', () => {
    const message = encode(query(), reply([{ ...rrset('www.example.com.', 'A', '192.0.2.1'), ttl: 2 ** 31 - 1 }]))
    expect(oracle(message).answers?.[0]).toMatchObject({ ttl: 2 ** 31 - 1 })
  })
  test('another class', () => {
    const message = encode(query(), reply([{ ...rrset('www.example.com.', 'TXT', '"x"'), class: CLASS.CH }]))
    expect(oracle(message).answers?.[0]).toMatchObject({ class: 'CH' })
  })
  test('a reply does not change when others are encoded', () => {
    const ask = (i: number) => {
      const name = `n${i}.${'x'.repeat(i % 60)}x.example.com.`
      return encode(
        query(name, i % 5 === 0 ? [[12, []]] : []),
        reply([rrset(name, 'TXT', `"${'y'.repeat((i * 37) % 255)}"`)]),
      )
    }
    const kept = Array.from({ length: 500 }, (_, i) => ask(i))
    const copies = kept.map(hex)
    for (let i = 500; i < 1000; i++) ask(i)
    expect(kept.map(hex)).toEqual(copies)
    kept[0]?.fill(255)
    expect(kept.slice(1).map(hex)).toEqual(copies.slice(1))
  })
})

describe('size', () => {
  const texts = (count: number) => Array.from({ length: count }, (_, i) => `"${String(i).padStart(255, 'x')}"`)
  test('no TC at any size: 240 records of 268 octets are complete', () => {
    const message = encode(query('www.example.com.', []), reply([rrset('www.example.com.', 'TXT', ...texts(240))]))
    expect(message.length).toBeGreaterThan(64_000)
    expect((message[2] as number) & 0x02).toBe(0)
    expect(oracle(message).answers).toHaveLength(240)
  })
  test('an answer that does not fit is SERVFAIL with the question, OPT, ECS and an EDE', () => {
    const message = encode(
      query('www.example.com.', [ecsOption('192.0.2.0/24')]),
      reply([rrset('www.example.com.', 'TXT', ...texts(250))], { scope: 24 }),
    )
    expect((message[3] as number) & 15).toBe(RCODE.SERVFAIL)
    expect((message[2] as number) & 0x06).toBe(0)
    const decoded = oracle(message)
    expect(decoded.answers).toEqual([])
    expect(decoded.additionals?.[0]).toMatchObject({ options: [{ code: 8, sourcePrefixLength: 24 }, { code: 15 }] })
  })
  test('every size near the largest message is complete or SERVFAIL, and readable', () => {
    const counts = new Set<number>()
    for (let last = 0; last < 60; last++) {
      const fill = [...texts(243), `"${'y'.repeat(last)}"`]
      const message = encode(
        query('www.example.com.', [ecsOption('2001:db8::/128'), [12, []]]),
        reply([rrset('www.example.com.', 'TXT', ...fill)], { ede: { code: EDE.OTHER, text: 'e'.repeat(300) } }),
      )
      expect(message.length).toBeLessThanOrEqual(MAX_MESSAGE_BYTES)
      const { answers = [] } = oracle(message)
      counts.add(answers.length)
      if (message.length % 468 !== 0) expect(message.length).toBe(MAX_MESSAGE_BYTES)
    }
    expect(counts).toEqual(new Set([244, 0]))
  })
  test.each([
    [
      'before it',
      [
        [8, [0, 3, 0, 0]],
        [12, []],
      ],
    ],
    [
      'behind it',
      [
        [12, []],
        [8, [0, 3, 0, 0]],
      ],
    ],
  ] as [string, Option[]][])('FORMERR for a bad option is padded too, with PADDING %s', (_, options) => {
    const { message } = replyTo(queryOf('www.example.com.', 'A', { options }), contextOf([]))
    expect((message[3] as number) & 15).toBe(RCODE.FORMERR)
    expect(message.length).toBe(468)
  })
  test('every length is padded to a multiple of 468, with zeros', () => {
    for (let length = 0; length < 250; length++) {
      const message = encode(
        query('www.example.com.', [[12, []]]),
        reply([rrset('www.example.com.', 'TXT', `"${'x'.repeat(length)}"`)]),
      )
      expect(message.length).toBe(468)
      const opt = oracle(message).additionals?.[0]
      expect(opt).toMatchObject({ type: 'OPT', options: [{ code: 12 }] })
    }
    const second = encode(
      query('www.example.com.', [[12, []]]),
      reply([rrset('www.example.com.', 'TXT', `"${'x'.repeat(255)}"`, `"${'y'.repeat(255)}"`)]),
    )
    expect(second.length).toBe(936)
    expect(hex(second)).toMatch(/(00){250}$/)
  })
})

describe('Extended DNS Errors', () => {
  const ede = (text: string): Buffer => {
    const message = encode(query('www.example.com.', []), {
      ...reply([]),
      rcode: RCODE.SERVFAIL,
      ede: { code: EDE.NOT_READY, text },
    })
    const opt = oracle(message).additionals?.[0]
    const option = opt?.type === 'OPT' ? (opt.options[0] as unknown as { code: number; data: Buffer }) : undefined
    expect(option?.code).toBe(15)
    return option?.data as Buffer
  }
  test('code and text', () => {
    expect(hex(ede('no zone'))).toBe(`000e${Buffer.from('no zone').toString('hex')}`)
  })
  test.each([99, 100, 101, 102])(
    'a long text is cut between characters: it stays UTF-8 (RFC 8914 §2), %i',
    (length) => {
      const text = `${'a'.repeat(length % 2)}${'ü'.repeat(length)}${'€'.repeat(50)}`
      const decoded = new TextDecoder('utf-8', { fatal: true }).decode(ede(text).subarray(2))
      expect(text.startsWith(decoded)).toBe(true)
      expect(decoded.length).toBeGreaterThan(60)
    },
  )
  test('no EDE without OPT', () => {
    const message = encode(query(), {
      ...reply([]),
      rcode: RCODE.REFUSED,
      ede: { code: EDE.NOT_AUTHORITATIVE, text: 'x' },
    })
    expect(oracle(message).additionals).toEqual([])
  })
})
