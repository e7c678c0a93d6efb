import { jsonText, type Present } from './editing.ts'
import { absolute } from './paths.ts'

const SOA = { mname: 'ns1', rname: 'hostmaster', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 300 }

/** An address for documentation (RFC 5737): whoever makes a zone puts the one of their server there. */
const NS_ADDRESS = '192.0.2.53'

/** Returns what the text of a zone that is not there yet begins with: the records that every zone needs, in both forms. */
export function startOf(zone: string): Present {
  const origin = absolute(zone)
  const document = {
    ...{ origin, ttl: 3600, soa: SOA },
    records: { '@': { NS: SOA.mname }, [SOA.mname]: { A: NS_ADDRESS } },
  }
  return { etag: '', texts: { zone: zoneFile(origin), json: jsonText(document) }, lost: [], usual: 'zone' }
}

function zoneFile(origin: string): string {
  const { mname, rname, serial, refresh, retry, expire, minimum } = SOA
  return `$ORIGIN ${origin}
$TTL 3600
@    IN  SOA  ${mname} ${rname} ${serial} ${refresh} ${retry} ${expire} ${minimum}
@    IN  NS   ${mname}
${mname}  IN  A    ${NS_ADDRESS}
`
}
