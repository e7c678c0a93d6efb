/** The place that a probe goes to. */
export type Endpoint = {
  /** An address in canonical text, or a host name in lower case without the final dot. */
  readonly host: string
  /** 0 for a check without a port, as of kind icmp. */
  readonly port: number
}

/** Formats a target as people write it: `192.0.2.1:80`, `[2001:db8::1]:80`, and the host alone without a port. */
export const formatTarget = ({ host, port }: Endpoint): string =>
  port === 0 ? host : host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
