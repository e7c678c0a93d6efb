import { beforeAll, describe, expect, test } from 'vitest'
import { type Rrset, rcodeName, TYPE, typeName } from '../../../src/dns/index.ts'
import { distinctRdatas } from '../../../src/dnssec/canonical.ts'
import { Signer, signReply, unsignable } from '../../../src/dnssec/index.ts'
import { toJson } from '../../../src/http/json.ts'
import type { Reply, Zone } from '../../../src/zone/index.ts'
import { contextOf, ecsOption, hex, queryOf, replyTo, unhex, zoneOf } from '../support.ts'
import { newKey, type Rings, ringOf, ringsOf, signed } from './support.ts'

const WEIGHTED = {
  kind: 'weighted',
  members: [
    { weight: 1, answer: '192.0.2.10' },
    { weight: 2, answer: '192.0.2.11' },
  ],
}
/** Gives addresses to some clients alone. */
const FOR_SOME = {
  ttl: 20,
  answer: {
    kind: 'view',
    rules: [
      { networks: ['192.0.2.0/24'], answer: '192.0.2.7' },
      { networks: ['0.0.0.0/0'], answer: [] },
    ],
  },
}

const zone = zoneOf({
  '@': { NS: 'ns', MX: '10 Mail' },
  ns: { A: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] },
  mail: { A: '192.0.2.25' },
  random: { A: WEIGHTED },
  '*.wild': { A: WEIGHTED, TXT: '"w"' },
  'a.ent': { A: '192.0.2.9' },
  alias: { CNAME: 'Random' },
  broken: { CNAME: 'nothing' },
  old: { DNAME: 'wild' },
  some: { A: FOR_SOME, TXT: '"t"' },
  flat: { ALIAS: 'some' },
  away: { CNAME: 'www.unsigned.example.' },
  secure: { NS: 'ns.secure', DS: `1 13 2 ${'ab'.repeat(32)}` },
  'ns.secure': { A: '192.0.2.53' },
  insecure: { NS: 'ns.insecure' },
  'ns.insecure': { A: '192.0.2.54' },
  svc: { HTTPS: '1 . alpn=h2 ipv4hint=auto', A: WEIGHTED },
})
const unsigned = zoneOf({ '@': { NS: 'ns' }, www: { A: '192.0.2.99' } }, { origin: 'unsigned.example.' })
/** A zone of ours below the signed one, without a delegation to it. */
const below = zoneOf({ '@': { NS: 'ns' }, www: { A: '192.0.2.98' } }, { origin: 'below.example.com.' })

let rings: Rings
beforeAll(async () => {
  rings = await ringsOf(['example.com'], [await newKey()])
})

type Asking = { readonly do?: boolean; readonly co?: boolean; readonly ecs?: string; readonly zones?: readonly Zone[] }

/** A query with an OPT record whose flags are as asked for. */
function query(name: string, type: string, { do: dnssecOk = true, co = false, ecs }: Asking = {}): Uint8Array {
  const message = queryOf(name, type, { options: ecs ? [ecsOption(ecs)] : [] })
  const flagsAt = message.length - 4 - (ecs ? 11 : 0)
  message[flagsAt] = (dnssecOk ? 0x80 : 0) | (co ? 0x40 : 0)
  return message
}

async function ask(name: string, type: string, asking: Asking = {}): Promise<Reply> {
  const { zones = [zone, unsigned, below] } = asking
  return signed(replyTo(query(name, type, asking), contextOf(zones)), rings)
}

const line = ({ owner, type, rdatas }: Rrset): string[] =>
  rdatas.map(({ text }) => {
    const name = Buffer.from(owner.key, 'latin1').toString('latin1')
    return `${nameText(name)} ${typeName(type)} ${type === TYPE.RRSIG ? text.split(' ', 3).join(' ') : text}`
  })
const nameText = (key: string): string => {
  let text = ''
  for (let at = 0; key.charCodeAt(at) > 0; at += key.charCodeAt(at) + 1) {
    text += `${key.slice(at + 1, at + 1 + key.charCodeAt(at))}.`
  }
  return text
}

async function shown(name: string, type: string, asking: Asking = {}) {
  const { response } = await ask(name, type, asking)
  const { rcode, answer, authority, additional } = response
  return [rcodeName(rcode), answer.flatMap(line), authority.flatMap(line), additional.flatMap(line)] as const
}

const soa = (text = 'ns.example.com. hostmaster.example.com. 7 3600 900 604800 60') => [
  `example.com. SOA ${text}`,
  'example.com. RRSIG SOA 13 2',
]
const nsec = (name: string, types: string, labels = name.split('.').length - 1) => [
  `${name} NSEC \\000.${name} ${types}`,
  `${name} RRSIG NSEC 13 ${labels}`,
]

