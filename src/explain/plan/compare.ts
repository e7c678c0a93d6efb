import { formatName, type Question, typeName } from '../../dns/index.ts'
import { MAX_PLAN_SAMPLES, MAX_PLAN_SINGLES } from '../../limits.ts'
import type { Address, Family } from '../../net/index.ts'
import { seededRng } from '../../policy/index.ts'
import { type Budget, partition, prefixes, type Span, toAddress } from './networks.ts'
import { hasRecords, type PlannedEnding, type PlannedRecord } from './outcome.ts'
import type { Conditions, Probed, Side } from './side.ts'

/** The changed answers for one name and type. */
export type Change = {
  readonly name: string
  readonly type: string
  readonly change: 'added' | 'removed' | 'changed'
  /** The networks whose clients get other records, or other chances; both families in order. */
  readonly networks: readonly NetworkChange[]
  /**
   * The part of the IPv4 addresses that gets something else; null if places decide, and nobody knows where they are.
   */
  readonly share: { readonly ipv4: number | null }
  /** Seconds: the smallest of each side; null without records. */
  readonly ttl: { readonly before: number | null; readonly after: number | null }
  /** The state of health in which it shows, if that is not the present one. */
  readonly health?: string
  /** The number of networks that are not listed. */
  readonly more?: number
  /** True if not all clients were compared. */
  readonly cut?: true
}

export type NetworkChange = {
  readonly prefix: string
  readonly before: readonly PlannedRecord[]
  readonly after: readonly PlannedRecord[]
  /** Set if a side has any ending but records. */
  readonly status?: { readonly before: readonly PlannedEnding[]; readonly after: readonly PlannedEnding[] }
  /** Seconds; set if it is not the same for all networks. */
  readonly ttl?: { readonly before: number | null; readonly after: number | null }
  /** The place of these clients, if there is no database to say where networks are. */
  readonly place?: string
  /** Set if a hash decides for each client: the chances are those over the clients. */
  readonly byHash?: true
  /** The part of these clients that gets something else, if `byHash`; measured with some of them. */
  readonly moved?: number
}

/** The conditions in which a question is compared, and how they are told. */
export type Perspective = {
  readonly health: string | undefined
  readonly place: string | undefined
  readonly conditions: Conditions
}

/** One perspective, and both sides in it. */
type Seen = { readonly perspective: Perspective; readonly sides: readonly [before: Side, after: Side] }

/** `isCut`: not all clients were compared. */
export type Compared = { readonly change: Change | undefined; readonly isCut: boolean }

/**
 * Compares both sides for each client.
 * @param budget the steps that are left
 * @param list the networks that may still be listed
 */
export function compare(question: Question, seen: readonly Seen[], budget: Budget, list: Budget): Compared {
  const views = seen.flatMap((one) => ([1, 2] as const).map((family) => viewOf(one, family, budget)))
  const isCut = views.some(({ isWhole }) => !isWhole)
  const spans = views.flatMap((view) => view.spans)
  const ttls = new Set(spans.filter(({ value }) => hasTtl(value)).map(({ value }) => JSON.stringify(ttlOf(value))))
  const differences = spans.filter(({ value }) => isOther(value) || (ttls.size > 1 && isOtherTtl(value)))
  if (differences.length === 0 && !spans.some(({ value }) => isOtherTtl(value))) return { change: undefined, isCut }
  const networks: NetworkChange[] = []
  let more = 0
  for (const span of differences) {
    for (const prefix of prefixes(span.family, span)) {
      if (list.left > 0) {
        list.left--
        networks.push(networkOf(prefix, span, ttls.size > 1))
      } else more++
    }
  }
  const { health, place } = seen[0]?.perspective ?? {}
  const change: Change = {
    name: formatName(question.key),
    type: typeName(question.type),
    change: kindOf(spans),
    networks,
    share: { ipv4: place === undefined ? shareOf(spans) : null },
    ttl: {
      before: least(spans.map(({ value }) => value.before.outcome.ttl)),
      after: least(spans.map(({ value }) => value.after.outcome.ttl)),
    },
    ...(health !== undefined && { health }),
    ...(more > 0 && { more }),
    ...(isCut && { cut: true as const }),
  }
  return { change, isCut }
}

/** The answers of both sides, and the share of clients for whom they differ. */
type Pair = { readonly before: Probed; readonly after: Probed; readonly moved: number }

type Probes = Omit<Pair, 'moved'>

type SeenSpan = Span<Pair> & { readonly family: Family; readonly place: string | undefined }

