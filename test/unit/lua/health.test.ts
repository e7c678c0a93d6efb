import { describe, expect, test } from 'vitest'
import { parseType } from '../../../src/dns/index.ts'
import { Health, nextState, type Probe, type TargetState, UNPROBED } from '../../../src/health/index.ts'
import { type Decision, type Expression, evaluate, Work } from '../../../src/policy/index.ts'
import { findRrset, type PolicyRrset, type ZoneNode } from '../../../src/zone/index.ts'
import { address, must, seeded } from '../support.ts'
import { compileText, HEAD } from '../zonefile/support.ts'
import { compileCode } from './support.ts'

const fold = (code: string, type = 'A') => compileCode(code, must(parseType(type)))
const expressionOf = (code: string, type?: string): Expression => must(fold(code, type)).expression
const texts = (issues: readonly { at: number; message: string }[]) =>
  issues.map(({ at, message }) => `${at}: ${message}`)
const errorsOf = (code: string, type?: string): readonly string[] => {
  const folded = fold(code, type)
  return folded.ok ? ['it folds'] : texts(folded.error)
}
const warningsOf = (code: string, type?: string): readonly string[] => texts(must(fold(code, type)).warnings)

const PROBING = { interval: 5, timeout: 2, fall: 1, rise: 1, first: 'counts', initially: 'down' } as const
const TCP = { kind: 'tcp', port: 443, ...PROBING } as const
const USER_AGENT = 'PowerDNS Authoritative Server'
const HTTPS = {
  ...PROBING,
  kind: 'https',
  path: '/',
  host: 'a.example',
  redirects: 'follow',
  userAgent: USER_AGENT,
  verify: false,
} as const

/** Two addresses, and two groups of them. */
const TWO = "{'192.0.2.1', '192.0.2.2'}"
const GROUPS = "{{'192.0.2.1', '192.0.2.2'}, {'192.0.2.3', '192.0.2.4'}}"
const members = ['192.0.2.1', '192.0.2.2']
const pool = { kind: 'pool', check: TCP, members } as const

