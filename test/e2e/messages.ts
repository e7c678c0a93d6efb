import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import packet, { type Answer, type DecodedPacket, type Packet } from 'dns-packet'

/**
 * `subnet` is the ECS option's network, `from` the client's address without a proxy, `isSecure` asks for signatures
 * (DO).
 */
export type Options = { readonly subnet?: string; readonly from?: string; readonly isSecure?: boolean }

/** Asks a server, and reads its reply with dns-packet. */
export type Ask = (name: string, type: string, options?: Options) => Promise<DecodedPacket>

export function queryOf(name: string, type: string, { subnet, isSecure }: Options = {}, id = 0): Buffer {
  const [ip = '', length] = subnet?.split('/') ?? []
  const ecs = { code: 'CLIENT_SUBNET', ip, sourcePrefixLength: Number(length), scopePrefixLength: 0 }
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 4096, flags: isSecure ? packet.DNSSEC_OK : 0 }
  // dns-packet's types require more fields than its encoder.
  return packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type, name, class: 'IN' }],
    additionals: subnet === undefined && !isSecure ? [] : [{ ...opt, options: subnet === undefined ? [] : [ecs] }],
  } as unknown as Packet)
}

/** DNS over HTTPS by GET, without TLS. */
export const askDoh =
  (url: string): Ask =>
  async (name, type, options = {}) => {
    const dns = queryOf(name, type, options).toString('base64url')
    const headers = { accept: 'application/dns-message', ...(options.from && { 'cf-connecting-ip': options.from }) }
    const response = await fetch(`${url}/dns-query?dns=${dns}`, { headers })
    if (response.status !== 200) throw new Error(`${name} ${type}: ${response.status} ${await response.text()}`)
    return packet.decode(Buffer.from(await response.arrayBuffer()))
  }

/** Plain DNS over UDP on loopback; a lost packet is sent again. */
export const askUdp =
  (port: number): Ask =>
  async (name, type, options = {}) => {
    const id = 1 + Math.floor(Math.random() * 65_535)
    const query = queryOf(name, type, options, id)
    const socket = createSocket('udp4')
    try {
      for (let attempt = 0; attempt < 30; attempt++) {
        const late = new AbortController()
        // A signal of AbortSignal.timeout may be collected as garbage before it fires.
        const timer = setTimeout(() => late.abort(), 2000)
        socket.send(query, port, '127.0.0.1')
        const reply = await once(socket, 'message', { signal: late.signal }).catch(() => undefined)
        clearTimeout(timer)
        const decoded = reply && packet.decode(reply[0] as Buffer)
        if (decoded?.id === id) return decoded
      }
    } finally {
      socket.close()
    }
    throw new Error(`${name} ${type} ${options.subnet ?? ''}: no reply over UDP`)
  }

/** dns-packet sets this field, which its types lack. */
export const rcodeOf = (reply: DecodedPacket): string => (reply as DecodedPacket & { rcode: string }).rcode

/** The data of the answer section as text, in order of text: the order in a reply is chance. */
export const answersOf = (reply: DecodedPacket): string[] => (reply.answers ?? []).map(dataText).sort()

/** The ECS option of a reply as `address/source/scope`. */
export function subnetOf(reply: DecodedPacket): string | undefined {
  for (const record of reply.additionals ?? []) {
    if (record.type !== 'OPT') continue
    const ecs = record.options.find((option) => option.code === 8)
    if (ecs && 'scopePrefixLength' in ecs) return `${ecs.ip}/${ecs.sourcePrefixLength}/${ecs.scopePrefixLength}`
  }
  return undefined
}

/**
 * A reply as lines: the rcode and AA, then a line for each record: `=` answer, `!` authority. The additional section is
 * not compared.
 */
export function summary(reply: DecodedPacket): string[] {
  const lines = (mark: string, records: readonly Answer[] = []): string[] =>
    records.map((record) => `${mark} ${record.name} ${ttlOf(record)} ${record.type} ${dataText(record)}`).sort()
  const head = `${rcodeOf(reply)}${reply.flag_aa ? ' aa' : ''}`
  return [head, ...lines('=', reply.answers), ...lines('!', reply.authorities)]
}

const ttlOf = (record: Answer): number | undefined => ('ttl' in record ? record.ttl : undefined)

/** Names in lower case: servers may compress to a name that the question wrote otherwise. */
function dataText(record: Answer): string {
  const data: unknown = 'data' in record ? record.data : undefined
  if (typeof data === 'string') return record.type === 'A' ? data : data.toLowerCase()
  return JSON.stringify(data, (_, value) => (isBuffer(value) ? Buffer.from(value.data).toString('latin1') : value))
}

/** The `toJSON` form of a Buffer. */
const isBuffer = (value: unknown): value is { data: number[] } =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer'

/** Returns the number of each answer. */
export function countOf(answers: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const answer of answers) counts.set(answer.join(' '), (counts.get(answer.join(' ')) ?? 0) + 1)
  return counts
}

/** Describes counts that are more than five standard deviations from the expected values. */
export function unlikely(
  counts: ReadonlyMap<string, number>,
  probabilities: Readonly<Record<string, number>>,
): string[] {
  const drawn = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const strangers = [...counts.keys()].filter((answer) => !(answer in probabilities)).map((answer) => `${answer}: why?`)
  const off = Object.entries(probabilities).flatMap(([answer, p]) => {
    const count = counts.get(answer) ?? 0
    const sigma = Math.sqrt(drawn * p * (1 - p))
    return Math.abs(count - drawn * p) > 5 * sigma ? [`${answer}: ${count} of ${drawn}, expected ${drawn * p}`] : []
  })
  return [...strangers, ...off]
}

export const shown = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([answer, count]) => `${answer} ×${count}`).join(', ')