function viewOf(
  { perspective, sides }: Seen,
  family: Family,
  budget: Budget,
): { readonly spans: readonly SeenSpan[]; readonly isWhole: boolean } {
  const [before, after] = sides
  const look = (client: Address) => {
    const value = { before: before.probe(client), after: after.probe(client) }
    const scope = Math.max(value.before.scope, value.after.scope)
    const readsAll = value.before.readsAll ?? value.after.readsAll ?? false
    return { value, scope, steps: value.before.steps + value.after.steps, readsAll }
  }
  const { spans, cut } = partition<Probes>(family, look, isSamePair, budget, MAX_PLAN_SINGLES)
  // The same two choices move the same part of the clients of any network.
  const measured = new Map<string, number>()
  let isMeasured = true
  const movedOf = ({ start, end, value }: Span<Probes>): number => {
    if (!value.before.byHash && !value.after.byHash) return hasOtherKeys(value) ? 1 : 0
    const id = `${value.before.outcome.key} ${value.before.choices} ${value.after.outcome.key} ${value.after.choices}`
    const known = measured.get(id)
    if (known !== undefined) return known
    if (budget.left <= 0) {
      isMeasured = false
      return hasOtherKeys(value) ? 1 : 0
    }
    const moved = measure(family, { start, end }, sides, budget)
    measured.set(id, moved)
    return moved
  }
  const seen = spans.map((span) => ({
    ...{ start: span.start, end: span.end, family, place: perspective.place },
    value: { ...span.value, moved: movedOf(span) },
  }))
  return { spans: seen, isWhole: cut === undefined && isMeasured }
}

const isSamePair = (a: Probes, b: Probes): boolean => isSame(a.before, b.before) && isSame(a.after, b.after)

const isSame = (a: Probed, b: Probed): boolean =>
  a.choices === b.choices &&
  a.byHash === b.byHash &&
  (a.outcome === b.outcome || (a.outcome.key === b.outcome.key && a.outcome.ttl === b.outcome.ttl))

const hasOtherKeys = ({ before, after }: Probes): boolean => before.outcome.key !== after.outcome.key

const isOther = (pair: Pair): boolean => pair.moved > 0 || hasOtherKeys(pair)

const ttlOf = ({ before, after }: Probes): NonNullable<NetworkChange['ttl']> => ({
  before: before.outcome.ttl,
  after: after.outcome.ttl,
})

const hasTtl = (pair: Probes): boolean => pair.before.outcome.ttl !== null && pair.after.outcome.ttl !== null

const isOtherTtl = (pair: Probes): boolean => hasTtl(pair) && pair.before.outcome.ttl !== pair.after.outcome.ttl

/** The chances of one client, on both sides, take about the time of so many visits of a policy. */
const STEPS_A_SAMPLE = 64

/** Returns the part of the clients whom the sides answer otherwise: of all clients of a small network, or of some. */
function measure(
  family: Family,
  { start, end }: Pick<Span<unknown>, 'start' | 'end'>,
  [before, after]: Seen['sides'],
  budget: Budget,
): number {
  const size = end - start
  const count = size <= BigInt(MAX_PLAN_SAMPLES) ? Number(size) : MAX_PLAN_SAMPLES
  const random = seededRng(1)
  let moved = 0
  for (let i = 0; i < count; i++) {
    budget.left -= STEPS_A_SAMPLE
    const offset = BigInt(count) === size ? BigInt(i) : offsetBelow(size, random)
    const client: Address = toAddress(family, start + offset)
    if (before.exact(client).key !== after.exact(client).key) moved++
  }
  return moved / count
}

/** Returns a number of 128 random bits, modulo the size. */
function offsetBelow(size: bigint, random: () => number): bigint {
  let number = 0n
  for (let i = 0; i < 4; i++) number = (number << 32n) | BigInt(Math.floor(random() * 2 ** 32))
  return number % size
}

function networkOf(prefix: string, { place, value }: SeenSpan, hasOwnTtl: boolean): NetworkChange {
  const { before, after, moved } = value
  const isPlain = [before, after].every(({ outcome }) => outcome.endings.every(({ ending }) => ending === 'records'))
  const byHash = before.byHash || after.byHash
  return {
    prefix,
    before: before.outcome.records,
    after: after.outcome.records,
    ...(!isPlain && { status: { before: before.outcome.endings, after: after.outcome.endings } }),
    ...(hasOwnTtl && { ttl: ttlOf(value) }),
    ...(place !== undefined && { place }),
    ...(byHash && { byHash: true as const, moved }),
  }
}

function kindOf(spans: readonly SeenSpan[]): Change['change'] {
  const had = spans.some(({ value }) => hasRecords(value.before.outcome))
  const has = spans.some(({ value }) => hasRecords(value.after.outcome))
  if (had === has) return 'changed'
  return has ? 'added' : 'removed'
}

function shareOf(spans: readonly SeenSpan[]): number {
  return spans
    .filter(({ family }) => family === 1)
    .reduce((sum, { start, end, value }) => sum + (Number(end - start) * value.moved) / 2 ** 32, 0)
}

function least(ttls: readonly (number | null)[]): number | null {
  return ttls.reduce<number | null>((min, ttl) => (ttl === null || (min !== null && min <= ttl) ? min : ttl), null)
}
