import { type Name, ROOT } from '../dns/index.ts'
import { UNKNOWN_ADDRESS } from '../net/index.ts'
import type { QueryInput } from '../powerdns/index.ts'

/** A query without a client, for functions that depend on nothing but the queried name and run before any query. */
export function placeholderQuery(owner: Name = ROOT, zone: Name = ROOT): QueryInput {
  const nobody = { address: UNKNOWN_ADDRESS, port: 0 }
  return {
    ...{ qname: owner, zone, owner, zoneid: 0, who: nobody, bestwho: nobody, localwho: { ...nobody, port: 443 } },
    ...{ tcp: true, dnssecOK: false, ednsPKTSize: -1, random: () => 0 },
    dh: {
      ...{ id: 0, rd: true, cd: false, tc: false, ra: false, ad: false, aa: false },
      ...{ rcode: 0, opcode: 0, qdcount: 1, ancount: 0, nscount: 0, arcount: 0 },
    },
  }
}
