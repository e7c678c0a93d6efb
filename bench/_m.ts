import { recompiledOf, sourceOf } from '/tmp/wt/incremental/src/store/index.ts'
import { compileZone, recompileZone } from '/tmp/wt/incremental/src/zone/index.ts'
import { hashText } from '/tmp/wt/incremental/src/store/shapes.ts'
import { healthCalls, compileLua } from '/tmp/wt/incremental/src/lua/index.ts'
import { compileSource } from '/tmp/wt/incremental/src/zonefile/index.ts'
const N = 10000
const kind = process.argv[2]
const rounds = Number(process.argv[3] ?? 10)
let document: any
if (kind === 'a') {
  const records: any = { '@': { NS: 'ns.example.net.' } }
  for (let i = 0; i < N; i++) records[`host-${String(i).padStart(8, '0')}`] = { A: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}` }
  document = { origin: 'example.com', ttl: 300, soa: { mname: 'ns.example.net.', rname: 'h.example.net.', serial: 1, refresh: 3600, retry: 900, expire: 604800, minimum: 300 }, records }
} else {
  const lines = ['$TTL 300', '@ SOA ns.example.net. h.example.net. 1 1h 15m 1w 300', '@ NS ns.example.net.']
  for (let i = 0; i < N; i++) {
    const ip = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`
    const n = `host-${i}`
    const m = i % 20
    if (m === 0) lines.push(`${n} LUA A "ifportup(443, {'${ip}', '192.0.2.${i % 250}'})"`)
    else if (m === 1) lines.push(`${n} LUA A "pickwrandom({{1, '${ip}'}, {2, '192.0.2.${i % 250}'}})"`)
    else if (m === 2 && kind === 'script') lines.push(`${n} LUA A ";if country('DE') then return '${ip}' end return '192.0.2.${i % 250}'"`)
    else if (m < 8) lines.push(`${n} AAAA 2001:db8::${i.toString(16)}`)
    else if (m < 12) lines.push(`${n} TXT "v=${i} some text here"`)
    else if (m < 14) lines.push(`${n} CNAME host-${i - 5}`)
    else if (m < 16) lines.push(`${n}.sub${i % 7} MX 10 mail${i}.example.net.`)
    else lines.push(`${n} A ${ip}`)
  }
  const c = compileSource({ file: 'example.com.zone', text: lines.join('\n') } as any, (() => { throw 1 }) as any) as any
  if (!c.ok) throw new Error(JSON.stringify(c.error).slice(0, 500))
  document = c.value.document
}
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }
const best: Record<string, number[]> = {}
const t = async (name: string, f: () => any) => { const b = cpu(); const r = await f(); (best[name] ??= []).push(cpu() - b); return r }

let d = JSON.parse(JSON.stringify(document))
let before: any, kc: any
for (let r = 0; r < rounds; r++) {
  const records = { ...d.records, [r % 2 ? 'host-77' : 'host-00000077']: { A: '192.0.2.' + r } }
  const soa = { ...d.soa, serial: r + 5 }
  const n = await t('spread', () => ({ ...d, soa, records: { ...d.records, [kind === 'a' ? 'host-00000077' : 'host-76']: { A: '192.0.2.' + r } } }))
  const z: any = await t('recompile', () => recompileZone(before, n, { healthCalls }))
  if (!z.ok) throw new Error(JSON.stringify(z.error).slice(0, 500))
  before = z.value
  if (r === 0) console.log('-'); const c: any = (kc = await t("recompiled", () => recompiledOf(kc, z.value.zone)))
  const s: any = await t('sourceOf', () => sourceOf(n))
  await t('hashText', () => hashText(s.text))
  if (r < 2) console.log([...c.values.values()].map((v: any) => v.length), c.parts); d = z.value.document
}
for (const [k, v] of Object.entries(best)) console.log(k.padEnd(12), 'cold', v[0]!.toFixed(1), v[1]!.toFixed(1), v[2]!.toFixed(1), 'min', Math.min(...v).toFixed(1), 'median', v.toSorted((a, b) => a - b)[v.length >> 1]!.toFixed(1))
