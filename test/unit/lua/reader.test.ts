import luaparse from 'luaparse'
import { afterEach, beforeEach, expect, type MockInstance, test, vi } from 'vitest'
import { must } from '../support.ts'
import { compileText, HEAD } from '../zonefile/support.ts'

let spy: MockInstance<typeof luaparse.parse>
beforeEach(() => {
  spy = vi.spyOn(luaparse, 'parse')
})
afterEach(() => spy.mockRestore())

/** The texts that are parsed when a zone is compiled. */
function parsedIn(text: string, file?: string): string[] {
  must(compileText(text, file))
  return spy.mock.calls.map(([source]) => String(source)).sort()
}

const RECORDS = [
  `folded LUA A "pickrandom({'192.0.2.1', '192.0.2.2'})"`,
  'expression LUA TXT "qname:toString()"',
  `script LUA A ";if country('DE') then return '192.0.2.1' end return '192.0.2.2'"`,
  `probed LUA A ";local t = {'192.0.2.1', '192.0.2.2'} t[3] = '192.0.2.3' return ifportup(443, t)"`,
  `including LUA A ";include('list') return pickrandom(servers)"`,
  `again LUA A ";include('list') include('list') return servers[1]"`,
  `list LUA LUA "servers = {'192.0.2.1', '192.0.2.2'}"`,
]

test('the code of each record is parsed once, whether it folds, runs, probes, includes or is included', () => {
  expect(parsedIn(`${HEAD}${RECORDS.join('\n')}\n`)).toEqual([
    "if country('DE') then return '192.0.2.1' end return '192.0.2.2'",
    "include('list') include('list') return servers[1]",
    "include('list') return pickrandom(servers)",
    "local t = {'192.0.2.1', '192.0.2.2'} t[3] = '192.0.2.3' return ifportup(443, t)",
    "return pickrandom({'192.0.2.1', '192.0.2.2'})",
    'return qname:toString()',
    "servers = {'192.0.2.1', '192.0.2.2'}",
  ])
})

const SOA = { serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 }

test('the code of each record of a JSON document is parsed once', () => {
  const lua = (code: string) => ({ kind: 'lua', code })
  const document = {
    origin: 'example.com.',
    ...{ ttl: 60, soa: { ...SOA, mname: 'ns', rname: 'hostmaster' } },
    records: {
      '@': { NS: 'ns' },
      ns: { A: '192.0.2.53' },
      folded: { A: lua("pickrandom({'192.0.2.1', '192.0.2.2'})") },
      script: { TXT: lua('qname:toString()') },
      including: { A: lua(";include('list') return servers[1]") },
    },
    scripts: { list: [lua("servers = {'192.0.2.1'}")] },
  }
  expect(parsedIn(JSON.stringify(document), 'example.com.json')).toEqual([
    "include('list') return servers[1]",
    "return pickrandom({'192.0.2.1', '192.0.2.2'})",
    'return qname:toString()',
    "servers = {'192.0.2.1'}",
  ])
})
