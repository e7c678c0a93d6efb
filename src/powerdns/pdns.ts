import { integerArgument, type LuaValue, NOTHING, type Run, textArgument } from '../lua-vm/index.ts'

/** `pdnslog`: a query has no log here. A script reports to people through its answer. */
export function pdnslog(args: readonly LuaValue[], run: Run, name: string): readonly LuaValue[] {
  textArgument(args, 0, name, run)
  integerArgument(args, 1, name, run, 0)
  return NOTHING
}

/** `pdnsrandom`: a whole number below its argument. */
export function pdnsrandom(args: readonly LuaValue[], run: Run, name: string): number {
  const below = args[0] === undefined ? 2 ** 32 : integerArgument(args, 0, name, run) >>> 0
  return Math.floor(run.random() * below)
}

export function report(_: readonly LuaValue[], run: Run, name: string): never {
  throw run.fail(`${name} is not supported by PowerDNS either`)
}
