declare module 'virtual:isolate' {
  /** Evaluates the Worker anew: without any state. */
  export function startIsolate(): typeof import('./entry.ts')
}
