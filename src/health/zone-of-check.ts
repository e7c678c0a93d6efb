/**
 * Returns the zone of a check `example.com/web`. Names of zones may have slashes, too (RFC 2317).
 * @param origins the origins of zones, without the final dot
 */
export function zoneOfCheck(check: string, origins: ReadonlySet<string>): string {
  for (let at = check.indexOf('/'); at >= 0; at = check.indexOf('/', at + 1)) {
    const origin = check.slice(0, at)
    if (origins.has(origin)) return origin
  }
  return check.slice(0, Math.max(0, check.indexOf('/')))
}