describe('what is there', () => {
  test.each([
    ['mail.example.com.', 'A', ['mail.example.com. A 192.0.2.25', 'mail.example.com. RRSIG A 13 3']],
    ['x.y.wild.example.com.', 'TXT', ['x.y.wild.example.com. TXT "w"', 'x.y.wild.example.com. RRSIG TXT 13 5']],
    ['*.wild.example.com.', 'TXT', ['*.wild.example.com. TXT "w"', '*.wild.example.com. RRSIG TXT 13 3']],
    [
      'x.old.example.com.',
      'TXT',
      [
        'old.example.com. DNAME wild.example.com.',
        'old.example.com. RRSIG DNAME 13 3',
        // RFC 6672 §5.3.1: nobody signs the CNAME that is made of it.
        'x.old.example.com. CNAME x.wild.example.com.',
        'x.wild.example.com. TXT "w"',
        'x.wild.example.com. RRSIG TXT 13 4',
      ],
    ],
    [
      'away.example.com.',
      'A',
      [
        'away.example.com. CNAME www.unsigned.example.',
        'away.example.com. RRSIG CNAME 13 3',
        'www.unsigned.example. A 192.0.2.99',
      ],
    ],
    ['mail.example.com.', 'ANY', ['mail.example.com. HINFO "RFC8482" ""', 'mail.example.com. RRSIG HINFO 13 3']],
    ['mail.example.com.', 'NSEC', nsec('mail.example.com.', 'A RRSIG NSEC')],
    ['alias.example.com.', 'NSEC', nsec('alias.example.com.', 'CNAME RRSIG NSEC')],
    ['mail.example.com.', 'RRSIG', ['mail.example.com. RRSIG NSEC 13 3']],
    ['example.com.', 'NSEC', nsec('example.com.', 'NS SOA MX RRSIG NSEC DNSKEY CDS CDNSKEY')],
  ])('%s %s', async (name, type, answer) => {
    expect(await shown(name, type)).toEqual(['NOERROR', answer, [], []])
  })

  test.each(['DNSKEY', 'CDNSKEY', 'CDS'])('%s at the apex alone, without DO too', async (type) => {
    const [rcode, answer, authority] = await shown('example.com.', type)
    expect([rcode, answer.length, authority]).toEqual(['NOERROR', 2, []])
    expect(answer[1]).toBe(`example.com. RRSIG ${type} 13 2`)
    expect((await shown('example.com.', type, { do: false }))[1]).toEqual([answer[0]])
    expect((await shown('mail.example.com.', type))[2]).toEqual([
      ...soa(),
      ...nsec('mail.example.com.', 'A RRSIG NSEC'),
    ])
  })

  test('additional records have their signatures, and those of unsigned zones and glue have none', async () => {
    expect((await shown('example.com.', 'MX'))[3]).toEqual([
      'mail.example.com. A 192.0.2.25',
      'mail.example.com. RRSIG A 13 3',
    ])
    expect((await shown('www.secure.example.com.', 'A'))[3]).toEqual(['ns.secure.example.com. A 192.0.2.53'])
  })

  test('hints that are filled in are signed as they are sent', async () => {
    const [, answer] = await shown('svc.example.com.', 'HTTPS')
    expect(answer[0]).toMatch(/ipv4hint=192\.0\.2\.1[01]$/)
    expect(answer[1]).toBe('svc.example.com. RRSIG HTTPS 13 3')
  })
})

