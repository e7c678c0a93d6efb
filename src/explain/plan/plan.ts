import { formatName, type NameKey, nameFromWire, type Question, TYPE, typeName } from '../../dns/index.ts'
import { everywhere, type GeoLookup } from '../../geo/index.ts'
import type { Health } from '../../health/index.ts'
import { MAX_PLAN_NETWORKS, MAX_PLAN_PLACES, MAX_PLAN_STEPS } from '../../limits.ts'
import { formatPrefix } from '../../net/index.ts'
import {
  type Access,
  type PolicyRrset,
  rrsetText,
  type Zone,
  type ZoneNode,
  type Zones,
  zonesOver,
} from '../../zone/index.ts'
import { questionFor } from '../question.ts'
import { type Change, type Compared, compare, type Perspective } from './compare.ts'
import type { Budget } from './networks.ts'
import { NamedPlaces } from './places.ts'
import { isPlaced, Side, type Subject, subjectOf } from './side.ts'

/** A state of health to compare in, and how it is told: the first is as it is, and has no name. */
type HealthState = { readonly name: string | undefined; readonly health: Health }

export type PlanOptions = {
  /** The first state counts; the others are looked at where it shows no change. */
  readonly states: readonly [HealthState, ...HealthState[]]
  /** Without it, clients are asked for at the places that the policies name. */
  readonly database?: GeoLookup | undefined
  /** Called with the number of names that are compared. */
  readonly onProgress?: (done: number, of: number) => void
  /** The zones that both sides have beside their own: walks lead into them, and their names are not compared. */
  readonly around?: Zones | undefined
  /** The steps that are left. It may be shared with other plans. */
  readonly budget?: Budget
  readonly maxNetworks?: number
}

/** The output of `plan --json`. */
export type Plan = {
  readonly changes: readonly Change[]
  /** Zones whose serial changes: that is no change of an answer. */
  readonly serials: readonly { readonly zone: string; readonly before: number | null; readonly after: number | null }[]
  /**
   * Zones that are for other clients afterwards; left out if there are none. Answers are compared as these get them.
   */
  readonly access?: readonly { readonly zone: string; readonly before: string; readonly after: string }[]
  /** True if a limit was met: then there may be more changes. */
  readonly cut: boolean
}

/**
 * Compares what two sets of zones answer: for each name and type that either has, the networks of clients that get
 * other records, or the same ones with other chances. A name stands for what it has itself: the names that lead to it
 * by CNAME are not told again, and a wildcard stands for all names that it answers for.
 */
export function plan(before: readonly Zone[], after: readonly Zone[], options: PlanOptions): Plan {
  const { budget = { left: MAX_PLAN_STEPS }, maxNetworks = MAX_PLAN_NETWORKS, around, onProgress } = options
  const sides: Both<Zones> = [zonesOver(before, around), zonesOver(after, around)]
  const list = { left: maxNetworks }
  const perspectives = new Perspectives([...before, ...after], options)
  const changes: { readonly key: NameKey; readonly type: number; readonly change: Change }[] = []
  let cut = false
  const names = namesOf([...before, ...after])
  let done = 0
  for (const key of names) {
    onProgress?.(done++, names.size)
    for (const type of typesOf(key, sides)) {
      const subjects: Both<Subject> = [subjectOf(key, type, sides[0]), subjectOf(key, type, sides[1])]
      if (areAlike(subjects)) continue
      const question = questionOf(key, type)
      const sidesIn = ({ conditions }: Perspective): Both<Side> => [
        new Side(question, subjects[0], sides[0], conditions),
        new Side(question, subjects[1], sides[1], conditions),
      ]
      const found = compareIn(question, sidesIn, perspectives.of(subjects), budget, list)
      cut ||= found.isCut || budget.left <= 0
      const isUnknown = found.isCut && subjects.every(({ kind }) => kind !== 'walk')
      const change = found.change ?? (isUnknown ? unknownChange(question) : undefined)
      if (change) changes.push({ key, type, change })
    }
  }
  onProgress?.(names.size, names.size)
  const sorted = changes.map((found) => ({ ...found, labels: labelsOf(found.key) })).sort(byName)
  const access = accessOf(before, after)
  return {
    changes: sorted.map(({ change }) => change),
    serials: serialsOf(before, after),
    ...(access.length > 0 && { access }),
    cut,
  }
}

