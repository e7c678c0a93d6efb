/** Writes an unsigned integer in network byte order. */
export function toOctets(value: number, octets: number): Uint8Array {
  const bytes = new Uint8Array(octets)
  for (let i = octets - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256
  return bytes
}

/** Reads an unsigned integer in network byte order. */
export function readNumber(bytes: Uint8Array, at: number, octets: number): number {
  let value = 0
  for (let i = at; i < at + octets; i++) value = value * 256 + (bytes[i] as number)
  return value
}