describe('what is not there', () => {
  test.each([
    ['a name that does not exist', 'nothing.example.com.', 'A', 'RRSIG NSEC NXNAME'],
    ['an empty non-terminal', 'ent.example.com.', 'A', 'RRSIG NSEC'],
    ['ANY at an empty non-terminal', 'ent.example.com.', 'ANY', 'RRSIG NSEC'],
    ['a type at a name', 'mail.example.com.', 'TXT', 'A RRSIG NSEC'],
    ['a type at a wildcard', 'x.wild.example.com.', 'MX', 'A TXT RRSIG NSEC'],
    ['DS at a name', 'mail.example.com.', 'DS', 'A RRSIG NSEC'],
    ['DS at an insecure delegation', 'insecure.example.com.', 'DS', 'NS RRSIG NSEC'],
    ['a type that other clients get', 'some.example.com.', 'A', 'TXT RRSIG NSEC'],
    ['another type there: that one is in the bitmap', 'some.example.com.', 'MX', 'A TXT RRSIG NSEC'],
    ['an ALIAS without addresses for this client', 'flat.example.com.', 'A', 'AAAA RRSIG NSEC'],
    ['another type at an ALIAS', 'flat.example.com.', 'MX', 'A AAAA RRSIG NSEC'],
  ])('%s', async (_, name, type, bitmap) => {
    expect(await shown(name, type)).toEqual(['NOERROR', [], [...soa(), ...nsec(name, bitmap)], []])
  })

  test('where other clients get something the denial holds no longer than the policy', async () => {
    for (const name of ['some.example.com.', 'flat.example.com.']) {
      const { response } = await ask(name, 'A')
      expect(response.authority.map(({ ttl }) => ttl)).toEqual([20, 20, 20, 20])
    }
    const { response } = await ask('some.example.com.', 'MX')
    expect(response.authority.map(({ ttl }) => ttl)).toEqual([60, 60, 60, 60])
  })

  test('with CO a missing name is NXDOMAIN, and every reply of a signed zone echoes CO', async () => {
    expect(await shown('nothing.example.com.', 'A', { co: true })).toEqual([
      'NXDOMAIN',
      [],
      [...soa(), ...nsec('nothing.example.com.', 'RRSIG NSEC NXNAME')],
      [],
    ])
    const flags = async (name: string, type: string, asking: Asking) => {
      const { message } = await ask(name, type, asking)
      return [...message.slice(-4, -2)].map((octet) => octet.toString(16))
    }
    expect(await flags('nothing.example.com.', 'A', { co: true })).toEqual(['c0', '0'])
    expect(await flags('mail.example.com.', 'A', { co: true })).toEqual(['c0', '0'])
    expect(await flags('mail.example.com.', 'A', {})).toEqual(['80', '0'])
    expect(await flags('www.unsigned.example.', 'A', { co: true })).toEqual(['80', '0'])
  })

  test('who asks for NSEC of a missing name gets it: the record itself cannot be denied', async () => {
    expect(await shown('nothing.example.com.', 'NSEC')).toEqual([
      'NOERROR',
      nsec('nothing.example.com.', 'RRSIG NSEC NXNAME'),
      [],
      [],
    ])
    expect((await shown('nothing.example.com.', 'NSEC', { co: true }))[0]).toBe('NXDOMAIN')
  })

  test('at the end of a chain', async () => {
    expect(await shown('broken.example.com.', 'A')).toEqual([
      'NOERROR',
      ['broken.example.com. CNAME nothing.example.com.', 'broken.example.com. RRSIG CNAME 13 3'],
      [...soa(), ...nsec('nothing.example.com.', 'RRSIG NSEC NXNAME')],
      [],
    ])
  })

  test('a name of 254 octets', async () => {
    const name = `${'a'.repeat(60)}.${`${'b'.repeat(63)}.`.repeat(2)}${'c'.repeat(50)}.example.com.`
    const [rcode, , authority] = await shown(name, 'A')
    expect([rcode, authority[2]?.split(' ').slice(3)]).toEqual(['NOERROR', ['RRSIG', 'NSEC', 'NXNAME']])
  })
})

describe('delegations', () => {
  test('a secure one has its DS, signed, and an insecure one the proof that there is none', async () => {
    expect((await shown('www.secure.example.com.', 'A'))[2]).toEqual([
      'secure.example.com. NS ns.secure.example.com.',
      `secure.example.com. DS 1 13 2 ${'AB'.repeat(32)}`,
      'secure.example.com. RRSIG DS 13 3',
    ])
    expect((await shown('www.insecure.example.com.', 'A'))[2]).toEqual([
      'insecure.example.com. NS ns.insecure.example.com.',
      ...nsec('insecure.example.com.', 'NS RRSIG NSEC'),
    ])
  })

  test("DS of a zone of ours below is the upper one's to deny, and to sign, whether the lower one is signed or not", async () => {
    const lower = zoneOf({ '@': { NS: 'ns' } }, { origin: 'insecure.example.com.' })
    const tags = async (signedZones: readonly string[]) => {
      const upperKey = await newKey()
      const all = new Map([
        ...(await ringsOf(['example.com'], [upperKey])),
        ...(await ringsOf(signedZones, [await newKey()])),
      ])
      const { response } = await signed(replyTo(query('insecure.example.com.', 'DS'), contextOf([zone, lower])), all)
      const signatures = response.authority.filter(({ type }) => type === TYPE.RRSIG)
      return [upperKey.stored.tag, ...signatures.flatMap(({ rdatas }) => rdatas.map(tagOf))]
    }
    for (const signedZones of [[], ['insecure.example.com']]) {
      const [upper, ...made] = await tags(signedZones)
      expect(made).toEqual([upper, upper])
    }
  })

  test('a zone of ours below, without a delegation: the zone above says that it is insecure', async () => {
    expect(await shown('below.example.com.', 'DS')).toEqual([
      'NOERROR',
      [],
      [...soa(), ...nsec('below.example.com.', 'NS RRSIG NSEC')],
      [],
    ])
  })
})

