import { formatName, formatRelative, isSubdomain, type Name, parseName, splitFields } from '../dns/index.ts'
import { MAX_CNAME_CHAIN } from '../limits.ts'
import type { Issue } from '../policy/index.ts'
import { lookup, type RrsetDocument, type Zone, type ZoneDocument } from '../zone/index.ts'

/**
 * Lawful, and mostly a final dot that was forgotten, or a slip: owners that have the zone's name twice or a space, and
 * data that leads to a name which the zone would have and has not. What is only known with the query is not looked at.
 */
export function danglingNames({ records, soa }: ZoneDocument, zone: Zone): Issue[] {
  const { origin } = zone
  const issues: Issue[] = mailbox(soa.rname, origin)
  for (const [ownerText, types] of Object.entries(records)) {
    const path = ['records', ownerText]
    const owner = parseName(ownerText, origin)
    if (owner.ok && hasTwice(owner.value, origin)) {
      const absolute = `${formatRelative(owner.value, origin)}.`
      const message = `${formatName(owner.value)} has the zone's name twice; expected ${absolute} with its final dot`
      issues.push({ path, message })
    }
    if (owner.ok && hasSpace(owner.value)) {
      const message = `${formatName(owner.value)} has a space in it; expected a name without, which clients can ask for`
      issues.push({ path, message })
    }
    const circle = owner.ok ? aliasCircle(owner.value, types.CNAME, records, origin) : undefined
    if (circle !== undefined) {
      const message = `CNAME ${circle}, so that every answer is SERVFAIL; expected a name outside of the circle`
      issues.push({ path: [...path, 'CNAME'], message })
    }
    for (const [type, rrset] of Object.entries(types)) {
      const field = TARGET_FIELD[type.toUpperCase()]
      if (field === undefined) continue
      for (const { text, path: at } of textsOf(rrset, [...path, type])) {
        const fields = splitFields(text)
        const target = parseName((fields.ok && fields.value[field]?.text) || '.', origin)
        if (!target.ok || !isSubdomain(target.value.key, origin.key)) continue
        if (lookup(zone, target.value.key).kind !== 'nothing') continue
        issues.push({
          path: at,
          message: `${type} leads to ${formatName(target.value)}, ${expected(target.value, origin)}`,
        })
      }
    }
  }
  return issues
}

/** Says how a CNAME leads back to its owner, directly or over other names of the zone; undefined where it does not. */
function aliasCircle(
  owner: Name,
  alias: RrsetDocument | undefined,
  records: ZoneDocument['records'],
  origin: Name,
): string | undefined {
  let rrset = alias
  for (let length = 1; rrset !== undefined && length <= MAX_CNAME_CHAIN; length++) {
    const [text] = [...textsOf(rrset, [])]
    const target = text && parseName(text.text, origin)
    if (!target?.ok) return undefined
    if (target.value.key === owner.key) {
      return length === 1
        ? 'leads to itself'
        : `leads back to itself over ${length - 1} other name${length === 2 ? '' : 's'}`
    }
    const next = formatRelative(target.value, origin)
    rrset = Object.hasOwn(records, next) ? records[next]?.CNAME : undefined
  }
  return undefined
}

/** The mailbox of an SOA is a name: a dot stands for its "@" (RFC 1035 §8). */
function mailbox(text: string, origin: Name): Issue[] {
  const name = parseName(text, origin)
  if (!name.ok || !name.value.wire.includes(AT_SIGN)) return []
  return [
    { path: ['soa', 'rname'], message: 'the mailbox of the SOA has an "@"; expected a dot, as in root.example.com.' },
  ]
}

/** No length of a label is as large. */
const AT_SIGN = 0x40

const SPACE = 0x20

/** Looks into the labels: an octet for a length may be 32 too. */
function hasSpace({ wire }: Name): boolean {
  for (let at = 0; wire[at] !== 0; at += (wire[at] as number) + 1) {
    if (wire.subarray(at + 1, at + 1 + (wire[at] as number)).includes(SPACE)) return true
  }
  return false
}

/** Which field of the data is the name that it leads to. A DNAME's stands for names below it. */
const TARGET_FIELD: Readonly<Record<string, number>> = {
  ...{ NS: 0, CNAME: 0, PTR: 0, ALIAS: 0, MX: 1, AFSDB: 1, SVCB: 1, HTTPS: 1, SRV: 3 },
}

function expected(target: Name, origin: Name): string {
  const relative = formatRelative(target, origin)
  const absolute = relative.includes('.') ? `, or ${relative}. with its final dot` : ''
  return `which the zone has not; expected a name that it has${absolute}`
}

function hasTwice(name: Name, origin: Name): boolean {
  const zone = formatName(origin).toLowerCase()
  return zone !== '.' && `.${formatName(name).toLowerCase()}`.endsWith(`.${zone}${zone}`)
}

function* textsOf(rrset: RrsetDocument, path: Issue['path']): Generator<{ text: string; path: Issue['path'] }> {
  const inside = typeof rrset === 'object' && 'answer' in rrset
  const answer = inside ? rrset.answer : rrset
  const at = inside ? [...path, 'answer'] : path
  if (typeof answer === 'string') yield { text: answer, path: at }
  if (!Array.isArray(answer)) return
  for (const [i, text] of answer.entries()) if (typeof text === 'string') yield { text, path: [...at, i] }
}
