import { describe, expect, test } from 'vitest'
import { translateLua } from '../../../src/lua/index.ts'
import { checkTree } from '../../../src/lua-vm/index.ts'
import { ENVIRONMENT_NAMES, REFUSED_NAMES } from '../../../src/powerdns/index.ts'
import { HOST, programOf, runScript, valuesOf } from './support.ts'

const BY_PLACE = ['country', 'continent', 'region', 'asnum']
const GLOBALS: ReadonlySet<string> = new Set([...ENVIRONMENT_NAMES, ...BY_PLACE, 'pickrandom'])

function issuesOf(code: string) {
  const script = translateLua(code, { globals: GLOBALS })
  return script.ok ? script.value.warnings : script.error
}

describe('translating', () => {
  test.each<[string, number, RegExp]>([
    [";local f = io.open('x')", 11, /^io is not available: a Worker has no operating system or files/],
    ['os.time()', 0, /^os is not available: .*no clock/],
    ["resolve('a.example', 1)", 0, /^resolve is not available: an answer cannot wait/],
    [";require 'x'", 1, /^require is not available/],
    [';return 1 + debug', 12, /^debug is not available/],
    [';_G.x = 1', 1, /^_G is not available/],
    [';os = nil', 1, /^os is not available/],
    [';return string.dump(f)', 8, /^string\.dump is not available: there is no bytecode/],
    [';math.randomseed(1)', 1, /^math\.randomseed is not available/],
    ['loadstring("x")', 0, /^loadstring is not available/],
    [';goto x', 1, /^Lua syntax: no visible label 'x' for <goto>/],
    [';goto x local a ::x:: return a', 1, /^Lua syntax: <goto x> jumps into the scope of local 'a'/],
    [';return 5LL', 8, /suffix/],
    [';return 5 +', 11, /^Lua syntax/],
    [';break', 6, /^Lua syntax: no loop to break/],
    ['', 0, /empty/],
    [';return "é" .. os', 15, /^os is not available/],
  ])('%s', (code, at, message) => {
    expect(issuesOf(code)[0]).toEqual({ at, message: expect.stringMatching(message) })
  })

  test.each([...REFUSED_NAMES.keys()])('%s is refused as a global, and no local variable is', (name) => {
    const script = translateLua(`;return ${name}`, { globals: GLOBALS })
    expect(script).toEqual({
      ok: false,
      error: [{ at: 8, message: `${name} is not available: ${REFUSED_NAMES.get(name)}; expected code without it` }],
    })
    const [base, field] = name.split('.')
    const local = `;local ${base} = {} return ${field ? `${base}.${field}` : base}`
    expect(translateLua(local, { globals: GLOBALS }).ok).toBe(true)
  })

  test('the host refuses names of its own', () => {
    const refused = new Map([['ifurlup', 'there are no checks']])
    expect(translateLua("ifurlup('x', {})", { globals: GLOBALS, refused })).toEqual({
      ok: false,
      error: [{ at: 0, message: 'ifurlup is not available: there are no checks; expected code without it' }],
    })
  })

  const LISTED = 'a name that docs/lua.md or Lua 5.1 has'
  test.each<[string, [number, string][]]>([
    [
      ';return nobody',
      [[8, "the global nobody is set nowhere, so that it is nil; expected a name of PowerDNS's or of Lua's"]],
    ],
    [';x = 1 return x', []],
    [
      ';function g() return h end return g()',
      [[21, "the global h is set nowhere, so that it is nil; expected a name of PowerDNS's or of Lua's"]],
    ],
    [
      ';if never then always = 1 end return always',
      [[4, "the global never is set nowhere, so that it is nil; expected a name of PowerDNS's or of Lua's"]],
    ],
    [";print('x') return 1", [[1, 'print does nothing here; expected no print']]],
    [
      ";if qname == 'www.example.com' then return 1 end",
      [
        [
          4,
          "qname is an object and no text, so that == is always false; expected qname:equal('www.example.com'), qname == newDN('www.example.com'), or qname:toString() with its last dot",
        ],
      ],
    ],
    [
      ";return '192.0.2.1' ~= bestwho",
      [
        [
          8,
          "bestwho is an object and no text, so that ~= is always true; expected bestwho:toString() == '192.0.2.1', or netmask({'192.0.2.1'})",
        ],
      ],
    ],
    [
      ";return ecswho == '192.0.2.0/24'",
      [
        [
          8,
          "ecswho is an object and no text, so that == is always false; expected ecswho:toString() == '192.0.2.0/24', or ecswho == newNetmask('192.0.2.0/24')",
        ],
      ],
    ],
    [
      ";return newDN('a') == 'b' .. tostring(tcp)",
      [
        [
          8,
          'newDN(…) is an object and no text, so that == is always false; expected newDN(…):equal(…), newDN(…) == newDN(…), or newDN(…):toString() with its last dot',
        ],
      ],
    ],
    [
      ";return bestwho == newCA('192.0.2.1')",
      [[8, 'addresses are compared with equal, and == is always false; expected bestwho:equal(newCA(…))']],
    ],
    [
      ";return country({'DE', 'Germany', 'UK'}) or country 'EU'",
      [
        [23, 'country is never so: "Germany" is not a country of ISO 3166-1; expected two letters like "DE"'],
        [34, 'country is never so: "UK" is not in ISO 3166-1; expected "GB"'],
        [52, `country is never so: "EU" is not a country; expected continent('EU')`],
      ],
    ],
    [";return country('FR', 'DE')", [[8, "country fails with more than one argument; expected country('DE')"]]],
    [
      ";return continent('Europe') or region('DE-BY') or asnum({'AS64496', 64497})",
      [
        [18, 'continent is never so: "Europe" is not a continent; expected one of AF, AN, AS, EU, NA, OC, SA'],
        [
          38,
          'region is never so: "DE-BY" is not part of a country; expected what ISO 3166-2 has behind the dash, like "BY"',
        ],
        [
          57,
          'asnum is never so: "AS64496" is not the number of an autonomous system; expected it without AS, like "64496"',
        ],
      ],
    ],
    [
      ";local region = tostring return country({'de', x}) or country('unknown') or region('Bavaria') or asnum(64496)",
      [[47, "the global x is set nowhere, so that it is nil; expected a name of PowerDNS's or of Lua's"]],
    ],
    [";local qname = qname:toString() return qname == 'a.'", []],
    [";zone = zone:toString() return zone == 'a.'", []],
    [";return ecswho == nil or bestwho == bestwho or qname == newDN('a') or qname:toString() == 'a.'", []],
    [";return pickrandom({bestwho:toString(), tostring(qname), string.rep('x', 2)})", []],
    [";return string.fromat('x')", [[8, `there is no string.fromat, so that it is nil; expected ${LISTED}`]]],
    [';return pdns.AAA', [[8, `there is no pdns.AAA, so that it is nil; expected ${LISTED}`]]],
    [';return qname:tostring()', [[8, 'there is no qname:tostring, so that it is nil; expected qname:toString']]],
    [';return bestwho.ToString', [[8, 'there is no bestwho.ToString, so that it is nil; expected bestwho.toString']]],
    [';return ecswho:getbits()', [[8, 'there is no ecswho:getbits, so that it is nil; expected ecswho:getBits']]],
    [";function string.starts(s) return s end return string.starts('x')", []],
    [';pdns.MINE = 1 return pdns.MINE', []],
    [';math = {x = 1} return math.x', []],
    [';local string = {x = 1} return string.x', []],
    [";return pdns.loglevels.Info .. ('x'):nothing() .. dh:getID()", []],
  ])('%s: warnings', (code, warnings) => {
    expect(issuesOf(code)).toEqual(warnings.map(([at, message]) => ({ at, message })))
  })

  test('an expression is returned', () => {
    const script = translateLua("'a' .. 'b', 2", { globals: GLOBALS })
    expect(script.ok && script.value.tree.main.body).toEqual([['return', 0, [['..', 0, ['a', 'b']], 2]]])
  })

  test('a global that nobody sets is nil', () => {
    expect(valuesOf('return nobody, nobody == nil')).toEqual([undefined, true])
  })

  test('keys that are properties of JavaScript’s objects are keys like any other', () => {
    expect(
      valuesOf(
        "local t = {} t.__proto__ = 1 t['constructor'] = 2 return t.__proto__, t.constructor, t.toString, ({}).__proto__",
      ),
    ).toEqual([1, 2, undefined, undefined])
    expect(valuesOf("return __proto__, constructor, ('x').constructor, string.constructor, math.__proto__")).toEqual(
      Array.from({ length: 5 }),
    )
    expect(valuesOf('__proto__ = 5 return __proto__, hasOwnProperty')).toEqual([5, undefined])
  })

  test('octets of texts come through', () => {
    expect(valuesOf("return 'é', #'é', '\\255\\0'")).toEqual(['\xc3\xa9', 2, '\xff\0'])
  })

  test('lines count in messages, and offsets are those of the code', () => {
    const result = runScript('local a = 1\nlocal b\n  return a + b')
    expect(result).toEqual({
      ok: false,
      error: {
        why: "lua:3: attempt to perform arithmetic on local 'b' (a nil value)",
        overBudget: false,
        at: 30,
        line: 3,
      },
    })
  })
})

