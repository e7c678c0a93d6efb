import type { Rng } from '../../../src/policy/index.ts'

/** Code that the scripts include: variables and functions that they have, too. */
export const GRAMMAR_INCLUDES = `
inc1 LUA LUA "t1 = {'i', 'j'} s1 = 'inc'"
inc2 LUA LUA "t2[1] = 'inc2' function f1(x) return 'F' .. x end"
inc3 LUA LUA "s2 = pickhashed({'h1', 'h2'}) include('inc1') table.insert(t1, s2)"
`

const FUNCTIONS = "f1 = function(x) return x .. '!' end f2 = function() return s1, s2 end g1 = function(x) return x end"

/** All that the script has, so that nothing that went wrong on the way is hidden. */
const EVERYTHING = ['t1', 't2', 't3', 'm1'].map((list) => `table.concat(${list}, ',')`).join(', ')

type Part = () => string

/**
 * Scripts drawn from a grammar: PowerDNS's functions over lists that are literals, changed, aliased, swapped, included
 * or computed, so that what is folded when the zone is compiled and what is not meet in every way. What they give
 * depends on the client alone, and is a text or a list; they end.
 */
export class Grammar {
  private readonly random: Rng
  /** Functions call no functions that may be themselves: PowerDNS catches what is a stack overflow, we end it. */
  private inFunction = false

  constructor(random: Rng) {
    this.random = random
  }

  script(): string {
    const { below, some, times } = this
    const local = (name: string, value: string) => `${some(['local ', ''])}${name} = ${value}`
    const variables = [
      local('t1', "{'192.0.2.1', '192.0.2.2'}"),
      local('t2', "{'a', 'b', 'c'}"),
      "t3 = {'x'} s1 = 'one'",
      local('s2', "'two'"),
      "n1 = 1 n2 = 2 w1 = {{3, 'u'}, {2, 'v'}, {9, 'w'}} m1 = {'10.0.0.0/8', '2001:db8::/32'}",
    ].join(' ')
    const body = times(1 + below(5), () => this.statement(2)).join(' ')
    const all = `table.concat({${this.text(2)}, s1, s2, n1, n2, ${EVERYTHING}}, '+')`
    const returned = some([this.text(3), this.text(2), `{${this.text(2)}, ${this.text(1)}}`, this.list(2), all, all])
    return `;${variables} ${FUNCTIONS} ${body} return ${returned}`
  }

  // --- chance ---------------------------------------------------------------------------------------------------------