test('without DO, and out of unsigned zones, no octet changes', async () => {
  for (const [name, type, dnssecOk] of [
    ['nothing.example.com.', 'A', false],
    ['example.com.', 'MX', false],
    ['mail.example.com.', 'CDS', false],
    ['nothing.example.com.', 'NSEC', false],
    ['www.unsigned.example.', 'A', true],
    ['nothing.unsigned.example.', 'A', true],
  ] as const) {
    const reply = replyTo(query(name, type, { do: dnssecOk }), contextOf([zone, unsigned]))
    expect(hex((await signed(reply, rings)).message), `${name} ${type}`).toBe(hex(reply.message))
  }
})

test('a failure echoes CO, too', async () => {
  const answered = replyTo(query('mail.example.com.', 'A', { co: true }), contextOf([zone]))
  const { response, query: asked } = unsignable(answered, 'no keys')
  expect([rcodeName(response.rcode), asked.edns?.compactOk]).toEqual(['SERVFAIL', true])
  const plain = unsignable(replyTo(query('mail.example.com.', 'A'), contextOf([zone])), 'no keys')
  expect(plain.query.edns?.compactOk).not.toBe(true)
})

test('thousands of records are told apart by content, each once', () => {
  const octets = (n: number) => Uint8Array.of(10, n >> 16, n >> 8, n)
  const all = Array.from({ length: 4000 }, (_, n) => ({ bytes: octets(n % 3999), names: [], text: '' }))
  expect(distinctRdatas(TYPE.A, all)).toEqual(all.slice(0, -1))
  const distinct = all.slice(1)
  expect(distinctRdatas(TYPE.A, distinct)).toBe(distinct)
})

test('AD is never set, and NXNAME cannot be asked for', async () => {
  const { message } = await ask('mail.example.com.', 'A')
  expect((message[3] as number) & 0x20).toBe(0)
  const refused = await ask('mail.example.com.', 'NXNAME')
  expect(rcodeName(refused.response.rcode)).toBe('FORMERR')
})

test('with two keys the one with flags 257 signs keys alone', async () => {
  const [ksk, zsk] = [await newKey(1, 13, 257), await newKey(2, 13, 256)]
  const split = await ringsOf(['example.com'], [ksk, zsk])
  const tagsOf = async (type: string) => {
    const { response } = await signed(replyTo(query('example.com.', type), contextOf([zone])), split)
    return response.answer.filter(({ type }) => type === TYPE.RRSIG).flatMap(({ rdatas }) => rdatas.map(tagOf))
  }
  expect(await tagsOf('DNSKEY')).toEqual([ksk.stored.tag])
  expect(await tagsOf('CDS')).toEqual([ksk.stored.tag])
  expect(await tagsOf('SOA')).toEqual([zsk.stored.tag])
})

const tagOf = ({ bytes }: { readonly bytes: Uint8Array }): number =>
  ((bytes[16] as number) << 8) | (bytes[17] as number)

test('a key that is only published, and one of another provider, are in the DNSKEY set, and sign nothing', async () => {
  const own = await newKey(1)
  const next = await newKey(2, 15, 257, { active: false })
  const foreign = await newKey(3, 13, 256, { wrapped: undefined })
  const ring = await ringOf('example.com', [own, next, foreign])
  expect(ring.rrsets.get(TYPE.DNSKEY)?.rdatas.length).toBe(3)
  expect([ring.keySigning, ring.zoneSigning].map((keys) => keys.map(({ tag }) => tag))).toEqual([
    [own.stored.tag],
    [own.stored.tag],
  ])
})

test('CDS asks for the digests of the set, or to delete', async () => {
  const key = await newKey()
  const both = await ringOf('example.com', [key], { digests: [2, 4] })
  expect(both.rrsets.get(TYPE.CDS)?.rdatas.map(({ text }) => text.split(' ', 3).join(' '))).toEqual([
    `${key.stored.tag} 13 2`,
    `${key.stored.tag} 13 4`,
  ])
  const gone = await ringOf('example.com', [key], { cds: 'delete' })
  expect([TYPE.CDS, TYPE.CDNSKEY].map((type) => gone.rrsets.get(type)?.rdatas[0]?.text)).toEqual([
    '0 0 0 00',
    '0 3 0 AA==',
  ])
  expect([...(await ringOf('example.com', [key], { cds: 'none' })).rrsets.keys()]).toEqual([TYPE.DNSKEY])
})

