/** One line of the performance table: `value` must not exceed `limit`; without one it is there to be compared. */
export type Row = {
  readonly row: string
  readonly value: number
  readonly limit: number | null
  readonly spread: number
}

/** Does something `times` times, and returns the cost in any unit. */
export type Cost = (times: number) => number | Promise<number>

/**
 * Measures the ratio of the costs of `subject` and `baseline`. They run in turn, so that a change of the machine's
 * speed affects both. The value is the median of the rounds, the spread the distance between their quartiles.
 */
export async function ratio(
  row: string,
  limit: number | null,
  subject: Cost,
  baseline: Cost,
  { times, rounds, warmUp }: { times: number; rounds: number; warmUp: number },
): Promise<Row> {
  await subject(warmUp)
  await baseline(warmUp)
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) {
    // The order alternates: the second finds warmer or fuller caches.
    const [first, second] = round % 2 === 0 ? [subject, baseline] : [baseline, subject]
    const a = await first(times)
    const b = await second(times)
    ratios.push(round % 2 === 0 ? a / b : b / a)
  }
  ratios.sort((a, b) => a - b)
  const at = (share: number): number => ratios[Math.floor(share * (ratios.length - 1))] as number
  return { row, value: rounded(at(0.5)), limit, spread: rounded(at(0.75) - at(0.25)) }
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number

/** Returns a cost in nanoseconds, of successive calls of a function. `call` gets the number of the call. */
export const timeOf =
  (call: (index: number) => unknown): Cost =>
  (times) => {
    const start = process.hrtime.bigint()
    for (let i = 0; i < times; i++) call(i)
    return Number(process.hrtime.bigint() - start)
  }
