import { arguments_, callOnce, listFunctions, newRun } from '../test/unit/powerdns/charge-support.ts'

/**
 * `node bench/charges.ts [WORD]`: what 20,000 steps of each function of the library take at most, in milliseconds: each
 * is called in a loop with every argument at every place, and the slowest is printed. It has to stay below 20.
 */
const [word = ''] = process.argv.slice(2)
const ROUNDS = 2

/** Enough to tell, where a call takes few steps. */
const MOST_CALLS = 400

/** Other work on the machine is not what is measured. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(since)
  return (user + system) / 1000
}

function milliseconds(one: ReturnType<typeof listFunctions>[number], args: Parameters<typeof callOnce>[1]): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const run = newRun()
    const start = process.threadCpuUsage()
    let calls = 0
    while (calls < MOST_CALLS && callOnce(one, args, run) === 'on') calls++
    // One that is cheap is not measured to the end. What ends a run are its steps, or what it has made.
    const share = calls < MOST_CALLS ? 1 : (20_000 - run.steps) / 20_000
    least = Math.min(least, cpuMs(start) / Math.max(share, 0.02))
    if (least < 10) break
  }
  return least
}

const setting = newRun()
const functions = listFunctions(setting).filter(({ name }) => name.includes(word))
const values = arguments_(newRun())
const slowest: { name: string; ms: number; args: string }[] = []
const shown = (value: unknown): string =>
  typeof value === 'string'
    ? `text ${value.length} ${value.slice(0, 12)}`
    : typeof value === 'object'
      ? `table/object ${values.indexOf(value as never)}`
      : String(value)
for (const one of functions) {
  let worst = { name: one.name, ms: 0, args: '' }
  for (const a of values) {
    for (const args of [[a], ['x', a], [a, a, a]]) {
      const ms = milliseconds(one, args)
      if (ms > worst.ms) worst = { name: one.name, ms, args: args.map(shown).join(' | ') }
    }
  }
  slowest.push(worst)
  if (worst.ms > 10) console.log(`${worst.ms.toFixed(1).padStart(8)} ms  ${worst.name}(${worst.args})`)
}
slowest.sort((a, b) => b.ms - a.ms)
for (const { name, ms, args } of slowest.slice(0, 60)) console.log(`${ms.toFixed(1).padStart(8)} ms  ${name}(${args})`)