describe('signatures are kept', () => {
  const reply = (name: string, type = 'A') => replyTo(query(name, type), contextOf([zone]))

  test('by content, whatever its order, until long before they expire', async () => {
    const signer = new Signer()
    const now = Date.UTC(2026, 0, 1)
    const keysOf = () => [...rings.values()][0] ?? 'unsigned'
    const sign = (at: number) => {
      const done = signReply(reply('ns.example.com.'), { keysOf, signer, now: at } as never)
      if (done.kind !== 'done') throw new Error('not signed')
      return done.reply
    }
    const first = sign(now)
    expect(first).toBeInstanceOf(Promise)
    const signature = rrsigOf(await first)
    for (let i = 0; i < 20; i++) {
      const again = sign(now + i * 60_000)
      expect(again).not.toBeInstanceOf(Promise)
      expect(rrsigOf(await again)).toBe(signature)
    }
    expect(sign(now + 6.9 * 86_400_000)).toBeInstanceOf(Promise)
  })

  test('none begins in the future, though the clock that made it was ahead for a while', async () => {
    const signer = new Signer()
    const now = Date.UTC(2026, 0, 1)
    const beginsBefore = async (at: number): Promise<boolean> => {
      const { response } = await signed(reply('ns.example.com.'), rings, at, signer)
      const [signature] = response.answer.filter(({ type }) => type === TYPE.RRSIG).flatMap(({ rdatas }) => rdatas)
      const { buffer, byteOffset } = signature?.bytes ?? new Uint8Array(12)
      return new DataView(buffer, byteOffset).getUint32(12) <= at / 1000 - 1800
    }
    for (const hours of [0, 100, 99.9, 0, -100, -99, 0]) {
      expect(await beginsBefore(now + hours * 3_600_000), `${hours} hours`).toBe(true)
    }
  })

  test('one for all who ask at once', async () => {
    const signer = new Signer()
    const all = await Promise.all(
      Array.from({ length: 10 }, () => signed(reply('mail.example.com.'), rings, Date.now(), signer)),
    )
    expect(new Set(all.map(rrsigOf)).size).toBe(1)
  })
})

const rrsigOf = ({ response }: Reply): string =>
  response.answer.flatMap(({ type, rdatas }) => (type === TYPE.RRSIG ? rdatas.map(({ text }) => text) : [])).join()

test('a reply that was kept is the one that would be made, whoever asks', async () => {
  // Ed25519 has one signature for the same octets.
  const fixed = await ringsOf(['example.com'], [await newKey(1, 15)])
  const warm = new Signer()
  const now = Date.UTC(2026, 0, 1)
  const askings = [{}, { co: true }, { do: false }, { ecs: '192.0.2.0/24' }, { ecs: '198.51.100.0/24', co: true }]
  const names = [
    'Mail',
    'some',
    'random',
    'ns',
    'nothing',
    'flat',
    'alias',
    'x.wild',
    'svc',
    'away',
    'x.old',
    'www.secure',
  ]
  let kept = 0
  for (let round = 0; round < 3; round++) {
    for (const label of names) {
      for (const type of ['A', 'TXT', 'HTTPS', 'MX', 'DS', 'NSEC']) {
        for (const asking of askings) {
          const name = round === 1 ? label.toUpperCase() : label
          const answered = replyTo(query(`${name}.example.com.`, type, asking), contextOf([zone, unsigned]))
          const keysOf = ({ origin }: Zone) => fixed.get(origin.key) ?? 'unsigned'
          const done = signReply(answered, { keysOf, signer: warm, now })
          if (done.kind !== 'done') throw new Error('not signed')
          if (!(done.reply instanceof Promise)) kept++
          const [ours, anew] = [await done.reply, await signed(answered, fixed, now)]
          expect(hex(ours.message), `${name} ${type}`).toBe(hex(anew.message))
          expect(toJson(ours, 'google-json')).toBe(toJson(anew, 'google-json'))
        }
      }
    }
  }
  expect(kept).toBeGreaterThan(500)
})

test('a Client Subnet option comes back as without signatures', async () => {
  const { message } = await ask('some.example.com.', 'A', { ecs: '192.0.2.0/24' })
  const tail = unhex(hex(message.slice(-11)))
  expect([...tail]).toEqual([0, 8, 0, 7, 0, 1, 24, 24, 192, 0, 2])
})
