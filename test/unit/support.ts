import { type DecodedPacket, decode } from 'dns-packet'
import { parseName, parseQuery, parseType, type Question } from '../../src/dns/index.ts'
import { NO_HEALTH } from '../../src/health/index.ts'
import { type Address, type Prefix, parseAddress, parsePrefix } from '../../src/net/index.ts'
import { seededRng as seeded } from '../../src/policy/index.ts'
import {
  type Answered,
  type Context,
  compileZone,
  type LocalZone,
  loadedZones,
  type Reply,
  type Resolution,
  type Step,
  type Zone,
} from '../../src/zone/index.ts'
import { answer, resolve } from './both-forms.ts'
import { must } from './must.ts'

export { must, seeded }

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Bytes from hex; white space is free, and `;` starts a comment. */
export function unhex(text: string): Uint8Array {
  const digits = text.replace(/;.*$/gm, '').replace(/\s/g, '')
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hex: ${digits}`)
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

export const address = (text: string): Address => must(parseAddress(text))
export const prefix = (text: string): Prefix => must(parsePrefix(text))

export const SOA = {
  mname: 'ns',
  rname: 'hostmaster',
  serial: 7,
  refresh: 3600,
  retry: 900,
  expire: 604_800,
  minimum: 60,
}

type Records = Readonly<Record<string, unknown>>

/** A zone document with the given records, and anything else replaced. */
export const documentOf = (records: unknown, more: Records = {}) => ({
  origin: 'example.com.',
  ttl: 300,
  soa: SOA,
  records,
  ...more,
})

export const zoneOf = (records: unknown, more: Records = {}): LocalZone =>
  must(compileZone(documentOf(records, more))).zone

export const contextOf = (zones: readonly Zone[], more: Partial<Context> = {}): Context => ({
  zones: loadedZones(zones),
  connection: address('198.51.100.1'),
  health: NO_HEALTH,
  random: seeded(1),
  identity: 'test',
  ...more,
})

const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255]

export type Option = readonly [code: number, data: readonly number[]]

/** A query of the plain kind, written byte by byte. `options` brings an OPT record. */
export function queryOf(
  name: string,
  type: string,
  more: { id?: number; class?: number; options?: readonly Option[] } = {},
): Uint8Array {
  const { options } = more
  const bytes = [...u16(more.id ?? 0), 1, 0, 0, 1, 0, 0, 0, 0, 0, options ? 1 : 0]
  bytes.push(...must(parseName(name)).wire, ...u16(must(parseType(type))), ...u16(more.class ?? 1))
  if (options) {
    const data = options.flatMap(([code, octets]) => [...u16(code), ...u16(octets.length), ...octets])
    bytes.push(0, 0, 41, 4, 208, 0, 0, 0, 0, ...u16(data.length), ...data)
  }
  return Uint8Array.from(bytes)
}

/** The Client Subnet option for a network like `192.0.2.0/24`. Mapped addresses keep family 2. */
export function ecsOption(network: string): Option {
  const [text, length] = network.split('/') as [string, string]
  const { family, bytes } = address(text)
  return [8, [0, family, Number(length), 0, ...bytes.subarray(0, (Number(length) + 7) >> 3)]]
}

export function questionOf(name: string, type: string, cls = 1): Question {
  const { question } = must(parseQuery(queryOf(name, type, { class: cls })))
  if (!question) throw new Error('no question')
  return question
}

/** The response, and every decision that led to it. */
export type Resolved = Extract<Resolution, { kind: 'resolved' }> & { readonly trace: readonly Step[] }

export function resolved(
  zones: readonly Zone[],
  name: string,
  type: string,
  client = '198.51.100.1',
  seed = 1,
): Resolved {
  const asker = { client: address(client), health: NO_HEALTH, random: seeded(seed), identity: 'test' }
  const trace: Step[] = []
  const resolution = resolve(questionOf(name, type), loadedZones(zones), asker, trace)
  if (resolution.kind !== 'resolved') throw new Error(`not resolved: ${resolution.kind}`)
  return { ...resolution, trace }
}

export function replyTo(message: Uint8Array, context: Context): Reply {
  const answered: Answered = answer(message, context)
  if (answered.kind !== 'reply') throw new Error(`no reply: ${JSON.stringify(answered)}`)
  return answered
}

/** Reads a message by dns-packet, which throws if it cannot. */
export const oracle = (message: Uint8Array): DecodedPacket => decode(Buffer.from(message))
