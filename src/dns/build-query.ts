import type { Prefix } from '../net/index.ts'
import { ecsOctets } from './ecs.ts'
import type { Name } from './name.ts'
import { OPTION } from './query.ts'
import { CLASS, TYPE } from './types.ts'

/** The question and its options. A `subnet` becomes a Client Subnet option (RFC 7871 §6); `dnssecOk` adds EDNS too. */
export type QueryOptions = {
  readonly name: Name
  readonly type: number
  readonly edns?: boolean | undefined
  readonly dnssecOk?: boolean | undefined
  readonly checkingDisabled?: boolean | undefined
  readonly subnet?: Prefix | undefined
}

/** Builds a query message of class IN with ID 0 and recursion desired, as stub resolvers send it. */
export function buildQuery({ name, type, edns, dnssecOk, checkingDisabled, subnet }: QueryOptions): Uint8Array {
  const withOpt = edns || dnssecOk || subnet !== undefined
  const flags = 0x0100 | (checkingDisabled ? 0x0010 : 0)
  const counts = [1, 0, 0, withOpt ? 1 : 0]
  const header = [0, flags, ...counts].flatMap(uint16)
  return Uint8Array.from([
    ...header,
    ...name.wire,
    ...uint16(type),
    ...uint16(CLASS.IN),
    ...(withOpt ? opt(dnssecOk, subnet) : []),
  ])
}

/** The size that resolvers usually send. Over HTTP it has no meaning. */
const UDP_PAYLOAD_BYTES = 1232

function opt(dnssecOk: boolean | undefined, subnet: Prefix | undefined): number[] {
  const options = subnet ? clientSubnet(subnet) : []
  return [0, ...[TYPE.OPT, UDP_PAYLOAD_BYTES, 0, dnssecOk ? 0x8000 : 0, options.length].flatMap(uint16), ...options]
}

function clientSubnet({ family, bytes, length }: Prefix): number[] {
  const address = bytes.subarray(0, ecsOctets(length))
  return [...[OPTION.ECS, 4 + address.length, family].flatMap(uint16), length, 0, ...address]
}

function uint16(value: number): number[] {
  return [value >> 8, value & 255]
}
