import { TYPE } from '../dns/index.ts'
import type { CheckDocument, CheckReference } from '../health/index.ts'
import { formatAddress, parseAddress } from '../net/index.ts'
import type { Expression, FailoverExpression, PoolExpression, PoolMember } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import { toRecord } from './answer.ts'
import { type Selector, USER_AGENT } from './check-options.ts'

type Pool = PoolExpression<Expression>
type Failover = FailoverExpression<Expression>
type Member = PoolMember<Expression>
type Http = Extract<CheckDocument, { kind: 'http' | 'https' }>
type Probed = Extract<CheckDocument, { kind: 'tcp' }> | Http

/** A call of a health function, with all that is to be written in it. */
export type HealthCall = {
  readonly name: 'ifportup' | 'ifurlup' | 'ifurlextup' | 'pickselfweighted'
  /** The port or the URL; `ifurlextup` has a URL beside each address. */
  readonly subject: number | string | undefined
  /** One list, or a list of lists. */
  readonly groups: readonly (readonly (string | readonly [address: string, url: string])[])[]
  readonly options: readonly Option[]
  /** Whether it gives one record, whatever is up. */
  readonly isOne: boolean
}

type Option = readonly [name: string, value: string | number | Readonly<Record<string, string>>]

/**
 * The call that folds to a pool or failover, or what no call says of it.
 * @param canonical the canonical text of a record's data
 */
export function healthCall(
  expression: Pool | Failover,
  type: number,
  canonical: (text: string) => string,
): Result<HealthCall> {
  const unfolding = new Unfolding(type, canonical)
  const call = unfolding.call(expression)
  return call ? ok(call) : err(unfolding.problem)
}

/** Undoes what `alternatives` and `pickselfweighted` do, field by field. */
class Unfolding {
  problem = ''
  private readonly type: number
  private readonly canonical: (text: string) => string

  constructor(type: number, canonical: (text: string) => string) {
    this.type = type
    this.canonical = canonical
  }

  call(expression: Pool | Failover): HealthCall | undefined {
    const pools = expression.kind === 'pool' ? [expression] : this.poolsOf(expression)
    if (!pools?.every((pool, i) => this.isPlain(pool, i === 0))) return undefined
    const groups = whole(pools.map((pool) => this.membersOf(pool)))
    if (!groups) return undefined
    const [first] = pools as [Pool]
    if (first.select === 'weighted-hashed') return this.byWeight(first, pools, groups)
    const selector = this.selectorOf(pools, groups)
    if (!selector) return undefined
    const checks = whole(pools.map(({ check }) => (check === undefined ? null : this.checkOf(check))))
    if (!checks) return undefined
    if (checks.every((check) => check !== null)) return this.common(checks, pools, groups, selector)
    const everyOwn = groups.every((group) => group.every(({ check }) => check !== undefined))
    if (checks.every((check) => check === null) && everyOwn) return this.each(pools, groups, selector)
    return this.refuse('members without a check; expected one "check" in each pool, or one in each member')
  }

  private refuse(problem: string): undefined {
    this.problem ||= problem
  }

  // --- what is looked at alone ----------------------------------------------------------------------------------------

  private poolsOf(failover: Failover): readonly Pool[] | undefined {
    if (!this.hasOnly('failover', failover, ['pools'], { whenDown: 'first' })) return undefined
    if (failover.pools.length === 1) return this.refuse('a failover of one pool; expected the pool by itself')
    return whole(
      failover.pools.map((item) => {
        if (isMember(item) && !this.hasOnly('pool in a failover', item, ['answer'])) return undefined
        const pool = isMember(item) ? item.answer : item
        if (typeof pool === 'object' && 'kind' in pool && pool.kind === 'pool') return pool
        return this.refuse('a failover of anything but pools; expected pools of addresses')
      }),
    )
  }

