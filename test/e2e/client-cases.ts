/**
 * The expected output of command-line clients. `shows` are parts of it, with white space reduced to single blanks;
 * `hides` must not be in it.
 */
export type Case = { readonly args: string; readonly shows: readonly string[]; readonly hides?: readonly string[] }

const POST = 'HTTP session (HTTP/2-POST)-(localhost/dns-query)-(status: 200)'
const GET = 'HTTP session (HTTP/2-GET)-(localhost/dns-query)-(status: 200)'
const EVERYONE = 'src.example.com. 86400 IN A 192.0.2.1 '
const NEAR = 'src.example.com. 86400 IN A 192.168.1.54 '

/** After `kdig +https`. kdig pads queries over TLS by default. */
export const KDIG: readonly Case[] = [
  { args: 'src.example.com', shows: [POST, 'status: NOERROR', 'Flags: qr aa rd;', EVERYONE, 'Received 468 B'] },
  { args: '+https-get src.example.com', shows: [GET, 'status: NOERROR', EVERYONE, 'Received 468 B'] },
  { args: 'src.example.com +subnet=192.168.7.0/24', shows: [POST, NEAR, 'CLIENT-SUBNET: 192.168.7.0/24/16'] },
  { args: '+https-get src.example.com +subnet=192.168.7.0/24', shows: [GET, NEAR, 'SUBNET: 192.168.7.0/24/16'] },
  { args: 'src.example.com +subnet=198.51.100.7/32', shows: [EVERYONE, 'CLIENT-SUBNET: 198.51.100.7/32/6'] },
  { args: 'src.example.net +subnet=2001:db8::/32', shows: ['IN A 192.0.2.1 ', 'CLIENT-SUBNET: 2001:db8::/32/0'] },
  { args: 'ns.example.com +padding', shows: ['ns.example.com. 86400 IN A 192.168.56.1', 'Received 468 B', 'PADDING:'] },
  { args: '+https-get ns.example.com +padding=200', shows: ['PADDING:', 'Received 468 B'] },
  { args: 'ns.example.com +nopadding', shows: ['IN A 192.168.56.1'], hides: ['PADDING', 'EDNS'] },
  { args: '+https-get ns.example.com +nopadding +edns', shows: ['Version: 0; flags: ;'], hides: ['PADDING'] },
  { args: 'ns.example.com +dnssec', shows: ['Version: 0; flags: do; UDP size: 1232 B', 'IN A 192.168.56.1'] },
  { args: '+https-get ns.example.com +dnssec', shows: ['flags: do;', 'IN A 192.168.56.1'] },
  { args: 'ns.example.com +edns=1', shows: ['status: BADVERS', 'Version: 0;', 'ANSWER: 0'] },
  { args: '+https-get ns.example.com +edns=1', shows: ['status: BADVERS', 'Version: 0;', 'ANSWER: 0'] },
  { args: 'ns.example.com +nsid', shows: ['status: NOERROR', 'IN A 192.168.56.1'] },
  { args: 'nothing.example.com', shows: ['status: NXDOMAIN', 'example.com. 86400 IN SOA dns.example.com. root'] },
  { args: 'ns.example.com AAAA', shows: ['status: NOERROR', 'ANSWER: 0', 'example.com. 86400 IN SOA'] },
  { args: 'example.net MX', shows: ['IN MX 10 mail.example.net.', 'IN MX 20 mail.example.org.'] },
  { args: 'example.net TXT', shows: ['"v=spf1 mx -all"'] },
  { args: 'example.net CAA', shows: ['0 issue "letsencrypt.org"'] },
  { args: '_sip._tcp.example.net SRV', shows: ['10 60 5060 sip.example.net.', '10 40 5060 sip.example.org.'] },
  {
    args: 'www.example.net',
    shows: ['www.example.net. 300 IN CNAME example.net.', 'example.net. 300 IN A 192.0.2.10'],
  },
  { args: 'example.net HTTPS', shows: ['status: NOERROR', 'ANSWER: 0', 'AUTHORITY: 1'] },
  { args: 'example.org', shows: ['status: REFUSED', 'EDE: 20 (Not Authoritative)'] },
  { args: 'big.curl.example', shows: ['ANSWER: 120;', '192.0.2.120'], hides: [' tc '] },
  { args: 'web.curl.example', shows: ['web.curl.example. 60 IN A 127.0.0.1'] },
]

