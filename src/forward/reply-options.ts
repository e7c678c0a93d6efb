import type { ExtendedError } from '../dns/index.ts'

/**
 * The EDNS options of an upstream's reply.
 * @property scope the scope prefix length of its Client Subnet option (RFC 7871 §7.2.1), 0 without one
 * @property others the options that are neither of these, nor an affair between us and the upstream, in wire form
 */
export type ReplyOptions = {
  readonly ede: ExtendedError | undefined
  readonly scope: number
  readonly hasSubnet: boolean
  readonly others: Uint8Array
}

/** Codes of IANA's list of EDNS0 options. */
export const CODE = { ECS: 8, COOKIE: 10, KEEPALIVE: 11, PADDING: 12, EDE: 15 } as const

/** Options between two neighbours, which a forwarder does not pass on (RFC 7873, RFC 7828, RFC 7830). */
export const isHopByHop = (code: number): boolean =>
  code === CODE.COOKIE || code === CODE.KEEPALIVE || code === CODE.PADDING

/** An option in bytes[start, end), header included. */
export type Option = { readonly code: number; readonly start: number; readonly end: number }

/** Returns the options in bytes[from, to), or undefined if one ends beyond. */
export function optionsIn(bytes: Uint8Array, from: number, to: number): Option[] | undefined {
  const options: Option[] = []
  for (let at = from; at < to; ) {
    if (at + 4 > to) return undefined
    const end = at + 4 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
    if (end > to) return undefined
    options.push({ code: ((bytes[at] as number) << 8) | (bytes[at + 1] as number), start: at, end })
    at = end
  }
  return options
}

/** Reads the options in bytes[from, to). Of several Extended DNS Errors the first counts. */
export function readOptions(bytes: Uint8Array, from: number, to: number): ReplyOptions | undefined {
  const options = optionsIn(bytes, from, to)
  if (!options) return undefined
  let ede: ExtendedError | undefined
  let scope = 0
  let hasSubnet = false
  const others: number[] = []
  for (const { code, start, end } of options) {
    const data = bytes.subarray(start + 4, end)
    if (code === CODE.EDE && data.length >= 2) ede ??= readEde(data)
    else if (code === CODE.ECS && data.length >= 4) {
      scope = data[3] as number
      hasSubnet = true
    } else if (!isHopByHop(code) && code !== CODE.EDE && code !== CODE.ECS) others.push(...bytes.subarray(start, end))
  }
  return { ede, scope, hasSubnet, others: Uint8Array.from(others) }
}

/** RFC 8914 §2: the text may end with a zero octet, and must not be trusted to be text. */
function readEde(data: Uint8Array): ExtendedError {
  const text = UTF8.decode(data.subarray(2, 2 + MAX_EDE_BYTES)).replace(/\p{Cc}+/gu, ' ')
  return { code: ((data[0] as number) << 8) | (data[1] as number), text: text.trim() }
}

const UTF8 = new TextDecoder()
/** The text in a reply of ours has at most as many. */
const MAX_EDE_BYTES = 200
