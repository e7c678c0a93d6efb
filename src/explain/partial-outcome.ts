import type { NameKey, Rdata, Rrset } from '../dns/index.ts'
import { ALWAYS, type Chance, isPossible, minus, NEVER, plus, times } from './chance.ts'

/** The end of an answer, which has one rcode. */
export type Ending =
  | 'records'
  | 'no data'
  | 'no such name'
  | 'referral'
  | 'the chain leaves our zones'
  | 'not our zone'
  | 'refused'
  | 'the name gets too long'
  | 'failure'

/** A record that an answer may hold, `ttl` in seconds. */
export type PossibleRecord = {
  readonly owner: NameKey
  readonly type: number
  readonly ttl: number
  readonly text: string
  readonly chance: Chance
}

/** `minTtl` is the smallest TTL on the way to the record, its own included; `rdata` is its data. */
type ReachedRecord = PossibleRecord & { readonly rdata: Rdata; readonly minTtl: number }

/** The outcomes from one name of a chain on. */
export type PartialOutcome = { readonly endings: Map<Ending, Chance>; readonly records: Map<string, ReachedRecord> }

/** Returns each record once, whichever names led to it. */
export function merged({ records }: PartialOutcome): PossibleRecord[] {
  const byRecord = new Map<string, PossibleRecord>()
  for (const { minTtl: _, rdata: __, ...record } of records.values()) {
    const id = recordId(record)
    byRecord.set(id, { ...record, chance: plus(byRecord.get(id)?.chance ?? NEVER, record.chance) })
  }
  return [...byRecord.values()]
}

export function addEnding({ endings }: PartialOutcome, ending: Ending, chance: Chance): void {
  if (isPossible(chance)) endings.set(ending, plus(endings.get(ending) ?? NEVER, chance))
}

/** Adds the records that lead on, and the outcomes of the name that they lead to. */
export function addRest(part: PartialOutcome, passed: readonly Rrset[], rest: PartialOutcome, chance: Chance): void {
  for (const [ending, share] of rest.endings) addEnding(part, ending, times(chance, share))
  // A failure further down takes all records with it.
  const sound = minus(minus(ALWAYS, rest.endings.get('failure') ?? NEVER), rest.endings.get('refused') ?? NEVER)
  const own = passed.flatMap((rrset) => rrset.rdatas.map((rdata) => reached(rrset, rdata, times(chance, sound))))
  for (const record of own) addRecord(part, record)
  const ownIds = new Set(own.map(recordId))
  const ttl = Math.min(...own.map((record) => record.ttl))
  for (const record of rest.records.values()) {
    // A chain that comes by the same DNAME again has it once.
    if (ownIds.has(recordId(record))) continue
    addRecord(part, { ...record, minTtl: Math.min(ttl, record.minTtl), chance: times(chance, record.chance) })
  }
}

export function addRecord({ records }: PartialOutcome, record: ReachedRecord): void {
  if (!isPossible(record.chance)) return
  const id = `${record.minTtl} ${recordId(record)}`
  records.set(id, { ...record, chance: plus(records.get(id)?.chance ?? NEVER, record.chance) })
}

export const reached = ({ owner, type, ttl }: Rrset, rdata: Rdata, chance: Chance): ReachedRecord => ({
  ...{ owner: owner.key, type, ttl, text: rdata.text, chance },
  ...{ rdata, minTtl: ttl },
})

const recordId = ({ type, owner, ttl, text }: PossibleRecord): string => `${type} ${owner} ${ttl} ${text}`
