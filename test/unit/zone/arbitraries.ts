import fc from 'fast-check'
import { formatAddress } from '../../../src/net/index.ts'
import { HEALTH_TYPES, healthCode } from '../lua/health-arbitraries.ts'
import { hex } from '../support.ts'

/** Zones of every type, as people write them: RDATA, LUA records, owners. Everything here compiles. */

const u8 = fc.nat({ max: 255 })
const u16 = fc.nat({ max: 65_535 })
const u32 = fc.nat({ max: 4_294_967_295 })
const octets = (least: number, most = least) => fc.uint8Array({ minLength: least, maxLength: most })
const ipv4 = octets(4).map((bytes) => formatAddress({ family: 1, bytes }))
const ipv6 = octets(16).map((bytes) => formatAddress({ family: 2, bytes }))
const decimal = (octet: number): string => `\\${String(octet).padStart(3, '0')}`

/** Labels of any octets, some of them spelled as they are. */
const oddLabel = fc
  .array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...'abcXYZ019-_*+#!/') }, u8.map(decimal)), {
    minLength: 1,
    maxLength: 8,
  })
  .map((characters) => characters.join(''))
const plainName = fc.constantFrom('www', 'a.b', '@', '.', 'Host.Example.NET.', '_x._tcp.example.org.')
const name = fc.oneof(
  plainName,
  fc.tuple(oddLabel, plainName).map(([label, rest]) => (rest === '@' || rest === '.' ? label : `${label}.${rest}`)),
)
/** A quoted string of any octets. */
const quoted = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(..."ab ;,()='$@") },
      u8.map(decimal),
      fc.constantFrom('\\"', '\\\\'),
    ),
    {
      maxLength: 20,
    },
  )
  .map((characters) => `"${characters.join('')}"`)
const split = (text: string): string => (text.length > 4 ? `${text.slice(0, 4)} ${text.slice(4)}` : text)
const hexadecimal = octets(1, 40).map((bytes) => split(hex(bytes)))
const base64 = octets(1, 40).map((bytes) => split(Buffer.from(bytes).toString('base64')))
const algorithm = fc.oneof(u8.map(String), fc.constantFrom('RSASHA256', 'ed25519', 'ED448'))
const words = (...parts: readonly fc.Arbitrary<unknown>[]) => fc.tuple(...parts).map((all) => all.join(' '))
const digest = fc.oneof(
  octets(20).map((bytes) => `1 ${hex(bytes)}`),
  octets(32).map((bytes) => `2 ${hex(bytes).toUpperCase()}`),
  octets(3, 9).map((bytes) => `200 ${hex(bytes)}`),
)
const metres = fc.integer({ min: -10_000_000, max: 900_000_000 }).map((value) => `${(value / 100).toFixed(2)}m`)
const size = fc.integer({ min: 0, max: 90_000_000 }).map((value) => `${value}m`)
const angle = (most: number, sides: readonly string[]) =>
  words(
    fc.nat({ max: most }),
    fc.nat({ max: 59 }),
    fc.nat({ max: 59_999 }).map((value) => (value / 1000).toFixed(3)),
    fc.constantFrom(...sides),
  )

const alpnId = fc.constantFrom('h2', 'h3', 'http/1.1', 'a\\\\,b', 'x\\\\\\\\y', 'a b')
const hints = (address: fc.Arbitrary<string>) =>
  fc.array(address, { minLength: 1, maxLength: 3 }).map((all) => all.join(','))
const svcParams = fc
  .record(
    {
      alpn: fc.array(alpnId, { minLength: 1, maxLength: 3 }).map((ids) => `"${ids.join(',')}"`),
      port: u16.map(String),
      ipv4hint: hints(ipv4),
      ech: octets(1, 20).map((bytes) => Buffer.from(bytes).toString('base64')),
      ipv6hint: hints(ipv6),
      dohpath: fc.constantFrom('/dns-query{?dns}', '"/q{?dns}"'),
      key667: quoted,
      key8: fc.constant(''),
      key9: fc.constantFrom('\\000\\029', '"\\017\\236\\000\\023"'),
    },
    { requiredKeys: [] },
  )
  .chain((params) => {
    const keys = Object.keys(params)
    const more = fc.record({
      mandatory: keys.length > 0 ? fc.subarray(keys).map((some) => some.join(',')) : fc.constant(''),
      bare: fc.boolean(),
      order: fc.shuffledSubarray(keys, { minLength: keys.length }),
    })
    return more.map(({ mandatory, bare, order }) => [
      ...order.map((key) => (key === 'key8' ? key : `${key}=${params[key as keyof typeof params]}`)),
      ...(mandatory === '' ? [] : [`mandatory=${mandatory}`]),
      ...(bare && 'alpn' in params ? ['no-default-alpn'] : []),
    ])
  })
  .map((params) => params.join(' '))
