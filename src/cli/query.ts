import { CLASS, type Name, OPTION, TYPE } from '../dns/index.ts'
import type { Prefix } from '../net/index.ts'

/** A query as a resolver sends it: recursion desired, EDNS, and the Client Subnet option (RFC 7871 §6) if given. */
export function buildQuery(name: Name, type: number, ecs: Prefix | undefined): Uint8Array {
  const option = ecs ? ecsOption(ecs) : []
  const header = [0, 0, 0x01, 0, ...uint16(1), ...uint16(0), ...uint16(0), ...uint16(1)]
  const question = [...name.wire, ...uint16(type), ...uint16(CLASS.IN)]
  const opt = [0, ...uint16(TYPE.OPT), ...uint16(UDP_PAYLOAD_BYTES), 0, 0, 0, 0, ...uint16(option.length), ...option]
  return Uint8Array.from([...header, ...question, ...opt])
}

/** Without meaning here; what resolvers send. */
const UDP_PAYLOAD_BYTES = 1232

function ecsOption({ family, bytes, length }: Prefix): number[] {
  const address = bytes.subarray(0, (length + 7) >> 3)
  return [...uint16(OPTION.ECS), ...uint16(4 + address.length), ...uint16(family), length, 0, ...address]
}

const uint16 = (value: number): number[] => [value >> 8, value & 255]
