/** The header of the query (RFC 1035 §4.1.1). */
export type Header = {
  readonly id: number
  readonly rd: boolean
  readonly cd: boolean
  readonly tc: boolean
  readonly ra: boolean
  readonly ad: boolean
  readonly aa: boolean
  readonly rcode: number
  readonly opcode: number
  readonly qdcount: number
  readonly ancount: number
  readonly nscount: number
  readonly arcount: number
}
