import { DNS, dns } from './dns-cases.ts'
import { HOSTILE } from './hostile-cases.ts'
import {
  body,
  type Case,
  connectFailed,
  drips,
  echo,
  floods,
  follow,
  http,
  httpsByName,
  late,
  OK,
  redirects,
  says,
  saysAndStays,
  silent,
  tcp,
  up,
  why,
} from './peers.ts'
import { TLS } from './tls-cases.ts'

const TCP: Case[] = [
  { name: 'tcp: accepts', serve: silent, action: tcp(), want: up },
  { name: 'tcp: refuses', serve: 'refuses', action: tcp(), ...connectFailed },
  { name: 'tcp: a black hole', serve: 'full', action: tcp(), want: late('connecting'), lingers: true },
  { name: 'tcp: a name', serve: silent, host: 'localhost', action: tcp(), want: up },
  {
    name: 'tcp: a name that is none',
    serve: silent,
    host: 'no-such-host.invalid',
    action: tcp(),
    want: why('connect failed'),
    agent: why(/^connect failed: (no such name|the name cannot be looked up)$/),
  },
  {
    name: 'tcp: a banner',
    serve: (peer) => peer.write('220 mail\r\n'),
    action: tcp({ expect: { contains: '220' } }),
    want: up,
  },
  {
    name: 'tcp: a banner in pieces',
    serve: drips('2', '2', 20),
    action: tcp({ expect: { contains: '2222' } }),
    want: up,
  },
  {
    name: 'tcp: a banner by pattern, and then silence',
    serve: (peer) => peer.write('220 mail ESMTP\r\n'),
    action: tcp({ expect: { matches: '^220 .*ESMTP' } }),
    want: up,
  },
  {
    name: 'tcp: said and answered',
    serve: (peer) => peer.on('data', (data) => peer.write(data.length === 7 ? '+PONG é\r\n' : 'what?')),
    action: tcp({ send: 'PIÑG\r\n', expect: { contains: 'PONG é' } }),
    want: up,
  },
  { name: 'tcp: said to one who hangs up', serve: (peer) => peer.end(), action: tcp({ send: 'x' }), want: up },
  {
    name: 'tcp: another banner, and then silence',
    serve: (peer) => peer.write('421 busy\r\n'),
    action: tcp({ expect: { contains: '220' } }),
    want: late('waiting for "220"'),
  },
  {
    name: 'tcp: another banner, and closed',
    serve: (peer) => peer.end('421 busy\r\n'),
    action: tcp({ expect: { matches: '^220' } }),
    want: why('closed before /^220/'),
  },
  {
    name: 'tcp: never says a word',
    serve: silent,
    action: tcp({ expect: { contains: '220' } }),
    want: late('waiting for "220"'),
  },
  {
    name: 'tcp: reset',
    serve: (peer) => peer.on('data', () => peer.resetAndDestroy()),
    action: tcp({ send: 'x', expect: { contains: '220' } }),
    want: why('connection lost before "220"'),
  },
  {
    name: 'tcp: a gigabyte without the text',
    serve: floods('', 'a'),
    action: tcp({ expect: { contains: '220' } }),
    want: why('"220" is not in the first 65536 octets'),
  },
  {
    name: 'tcp: a gigabyte without the pattern',
    serve: floods('', 'ab'),
    action: tcp({ expect: { matches: '(a|b)*c$' } }),
    want: why('/(a|b)*c$/ is not in the first 65536 octets'),
  },
  {
    name: 'tcp: what lies behind the limit does not count',
    serve: floods('a'.repeat(65_534), '220'),
    action: tcp({ expect: { contains: '220' } }),
    want: why('"220" is not in the first 65536 octets'),
  },
  {
    name: 'tcp: half open, with the text',
    serve: (peer) => peer.end('220'),
    halfOpen: true,
    action: tcp({ expect: { contains: '220' } }),
    want: up,
  },
  {
    name: 'tcp: a long text with control characters, told in short',
    serve: (peer) => peer.end(),
    action: tcp({ expect: { contains: '\u0007\u202ehealth\n'.repeat(20) } }),
    want: why('closed before "??health???health???hea…"'),
  },
]

