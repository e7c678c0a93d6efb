import { membersOf, type Path, type Policy, type Warning } from '../policy/index.ts'

/** The answers of a zone that go by place. */
export class ByPlace {
  private readonly paths: Path[] = []
  private hasClosest = false

  add(policy: Policy, path: Path): void {
    if (!contains(policy, goesByPlace)) return
    this.paths.push(path)
    this.hasClosest ||= contains(policy, goesByClosest)
  }

  get isUsed(): boolean {
    return this.paths.length > 0
  }

  /** Advice, once a zone: a zone cannot know which database there is. */
  warnings(): Warning[] {
    const [first, ...others] = this.paths
    if (!first) return []
    const more = others.length > 0 ? ` (and ${others.length} more)` : ''
    const closest = this.hasClosest ? '; without it all addresses are equally near to pickclosest' : ''
    const message = `the answer depends on the client's location${more}; expected a geo database for clients with ECS: npx edge-gslb geo put FILE.mmdb${closest}`
    return [{ path: first, severity: 'advice', message }]
  }
}

const contains = (policy: Policy, is: (policy: Policy) => boolean): boolean =>
  is(policy) || membersOf(policy).some((member) => contains(member, is))

/** Whether where the client is decides anything. */
const goesByPlace = (policy: Policy): boolean =>
  policy.kind === 'geo' ||
  policy.kind === 'datacenters' ||
  (policy.kind === 'pool' && policy.nearest !== undefined) ||
  (policy.kind === 'script' && policy.usesPlaces)

/** Whether where the addresses are does too, which the database alone knows. */
const goesByClosest = (policy: Policy): boolean =>
  (policy.kind === 'pool' && policy.select === 'pickclosest') || (policy.kind === 'script' && policy.usesClosest)
