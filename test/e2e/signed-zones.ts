import { type Rng, seededRng } from '../../src/policy/index.ts'
import { compileZone, type Zone } from '../../src/zone/index.ts'
import { must } from '../unit/must.ts'
import { SOA } from '../unit/support.ts'

export type Question = { readonly name: string; readonly type: string }

/** A zone of random names and policies, and questions about it. */
export type RandomZone = { readonly origin: string; readonly zone: Zone; readonly questions: readonly Question[] }

const LABELS = ['a', 'b', 'c', 'www', '*', 'x1', '_tcp', 'UPPER']
const TYPES = ['A', 'AAAA', 'TXT', 'MX', 'HTTPS', 'SRV', 'CAA', 'NS', 'SOA', 'DS', 'CNAME', 'DNAME', 'ANY', 'NSEC']
const AT_APEX = ['DNSKEY', 'CDS', 'CDNSKEY', 'SOA', 'NS', 'TXT', 'NSEC', 'ANY', 'A']

export function randomZone(origin: string, seed: number, count: number): RandomZone {
  const random = seededRng(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const records: Record<string, unknown> = { '@': { NS: ['ns', 'ns.elsewhere.example.'], TXT: '"apex"' } }
  records.ns = { A: ['192.0.2.1', '192.0.2.2'] }
  const name = (depth: number): string => Array.from({ length: depth }, () => pick(LABELS.slice(0, 6))).join('.')
  for (let i = 0; i < 14; i++) {
    const owner = random() < 0.25 ? `*.${name(1)}` : name(1 + Math.floor(random() * 3))
    if (/\*\..*\*|.\.\*/.test(owner) || owner in records) continue
    records[owner] = rrsets(random, pick, name)
  }
  records.red = { DNAME: pick(['a', 'www', 'b.a', 'nowhere']) }
  records.lame = { NS: 'ns.lame' }
  records['ns.lame'] = { A: '192.0.2.53' }
  const zone = must(compileZone({ origin: `${origin}.`, ttl: 300, soa: SOA, records })).zone
  const owners = Object.keys(records)
  const questions = Array.from({ length: count }, (): Question => {
    const what = random()
    if (what < 0.08) return { name: origin, type: pick(AT_APEX) }
    if (what < 0.14) return { name: `lame.${origin}`, type: 'DS' }
    const below = pick(owners)
      .replace('@', 'b')
      .replace('*', pick(['x1', 'q', '*']))
    const full = what < 0.5 ? below : what < 0.7 ? `${pick(LABELS)}.${below}` : what < 0.85 ? `q.red` : name(2)
    return { name: `${full}.${origin}`, type: pick(TYPES) }
  })
  // Names at and below the delegation are those of other servers, but for its DS.
  const isElsewhere = ({ name, type }: Question): boolean =>
    type === 'DS' ? name.includes('.lame.') : /(^|\.)lame\./.test(name)
  return { origin, zone, questions: questions.filter((question) => !isElsewhere(question)) }
}

type Pick = <T>(list: readonly T[]) => T

function rrsets(random: Rng, pick: Pick, name: (depth: number) => string): Record<string, unknown> {
  const what = random()
  if (what < 0.12) return { CNAME: pick([name(1), name(2), 'q.red']) }
  if (what < 0.2) return { ALIAS: name(1), TXT: '"beside"' }
  const all: Record<string, unknown> = { A: policy(random, pick, ADDRESSES) }
  if (random() < 0.4) all.AAAA = policy(random, pick, ADDRESSES6)
  if (random() < 0.4) all.TXT = policy(random, pick, ['"a"', '"B" "c"', `"${'x'.repeat(200)}"`, '"\\000\\255"'])
  if (random() < 0.3) all.MX = ['10 Mail.A', `20 ${name(1)}`]
  if (random() < 0.3) all.SRV = `1 2 443 Host.${name(1)}`
  if (random() < 0.3) all.HTTPS = pick(['1 . alpn=h2', '1 . alpn=h2 ipv4hint=auto', '0 www'])
  if (random() < 0.2) all.CAA = '0 issue "ca.example"'
  return all
}

const ADDRESSES = ['192.0.2.10', '192.0.2.11', '192.0.2.12', '192.0.2.13']
const ADDRESSES6 = ['2001:db8::1', '2001:db8::2', '2001:db8::3']

/** Every kind of policy that needs neither checks nor a database. */
function policy(random: Rng, pick: Pick, values: readonly string[]): unknown {
  const few = values.slice(0, 1 + Math.floor(random() * values.length))
  const members = few.map((answer, i) => ({ weight: 1 + i, answer }))
  const rest = { networks: ['0.0.0.0/0', '::/0'], answer: random() < 0.5 ? [] : few }
  const check = { kind: 'tcp', port: 443 }
  const pools = [
    { ttl: [5, 60], answer: { kind: 'pool', check, select: 'weighted', members } },
    { ttl: 30, answer: { kind: 'pool', check, select: 'all', members: few.map((answer) => ({ answer })) } },
  ]
  return pick<unknown>([
    few,
    few[0],
    { kind: 'random', of: few },
    { kind: 'weighted', members },
    { kind: 'hashed', of: few },
    { kind: 'weighted-hashed', members },
    { kind: 'consistent-hashed', members },
    { kind: 'view', rules: [{ networks: ['203.0.113.0/24'], answer: few }, rest] },
    ...(values === ADDRESSES || values === ADDRESSES6 ? pools : []),
  ])
}