const HTTP: Case[] = [
  { name: 'http: 200', serve: says(`${OK}\r\nok`), action: http(), want: up },
  { name: 'http: 200 from one who never closes', serve: saysAndStays(`${OK}\r\nok`), action: http({ body }), want: up },
  {
    name: 'http: the request',
    serve: echo,
    action: http({
      body: {
        contains: [
          'GET /health HTTP/1.1',
          'Host: www.example.com',
          'Accept: */*',
          'Connection: close',
          'x_y: 1',
          'user-agent: me',
          '',
          '',
        ].join('\r\n'),
      },
      headers: { x_y: '1', 'user-agent': 'me' },
    }),
    want: up,
  },
  {
    name: 'http: a given Host replaces ours',
    serve: echo,
    action: http({
      body: { matches: '(?s)^GET /health HTTP/1.1\r\nHost: x.test\r\nUser-Agent: [^H]*$' },
      headers: { host: 'x.test' },
    }),
    want: up,
  },
  {
    name: 'http: a header name that would break the request',
    serve: echo,
    action: http({ headers: { 'a: b\r\nc': '1' } }),
    want: { notRun: 'a header has a name that HTTP does not allow' },
  },
  { name: 'http: 503', serve: says('HTTP/1.1 503 No\r\n\r\n'), action: http(), want: why('status 503, expected 200') },
  {
    name: 'http: 503 is expected',
    serve: says('HTTP/1.1 503 No\r\n\r\n'),
    action: http({ status: [[200, 299], [503, 503]] }), // biome-ignore format: a range a line is too much
    want: up,
  },
  {
    name: 'http: status 999',
    serve: says('HTTP/1.1 999 ?\r\n\r\n'),
    action: http({ status: [[200, 299], [301, 301]] }), // biome-ignore format: see above
    want: why('status 999, expected 200-299, 301'),
  },
  {
    name: 'http: status 000',
    serve: says('HTTP/1.1 000\r\n\r\n'),
    action: http(),
    want: why('status 0, expected 200'),
  },
  { name: 'http: HTTP/1.0', serve: says('HTTP/1.0 200 OK\r\n\r\nok'), action: http({ body }), want: up },
  { name: 'http: line feeds alone', serve: says('HTTP/1.1 200 OK\n\nok'), action: http({ body }), want: up },
  {
    name: 'http: interim replies',
    serve: says(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: </x>\r\n\r\n${OK}\r\nok`),
    action: http({ body }),
    want: up,
  },
  {
    name: 'http: an interim reply alone',
    serve: says('HTTP/1.1 100 Continue\r\n\r\n'),
    action: http(),
    want: why('closed before a status'),
  },
  {
    name: 'http: 101 is final',
    serve: saysAndStays('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\0\0'),
    action: http(),
    want: why('status 101, expected 200'),
  },
  {
    name: 'http: HEAD has no body',
    serve: saysAndStays(`${OK}Content-Length: 100\r\n\r\n`),
    action: http({ method: 'HEAD', body }),
    want: why('"ok" is not in the body'),
  },
  {
    name: 'http: 204 has no body',
    serve: saysAndStays('HTTP/1.1 204 No\r\nContent-Length: 100\r\n\r\n'),
    action: http({ status: [[204, 204]], body: { matches: '^$' } }),
    want: up,
  },
  {
    name: 'http: POST',
    serve: echo,
    action: http({ method: 'POST', body: { contains: 'Content-Length: 0\r\n' } }),
    want: up,
  },
  {
    name: 'http: a counted body',
    serve: saysAndStays(`${OK}Content-Length: 2\r\n\r\nok and more that is not of it`),
    action: http({ body: { matches: '^ok$' } }),
    want: up,
  },
  {
    name: 'http: a chunked body',
    serve: saysAndStays(`${OK}Transfer-Encoding: chunked\r\n\r\n1;x=y\r\no\r\n1\r\nk\r\n0\r\nT: 1\r\n\r\n`),
    action: http({ body: { matches: '^ok$' } }),
    want: up,
  },
  {
    name: 'http: no such text',
    serve: says(`${OK}Content-Length: 4\r\n\r\ndown`),
    action: http({ body }),
    want: why('"ok" is not in the body'),
  },
  {
    name: 'http: no such pattern',
    serve: says(`${OK}\r\ndown`),
    action: http({ body: { matches: '^(ok|up)$' } }),
    want: why('/^(ok|up)$/ does not match the body'),
  },
  {
    name: 'http: the text lies behind what is read',
    serve: says(`${OK}\r\n${'a'.repeat(4095)}ok`),
    action: http({ body, bytes: 4096 }),
    want: why('"ok" is not in the first 4096 octets of the body'),
  },
  {
    name: 'http: nothing of the body is read',
    serve: saysAndStays(`${OK}\r\nok`),
    action: http({ body, bytes: 0 }),
    want: why('"ok" is not in the first 0 octets of the body'),
  },
  {
    name: 'http: a weight',
    serve: saysAndStays(`${OK}\r\n \t\n+42 and so on`),
    action: http({ weight: 'body' }),
    want: { ok: true, weight: 42 },
  },
  {
    name: 'http: weight 0',
    serve: says(`${OK}\r\n0`),
    action: http({ weight: 'body' }),
    want: { ok: true, weight: undefined },
  },
  {
    name: 'http: no weight',
    serve: says(`${OK}\r\nok`),
    action: http({ weight: 'body' }),
    want: { ok: true, weight: undefined },
  },
  {
    name: 'http: a weight, and a text',
    serve: says(`${OK}Content-Length: 5\r\n\r\n7\r\nok`),
    action: http({ weight: 'body', body }),
    want: { ok: true, weight: 7 },
  },
  ...[
    ['at its start', ' 71.5\nrequests', 'body', 71.5] as const,
    ['0', '0', 'body', 0] as const,
    ['that is none', 'ok', 'body', undefined] as const,
    ['below 0', '-1', 'body', undefined] as const,
    ['like a version', '1.2.3', 'body', undefined] as const,
    ['in JSON', '{"a":{"load":{"current":0.71}}}', { json: 'a.load.current' }, 0.71] as const,
    ['in a list of JSON', '[{"load":3}]', { json: '0.load' }, 3] as const,
    ['as a text of JSON', '{"load":"71"}', { json: 'load' }, 71] as const,
    ['that JSON lacks', '{"load":{}}', { json: 'load.current' }, undefined] as const,
    ['that JSON inherits', '{}', { json: 'constructor.length' }, undefined] as const,
    ['in what is not JSON', '{"load":71', { json: 'load' }, undefined] as const,
    ['of another kind', '{"load":true}', { json: 'load' }, undefined] as const,
  ].map(
    ([what, text, load, found]): Case => ({
      name: `http: a load ${what}`,
      serve: says(`${OK}Content-Length: ${text.length}\r\n\r\n${text}`),
      action: http({ load }),
      want: { ok: true, load: found },
    }),
  ),
  {
    name: 'http: a load behind the octets that are read is none',
    serve: saysAndStays(`${OK}\r\n{"load":71}`),
    action: http({ load: { json: 'load' }, bytes: 10 }),
    want: { ok: true, load: undefined },
  },
  {
    name: 'http: a load, a weight and a text',
    serve: says(`${OK}\r\n7 and so on\nok`),
    action: http({ weight: 'body', load: 'body', body }),
    want: { ok: true, weight: 7, load: 7 },
  },
  {
    name: 'http: half open, answers',
    serve: says(`${OK}\r\nok`),
    halfOpen: true,
    action: http({ body: { matches: 'ok$' } }),
    want: up,
  },
]

const REDIRECTS: Case[] = [
  {
    name: 'redirect: refused',
    serve: redirects(() => '/there'),
    action: http({ path: '/' }),
    want: why('status 302, expected 200'),
  },
  {
    name: 'redirect: refused, and 302 expected',
    serve: redirects(() => '/there'),
    action: http({ path: '/', status: [[300, 399]] }),
    want: up,
  },
  {
    name: 'redirect: relative, to the same address',
    serve: redirects(() => '/there'),
    // Without the port: the same host on port 80 is not this server.
    action: (port) =>
      http({ ...follow, host: `www.example.com:${port}`, body: { matches: '^GET www.example.com:\\d+$' } }),
    want: up,
  },
  {
    name: 'redirect: absolute, to the same name',
    serve: redirects(({ port }) => `http://WWW.example.com.:${port}/there`),
    action: http({ ...follow, body: { contains: 'GET www.example.com' } }),
    want: up,
  },
  {
    name: 'redirect: to another host',
    serve: redirects(({ port }) => `http://localhost:${port}/there`),
    action: http({ ...follow, body: { contains: 'GET localhost:' } }),
    want: up,
  },
  {
    name: 'redirect: 303 after POST',
    serve: redirects(() => '/there', 303),
    action: (port) => http({ ...follow, method: 'POST', host: `a.test:${port}`, body: { contains: 'GET' } }),
    want: up,
  },
  {
    name: 'redirect: 307 after POST',
    serve: redirects(() => '/there', 307),
    action: (port) => http({ ...follow, method: 'POST', host: `a.test:${port}`, body: { contains: 'POST' } }),
    want: up,
  },
  {
    name: 'redirect: to HTTPS by name',
    serve: redirects(({ secure }) => `https://localhost:${secure}/`),
    action: http({ ...follow, body }),
    want: up,
  },
  {
    name: 'redirect: to HTTPS at the same address',
    serve: redirects(({ secure }) => `https://probe.test:${secure}/`),
    action: http({ ...follow, host: 'probe.test', body }),
    want: up,
  },
  {
    name: 'redirect: to HTTPS where no name verifies the certificate',
    serve: redirects(({ secure }) => `https://127.0.0.1:${secure}/`),
    action: http({ ...follow, body }),
    want: { notRun: /^redirected to a URL that cannot be probed: there is no name to verify the certi…$/ },
    agent: why('TLS failed: the certificate is for another name'),
  },
  {
    name: 'redirect: in a loop',
    serve: redirects((_, path) => (path === '/a' ? '/' : '/a')),
    action: (port) => http({ ...follow, host: `a.test:${port}` }),
    want: why('redirected in a loop'),
  },
  {
    name: 'redirect: ever on',
    serve: redirects((_, path) => `${path}x`),
    action: (port) => http({ ...follow, host: `a.test:${port}` }),
    want: why('redirected more than 5 times'),
  },
  {
    name: 'redirect: to no URL',
    serve: redirects(() => 'http://[/'),
    action: http(follow),
    want: why('the redirect does not lead to a valid URL'),
  },
  {
    name: 'redirect: to no HTTP',
    serve: redirects(() => 'ftp://localhost/'),
    action: http(follow),
    want: why('redirected to a URL that is not HTTP'),
  },
  {
    name: 'redirect: to nowhere',
    serve: says('HTTP/1.1 302 Found\r\n\r\n'),
    action: http(follow),
    want: why('status 302, expected 200'),
  },
]

const NONE: Case[] = [
  {
    name: 'push: is not probed',
    serve: 'refuses',
    action: { kind: 'push', check: 'example.com/app' },
    want: { notRun: 'a push check is not probed: the application reports it' },
  },
  ...(['icmp', 'exec', 'udp', 'grpc'] as const).map((kind) => ({
    name: `${kind}: is for agents`,
    serve: 'refuses' as const,
    action: { kind } as Case['action'],
    want: { notRun: new RegExp(`^a Worker cannot make checks of kind ${kind}; expected an agent`) },
    agent: { notRun: `only an agent makes checks of kind ${kind}` },
  })),
  {
    name: 'dns by UDP: is for agents',
    serve: 'refuses',
    action: dns({ via: 'udp' }),
    want: { notRun: /^a Worker has no UDP; expected another "transport", or an agent/ },
    agent: { notRun: 'there is no UDP here; expected an agent' },
  },
  {
    name: 'a kind of later versions',
    serve: 'refuses',
    action: { kind: 'pigeon' } as never,
    want: { notRun: 'no check of kind "pigeon" is known here; expected a newer agent' },
  },
]

const LATENCY: Case[] = [
  { name: 'latency: tcp in time', serve: silent, action: tcp(), maxLatency: 1000, want: up },
  {
    name: 'latency: a banner that is late',
    serve: (peer) => setTimeout(() => peer.write('220'), 150),
    action: tcp({ expect: { contains: '220' } }),
    maxLatency: 0.1,
    want: why(/^slow: answered after \d+ ms, expected at most 100 ms$/),
  },
  {
    name: 'latency: another banner, which is no success anyway',
    serve: (peer) => setTimeout(() => peer.end('421'), 150),
    action: tcp({ expect: { contains: '220' } }),
    maxLatency: 0.1,
    want: why('closed before "220"'),
  },
  {
    name: 'latency: a page that is late',
    serve: (peer) => peer.on('data', () => setTimeout(() => peer.end(`${OK}\r\nok`), 150)),
    action: http({ body }),
    maxLatency: 0.1,
    want: why(/^slow: answered after \d+ ms, expected at most 100 ms$/),
  },
  {
    name: 'latency: a page by TLS in time',
    serve: says(`${OK}\r\nok`),
    tls: 'valid',
    host: 'localhost',
    action: httpsByName({ body }),
    maxLatency: 1000,
    want: up,
  },
  {
    name: 'latency: a page by TLS that is late',
    serve: (peer) => peer.on('data', () => setTimeout(() => peer.end(`${OK}\r\nok`), 150)),
    tls: 'valid',
    host: 'localhost',
    action: httpsByName({ body }),
    maxLatency: 0.1,
    want: why(/^slow: answered after \d+ ms, expected at most 100 ms$/),
  },
]

/**
 * Servers that answer, and servers that do their worst, with what a probe has to make of each. The same table runs in
 * Node (test/unit/probe/probe.test.ts) and in workerd (test/worker/probe.test.ts); each row has a server of its own.
 */
export const CASES: readonly Case[] = [...TCP, ...HTTP, ...HOSTILE, ...REDIRECTS, ...TLS, ...DNS, ...LATENCY, ...NONE]
