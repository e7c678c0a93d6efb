import { type Location, toLocation, UNKNOWN_LOCATION } from '../geo/query-path.ts'
import { type Address, parseAddress, UNKNOWN_ADDRESS } from '../net/index.ts'
import { KnownAddresses } from './known-addresses.ts'

/** Who sent a request, read from it when an answer depends on that: most do not. */
export class From {
  private readonly request: Request

  constructor(request: Request) {
    this.request = request
  }

  get connection(): Address {
    const { headers } = this.request
    return connectionAddress({ header: (name) => headers.get(name), socket: () => this.cf?.clientIp })
  }

  /** The data centre that answers, as id.server gives it. */
  get identity(): string {
    return this.cf?.colo ?? 'edge-gslb'
  }

  /** Where Cloudflare places the connection. Workerd alone does not know. */
  get place(): Location {
    const { cf } = this
    return cf ? toLocation({ ...cf, region: cf.regionCode }) : UNKNOWN_LOCATION
  }

  /**
   * The place that a person sets for a test (`MF-CF-Blob`). The local runtime makes up a place for every other
   * request: it is told by the fields of a connection, which nobody writes by hand.
   */
  get posedPlace(): Location {
    const { cf } = this
    return cf && !('tlsClientAuth' in cf) && !('httpProtocol' in cf) ? this.place : UNKNOWN_LOCATION
  }

  /** What Cloudflare, or workerd, tells of the request. */
  private get cf(): Cf | undefined {
    return (this.request as { cf?: Cf }).cf
  }
}

/** Of its fields those that are used; any may be missing. `region` is a name there, `regionCode` its code. */
type Cf = { readonly colo?: string; readonly clientIp?: string; readonly [field: string]: unknown }

/** `socket` is workerd's `address:port`, where Cloudflare is not in front. */
type Sender = { readonly header: (name: string) => string | null; readonly socket: () => string | undefined }

/**
 * The address that the connection came from: CF-Connecting-IP, which Cloudflare sets and no client can, else the
 * socket's. No other header is believed. Where nothing is known it is 0.0.0.0, which only 0.0.0.0/0 holds.
 */
function connectionAddress({ header, socket }: Sender): Address {
  const named = header('cf-connecting-ip')
  if (!named) return socketAddress(socket() ?? '')
  const address = KNOWN.read(named)
  // Pseudo IPv4 puts an invented address of 240.0.0.0/4 here, and the client's own into another header.
  if (address.family === 1 && (address.bytes[0] as number) >= 240) {
    const real = KNOWN.read(header('cf-connecting-ipv6') ?? '')
    if (real !== UNKNOWN_ADDRESS) return real
  }
  return address
}

const KNOWN = new KnownAddresses()

function socketAddress(socket: string): Address {
  const address = parseAddress(socket.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'))
  return address.ok ? address.value : UNKNOWN_ADDRESS
}
