import { type Ecs, type Name, type NameKey, type Query, Question, TYPE } from '../dns/index.ts'
import { uint16 } from './read-reply.ts'
import { CODE, isHopByHop, optionsIn } from './reply-options.ts'

/** The Client Subnet option of queries to upstreams: what the client sent, never more; shortened; or none. */
export type SubnetPassing = 'as sent' | 'none' | { readonly ipv4: number; readonly ipv6: number }

/**
 * The question for a name, which is the client's or one that it led to. What the client's message has beside is passed
 * on: flags, type, class, and options but those between neighbours. It is written when an upstream is asked: a kept
 * reply needs no message.
 */
export class UpstreamQuery {
  readonly nameKey: NameKey
  readonly type: number
  readonly class: number
  readonly dnssecOk: boolean
  readonly checkingDisabled: boolean
  /** The Client Subnet option as it is sent. */
  readonly ecs: Ecs | undefined
  private readonly name: Name
  private readonly unknown: readonly number[]
  private written: Question | undefined

  /** @param ecs the client's Client Subnet option as far as it is passed on */
  constructor(query: Query, asked: Question, name: Name, ecs: Ecs | undefined) {
    this.nameKey = name.key
    this.type = asked.type
    this.class = asked.class
    this.dnssecOk = query.edns?.dnssecOk ?? false
    this.checkingDisabled = query.checkingDisabled
    this.ecs = ecs
    this.name = name
    this.unknown = query.edns ? unknownOptions(asked) : NONE
  }

  /** False if the query has options that are not known here: they may change the answer. */
  get isCommon(): boolean {
    return this.unknown.length === 0
  }

  /** Equal for queries that any upstream answers equally: one of them is under way at a time. */
  get key(): string {
    const { nameKey, type, dnssecOk, checkingDisabled } = this
    return [nameKey, type, this.class, dnssecOk, checkingDisabled, ...this.options].join(' ')
  }

  get message(): Uint8Array {
    return this.question.message
  }

  /** The ID is 0 (RFC 8484 §4.1), and AD asks for the upstream's word on authenticity (RFC 6840 §5.7). */
  get question(): Question {
    this.written ??= this.write()
    return this.written
  }

  private get options(): readonly number[] {
    return [...this.unknown, ...(this.ecs ? subnetOption(this.ecs) : [])]
  }

  private write(): Question {
    const { options } = this
    const { wire } = this.name
    const question = [...wire, ...octets(this.type), ...octets(this.class)]
    const used = HEADER_BYTES + question.length + OPT_BYTES + options.length + 4
    const padding = (QUERY_PADDING_BLOCK - (used % QUERY_PADDING_BLOCK)) % QUERY_PADDING_BLOCK
    const flags = 0x0120 | (this.checkingDisabled ? 0x0010 : 0)
    const message = Uint8Array.from([
      ...[0, flags, 1, 0, 0, 1].flatMap(octets),
      ...question,
      ...[0, ...[TYPE.OPT, UDP_PAYLOAD_BYTES, 0, this.dnssecOk ? 0x8000 : 0].flatMap(octets)],
      ...[...octets(options.length + 4 + padding), ...options, ...octets(CODE.PADDING), ...octets(padding)],
      ...new Array<number>(padding).fill(0),
    ])
    return new Question(message, HEADER_BYTES + wire.length)
  }
}

const NONE: readonly number[] = []

const HEADER_BYTES = 12
const OPT_BYTES = 11
/** RFC 8467 §4.1: queries are padded to a multiple of it. */
const QUERY_PADDING_BLOCK = 128
/** The payload size in OPT, which has no meaning over HTTP. */
const UDP_PAYLOAD_BYTES = 1232

/** Returns the Client Subnet option that upstreams get of the client's: its network, or a shorter prefix of it. */
export function passedSubnet(ecs: Ecs | undefined, passing: SubnetPassing): Ecs | undefined {
  if (passing === 'none' || !ecs) return undefined
  if (passing === 'as sent' || !ecs.address) return ecs
  const most = ecs.family === 1 ? passing.ipv4 : passing.ipv6
  if (ecs.sourcePrefixLength <= most) return ecs
  const bytes = ecs.address.bytes.map((octet, i) => octet & octetMask(most - 8 * i))
  return { family: ecs.family, sourcePrefixLength: most, address: { family: ecs.family, bytes } }
}

/** Returns the mask of an octet of which the first `bits` count. */
export const octetMask = (bits: number): number => (bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff00 >> bits) & 0xff)

/** Returns the client's options that are passed on as they are. The message was parsed without an error. */
function unknownOptions({ message, nameEnd }: Question): number[] {
  for (let at = nameEnd + 4; at < message.length; ) {
    const end = behindName(message, at)
    const start = end + 10
    const to = start + uint16(message, end + 8)
    if (uint16(message, end) === TYPE.OPT) {
      const passed = (optionsIn(message, start, to) ?? []).filter(({ code }) => code !== CODE.ECS && !isHopByHop(code))
      return passed.flatMap((option) => [...message.subarray(option.start, option.end)])
    }
    at = to
  }
  return []
}

/** Returns the end of a name that was read before: a pointer ends it. */
export function behindName(message: Uint8Array, at: number): number {
  let end = at
  while ((message[end] as number) > 0) {
    if ((message[end] as number) >= 0xc0) return end + 2
    end += (message[end] as number) + 1
  }
  return end + 1
}

function subnetOption({ family, sourcePrefixLength, address }: Ecs): number[] {
  const network = address ? address.bytes.subarray(0, (sourcePrefixLength + 7) >> 3) : []
  return [...[CODE.ECS, 4 + network.length, family].flatMap(octets), sourcePrefixLength, 0, ...network]
}

const octets = (value: number): number[] => [value >> 8, value & 255]