  private isPlain(pool: Pool, isFirst: boolean): boolean {
    const own = ['check', 'select', 'members']
    // Behind the first pool it says what is so anyway.
    const usual = { lost: 'spread', ignoreHealth: false, ...(!isFirst && { whenDown: 'all' }) }
    const allowed = isFirst ? [...own, 'whenDown', 'whenUnknown'] : own
    const counted = pool.count === 1 && pool.select !== 'all' ? ['count'] : []
    const weighted = pool.select === 'weighted-hashed' ? ['weights'] : []
    return this.hasOnly(isFirst ? 'pool' : 'further pool', pool, [...allowed, ...counted, ...weighted], usual)
  }

  private membersOf({ members }: Pool): readonly Member[] | undefined {
    const list = members.map((item): Member => (isMember(item) ? item : { answer: item }))
    return list.every((member) => this.hasOnly('member', member, ['answer', 'target', 'check'])) ? list : undefined
  }

  private selectorOf(pools: readonly Pool[], groups: readonly (readonly Member[])[]): Selector | undefined {
    const selects = new Set(pools.map(({ select = 'random' }) => select))
    const [select] = selects
    if (selects.size > 1) return this.refuse('pools with different "select"; expected the same in each')
    if (select === 'random' || select === 'all' || select === 'hashed') return select
    const isEmpty = groups.every((group) => group.every(({ answer }) => isList(answer) && answer.length === 0))
    if (select === 'first' && isEmpty) return 'empty'
    return this.refuse(`"select": "${select}" has no selector in PowerDNS; expected "random", "all" or "hashed"`)
  }

  /** The fields that are there, but for those that say what is usual, are known to PowerDNS. */
  private hasOnly(what: string, object: object, allowed: readonly string[], usual: object = {}): boolean {
    const more = Object.entries(object).find(
      ([field, value]) =>
        value !== undefined &&
        field !== 'kind' &&
        !allowed.includes(field) &&
        (usual as Record<string, unknown>)[field] !== value,
    )
    if (!more) return true
    const [field, value] = more
    this.refuse(`${JSON.stringify(field)}: ${JSON.stringify(value)} of a ${what} is not in PowerDNS; expected none`)
    return false
  }

  // --- the functions --------------------------------------------------------------------------------------------------