const svcb = fc.oneof(
  name.map((target) => `0 ${target}`),
  words(fc.integer({ min: 1, max: 65_535 }), name, svcParams),
)

/** Data of each type that a zone may hold; of an unknown one too. */
export const RDATA: Readonly<Record<string, fc.Arbitrary<string>>> = {
  A: ipv4,
  AAAA: ipv6,
  NS: name,
  CNAME: name,
  PTR: name,
  MX: words(u16, name),
  TXT: fc.array(quoted, { minLength: 1, maxLength: 3 }).map((strings) => strings.join(' ')),
  SPF: quoted,
  SRV: words(u16, u16, u16, name),
  CAA: words(u8, fc.constantFrom('issue', 'ISSUEWILD', 'tbs1'), quoted),
  HINFO: words(quoted, quoted),
  RP: words(name, name),
  AFSDB: words(u16, name),
  LOC: fc.oneof(
    words(angle(89, ['N', 'S']), angle(179, ['E', 'W']), metres, size, size, size),
    words(angle(89, ['N', 'S']), angle(179, ['E', 'W']), metres),
    fc.constant('90 S 180 W 0'),
  ),
  NAPTR: words(
    u16,
    u16,
    fc.constantFrom('"u"', 'S', '""'),
    quoted,
    fc.constantFrom('""', '"!^.*$!sip:info@example.com!"', '"/^(.*)$/\\\\1/i"'),
    name,
  ),
  CERT: words(fc.oneof(u16.map(String), fc.constantFrom('PKIX', 'oid')), u16, algorithm, base64),
  DNAME: name,
  // Knot refuses a DS with a digest that it does not know.
  DS: words(
    u16,
    algorithm,
    digest.filter((text) => !text.startsWith('200 ')),
  ),
  CDS: words(u16, algorithm, digest),
  DNSKEY: words(u16, fc.constant(3), algorithm, base64),
  CDNSKEY: words(u16, fc.constant(3), algorithm, base64),
  SSHFP: words(u8, digest),
  TLSA: words(u8, u8, u8, hexadecimal),
  SMIMEA: words(u8, u8, u8, hexadecimal),
  OPENPGPKEY: base64,
  SVCB: svcb,
  HTTPS: svcb,
  URI: words(
    u16,
    u16,
    quoted.filter((text) => text !== '""'),
  ),
  ALIAS: name,
  TYPE65280: octets(0, 20).map((bytes) => `\\# ${bytes.length} ${hex(bytes)}`),
}

// --- LUA records -----------------------------------------------------------------------------------------------------

/** A literal, in one of the spellings of Lua. */
const literal = (text: string, spelling: number): string => {
  const octets = [...Buffer.from(text, 'latin1')]
  if (spelling === 0)
    return `'${octets.map((octet) => (octet === 39 || octet === 34 || octet === 92 || octet < 32 || octet > 126 ? decimal(octet) : String.fromCharCode(octet))).join('')}'`
  if (spelling === 1) return `'${octets.map(decimal).join('')}'`
  const middle = text.length >> 1
  return `(${literal(text.slice(0, middle), 0)} .. ${literal(text.slice(middle), 1)})`
}

const LUA_TEXT: Readonly<Record<string, fc.Arbitrary<string>>> = {
  A: ipv4,
  AAAA: ipv6,
  TXT: fc.oneof(
    fc.constantFrom('', 'plain', "it's", 'semi; (colon)', 'a\\" \\"b', 'one" "two', '\xc3\xa9', 'x'.repeat(700)),
    fc.array(u8, { maxLength: 12 }).map((all) => all.map(decimal).join('')),
  ),
  CNAME: fc.constantFrom('www.example.net', 'WWW.example.org.', 'a\\.b.example', '.'),
  MX: fc.constantFrom('10 mail.example.net', '0 .'),
  CAA: fc.constantFrom('0 issue "ca.example.net"', '128 iodef "mailto:a@b.example"'),
  HTTPS: fc.constantFrom('0 svc.example.net', '1 . port=53 alpn="h2,h3"'),
  TYPE65280: fc.constantFrom('\\# 2 ABCD', '\\# 0'),
}
export const LUA_TYPES = Object.keys(LUA_TEXT)

const NETWORK = fc.constantFrom(
  '10.0.0.0/8',
  '192.0.2.7',
  '0.0.0.0/0',
  '::/0',
  '2001:db8::/32',
  '10.1.2.3/16',
  '::ffff:10.0.0.0/104',
)
const weight = fc.oneof(fc.integer({ min: 1, max: 300 }).map(String), fc.constantFrom("'15'", '42.7'))

