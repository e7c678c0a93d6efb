/** Varied networks: ten of each family from the files, and others. */
export const CORPUS_CLIENTS: readonly string[] = [
  ...['10.1.2.0/24', '10.200.0.1/32', '172.16.5.0/24', '192.168.1.7/32', '192.0.2.0/24', '198.51.100.77/32'],
  ...['203.0.113.0/24', '100.64.0.9/32', '8.8.8.0/24', '93.184.216.34/32', '10.129.3.0/24', '223.255.255.255/32'],
  ...['2001:db8::1/128', '2001:db8:1::/48', '2001:db8:ffff::/56', '2001:db9::/32', '2a00:1450:4001::/48'],
  ...['2600::1/128', 'fd00:1:2::/48', '2c0f:f248::7/128'],
]

/** Names whose answers depend on chance: the set of answers is compared. */
export const CORPUS_CHANCE: readonly string[] = [
  ...['www', 'even', 'two', 'nested', 'by-net', 'txt'].map((name) => `${name}.weights.example`),
  'any.gslb-failover.example',
]

/** Differences from PowerDNS 4.7, by name below a zone and type, with the reason. */
export type CorpusDifference = readonly [zone: string, names: string, type: string, why: string]

const NO_TTL = 'without $TTL the default is the SOA MINIMUM, as BIND and Windows have it; PowerDNS takes the last TTL'
const INCLUDE_ORIGIN = '$INCLUDE has an origin (RFC 1035 §5.1), which PowerDNS passes over'
const COMBINED = 'PowerDNS does not read a TTL of two units, 1h30m'
const RELATIVE = 'PowerDNS takes relative names in this type for absolute ones'

export const CORPUS_DIFFERENCES: readonly CorpusDifference[] = [
  ['corp.example', 'dc1 dc2 prn3 web01 wpad intranet _msdcs', 'A', NO_TTL],
  ['corp.example', 'intranet', 'CNAME', NO_TTL],
  ['corp.example', '_msdcs', 'NS', NO_TTL],
  ['include.example', 'a.lan b.lan c.lan', 'A', INCLUDE_ORIGIN],
  ['include.example', 'b.lan', 'AAAA', INCLUDE_ORIGIN],
  ['include.example', 'c.lan', 'CNAME', INCLUDE_ORIGIN],
  ['naptr.example', '@', 'NAPTR', RELATIVE],
  ['svcb.example', 'short', 'HTTPS', RELATIVE],
  ['svcb.example', '_dns.doh', 'SVCB', 'PowerDNS 4.7 does not know dohpath (RFC 9461)'],
  ['svcb.example', '_dns.doh', 'A', 'PowerDNS 4.7 does not know dohpath (RFC 9461)'],
  ['combined-ttl.example', '@ no-such-name www', 'A', COMBINED],
  ['combined-ttl.example', '@', 'SOA NS', COMBINED],
  ['google-verify.example', 'words', 'TXT A', 'PowerDNS wants quotes around the strings of TXT'],
  ['forward4.example', 'c0000209', 'A', 'PowerDNS 4.7 reads eight hexadecimal digits in names of ten characters only'],
  ['forward6.example', '* nothing', 'AAAA', 'PowerDNS 4.7 fails where the name has no address'],
  ['100.51.198.in-addr.arpa', '*', 'PTR', 'PowerDNS 4.7 fails where a label is no number'],
  ['gslb-by-name.example', '*.url', 'A', 'PowerDNS cannot ask a URL whose host has an asterisk'],
  ['consistent.example', 'ring name first list groups', 'A', 'functions of PowerDNS 4.8 and later'],
]
