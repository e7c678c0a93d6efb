import type { DnsAction } from '../../../src/health/index.ts'
import { type Case, floods, http, httpsByName, latin1, type Peer, type Serve, silent, up, why } from './peers.ts'

/** A record as in a reply: its type, and its data. The owner is the name of the question. */
type RecordOf = readonly [type: number, ...data: number[]]
type ReplyOf = {
  readonly rcode?: number
  readonly records?: readonly RecordOf[]
  readonly truncated?: boolean
  readonly count?: number
}

/** Returns a reply to a query. `count`: what the header says of the number of records, if that is not true. */
export function replyTo(query: Uint8Array, { rcode = 0, records = [], truncated, count }: ReplyOf = {}): Uint8Array {
  let end = 12
  while ((query[end] ?? 0) > 0) end += (query[end] as number) + 1
  const question = query.subarray(12, end + 5)
  const answers = records.flatMap(([type, ...data]) => [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data])
  const header = [query[0] ?? 0, query[1] ?? 0, truncated ? 0x83 : 0x81, 0x80 | rcode]
  return Uint8Array.from([...header, 0, 1, 0, count ?? records.length, 0, 0, 0, 0, ...question, ...answers])
}

export const A: RecordOf = [1, 192, 0, 2, 1]
export const OTHER_A: RecordOf = [1, 192, 0, 2, 9]

/** Calls `then` with each query that comes over a connection. */
const onQuery = (peer: Peer, then: (query: Uint8Array) => void): void => {
  let octets = Uint8Array.of()
  peer.on('data', (data) => {
    octets = Uint8Array.from([...octets, ...data])
    const length = ((octets[0] ?? 0) << 8) | (octets[1] ?? 0)
    if (octets.length >= 2 + length && length > 0) then(octets.slice(2, 2 + length))
  })
}

const framed = (message: Uint8Array): Uint8Array =>
  Uint8Array.from([message.length >> 8, message.length & 255, ...message])

const replies =
  (reply: ReplyOf): Serve =>
  (peer) =>
    onQuery(peer, (query) => peer.write(framed(replyTo(query, reply))))

/** Sends what a function makes of the framed reply. */
const sends =
  (change: (octets: Uint8Array) => Uint8Array, then: 'stays' | 'closes' = 'stays'): Serve =>
  (peer) =>
    onQuery(peer, (query) => {
      const octets = change(framed(replyTo(query, { records: [A] })))
      if (then === 'closes') peer.end(octets)
      else peer.write(octets)
    })

/** Replies by HTTP to the query in the URL. */
const doh =
  (reply: ReplyOf, more: Uint8Array = Uint8Array.of()): Serve =>
  (peer) => {
    let request = ''
    peer.on('data', (data) => {
      request += String.fromCharCode(...data)
      if (!request.includes('\r\n\r\n')) return
      const [, text = ''] = /^GET \/dns-query\?dns=([\w-]+) HTTP/.exec(request) ?? []
      const query = latin1(atob(text.replaceAll('-', '+').replaceAll('_', '/')))
      peer.write('HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\nConnection: close\r\n\r\n')
      peer.end(Uint8Array.from([...replyTo(query, reply), ...more]))
    })
  }

export const dns = (action: Partial<DnsAction> = {}): DnsAction => ({
  ...{ kind: 'dns', name: 'www.example.com.', type: 1, rcode: 0, via: 'tcp' },
  ...action,
})
const overHttp = (action: Partial<DnsAction> = {}) => dns({ via: http({ path: '/dns-query' }), ...action })

const overHttps =
  (action: Partial<DnsAction> = {}) =>
  (port: number): DnsAction =>
    dns({ via: httpsByName({ path: '/dns-query' })(port), ...action })

const late = (stage: string) => ({ late: stage })
const waiting = late('waiting for the reply')

