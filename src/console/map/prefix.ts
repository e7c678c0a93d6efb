/** A network of IPv4: its first address as a number, and the length of its prefix. */
export type Network = { readonly start: number; readonly length: number }

export const EVERYTHING: Network = { start: 0, length: 0 }

/** Reads a network as the API writes it; undefined for one of IPv6. */
export function parseNetwork(text: string): Network | undefined {
  const found = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text)
  if (!found) return undefined
  const [a, b, c, d, length] = found.slice(1).map(Number) as [number, number, number, number, number]
  return { start: ((a * 256 + b) * 256 + c) * 256 + d, length }
}

export const formatNetwork = ({ start, length }: Network): string =>
  `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.')}/${length}`

/** Returns the network of that length around an address. */
export function networkAround(address: number, length: number): Network {
  const size = 2 ** (32 - length)
  return { start: Math.floor(address / size) * size, length }
}

export const holds = ({ start, length }: Network, address: number): boolean =>
  address >= start && address < start + 2 ** (32 - length)
