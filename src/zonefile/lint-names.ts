import { formatName, formatRelative, type Name, parseName } from '../dns/index.ts'
import { MAX_CNAME_CHAIN } from '../limits.ts'
import type { Issue } from '../policy/index.ts'
import type { RrsetDocument, Zone, ZoneDocument } from '../zone/index.ts'
import { plainTexts } from './expressions.ts'

/**
 * Warns of owners that contain a space, or the zone's name twice for want of a final dot; of a CNAME that leads
 * back to itself; and of an "@" in the mailbox of the SOA.
 */
export function suspectNames({ records, soa }: ZoneDocument, { origin }: Zone): Issue[] {
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
  }
  return issues
}

/** Returns how a CNAME leads back to its owner, directly or over other names of the zone; undefined if it does not. */
function aliasCircle(
  owner: Name,
  alias: RrsetDocument | undefined,
  records: ZoneDocument['records'],
  origin: Name,
): string | undefined {
  let rrset = alias
  for (let length = 1; rrset !== undefined && length <= MAX_CNAME_CHAIN; length++) {
    const [text] = [...plainTexts(rrset, [])]
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

/** Warns of an "@" in the mailbox of the SOA, which is a name with a dot instead (RFC 1035 §8). */
function mailbox(text: string, origin: Name): Issue[] {
  const name = parseName(text, origin)
  if (!name.ok || !name.value.wire.includes(AT_SIGN)) return []
  return [
    { path: ['soa', 'rname'], message: 'the mailbox of the SOA has an "@"; expected a dot, as in root.example.com.' },
  ]
}

/** No length octet of a label has this value. */
const AT_SIGN = 0x40

const SPACE = 0x20

/** Searches the labels only, since a length octet may be 32 too. */
function hasSpace({ wire }: Name): boolean {
  for (let at = 0; wire[at] !== 0; at += (wire[at] as number) + 1) {
    if (wire.subarray(at + 1, at + 1 + (wire[at] as number)).includes(SPACE)) return true
  }
  return false
}

function hasTwice(name: Name, origin: Name): boolean {
  const zone = formatName(origin).toLowerCase()
  return zone !== '.' && `.${formatName(name).toLowerCase()}`.endsWith(`.${zone}${zone}`)
}
