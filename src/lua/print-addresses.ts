import { TYPE } from '../dns/index.ts'
import { formatAddress, parseAddress } from '../net/index.ts'
import type { Expression } from '../policy/index.ts'
import type { Result } from '../result.ts'
import { toRecord } from './answer.ts'
import type { Selector } from './check-options.ts'
import { type Member, type Pool, type Refusal, said, whole } from './print-refusal.ts'
import { chosenFrom } from './print-selectors.ts'

/** `answer`: the record, in canonical text. `literal`: its text in the call. */
export type Address = { readonly answer: string; readonly literal: string }

/** Reads members back into the addresses that they were made of. */
export class AddressPrinter {
  private readonly refusal: Refusal
  private readonly type: number
  private readonly canonical: (text: string) => string

  constructor(refusal: Refusal, type: number, canonical: (text: string) => string) {
    this.refusal = refusal
    this.type = type
    this.canonical = canonical
  }

  addressesOf(group: readonly Member[], selector: Selector, withPorts: boolean): readonly Address[] | undefined {
    return whole(
      group.map(({ answer, target, check }) => {
        if (check !== undefined)
          return this.refusal.refuse('a check of a pool and one of a member; expected one of them')
        const text = target ?? (typeof answer === 'string' ? this.addressIn(answer) : undefined)
        const [, bracketed, plain, port] = /^(?:\[(.*)\]|([\d.]+))(?::(\d+))?$/.exec(text ?? '') ?? []
        const parsed = parseAddress(bracketed ?? plain ?? text ?? '')
        if (!parsed.ok)
          return this.refusal.refuse(`${said(target, answer)} is not an address; expected each member to be one`)
        if (port !== undefined && !withPorts) {
          return this.refusal.refuse(
            `the target ${text} has a port, which PowerDNS ignores beside a URL; expected none`,
          )
        }
        const address = formatAddress(parsed.value)
        const literal = port === undefined ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`
        return this.answering(address, answer, selector, literal)
      }),
    )
  }

  /** An `empty` selector leaves no trace of the addresses but in the backup: any will do where that is `empty` too. */
  extAddresses(
    group: readonly Member[],
    selector: Selector,
    isFirst: boolean,
    { whenDown }: Pool,
  ): readonly Address[] | undefined {
    const backups = typeof whenDown === 'object' && isFirst ? chosenFrom(whenDown.answer) : []
    return whole(
      group.map(({ answer }, i) => {
        const shown = selector === 'empty' ? (backups[i] ?? this.anyAddress(i)) : answer
        const address = typeof shown === 'string' ? this.addressIn(shown) : undefined
        if (address === undefined)
          return this.refusal.refuse(`${said(undefined, shown)} is not an address; expected one`)
        return this.answering(address, answer, selector, address)
      }),
    )
  }

  private anyAddress(i: number): string {
    const last = i + 1
    return this.canonical(
      this.type === TYPE.AAAA ? `::${last.toString(16)}` : must(toRecord(`0.0.${last >> 8}.${last & 255}`, this.type)),
    )
  }

  /** The answer has to be the one that the function makes of the address. */
  private answering(address: string, answer: Expression, selector: Selector, literal: string): Address | undefined {
    const record = toRecord(address, this.type)
    const isThat =
      selector === 'empty' || (typeof answer === 'string' && record.ok && this.canonical(answer) === record.value)
    if (record.ok && isThat) return { answer: record.value, literal }
    return this.refusal.refuse(
      `${said(undefined, answer)} with the target ${address}; expected members whose target is the answer itself`,
    )
  }

  /** Returns the address that a record's data is. */
  private addressIn(answer: string): string | undefined {
    const text = this.canonical(answer)
    const bare = this.type === TYPE.TXT ? text.slice(1, -1) : text.replace(/\.$/, '')
    const parsed = parseAddress(bare)
    return parsed.ok ? formatAddress(parsed.value) : undefined
  }
}

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(result.error)
}
