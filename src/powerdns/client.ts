import type { HostObject } from '../lua-vm/index.ts'
import { addressBits } from '../net/index.ts'
import { type Combo, comboAddress, type Origin, type Who } from './address.ts'
import type { QueryInput } from './query-input.ts'

/** An address of the query as an object, which reports what a script learns about it. */
export function addressObject(query: QueryInput, who: Exclude<Who, 'ecswho'>): HostObject<Combo> {
  const { address, port } = query[who]
  return comboAddress(address, port, originOf(query, who, addressBits(address.family)))
}

/** The client as functions see it, whatever the script has done to `bestwho`. */
export const clientOf = (query: QueryInput): Combo => addressObject(query, 'bestwho').value

export const originOf = ({ read }: QueryInput, who: Who, bits: number): Origin | undefined =>
  read && { who, read, bits }
