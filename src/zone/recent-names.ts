import type { NameKey } from '../dns/query-path.ts'

/**
 * Returns the place of a name among the last ones that were asked for. It reads the first label's last four octets and
 * one from its middle: names of one list differ there, by a number or a letter. Keys of recent names are the same
 * strings (`keyOf`), so that it takes little to compare them.
 * @param places a power of two
 */
export function recentPlace(name: NameKey, places: number): number {
  const last = name.charCodeAt(0)
  const least = last > 3 ? last : 4
  const mixed =
    (name.length * 37 + name.charCodeAt(last)) ^
    (name.charCodeAt(least - 1) * 331) ^
    (name.charCodeAt(least - 2) * 83) ^
    (name.charCodeAt(least - 3) * 1217) ^
    (name.charCodeAt((last >> 1) + 1) * 5)
  return (mixed ^ (mixed >> 10)) & (places - 1)
}
