import type { HttpAction } from '../health/index.ts'
import { ok, type Result } from '../result.ts'
import { LoadReader } from './load.ts'
import { describe, type Search, searchFor } from './search.ts'
import { failed, OK, type Verdict } from './verdict.ts'

/** Reads the body of a reply piece by piece, and judges it. */
export type BodyReader = {
  readonly add: (octets: Uint8Array) => void
  /** True if more octets cannot change the verdict. */
  readonly settled: boolean
  readonly verdict: () => Verdict
}

/** Makes a reader of the body, or returns the error that prevents it. */
export type BodyReaderOf = (action: HttpAction) => Promise<Result<BodyReader>>

/** Checks a body against an action. Octets beyond `action.bytes` do not count. */
export class Content implements BodyReader {
  private readonly action: HttpAction
  private readonly search: Search | undefined
  private found: boolean
  private weight: LeadingInteger | undefined
  private readonly load: LoadReader | undefined
  private room: number

  /** Returns the error if the pattern of the action cannot be compiled. */
  static async of(action: HttpAction): Promise<Result<Content>> {
    const search = action.body && (await searchFor(action.body, 'at the end'))
    return search && !search.ok ? search : ok(new Content(action, search?.value))
  }

  private constructor(action: HttpAction, search: Search | undefined) {
    this.action = action
    this.search = search
    this.found = !action.body
    this.weight = action.weight && new LeadingInteger()
    this.load = action.load && new LoadReader(action.load)
    this.room = action.bytes
  }

  add(octets: Uint8Array): void {
    const counted = octets.subarray(0, this.room)
    this.room -= counted.length
    if (!this.found && this.search) this.found = this.search.add(counted)
    this.weight?.add(counted)
    this.load?.add(counted)
  }

  /** True if more octets cannot change the verdict. */
  get settled(): boolean {
    return this.room === 0 || (this.found && !this.load && (this.weight?.ended ?? true))
  }

  verdict(): Verdict {
    const { action } = this
    if (action.body && !this.found && !this.search?.end()) {
      const where = this.room === 0 ? `the first ${action.bytes} octets of the body` : 'the body'
      const wanted = describe(action.body)
      return failed('contains' in action.body ? `${wanted} is not in ${where}` : `${wanted} does not match ${where}`)
    }
    const [weight, load] = [this.weight?.value(), this.load?.value()]
    return { ...OK, ...(weight !== undefined && { weight }), ...(load !== undefined && { load }) }
  }
}

/**
 * Reads the integer at the start of a text like the stoi of C++, which PowerDNS uses: white space, a sign, digits. A
 * valid weight is more than zero.
 */
class LeadingInteger {
  /** True if no further octet can belong to the integer. */
  ended = false
  private started = false
  private negative = false
  private number = 0

  add(octets: Uint8Array): void {
    for (let i = 0; i < octets.length && !this.ended; i++) {
      const char = String.fromCharCode(octets[i] as number)
      if (/\d/.test(char)) this.number = Math.min(this.number * 10 + Number(char), MAX_INT + 1)
      else if (this.started || !/[ \t\n\v\f\r+-]/.test(char)) this.ended = true
      this.negative ||= char === '-'
      this.started ||= /[\d+-]/.test(char)
    }
  }

  value(): number | undefined {
    return !this.negative && this.number > 0 && this.number <= MAX_INT ? this.number : undefined
  }
}

/** The largest int: stoi refuses more. */
const MAX_INT = 2 ** 31 - 1
