import { describe, expect, test } from 'vitest'
import { dohServerAt } from '../../../src/landing/doh-server.ts'
import { type OtherNames, tellOtherNames } from '../../../src/landing/other-names.ts'
import { type LandingPage, landingPage } from '../../../src/landing/page.tsx'
import { must } from '../must.ts'
import { decodeStamp } from './decode-stamp.ts'

const PAGE: LandingPage = {
  endpoint: must(dohServerAt('https://dns.example.net/', '/dns-query')),
  otherNames: { kind: 'refused' },
  question: { name: 'example.net', type: 'SOA' },
}

/** Returns the text of an element without its tags, as a browser shows it. */
function textOf(html: string, id: string): string {
  const [, inner = ''] = new RegExp(` id="${id}"[^>]*>(.*?)</code>`, 's').exec(html) ?? []
  const plain = inner.replace(/<[^>]*>/g, '')
  const characters: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', amp: '&', '#39': "'" }
  return plain.replace(/&(lt|gt|quot|amp|#39);/g, (_, name) => characters[name] as string)
}

describe('the lines to copy', () => {
  const html = landingPage(PAGE)
  const url = 'https://dns.example.net/dns-query'

  test.each([
    ['endpoint-url', url],
    ['firefox-url', url],
    ['firefox-prefs', `user_pref("network.trr.mode", 3);\nuser_pref("network.trr.uri", "${url}");`],
    ['chrome-template', `${url}{?dns}`],
    ['curl-json', `curl -s -H 'Accept: application/dns-json' '${url}?name=example.net&type=SOA'`],
    ['curl-doh', `curl --doh-url '${url}' https://example.net/`],
    ['kdig', 'kdig @dns.example.net +https=/dns-query example.net SOA'],
  ])('%s', (id, text) => {
    expect(textOf(html, id)).toBe(text)
  })

  test('the policy of Chrome is JSON', () => {
    expect(JSON.parse(textOf(html, 'chrome-policy'))).toEqual({
      ...{ DnsOverHttpsMode: 'secure', DnsOverHttpsTemplates: `${url}{?dns}` },
    })
  })

  test('PowerShell is given the URL and an address of the host', () => {
    const text = textOf(html, 'windows-powershell')
    expect(text).toContain("Resolve-DnsName 'dns.example.net' -Type A")
    expect(text).toContain(`-DohTemplate '${url}'`)
  })

  test('the stamp is the same alone and in the file of dnscrypt-proxy', () => {
    const stamp = textOf(html, 'linux-stamp')
    expect(decodeStamp(stamp)).toMatchObject({ host: 'dns.example.net', path: '/dns-query' })
    expect(textOf(html, 'linux-dnscrypt')).toBe(
      `server_names = ['edge-gslb']\n\n[static.'edge-gslb']\nstamp = '${stamp}'`,
    )
  })

  test('the URL is the whole text of one element, and the profile is linked', () => {
    expect(html).toMatch(new RegExp(`<code id="endpoint-url"[^>]*>${url}</code>`))
    expect(html).toContain('href="/dns-query.mobileconfig"')
  })

  test('a port is there where clients want it', () => {
    const other = landingPage({ ...PAGE, endpoint: must(dohServerAt('https://dns.example.net:8443/', '/q')) })
    expect(textOf(other, 'kdig')).toBe('kdig @dns.example.net -p 8443 +https=/q example.net SOA')
    expect(decodeStamp(textOf(other, 'linux-stamp')).host).toBe('dns.example.net:8443')
  })
})

test('markup in a name is text, and ends no quoted word of a shell', () => {
  const name = `<img src=x onerror=alert(1)>"'&.example`
  const html = landingPage({ ...PAGE, question: { name, type: 'A' } })
  expect(html).not.toContain('<img')
  expect(textOf(html, 'kdig')).toBe(
    `kdig @dns.example.net +https=/dns-query '<img src=x onerror=alert(1)>"'\\''&.example' A`,
  )
  expect(textOf(html, 'curl-json')).toContain('?name=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%22%27%26.example&type=A')
  expect(textOf(html, 'curl-doh')).toContain('https://example.com/')
})

test('no code and no style stand in the page, and nothing comes from elsewhere', () => {
  const html = landingPage(PAGE)
  expect(html).not.toMatch(/<style|style="| on[a-z]+="|javascript:/)
  expect(html.match(/<script[^>]*>/g)).toEqual([
    expect.stringMatching(/^<script type="module" src="\/static\/landing-[0-9a-f]+\.js">$/),
  ])
  expect(html.match(/(?:src|href)="(?!#)[^"/]/g)).toEqual(['href="h'])
})

test('the longest host and path have a stamp', () => {
  const host = `${'a.'.repeat(124)}a:65535`
  const html = landingPage({ ...PAGE, endpoint: must(dohServerAt(`https://${host}/`, `/${'p'.repeat(99)}`)) })
  expect(decodeStamp(textOf(html, 'linux-stamp'))).toMatchObject({ host, path: `/${'p'.repeat(99)}` })
})

test('a page on loopback says that other clients want https', () => {
  expect(landingPage(PAGE)).not.toContain('without TLS')
  expect(landingPage({ ...PAGE, endpoint: must(dohServerAt('http://127.0.0.1:8787/', '/q')) })).toContain('without TLS')
})

test.each<[OtherNames, RegExp, RegExp | undefined]>([
  [{ kind: 'refused' }, /are refused\. A device .* nothing else/, /forwarded/],
  [{ kind: 'forwarded' }, /are forwarded to other resolvers/, /refused/],
  [
    { kind: 'limited', networks: undefined, tokens: true },
    /for clients with a token, .*Without a token: A device/,
    /network/,
  ],
  [
    { kind: 'limited', networks: 'yours', tokens: false },
    /clients from some networks, .*Your network is one of them/,
    /token|not one/,
  ],
  [{ kind: 'limited', networks: 'not yours', tokens: false }, /Your network is not one of them\. A device/, /token/],
  [
    { kind: 'limited', networks: 'not yours', tokens: true },
    /from some networks or with a token, .*is not one of them\. Without a token: A device/,
    undefined,
  ],
])('the page tells whose other names are forwarded: %j', (names, told, untold) => {
  expect(tellOtherNames(names)).toMatch(told)
  if (untold) expect(tellOtherNames(names)).not.toMatch(untold)
  expect(landingPage({ ...PAGE, otherNames: names })).toContain(tellOtherNames(names))
})
