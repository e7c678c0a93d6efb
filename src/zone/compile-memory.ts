import type { NameKey } from '../dns/index.ts'
import type { DatacenterMap } from '../policy/index.ts'
import type { AskedPools, ScriptCode } from '../powerdns/index.ts'
import type { CompileAids } from './compile.ts'
import type { OwnerDocument, ZoneDocument } from './document.ts'
import type { Patterns } from './patterns.ts'
import type { PlainAnswers } from './plain-answers.ts'
import { isSameJson } from './same-json.ts'
import type { Share } from './tally.ts'
import type { PolicyRrset } from './zone.ts'

/** A name as it was compiled. */
export type KeptOwner = {
  /** Its rrsets in the document, as they were given, and as the schema made them. */
  readonly given: unknown
  readonly types: OwnerDocument
  readonly key: NameKey
  /** The SOA is not among them. */
  readonly rrsets: readonly PolicyRrset[]
  readonly share: Share | undefined
}

/** The parts that the next version of a zone takes over, as long as nothing but its records and its SOA changes. */
export type Kept = {
  readonly aids: CompileAids
  /** The document without its records. */
  readonly shell: ZoneDocument
  readonly owners: ReadonlyMap<string, KeptOwner>
  readonly maps: ReadonlyMap<string, DatacenterMap>
  readonly scripts: ReadonlyMap<string, ScriptCode[]>
  readonly plain: PlainAnswers
  readonly asked: AskedPools | undefined
  readonly patterns: Patterns | undefined
  readonly share: Share | undefined
}

/** The names that a compilation keeps, and what it may take of the version before. */
export class Memory {
  readonly before: Kept | undefined
  readonly owners = new Map<string, KeptOwner>()
  /** True if a name of the version before was one too many: then a whole compilation knows which one to blame. */
  isExceeded = false

  constructor(before: Kept | undefined) {
    this.before = before
  }

  /** Returns a name whose rrsets are the same object as before. */
  known(owner: string, given: unknown): KeptOwner | undefined {
    const known = this.before?.owners.get(owner)
    return known && (known.given === given || known.types === given) ? known : undefined
  }

  /** Keeps a name of the version before. @param isEnough false if the zone has too much with it */
  take(owner: string, known: KeptOwner, isEnough: boolean): void {
    this.owners.set(owner, known)
    this.isExceeded ||= !isEnough
  }
}

/** Returns what was kept if it is of use for a document. @param shell the document without its records */
export const usable = (kept: Kept | undefined, shell: ZoneDocument, aids: CompileAids): Kept | undefined =>
  kept && isSameAids(kept.aids, aids) && DECIDING.every((field) => isSameJson(kept.shell[field], shell[field]))
    ? kept
    : undefined

/** The fields that names are compiled by. */
const DECIDING = ['origin', 'ttl', 'checks', 'health', 'maps', 'scripts'] as const satisfies (keyof ZoneDocument)[]

const isSameAids = (a: CompileAids, b: CompileAids): boolean =>
  a.healthCalls === b.healthCalls && a.patternSize === b.patternSize
