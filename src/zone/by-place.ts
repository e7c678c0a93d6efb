import { type Issue, membersOf, type Path, type Policy } from '../policy/index.ts'

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

  /** Said once a zone: whether a database was put is not the zone's to know. */
  warnings(): Issue[] {
    const [first, ...others] = this.paths
    if (!first) return []
    const more = others.length > 0 ? ` (and ${others.length} more)` : ''
    const closest = this.hasClosest ? ', and to pickclosest all addresses are equally near' : ''
    const message = `the answer goes by place${more}: a Client Subnet is placed by a database that you supply; put it with "npx edge-gslb geo put FILE.mmdb", without it such clients get what is for unknown places${closest}`
    return [{ path: first, message }]
  }
}

const contains = (policy: Policy, is: (policy: Policy) => boolean): boolean =>
  is(policy) || membersOf(policy).some((member) => contains(member, is))

/** Whether where the client is decides anything. */
const goesByPlace = (policy: Policy): boolean =>
  policy.kind === 'geo' ||
  policy.kind === 'datacenters' ||
  (policy.kind === 'pool' && policy.nearest !== undefined) ||
  (policy.kind === 'script' && policy.code.usesPlaces)

/** Whether where the addresses are does too, which the database alone knows. */
const goesByClosest = (policy: Policy): boolean =>
  (policy.kind === 'pool' && policy.select === 'pickclosest') || (policy.kind === 'script' && policy.code.usesClosest)
