import { TYPE } from '../dns/index.ts'
import { type CheckDocument, type CheckReference, parseTarget } from '../health/index.ts'
import { formatAddress, parseAddress } from '../net/index.ts'
import { type Expression, SELECT } from '../policy/index.ts'
import { unreachable } from '../result.ts'
import { printPlain } from './print-plain.ts'
import { memberOf } from './print-plainer.ts'
import { type Failover, isFixed, isList, type Member, type Pool } from './print-refusal.ts'
import type { ScriptPrinter } from './print-script.ts'
import { block, chain, drawing, type Give, label, pair, text } from './print-statements.ts'
import { utf8 } from './print-text.ts'

/**
 * Prints a pool that no function of PowerDNS says: the list `u` of the members that are up, each as the number of a
 * branch, or with its weight; then a choice among them.
 */
export function poolCode(pool: Pool, give: Give, printer: ScriptPrinter): string {
  const members = pool.members.map(memberOf)
  const why = unsaid(pool, members)
  if (why !== undefined) return printer.refuse(why)
  const entries = members.map((member, i) => entryOf(pool, member, i))
  const isUp = members.map((member) => upCondition(member, pool.check, printer))
  const selected = selectCode(pool, members, give, printer)
  const everybody = `{${entries.join(',')}} `
  if (isUp.every((when) => when === undefined)) return block(`local u=${everybody}${selected}`, give)
  const added = entries.map((entry, i) => guarded(isUp[i], `u[#u+1]=${entry} `)).join('')
  const { whenDown = 'all' } = pool
  const down = downCondition(pool, members)
  const code =
    whenDown === 'all'
      ? `if ${down} then u=${everybody}end ${selected}`
      : chain([[down, downCode(whenDown, give, printer)]], selected)
  return block(`local u={} ${added}${code}`, give)
}

/** Prints the first of several answers that is up. */
export function failoverCode(failover: Failover, give: Give, printer: ScriptPrinter): string {
  const members = failover.pools.map(memberOf)
  const why = unsaid(failover, members)
  if (why !== undefined) return printer.refuse(why)
  const branches = members.map((member): readonly [string | undefined, string] => [
    upCondition(member, failover.check, printer),
    printer.statement(member.answer, give),
  ])
  const sure = branches.findIndex(([when]) => when === undefined)
  const tested = (sure < 0 ? branches : branches.slice(0, sure)) as readonly (readonly [string, string])[]
  const { whenDown = 'first' } = failover
  if (sure >= 0) return chain(tested, (branches[sure] as (typeof branches)[number])[1])
  if (whenDown === 'first') return chain(tested, (branches[0] as (typeof branches)[number])[1])
  if (whenDown === 'all') {
    const all = members.map(({ answer }) => answer)
    return chain(tested, printer.statement(all, give))
  }
  return chain(tested, downCode(whenDown, give, printer))
}

const isSet = (value: unknown): boolean => value !== undefined && value !== 0

/** Returns a fact that a script cannot have. */
function unsaid(expression: Pool | Failover, members: readonly Member[]): string | undefined {
  const said = (field: string, value: unknown): string => `${JSON.stringify(field)}: ${JSON.stringify(value)}`
  const { whenUnknown, whenDown } = expression
  if (whenUnknown)
    return `${said('whenUnknown', whenUnknown)} in a script, which cannot tell down from unknown; expected none`
  if (whenDown === 'refused')
    return `${said('whenDown', whenDown)} is not in PowerDNS, whose scripts fail with SERVFAIL; expected "servfail"`
  if (whenDown === 'last-known')
    return `${said('whenDown', whenDown)} is not in PowerDNS, which knows no past; expected another`
  const shed = members.find((member) => member.shed)?.shed
  if (shed) return `${said('shed', shed)} of a member, whose load PowerDNS does not know; expected none`
  for (const field of ['failback', 'rampUp', 'trickle'] as const) {
    const value = [expression, ...members].map((one) => (field in one ? one[field] : undefined)).find(isSet)
    if (value === undefined) continue
    return `${said(field, value)} is not in PowerDNS, whose members count as soon as they are up; expected none`
  }
  const load = [expression, ...members].map((one) => ('load' in one ? one.load : undefined)).find(isSet)
  if (load !== undefined) return `${said('load', load)} is not in PowerDNS, which knows no loads; expected none`
  if (expression.kind === 'failover') return undefined
  const { weights, lost, select = 'random' } = expression
  if (weights) return `${said('weights', weights)} of a pool is in pickselfweighted alone in PowerDNS; expected none`
  if (lost === 'next') return `${said('lost', lost)} of a pool is not in PowerDNS; expected none`
  if (select !== 'weighted-hashed' && !SELECT[select].groups) return undefined
  return `${said('select', select)} has no function in PowerDNS; expected another, like "weighted" or "hashed"`
}