/** Code that gives one record, or any: nested calls of all functions. */
const code = (type: string): { one: fc.Arbitrary<string>; any: fc.Arbitrary<string> } => {
  const text = LUA_TEXT[type] as fc.Arbitrary<string>
  const health = HEALTH_TYPES.includes(type) ? healthCode(type) : undefined
  const word = fc.tuple(text, fc.nat({ max: 2 })).map(([value, spelling]) => literal(value, spelling))
  const table = (element: fc.Arbitrary<string>, least = 1) =>
    fc.array(element, { minLength: least, maxLength: 4 }).map((all) => `{${all.join(', ')}}`)
  const pairs = (element: fc.Arbitrary<string>) => table(fc.tuple(weight, element).map(([w, e]) => `{${w}, ${e}}`))
  const { one } = fc.letrec<{ one: string }>((tie) => ({
    one: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      word,
      ...(health ? [health.one] : []),
      table(tie('one')).map((list) => `pickrandom(${list})`),
      table(tie('one')).map((list) => `pickrandom(all(${list}))`),
      table(tie('one')).map((list) => `pickhashed${list}`),
      pairs(tie('one')).map((list) => `pickwrandom(${list})`),
      pairs(tie('one')).map((list) => `pickwhashed( ${list} )`),
      pairs(tie('one')).map((list) => `picknamehashed(${list})`),
      pairs(word).map((list) => `pickchashed(${list})`),
      table(
        fc
          .tuple(
            table(
              NETWORK.map((network) => `'${network}'`),
              0,
            ),
            health ? fc.oneof({ weight: 3, arbitrary: table(tie('one')) }, health.oneAsList) : table(tie('one')),
          )
          .map(([masks, answers]) => `{${masks}, ${answers}}`),
      ).map((rules) => `view(${rules})`),
    ),
  }))
  const any = fc.oneof(
    one,
    table(one, 0),
    table(one).map((list) => `all(${list})`),
    fc.tuple(fc.integer({ min: -1, max: 5 }), table(one)).map(([n, list]) => `pickrandomsample(${n}, ${list})`),
    one.map((value) => `;return ${value}`),
    ...(health ? [health.any, health.any] : []),
  )
  return { one, any }
}

/** Names whose LUA records scripts include; `both` has records that answer too, and `nothing` has none at all. */
const INCLUDED = ['config', 'more.config', 'both', 'nothing']
const include = fc.constantFrom(...INCLUDED).map((name) => `include('${name}')`)

const CONDITION = fc.constantFrom(
  'tcp',
  "country('DE')",
  "continent({'EU', 'AF'})",
  "netmask({'10.0.0.0/8', '2001:db8::/32'})",
  'not dh:getRD()',
  "qname == newDN('x.example.com')",
  'bestwho:isIPv4() and asnum(64496)',
  'nobody ~= nil',
  "latlon() ~= '' or #qname:getRawLabels() % 2 == 1",
)

/** Code that runs for each query: expressions of it, and scripts around what may fold by itself. */
const script = (type: string): fc.Arbitrary<string> => {
  const { one, any } = code(type)
  const value = any.filter((text) => !text.startsWith(';'))
  const two = fc.tuple(CONDITION, one, one)
  return fc.oneof(
    two.map(([condition, yes, no]) => `${condition} and ${yes} or ${no}`),
    one.map((text) => `${text}..tostring(''):rep(0)`),
    fc
      .tuple(one, fc.integer({ min: 50, max: 400 }))
      .map(
        ([text, n]) => `;local long = '${'a\\034 \u00e4'.repeat(n)}'${' '.repeat(n)}return ${text} .. long:sub(1, 0)`,
      ),
    fc.tuple(include, value).map(([call, text]) => `;${call} return ${text}`),
    two.map(([condition, yes, no]) => `;if ${condition} then return ${yes} else  return(${no})end`),
    fc
      .tuple(CONDITION, include, value)
      .map(([condition, call, text]) => `;if ${condition} then ${call} end return ${text}`),
    value.map((text) => `;local given = ${text}; return given`),
    one.map(
      (text) =>
        `; local function pick(n, ...) for i = n, 1, -1 do if i == 1 then return ... end end end return pick(3, ${text})`,
    ),
    one.map((text) => `;local list = {} while #list < 2 do list[#list + 1] = ${text} end --[[ two ]] return list`),
    one.map((text) => `;local ok, it = pcall(function() return ${text} end) repeat until ok return it or ''`),
  )
}

