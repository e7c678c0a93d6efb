import { HTTPParser } from 'http-parser-js'
import { MAX_HEAD_BYTES } from './limits.ts'

export type Head = { readonly status: number; readonly location: string | undefined }

/**
 * Parses one HTTP/1 reply from octets that come in pieces, by http-parser-js. It adds protection from hostile servers:
 * {@link guard}, and limits on all octets that are not body.
 */
export class Reply {
  /** The final status and the headers in use, once they are parsed. Interim replies are skipped. */
  head: Head | undefined
  /** True if the body has been read to its end. */
  complete = false
  /** The reason why the reply cannot be parsed. */
  broken: string | undefined

  private readonly parser = guard(new HTTPParser(HTTPParser.RESPONSE))
  private readonly onBody: (octets: Uint8Array) => void
  private headBytes = 0
  private bodyBytes = 0
  private framingBytes = 0

  /** @param onBody receives the body piece by piece, decoded if it is chunked */
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
      const head = rest.subarray(0, MAX_HEAD_BYTES - this.headBytes)
      this.checkStart(head)
      this.execute(head)
      this.headBytes += head.length
      rest = rest.subarray(head.length)
      if (!this.head && this.headBytes === MAX_HEAD_BYTES) this.broken ??= 'headers too large'
    }
    this.execute(rest)
  }

  /** Handles the end of the stream, which is the end of a body of unknown length. */
  end(): void {
    if (!this.broken && this.head) this.parser.finish()
  }

  /** Refuses other protocols at their first octet, before the end of a line: they may wait for the client. */
  private checkStart(octets: Uint8Array): void {
    for (let i = this.headBytes; i < HTTP.length && i - this.headBytes < octets.length; i++) {
      if (octets[i - this.headBytes] !== HTTP.charCodeAt(i)) this.broken = NO_STATUS_LINE
    }
  }

  private execute(octets: Uint8Array): void {
    if (this.broken || this.complete || octets.length === 0) return
    const before = this.bodyBytes
    const hadHead = this.head !== undefined
    const result = this.parser.execute(Buffer.from(octets.buffer, octets.byteOffset, octets.length))
    // Octets after the reply are not part of it.
    if (result instanceof Error && !this.complete) this.broken = why(result)
    if (hadHead) this.framingBytes += octets.length - (this.bodyBytes - before)
    // A chunk of one octet has five more octets around it.
    if (this.framingBytes > MAX_HEAD_BYTES + 8 * this.bodyBytes) this.broken ??= 'chunks with too much around them'
  }

  /** @returns NO_BODY if the reply has no body, else 0 */
  private onHead({ statusCode: status, headers }: { statusCode: number; headers: string[] }, isHead: boolean): number {
    // 101 is final: the octets after it are not HTTP.
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

/** Describes an error: ours by its message, the library's by its meaning. */
const why = (error: Error): string =>
  error instanceof Damaged
    ? `not HTTP: ${error.message}`
    : 'code' in error && error.code === 'HPE_INVALID_CONSTANT'
      ? NO_STATUS_LINE
      : 'not HTTP: a damaged reply'

class Damaged extends Error {}

type Parser = InstanceType<typeof HTTPParser>
/** Members of http-parser-js 0.5 that its types do not have. */
type Inner = { state: string; consumeLine(): string | undefined }

/**
 * Fixes http-parser-js 0.5.10: it accepts negative lengths of bodies and chunks, by which a server can make it loop for
 * ever, and reads a line of blanks in quadratic time. test/unit/probe/reply.test.ts tests each.
 */
function guard(parser: Parser): Parser {
  const inner = parser as unknown as Inner
  const { consumeLine } = inner
  inner.consumeLine = () => {
    const line = consumeLine.call(parser)
    if (line !== undefined && inner.state === 'BODY_CHUNKHEAD' && !CHUNK_HEAD.test(line)) {
      throw new Damaged('the length of a chunk is not valid')
    }
    return line
  }
  parser.parseHeader = (line, headers) => {
    const isContinuation = /^[ \t]/.test(line)
    if (isContinuation && headers.length < 2) return
    const colon = line.indexOf(':')
    const [name, value] = isContinuation
      ? [headers.at(-2) ?? '', unfolded(headers.splice(-2)[1], line.trim())]
      : [line.slice(0, Math.max(0, colon)).trim(), line.slice(colon + 1).trim()]
    if (name.toLowerCase() === 'content-length' && !/^\d{1,15}$/.test(value)) {
      throw new Damaged('Content-Length is not a number')
    }
    if (name !== '') headers.push(name, value)
  }
  return parser
}

/** Joins a value with its continuation in the next line (RFC 9112 §5.2). */
const unfolded = (value = '', more: string): string => (value === '' || more === '' ? value + more : `${value} ${more}`)

const CHUNK_HEAD = /^[\da-f]{1,12}[ \t]*(;|$)/i