// --- health ---------------------------------------------------------------------------------------------------------

const guarded = (when: string | undefined, statements: string): string =>
  when === undefined ? statements : `if ${when} then ${statements}end `

/** Returns the condition, in Lua, of a member that is up; undefined for one that always is. */
function upCondition(member: Member, common: Pool['check'], printer: ScriptPrinter): string | undefined {
  const checks = [member.check ?? common ?? []].flat() as readonly CheckReference[]
  const conditions = checks.flatMap((check) =>
    targetsOf(member, check, printer).map((target) => probed(check, target, printer)),
  )
  const inside = liveness(member.answer, printer)
  const all = [...conditions, ...(inside === undefined ? [] : [inside])]
  return all.length === 0 ? undefined : all.join(' and ')
}

/** Returns the targets that are probed for a member: the one that it names, or those of its records. */
function targetsOf({ answer, target }: Member, check: CheckReference, printer: ScriptPrinter): readonly string[] {
  if (target !== undefined) return [target]
  if (typeof check === 'object' && check.target !== undefined) return [check.target]
  const records = isList(answer) ? answer : [answer]
  return records.map((record) => {
    const bare = typeof record === 'string' ? (/^(?:\d+ \d+ \d+ |\d+ )?(\S+?)\.?$/.exec(record)?.[1] ?? '') : ''
    return bare === '' ? printer.refuse('a member without a "target"; expected one') : bare
  })
}

/** Returns a call that gives a list of one record while the target is up. */
function probed(check: CheckReference, target: string, printer: ScriptPrinter): string {
  const isExtern =
    typeof check === 'object' && (check.kind === 'http' || check.kind === 'https') && check.host === undefined
  const pool = isExtern ? byUrl(check, target) : byAddress(check, target)
  const answer = typeof pool.members[0] === 'string' ? pool.members[0] : (pool.members[0] as Member).answer
  const type = String(answer).includes(':') ? TYPE.AAAA : TYPE.A
  const call = printPlain(pool, type, (data) => data)
  if (call.ok) return `#${call.value.join('')}>0`
  return printer.refuse(call.error.replace(/ in a LUA \w+ record$/, ''))
}

/** The mini pool of a target that is an address. */
function byAddress(check: CheckReference, target: string): Pool {
  const parsed = parseTarget(target, 0)
  const address = parsed.ok ? parsed.value.host : target
  return {
    kind: 'pool',
    check: typeof check === 'string' ? check : withoutTarget(check),
    members: [{ answer: address, target }],
    whenDown: 'nodata',
  }
}

/** The mini pool of a target whose URL has it as the host; its address stands for nothing. */
function byUrl(check: Extract<CheckDocument, { kind: 'http' | 'https' }>, target: string): Pool {
  const { port, ...rest } = withoutTarget(check) as typeof check
  const usual = check.kind === 'http' ? 80 : 443
  const parsed = parseTarget(target, port ?? usual)
  const { host, port: number } = parsed.ok ? parsed.value : { host: target, port: usual }
  const name = host.includes(':') ? `[${host}]` : host
  const member = { answer: '0.0.0.1', target: number === usual ? name : `${name}:${number}`, check: rest }
  return { kind: 'pool', members: [member], whenDown: 'nodata' }
}

const withoutTarget = ({
  target: _,
  ...check
}: CheckDocument & { readonly target?: string | undefined }): CheckDocument => check as CheckDocument

/** Returns the condition of an answer that has health inside; undefined for one that is always up. */
function liveness(answer: Expression, printer: ScriptPrinter): string | undefined {
  if (isFixed(answer) || typeof answer === 'string') return undefined
  if (!isList(answer) && answer.kind === 'lua') return undefined
  if (!isList(answer) && (answer.kind === 'pool' || answer.kind === 'failover')) {
    const list = (answer.kind === 'pool' ? answer.members : answer.pools).map(memberOf)
    const conditions = list.map((member) => upCondition(member, answer.check, printer))
    const minLive = answer.kind === 'pool' ? answer.minLive : undefined
    if (minLive !== undefined)
      return printer.refuse(`"minLive": ${minLive} of a pool in a pool or failover; expected none`)
    return conditions.includes(undefined) ? undefined : `(${conditions.map((one) => `(${one})`).join(' or ')})`
  }
  const inside = JSON.stringify(answer)
  if (!/"kind":"(pool|failover)"/.test(inside) && !/"kind":"(view|networks)"/.test(inside)) return undefined
  return printer.refuse('health, or a view, inside a choice in a pool or failover; expected the pool outside of it')
}

// --- the choice -----------------------------------------------------------------------------------------------------

/** Returns true for a pool whose members are chosen as `{weight, text}`. */
const isWeighted = ({ select = 'random' }: Pool): boolean => SELECT[select].weights

