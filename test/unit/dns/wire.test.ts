import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Ecs, formatName, parseQuery, rcodeName } from '../../../src/dns/index.ts'
import { formatAddress } from '../../../src/net/index.ts'
import { compileZone } from '../../../src/zone/index.ts'
import { answer } from '../both-forms.ts'
import { contextOf, hex, must, oracle, replyTo, unhex } from '../support.ts'

/**
 * Golden messages: NAME.hex is a query, NAME.json what must come of it. `parsed` is what is read in the query,
 * `rcode` what it gets, `reply` the whole reply where it is fixed to the octet. The zone is zone.json.
 */
type Fixture = {
  readonly about: string
  readonly http?: string
  readonly parsed: {
    readonly question?: { readonly name: string; readonly type: number; readonly class: number; readonly raw?: string }
    readonly error?: string
    readonly edns?: object
  }
  readonly rcode: string
  /** INFO-CODE of the Extended DNS Error; only where an OPT is in the reply. */
  readonly ede?: number | null
  /** Expected scope prefix length, or null for no Client Subnet option in the reply. */
  readonly ecsScope?: number | null
  readonly padded?: boolean
  /** `any` where the query has an OPT so broken that both a reply with OPT and one without will do. */
  readonly opt?: 'any'
  readonly reply?: string
}

const folder = new URL('../../fixtures/wire/', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8')
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.hex'))
  .map((file) => file.slice(0, -'.hex'.length))
const fixtures = names.map((name) => ({
  name,
  message: unhex(read(`${name}.hex`)),
  fixture: JSON.parse(read(`${name}.json`)) as Fixture,
}))
const { zone } = must(compileZone(JSON.parse(read('zone.json'))))

const withText = ({ address, ...ecs }: Ecs): object => ({ ...ecs, ...(address && { address: formatAddress(address) }) })
const about = ({ name, fixture }: (typeof fixtures)[number]): string => `${name}: ${fixture.about}`
const messages = fixtures.filter(({ fixture }) => fixture.http === undefined)

describe('fixtures', () => {
  test('every hex has its json, and the reverse', () => {
    const files = readdirSync(folder).filter((file) => file !== 'zone.json')
    expect(files.sort()).toEqual(names.flatMap((name) => [`${name}.hex`, `${name}.json`]).sort())
    expect(names.length).toBeGreaterThan(120)
  })
})

describe('a body that is not a query gets an HTTP error', () => {
  for (const each of fixtures.filter(({ fixture }) => fixture.http !== undefined)) {
    test(about(each), () => {
      expect(parseQuery(each.message)).toEqual({ ok: false, error: each.fixture.http })
      expect(answer(each.message, contextOf([zone]))).toEqual({ kind: 'not-a-query', why: each.fixture.http })
    })
  }
  test('65,535 octets are accepted, one more is refused', () => {
    const message = new Uint8Array(65_535)
    message.set(unhex(read('plain-a.hex')))
    expect(must(parseQuery(message)).error).toMatchObject({ kind: 'malformed' })
    const longer = new Uint8Array(65_536)
    longer.set(message)
    expect(parseQuery(longer)).toEqual({ ok: false, error: 'too long' })
  })
})

describe('queries are parsed', () => {
  for (const each of messages) {
    test(about(each), () => {
      const query = must(parseQuery(each.message))
      const { question, edns, error, ...header } = query
      const read = {
        ...header,
        ...(question && {
          question: {
            name: formatName(question.key),
            type: question.type,
            class: question.class,
            ...(each.fixture.parsed.question?.raw && { raw: hex(question.raw).slice(0, -8) }),
          },
        }),
        ...(edns &&
          each.fixture.opt !== 'any' && {
            edns: { ...edns, ...(edns.ecs && { ecs: withText(edns.ecs) }) },
          }),
        ...(error && { error: error.kind }),
      }
      expect(read).toEqual(each.fixture.parsed)
    })
  }
})

describe('queries are answered', () => {
  for (const each of messages) {
    const { fixture, message } = each
    test(about(each), () => {
      const { message: reply, query } = replyTo(message, contextOf([zone]))
      if (fixture.reply !== undefined) expect(hex(reply)).toBe(hex(unhex(fixture.reply)))

      const decoded = oracle(reply)
      const opt = decoded.additionals?.find((record) => record.type === 'OPT')
      const extended = opt?.type === 'OPT' ? opt.extendedRcode : 0
      expect(rcodeName((extended << 4) | ((reply[3] as number) & 15))).toBe(fixture.rcode)

      // The header: ID and opcode come back, QR is set; TC, RA, Z and AD never.
      expect(reply.subarray(0, 2)).toEqual(message.subarray(0, 2))
      expect((reply[2] as number) & 0xfb).toBe(0x80 | ((message[2] as number) & 0x79))
      expect((reply[3] as number) & 0xf0).toBe((message[3] as number) & 0x10)

      // The question comes back byte for byte.
      if (query.question) expect(hex(reply).slice(24)).toMatch(new RegExp(`^${hex(query.question.raw)}`))
      else expect(decoded.questions).toEqual([])

      // OPT if and only if the query had one; one at most.
      const opts = decoded.additionals?.filter((record) => record.type === 'OPT') ?? []
      expect(opts.length).toBeLessThanOrEqual(1)
      if (fixture.opt !== 'any') expect(opts.length).toBe(fixture.parsed.edns ? 1 : 0)

      const options = opt?.type === 'OPT' ? opt.options : []
      const ecs = options.find((option) => option.code === 8)
      if (fixture.ecsScope === null) expect(ecs).toBeUndefined()
      else if (fixture.ecsScope !== undefined) expect(ecs).toMatchObject({ scopePrefixLength: fixture.ecsScope })
      else if (!fixture.reply)
        expect(ecs !== undefined).toBe(fixture.parsed.edns !== undefined && 'ecs' in fixture.parsed.edns)
      if (typeof fixture.ede === 'number') {
        const ede = options.find((option) => Number(option.code) === 15) as { data: Buffer } | undefined
        expect(ede?.data.readUInt16BE(0)).toBe(fixture.ede)
      }
      expect(options.filter((option) => ![8, 12, 15].includes(Number(option.code)))).toEqual([])
      expect(options.some((option) => Number(option.code) === 12)).toBe(fixture.padded === true)
      if (fixture.padded) {
        expect(reply.length % 468).toBe(0)
        expect(options.at(-1)?.code).toBe(12)
      }
    })
  }
})
