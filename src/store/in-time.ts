/**
 * Returns the answer of Workers KV, or of another part of the platform. Rejects with `TooLate` after `ms` milliseconds.
 */
export async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Thrown when the work takes too long. The work goes on, and may still have its effect. */
export class TooLate extends Error {}
