import type { CheckReference } from '../health/index.ts'
import { isMember } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Selector } from './check-options.ts'
import { type Address, AddressPrinter } from './print-addresses.ts'
import { CheckPrinter } from './print-checks.ts'
import {
  type Failover,
  isSame,
  type Member,
  type Option,
  type Pool,
  type Probed,
  Refusal,
  whole,
} from './print-refusal.ts'
import { SelectorPrinter } from './print-selectors.ts'

/** A call of a health function, with all that is to be written in it. */
export type HealthCall = {
  readonly name: 'ifportup' | 'ifurlup' | 'ifurlextup' | 'pickselfweighted'
  /** The port or the URL; `ifurlextup` has a URL beside each address. */
  readonly subject: number | string | undefined
  /** One list, or a list of lists. */
  readonly groups: readonly (readonly (string | readonly [address: string, url: string])[])[]
  readonly options: readonly Option[]
  /** True if it always gives one record, whatever is up. */
  readonly isOne: boolean
}

/**
 * Returns the call that folds to a pool or failover, or the first property that no call can express.
 * @param canonical the canonical text of a record's data
 */
export function healthCall(
  expression: Pool | Failover,
  type: number,
  canonical: (text: string) => string,
): Result<HealthCall> {
  const refusal = new Refusal()
  const call = new Unfolding(refusal, type, canonical).call(expression)
  return call ? ok(call) : err(refusal.problem)
}

/** Undoes what `alternatives` and `pickselfweighted` do, field by field. */
class Unfolding {
  private readonly refusal: Refusal
  private readonly checks: CheckPrinter
  private readonly addresses: AddressPrinter
  private readonly selectors: SelectorPrinter

  constructor(refusal: Refusal, type: number, canonical: (text: string) => string) {
    this.refusal = refusal
    this.checks = new CheckPrinter(refusal)
    this.addresses = new AddressPrinter(refusal, type, canonical)
    this.selectors = new SelectorPrinter(refusal, canonical)
  }

  call(expression: Pool | Failover): HealthCall | undefined {
    const pools = expression.kind === 'pool' ? [expression] : this.poolsOf(expression)
    if (!pools?.every((pool, i) => this.isPlain(pool, i === 0))) return undefined
    const groups = whole(pools.map((pool) => this.membersOf(pool)))
    if (!groups) return undefined
    const [first] = pools as [Pool]
    if (first.select === 'weighted-hashed') return this.byWeight(first, pools, groups)
    const selector = this.selectors.selectorOf(pools, groups)
    if (!selector) return undefined
    const checks = whole(pools.map(({ check }) => (check === undefined ? null : this.checks.checkOf(check))))
    if (!checks) return undefined
    if (checks.every((check) => check !== null)) return this.common(checks, pools, groups, selector)
    const everyOwn = groups.every((group) => group.every(({ check }) => check !== undefined))
    if (checks.every((check) => check === null) && everyOwn) return this.each(pools, groups, selector)
    return this.refusal.refuse('members without a check; expected one "check" in each pool, or one in each member')
  }

  // --- what is looked at alone ---------------------------------------------------------------------------------------

  private poolsOf(failover: Failover): readonly Pool[] | undefined {
    if (!this.refusal.hasOnly('failover', failover, ['pools'], { whenDown: 'first' })) return undefined
    if (failover.pools.length === 1) return this.refusal.refuse('a failover of one pool; expected the pool by itself')
    return whole(
      failover.pools.map((item) => {
        if (isMember(item) && !this.refusal.hasOnly('pool in a failover', item, ['answer'])) return undefined
        const pool = isMember(item) ? item.answer : item
        if (typeof pool === 'object' && 'kind' in pool && pool.kind === 'pool') return pool
        return this.refusal.refuse('a failover of anything but pools; expected pools of addresses')
      }),
    )
  }

  private isPlain(pool: Pool, isFirst: boolean): boolean {
    const own = ['check', 'select', 'members']
    // After the first pool it has no effect.
    const usual = { lost: 'spread', ignoreHealth: false, ...(!isFirst && { whenDown: 'all' }) }
    const allowed = isFirst ? [...own, 'whenDown', 'whenUnknown'] : own
    const counted = pool.count === 1 && pool.select !== 'all' ? ['count'] : []
    const weighted = pool.select === 'weighted-hashed' ? ['weights'] : []
    return this.refusal.hasOnly(isFirst ? 'pool' : 'further pool', pool, [...allowed, ...counted, ...weighted], usual)
  }

  private membersOf({ members }: Pool): readonly Member[] | undefined {
    const list = members.map((item): Member => (isMember(item) ? item : { answer: item }))
    return list.every((member) => this.refusal.hasOnly('member', member, ['answer', 'target', 'check']))
      ? list
      : undefined
  }

