import { afterAll, beforeAll, expect, test } from 'vitest'
import { run, until } from './processes.ts'
import { type Front, type Server, startFront, startServer } from './server.ts'
import { needs, PYTHON, pathOf } from './tools.ts'
import { startUnbound, type Unbound } from './unbound.ts'

const SOA = { mname: 'ns', rname: 'hostmaster', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 }
const records = { '@': { NS: 'ns' }, ns: { A: '192.0.2.53' }, www: { A: '192.0.2.1' }, loop: { A: '127.0.0.1' } }
const documentOf = (origin: string, more: object = {}) =>
  JSON.stringify({ origin, ttl: 60, soa: SOA, records, ...more })

const API_KEY = 'a-key-for-the-tests-of-access'
const PATH = '/dns/home'

needs(
  'unbound',
  'nghttpx',
  'openssl',
  'kdig',
  'curl',
  'dnspython',
)('the endpoint for clients with a token', () => {
  let unbound: Unbound
  let server: Server
  let front: Front
  let token: string
  let id: string

  beforeAll(async () => {
    unbound = await startUnbound()
    const files = {
      'open.example.json': documentOf('open.example'),
      'house.example.json': documentOf('house.example', { access: { token: true } }),
    }
    const settings = { DOH_PATH: PATH, DOH_NAME: 'dns.open.example', UPSTREAMS: unbound.url, FORWARD_TO: 'token' }
    server = await startServer(files, API_KEY, settings)
    front = await startFront(server.port)
    const created = await api('POST', '/api/v1/keys', JSON.stringify({ name: 'phone', scopes: ['resolve'] }))
    ;({ id, secret: token } = JSON.parse(created.text))
  })
  afterAll(async () => {
    await front?.stop()
    await server?.stop()
    await unbound?.stop()
  })

  async function api(method: 'POST' | 'DELETE', path: string, body?: string) {
    const response = await fetch(server.url + path, {
      method,
      headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body }),
    })
    return { status: response.status, text: await response.text() }
  }

  const kdig = async (path: string, ...query: string[]): Promise<string> => {
    const tls = [`+tls-ca=${front.certificate}`, '+tls-hostname=localhost', `+https=${path}`]
    const { stdout, stderr } = await run(pathOf('kdig') ?? 'kdig', [
      '@127.0.0.1',
      '-p',
      String(front.port),
      ...tls,
      ...query,
    ])
    return stdout + stderr
  }

  test('npm start prints the URL of the endpoint', () => {
    expect(server.output()).toContain(`DNS over HTTPS at ${server.url}${PATH}\n`)
    expect(server.output()).toContain(`+https=${PATH} `)
  })

  test('kdig: other names for whoever has the token, and REFUSED for others', async () => {
    expect(await kdig(PATH, 'www.upstream.example', 'A')).toMatch(/status: REFUSED.*\n.*Flags: qr rd;/)
    for (const method of ['+https-get', '+nohttps-get']) {
      const text = await kdig(`${PATH}/${token}`, method, 'www.upstream.example', 'A')
      expect(text).toMatch(/status: NOERROR.*\n.*Flags: qr rd ra;/)
      expect(text).toContain('192.0.2.80')
    }
    expect(await kdig(`${PATH}/${token}`, 'www.open.example', 'A')).toContain('192.0.2.1')
  })

  test('kdig: a zone that is not for everybody', async () => {
    const refused = await kdig(PATH, 'www.house.example', 'A')
    expect(refused).toContain('status: REFUSED')
    expect(refused).toMatch(/EDE: 18 \(Prohibited\): 'the zone is not for this client'/)
    expect(await kdig(`${PATH}/${token}`, 'www.house.example', 'A')).toMatch(
      /www\.house\.example\.\s+60\s+IN\s+A\s+192\.0\.2\.1/,
    )
  })

  test('curl finds its hosts through the URL with the token, and not without', async () => {
    const curl = (path: string) =>
      run(pathOf('curl') ?? 'curl', [
        ...['--silent', '--show-error', '--doh-insecure', '--doh-url', `${front.url}${path}`, '--max-time', '30'],
        ...['--connect-timeout', '5', '--write-out', '%{remote_ip}', '--output', '/dev/null'],
        'http://loop.house.example:1/',
      ])
    const [wrong, right] = [await curl(`${PATH}/gslb_aaaaaaaa_${'a'.repeat(32)}`), await curl(`${PATH}/${token}`)]
    // 6: the name is not found. 7: it is, and nothing listens there.
    expect([wrong.status, right.status]).toEqual([6, 7])
  })

  test('the old path, and a wrong token, are 404', async () => {
    for (const path of ['/dns-query', `${PATH}/x`, `${PATH}/gslb_aaaaaaaa_${'a'.repeat(32)}`]) {
      const { status } = await fetch(`${server.url}${path}?name=www.open.example`)
      expect(status, path).toBe(404)
    }
  })

  test('dnspython and kdig read the record of the endpoint', async () => {
    const script = [
      'import dns.message, dns.query, sys',
      'q = dns.message.make_query("_dns.resolver.arpa", "SVCB")',
      'r = dns.query.https(q, sys.argv[1], path=sys.argv[2], port=int(sys.argv[3]), verify=sys.argv[4])',
      'print(r.answer[0][0].to_text())',
    ].join('\n')
    const { stdout, stderr } = await run(PYTHON, [
      '-c',
      script,
      '127.0.0.1',
      PATH,
      String(front.port),
      front.certificate,
    ])
    expect(stdout + stderr).toMatch(/^1 dns\.open\.example\. .*alpn="h2".*key7="\/dns\/home\{\?dns\}"/)
    expect(await kdig(PATH, '_dns.resolver.arpa', 'SVCB')).toMatch(
      /SVCB\s+1 dns\.open\.example\. alpn="?h2"? (key7|dohpath)="?\/dns\/home\{\?dns\}"?/,
    )
  })

  test('a token stands in no line that the server prints, and opens nothing after it was revoked', async () => {
    expect((await api('DELETE', `/api/v1/keys/${id}`)).status).toBe(204)
    const isGone = async () => (await fetch(`${server.url}${PATH}/${token}?name=www.open.example`)).status === 404
    await until('the token is revoked', isGone, 3000)
    expect(server.output()).not.toContain(token)
  })
})
