import fc from 'fast-check'
import { formatAddress } from '../../../src/net/index.ts'

/** Calls of health functions, as people write them: every option, every shape that folds. */

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const ipv4 = fc.oneof(
  fc.constantFrom('192.0.2.1', '192.0.2.2'),
  octets(4).map((bytes) => formatAddress({ family: 1, bytes })),
)
const ipv6 = fc.oneof(
  fc.constantFrom('2001:db8::1', '2001:DB8::2', '2001:db8:0:0::3'),
  octets(16).map((bytes) => formatAddress({ family: 2, bytes })),
)
const port = fc.oneof(fc.constantFrom(443, 80), fc.integer({ min: 1, max: 65_535 }))
const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replaceAll('"', '\\034')}'`
const table = (items: readonly string[]): string => `{${items.join(', ')}}`

const ADDRESS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  A: ipv4,
  AAAA: ipv6,
  TXT: fc.oneof(ipv4, ipv6),
  CNAME: ipv4,
}
export const HEALTH_TYPES = Object.keys(ADDRESS)

/** With a port of its own now and then, which counts for ifportup alone. */
const address = (type: string): fc.Arbitrary<string> =>
  fc
    .tuple(ADDRESS[type] as fc.Arbitrary<string>, fc.option(port, { freq: 3 }), fc.boolean())
    .map(([text, own, bracketed]) => {
      const host = text.includes(':') && (bracketed || own !== null) ? `[${text}]` : text
      return own === null ? host : `${host}:${own}`
    })

const url = fc
  .tuple(
    fc.constantFrom('http', 'https', 'HTTP'),
    fc.constantFrom('a.example', 'WWW.Example.com', '192.0.2.9', '[2001:db8::9]', 'b_c.example'),
    fc.option(fc.oneof(fc.constantFrom(80, 443), port)),
    fc.constantFrom('', '/', '/health?full=1&x=', '/a%20b/ü', '/a b', "/it's", '/../x/./y', '/?q'),
  )
  .map(([scheme, host, own, path]) => `${scheme}://${host}${own === null ? '' : `:${own}`}${path}`)

const text = fc.oneof(fc.constantFrom('all is well', "it's", 'a"b', '\\d', 'grün'), fc.string({ maxLength: 8 }))
/** Values may be texts or numbers. */
const number = (least: number, most: number) =>
  fc
    .tuple(fc.integer({ min: least, max: most }), fc.boolean())
    .map(([value, quoted]) => (quoted ? `'${value}'` : `${value}`))
const word = (...words: readonly string[]) => fc.constantFrom(...words).map(literal)

const SELECTORS = ['random', 'all', 'hashed', 'pickclosest', 'empty', 'best'] as const
/** Selectors that answer with one record. */
const ONE = ['random', 'hashed', 'pickclosest'] as const

const PROBING = {
  interval: number(1, 86_400),
  timeout: number(1, 30),
  minimumFailures: number(1, 9),
  failOnIncompleteCheck: word('true', 'false', 'maybe'),
  source: word('192.0.2.9'),
  initially: word('up', 'down'),
  from: word('cron', 'weur, agent-1', 'agent-1,agent-2,cron'),
  quorum: fc.oneof(word('any', 'majority', 'all'), number(1, 1)),
  rise: number(1, 5),
  Unknown: word('x'),
}
const HTTP = {
  httpcode: number(200, 599),
  stringmatch: text.map(literal),
  useragent: word('x/1', 'PowerDNS Authoritative Server', 'edge-gslb', ''),
  byteslimit: number(0, 2_000_000),
  headers: fc.constantFrom(
    "{X_Probe='1'}",
    "{['X-Probe']='1', Accept=''}",
    '{}',
    `{['a"b'..'c']='x'}`.replace('a"b', 'ab'),
  ),
}

const options = (more: Readonly<Record<string, fc.Arbitrary<string>>>, selectors: readonly string[]) => {
  const all = {
    ...PROBING,
    ...more,
    ...(selectors.length > 0 && { selector: word(...selectors), backupSelector: word(...selectors) }),
  }
  return fc.oneof(
    fc.constantFrom('', ', {}', ', nil'),
    fc
      .record(all, { requiredKeys: [] })
      .chain((chosen) => fc.shuffledSubarray(Object.entries(chosen), { minLength: Object.keys(chosen).length }))
      .map((chosen) => `, ${table(chosen.map(([name, value]) => `${name}=${value}`))}`),
  )
}

const list = (item: fc.Arbitrary<string>) => fc.array(item, { minLength: 1, maxLength: 3 }).map(table)
/** A list, or lists, some of which may be empty. */
const groups = (type: string) => {
  const own = list(address(type).map(literal))
  return fc.oneof(
    own,
    fc
      .tuple(
        own,
        fc.array(fc.oneof({ weight: 3, arbitrary: own }, { weight: 1, arbitrary: fc.constantFrom('{}', 'nil') }), {
          maxLength: 3,
        }),
        fc.boolean(),
      )
      .map(([first, more, isLast]) => table(isLast ? [...more, first] : [first, ...more])),
  )
}
const urls = (type: string) => {
  const own = fc
    .uniqueArray(fc.tuple(address(type), url), { minLength: 1, maxLength: 3, selector: ([key]) => key })
    .map((entries) => table(entries.map(([key, value]) => `[${literal(key)}]=${literal(value)}`)))
  return fc.array(own, { minLength: 1, maxLength: 3 }).map(table)
}

const calls = (type: string, selectors: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.tuple(port, groups(type), options({}, selectors)).map(([own, all, given]) => `ifportup(${own}, ${all}${given})`),
    fc
      .tuple(url, groups(type), options(HTTP, selectors))
      .map(([own, all, given]) => `ifurlup(${literal(own)}, ${all}${given})`),
    fc.tuple(urls(type), options(HTTP, selectors)).map(([all, given]) => `ifurlextup(${all}${given})`),
  )

/** A list of records; one record, in the place of a list; one record as a text. */
export const healthCode = (type: string) => {
  const one = calls(type, ONE)
  const self = fc
    .tuple(url, list(address(type).map(literal)), options(HTTP, []))
    .map(([own, all, given]) => `pickselfweighted(${literal(own)}, ${all}${given})`)
  return {
    any: fc.oneof(calls(type, SELECTORS), self),
    oneAsList: one,
    one: fc.oneof(
      one.map((code) => `pickrandom(${code})`),
      one.map((code) => `pickhashed(${code})`),
      self,
    ),
  }
}
