import {
  formatName,
  formatRelative,
  isSubdomain,
  type Name,
  type NameKey,
  parseName,
  plainKey,
  ROOT,
} from '../dns/index.ts'
import { MAX_CNAME_CHAIN } from '../limits.ts'
import type { Issue } from '../policy/index.ts'
import type { RrsetDocument, Zone, ZoneDocument } from '../zone/index.ts'
import { type Owner, plainTexts } from './expressions.ts'

/**
 * Warns of owners that contain a space, or the zone's name twice for want of a final dot; of a CNAME that leads
 * back to itself; and of an "@" in the mailbox of the SOA.
 */
export function suspectNames(owners: readonly Owner[], { records, soa }: ZoneDocument, { origin }: Zone): Issue[] {
  const issues: Issue[] = mailbox(soa.rname, origin)
  const twice = origin.key === ROOT.key ? undefined : origin.key.slice(0, -1) + origin.key
  for (const [ownerText, { CNAME: alias }] of owners) {
    const key = keyIn(ownerText, origin)
    if (key === undefined) continue
    if (twice !== undefined && isSubdomain(key, twice)) issues.push(twiceIn(ownerText, origin))
    if (key.includes(' ') && hasSpace(key)) issues.push(spaceIn(ownerText, origin))
    const circle = alias === undefined ? undefined : aliasCircle(key, alias, records, origin)
    if (circle !== undefined) {
      const message = `CNAME ${circle}, so that every answer is SERVFAIL; expected a name outside of the circle`
      issues.push({ path: ['records', ownerText, 'CNAME'], message })
    }
  }
  return issues
}

/** Returns the key of a name, or undefined for one that is not valid. */
function keyIn(text: string, origin: Name): NameKey | undefined {
  const key = plainKey(text, origin)
  if (key !== undefined) return key
  const name = parseName(text, origin)
  return name.ok ? name.value.key : undefined
}

/** Returns a name that has a key. */
function nameIn(text: string, origin: Name): Name {
  const name = parseName(text, origin)
  return name.ok ? name.value : origin
}

function twiceIn(ownerText: string, origin: Name): Issue {
  const owner = nameIn(ownerText, origin)
  const absolute = `${formatRelative(owner, origin)}.`
  const message = `${formatName(owner)} has the zone's name twice; expected ${absolute} with its final dot`
  return { path: ['records', ownerText], message }
}

function spaceIn(ownerText: string, origin: Name): Issue {
  const message = `${formatName(nameIn(ownerText, origin))} has a space in it; expected a name without, which clients can ask for`
  return { path: ['records', ownerText], message }
}

/** Returns how a CNAME leads back to its owner, directly or over other names of the zone; undefined if it does not. */
function aliasCircle(
  owner: NameKey,
  alias: RrsetDocument,
  records: ZoneDocument['records'],
  origin: Name,
): string | undefined {
  let rrset: RrsetDocument | undefined = alias
  for (let length = 1; rrset !== undefined && length <= MAX_CNAME_CHAIN; length++) {
    const [text] = [...plainTexts(rrset, [])]
    const target = text && parseName(text.text, origin)
    if (!target?.ok) return undefined
    if (target.value.key === owner) {
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

/** Searches the labels only, since a length octet may be 32 too. */
function hasSpace(key: NameKey): boolean {
  for (let at = 0; key.charCodeAt(at) !== 0; at += key.charCodeAt(at) + 1) {
    if (key.slice(at + 1, at + 1 + key.charCodeAt(at)).includes(' ')) return true
  }
  return false
}