/** After `dig`, with TLS options. */
export const DIG: readonly Case[] = [
  { args: '+https src.example.com', shows: ['status: NOERROR', 'flags: qr aa rd;', EVERYONE, '(HTTPS)'] },
  { args: '+https-get src.example.com', shows: ['status: NOERROR', EVERYONE, '(HTTPS-GET)'] },
  { args: '+https-post src.example.com +noedns', shows: [EVERYONE, '(HTTPS)'], hides: ['OPT PSEUDOSECTION'] },
  { args: '+https nS.eXaMple.com', shows: [';nS.eXaMple.com. IN A', 'nS.eXaMple.com. 86400 IN A'] },
  { args: '+https src.example.com +subnet=192.168.7.0/24', shows: [NEAR, 'CLIENT-SUBNET: 192.168.7.0/24/16'] },
  { args: '+https-get src.example.com +subnet=0', shows: [EVERYONE, 'CLIENT-SUBNET: 0.0.0.0/0/0'] },
  { args: '+https ns.example.com +opcode=15 +header-only', shows: ['opcode: RESERVED15, status: NOTIMP', 'EDE: 21'] },
  { args: '+https ns.example.com +opcode=5', shows: ['opcode: UPDATE, status: NOTIMP'] },
  { args: '+https ns.example.com +header-only', shows: ['status: FORMERR', 'QUERY: 0'] },
  { args: '+https version.bind CH TXT', shows: ['version.bind. 0 CH TXT "edge-gslb '] },
  { args: '+https-get id.server CH TXT', shows: ['status: NOERROR', 'id.server. 0 CH TXT "'] },
  { args: '+https something.else CH TXT', shows: ['status: REFUSED'] },
  { args: '+https ns.example.com HS A', shows: ['status: REFUSED'] },
  { args: '+https example.net ANY', shows: ['example.net. 3600 IN HINFO "RFC8482" ""'] },
  { args: '+https example.net AXFR', shows: ['Transfer failed'] },
  { args: '+https example.net TYPE65280', shows: ['status: NOERROR', 'ANSWER: 0', '300 IN SOA ns1.example.net.'] },
  { args: '+https src.example.com TYPE65402', shows: ['status: NOERROR', 'ANSWER: 0'], hides: ['view('] },
  { args: '+https ns.example.com TKEY', shows: ['status: FORMERR'] },
  { args: '+https ns.example.com MAILB', shows: ['status: NOTIMP'] },
  { args: '+https ns.example.com +ednsopt=100:ab', shows: ['IN A 192.168.56.1'], hides: ['OPT=100'] },
  { args: '+https ns.example.com +ednsflags=0x40', shows: ['EDNS: version: 0, flags:;', 'IN A 192.168.56.1'] },
  { args: '+https ns.example.com +noednsneg +edns=1', shows: ['status: BADVERS', 'EDNS: version: 0'] },
  { args: '+https ns.example.com +edns=1', shows: ['status: NOERROR', 'IN A 192.168.56.1'] },
  { args: '+https ns.example.com +cookie', shows: ['IN A 192.168.56.1'], hides: ['COOKIE'] },
  { args: '+https ns.example.com +cdflag +adflag +zflag', shows: ['flags: qr aa rd cd;', 'IN A 192.168.56.1'] },
  { args: '+https ns.example.com +norec', shows: ['flags: qr aa;', 'IN A 192.168.56.1'] },
  { args: '+https ns.example.com +qid=4711', shows: ['id: 4711'] },
  { args: '+https example.org', shows: ['status: REFUSED', 'EDE: 20 (Not Authoritative)'] },
  {
    args: '+https sub.oracle.example',
    shows: ['flags: qr rd;', 'sub.oracle.example. 300 IN NS ns.sub.oracle.example.'],
  },
  { args: '+https big.curl.example', shows: ['ANSWER: 120,', '192.0.2.120'], hides: ['Truncated'] },
  {
    args: String.raw`+https a\.b\000\255.wild.oracle.example`,
    shows: [String.raw`a\.b\000\255.wild.oracle.example. 300 IN A`],
  },
]

/** After `dig`, over UDP or TCP: dnsdist adds the client's address, which is not returned. */
export const DNSDIST: readonly Case[] = [
  { args: 'src.example.com', shows: ['status: NOERROR', EVERYONE, '(UDP)'], hides: ['CLIENT-SUBNET'] },
  { args: 'web.curl.example', shows: ['web.curl.example. 60 IN A 127.0.0.1'], hides: ['CLIENT-SUBNET'] },
  { args: 'web.curl.example +noedns', shows: ['60 IN A 127.0.0.1'], hides: ['OPT PSEUDOSECTION'] },
  { args: 'src.example.com +subnet=192.168.7.0/24', shows: [NEAR, 'CLIENT-SUBNET: 192.168.7.0/24/16'] },
  { args: 'web.curl.example +subnet=198.51.100.0/24', shows: ['A 192.0.2.1 ', 'CLIENT-SUBNET: 198.51.100.0/24/'] },
  { args: 'src.example.com +tcp', shows: [EVERYONE, '(TCP)'] },
  { args: 'big.curl.example +ignore', shows: ['flags: qr aa tc rd;', 'ANSWER: 0,', '(UDP)'] },
  { args: 'big.curl.example', shows: ['Truncated, retrying in TCP mode', 'ANSWER: 120,', '(TCP)'] },
  { args: 'big.curl.example +tcp', shows: ['ANSWER: 120,', '192.0.2.120'] },
  { args: 'nothing.example.com', shows: ['status: NXDOMAIN', '86400 IN SOA'] },
  { args: 'example.org', shows: ['status: REFUSED'] },
]