describe('what folds', () => {
  test.each<[string, Expression]>([
    [`ifportup(443, ${TWO})`, pool],
    [`ifportup(443, ${TWO}, {})`, pool],
    [`ifportup(443, ${TWO}, nil)`, pool],
    [`ifportup('443', all(${TWO}))`, pool],
    [`ifportup(443, {${TWO}, {}})`, pool],
    [`ifportup(443, {nil, {}, ${TWO}})`, pool],
    [`ifportup(443, ${GROUPS})`, { kind: 'failover', pools: [pool, { ...pool, members: ['192.0.2.3', '192.0.2.4'] }] }],
    // ports of their own
    [
      "ifportup(443, {'192.0.2.1:8443', '192.0.2.2', '[192.0.2.3]'})".replace("'[192.0.2.3]'", "'192.0.2.3:443'"),
      {
        ...pool,
        members: [
          { answer: '192.0.2.1', target: '192.0.2.1:8443' },
          '192.0.2.2',
          { answer: '192.0.2.3', target: '192.0.2.3:443' },
        ],
      },
    ],
    // selectors
    [`ifportup(443, ${TWO}, {selector='random', backupSelector='random'})`, pool],
    [`ifportup(443, ${TWO}, {selector='all', backupSelector='all'})`, { ...pool, select: 'all' }],
    [`ifportup(443, ${TWO}, {selector='hashed', backupSelector='hashed'})`, { ...pool, select: 'hashed' }],
    [
      `ifportup(443, ${TWO}, {selector='pickclosest', backupSelector='pickclosest'})`,
      { ...pool, select: 'pickclosest' },
    ],
    [
      `ifportup(443, ${TWO}, {selector='pickclosest'})`,
      { ...pool, select: 'pickclosest', whenDown: { answer: { kind: 'random', of: members } } },
    ],
    [
      `ifportup(443, ${TWO}, {backupSelector='pickclosest'})`,
      { ...pool, whenDown: { answer: { kind: 'pool', select: 'pickclosest', members } } },
    ],
    [
      `ifportup(443, {'192.0.2.1'}, {backupSelector='pickclosest'})`,
      { ...pool, members: ['192.0.2.1'], whenDown: { answer: '192.0.2.1' } },
    ],
    [
      `ifportup(443, ${TWO}, {selector='all'})`,
      { ...pool, select: 'all', whenDown: { answer: { kind: 'random', of: members } } },
    ],
    [`ifportup(443, ${TWO}, {backupSelector='all'})`, { ...pool, whenDown: { answer: members } }],
    [
      `ifportup(443, ${TWO}, {backupSelector='hashed'})`,
      { ...pool, whenDown: { answer: { kind: 'hashed', of: members } } },
    ],
    [
      `ifportup(443, {'192.0.2.1'}, {backupSelector='hashed'})`,
      { ...pool, members: ['192.0.2.1'], whenDown: { answer: '192.0.2.1' } },
    ],
    [`ifportup(443, ${TWO}, {backupSelector='empty'})`, { ...pool, whenDown: 'nodata' }],
    [
      `ifportup(443, ${TWO}, {selector='empty'})`,
      {
        ...pool,
        select: 'first',
        members: [
          { answer: [], target: '192.0.2.1' },
          { answer: [], target: '192.0.2.2' },
        ],
        whenDown: { answer: { kind: 'random', of: members } },
      },
    ],
    [
      `ifportup(443, {{}, {'192.0.2.1'}, {'192.0.2.2'}}, {selector='hashed', backupSelector='all'})`,
      {
        kind: 'failover',
        pools: [
          { ...pool, select: 'hashed', members: ['192.0.2.1'], whenDown: { answer: ['192.0.2.1'] } },
          { ...pool, select: 'hashed', members: ['192.0.2.2'] },
        ],
      },
    ],
    // options that every check has: numbers, and texts
    [
      `ifportup(443, ${TWO}, {timeout=1, interval='30', minimumFailures=3})`,
      { ...pool, check: { ...TCP, timeout: 1, interval: 30, fall: 3 } },
    ],
    [`ifportup(443, ${TWO}, {failOnIncompleteCheck='true'})`, { ...pool, whenUnknown: 'servfail' }],
    [`ifportup(443, ${TWO}, {failOnIncompleteCheck='false'})`, pool],
    [
      `ifportup(443, ${GROUPS}, {failOnIncompleteCheck='true'})`,
      {
        kind: 'failover',
        pools: [
          { ...pool, whenUnknown: 'servfail' },
          { ...pool, members: ['192.0.2.3', '192.0.2.4'] },
        ],
      },
    ],
    // ours
    [
      `ifportup(443, ${TWO}, {initially='up', from='weur, agent-1', quorum='any', rise='2'})`,
      { ...pool, check: { ...TCP, initially: 'up', from: ['weur', 'agent-1'], quorum: 'any', rise: 2 } },
    ],
    [`ifportup(443, ${TWO}, {quorum=2})`, { ...pool, check: { ...TCP, quorum: 2 } }],
    // URLs
    [`ifurlup('https://A.example', ${TWO})`, { ...pool, check: HTTPS }],
    [`ifurlup('https://a.example:443/', ${TWO})`, { ...pool, check: HTTPS }],
    [
      `ifurlup('http://a.example/x?y=1&z', {'192.0.2.1'})`,
      {
        kind: 'pool',
        check: {
          ...PROBING,
          kind: 'http',
          path: '/x?y=1&z',
          host: 'a.example',
          redirects: 'follow',
          userAgent: USER_AGENT,
        },
        members: ['192.0.2.1'],
      },
    ],
    [
      `ifurlup('https://a.example:8443/', ${TWO})`,
      { ...pool, check: { ...HTTPS, host: 'a.example:8443', port: 8443 } },
    ],
    [
      `ifurlup('https://[2001:db8::1]:8443/ü', ${TWO})`,
      { ...pool, check: { ...HTTPS, path: '/%C3%BC', host: '[2001:db8::1]:8443', port: 8443 } },
    ],
    [
      `ifurlup('https://a.example/', ${TWO}, {httpcode=204, stringmatch='grün (.*)', useragent='x/1', byteslimit='100'})`,
      {
        ...pool,
        check: { ...HTTPS, status: 204, body: { contains: 'grün (.*)' }, userAgent: 'x/1', bytes: 100 },
      },
    ],
    [
      `ifurlup('https://a.example/', ${TWO}, {httpcode='404', stringmatch='', useragent='', byteslimit=0, headers={}})`,
      { ...pool, check: { ...HTTPS, status: 404, userAgent: '' } },
    ],
    [
      `ifurlup('https://a.example/', ${TWO}, {headers={X_Probe_Id='1', ['Accept']='text/*', n=1}})`,
      { ...pool, check: { ...HTTPS, headers: { 'X-Probe-Id': '1', Accept: 'text/*', n: '1' } } },
    ],
    [`ifurlup('https://a.example/', ${TWO}, {byteslimit=9000000})`, { ...pool, check: { ...HTTPS, bytes: 1_048_576 } }],
    // each with its own
    [
      "ifurlextup({{['192.0.2.1']='https://a.example/', ['192.0.2.2']='https://b.example:8443/x'}, {}, {['192.0.2.3']='http://c.example/'}}, {timeout=1})",
      {
        kind: 'failover',
        pools: [
          {
            kind: 'pool',
            members: [
              { answer: '192.0.2.1', target: 'a.example', check: ownCheck('https', '/') },
              { answer: '192.0.2.2', target: 'b.example:8443', check: ownCheck('https', '/x') },
            ],
          },
          { kind: 'pool', members: [{ answer: '192.0.2.3', target: 'c.example', check: ownCheck('http', '/') }] },
        ],
      },
    ],
    [
      "ifurlextup({{['192.0.2.1']='http://a.example/'}}, {timeout=1, selector='empty', backupSelector='empty'})",
      {
        kind: 'pool',
        members: [{ answer: [], target: 'a.example', check: ownCheck('http', '/') }],
        select: 'first',
      },
    ],
    // by their own weight
    [
      `pickselfweighted('https://a.example/weight', ${TWO}, {timeout=1})`,
      {
        kind: 'pool',
        check: { ...HTTPS, path: '/weight', timeout: 1, weight: 'body' },
        select: 'weighted-hashed',
        weights: 'reported',
        members,
        whenDown: 'servfail',
      },
    ],
    // inside others
    [
      `view({{{'10.0.0.0/8'}, ifportup(443, ${TWO})}})`,
      { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: pool }] },
    ],
    [`pickrandom(ifportup(443, ${TWO}))`, pool],
    [
      `pickrandom({pickselfweighted('https://a.example/', ${TWO}), '192.0.2.9'})`,
      {
        kind: 'random',
        of: [
          {
            kind: 'pool',
            check: { ...HTTPS, weight: 'body' },
            select: 'weighted-hashed',
            weights: 'reported',
            members,
            whenDown: 'servfail',
          },
          '192.0.2.9',
        ],
      },
    ],
  ])('%s', (code, expected) => {
    expect(expressionOf(code)).toEqual(expected)
    expect(warningsOf(code)).toEqual([])
    // As the zone's document it is lawful.
    expect(compileText(`${HEAD}www LUA A "${code}"\n`).ok).toBe(true)
  })

  test.each<[string, string, Expression]>([
    [
      "ifportup(443, {'2001:DB8:0::1', '[2001:db8::2]:8443', '[2001:db8::3]'})",
      'AAAA',
      {
        ...pool,
        members: ['2001:db8::1', { answer: '2001:db8::2', target: '[2001:db8::2]:8443' }, '2001:db8::3'],
      },
    ],
    [
      "ifportup(443, {'192.0.2.1', '[2001:DB8::2]:8443'}, {selector='all', backupSelector='all'})",
      'TXT',
      {
        ...pool,
        select: 'all',
        members: [
          { answer: '"192.0.2.1"', target: '192.0.2.1' },
          { answer: '"2001:db8::2"', target: '[2001:db8::2]:8443' },
        ],
      },
    ],
    [
      `ifportup(443, {'192.0.2.1'}, {selector='all', backupSelector='empty'})`,
      'CNAME',
      {
        ...pool,
        select: 'all',
        members: [{ answer: '192.0.2.1.', target: '192.0.2.1' }],
        whenDown: 'nodata',
      },
    ],
  ])('%s as %s', (code, type, expected) => {
    expect(expressionOf(code, type)).toEqual(expected)
    expect(compileText(`${HEAD}www LUA ${type} "${code}"\n`).ok).toBe(true)
  })
})

