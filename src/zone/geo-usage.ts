import { type Path, type Policy, usesClosest, usesPlaces, type Warning } from '../policy/index.ts'

/** An rrset whose answer depends on the client's location. */
export type PlacedAnswer = { readonly path: Path; readonly isClosest: boolean }

/** The answers of a zone that depend on the client's location. */
export class GeoUsage {
  private readonly paths: Path[] = []
  private hasClosest = false

  /** Adds an answer if it depends on places, and returns it then. */
  add(policy: Policy, path: Path): PlacedAnswer | undefined {
    if (!usesPlaces(policy)) return undefined
    const placed = { path, isClosest: usesClosest(policy) }
    this.addPlaced(placed)
    return placed
  }

  addPlaced({ path, isClosest }: PlacedAnswer): void {
    this.paths.push(path)
    this.hasClosest ||= isClosest
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
