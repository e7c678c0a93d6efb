import packet, { type Packet } from 'dns-packet'
import {
  NO_RECORDS,
  type Response as OwnResponse,
  parseQuery,
  type Query,
  type Question,
  RCODE,
} from '../../../src/dns/index.ts'
import type { SubnetPassing } from '../../../src/forward/index.ts'
import { answerBeyond, type Fetch, type Forwarded, Forwarder } from '../../../src/forward/index.ts'

/** Time that passes when a test says so. */
export class Time {
  now = 1_800_000_000_000
  private readonly waiting = new Set<{ readonly at: number; readonly fire: () => void }>()

  readonly clock = (): number => this.now

  readonly timer = (ms: number, fire: () => void): (() => void) => {
    const timer = { at: this.now + ms, fire }
    this.waiting.add(timer)
    return () => this.waiting.delete(timer)
  }

  /** Lets milliseconds pass, and runs what becomes due in its order. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    await settled()
    for (;;) {
      const due = [...this.waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.waiting.delete(due)
      this.now = Math.max(this.now, due.at)
      due.fire()
      await settled()
    }
    this.now = end
    await settled()
  }

  /** Runs work to its end, and returns the milliseconds that it took as well. */
  async run<T>(work: T | Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
    const start = this.now
    let done: { readonly value: T; readonly ms: number } | undefined
    const ended = Promise.resolve(work).then((value) => {
      done = { value, ms: this.now - start }
    })
    await settled()
    for (let step = 0; !done && step < 1000; step++) {
      const next = Math.min(...Array.from(this.waiting, ({ at }) => at))
      if (next === Number.POSITIVE_INFINITY) break
      await this.pass(Math.max(0, next - this.now))
    }
    if (!done) throw new Error('the work does not end')
    await ended
    return done
  }
}

/** Lets promises that are settled run their course. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** A query as dns-packet reads it. */
export type Asked = {
  readonly name: string
  readonly type: string
  readonly message: Buffer
  readonly headers: Headers
  readonly signal: AbortSignal | null
}

/** The behaviour of an upstream of a test: the octets of a reply, or any HTTP response, now or later. */
export type Behaviour = (asked: Asked) => Uint8Array | Response | Promise<Uint8Array | Response>

/** Upstream servers by URL, with a log of what they were asked. */
export class Servers {
  readonly log: { readonly url: string; readonly name: string; readonly type: string; readonly at: number }[] = []
  readonly asked: Asked[] = []
  private readonly behaviours: Record<string, Behaviour>
  private readonly time: Time

  constructor(time: Time, behaviours: Record<string, Behaviour>) {
    this.time = time
    this.behaviours = behaviours
  }

  set(url: string, behaviour: Behaviour): void {
    this.behaviours[url] = behaviour
  }

  countOf(url: string): number {
    return this.log.filter((entry) => entry.url === url).length
  }

  readonly fetch: Fetch = async (url, { body, headers, signal }) => {
    const message = Buffer.from(body as Uint8Array)
    const [question] = packet.decode(message).questions ?? []
    const { name = '', type = '' } = question ?? {}
    const asked = { name, type: `${type}`, message, headers: new Headers(headers), signal: signal ?? null }
    this.log.push({ url, name, type: `${type}`, at: this.time.now })
    this.asked.push(asked)
    const reply = await (this.behaviours[url] as Behaviour)(asked)
    return reply instanceof Response ? reply : dnsResponse(reply)
  }
}

export const dnsResponse = (message: Uint8Array): Response =>
  new Response(message as BodyInit, { headers: { 'Content-Type': 'application/dns-message' } })

type Records = NonNullable<Packet['answers']>
type Sections = {
  readonly rcode?: number
  readonly flags?: number
  readonly answers?: Records
  readonly authorities?: Records
  readonly additionals?: Records
  readonly options?: readonly unknown[]
}

/** A reply to a question as dns-packet writes it. */
export function replyTo({ message }: Pick<Asked, 'message'>, sections: Sections = {}): Buffer {
  const { rcode = 0, flags = 0, answers = [], authorities = [], additionals = [], options } = sections
  const { questions } = packet.decode(message)
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: options ?? [] }
  const reply = packet.encode({
    ...{ type: 'response', id: 0, flags: packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | flags },
    ...{ questions, answers, authorities, additionals: options ? [...additionals, opt] : additionals },
  } as unknown as Packet)
  reply[3] = ((reply[3] as number) & 0xf0) | rcode
  return reply
}

