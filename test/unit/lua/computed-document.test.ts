import { expect, test } from 'vitest'
import { compileSource } from '../../../src/zonefile/index.ts'
import { must } from '../support.ts'
import { compileText, HEAD } from '../zonefile/support.ts'
import { exportedOf } from './export-support.ts'

const noFile = () => ({ ok: false, error: '' }) as const

/** The parts that a script's calls come to stand in its document, and come back the same from every form of it. */
test.each([
  `x LUA A ";local ips if netmask({'10.0.0.0/8'}) then ips = {'127.0.0.2'} else ips = {'127.0.0.3'} end return ifportup(8080, ips)"`,
  `pools LUA LUA "pools = {east = {'192.0.2.1'}}"\nx LUA A ";include('pools') return ifurlup('http://a.example/', pools.east, {selector='all'})"`,
  `*.x LUA A "ifportup(443, {createForward(), '192.0.2.1'})"`,
  `x LUA A ";local urls = {} urls['192.0.2.1'] = 'http://a.example/' return ifurlextup({urls})"`,
  `node A 192.0.2.7\nnode AAAA 2001:db8::7\nx LUA A ";return ifportup(443, dblookup('node.example.com', pdns.A))"`,
  `x LUA TXT ";local t = {} t[1] = '192.0.2.1' return pickselfweighted('http://\u00e4.example/', t)"`,
  `x LUA CNAME ";return ifportup(443, {pickrandom({'192.0.2.1', '192.0.2.2'})})[1]"`,
])('%s', (records) => {
  const { document } = must(compileText(`${HEAD}${records}\n`))
  const exported = exportedOf(document)
  expect(must(compileText(exported)).document).toEqual(document)
  const json = compileSource({ file: 'example.com.json', text: JSON.stringify(document) }, noFile)
  expect(must(json).document).toEqual(document)
})

test('a document names the static records that a script looks up in the spelling of answers', () => {
  const records = {
    '@': { NS: 'ns', A: '192.0.2.53' },
    ns: { A: '192.0.2.53' },
    Node: { AAAA: { ttl: 5, answer: ['2001:DB8:0::1', '2001:db8::2'] } },
    x: { AAAA: { kind: 'lua', code: "ifportup(443, dblookup('node.example.com', pdns.AAAA))" } },
  }
  const soa = { mname: 'ns', rname: 'h', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
  const text = JSON.stringify({ origin: 'example.com', ttl: 60, soa, records })
  const { zone } = must(compileSource({ file: 'example.com.json', text }, noFile))
  expect(zone.conditions.map(({ target }) => target).sort()).toEqual(['[2001:db8::1]:443', '[2001:db8::2]:443'])
  expect(zone.asksTargets).toBe(false)
})
