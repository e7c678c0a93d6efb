import type { HttpAction } from '../health/index.ts'
import { ok, type Result } from '../result.ts'
import { describe, type Search, searchFor } from './search.ts'
import { failed, OK, type Verdict } from './verdict.ts'

/** What a body has to say for an action. What lies behind `action.bytes` does not count. */
export class Content {
  private readonly action: HttpAction
  private readonly search: Search | undefined
  private found: boolean
  private weight: Leading | undefined
  private room: number

  /** Makes the content of a reply, or returns why its body cannot be judged. */
  static async of(action: HttpAction): Promise<Result<Content>> {
    const search = action.body && (await searchFor(action.body, 'at the end'))
    return search && !search.ok ? search : ok(new Content(action, search?.value))
  }

  private constructor(action: HttpAction, search: Search | undefined) {
    this.action = action
    this.search = search
    this.found = !action.body
    this.weight = action.weight && new Leading()
    this.room = action.bytes
  }

  add(octets: Uint8Array): void {
    const counted = octets.subarray(0, this.room)
    this.room -= counted.length
    if (!this.found && this.search) this.found = this.search.add(counted)
    this.weight?.add(counted)
  }

  /** Whether more would change nothing. */
  get settled(): boolean {
    return this.room === 0 || (this.found && (this.weight?.ended ?? true))
  }

  verdict(): Verdict {
    const { action } = this
    if (action.body && !this.found && !this.search?.end()) {
      const where = this.room === 0 ? `the first ${action.bytes} octets of the body` : 'the body'
      const what = describe(action.body)
      return failed('contains' in action.body ? `${what} is not in ${where}` : `${what} does not match ${where}`)
    }
    const weight = this.weight?.value()
    return weight === undefined ? OK : { outcome: 'ok', weight }
  }
}

/**
 * The integer that a text begins with, as the stoi of C++ reads it, which PowerDNS uses: white space, a sign, digits.
 * A weight is more than zero.
 */
class Leading {
  /** The next octet cannot belong to it any more. */
  ended = false
  private begun = false
  private negative = false
  private number = 0

  add(octets: Uint8Array): void {
    for (let i = 0; i < octets.length && !this.ended; i++) {
      const char = String.fromCharCode(octets[i] as number)
      if (/\d/.test(char)) this.number = Math.min(this.number * 10 + Number(char), MAX_INT + 1)
      else if (this.begun || !/[ \t\n\v\f\r+-]/.test(char)) this.ended = true
      this.negative ||= char === '-'
      this.begun ||= /[\d+-]/.test(char)
    }
  }

  value(): number | undefined {
    return !this.negative && this.number > 0 && this.number <= MAX_INT ? this.number : undefined
  }
}

/** stoi refuses what is not an int. */
const MAX_INT = 2 ** 31 - 1
