import { formatName, isSubdomain, type Name, plainText, SPECIAL } from './name.ts'

/** Formats a name as a zone file writes it below `origin`: `@`, or without the origin's labels. */
export function formatRelative(name: Name, origin: Name, special = SPECIAL): string {
  if (name.key === origin.key) return '@'
  if (!isSubdomain(name.key, origin.key)) return formatName(name, special)
  const end = name.wire.length - origin.wire.length
  const plain = plainText(name.wire, end)
  if (plain !== undefined) return plain
  const labels = name.wire.subarray(0, end)
  return formatName({ wire: Uint8Array.from([...labels, 0]), key: '' }, special).slice(0, -1)
}