function ownCheck(kind: 'http' | 'https', path: string) {
  const check = { kind, path, redirects: 'follow', userAgent: USER_AGENT, ...PROBING, timeout: 1 } as const
  return kind === 'https' ? { ...check, kind, verify: false } : { ...check, kind: 'http' as const }
}

const IFPORTUP = "ifportup(443, {'192.0.2.1', '192.0.2.2'}[, {selector='all'}])"
const IFURLEXTUP = "ifurlextup({{['192.0.2.1']='https://a.example/'}}[, {selector='all'}])"
const ADDRESS = 'expected one like 192.0.2.1, 192.0.2.1:8080, 2001:db8::1 or [2001:db8::1]:8080'
const URL_LIKE = "expected one like 'https://www.example.com/health'"
const SELECTOR = 'expected one of random, all, hashed, pickclosest, empty'
const COMMON = [
  ...['selector', 'backupSelector', 'timeout', 'interval', 'minimumFailures', 'failOnIncompleteCheck', 'source'],
  ...['initially', 'rise', 'first', 'from', 'quorum'],
].join(', ')
const HEADER = "expected one like headers={X_Probe='1'}"
const BOOLEAN = 'a boolean makes PowerDNS fail; expected a text, as in'

describe('what does not', () => {
  test.each<[string, ...string[]]>([
    ['ifportup(443)', `0: ifportup has too few arguments; expected ${IFPORTUP}`],
    [`ifportup(443, ${TWO}, {}, 1)`, `46: ifportup has too many arguments; expected ${IFPORTUP}`],
    // ports
    [`ifportup(0, ${TWO})`, '9: 0 is not a valid port; expected a whole number from 1 to 65535'],
    [`ifportup(65536, ${TWO})`, '9: 65536 is not a valid port; expected a whole number from 1 to 65535'],
    [`ifportup('http', ${TWO})`, "9: 'http' is not a valid port; expected a whole number from 1 to 65535"],
    [
      `ifportup({}, {'x'})`,
      '9: a table is not a valid port; expected a whole number from 1 to 65535',
      `14: 'x' is not an IP address; ${ADDRESS}`,
    ],
    [
      "ifportup(443, {'192.0.2.1:0'})",
      "15: '192.0.2.1:0' has no valid port; expected a whole number from 1 to 65535 after the colon",
    ],
    [
      "ifportup(443, {'192.0.2.1:65536'})",
      "15: '192.0.2.1:65536' has no valid port; expected a whole number from 1 to 65535 after the colon",
    ],
    // addresses
    ["ifportup(443, {'a.example.net'})", `15: 'a.example.net' is not an IP address; ${ADDRESS}`],
    ["ifportup(443, {'192.0.2.1', '192.0.2.1:'})", `28: '192.0.2.1:' is not an IP address; ${ADDRESS}`],
    ["ifportup(443, {'[192.0.2.1]:80'})", `15: '[192.0.2.1]:80' is not an IP address; ${ADDRESS}`],
    ["ifportup(443, {'2001:db8::1%eth0'})", `15: '2001:db8::1%eth0' is not an IP address; ${ADDRESS}`],
    [
      "ifportup(443, {'2001:db8::1'})",
      '15: "2001:db8::1" is the wrong family for A; expected an IPv4 address like 192.0.2.1',
    ],
    ['ifportup(443, {1})', `15: 1 is not an address; expected a text, as in ${IFPORTUP}`],
    ["ifportup(443, '192.0.2.1')", `14: '192.0.2.1' is not a list of addresses; expected ${IFPORTUP}`],
    [
      "ifportup(443, {a='192.0.2.1'})",
      `14: a table with texts as keys is not a list of addresses; expected ${IFPORTUP}`,
    ],
    ['ifportup(443, {})', `14: the list of ifportup is empty; expected at least one address, as in ${IFPORTUP}`],
    [
      'ifportup(443, {{}, {}})',
      `14: the lists of ifportup are empty; expected at least one address, as in ${IFPORTUP}`,
    ],
    [
      `ifportup(443, {${TWO}, '192.0.2.3'})`,
      "43: '192.0.2.3' stands beside lists; expected all addresses in lists, or none",
    ],
    [`ifportup(443, {'192.0.2.3', ${TWO}})`, `28: a table is not an address; expected a text, as in ${IFPORTUP}`],
    [
      `pickselfweighted('http://a.example/', {${TWO}})`,
      "39: a table is not an address; expected a text, as in pickselfweighted('https://a.example/', {'192.0.2.1', '192.0.2.2'}[, {timeout=1}])",
    ],
    // options
    [`ifportup(443, ${TWO}, 'all')`, `42: 'all' is not a table of options; expected ${IFPORTUP}`],
    [`ifportup(443, ${TWO}, {true})`, `42: a table is not a table of options; expected ${IFPORTUP}`],
    [
      `ifportup(443, ${TWO}, {timeout=0, interval=2.5, minimumFailures='x'})`,
      "51: '0' is not a valid timeout; expected a whole number from 1 to 86400",
      "63: '2.5' is not a valid interval; expected a whole number from 1 to 86400",
      "84: 'x' is not a valid minimumFailures; expected a whole number from 1 to 1000",
    ],
    [`ifportup(443, ${TWO}, {failOnIncompleteCheck=true})`, `65: ${BOOLEAN} failOnIncompleteCheck='true'`],
    [`ifportup(443, ${TWO}, {nonsense=false})`, `52: ${BOOLEAN} nonsense='true'`],
    [
      `ifportup(443, ${TWO}, {source='eth0'})`,
      "50: 'eth0' is not an IP address; expected one like 192.0.2.1, or no source",
    ],
    [`ifportup(443, ${TWO}, {selector={}})`, "52: a table is not a text; expected one in UTF-8, as in selector='…'"],
    [
      `ifportup(443, ${TWO}, {initially='unknown', from='Agent 1', quorum=0, rise=0})`,
      "53: 'unknown' is not a valid initially; expected 'up' or 'down'",
      "95: '0' is not a valid rise; expected a whole number from 1 to 1000",
      "69: 'Agent 1' are not valid vantage points; expected names like 'agent-1,weur'",
      "87: '0' is not a valid quorum; expected 'any', 'majority', 'all' or a whole number from 1 to 100",
    ],
    // URLs
    [`ifurlup('a.example/', ${TWO})`, `8: 'a.example/' is not a valid URL; ${URL_LIKE}`],
    [`ifurlup('http:a.example/', ${TWO})`, `8: 'http:a.example/' is not a valid URL; ${URL_LIKE}`],
    [`ifurlup('http:///x', ${TWO})`, `8: 'http:///x' is not a valid URL; ${URL_LIKE}`],
    [`ifurlup('http://a b/', ${TWO})`, `8: 'http://a b/' is not a valid URL; ${URL_LIKE}`],
    [`ifurlup('http://a:70000/', ${TWO})`, `8: 'http://a:70000/' is not a valid URL; ${URL_LIKE}`],
    [`ifurlup(1, ${TWO})`, `8: 1 is not a valid URL; ${URL_LIKE}`],
    [`ifurlup('ftp://a.example/', ${TWO})`, "8: 'ftp://a.example/' cannot be probed; expected http:// or https://"],
    [
      `ifurlup('https://me:pw@a.example/', ${TWO})`,
      "8: 'https://me:pw@a.example/' has a user name; expected none, or a header: headers={Authorization='Basic …'}",
    ],
    [
      `ifurlup('https://a.example/#x', ${TWO})`,
      "8: 'https://a.example/#x' has a fragment, which is never sent; expected the URL without it",
    ],
    [
      `ifurlup('https://a.example:0/', ${TWO})`,
      "8: 'https://a.example:0/' has the port 0; expected one from 1 to 65535",
    ],
    [
      `ifurlup('http://a.example/', ${TWO}, {httpcode=99, byteslimit=-1, useragent='a\\nb', stringmatch='\\255'})`,
      "67: '99' is not a valid httpcode; expected a whole number from 100 to 599",
      "116: '\u00ff' is not a text; expected one in UTF-8, as in stringmatch='…'",
      "96: 'a?b' has a line break; expected a text in one line",
      `82: '-1' is not a valid byteslimit; expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
    ],
    [
      `ifurlup('http://a.example/', ${TWO}, {stringmatch='${'x'.repeat(1001)}'})`,
      "70: 'xxxxxxxxxxxxxxxxxxxx…' is too long; expected at most 1000 characters",
    ],
    [`ifurlup('http://a.example/', ${TWO}, {headers='X: 1'})`, `66: 'X: 1' is not a table of headers; ${HEADER}`],
    [
      `ifurlup('http://a.example/', ${TWO}, {headers={['a b']='1', c='\\r', d=true, e={}}})`,
      `67: 'a b' is not a valid name of a header; ${HEADER}`,
      "82: '?' has a line break; expected a text in one line",
      `90: ${BOOLEAN} d='true'`,
      "98: a table is not a text; expected one in UTF-8, as in e='…'",
    ],
    // URLs by address
    [
      "ifurlextup({['192.0.2.1']='http://a.example/'})",
      `11: a table with texts as keys is not a list of tables; expected ${IFURLEXTUP}`,
    ],
    ["ifurlextup({'192.0.2.1'})", `12: '192.0.2.1' is not a table of URLs by address; expected ${IFURLEXTUP}`],
    ['ifurlextup({{}})', `11: the lists of ifurlextup are empty; expected at least one address, as in ${IFURLEXTUP}`],
    ['ifurlextup({})', `11: the list of ifurlextup is empty; expected at least one table, as in ${IFURLEXTUP}`],
    [
      "ifurlextup({{['a.example']='http://a.example/', ['192.0.2.2']='x'}})",
      `13: 'a.example' is not an IP address; ${ADDRESS}`,
      `62: 'x' is not a valid URL; ${URL_LIKE}`,
    ],
    // where a list of several cannot stand
    [`{ifportup(443, ${TWO})}`, "1: what ifportup gives, a list, is not a text; expected one record's data"],
  ])('%s', (code, ...errors) => {
    expect(errorsOf(code)).toEqual(errors)
  })
})

describe('what a script does with lists that are not known', () => {
  test.each<[string, string]>([
    [`pickrandom(ifportup(443, ${TWO}, {selector='all'}))`, 'A'],
    [`pickrandom(ifportup(443, ${TWO}, {backupSelector='empty'}))`, 'A'],
    [`ifportup(443, ${TWO}, {selector='all'})`, 'CNAME'],
    [`ifportup(443, ${TWO}, {backupSelector='all'})`, 'CNAME'],
  ])('%s as %s', (code, type) => {
    expect(expressionOf(code, type)).toMatchObject({ kind: 'lua', code, parts: [{ call: 'ifportup' }] })
  })
})

describe('what is said beside', () => {
  test.each<[string, ...string[]]>([
    [
      `ifportup(443, ${TWO}, {selector='best'})`,
      `52: PowerDNS takes random, since it knows no selector 'best'; ${SELECTOR}`,
    ],
    [
      `ifportup(443, ${TWO}, {Selector='all', stringmatch='x', ['1']='y'})`,
      `43: ifportup ignores the option Selector; expected selector`,
      `59: ifportup ignores the option stringmatch; expected one of ${COMMON}`,
      `76: ifportup ignores the option 1; expected one of ${COMMON}`,
    ],
    [`ifportup(443, ${TWO}, {failOnIncompleteCheck=1})`, "65: PowerDNS takes '1' for no; expected 'true' or 'false'"],
    [
      `ifportup(443, ${TWO}, {source='192.0.2.9'})`,
      '50: probes cannot choose the address that they come from; expected no source',
    ],
    [
      "ifurlup('http://a.example/', {'192.0.2.1:8080'})",
      '30: PowerDNS ignores the port 8080 here; expected it in the URL',
    ],
    [
      "pickselfweighted('http://a.example/', {'192.0.2.1:8080'})",
      '39: PowerDNS ignores the port 8080 here; expected it in the URL',
    ],
    [
      "ifurlextup({{['192.0.2.1:80']='http://a.example/'}})",
      '13: PowerDNS ignores the port 80 here; expected it in the URL',
    ],
    [
      `pickselfweighted('http://a.example/', ${TWO}, {selector='all'})`,
      '67: pickselfweighted ignores the option selector; expected one of timeout, interval, minimumFailures, failOnIncompleteCheck, source, initially, rise, first, from, quorum, httpcode, stringmatch, …',
    ],
  ])('%s', (code, ...warnings) => {
    expect(warningsOf(code)).toEqual(warnings)
  })
})

// --- answers ------------------------------------------------------------------------------------------------------

const NOW = 1_800_000_000

/** A zone file with the code at www, and what it answers while targets are as they are. */
function served(code: string, type = 'A') {
  const { zone } = must(compileText(`${HEAD}www LUA ${type} "${code}"\n`))
  const node = zone.names.find(`\x03www${zone.origin.key}`)
  const { policy } = findRrset(node as ZoneNode, must(parseType(type))) as PolicyRrset
  const healthOf = (states: States): Health => {
    const targets = zone.conditions.flatMap(({ target, probe }): [string, TargetState][] => {
      const state = states[target]
      return state === undefined ? [] : [[probe.id, typeof state === 'string' ? { ...KNOWN, state } : state]]
    })
    return new Health([{ name: 'cron', at: NOW * 1000, targets: new Map(targets) }], [], NOW * 1000)
  }
  const decide = (states: States, client = '198.51.100.1', seed = 1): Decision =>
    evaluate(policy, {
      client: address(client),
      name: '\0',
      health: healthOf(states),
      random: seeded(seed),
      work: new Work(),
    })
  /** Everything that an answer may be, each in order of text; `SERVFAIL` where it fails. */
  const answers = (states: States): string[] => {
    const seen = Array.from({ length: 40 }, (_, seed) => {
      const { failure, rdatas } = decide(states, '198.51.100.1', seed)
      return failure
        ? 'SERVFAIL'
        : rdatas
            .map(({ text }) => text)
            .sort()
            .join(' ')
    })
    return [...new Set(seen)].sort()
  }
  return { targets: zone.conditions.map(({ target }) => target), conditions: zone.conditions, decide, answers }
}

type States = Readonly<Record<string, 'up' | 'down' | TargetState>>
const KNOWN: TargetState = { ...UNPROBED, since: NOW - 60, at: NOW - 1 }
const T1 = '192.0.2.1:443'
const T2 = '192.0.2.2:443'
const T3 = '192.0.2.3:443'
const T4 = '192.0.2.4:443'
const ALL_DOWN = { [T1]: 'down', [T2]: 'down', [T3]: 'down', [T4]: 'down' } as const

describe('what is answered', () => {
  test.each<[string, string, States, readonly string[]]>([
    ['any that is up', TWO, { [T1]: 'up', [T2]: 'up' }, ['192.0.2.1', '192.0.2.2']],
    ['those that are up', TWO, { [T1]: 'down', [T2]: 'up' }, ['192.0.2.2']],
    ['unknown is down', TWO, { [T1]: 'up' }, ['192.0.2.1']],
    ['the backup while nothing is known', TWO, {}, ['192.0.2.1', '192.0.2.2']],
    ['the backup while all are down', TWO, ALL_DOWN, ['192.0.2.1', '192.0.2.2']],
    ['all that are up', `${TWO}, {selector='all'}`, { [T1]: 'up', [T2]: 'up' }, ['192.0.2.1 192.0.2.2']],
    ['one where the backup is random', `${TWO}, {selector='all'}`, {}, ['192.0.2.1', '192.0.2.2']],
    ['all where the backup is', `${TWO}, {backupSelector='all'}`, {}, ['192.0.2.1 192.0.2.2']],
    ['nothing where the backup is empty', `${TWO}, {backupSelector='empty'}`, {}, ['']],
    ['nothing where the selector is empty', `${TWO}, {selector='empty'}`, { [T2]: 'up' }, ['']],
    ['and the backup of that', `${TWO}, {selector='empty'}`, { [T2]: 'down' }, ['192.0.2.1', '192.0.2.2']],
    ['the first group that has one', GROUPS, { [T2]: 'up', [T3]: 'up', [T4]: 'up' }, ['192.0.2.2']],
    ['the second then', GROUPS, { ...ALL_DOWN, [T4]: 'up' }, ['192.0.2.4']],
    ['the backup of the first group alone', GROUPS, ALL_DOWN, ['192.0.2.1', '192.0.2.2']],
    ['also while nothing is known', GROUPS, {}, ['192.0.2.1', '192.0.2.2']],
    ['the first that is not empty', `{{}, {'192.0.2.3'}, ${TWO}}`, {}, ['192.0.2.3']],
    ['all of the first group', `${GROUPS}, {backupSelector='all'}`, ALL_DOWN, ['192.0.2.1 192.0.2.2']],
    ['nothing', `${GROUPS}, {backupSelector='empty'}`, ALL_DOWN, ['']],
    ['all of the second group', `${GROUPS}, {selector='all'}`, { [T3]: 'up', [T4]: 'up' }, ['192.0.2.3 192.0.2.4']],
    ['SERVFAIL while nothing is known', `${TWO}, {failOnIncompleteCheck='true'}`, {}, ['SERVFAIL']],
    ['not once something is', `${TWO}, {failOnIncompleteCheck='true'}`, { [T1]: 'down' }, ['192.0.2.1', '192.0.2.2']],
    ['SERVFAIL of groups', `${GROUPS}, {failOnIncompleteCheck='true'}`, {}, ['SERVFAIL']],
    ['not while another is up', `${GROUPS}, {failOnIncompleteCheck='true'}`, { [T3]: 'up' }, ['192.0.2.3']],
    ['up from the start', `${GROUPS}, {initially='up'}`, { [T1]: 'down' }, ['192.0.2.2']],
  ])('%s', (_, args, states, expected) => {
    expect(served(`ifportup(443, ${args})`).answers(states)).toEqual(expected)
  })

  test('however deep in other calls', () => {
    const inner = `ifurlup('http://a.example/', ${GROUPS}, {headers={a='b'}})`
    const view = `view({{{'::/0', '0.0.0.0/0'}, ${inner}}})`
    const deep = `${"view({{{'::/0', '0.0.0.0/0'}, {".repeat(58)}${view}${'}}})'.repeat(58)}`
    expect(served(deep).answers({ '192.0.2.3:80': 'up' })).toEqual(['192.0.2.3'])
  })

  test.each(['A', 'AAAA', 'TXT', 'CNAME', 'NS', 'MX', 'PTR', 'SRV', 'HTTPS', 'NAPTR', 'TYPE65280'])(
    'a script of type %s probes what it names',
    (type) => {
      const self = "pickselfweighted('http://a.example/', {'192.0.2.3'})"
      const code = `;if #ifportup(443, ${TWO}) > #${self} then return qname:toString() end`
      const { zone } = must(compileText(`${HEAD}${type === 'NS' ? '@' : 'www'} LUA ${type} "${code}"\n`))
      expect(zone.conditions.map(({ target }) => target)).toEqual([T1, T2, '192.0.2.3:80'])
    },
  )

  test('targets are probed where their ports are', () => {
    const { targets, answers } = served("ifportup(443, {'192.0.2.1:8443', '192.0.2.2'})")
    expect(targets).toEqual(['192.0.2.1:8443', T2])
    expect(answers({ '192.0.2.1:8443': 'up', [T2]: 'down' })).toEqual(['192.0.2.1'])
  })

  test('URLs are asked of each address, or where each leads', () => {
    const { conditions, answers } = served("ifurlup('https://a.example:8443/x', {'192.0.2.1'})")
    expect(conditions.map(({ probe: { host, port } }) => [host, port])).toEqual([['192.0.2.1', 8443]])
    expect(conditions[0]?.probe.action).toMatchObject({
      host: 'a.example:8443',
      serverName: 'a.example',
      verify: false,
    })
    expect(answers({ '192.0.2.1:8443': 'up' })).toEqual(['192.0.2.1'])
    const own = served("ifurlextup({{['192.0.2.1']='https://a.example/', ['192.0.2.2']='http://b.example:81/'}})")
    expect(own.targets).toEqual(['a.example:443', 'b.example:81'])
    expect(own.conditions[0]?.probe.action).toMatchObject({ host: 'a.example', serverName: 'a.example', verify: false })
    expect(own.conditions[1]?.probe.action).toMatchObject({ kind: 'http', host: 'b.example:81' })
    expect(own.answers({ 'b.example:81': 'up', 'a.example:443': 'down' })).toEqual(['192.0.2.2'])
  })

  test('with minimumFailures=2 the first failure takes nothing out, nor does it before the first success', () => {
    const { conditions, answers } = served(`ifportup(443, ${TWO}, {minimumFailures=2})`)
    const [probe] = conditions.map((condition) => condition.probe)
    const failed = { outcome: 'failed', ms: 1, why: 'connect failed' } as const
    const failures = (times: number): TargetState =>
      Array.from({ length: times }, () => failed).reduce(
        (state, result) => nextState(state, result, NOW, probe as Probe),
        UNPROBED,
      )
    expect(answers({ [T1]: failures(1), [T2]: 'down' })).toEqual(['192.0.2.1'])
    expect(answers({ [T1]: failures(2), [T2]: 'up' })).toEqual(['192.0.2.2'])
    // A success is enough to come back.
    const back = nextState(failures(2), { outcome: 'ok', ms: 1 }, NOW, probe as Probe)
    expect(answers({ [T1]: back, [T2]: 'down' })).toEqual(['192.0.2.1'])
  })
})

/** PowerDNS's hash of some clients, modulo n. */
const BY_HASH: readonly [client: string, of2: number, of3: number, of57: number][] = [
  ['127.0.0.1', 0, 0, 48],
  ['127.0.0.2', 0, 0, 51],
  ['192.0.2.0', 1, 2, 14],
  ['1.2.3.0', 1, 2, 47],
  ['203.0.113.7', 1, 2, 20],
  ['198.51.100.77', 0, 0, 18],
  ['2001:db8::', 0, 2, 2],
  ['2001:db8:1234::1', 1, 2, 44],
]

describe('by hash', () => {
  const three = "{'192.0.2.1', '192.0.2.2', '192.0.2.3'}"
  const { decide } = served(`ifportup(443, ${three}, {selector='hashed', backupSelector='hashed'})`)
  const ofList = (list: readonly string[], index: number) => [list[index]]
  const textsOf = ({ rdatas }: Decision) => rdatas.map(({ text }) => text)

  test.each(BY_HASH)('%s', (client, of2, of3) => {
    const all = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
    expect(textsOf(decide({ [T1]: 'up', [T2]: 'up', [T3]: 'up' }, client))).toEqual(ofList(all, of3))
    // Among those that are up, in the order of the list; for the backup among all.
    expect(textsOf(decide({ [T1]: 'up', [T3]: 'up' }, client))).toEqual(ofList(['192.0.2.1', '192.0.2.3'], of2))
    expect(textsOf(decide({ [T2]: 'up' }, client))).toEqual(['192.0.2.2'])
    expect(textsOf(decide({}, client))).toEqual(ofList(all, of3))
    expect(decide({}, client).scope).toBe(client.includes(':') ? 128 : 32)
  })

  test.each(BY_HASH)('%s by weight, in the order of the list', (client, of2, _, of57) => {
    const { decide, targets } = served("pickselfweighted('http://a.example/', {'192.0.2.1', '192.0.2.2', '192.0.2.3'})")
    const [a, b, c] = targets as [string, string, string]
    const weighing = (weight: number): TargetState => ({ ...KNOWN, state: 'up', weight })
    const picked = (states: States) => textsOf(decide(states, client))
    const point = of57 < 15 ? '192.0.2.1' : '192.0.2.3'
    expect(picked({ [a]: weighing(15), [b]: 'down', [c]: weighing(42) })).toEqual([point])
    // A page without a number weighs one.
    expect(picked({ [a]: 'down', [b]: 'up', [c]: 'up' })).toEqual([['192.0.2.2', '192.0.2.3'][of2]])
    expect(decide({ [a]: 'down', [b]: 'down' }, client).failure).toBeDefined()
    expect(decide({}, client).failure).toBeDefined()
  })
})
