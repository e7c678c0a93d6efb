import type { TransferRecord } from '../../rrsets/index.ts'

/** @param records all of a zone @returns a function that tells if a record is the zone's own (RFC 1034 §4.2.1) */
export function authorityOver(
  origin: string,
  records: readonly TransferRecord[],
): (name: string, type: string) => boolean {
  const cuts = new Set(records.flatMap(({ name, type }) => (type === 'NS' && name !== origin ? [name] : [])))
  const dnames = new Set(records.flatMap(({ name, type }) => (type === 'DNAME' ? [name] : [])))
  return (name, type) => {
    if (cuts.has(name)) return type === 'DS'
    for (let above = parentOf(name); above !== undefined && above !== origin; above = parentOf(above)) {
      if (cuts.has(above) || dnames.has(above)) return false
    }
    return true
  }
}

/** Returns the name without its first label, in which a dot is escaped; undefined for the root. */
function parentOf(name: string): string | undefined {
  const label = /^(?:[^.\\]|\\.)*\./.exec(name)?.[0]
  return label === undefined || label.length === name.length ? undefined : name.slice(label.length)
}
