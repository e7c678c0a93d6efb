import type { Part } from './part.ts'
import type { PartHashes } from './part-hashes.ts'

/** Something that takes memory and can be read again. */
interface Resident {
  /** The number of the use of it that was the last. */
  readonly usedAt: number
  /** Gives its memory back. */
  drop(): void
}

/** Bounds the octets that an isolate keeps of zones. What was used longest ago goes first. */
export class Residents {
  /** Counts uses. */
  uses = 0
  private readonly maxOctets: number
  private readonly octetsOf = new Map<Resident, number>()
  private octets = 0

  constructor(maxOctets: number) {
    this.maxOctets = maxOctets
  }

  /** Counts the octets of something that was just read, and drops others for it. */
  add(resident: Resident, octets: number): void {
    this.remove(resident)
    this.octetsOf.set(resident, octets)
    this.octets += octets
    while (this.octets > this.maxOctets && this.octetsOf.size > 1) this.dropOldest(resident)
  }

  remove(resident: Resident): void {
    this.octets -= this.octetsOf.get(resident) ?? 0
    this.octetsOf.delete(resident)
  }

  private dropOldest(but: Resident): void {
    let oldest: Resident | undefined
    for (const resident of this.octetsOf.keys()) {
      if (resident !== but && (!oldest || resident.usedAt < oldest.usedAt)) oldest = resident
    }
    if (!oldest) return
    this.remove(oldest)
    oldest.drop()
  }
}

/** The place of one part of a zone. */
export class PartSlot implements Resident {
  usedAt = 0
  /** The octets of the part in memory. */
  octets = 0
  private readonly hashes: PartHashes
  private readonly number: number
  private readonly residents: Residents
  private held: Part | undefined

  /** @param number of the part, whose hash is one of `hashes`; a small zone's only part has none */
  constructor(hashes: PartHashes, number: number, residents: Residents) {
    this.hashes = hashes
    this.number = number
    this.residents = residents
  }

  get hash(): string {
    return this.hashes.at(this.number)
  }

  get part(): Part | undefined {
    return this.held
  }

  /** Returns the part, and counts the use. */
  use(): Part | undefined {
    this.usedAt = ++this.residents.uses
    return this.held
  }

  /** Takes a part that is not counted by itself. */
  hold(part: Part, octets: number): void {
    this.held = part
    this.octets = octets
  }

  fill(part: Part, octets: number): void {
    this.held = part
    this.octets = octets
    this.usedAt = ++this.residents.uses
    this.residents.add(this, octets)
  }

  drop(): void {
    this.residents.remove(this)
    this.held?.drop(this.octets)
    this.held = undefined
  }
}
