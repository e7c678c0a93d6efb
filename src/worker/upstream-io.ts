import type { Io } from '../forward/index.ts'

/** The platform's part of asking upstream servers. */
export const upstreamIo: Io = {
  fetch: (url: string, init: RequestInit) => fetch(url, init),
  clock: Date.now,
  timer: (ms: number, fire: () => void) => {
    const id = setTimeout(fire, ms)
    return () => clearTimeout(id)
  },
}
