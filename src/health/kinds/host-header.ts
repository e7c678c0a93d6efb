import { parseAddress } from '../../net/index.ts'
import { type Endpoint, formatTarget } from '../endpoint.ts'

/** Returns the Host header of a request. @param defaultPort the port that it leaves out */
export const hostHeader = ({ host, port }: Endpoint, defaultPort: number): string =>
  port !== defaultPort ? formatTarget({ host, port }) : host.includes(':') ? `[${host}]` : host

/** Returns the name for SNI. An address is not sent (RFC 6066 §3). */
export const serverNameOf = (host: string): string | undefined =>
  parseAddress(host).ok ? undefined : host.toLowerCase()

export const withoutPort = (host: string): string =>
  host.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([^:]*):\d+$/, '$1')
