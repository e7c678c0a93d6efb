/** The states of grpc.health.v1, by number. */
export const SERVING_STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const

/** The octets in front of a message: a flag for compression, and the length. */
const PREFIX = 5

/** Returns a HealthCheckRequest (one text, field 1) as a message of gRPC. */
export function encodeRequest(service: string): Uint8Array {
  const name = new TextEncoder().encode(service)
  // The name has at most 250 octets, so that its length is a varint of one or two.
  const length = name.length < 128 ? [name.length] : [(name.length & 127) | 128, name.length >> 7]
  const body = name.length === 0 ? [] : [0x0a, ...length, ...name]
  return Uint8Array.from([0, 0, 0, body.length >> 8, body.length & 255, ...body])
}

/** Reads the status of a HealthCheckResponse in a message of gRPC; a text says what is wrong with the octets. */
export function decodeResponse(octets: Uint8Array): number | string {
  if (octets.length < PREFIX) return 'the reply ends within a message'
  if (octets[0] !== 0) return 'the reply is compressed, which was not asked for'
  const length = new DataView(octets.buffer, octets.byteOffset).getUint32(1)
  if (octets.length !== PREFIX + length) return 'the reply is not one message'
  return statusIn(octets.subarray(PREFIX))
}

/** Reads field 1, and skips all others (Protocol Buffers, "Message Structure"). The last one counts. */
function statusIn(message: Uint8Array): number | string {
  const reader = { message, at: 0 }
  let status = 0
  while (reader.at < message.length) {
    const tag = varint(reader)
    const isStatus = tag === 0x08
    const value = tag === undefined ? undefined : skipped(reader, tag & 7)
    if (value === undefined) return 'the reply is not a HealthCheckResponse'
    if (isStatus) status = value
  }
  return status
}

type Reader = { readonly message: Uint8Array; at: number }

/** Passes the value of a field. Returns its number if it is one, else 0; undefined if it ends beyond the message. */
function skipped(reader: Reader, wireType: number): number | undefined {
  if (wireType === 0) return varint(reader)
  const length = wireType === 1 ? 8 : wireType === 5 ? 4 : wireType === 2 ? varint(reader) : undefined
  if (length === undefined || length > reader.message.length - reader.at) return undefined
  reader.at += length
  return 0
}

/** Reads a varint of at most ten octets. Its bits beyond 2⁵³ do not matter here. */
function varint(reader: Reader): number | undefined {
  let value = 0
  for (let i = 0; i < 10; i++) {
    const octet = reader.message[reader.at++]
    if (octet === undefined) return undefined
    value += (octet & 127) * 2 ** (7 * i)
    if (octet < 128) return value
  }
  return undefined
}
