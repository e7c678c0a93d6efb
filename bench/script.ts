import { translateLua } from '../src/lua/index.ts'
import {
  byTables,
  byTexts,
  COPIED,
  functionsOf,
  type LuaValue,
  prepare,
  tableArgument,
  textArgument,
} from '../src/lua-vm/index.ts'
import { environmentOf } from '../src/powerdns/index.ts'
import { QUERY } from '../test/unit/lua-vm/support.ts'

/** `node bench/script.ts`: the time of one run of small scripts, including the environment, in microseconds. */
const SCRIPTS: readonly (readonly [name: string, code: string])[] = [
  [
    'if country, pickrandom',
    "if country('US') then return pickrandom({'192.0.2.1', '192.0.2.2'}) else return pickrandom({'192.0.2.3', '192.0.2.4'}) end",
  ],
  ['if netmask', "if netmask({'10.0.0.0/8', '192.0.2.0/24'}) then return '192.0.2.1' end return '192.0.2.2'"],
  [
    'labels of qname',
    "local t = {} for i, l in ipairs(qname:getRawLabels()) do t[i] = l:lower() end return table.concat(t, '.')",
  ],
  ['a pattern, a format', "local a, b = ('ip-192-0-2-1'):match('^ip%-(%d+)%-(%d+)') return ('%d.%d.0.1'):format(a, b)"],
  ['a loop of 1000', 'local s = 0 for i = 1, 1000 do s = s + i end return s'],
  ['a loop without an end', 'while true do end'],
]

const functions = new Map<string, LuaValue>(
  functionsOf({
    country: [byTexts(COPIED), (args, run, name) => textArgument(args, 0, name, run) === 'US'],
    pickrandom: [
      byTables(1, COPIED),
      (args, run, name) => {
        const table = tableArgument(args, 0, name, run)
        return table.get(1 + Math.floor(run.random() * table.length))
      },
    ],
  }),
)

for (const [name, code] of SCRIPTS) {
  const script = translateLua(`;${code}`, { globals: new Set(functions.keys()) })
  if (!script.ok) throw new Error(script.error[0]?.message)
  const program = prepare(script.value.tree)
  const microseconds = [1, 2, 3, 4, 5].map(() => {
    const runs = name.startsWith('a loop') ? 500 : 50_000
    const start = performance.now()
    for (let i = 0; i < runs; i++) program.run(environmentOf({ ...QUERY, random: Math.random }, functions))
    return ((performance.now() - start) / runs) * 1000
  })
  console.log(
    `${Math.min(...microseconds)
      .toFixed(2)
      .padStart(8)} µs  ${name}`,
  )
}
