/** Properties of a pool's selector. Every place that depends on the selector reads them here. */
type SelectTraits = {
  /** True if the members' weights matter: for the choice, and for `minLive`. */
  readonly weights: boolean
  /** True if the members' groups matter. */
  readonly groups: boolean
  /** True if the client's address decides. */
  readonly byClient: boolean
  /** True if the share of a member that is down can go to the next one (`lost`). */
  readonly shares: boolean
  /** True if a loaded member can shed queries. A hash keeps clients where they are, so that it cannot. */
  readonly sheds: boolean
  /** True if a client of one member can be passed on to another: an answer has one member. */
  readonly spills: boolean
  /** True if the client's location decides. */
  readonly byDistance: boolean
  /** True if the choice needs a ring of hashes. */
  readonly ring: boolean
  /** The number of members that one answer has: as many as `count` says, possibly all, or one. */
  readonly answers: 'count' | 'all' | 'one'
}

const NONE = {
  weights: false,
  groups: false,
  byClient: false,
  shares: false,
  sheds: false,
  spills: false,
  byDistance: false,
  ring: false,
} as const
const BY_WEIGHT = { ...NONE, weights: true, shares: true, sheds: true } as const
const BY_GROUP = { ...BY_WEIGHT, groups: true } as const
const BY_HASH = { ...NONE, byClient: true, spills: true, answers: 'one' } as const

export const SELECT = {
  random: { ...NONE, shares: true, sheds: true, spills: true, answers: 'count' },
  all: { ...NONE, sheds: true, answers: 'count' },
  first: { ...NONE, spills: true, answers: 'count' },
  weighted: { ...BY_WEIGHT, spills: true, answers: 'count' },
  'weighted-multi': { ...BY_WEIGHT, answers: 'all' },
  grouped: { ...BY_GROUP, answers: 'all' },
  'grouped-multi': { ...BY_GROUP, answers: 'all' },
  hashed: BY_HASH,
  'weighted-hashed': { ...BY_HASH, weights: true, shares: true },
  'consistent-hashed': { ...BY_HASH, weights: true, ring: true },
  nearest: { ...NONE, byDistance: true, spills: true, answers: 'count' },
  pickclosest: { ...NONE, byDistance: true, spills: true, answers: 'one' },
} as const satisfies Record<string, SelectTraits>

export type Select = keyof typeof SELECT

export const SELECTS = Object.keys(SELECT) as readonly Select[]

/** Returns the selectors that have a property. */
export const selectsWith = (has: (traits: SelectTraits) => boolean): readonly Select[] =>
  SELECTS.filter((select) => has(SELECT[select]))
