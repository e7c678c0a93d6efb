import { HTTPParser } from 'http-parser-js'
import { MAX_HEAD_BYTES } from './limits.ts'

export type Head = { readonly status: number; readonly location: string | undefined }

/**
 * Reads one HTTP/1 reply from octets that come in pieces. http-parser-js does the reading; here is what it lacks
 * towards a hostile server: {@link guard}, and limits on all that is not body.
 */
export class Reply {
  /** The final status and what of the headers matters, once they are read; interim replies are skipped. */
  head: Head | undefined
  /** The body is read to its end. */
  complete = false
  /** The reason why the reply cannot be read. */
  broken: string | undefined

  private readonly parser = guard(new HTTPParser(HTTPParser.RESPONSE))
  private readonly onBody: (octets: Uint8Array) => void
  private headBytes = 0
  private bodyBytes = 0
  private framingBytes = 0

  /** @param onBody is given the body piece by piece, decoded if it is chunked */
  constructor(method: string, onBody: (octets: Uint8Array) => void) {
    this.onBody = onBody
    this.parser[HTTPParser.kOnHeadersComplete] = (info) => this.onHead(info, method === 'HEAD')
    this.parser[HTTPParser.kOnBody] = (octets) => this.onOctets(octets)
    this.parser[HTTPParser.kOnMessageComplete] = () => {
      this.complete ||= this.head !== undefined
    }
  }

  push(octets: Uint8Array): void {
    let rest = octets
    if (!this.head) {
      const part = rest.subarray(0, MAX_HEAD_BYTES - this.headBytes)
      this.beginsLikeHttp(part)
      this.execute(part)
      this.headBytes += part.length
      rest = rest.subarray(part.length)
      if (!this.head && this.headBytes === MAX_HEAD_BYTES) this.broken ??= 'headers too large'
    }
    this.execute(rest)
  }

  /** The peer has no more: which is how a body of unknown length ends. */
  end(): void {
    if (!this.broken && this.head) this.parser.finish()
  }

  /** Said at once, not when a line has ended: other protocols may wait for us to speak. */
  private beginsLikeHttp(octets: Uint8Array): void {
    for (let i = this.headBytes; i < HTTP.length && i - this.headBytes < octets.length; i++) {
      if (octets[i - this.headBytes] !== HTTP.charCodeAt(i)) this.broken = NO_STATUS_LINE
    }
  }

  private execute(octets: Uint8Array): void {
    if (this.broken || this.complete || octets.length === 0) return
    const before = this.bodyBytes
    const hadHead = this.head !== undefined
    const result = this.parser.execute(Buffer.from(octets.buffer, octets.byteOffset, octets.length))
    // What follows the reply is not part of it.
    if (result instanceof Error && !this.complete) this.broken = why(result)
    if (hadHead) this.framingBytes += octets.length - (this.bodyBytes - before)
    // Chunks of a single octet come with five more.
    if (this.framingBytes > MAX_HEAD_BYTES + 8 * this.bodyBytes) this.broken ??= 'chunks with too much around them'
  }

  /** @returns whether there is no body */
  private onHead({ statusCode: status, headers }: { statusCode: number; headers: string[] }, isHead: boolean): number {
    // 101 is final: what comes after it is not HTTP.
    if (status >= 100 && status < 200 && status !== 101) return NO_BODY
    if (!this.head) {
      const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'location')
      this.head = { status, location: at < 0 ? undefined : headers[at + 1] }
    }
    return isHead || status === 101 || status === 204 || status === 304 ? NO_BODY : 0
  }

  private onOctets(octets: Uint8Array): void {
    if (this.complete) return
    this.bodyBytes += octets.length
    this.onBody(octets)
  }
}

const HTTP = 'HTTP/'
const NO_STATUS_LINE = 'not HTTP: no status line'
const NO_BODY = 1

/** Our own errors are told as they are, the library's by what they mean. */
const why = (error: Error): string =>
  error instanceof Damaged
    ? `not HTTP: ${error.message}`
    : 'code' in error && error.code === 'HPE_INVALID_CONSTANT'
      ? NO_STATUS_LINE
      : 'not HTTP: a damaged reply'

class Damaged extends Error {}

type Parser = InstanceType<typeof HTTPParser>
/** Parts of http-parser-js 0.5 that its types keep private. */
type Inner = { state: string; consumeLine(): string | undefined }

/**
 * http-parser-js 0.5.10 believes negative lengths, of bodies and of chunks, with which a server can send it round in
 * circles for ever, and reads a line of blanks in quadratic time. test/unit/probe/reply.test.ts has each.
 */
function guard(parser: Parser): Parser {
  const inner = parser as unknown as Inner
  const { consumeLine } = inner
  inner.consumeLine = () => {
    const line = consumeLine.call(parser)
    if (line !== undefined && inner.state === 'BODY_CHUNKHEAD' && !CHUNK_HEAD.test(line)) {
      throw new Damaged('no length of a chunk')
    }
    return line
  }
  parser.parseHeader = (line, headers) => {
    const goesOn = /^[ \t]/.test(line)
    if (goesOn && headers.length < 2) return
    const colon = line.indexOf(':')
    const [name, value] = goesOn
      ? [headers.at(-2) ?? '', goneOn(headers.splice(-2)[1], line.trim())]
      : [line.slice(0, Math.max(0, colon)).trim(), line.slice(colon + 1).trim()]
    if (name.toLowerCase() === 'content-length' && !/^\d{1,15}$/.test(value)) {
      throw new Damaged('no number as Content-Length')
    }
    if (name !== '') headers.push(name, value)
  }
  return parser
}

/** A value that goes on in the next line (RFC 9112 §5.2). */
const goneOn = (value = '', more: string): string => (value === '' || more === '' ? value + more : `${value} ${more}`)

const CHUNK_HEAD = /^[\da-f]{1,12}[ \t]*(;|$)/i
