import { buildQuery, parseName, ROOT } from '../dns/index.ts'
import type { DnsAction, HttpAction, Probe } from '../health/index.ts'
import { MAX_MESSAGE_BYTES } from '../limits.ts'
import { ok } from '../result.ts'
import { type Attempt, isVerdict } from './attempt.ts'
import type { BodyReader } from './content.ts'
import { idOf, isTruncated, judgeReply } from './dns-reply.ts'
import { askHttp } from './http.ts'
import { MAX_STRAY_DATAGRAMS } from './limits.ts'
import { failed, notRun, type Verdict } from './verdict.ts'

/** Asks a DNS server a question, by UDP, TCP or HTTPS. */
export async function askDns(probe: Probe, action: DnsAction, attempt: Attempt): Promise<Verdict> {
  const name = parseName(action.name, ROOT)
  if (!name.ok) return notRun(name.error)
  const query = buildQuery({ name: name.value, type: action.type, edns: true })
  if (typeof action.via !== 'string') return askByHttp(probe, action, action.via, query, attempt)
  const id = attempt.io.randomId()
  query.set([id >> 8, id & 255])
  return action.via === 'udp' ? askByUdp(probe, action, query, attempt) : askByTcp(probe, action, query, attempt)
}

/** Asks by UDP, and again by TCP if the reply does not fit a datagram (RFC 1035 §4.2.1). */
async function askByUdp(probe: Probe, action: DnsAction, query: Uint8Array, attempt: Attempt): Promise<Verdict> {
  const wire = await attempt.openDatagrams(probe)
  if (isVerdict(wire)) return wire
  attempt.stage = () => 'waiting for the reply'
  const sent = await wire.send(query)
  if (!sent.ok) return attempt.explain(sent.error, probe)
  for (let strays = 0; strays < MAX_STRAY_DATAGRAMS; ) {
    const message = await wire.read()
    if (typeof message === 'string') return failed('unreachable: nothing listens at the port')
    // Another machine may send datagrams in the server's name (RFC 5452 §9).
    if (idOf(message) !== idOf(query)) strays++
    else if (isTruncated(message)) return askByTcp(probe, action, query, attempt)
    else return judgeReply(message, action)
  }
  return failed(`${MAX_STRAY_DATAGRAMS} datagrams that are not the reply`)
}

/** Asks by TCP, where two octets of length precede each message (RFC 7766 §8). */
async function askByTcp(probe: Probe, action: DnsAction, query: Uint8Array, attempt: Attempt): Promise<Verdict> {
  const wire = await attempt.open(probe)
  if (isVerdict(wire)) return wire
  attempt.stage = () => 'waiting for the reply'
  await wire.write(Uint8Array.from([query.length >> 8, query.length & 255, ...query]))
  const frame = new Frame()
  while (!frame.isComplete) {
    const octets = await wire.read()
    if (octets === 'end') return failed(`closed ${frame.isEmpty ? 'before' : 'within'} the reply`)
    if (octets === 'lost') return failed(`connection lost ${frame.isEmpty ? 'before' : 'within'} the reply`)
    frame.add(octets)
  }
  wire.close()
  if (idOf(frame.message) !== idOf(query)) return failed('the reply is to another query')
  return judgeReply(frame.message, action)
}

/** Octets with their length in front. More octets than a message and its length are not kept. */
class Frame {
  private readonly octets = new Uint8Array(2 + MAX_MESSAGE_BYTES)
  private length = 0

  add(octets: Uint8Array): void {
    const kept = octets.subarray(0, this.octets.length - this.length)
    this.octets.set(kept, this.length)
    this.length += kept.length
  }

  get isEmpty(): boolean {
    return this.length === 0
  }

  get isComplete(): boolean {
    return this.length >= 2 && this.length >= this.end
  }

  get message(): Uint8Array {
    return this.octets.subarray(2, this.end)
  }

  private get end(): number {
    const [high = 0, low = 0] = this.octets
    return 2 + ((high << 8) | low)
  }
}

/** Asks by GET (RFC 8484 §4.1). The ID of the query is 0. */
function askByHttp(
  probe: Probe,
  action: DnsAction,
  request: HttpAction,
  query: Uint8Array,
  attempt: Attempt,
): Promise<Verdict> {
  const separator = request.path.includes('?') ? '&' : '?'
  const path = `${request.path}${separator}dns=${base64url(query)}`
  return askHttp(probe, { ...request, path }, attempt, async () => ok(new MessageReader(action)))
}

const base64url = (octets: Uint8Array): string =>
  btoa(String.fromCharCode(...octets))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** A body that is a DNS message. */
class MessageReader implements BodyReader {
  private readonly action: DnsAction
  private readonly octets = new Uint8Array(MAX_MESSAGE_BYTES)
  private length = 0
  private isTooLong = false

  constructor(action: DnsAction) {
    this.action = action
  }

  add(octets: Uint8Array): void {
    const kept = octets.subarray(0, this.octets.length - this.length)
    this.octets.set(kept, this.length)
    this.length += kept.length
    this.isTooLong ||= kept.length < octets.length
  }

  get settled(): boolean {
    return this.isTooLong
  }

  verdict(): Verdict {
    if (this.isTooLong) return failed('the body is longer than a DNS message')
    return judgeReply(this.octets.subarray(0, this.length), this.action)
  }
}