/** Code that others include, of which some is broken, and some answers by itself. */
const includedLines = fc
  .record({
    config: fc.subarray([
      "US = {'192.0.2.1', '192.0.2.2'}",
      ";function up(list) return ifportup(443, {'192.0.2.9'}) end",
      "include('more.config')",
      'x = = 1',
      "servers = pickrandom({'192.0.2.3', '192.0.2.4'})",
    ]),
    more: fc.subarray(['MORE = 1 --[[ more ]]', ";include('config')", 'y = qname']),
    both: fc.shuffledSubarray([
      'LUA LUA "z = {}"',
      "LUA A \";if tcp then return '192.0.2.5' end return '192.0.2.6'\"",
      "LUA TXT \"country('DE') and 'a' or 'b'\"",
      'A 192.0.2.8',
      // Code that folds answers, too, and a script that includes it runs it.
      "LUA A \"pickrandom({ '192.0.2.1', '192.0.2.2' })\"",
      'LUA TXT "\'text\'"',
      "LUA AAAA \"all({'2001:db8::1', '2001:db8::2'})\"",
      'LUA LUA "\'text\'"',
    ]),
  })
  .map(({ config, more, both }) => [
    ...config.map((text) => `config LUA LUA "${text}"\n`),
    ...more.map((text) => `more.config LUA LUA "${text}"\n`),
    ...both.map((text) => `both ${text}\n`),
  ])

/** The code in one string, or cut into several anywhere but in an decimal. */
const inStrings = (text: string, at: number): string => {
  const tokens = text.match(/\\\d{3}|\\.|[^\\]/gs) ?? []
  const cut = at % (tokens.length + 1)
  const [head, tail] = [tokens.slice(0, cut).join(''), tokens.slice(cut).join('')]
  return at % 3 === 0 || head === ' ' || tail === ' ' ? `"${text}"` : `( "${head}"\n  "${tail}" )`
}

const lua = (type: string): fc.Arbitrary<string> => {
  const { one, any } = code(type)
  const folding = type === 'CNAME' ? one : any
  return fc
    .tuple(fc.oneof({ weight: 3, arbitrary: folding }, { weight: 2, arbitrary: script(type) }), fc.nat({ max: 5000 }))
    .map(([text, at]) => `LUA ${type} ${inStrings(text, at)}`)
}

// --- Zones -----------------------------------------------------------------------------------------------------------

const ttl = fc.constantFrom('', '', '60', '1h', '300', '0')

/** Lines after the owner: a TTL, a type and its data. */
const record = (type: string, withLua: boolean): fc.Arbitrary<string> => {
  const plain = (RDATA[type] as fc.Arbitrary<string>).map((text) => `${type} ${text}`)
  const body = withLua && type in LUA_TEXT ? fc.oneof(plain, lua(type), lua(type)) : plain
  return fc.tuple(ttl, fc.constantFrom('', 'IN'), body).map((parts) => parts.filter((part) => part !== '').join(' '))
}

const ALONE = ['CNAME', 'DNAME', 'ALIAS', 'DS']
const TOGETHER = Object.keys(RDATA).filter((type) => !ALONE.includes(type) && type !== 'NS')

/** The records of one owner: of types that may stand together, several of some. */
const ownerRecords = (withLua: boolean, withAlias: boolean): fc.Arbitrary<string[]> => {
  const alone = ALONE.filter((type) => withAlias || type !== 'ALIAS').map((type) =>
    record(type, withLua).map((line) => [line]),
  )
  const together = fc
    .subarray(TOGETHER, { minLength: 1, maxLength: 4 })
    .chain((types) => fc.tuple(...types.map((type) => fc.array(record(type, withLua), { minLength: 1, maxLength: 3 }))))
    .map((lines) => lines.flat())
  return fc.oneof({ weight: 3, arbitrary: together }, ...alone.map((arbitrary) => ({ weight: 1, arbitrary })))
}

/** A zone file for example.com. Each owner ends in a label of its own, so that none is twice or below another's. */
export const zoneText = ({ lua: withLua, alias = true }: { lua: boolean; alias?: boolean }): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('$TTL 300\n', '$TTL 1h\n', ''),
      fc.constantFrom('', '60', '1h'),
      u32,
      fc.array(fc.tuple(fc.option(oddLabel, { nil: '' }), ownerRecords(withLua, alias)), {
        minLength: 1,
        maxLength: 5,
      }),
      withLua ? includedLines : fc.constant<string[]>([]),
      fc.boolean(),
    )
    .map(([directive, soaTtl, serial, owners, included, isFirst]) => {
      const head = `${directive}@ ${soaTtl} SOA ns.example.net. hostmaster ${serial} 1h 15m 1w 300\n  NS ns.example.net.\n`
      const lines = owners.flatMap(([label, records], i) => {
        const owner = `${label === '' ? '' : `${label}.`}o${i}`
        return records.map((line) => `${owner} ${line}\n`)
      })
      return head + (isFirst ? [...included, ...lines] : [...lines, ...included]).join('')
    })
