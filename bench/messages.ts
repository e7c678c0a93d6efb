import packet from 'dns-packet'

/** Returns a query message as a resolver sends it. With `subnet` (a /24) it has an OPT record with Client Subnet. */
export function queryMessage(name: string, type: 'A' | 'AAAA' | 'MX' = 'A', subnet?: string): Buffer {
  const ecs = { code: 'CLIENT_SUBNET', ip: subnet, sourcePrefixLength: 24, scopePrefixLength: 0 }
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [ecs] }
  return packet.encode({
    type: 'query',
    id: 4711,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type, name, class: 'IN' }],
    // biome-ignore lint/suspicious/noExplicitAny: dns-packet's types ask for fields that its encoder does not
    additionals: subnet ? [opt as any] : [],
  })
}

export const SOA = {
  mname: 'ns',
  rname: 'hostmaster',
  serial: 1,
  refresh: 3600,
  retry: 900,
  expire: 604_800,
  minimum: 300,
} as const
