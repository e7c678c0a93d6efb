import { formatName, RCODE, rcodeName, TYPE, typeName } from '../../dns/index.ts'
import type { Chance } from '../../policy/index.ts'
import { effectiveTtl, type PolicyRrset } from '../../zone/index.ts'
import { ALWAYS, isPossible, minus, type Probabilities } from '../chance.ts'
import type { Outcomes } from '../outcomes.ts'

/** A record that an answer may have. `type` and `name` are set where they are not those of the question. */
export type PlannedRecord = {
  readonly data: string
  /** Exact, as a fraction; null if it is not known. */
  readonly probability: string | null
  readonly name?: string
  readonly type?: string
}

/** An ending without an answer, or with one. */
export type PlannedEnding = {
  readonly status: string
  readonly ending: string
  readonly probability: string | null
}

/** All that a question may be answered with. */
export type Outcome = {
  readonly records: readonly PlannedRecord[]
  readonly endings: readonly PlannedEnding[]
  /** The smallest TTL, in seconds; null without records. */
  readonly ttl: number | null
  /** The same for outcomes with the same records, chances and endings, TTLs left out. */
  readonly key: string
}

/** The outcome of a name or a type that is not there. */
export const ABSENT: Outcome = { records: [], endings: [], ttl: null, key: '' }

/** True if a client gets records. */
export const hasRecords = ({ records }: Outcome): boolean => records.length > 0

/** Returns the data of a record as it is told. */
export type Telling = (type: number, data: string) => string

/** @param isExact false if several hashes of one client decide: their chances are not known */
export function ofProbabilities(
  { records, failure, refused, empty, validForSeconds }: Probabilities,
  rrset: PolicyRrset,
  isExact: boolean,
  tell: Telling = comparable,
): Outcome {
  const chance = (of: Chance): Chance => (isExact || of?.equals(ALWAYS) ? of : null)
  const answered = minus(minus(minus(ALWAYS, failure), refused), empty)
  const endings = [
    ['records', RCODE.NOERROR, answered],
    ['no data', RCODE.NOERROR, empty],
    ['refused', RCODE.REFUSED, refused],
    ['failure', RCODE.SERVFAIL, failure],
  ] as const
  return outcomeOf(
    [...records]
      .filter(([, of]) => isPossible(of))
      .map(([data, of]) => ({ data: tell(rrset.type, data), probability: fraction(chance(of)) })),
    endings
      .filter(([, , of]) => isPossible(of))
      .map(([ending, rcode, of]) => ({ status: rcodeName(rcode), ending, probability: fraction(chance(of)) })),
    [...records.values()].some(isPossible) ? effectiveTtl(rrset, validForSeconds) : null,
  )
}

/** @param asked the question's name and type */
export function ofOutcomes(
  { records, endings }: Outcomes,
  asked: { readonly key: string; readonly type: number },
  isExact: boolean,
  tell: Telling = comparable,
): Outcome {
  const chance = (of: Chance): Chance => (isExact || of?.equals(ALWAYS) ? of : null)
  return outcomeOf(
    records.map(({ owner, type, text, chance: of }) => ({
      data: tell(type, text),
      probability: fraction(chance(of)),
      ...(owner !== asked.key && { name: formatName(owner) }),
      ...(type !== asked.type && { type: typeName(type) }),
    })),
    endings.map(({ ending, rcode, chance: of }) => ({
      status: rcodeName(rcode),
      ending,
      probability: fraction(chance(of)),
    })),
    records.length > 0 ? Math.min(...records.map(({ ttl }) => ttl)) : null,
  )
}

function outcomeOf(records: readonly PlannedRecord[], endings: readonly PlannedEnding[], ttl: number | null): Outcome {
  const sorted = records
    .map((record) => ({ record, id: JSON.stringify([record.name ?? '', record.type ?? '', record.data]) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const ends = [...endings].sort((a, b) => (a.ending < b.ending ? -1 : 1))
  const isPlain =
    ends.length === 0 || (ends.length === 1 && ['no data', 'no such name'].includes(ends[0]?.ending ?? ''))
  const key =
    sorted.length === 0 && isPlain
      ? ABSENT.key
      : JSON.stringify([
          sorted.map(({ record, id }) => [id, record.probability]),
          ends.map(({ ending, probability }) => [ending, probability]),
        ])
  return { records: sorted.map(({ record }) => record), endings: ends, ttl, key }
}

const fraction = (chance: Chance): string | null => (chance === null ? null : chance.toFraction())

/** Tells data as plans compare it. A serial is no part of what a client asks for: it is told apart. */
const comparable: Telling = (type, data) => (type === TYPE.SOA ? data.replace(/^(\S+ \S+) \d+ /, '$1 SERIAL ') : data)