  private readonly below = (limit: number): number => Math.floor(this.random() * limit)
  private readonly some = <T>(list: readonly T[]): T => list[this.below(list.length)] as T
  private readonly times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)
  private readonly one = (...parts: readonly Part[]): string => this.some(parts)()
  private readonly within = (body: Part): string => {
    const outer = this.inFunction
    this.inFunction = true
    const text = body()
    this.inFunction = outer
    return text
  }

  // --- expressions ----------------------------------------------------------------------------------------------------

  private readonly word = (): string =>
    `'${this.some(['192.0.2.1', '10.0.0.1', '2001:db8::1', 'a', 'b.example', '7'])}'`
  private readonly digit = (): string => String(1 + this.below(9))
  private readonly table = (): string => this.some(['t1', 't2', 't3'])
  private readonly network = (): string => {
    const ipv4 = [
      '10.0.0.0/8',
      '192.0.2.0/25',
      '192.0.2.0/24',
      '0.0.0.0/0',
      '10.1.2.3',
      '203.0.113.128/25',
      '128.0.0.0/1',
    ]
    return `'${this.some([...ipv4, '::/0', '2001:db8::/32'])}'`
  }
  private readonly networks = (): string =>
    this.one(
      () => 'm1',
      () => `{${this.times(1 + this.below(3), this.network).join(', ')}}`,
    )

  private list(depth: number): string {
    const texts = () => this.times(1 + this.below(3), () => this.text(depth - 1)).join(', ')
    const words = () => this.times(1 + this.below(3), this.word).join(', ')
    return this.one(
      () => `{${texts()}}`,
      () => `{${words()}}`,
      this.table,
      () => `all(${this.table()})`,
      () => `{unpack(${this.table()})}`,
      () => `(function() return ${this.table()} end)()`,
      () => (this.inFunction ? this.table() : `g1(${this.table()})`),
    )
  }

  private weighted(depth: number): string {
    const pairs = (most: number, text: Part) =>
      this.times(1 + this.below(most), () => `{${this.digit()}, ${text()}}`).join(', ')
    return this.one(
      () => 'w1',
      () => `{${pairs(3, () => this.text(depth - 1))}}`,
      () => `{${pairs(40, this.word)}}`,
    )
  }

  private number(depth: number): string {
    const simple = () => this.some(['n1', 'n2', '1', '2', '3', '0', '-1', '2.5'])
    if (depth <= 0) return simple()
    const number = () => this.number(depth - 1)
    const text = () => `(${this.text(depth - 1)})`
    return this.one(
      simple,
      () => `#${this.table()}`,
      () => `#${text()}`,
      () => `${number()} + ${number()}`,
      () => `(${number()} * ${number()})`,
      () => `${number()} % 3`,
      () => `math.floor(${number()} / 2)`,
      () => `math.max(${number()}, ${number()})`,
      () => 'qname:countLabels()',
      () => `(tonumber(${text()}) or 4)`,
      () => `newNetmask(${this.network()}):getBits()`,
      () => `select('#', ${text()}, ${number()})`,
      () => `${text()}:byte()`,
    )
  }

  private condition(depth: number): string {
    if (depth <= 0) return this.some(['true', 'false', 'nil'])
    const inner = () => this.condition(depth - 1)
    const text = () => this.text(depth - 1)
    const number = () => this.number(depth - 1)
    return this.one(
      () => `netmask(${this.networks()})`,
      () => `newNMG(${this.networks()}):match(bestwho)`,
      () => 'bestwho:isIPv4()',
      () => "country('us')",
      () => `not ${inner()}`,
      () => `(${inner()} and ${inner()})`,
      () => `(${inner()} or ${inner()})`,
      () => `${number()} < ${number()}`,
      () => `${number()} ~= ${number()}`,
      () => `${text()} == ${text()}`,
      () => `${text()} < ${text()}`,
      () => `${this.table()} == ${this.table()}`,
      () => `(${text()}):find('%d')`,
    )
  }

  private text(depth: number): string {
    const variable = () => this.some(['s1', 's2'])
    if (depth <= 0) return this.one(this.word, this.word, variable)
    const text = () => this.text(depth - 1)
    const rule = (networks: string) => `{${networks}, {${text()}}}`
    const pattern = () => this.some(['^(%d+)', '[a-z]+', '%.(%d)', '(.-)%.', '.$', '()x'])
    return this.one(
      this.word,
      variable,
      () => `pickhashed(${this.list(depth - 1)})`,
      () => `pickwhashed(${this.weighted(depth - 1)})`,
      () => `pickrandom({${text()}})`,
      () => `pickrandomsample(1, {${text()}})[1]`,
      () => `view({${rule(this.networks())}, ${rule(this.networks())}})`,
      () => `view({${rule(this.networks())}, ${rule("{'0.0.0.0/0', '::/0'}")}})`,
      () => `(${text()} .. ${text()})`,
      () => `(${this.condition(depth - 1)} and ${text()} or ${text()})`,
      () => `tostring(${this.table()}[${this.number(depth - 1)}])`,
      () => `tostring(${this.list(depth - 1)}[1])`,
      () => `table.concat(${this.list(depth - 1)}, '-')`,
      () => this.some(['bestwho:toString()', 'qname:toString()', 'zone:toString()']),
      () => `qname:getRawLabels()[${1 + this.below(3)}]`,
      () => `(${text()}):upper()`,
      () => `(${text()}):sub(${this.number(0)}, ${this.number(0)})`,
      () => `((${text()}):gsub('%d', '${this.some(['x', '%0%0', '<%0>'])}'))`,
      () => `tostring((${text()}):match('${pattern()}'))`,
      () => `string.rep(${text()}, 2)`,
      () => `string.format('%s/%d/%05.1f', ${text()}, ${this.digit()}, ${this.number(depth - 1)})`,
      () => `tostring(${this.condition(depth - 1)})`,
      () => `(${this.number(depth - 1)}) .. ''`,
      () => (this.inFunction ? text() : `f1(${text()})`),
      () => (this.inFunction ? variable() : '(f2())'),
    )
  }

  // --- statements -----------------------------------------------------------------------------------------------------

  private block(depth: number): string {
    return this.times(1 + this.below(2), () => this.statement(depth)).join(' ')
  }

  private statement(depth: number): string {
    return depth > 0 && this.below(3) === 0 ? this.compound(depth) : this.simple()
  }

  private simple(): string {
    const table = this.table
    const text = () => this.text(1)
    return this.one(
      () => `${table()} = ${this.list(1)}`,
      () => `local ${table()} = ${this.list(1)}`,
      () => `${this.some(['s1', 's2'])} = ${this.text(2)}`,
      () => `local ${this.some(['s1', 's2'])} = ${this.text(2)}`,
      () => `${this.some(['n1', 'n2'])} = ${this.number(2)}`,
      () => `table.insert(${table()}, ${text()})`,
      () => `table.sort(${table()})`,
      () => `${table()}[${1 + this.below(2)}] = ${text()}`,
      () => `local x = ${table()} x[1] = ${text()}`,
      () => 't1, t2 = t2, t1',
      () => 'local t1, t3 = t3, t1',
      () => "local s1, s2 = s2, 'three'",
      () => (this.inFunction ? 's1, s2 = s2, s1' : 's1, s2 = f2()'),
      () => `m1 = ${this.networks()}`,
      () => `m1[1] = ${this.network()}`,
      () => `w1[1][1] = ${this.digit()}`,
      () => `w1[1][2] = ${text()}`,
      () => `table.insert(w1, {${this.digit()}, ${text()}})`,
      () => `function f1(x) return x .. ${this.within(text)} end`,
      () => `local function f2() return ${this.within(text)}, ${this.text(0)} end`,
      () => `g1 = function(x) x[1] = ${this.text(0)} return x end`,
      () => (this.inFunction ? 'local y = 1' : `g1(${table()})`),
      () => (this.inFunction ? 'local y = 2' : 'f2()'),
      () => `include('inc${1 + this.below(3)}')`,
      () => `local pickhashed = function(x) return x[#x] end`,
      () => `all = function(x) return x end`,
      () => `local view = function(x) return x[1][2][1] end`,
      () => 'local include = print',
    )
  }

  private compound(depth: number): string {
    const block = () => this.block(depth - 1)
    const condition = () => this.condition(2)
    return this.one(
      () => `if ${condition()} then ${block()} end`,
      () => `if ${condition()} then ${block()} else ${block()} end`,
      () => `if ${condition()} then ${block()} elseif ${condition()} then ${block()} end`,
      () => `if ${condition()} then return ${this.text(1)} end`,
      () => `for i = 1, ${1 + this.below(3)} do ${block()} n1 = i end`,
      () => `for i = 1, 2 do if ${condition()} then break end ${block()} end`,
      () => `for i = 1, 3 do if ${condition()} then goto continue end do ${block()} end ::continue:: end`,
      () => `do if ${condition()} then goto over end do ${block()} end ::over:: end`,
      () => `do local c = 0 ::top:: do ${block()} end c = c + 1 if c < 2 then goto top end end`,
      () => `for i, v in ipairs({'p', 'q'}) do ${block()} s1 = v end`,
      () => `repeat local r = ${this.text(1)} ${block()} until true or r`,
      () => `do ${block()} end`,
      () => `f2 = function(...) ${this.within(block)} return ${this.within(() => this.text(1))} end`,
      () => `local ok = pcall(function() ${block()} ${this.some(['', "error('x')"])} end) s1 = tostring(ok)`,
    )
  }
}
