import { type Location, toLocation, UNKNOWN_LOCATION } from '../geo/query-path.ts'
import { type Address, parseAddress, UNKNOWN_ADDRESS } from '../net/index.ts'
import type { Origin } from '../zone/query-path.ts'
import { KnownAddresses } from './known-addresses.ts'

/** The origin of a request, read from it when an answer depends on it: most do not. */
export class RequestOrigin implements Origin {
  private readonly request: Request
  private readonly platform: Platform
  /** The id of the key whose token the path has. */
  readonly token: string | undefined

  constructor(request: Request, platform: Platform, token?: string) {
    this.request = request
    this.platform = platform
    this.token = token
  }

  get connection(): Address {
    return connectionOf(this.request)
  }

  get place(): Location {
    return locationOf(this.request, this.platform)
  }

  /** The data centre that answers. */
  get identity(): string {
    return cfOf(this.request)?.colo ?? 'edge-gslb'
  }
}

/** `edge` is Cloudflare, `workerd` its runtime alone. */
export type Platform = 'edge' | 'workerd'

/**
 * Returns Cloudflare's location of a connection. The local runtime makes one up for every request: there only that of a
 * request counts which a person sends for a test (`MF-CF-Blob`), without the fields of a connection.
 */
export function locationOf(request: Request, platform: Platform): Location {
  const cf = cfOf(request)
  if (!cf || (platform === 'workerd' && ('tlsClientAuth' in cf || 'httpProtocol' in cf))) return UNKNOWN_LOCATION
  return toLocation({ ...cf, region: cf.regionCode })
}

/**
 * Returns the address that the connection came from: CF-Connecting-IP, which Cloudflare sets and no client can, else
 * the socket's. No other header is believed. An unknown address is 0.0.0.0, which only 0.0.0.0/0 contains.
 */
export function connectionOf(request: Request): Address {
  const { headers } = request
  const named = headers.get('cf-connecting-ip')
  if (!named) return socketAddress(cfOf(request)?.clientIp ?? '')
  const address = KNOWN.read(named)
  // Pseudo IPv4 puts an invented address of 240.0.0.0/4 here, and the client's own into another header.
  if (address.family === 1 && (address.bytes[0] as number) >= 240) {
    const real = KNOWN.read(headers.get('cf-connecting-ipv6') ?? '')
    if (real !== UNKNOWN_ADDRESS) return real
  }
  return address
}

const KNOWN = new KnownAddresses()

/** @param socket `address:port`, as workerd gives it where Cloudflare is not in front */
function socketAddress(socket: string): Address {
  const address = parseAddress(socket.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'))
  return address.ok ? address.value : UNKNOWN_ADDRESS
}

/** The fields of `request.cf` that are read; any may be missing. `region` is a name there, `regionCode` its code. */
type Cf = { readonly colo?: string; readonly clientIp?: string; readonly [field: string]: unknown }

const cfOf = (request: Request): Cf | undefined => (request as { cf?: Cf }).cf