/** Returns true if something changes, or may. */
export const isChanging = ({ changes, access = [], cut }: Plan): boolean =>
  changes.length > 0 || access.length > 0 || cut

type Both<T> = readonly [before: T, after: T]

/** Compares in one state of health after the other, until one shows a change. */
function compareIn(
  question: Question,
  sidesIn: (perspective: Perspective) => Both<Side>,
  { states, isWhole }: { readonly states: readonly (readonly Perspective[])[]; readonly isWhole: boolean },
  budget: { left: number },
  list: { left: number },
): Compared {
  let isCut = !isWhole
  for (const perspectives of states) {
    const found = compare(
      question,
      perspectives.map((perspective) => ({ perspective, sides: sidesIn(perspective) })),
      budget,
      list,
    )
    isCut ||= found.isCut
    if (found.change) return { change: { ...found.change, ...(isCut && { cut: true }) }, isCut }
  }
  return { change: undefined, isCut }
}

/** Two policies differ, and not all clients could be compared: it is not known that nothing changes. */
const unknownChange = (question: Question): Change => ({
  name: formatName(question.key),
  type: typeName(question.type),
  change: 'changed',
  networks: [],
  share: { ipv4: null },
  ttl: { before: null, after: null },
  cut: true,
})

/** A walk is compared as things are, and while everything is down. */
const STATES_OF_A_WALK = 2

/** Makes the conditions that questions are compared in. */
class Perspectives {
  private readonly zones: readonly Zone[]
  private readonly options: PlanOptions
  private all: NamedPlaces | undefined
  /** Cached: each has its own look-up tables. */
  private readonly databases = new Map<string, GeoLookup>()

  constructor(zones: readonly Zone[], options: PlanOptions) {
    this.zones = zones
    this.options = options
  }

  of(pair: Both<Subject>): { readonly states: readonly (readonly Perspective[])[]; readonly isWhole: boolean } {
    const { database } = this.options
    const usesHealth = pair.some((subject) => subject.kind !== 'nothing' && subject.zone?.usesHealth)
    const isWalk = pair.some(({ kind }) => kind === 'walk')
    // Walks are taken whether anything on them changes or not.
    const states = this.options.states.slice(0, usesHealth ? (isWalk ? STATES_OF_A_WALK : undefined) : 1)
    if (database || !pair.some(isPlaced)) {
      const isWhole = true
      return { states: states.map((state) => [this.at(state, undefined, database)]), isWhole }
    }
    const { places, isWhole: hasAll } = this.placesOf(pair).list(MAX_PLAN_PLACES)
    // A name that a walk may not see is no sign of a change.
    const isWhole = hasAll || isWalk
    return {
      states: states.map((state) =>
        places.map(({ name, location }) =>
          this.at(
            state,
            name,
            this.databaseAt(name, () => everywhere(location)),
          ),
        ),
      ),
      isWhole,
    }
  }

  private at({ name, health }: HealthState, place: string | undefined, database: GeoLookup | undefined): Perspective {
    return { health: name, place, conditions: { health, database } }
  }

  private databaseAt(name: string, make: () => GeoLookup): GeoLookup {
    const made = this.databases.get(name) ?? make()
    this.databases.set(name, made)
    return made
  }

  /** A walk may lead to any name. */
  private placesOf(pair: Both<Subject>): NamedPlaces {
    if (pair.some(({ kind }) => kind === 'walk')) {
      if (!this.all) {
        this.all = new NamedPlaces()
        for (const zone of this.zones) this.all.addZone(zone)
      }
      return this.all
    }
    const places = new NamedPlaces()
    for (const subject of pair) if (subject.kind === 'rrset') places.add(subject.rrset.policy)
    return places
  }
}

/** Returns true if both sides answer alike, whoever asks. Two walks have to be taken. */
function areAlike([before, after]: Both<Subject>): boolean {
  if (before.kind === 'nothing' && after.kind === 'nothing') return true
  return before.kind === 'rrset' && after.kind === 'rrset' && areEqual(before.rrset, after.rrset)
}

