import { parseName, ROOT } from '../dns/index.ts'
import { type Host, type LuaValue, prepare, type Tree } from '../lua-vm/index.ts'
import { environmentOf } from '../powerdns/index.ts'
import { placeholderQuery } from './placeholder-query.ts'

/** The result of one call. `failed` is the reason, without a location. */
type Trial = { readonly value: LuaValue } | { readonly failed: string }

/** Calls a global of the query environment with one argument, as a script would at query time. */
export function trialCall(name: string, argument: string | number, qname = 'example.'): Trial {
  const owner = parseName(qname, ROOT)
  const environment = environmentOf(placeholderQuery(owner.ok ? owner.value : ROOT))
  const host: Host = {
    global: (wanted) => (wanted === ARGUMENT ? argument : environment.global(wanted)),
    random: () => 0,
  }
  const result = programOf(name).run(host)
  if (result.ok) return { value: result.value[0] }
  return { failed: result.error.why.replace(/^lua:1: /, '').replace(`${name}: `, '') }
}

const ARGUMENT = ' argument'

const programs = new Map<string, ReturnType<typeof prepare>>()

function programOf(name: string): ReturnType<typeof prepare> {
  let program = programs.get(name)
  if (!program) {
    const tree: Tree = {
      version: 1,
      lines: [],
      main: {
        parameters: 0,
        vararg: true,
        locals: [],
        captured: [],
        upvalues: [],
        body: [['return', 0, [['call', 0, ['global', 0, name], [['global', 0, ARGUMENT]]]]]],
      },
    }
    program = prepare(tree)
    programs.set(name, program)
  }
  return program
}