  // --- the functions -------------------------------------------------------------------------------------------------

  /** `ifportup`, `ifurlup`: one check for all. */
  private common(
    checks: readonly Probed[],
    pools: readonly Pool[],
    groups: readonly (readonly Member[])[],
    selector: Selector,
  ): HealthCall | undefined {
    const [check] = checks as [Probed]
    if (!checks.every((one) => isSame(one, check))) {
      return this.refusal.refuse('pools with different checks; expected the same in each')
    }
    const isTcp = check.kind === 'tcp'
    const subject = isTcp ? check.port : this.checks.pinnedUrl(check)
    const options = isTcp ? this.checks.tcpOptions(check) : this.checks.httpOptions(check, ['host', 'port'])
    const addresses = whole(groups.map((group) => this.addresses.addressesOf(group, selector, isTcp)))
    if (subject === undefined || !options || !addresses) return undefined
    const answers = (addresses[0] as readonly Address[]).map(({ answer }) => answer)
    const selectors = this.selectors.optionsOf(pools[0] as Pool, selector, answers, groups)
    if (!selectors) return undefined
    return {
      name: isTcp ? 'ifportup' : 'ifurlup',
      subject,
      groups: addresses.map((group) => group.map(({ literal }) => literal)),
      options: [...selectors.options, ...options],
      isOne: selectors.isOne,
    }
  }

  /** `ifurlextup`: each has a URL of its own. */
  private each(
    pools: readonly Pool[],
    groups: readonly (readonly Member[])[],
    selector: Selector,
  ): HealthCall | undefined {
    const checks = whole(groups.flat().map(({ check }) => this.checks.checkOf(check as CheckReference)))
    const read = checks && whole(checks.map((check) => this.checks.ownOptions(check)))
    if (!read) return undefined
    const [options] = read as [readonly Option[]]
    if (!read.every((one) => isSame(one, options))) {
      return this.refusal.refuse('checks that differ in more than the URL; expected members whose checks are alike')
    }
    const addresses = whole(
      groups.map((group, i) => this.addresses.extAddresses(group, selector, i === 0, pools[0] as Pool)),
    )
    const urls = whole(groups.map((group) => whole(group.map((member) => this.checks.ownUrl(member)))))
    if (!addresses || !urls) return undefined
    const answers = (addresses[0] as readonly Address[]).map(({ answer }) => answer)
    const selectors = this.selectors.optionsOf(pools[0] as Pool, selector, answers, groups)
    if (!selectors) return undefined
    const tables = addresses.map((group, i) =>
      group.map(({ literal }, j) => [apart(literal, j, group), urls[i]?.[j] as string] as const),
    )
    const isHashed = selectors.options.some(([, value]) => value === 'hashed')
    if (
      isHashed &&
      !addresses.every((group) => group.every(({ literal }, i) => i === 0 || (group[i - 1]?.literal ?? '') <= literal))
    ) {
      return this.refusal.refuse(
        'ifurlextup hashes over its addresses in the order of their texts; expected that order',
      )
    }
    return {
      name: 'ifurlextup',
      subject: undefined,
      groups: tables,
      options: [...selectors.options, ...options],
      isOne: selectors.isOne,
    }
  }

  /** `pickselfweighted`. */
  private byWeight(
    pool: Pool,
    pools: readonly Pool[],
    [group = []]: readonly (readonly Member[])[],
  ): HealthCall | undefined {
    const { check: reference, weights, whenDown, whenUnknown } = pool
    const check = reference === undefined ? null : this.checks.checkOf(reference)
    if (check === undefined) return undefined
    const isSelf = weights === 'reported' && whenDown === 'servfail' && whenUnknown === undefined && pools.length === 1
    if (!isSelf || check === null || check.kind === 'tcp' || check.weight === undefined) {
      const expected = 'one pool with "weights": "reported", "whenDown": "servfail" and a check with "weight": "body"'
      return this.refusal.refuse(`"select": "weighted-hashed" is pickselfweighted's alone; expected ${expected}`)
    }
    const subject = this.checks.pinnedUrl(check)
    const options = this.checks.httpOptions(check, ['host', 'port', 'weight'])
    const addresses = this.addresses.addressesOf(group, 'random', false)
    if (subject === undefined || !options || !addresses) return undefined
    return {
      name: 'pickselfweighted',
      subject,
      groups: [addresses.map(({ literal }) => literal)],
      options,
      isOne: true,
    }
  }
}

/** A table has each key once: ports, which count for nothing, set equal addresses apart. */
function apart(address: string, i: number, group: readonly Address[]): string {
  const before = group.slice(0, i).filter(({ literal }) => literal === address).length
  return before === 0 ? address : `${address.includes(':') ? `[${address}]` : address}:${before}`
}