/** Most rrsets of large zones are fixed records, which are quick to compare. */
function areEqual(a: PolicyRrset, b: PolicyRrset): boolean {
  const [one, other] = [a.policy, b.policy]
  if (one.kind !== other.kind || a.ttl !== b.ttl || a.minTtl !== b.minTtl) return false
  if (one.kind === 'values' && other.kind === 'values') {
    return (
      one.rdatas.length === other.rdatas.length && one.rdatas.every(({ text }, i) => text === other.rdatas[i]?.text)
    )
  }
  return rrsetText(a) === rrsetText(b)
}

// --- names and types ------------------------------------------------------------------------------------------------

function namesOf(zones: readonly Zone[]): Set<NameKey> {
  const names = new Set<NameKey>()
  for (const { names: own } of zones) for (const { key } of own.all()) names.add(key)
  return names
}

/** Returns the types that either side has at a name, or has by a wildcard there. */
function typesOf(key: NameKey, sides: Both<Zones>): readonly number[] {
  const types = new Set<number>()
  for (const zones of sides) {
    const state = zones.find(key)
    if (state?.kind !== 'loaded') continue
    const { names } = state.zone
    const found = names.lookup(key)
    const node = found.kind === 'delegation' ? names.find(key) : 'node' in found ? found.node : undefined
    if (node && !isHidden(node)) for (const type of asked(node)) types.add(type)
  }
  return [...types].sort((a, b) => a - b)
}

/** A name below a DNAME is never answered. */
const isHidden = ({ dname, key }: ZoneNode): boolean => dname !== undefined && dname.key !== key

/** An ALIAS is answered for A and AAAA, and never by itself. */
const asked = ({ rrsets }: ZoneNode): number[] =>
  rrsets.flatMap(({ type }) => (type === TYPE.ALIAS ? [TYPE.A, TYPE.AAAA] : [type]))

type Labelled = { readonly labels: readonly string[]; readonly type: number }

/** Sorts as zones do: by the labels, from the last one on. */
function byName(a: Labelled, b: Labelled): number {
  for (const [i, label] of a.labels.entries()) {
    const other = b.labels[i]
    if (other === undefined) return 1
    if (label !== other) return label < other ? -1 : 1
  }
  return a.labels.length - b.labels.length || a.type - b.type
}

function labelsOf(key: NameKey): string[] {
  const labels: string[] = []
  for (let at = 0; at < key.length - 1; at += key.charCodeAt(at) + 1) {
    labels.push(key.slice(at + 1, at + 1 + key.charCodeAt(at)))
  }
  return labels.reverse()
}

const questionOf = (key: NameKey, type: number): Question =>
  questionFor(nameFromWire(Uint8Array.from(key, (character) => character.charCodeAt(0))), type)

// --- serials --------------------------------------------------------------------------------------------------------

function serialsOf(before: readonly Zone[], after: readonly Zone[]): Plan['serials'] {
  const serials = new Map<NameKey, { before: number | null; after: number | null }>()
  for (const { origin, serial } of before) serials.set(origin.key, { before: serial, after: null })
  for (const { origin, serial } of after) {
    serials.set(origin.key, { before: serials.get(origin.key)?.before ?? null, after: serial })
  }
  return [...serials]
    .filter(([, { before, after }]) => before !== after)
    .map(([origin, change]) => ({ zone: formatName(origin), ...change }))
}

// --- access ---------------------------------------------------------------------------------------------------------

/** Compares zones that both sides have: what is new or gone has its names among the changes. */
function accessOf(before: readonly Zone[], after: readonly Zone[]): NonNullable<Plan['access']> {
  const texts = new Map(before.map(({ origin, access }) => [origin.key, accessText(access)]))
  return after.flatMap(({ origin, access }) => {
    const [was, is] = [texts.get(origin.key) ?? EVERYBODY, accessText(access)]
    return was === is ? [] : [{ zone: formatName(origin), before: was, after: is }]
  })
}

const EVERYBODY = 'everybody'

function accessText(access: Access | undefined): string {
  if (!access) return EVERYBODY
  const { token, networks } = access
  const listed = typeof networks === 'string' ? [] : networks.map(formatPrefix)
  return [...(token ? ['clients with a token'] : []), ...listed].join(', ')
}
