import { parseNetwork } from './prefix.ts'
import { type NumberedNetwork, SEVERAL } from './raster.ts'

/** A network of the API's partition. */
export type Part = {
  readonly prefix: string
  readonly branch: string
  readonly answers: readonly Answer[]
  readonly status?: readonly Ending[]
  readonly several?: true
}
export type Answer = {
  readonly data: string
  readonly probability: string | null
  readonly name?: string
  readonly type?: string
}
export type Ending = { readonly status: string; readonly ending: string; readonly probability: string | null }

/** All that networks of one colour share. */
export type Share = Pick<Part, 'branch' | 'answers' | 'status'>

/** Numbers shares, as they are met. */
export class ShareNumbers {
  readonly shares: Share[] = []
  private readonly numbers = new Map<string, number>()

  constructor(known: readonly Share[] = []) {
    for (const share of known) this.of(share)
  }

  of({ branch, answers, status }: Share): number {
    const text = JSON.stringify([branch, answers, status ?? []])
    const known = this.numbers.get(text)
    if (known !== undefined) return known
    const number = Math.min(this.shares.length, SEVERAL - 1)
    this.numbers.set(text, number)
    this.shares.push({ branch, answers, ...(status && { status }) })
    return number
  }

  /** Returns the networks of IPv4 with their numbers. */
  networks(parts: readonly Part[]): NumberedNetwork[] {
    return parts.flatMap((part) => {
      const network = parseNetwork(part.prefix)
      return network ? [{ ...network, number: part.several ? SEVERAL : this.of(part) }] : []
    })
  }
}
