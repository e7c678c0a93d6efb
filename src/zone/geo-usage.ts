import { type Path, type Policy, usesClosest, usesPlaces, type Warning } from '../policy/index.ts'

/** The answers of a zone that depend on the client's location. */
export class GeoUsage {
  private readonly paths: Path[] = []
  private hasClosest = false

  add(policy: Policy, path: Path): void {
    if (!usesPlaces(policy)) return
    this.paths.push(path)
    this.hasClosest ||= usesClosest(policy)
  }

  get isUsed(): boolean {
    return this.paths.length > 0
  }

  /** Returns one advice for the zone: a zone cannot know which database there is. */
  warnings(): Warning[] {
    const [first, ...others] = this.paths
    if (!first) return []
    const more = others.length > 0 ? ` (and ${others.length} more)` : ''
    const closest = this.hasClosest ? '; without it all addresses are equally near to pickclosest' : ''
    const message = `the answer depends on the client's location${more}; expected a geo database for clients with ECS: npx edge-gslb geo put FILE.mmdb${closest}`
    return [{ path: first, severity: 'advice', message }]
  }
}
