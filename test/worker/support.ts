import { env, exports } from 'cloudflare:workers'
import packet, { type DecodedPacket } from 'dns-packet'
import { compiledOf, EMPTY_CATALOG, headKey, partKey, planPublish, sourceOf } from '../../src/store/index.ts'
import { compileZone, countProbes } from '../../src/zone/index.ts'
import './deadlines.ts'

/** Publishes documents like the CLI, into the real local KV of the test runner. */
export async function publish(...documents: { origin: string }[]): Promise<void> {
  const zones = documents.map((document) => {
    const compiled = compileZone(document)
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
    const { zone, document: read } = compiled.value
    const probes = countProbes(zone)
    const { serial, asksTargets: asks } = zone
    const [source, stored] = [() => sourceOf(read), () => compiledOf(zone)]
    return { origin: document.origin, serial, probes, asks, source, compiled: stored }
  })
  const plan = await planPublish(zones, EMPTY_CATALOG, { now: Date.now() })
  if (!plan.ok) throw new Error(plan.error)
  for (const { key, value, metadata } of plan.value.puts) {
    await env.GSLB.put(key, value, metadata ? { metadata } : {})
  }
}

/** The keys of the compiled zone that isolates read, and of the checks that the cron reads. */
export async function compiledKeysOf(origin: string): Promise<{ readonly head: string; readonly checks: string }> {
  const { zone, checks } = JSON.parse((await env.GSLB.get('catalog')) ?? '').zones[origin]
  return { head: headKey(zone), checks: partKey(checks) }
}

/** Sends a request to the deployed form of the Worker, from the client `from`. */
export function ask(path: string, init: RequestInit = {}, from = '203.0.113.7'): Promise<Response> {
  const headers = new Headers(init.headers)
  if (!headers.has('cf-connecting-ip')) headers.set('cf-connecting-ip', from)
  return exports.default.fetch(new Request(`https://gslb.test${path}`, { ...init, headers }))
}

export type Subnet = { readonly ip: string; readonly length: number }

/** A query message. */
export function query(name: string, type = 'A', options: { id?: number; subnet?: Subnet } = {}): Uint8Array {
  const { id = 0, subnet } = options
  const ecs = subnet && {
    code: 'CLIENT_SUBNET' as const,
    ip: subnet.ip,
    sourcePrefixLength: subnet.length,
    scopePrefixLength: 0,
  }
  const opt = { type: 'OPT' as const, name: '.', udpPayloadSize: 1232, flags: 0, options: ecs ? [ecs] : [] }
  const message = packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type: type as 'A', name, class: 'IN' }],
    // biome-ignore lint/suspicious/noExplicitAny: dns-packet's types ask for fields that its encoder does not
    additionals: ecs ? [opt as any] : [],
  })
  return new Uint8Array(message)
}

export const base64url = (message: Uint8Array): string => message.toBase64({ alphabet: 'base64url', omitPadding: true })

/** The reply to a DoH GET, read by dns-packet. */
export async function resolve(
  name: string,
  type = 'A',
  options: { from?: string; subnet?: Subnet } = {},
): Promise<DecodedPacket> {
  const { from, ...rest } = options
  const response = await ask(`/dns-query?dns=${base64url(query(name, type, rest))}`, {}, from)
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  return decode(response)
}

export const decode = async (response: Response): Promise<DecodedPacket> =>
  packet.decode(Buffer.from(await response.arrayBuffer()))

/** The data of the answer section, as dns-packet gives it. */
export const data = (reply: DecodedPacket): unknown[] =>
  (reply.answers ?? []).map((record) => ('data' in record ? record.data : undefined))

/** The zone of the demonstration. */
export const EXAMPLE = {
  origin: 'example.com',
  ttl: 300,
  soa: { mname: 'dns', rname: 'root', serial: 7, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  records: {
    '@': { NS: 'ns.example.jp.', TXT: '"v=spf1 -all" "second"' },
    ns: { A: '192.168.56.1' },
    random: {
      A: {
        kind: 'weighted',
        members: [
          { weight: 1, answer: '1.2.3.4' },
          { weight: 2, answer: '4.3.2.1' },
        ],
      },
    },
    src: {
      A: {
        kind: 'view',
        rules: [
          { networks: ['192.168.0.0/16'], answer: '192.168.1.54' },
          { networks: ['0.0.0.0/0'], answer: '192.0.2.1' },
        ],
      },
    },
    alias: { CNAME: 'www.example.net.' },
    zero: { A: { ttl: 0, answer: '192.0.2.7' } },
    sub: { NS: 'ns.sub' },
    'ns.sub': { A: '192.0.2.53' },
  },
} as const

/** dns-packet sets this field, which its types lack. */
export const rcodeOf = (reply: DecodedPacket): string => (reply as DecodedPacket & { rcode: string }).rcode
