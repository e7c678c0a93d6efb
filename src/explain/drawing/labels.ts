import type { Policy } from '../../policy/index.ts'

type Networks = Extract<Policy, { kind: 'view' | 'networks' }>
type Geo = Extract<Policy, { kind: 'geo' }>

/** Texts of one branch that are told; the others are counted. */
const MAX_TOLD = 3

/** The conditions that lead to one branch. */
class Told {
  private readonly texts: string[] = []
  private count = 0

  add(text: string): void {
    if (this.texts.length < MAX_TOLD) this.texts.push(text)
    this.count++
  }

  get label(): string {
    const left = this.count - this.texts.length
    return [...this.texts, ...(left > 0 ? [`… and ${left} more`] : [])].join(', ')
  }
}

/** Says for each branch which clients it is for: a network, or a place. The last branch is for all others. */
export function labelsOf(policy: Networks | Geo): readonly string[] {
  const told = policy.members.map(() => new Told())
  for (let i = 0; i < policy.networks.length; i++) {
    told[policy.branches[i] as number]?.add(policy.networks.at(i) as string)
  }
  if (policy.kind === 'geo') for (const [id, branch] of policy.levels.entries()) told[branch]?.add(placeText(id))
  told.at(-1)?.add(policy.kind === 'geo' ? 'all other places' : 'all other clients')
  return told.map(({ label }) => label)
}

/** @param id as `Levels` has it: the level and the key */
function placeText(id: string): string {
  const space = id.indexOf(' ')
  return `${SINGULAR[id.slice(0, space)] ?? ''} ${id.slice(space + 1)}`.trim()
}

const SINGULAR: Readonly<Record<string, string>> = {
  asns: 'network',
  cities: 'city',
  regions: 'region',
  countries: 'country',
  continents: 'continent',
}
