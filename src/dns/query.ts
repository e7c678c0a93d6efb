import { MAX_LABEL_BYTES, MAX_MESSAGE_BYTES, MAX_NAME_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { type Ecs, parseEcs } from './ecs.ts'
import { keyOf, type Name, type NameKey } from './name.ts'
import type { QueryError } from './rcode.ts'
import { TYPE } from './types.ts'

/** The question of a query, and its name at the same time. A reply copies it byte for byte from the message. */
export class Question implements Name {
  readonly key: NameKey
  readonly type: number
  readonly class: number
  readonly message: Uint8Array
  /** The offset behind the name. The name starts behind the header; type and class, four octets, follow it. */
  readonly nameEnd: number

  constructor(message: Uint8Array, nameEnd: number) {
    this.key = keyOf(message, HEADER_BYTES, nameEnd)
    this.type = uint16(message, nameEnd)
    this.class = uint16(message, nameEnd + 2)
    this.message = message
    this.nameEnd = nameEnd
  }

  /** The octets of name, type and class as received. */
  get raw(): Uint8Array {
    return this.message.subarray(HEADER_BYTES, this.nameEnd + 4)
  }

  /** The octets of the name as received. Rarely needed: a reply has a compression pointer to the question. */
  get wire(): Uint8Array {
    return this.message.subarray(HEADER_BYTES, this.nameEnd)
  }
}

export type QueryEdns = {
  readonly dnssecOk: boolean
  /** Compact Answers OK (RFC 9824 §5.1): set beside DO by what signs a reply, which alone looks for it. */
  readonly compactOk?: boolean
  readonly ecs?: Ecs | undefined
  readonly padded: boolean
}

/** A query as far as it could be parsed. `error` is set if the reply is an error. */
export type Query = {
  readonly id: number
  readonly opcode: number
  readonly recursionDesired: boolean
  readonly checkingDisabled: boolean
  readonly question: Question | undefined
  /** Set if the query has an OPT record that could be parsed: then the reply has one too (RFC 6891 §7). */
  readonly edns: QueryEdns | undefined
  readonly error: QueryError | undefined
}

/** The reason why a body is not a DNS query: it gets an HTTP error instead of a DNS reply. */
export type NotAQuery = 'too short' | 'too long' | 'a response'

export const HEADER_BYTES = 12

/** Parses a query strictly (RFC 1035 §4.1, 6891, 7871, 9619). It never throws, and reads each octet once. */
export function parseQuery(message: Uint8Array): Result<Query, NotAQuery> {
  if (message.length < HEADER_BYTES) return err('too short')
  if (message.length > MAX_MESSAGE_BYTES) return err('too long')
  const flags = uint16(message, 2)
  if (flags & 0x8000) return err('a response')
  const body = parseBody(message)
  const opcode = (flags >> 11) & 15
  return ok({
    id: uint16(message, 0),
    opcode,
    recursionDesired: (flags & 0x0100) !== 0,
    checkingDisabled: (flags & 0x0010) !== 0,
    // Other opcodes may define another form of the question: the reply is the header alone.
    question: opcode === 0 ? body.question : undefined,
    edns: body.edns,
    // An unknown opcode is NOTIMP, even if the body is malformed (RFC 8906 §3.1.4).
    error: opcode === 0 ? body.error : { kind: 'opcode' },
  })
}

/** All bodies have all fields, so that V8 knows where each is. */
type Body = Pick<Query, 'question' | 'edns' | 'error'>

const malformed = (why: string): QueryError => ({ kind: 'malformed', why })

function parseBody(message: Uint8Array): Body {
  const questions = uint16(message, 4)
  const answers = uint16(message, 6)
  const authorities = uint16(message, 8)
  const additionals = uint16(message, 10)
  if (questions > 1) return bodyOf(undefined, undefined, malformed('more than one question'))

  let at = HEADER_BYTES
  let question: Question | undefined
  if (questions === 1) {
    const end = skipName(message, at, false)
    if (end < 0 || end + 4 > message.length)
      return bodyOf(undefined, undefined, malformed('the question cannot be read'))
    question = new Question(message, end)
    at = end + 4
  }
  if (question && answers + authorities + additionals === 0 && at === message.length) return bodyOf(question)

  // Messages of RFC 1996 and RFC 1995 have records in these sections; of the two only IXFR has opcode QUERY.
  const ixfr = question?.type === TYPE.IXFR && answers === 0
  let misplaced = answers + authorities > 0 && !ixfr
  if (misplaced && !question) return bodyOf(undefined, undefined, malformed('no question'))

  let edns: QueryEdns | undefined
  let ednsError: QueryError | undefined
  let signed = false
  for (let i = 0; i < answers + authorities + additionals; i++) {
    const owner = at
    const end = skipName(message, at, true)
    if (end < 0 || end + 10 > message.length) return bodyOf(question, undefined, malformed('a record cannot be read'))
    const type = uint16(message, end)
    const dataStart = end + 10
    at = dataStart + uint16(message, end + 8)
    if (at > message.length) return bodyOf(question, undefined, malformed('a record ends beyond the message'))
    const additional = i >= answers + authorities
    if (type === TYPE.TSIG && additional) signed = true
    if (type !== TYPE.OPT) continue
    if (!additional) misplaced = true
    else if (edns || ednsError) return bodyOf(question, undefined, malformed('more than one OPT record'))
    else if (message[owner] !== 0) ednsError = malformed('the owner of the OPT record is not the root')
    else {
      const opt = parseOpt(message, end + 4, dataStart, at)
      edns = opt.edns
      ednsError = opt.error
    }
  }
  if (at !== message.length) return bodyOf(question, edns, malformed('octets after the last record'))
  if (misplaced) return bodyOf(question, edns, malformed('records in the answer or authority section'))
  if (ednsError) return bodyOf(question, edns, ednsError)
  if (!question) return bodyOf(question, edns, malformed('no question'))
  if (signed) return bodyOf(question, edns, { kind: 'signed' })
  return bodyOf(question, edns)
}

const bodyOf = (question: Body['question'], edns?: QueryEdns, error?: QueryError): Body => ({ question, edns, error })

/** @param ttlAt the offset of the TTL field: extended rcode, version, flags (RFC 6891 §6.1.3) */
function parseOpt(
  message: Uint8Array,
  ttlAt: number,
  start: number,
  end: number,
): { edns: QueryEdns; error: QueryError | undefined } {
  const dnssecOk = ((message[ttlAt + 2] as number) & 0x80) !== 0
  // A later version may have another format of options: BADVERS comes before they are parsed.
  if (message[ttlAt + 1] !== 0)
    return { edns: { dnssecOk, padded: false, ecs: undefined }, error: { kind: 'bad-version' } }

  let ecs: Ecs | undefined
  let padded = false
  let error: QueryError | undefined
  let at = start
  while (at < end) {
    const dataStart = at + 4
    const dataEnd = dataStart > end ? Number.POSITIVE_INFINITY : dataStart + uint16(message, at + 2)
    if (dataEnd > end) {
      error ??= malformed('an EDNS option ends beyond its record')
      break
    }
    const code = uint16(message, at)
    if (code === OPTION.ECS) {
      const parsed: Result<Ecs> = ecs
        ? err('more than one Client Subnet option')
        : parseEcs(message, dataStart, dataEnd)
      if (parsed.ok) ecs = parsed.value
      else error ??= { kind: 'bad-ecs', why: parsed.error }
    } else if (code === OPTION.PADDING) padded = true
    at = dataEnd
  }
  // A reply does not return a malformed Client Subnet option (RFC 7871 §7.2.1).
  return { edns: { dnssecOk, padded, ecs: error ? undefined : ecs }, error }
}

/** EDNS option codes that are parsed or written here. All others are ignored (RFC 6891 §6.1.2). */
export const OPTION = { ECS: 8, PADDING: 12, EDE: 15 } as const

/** Offsets of the UDP payload size and of the flags behind the owner of the OPT record (RFC 6891 §6.1.2). */
export const EDNS_PAYLOAD = 2
export const EDNS_FLAGS = 6

/**
 * Returns 16 bits of a query's OPT record, or -1 without one. Over HTTP only scripts and signatures need these, so that
 * they are parsed when somebody does.
 * @param question of a message that was parsed without an error
 */
export function ednsField({ message, nameEnd }: Question, offset: number): number {
  for (let at = nameEnd + 4; at < message.length; ) {
    const end = skipName(message, at, true)
    if (end < 0) break
    if (uint16(message, end) === TYPE.OPT) return uint16(message, end + offset)
    at = end + 10 + uint16(message, end + 8)
  }
  return -1
}

/**
 * Returns the end of the name that starts at `at`, or -1. A pointer ends a name. It is not followed: the only name in
 * use, the question's, comes first and has nothing to point to.
 */
function skipName(message: Uint8Array, at: number, pointers: boolean): number {
  const start = at
  while (at < message.length) {
    const length = message[at] as number
    if (length === 0) return at + 1 - start > MAX_NAME_BYTES ? -1 : at + 1
    if (length > MAX_LABEL_BYTES) {
      if (length < 0xc0 || !pointers || at + 2 > message.length) return -1
      const target = ((length & 0x3f) << 8) | (message[at + 1] as number)
      return target >= HEADER_BYTES && target < start ? at + 2 : -1
    }
    at += length + 1
    if (at - start >= MAX_NAME_BYTES) return -1
  }
  return -1
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}
