import { ok, type Result } from '../../result.ts'

/** Called with the number of items that are done. */
export type OnDone = (done: number, of: number) => void

/** Calls at once: enough to hide the way to the Worker, and few for it. */
const AT_ONCE = 8

/**
 * Works on all items, some at a time, and returns the values in their order. After an error nothing more is begun; the
 * first one is returned when all that was begun has ended.
 */
export async function inTurns<T, V, E>(
  items: readonly T[],
  work: (item: T) => Promise<Result<V, E>>,
  onDone: OnDone = () => {},
): Promise<Result<readonly V[], E>> {
  const values: V[] = []
  let failure: { readonly ok: false; readonly error: E } | undefined
  let next = 0
  let done = 0
  const worker = async (): Promise<void> => {
    while (next < items.length && !failure) {
      const index = next++
      const result = await work(items[index] as T)
      if (result.ok) {
        values[index] = result.value
        onDone(++done, items.length)
      } else failure ??= result
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return failure ?? ok(values)
}
