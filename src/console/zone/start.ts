import type { Present } from './editing.ts'
import { absolute } from './paths.ts'

const SOA = { mname: 'ns1', rname: 'hostmaster', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 300 }

/** An address for documentation (RFC 5737): whoever makes a zone puts the one of their server there. */
const NS_ADDRESS = '192.0.2.53'

/** Returns what a zone that is not there yet begins with: the records that every zone needs. */
export const startOf = (zone: string): Present => ({
  etag: '',
  document: {
    ...{ origin: absolute(zone), ttl: 3600, soa: SOA },
    records: { '@': { NS: SOA.mname }, [SOA.mname]: { A: NS_ADDRESS } },
  },
})
