import type { NameKey } from '../dns/query-path.ts'

/**
 * Returns the place of a name among the last ones that were asked for. It reads a few octets of the first label, where
 * names of one list differ. Keys of recent names are the same strings (`keyOf`), so that it takes little to compare them.
 * @param places a power of two
 */
export function recentPlace(name: NameKey, places: number): number {
  const last = name.charCodeAt(0)
  const mixed =
    (name.length * 37 + last) ^
    (name.charCodeAt(last) * 5) ^
    (name.charCodeAt(last - 1) * 83) ^
    (name.charCodeAt((last >> 1) + 1) * 331)
  return mixed & (places - 1)
}