  /** `ifportup`, `ifurlup`: one check for all. */
  private common(
    checks: readonly Probed[],
    pools: readonly Pool[],
    groups: readonly (readonly Member[])[],
    selector: Selector,
  ): HealthCall | undefined {
    const [check] = checks as [Probed]
    if (!checks.every((one) => isSame(one, check))) {
      return this.refuse('pools with different checks; expected the same in each')
    }
    const isTcp = check.kind === 'tcp'
    const subject = isTcp ? check.port : this.pinnedUrl(check)
    const options = isTcp ? this.tcpOptions(check) : this.httpOptions(check, ['host', 'port'])
    const addresses = whole(groups.map((group) => this.addressesOf(group, selector, isTcp)))
    if (subject === undefined || !options || !addresses) return undefined
    const answers = (addresses[0] as readonly Address[]).map(({ answer }) => answer)
    const selectors = this.selectors(pools[0] as Pool, selector, answers, groups)
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
    const checks = whole(groups.flat().map(({ check }) => this.checkOf(check as CheckReference)))
    const read = checks && whole(checks.map((check) => this.ownOptions(check)))
    if (!read) return undefined
    const [options] = read as [readonly Option[]]
    if (!read.every((one) => isSame(one, options))) {
      return this.refuse('checks that differ in more than the URL; expected members whose checks are alike')
    }
    const addresses = whole(groups.map((group, i) => this.extAddresses(group, selector, i === 0, pools[0] as Pool)))
    const urls = whole(groups.map((group) => whole(group.map((member) => this.ownUrl(member)))))
    if (!addresses || !urls) return undefined
    const answers = (addresses[0] as readonly Address[]).map(({ answer }) => answer)
    const selectors = this.selectors(pools[0] as Pool, selector, answers, groups)
    if (!selectors) return undefined
    return {
      name: 'ifurlextup',
      subject: undefined,
      groups: addresses.map((group, i) =>
        group.map(({ literal }, j) => [apart(literal, j, group), urls[i]?.[j] as string] as const),
      ),
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
    const check = reference === undefined ? null : this.checkOf(reference)
    if (check === undefined) return undefined
    const isSelf = weights === 'reported' && whenDown === 'servfail' && whenUnknown === undefined && pools.length === 1
    if (!isSelf || check === null || check.kind === 'tcp' || check.weight === undefined) {
      const expected = 'one pool with "weights": "reported", "whenDown": "servfail" and a check with "weight": "body"'
      return this.refuse(`"select": "weighted-hashed" is pickselfweighted's alone; expected ${expected}`)
    }
    const subject = this.pinnedUrl(check)
    const options = this.httpOptions(check, ['host', 'port', 'weight'])
    const addresses = this.addressesOf(group, 'random', false)
    if (subject === undefined || !options || !addresses) return undefined
    return {
      name: 'pickselfweighted',
      subject,
      groups: [addresses.map(({ literal }) => literal)],
      options,
      isOne: true,
    }
  }

  // --- addresses ------------------------------------------------------------------------------------------------------

  private addressesOf(
    group: readonly Member[],
    selector: Selector,
    withPorts: boolean,
  ): readonly Address[] | undefined {
    return whole(
      group.map(({ answer, target, check }) => {
        if (check !== undefined) return this.refuse('a check of a pool and one of a member; expected one of them')
        const text = target ?? (typeof answer === 'string' ? this.addressIn(answer) : undefined)
        const [, bracketed, plain, port] = /^(?:\[(.*)\]|([\d.]+))(?::(\d+))?$/.exec(text ?? '') ?? []
        const parsed = parseAddress(bracketed ?? plain ?? text ?? '')
        if (!parsed.ok) return this.refuse(`${said(target, answer)} is no address; expected each member to be one`)
        if (port !== undefined && !withPorts) {
          return this.refuse(`the target ${text} has a port, which PowerDNS ignores beside a URL; expected none`)
        }
        const address = formatAddress(parsed.value)
        const literal = port === undefined ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`
        return this.answering(address, answer, selector, literal)
      }),
    )
  }

  /** An `empty` selector leaves no trace of the addresses but in the backup: any will do where that is `empty` too. */
  private extAddresses(
    group: readonly Member[],
    selector: Selector,
    isFirst: boolean,
    { whenDown }: Pool,
  ): readonly Address[] | undefined {
    const backups =
      typeof whenDown !== 'object' || !isFirst
        ? []
        : isChoice(whenDown.answer)
          ? whenDown.answer.of
          : isList(whenDown.answer)
            ? whenDown.answer
            : [whenDown.answer]
    return whole(
      group.map(({ answer }, i) => {
        const shown = selector === 'empty' ? (backups[i] ?? this.anyAddress(i)) : answer
        const address = typeof shown === 'string' ? this.addressIn(shown) : undefined
        if (address === undefined) return this.refuse(`${said(undefined, shown)} is no address; expected one`)
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

  /** The answer has to be what the function makes of the address. */
  private answering(address: string, answer: Expression, selector: Selector, literal: string): Address | undefined {
    const record = toRecord(address, this.type)
    const isThat =
      selector === 'empty' || (typeof answer === 'string' && record.ok && this.canonical(answer) === record.value)
    if (record.ok && isThat) return { answer: record.value, literal }
    return this.refuse(
      `${said(undefined, answer)} with the target ${address}; expected members whose target is the answer itself`,
    )
  }

  /** The address that a record's data is. */
  private addressIn(answer: string): string | undefined {
    const text = this.canonical(answer)
    const bare = this.type === TYPE.TXT ? text.slice(1, -1) : text.replace(/\.$/, '')
    const parsed = parseAddress(bare)
    return parsed.ok ? formatAddress(parsed.value) : undefined
  }

  // --- options --------------------------------------------------------------------------------------------------------

  private selectors(
    { whenDown, whenUnknown }: Pool,
    selector: Selector,
    answers: readonly string[],
    groups: readonly (readonly Member[])[],
  ): { readonly options: readonly Option[]; readonly isOne: boolean } | undefined {
    const backup = this.backupOf(whenDown, selector, answers)
    if (!backup) return undefined
    const most = Math.max(...groups.map((group) => group.length))
    const isOne =
      selector !== 'empty' &&
      backup !== 'empty' &&
      (selector !== 'all' || most === 1) &&
      (backup !== 'all' || answers.length === 1)
    return {
      options: [
        ...option('selector', selector, 'random'),
        ...option('backupSelector', backup, 'random'),
        ...option('failOnIncompleteCheck', whenUnknown === undefined ? 'false' : 'true', 'false'),
      ],
      isOne,
    }
  }

  /** What is answered while all are down. The selector's own choice is said by "all": it leaves out what is drained. */
  private backupOf(whenDown: Pool['whenDown'], selector: Selector, answers: readonly string[]): Selector | undefined {
    if (whenDown === undefined || whenDown === 'all') return selector
    const backup = whenDown === 'nodata' ? 'empty' : this.selectorIn(whenDown, selector, answers)
    if (backup !== undefined && backup !== selector) return backup
    const expected = 'expected "all", "nodata", or an "answer" by another selector over the same addresses'
    return this.refuse(`"whenDown": ${JSON.stringify(whenDown)} is no backup selector of PowerDNS; ${expected}`)
  }

  private selectorIn(
    whenDown: Exclude<Pool['whenDown'], undefined>,
    selector: Selector,
    answers: readonly string[],
  ): Selector | undefined {
    if (typeof whenDown !== 'object') return undefined
    const { answer } = whenDown
    const of = isChoice(answer) ? answer.of : isList(answer) ? answer : [answer]
    const texts = of.map((one) => (typeof one === 'string' ? this.canonical(one) : undefined))
    if (!isSame(texts, answers)) return undefined
    if (isChoice(answer)) return answer.kind
    if (isList(answer)) return 'all'
    // Of one there is nothing to choose: either is read as it.
    return selector === 'random' ? 'hashed' : 'random'
  }

  private checkOf(reference: CheckReference | readonly CheckReference[]): Probed | undefined {
    const [check, ...more] = [reference].flat() as CheckReference[]
    if (more.length > 0) return this.refuse('several checks; expected one')
    if (typeof check === 'string') return this.refuse(`the check "${check}" by its name; expected it written out`)
    if (check?.kind === 'tcp' || check?.kind === 'http' || check?.kind === 'https') return check
    return this.refuse(`a check of kind ${check?.kind} is not in PowerDNS; expected tcp, http or https`)
  }

  private tcpOptions(check: Extract<Probed, { kind: 'tcp' }>): readonly Option[] | undefined {
    return this.hasOnly('check', check, ['port', ...PROBING]) ? this.probing(check) : undefined
  }

  private ownOptions(check: Probed): readonly Option[] | undefined {
    if (check.kind === 'tcp') return this.refuse('checks of kind tcp in members; expected one in the pool')
    return this.httpOptions(check, [])
  }

  /** @param more fields beyond those that options have */
  private httpOptions(check: Http, more: readonly string[]): readonly Option[] | undefined {
    const own = ['path', 'redirects', 'status', 'body', 'userAgent', 'bytes', 'headers', 'verify']
    if (!this.hasOnly('check', check, [...own, ...more, ...PROBING], { method: 'GET' })) return undefined
    const { status, body, userAgent = 'edge-gslb', bytes, headers = {} } = check
    if (check.redirects !== 'follow') return this.refuse('redirects that are refused; expected "redirects": "follow"')
    if (check.kind === 'https' && check.verify !== false) {
      return this.refuse('certificates that are verified; expected "verify": false')
    }
    if (status !== undefined && typeof status !== 'number') {
      return this.refuse(`"status": ${JSON.stringify(status)} is no httpcode; expected one number`)
    }
    if (body && !('contains' in body)) return this.refuse('a pattern is no stringmatch; expected "contains"')
    if (bytes === 0) return this.refuse('"bytes": 0 is no limit in PowerDNS; expected more, or none')
    const underlined = Object.keys(headers).find((name) => name.includes('_'))
    if (underlined !== undefined) {
      return this.refuse(`PowerDNS makes - of the _ in the header ${underlined}; expected another name`)
    }
    const probing = this.probing(check)
    return (
      probing && [
        ...probing,
        ...option('httpcode', status),
        ...option('stringmatch', body?.contains),
        ...option('useragent', userAgent, USER_AGENT),
        ...option('byteslimit', bytes),
        ...option('headers', Object.keys(headers).length > 0 ? headers : undefined),
      ]
    )
  }

  private probing(check: Probed): readonly Option[] | undefined {
    const { interval, timeout, fall, rise, first, initially = 'up', from, quorum } = check
    const numbers = { interval, timeout, fall, rise }
    for (const [name, value] of Object.entries(numbers)) {
      if (!Number.isInteger(value)) {
        const what = value === undefined ? `a check without "${name}"` : `"${name}": ${value}`
        return this.refuse(`${what} is not in PowerDNS; expected a whole number`)
      }
    }
    if (first !== 'counts') return this.refuse('a first result that decides; expected "first": "counts"')
    return [
      ...option('timeout', timeout, 2),
      ...option('interval', interval, 5),
      ...option('minimumFailures', fall, 1),
      ...option('initially', initially, 'down'),
      ...option('rise', rise, 1),
      ...option('from', from?.join(',')),
      ...option('quorum', quorum),
    ]
  }

  // --- URLs -----------------------------------------------------------------------------------------------------------

  /** The address is given, so that the URL only says how to ask it. */
  private pinnedUrl({ kind, host, port, path = '/' }: Http): string | undefined {
    if (host === undefined) return this.refuse('a check without "host"; expected the name that its URL has')
    const url = this.urlOf(kind, host, path)
    if (!url) return undefined
    if ((url.port === '' ? undefined : Number(url.port)) === port) return url.href
    const own = port === undefined ? 'no port' : `the port ${port}`
    return this.refuse(`${own} beside the host ${host}; expected the same port in both, where it is unusual`)
  }

  private ownUrl({ check, target }: Member): string | undefined {
    const { kind, path = '/' } = this.checkOf(check as CheckReference) as Http
    if (target === undefined) return this.refuse('a check of its own without a "target"; expected the host of its URL')
    return this.urlOf(kind, target, path)?.href
  }

  /** The URL that is read as just that. */
  private urlOf(kind: 'http' | 'https', host: string, path: string): URL | undefined {
    const text = `${kind}://${host}${path}`
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url && url.href === text && url.host === host && url.pathname + url.search === path) return url
    return this.refuse(`${text} is no URL, or is written in other ways; expected host and path as a URL has them`)
  }
}

/** `answer`: the record, in canonical text. `literal`: how the call has it. */
type Address = { readonly answer: string; readonly literal: string }

const PROBING = ['interval', 'timeout', 'fall', 'rise', 'first', 'initially', 'from', 'quorum']

const option = (name: string, value: Option[1] | undefined, usual?: string | number): readonly Option[] =>
  value === undefined || value === usual ? [] : [[name, value]]

/** A table has each key once: ports, which count for nothing, set equal addresses apart. */
function apart(address: string, i: number, group: readonly Address[]): string {
  const before = group.slice(0, i).filter(({ literal }) => literal === address).length
  return before === 0 ? address : `${address.includes(':') ? `[${address}]` : address}:${before}`
}

const isMember = (item: Expression | Member): item is Member =>
  typeof item === 'object' && !Array.isArray(item) && !('kind' in item)

/** TypeScript's Array.isArray does not narrow readonly arrays. */
const isList = (expression: Expression): expression is readonly Expression[] => Array.isArray(expression)

const isChoice = (expression: Expression): expression is Extract<Expression, { kind: 'random' | 'hashed' }> =>
  typeof expression === 'object' &&
  'kind' in expression &&
  (expression.kind === 'hashed' || (expression.kind === 'random' && (expression.count ?? 1) === 1))

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const said = (target: string | undefined, answer: Expression): string =>
  target ?? (typeof answer === 'string' ? answer : 'an answer that is no text')

const whole = <T>(list: readonly (T | undefined)[]): readonly T[] | undefined =>
  list.every((item) => item !== undefined) ? (list as readonly T[]) : undefined

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(result.error)
}