export const DNS: Case[] = [
  { name: 'dns: an answer', serve: replies({ records: [A] }), action: dns(), want: up },
  { name: 'dns: in time', serve: replies({ records: [A] }), action: dns(), maxLatency: 1000, want: up },
  {
    name: 'dns: too slow',
    serve: (peer) =>
      onQuery(peer, (query) => setTimeout(() => peer.write(framed(replyTo(query, { records: [A] }))), 150)),
    action: dns(),
    maxLatency: 0.1,
    want: why(/^slow: answered after \d+ ms, expected at most 100 ms$/),
  },
  {
    name: 'dns: one of several answers',
    serve: replies({ records: [OTHER_A, A] }),
    action: dns({ answer: ['192.0.2.1'] }),
    want: up,
  },
  {
    name: 'dns: another answer',
    serve: replies({ records: [OTHER_A] }),
    action: dns({ answer: ['192.0.2.1'] }),
    want: why('192.0.2.1 is not in the answer, which has 192.0.2.9'),
  },
  {
    name: 'dns: a name in another case, compressed',
    // mX.www.example.com
    serve: replies({ records: [[15, 0, 10, 2, 0x6d, 0x58, 0xc0, 12]] }),
    action: dns({ type: 15, answer: ['10 mx.WWW.example.com.'] }),
    want: up,
  },
  {
    name: 'dns: the target of SRV in another case',
    serve: replies({ records: [[33, 0, 1, 0, 2, 0x13, 0xc4, 1, 0x58, 0]] }),
    action: dns({ type: 33, answer: ['1 2 5060 x.'] }),
    want: up,
  },
  {
    name: 'dns: text in another case',
    serve: replies({ records: [[16, 1, 0x58]] }),
    action: dns({ type: 16, answer: ['"x"'] }),
    want: why('"x" is not in the answer, which has "X"'),
  },
  { name: 'dns: no answer', serve: replies({}), action: dns(), want: why('no A record in the answer') },
  {
    name: 'dns: an answer of another type',
    serve: replies({ records: [[16, 1, 0x78]] }),
    action: dns(),
    want: why('no A record in the answer'),
  },
  {
    name: 'dns: SERVFAIL',
    serve: replies({ rcode: 2 }),
    action: dns(),
    want: why('rcode SERVFAIL, expected NOERROR'),
  },
  { name: 'dns: NXDOMAIN, as expected', serve: replies({ rcode: 3 }), action: dns({ rcode: 3 }), want: up },
  {
    name: 'dns: refuses',
    serve: 'refuses',
    action: dns(),
    want: why('connect failed'),
    agent: why('connect failed: refused'),
  },
  { name: 'dns: silent', serve: silent, action: dns(), want: waiting },
  {
    name: 'dns: closes at once',
    serve: (peer) => onQuery(peer, () => peer.end()),
    action: dns(),
    want: why('closed before the reply'),
  },
  { name: 'dns: half a length', serve: sends((octets) => octets.subarray(0, 1)), action: dns(), want: waiting },
  { name: 'dns: half a frame', serve: sends((octets) => octets.subarray(0, 20)), action: dns(), want: waiting },
  {
    name: 'dns: half a frame, and closed',
    serve: sends((octets) => octets.subarray(0, 20), 'closes'),
    action: dns(),
    want: why('closed within the reply'),
  },
  {
    name: 'dns: an empty frame',
    serve: sends(() => Uint8Array.of(0, 0)),
    action: dns(),
    want: why('the reply is to another query'),
  },
  {
    name: 'dns: another ID',
    serve: sends((octets) => octets.with(2, (octets[2] ?? 0) ^ 1)),
    action: dns(),
    want: why('the reply is to another query'),
  },
  {
    name: 'dns: another question',
    serve: sends((octets) => octets.with(15, 0x78)),
    action: dns(),
    want: why('the reply is to another question'),
  },
  {
    name: 'dns: a query',
    serve: sends((octets) => octets.with(4, 0)),
    action: dns(),
    want: why('the reply is a query'),
  },
  {
    name: 'dns: truncated over TCP',
    serve: replies({ truncated: true }),
    action: dns(),
    want: why('the reply is truncated'),
  },
  {
    name: 'dns: fewer records than it says',
    serve: replies({ records: [A], count: 65_535 & 255 }),
    action: dns(),
    want: why('a record of the reply cannot be read'),
  },
  {
    name: 'dns: a name that points to itself',
    serve: sends((octets) => octets.with(2 + 12 + 17 + 4 + 1, 33)),
    action: dns(),
    want: why('a record of the reply cannot be read'),
  },
  {
    name: 'dns: a gigabyte',
    serve: (peer, ports) => onQuery(peer, () => floods('', '\xff')(peer, ports)),
    action: dns(),
    want: why('the reply is to another query'),
    reads: 400_000,
  },
  { name: 'dns over HTTP: an answer', serve: doh({ records: [A] }), action: overHttp(), want: up },
  {
    name: 'dns over HTTP: another answer',
    serve: doh({ records: [OTHER_A] }),
    action: overHttp({ answer: ['192.0.2.1'] }),
    want: why('192.0.2.1 is not in the answer, which has 192.0.2.9'),
  },
  {
    name: 'dns over HTTP: octets behind the message',
    serve: doh({ records: [A] }, Uint8Array.of(0)),
    action: overHttp(),
    want: why('octets follow the last record of the reply'),
  },
  ...(
    [
      ['an answer', { records: [A] }, up],
      ['another answer', { records: [OTHER_A] }, why('192.0.2.1 is not in the answer, which has 192.0.2.9')],
      ['REFUSED', { rcode: 5 }, why('rcode REFUSED, expected NOERROR')],
    ] as const
  ).map(([what, reply, want]) => ({
    ...{ name: `dns over HTTPS: ${what}`, serve: doh(reply), tls: 'valid' as const, host: 'localhost' },
    ...{ action: overHttps({ answer: ['192.0.2.1'] }), want },
  })),
  {
    name: 'dns over HTTPS: a gigabyte',
    serve: floods('HTTP/1.1 200 OK\r\n\r\n', 'a'),
    tls: 'valid',
    host: 'localhost',
    action: overHttps(),
    want: why('the body is longer than a DNS message'),
    reads: 400_000,
  },
  {
    name: 'dns over HTTPS: an expired certificate',
    serve: doh({ records: [A] }),
    tls: 'expired',
    host: 'localhost',
    action: overHttps(),
    want: why(/^TLS( or HTTP)? failed/),
  },
  {
    name: 'dns over HTTP: another status',
    serve: (peer) => peer.on('data', () => peer.end('HTTP/1.1 503 Busy\r\n\r\n')),
    action: overHttp(),
    want: why('status 503, expected 200'),
  },
  {
    name: 'dns over HTTP: a page',
    serve: (peer) => peer.on('data', () => peer.end('HTTP/1.1 200 OK\r\n\r\n<!doctype html>')),
    action: overHttp(),
    want: why(/^the reply is /),
  },
  {
    name: 'dns over HTTP: a gigabyte',
    serve: floods('HTTP/1.1 200 OK\r\n\r\n', 'a'),
    action: overHttp(),
    want: why('the body is longer than a DNS message'),
    reads: 400_000,
  },
  {
    name: 'dns over HTTP: no body, and no end',
    serve: (peer) => peer.on('data', () => peer.write('HTTP/1.1 200 OK\r\n\r\n')),
    action: overHttp(),
    want: late('reading the body'),
  },
]