function entryOf(pool: Pool, { answer, weight = 1, key = String(answer) }: Member, i: number): string {
  if (pool.select === 'pickclosest') return text(addressIn(answer))
  if (pool.select === 'consistent-hashed') return pair(weight, utf8(key))
  return isWeighted(pool) ? pair(weight, label(i)) : text(label(i))
}

/** The address that a record is. */
function addressIn(answer: Expression): string {
  const address = parseAddress(
    String(answer)
      .replace(/^"(.*)"$/, '$1')
      .replace(/\.$/, ''),
  )
  return address.ok ? formatAddress(address.value) : ''
}

/** Returns the condition of too few members that are up. */
function downCondition({ minLive, select = 'random' }: Pool, members: readonly Member[]): string {
  if (minLive === undefined) return '#u==0'
  if (!SELECT[select].weights) return `#u<${Math.max(1, Math.ceil(minLive * members.length - 1e-6))}`
  const total = members.reduce((sum, { weight = 1 }) => sum + weight, 0)
  const enough = Math.max(1, Math.ceil(minLive * total - 1e-6))
  return `(function()local s=0 for _,e in ipairs(u)do s=s+e[1]end return s<${enough} end)()`
}

function downCode(whenDown: Exclude<Pool['whenDown'], undefined | 'all'>, give: Give, printer: ScriptPrinter): string {
  if (typeof whenDown === 'object') return printer.statement(whenDown.answer, give)
  return whenDown === 'nodata' ? printer.statement([], give) : `error('nothing is up')`
}

/** Prints the choice among those in `u`, which is not empty. */
function selectCode(pool: Pool, members: readonly Member[], give: Give, printer: ScriptPrinter): string {
  const { select = 'random', count = 1 } = pool
  const keys = members.map(({ answer, key = String(answer) }, i) => {
    if (select === 'pickclosest') return addressIn(answer)
    return select === 'consistent-hashed' ? utf8(key) : label(i)
  })
  const twice = keys.find((key, i) => keys.indexOf(key) < i)
  if (twice !== undefined) return printer.refuse(`two members are "${twice}"; expected members that differ`)
  const answers = new Map(members.map(({ answer }, i) => [keys[i] as string, answer]))
  const one = (pick: string): string => printer.chosen(pick, answers, undefined, give)
  /** @param loop begins a loop over texts in `i` */
  const each = (loop: string, end = 'end '): string =>
    printer.collect(give, () => `${loop}${printer.chosen('i', answers, undefined, 'add')}${end}`)
  const sample = (size: number): string => each(`for _,i in ipairs(pickrandomsample(${size},u))do `)
  const first = (): string => (count === 1 ? one('u[1]') : each(`for k=1,math.min(${count},#u)do local i=u[k] `))
  switch (select) {
    case 'random':
      return count === 1 ? one('pickrandom(u)') : sample(count)
    case 'all':
      return pool.count === undefined ? each('for _,i in ipairs(u)do ') : sample(pool.count)
    case 'first':
      return first()
    case 'nearest':
      return nearest(members) + first()
    case 'hashed':
      return one('pickhashed(u)')
    case 'pickclosest':
      return one('pickclosest(u)')
    case 'consistent-hashed':
      return one('pickchashed(u)')
    case 'weighted':
      return count === 1 ? one('pickwrandom(u)') : each(`local w=u ${drawing(`math.min(${count},#w)`)}`)
    case 'weighted-multi':
      return each(MULTI, 'end end ')
    case 'weighted-hashed':
    case 'grouped':
    case 'grouped-multi':
      return printer.refuse(`"select": "${select}" has no function in PowerDNS; expected another`)
    default:
      return unreachable(select)
  }
}

/** Each is drawn by itself, as often as its weight is of the largest. */
const MULTI =
  'local m=0 for _,e in ipairs(u)do m=math.max(m,e[1])end ' +
  "for _,e in ipairs(u)do if e[1]==m or pickwrandom({{e[1],'y'},{m-e[1],'n'}})=='y'then local i=e[2] "

/** Puts `u` in the order of distance along the great circle. For a client at an unknown place it stays as it is. */
function nearest(members: readonly Member[]): string {
  const spots = members.map(({ latitude, longitude }, i) => `[${text(label(i))}]={${latitude},${longitude}}`)
  return (
    `local p,y,x={${spots.join(',')}},latlon():match('(%S+) (%S+)') if latlon()~='0.000000 0.000000'then ` +
    'local q,c=math.rad,math.cos local function d(i)local a,b=p[i][1],p[i][2] ' +
    'return math.sin(q(a-y)/2)^2+c(q(y))*c(q(a))*math.sin(q(b-x)/2)^2 end ' +
    'for k=2,#u do local i,j=u[k],k while j>1 and d(i)<d(u[j-1])do u[j]=u[j-1] j=j-1 end u[j]=i end end '
  )
}
