import type { ScriptCase } from './script-cases.ts'

/**
 * Health functions with computed arguments. No target is up at first, so that the backup answers all of a list, without
 * chance. PowerDNS 4.7 has no groups for ifportup, and uses all of them for a backup.
 */
const ALL = "{selector='all', backupSelector='all'}"

const codes: readonly string[] = [
  `;local ips if netmask({'10.0.0.0/8'}) then ips = {'127.0.0.2'} else ips = {'127.0.0.3'} end return ifportup(8080, ips, ${ALL})`,
  `;local ips = {} for i = 1, 3 do table.insert(ips, '127.0.0.' .. i) end return ifportup(8080, ips, ${ALL})`,
  `;local pools = {near = {'127.0.0.4'}, far = {'127.0.0.5', '127.0.0.6'}} return ifportup(8080, pools[netmask({'192.0.2.0/24'}) and 'near' or 'far'], ${ALL})`,
  `;local function up(...) return ifportup(8080, {...}, ${ALL}) end return up('127.0.0.1', '127.0.0.2')`,
  `ifportup(8080, netmask({'10.0.0.0/8'}) and {'127.0.0.1'} or {'127.0.0.2'}, ${ALL})`,
  `;include('pools') return ifportup(8080, pools.east, ${ALL})`,
  `;include('pools') return ifportup(8080, pools[netmask({'10.0.0.0/8'}) and 'east' or 'west'] or {}, ${ALL})`,
  `;include('pools') local t = {} for _, list in pairs(pools) do for _, ip in ipairs(list) do t[#t + 1] = ip end end return ifportup(8080, t, ${ALL})`,
  `;local o = {} o.selector = 'all' o['backup' .. 'Selector'] = 'all' return ifportup(8080, {'127.0.0.1', '127.0.0.2'}, o)`,
  `;local ok, up = pcall(ifportup, 8080, {'127.0.0.1'}, ${ALL}) return ok and up or {}`,
  `;local up = ifportup return up(8080, {bestwho:isIPv4() and '127.0.0.1' or '127.0.0.2'}, ${ALL})`,
  `;local ips = ifportup(8080, {'127.0.0.1', '127.0.0.2'}, ${ALL}) if #ips > 1 then return '127.0.0.9' end return ips`,
  `;local a, b = {'127.0.0.1'}, {} return ifurlup('http://www.example' .. '/', {b, a}, ${ALL})`,
  `;local host = netmask({'10.0.0.0/8'}) and 'a' or 'b' return ifurlup('http://' .. host .. '.example/', {{'127.0.0.1'}}, ${ALL})`,
  `;local lists = {} lists[1] = {} table.insert(lists[1], '127.0.0.7') return ifurlup('http://www.example/', lists, ${ALL})`,
  `;local urls = {} urls['127.0.0.1'] = 'http://a.example/' return ifurlextup({urls}, ${ALL})`,
  ";return pickrandom(ifportup(8080, {(netmask({'10.0.0.0/8'}) and '127.0.0.1' or '127.0.0.2')}))",
  ";return view({{{'10.0.0.0/8'}, ifportup(8080, {'127.0.0.' .. 1})}, {{'0.0.0.0/0', '::/0'}, ifportup(8080, {'127.0.0.' .. 2})}})",
  `;local ips = {} ips[1] = 'bogus' local ok = pcall(ifportup, 8080, ips, ${ALL}) return ok and '127.0.0.1' or '127.0.0.2'`,
  `;local ips if netmask({'10.0.0.0/8'}) then ips = {'bogus'} else ips = {'127.0.0.1'} end return ifportup(8080, ips, ${ALL})`,
  `;local ips if netmask({'10.0.0.0/8'}) then ips = {'127.0.0.1'} end return ifportup(8080, ips, ${ALL})`,
  // A list in place of the options is ignored.
  ";local ips = {} ips[1] = '127.0.0.1' return ifportup(8080, ips, ips)",
  "ifportup(8080, {'127.0.0.1'}, {'127.0.0.2'})",
  // These depend on the query.
  `ifportup(8080, {bestwho:toString()}, ${ALL})`,
  `ifurlup('http://' .. qname:toStringNoDot() .. '/', {'127.0.0.1'}, ${ALL})`,
]

export const HEALTH_CASES: readonly ScriptCase[] = codes.map((code): ScriptCase => ['A', code])

/** Their included code: one record, since PowerDNS does not order several. */
export const HEALTH_CONFIG = `
pools LUA LUA "pools = {east = {'127.0.0.8'}} pools.west = {} for i = 1, 2 do pools.west[i] = '127.0.0.1' .. i end"
`