export const a = (name: string, data: string, ttl = 300) => ({ type: 'A' as const, name, ttl, data })
export const cname = (name: string, data: string, ttl = 300) => ({ type: 'CNAME' as const, name, ttl, data })
export const soa = (name: string, ttl = 900, minimum = 60) => ({
  ...{ type: 'SOA' as const, name, ttl },
  data: { mname: `ns.${name}`, rname: `root.${name}`, serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
})

/** An upstream that knows an address of each name. */
export const knowing =
  (address = '192.0.2.1', ttl = 300): Behaviour =>
  (asked) =>
    replyTo(asked, { answers: [a(asked.name, address, ttl)] })

export const silent: Behaviour = () => new Promise(() => {})

export type Options = {
  readonly id?: number
  readonly flags?: number
  readonly edns?: boolean
  readonly dnssecOk?: boolean
  readonly options?: readonly unknown[]
}

export function queryMessage(name: string, type = 'A', options: Options = {}): Uint8Array {
  const { id = 0, flags = packet.RECURSION_DESIRED, edns, dnssecOk = false, options: edn } = options
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: dnssecOk ? 0x8000 : 0, options: edn ?? [] }
  const message = { type: 'query', id, flags, questions: [{ name, type, class: 'IN' }] }
  const additionals = edns || dnssecOk || edn ? [opt] : []
  return new Uint8Array(packet.encode({ ...message, additionals } as unknown as Packet))
}

export function parsed(message: Uint8Array): { readonly query: Query; readonly question: Question } {
  const query = parseQuery(message)
  if (!query.ok || !query.value.question) throw new Error('no query')
  return { query: query.value, question: query.value.question }
}

export const subnet = (ip: string, sourcePrefixLength: number) => ({
  ...{ code: 'CLIENT_SUBNET', ip, sourcePrefixLength, scopePrefixLength: 0 },
})

export const REFUSED: OwnResponse = { ...NO_RECORDS, rcode: RCODE.REFUSED }

/** A forwarder of a test, with its upstreams and its time. */
export class Bench {
  readonly time = new Time()
  readonly servers: Servers
  readonly forwarder: Forwarder
  readonly background: Promise<unknown>[] = []
  passing: SubnetPassing = 'as sent'

  constructor(behaviours: Record<string, Behaviour>, maxBytes?: number) {
    this.servers = new Servers(this.time, behaviours)
    const io = { fetch: this.servers.fetch, clock: this.time.clock, timer: this.time.timer }
    this.forwarder = new Forwarder(Object.keys(behaviours), io, maxBytes)
  }

  send(name: string, type = 'A', options: Options = {}, own: OwnResponse = REFUSED): Forwarded | Promise<Forwarded> {
    const { query, question } = parsed(queryMessage(name, type, options))
    const beyond = { query, question, name: question, own, needsContent: true }
    const { forwarder, passing, time } = this
    const waitUntil = (work: Promise<unknown>): void => void this.background.push(work)
    return answerBeyond(beyond, { forwarder, passing, clock: time.clock }, time.now, waitUntil)
  }

  /** Asks, and reads the reply with dns-packet. */
  async ask(name: string, type = 'A', options: Options = {}, own: OwnResponse = REFUSED): Promise<Read> {
    const { value, ms } = await this.time.run(this.send(name, type, options, own))
    return { ...read(value), ms }
  }
}

export type Read = ReturnType<typeof read> & { readonly ms: number }

export function read({ message, seconds, response }: Forwarded) {
  const reply = packet.decode(Buffer.from(message))
  const lines = (records: Records = []) =>
    records.map((record) => {
      const { name, type, ttl, data } = record as { name: string; type: string; ttl?: number; data: unknown }
      return `${name} ${ttl} ${type} ${typeof data === 'string' ? data : JSON.stringify(data)}`
    })
  const opt = (reply.additionals ?? []).find((record) => record.type === 'OPT')
  const options = opt?.type === 'OPT' ? opt.options : []
  const ede = options.find((option) => (option.code as number) === 15) as { data: Uint8Array } | undefined
  const data = ede && Buffer.from(ede.data)
  return {
    ...{ rcode: (message[3] as number) & 15, seconds, response, id: reply.id, message, hasOpt: opt !== undefined },
    ...{ ra: reply.flag_ra, ad: reply.flag_ad, cd: reply.flag_cd, aa: reply.flag_aa, rd: reply.flag_rd },
    ...{ answer: lines(reply.answers), authority: lines(reply.authorities), options },
    additional: lines((reply.additionals ?? []).filter(({ type }) => type !== 'OPT')),
    ede: data && { code: data.readUInt16BE(0), text: data.subarray(2).toString() },
  }
}
