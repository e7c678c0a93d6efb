import { Deadline, PATIENCE_MS, type Timer } from './deadline.ts'

type Hurry = { readonly late: () => void; readonly timer: Timer | undefined }

/**
 * Tries one item after the other, until one succeeds. In a hurry the next one is tried, too, where one takes long: the
 * earlier one goes on, and may still succeed.
 * @param isWanted says before each whether there is anything left to try
 * @param tried returns whether it succeeded, and never rejects
 * @param hurry `late` is told of each item that takes long
 */
export async function inOrder<T>(
  items: readonly T[],
  isWanted: (item: T) => boolean,
  tried: (item: T, rank: number) => Promise<boolean>,
  hurry?: Hurry,
): Promise<void> {
  const going: Promise<boolean>[] = []
  for (const [rank, item] of items.entries()) {
    if (!isWanted(item)) return
    const success = tried(item, rank)
    if (!hurry || (await isSoon(success, PATIENCE_MS, hurry.timer))) {
      if (await success) return
    } else {
      hurry.late()
      going.push(success)
    }
  }
  await anyOf(going)
}

/** Returns whether the work, which never rejects, ends within so many milliseconds. */
export async function isSoon(work: Promise<unknown>, ms: number, timer: Timer | undefined): Promise<boolean> {
  const deadline = new Deadline(ms, timer)
  try {
    return await deadline.within(work)
  } finally {
    deadline.end()
  }
}

/** Ends with the first success, or when all have ended. */
export function anyOf(going: readonly Promise<boolean>[]): Promise<unknown> {
  const successes = going.map((work) => work.then((isDone) => new Promise<void>((resolve) => isDone && resolve())))
  return Promise.race([Promise.all(going), ...successes])
}