describe('a stored tree', () => {
  const main = (body: unknown, more: object = {}) => ({
    version: 1,
    lines: [],
    main: { parameters: 0, vararg: true, locals: [], captured: [], upvalues: [], body, ...more },
  })
  const inner = (body: unknown, more: object = {}) => ({
    parameters: 0,
    vararg: false,
    locals: [],
    captured: [],
    upvalues: [],
    body,
    ...more,
  })

  test.each<[string, unknown]>([
    ['nothing', main([])],
    ['a return', main([['return', 0, [1, 'a', null, true, ['...', 0]]]])],
    [
      'a variable',
      main(
        [
          ['declare', 0, [0], [1]],
          ['return', 0, [['local', 0, 0]]],
        ],
        { locals: ['a'] },
      ),
    ],
    [
      'goto to the end of a block, over a variable',
      main(
        [
          [
            'do',
            0,
            [
              ['goto', 0, 0],
              ['declare', 0, [0], []],
              ['label', 0, 0],
              ['label', 0, 1],
            ],
          ],
        ],
        { locals: ['a'] },
      ),
    ],
    [
      'goto back, and out of a block',
      main(
        [
          ['label', 0, 0],
          ['declare', 0, [0], []],
          [
            'do',
            0,
            [
              ['declare', 0, [1], []],
              ['goto', 0, 0],
              ['goto', 0, 1],
            ],
          ],
          ['label', 0, 1],
          ['return', 0, [['local', 0, 0]]],
        ],
        { locals: ['a', 'b'] },
      ),
    ],
    [
      'a closure',
      main(
        [
          ['declare', 0, [0], []],
          [
            'return',
            0,
            [['function', 0, inner([['return', 0, [['upvalue', 0, 0]]]], { upvalues: [['a', 'local', 0]] })]],
          ],
        ],
        { locals: ['a'], captured: [0] },
      ),
    ],
  ])('%s is well-formed', (_, tree) => {
    expect(checkTree(tree)).toEqual({ ok: true, value: tree })
  })

  test.each<[string, unknown, RegExp]>([
    ['text', 'x', /expected an object with "version"/],
    ['nothing', null, /expected an object/],
    ['a list', [], /expected an object/],
    ['another version', { ...main([]), version: 2 }, /expected 1/],
    ['another field', { ...main([]), more: 1 }, /expected an object with/],
    ['no lines', { ...main([]), lines: 1 }, /lines: expected a list/],
    ['an inherited field', Object.create(main([])), /expected an object/],
    ['a body that is no list', main('x'), /main\.body: expected a list/],
    ['an unknown statement', main([['jump', 0]]), /main\.body\[0\]: unknown statement "jump"/],
    ['an unknown expression', main([['return', 0, [['nop', 0]]]]), /unknown expression "nop"/],
    ['a property of objects', main([['constructor', 0]]), /unknown statement "constructor"/],
    ['an operator without operands', main([['return', 0, [['+', 0]]]]), /"\+" has 2 parts; expected 4/],
    ['an offset that is none', main([['return', -1, []]]), /from 0 to 2147483647/],
    ['an offset that is a text', main([['return', '0', []]]), /expected a number/],
    ['an object as a value', main([['return', 0, [{}]]]), /expected a list/],
    ['a character that is no octet', main([['return', 0, ['\u20ac']]]), /not octets/],
    ['break outside of a loop', main([['break', 0]]), /"break" outside of a loop/],
    ['goto without its label', main([['goto', 0, 0]]), /"goto" to a label that is in no block around/],
    ['goto to what is no number', main([['goto', 0, 'x']]), /"goto" to a label that is in no block around/],
    [
      'goto into a block',
      main([
        ['do', 0, [['label', 0, 0]]],
        ['goto', 0, 0],
      ]),
      /"goto" to a label that is in no block around/,
    ],
    [
      'goto out of a function',
      main([
        ['label', 0, 0],
        ['return', 0, [['function', 0, inner([['goto', 0, 0]])]]],
      ]),
      /"goto" to a label that is in no block around/,
    ],
    [
      'a label that stands twice',
      main([
        ['label', 0, 0],
        ['label', 0, 0],
      ]),
      /the label 0 stands there twice/,
    ],
    ['a label that is no number', main([['label', 0, 'x']]), /expected a number from 0/],
    [
      'goto over a variable',
      main(
        [
          ['goto', 0, 0],
          ['declare', 0, [0], []],
          ['label', 0, 0],
          ['return', 0, [['local', 0, 0]]],
        ],
        { locals: ['a'] },
      ),
      /main\.body: "goto" 0 jumps over a variable/,
    ],
    [
      'goto over a variable to a label whose number a block around has too',
      main(
        [
          ['label', 0, 0],
          [
            'do',
            0,
            [
              ['goto', 0, 0],
              ['declare', 0, [0], []],
              ['label', 0, 0],
              ['return', 0, [['local', 0, 0]]],
            ],
          ],
        ],
        { locals: ['a'] },
      ),
      /main\.body\[1\]: "goto" 0 jumps over a variable/,
    ],
    [
      'goto over a variable out of a block',
      main(
        [
          [
            'do',
            0,
            [
              ['declare', 0, [0], []],
              ['goto', 0, 0],
            ],
          ],
          ['declare', 0, [1], []],
          ['label', 0, 0],
          ['return', 0, [['local', 0, 1]]],
        ],
        { locals: ['a', 'b'], captured: [1] },
      ),
      /"goto" 0 jumps over a variable/,
    ],
    [
      'goto over a variable of the condition',
      main(
        [
          [
            'repeat',
            0,
            [
              ['goto', 0, 0],
              ['declare', 0, [0], []],
              ['label', 0, 0],
            ],
            ['local', 0, 0],
          ],
        ],
        {
          locals: ['a'],
        },
      ),
      /"goto" 0 jumps over a variable/,
    ],
    [
      'break inside a function inside a loop',
      main([['while', 0, true, [['return', 0, [['function', 0, inner([['break', 0]])]]]]]]),
      /"break" outside/,
    ],
    ['a slot that is not there', main([['declare', 0, [0], []]]), /from 0 to -1/],
    ['a variable before its declaration', main([['return', 0, [['local', 0, 0]]]], { locals: ['a'] }), /not declared/],
    [
      'a variable in its own value',
      main([['declare', 0, [0], [['local', 0, 0]]]], { locals: ['a'] }),
      /not declared there/,
    ],
    [
      'a variable behind its block',
      main(
        [
          ['do', 0, [['declare', 0, [0], []]]],
          ['return', 0, [['local', 0, 0]]],
        ],
        { locals: ['a'] },
      ),
      /not declared there/,
    ],
    [
      'a variable that is declared twice',
      main(
        [
          ['declare', 0, [0], []],
          ['declare', 0, [0], []],
        ],
        { locals: ['a'] },
      ),
      /declared twice/,
    ],
    ['an upvalue of the script itself', main([], { upvalues: [['a', 'local', 0]] }), /from 0 to -1/],
    [
      'an upvalue that is not among the captured',
      main(
        [
          ['declare', 0, [0], []],
          ['return', 0, [['function', 0, inner([], { upvalues: [['a', 'local', 0]] })]]],
        ],
        { locals: ['a'] },
      ),
      /not among "captured"/,
    ],
    [
      'an upvalue that is not declared yet',
      main([['return', 0, [['function', 0, inner([], { upvalues: [['a', 'local', 0]] })]]]], {
        locals: ['a'],
        captured: [0],
      }),
      /not declared there/,
    ],
    ['an upvalue that is not there', main([['return', 0, [['upvalue', 0, 0]]]]), /from 0 to -1/],
    [
      '... where there is none',
      main([['return', 0, [['function', 0, inner([['return', 0, [['...', 0]]]])]]]]),
      /without it/,
    ],
    ['more parameters than variables', main([], { parameters: 1 }), /parameters: expected a number from 0 to 0/],
    ['an assignment to a call', main([['assign', 0, [['call', 0, 'f', []]], [1]]]), /cannot be assigned to/],
    ['an assignment of nothing', main([['assign', 0, [['global', 0, 'a']], []]]), /the list is empty/],
    ['a global without a name', main([['return', 0, [['global', 0, 1]]]]), /name of a global/],
    ['a method without a name', main([['method', 0, 'x', 1, []]]), /name of a method/],
    ['an if without a clause', main([['if', 0, [], []]]), /the list is empty/],
    ['one operand of and', main([['return', 0, [['and', 0, [1]]]]]), /expected two operands/],
  ])('%s is refused', (_, tree, message) => {
    expect(checkTree(tree)).toEqual({ ok: false, error: expect.stringMatching(message) })
  })

  test('one that nests deep, or has very many nodes, is refused', () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = ['not', 0, deep]
    expect(checkTree(main([['return', 0, [deep]]]))).toEqual({
      ok: false,
      error: expect.stringMatching(/nests deeper/),
    })
    let block: unknown = []
    for (let i = 0; i < 100_000; i++) block = [['do', 0, block]]
    expect(checkTree(main(block))).toEqual({ ok: false, error: expect.stringMatching(/nests deeper/) })
    const many = Array.from({ length: 100_001 }, () => ['return', 0, []])
    expect(checkTree(main(many))).toEqual({ ok: false, error: expect.stringMatching(/more than 100000 nodes/) })
  })

  test('a text of a key named "__proto__" in JSON is refused', () => {
    expect(checkTree(JSON.parse('{"version":1,"lines":[],"main":{},"__proto__":{}}')).ok).toBe(false)
  })

  test('what is translated is well-formed, and small', () => {
    const code = ";if country('US') then return pickrandom({'192.0.2.1'}) end return pickrandom({'192.0.2.2'})"
    const script = translateLua(code, { globals: GLOBALS })
    if (!script.ok) throw new Error('refused')
    expect(checkTree(script.value.tree).ok).toBe(true)
    expect(JSON.stringify(script.value.tree).length).toBeLessThan(4 * code.length)
  })
})

test('a program runs again and again, with nothing left of the last run', () => {
  const program = programOf('n = (n or 0) + 1 string.x = (string.x or 0) + 1 return n, string.x')
  if (!program.ok) throw new Error(program.error)
  for (let i = 0; i < 3; i++) expect(program.value.run(HOST)).toEqual({ ok: true, value: [1, 1] })
})
