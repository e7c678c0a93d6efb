import { arguments_, callOnce, listFunctions, newRun } from '../test/unit/powerdns/charge-support.ts'

/**
 * `node bench/charges.ts [WORD]`: the maximum time of 20,000 steps of each library function, in milliseconds. It calls
 * each in a loop with every argument at every position, and prints the slowest. The limit is 20 ms.
 */
const [word = ''] = process.argv.slice(2)
const ROUNDS = 2

/** Enough calls for a measurement, if a call takes few steps. */
const MOST_CALLS = 400

/** Measures CPU time, which other work on the machine does not change. */
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
    // A cheap function is not measured to the end. A run ends at its limit of steps or of octets.
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
