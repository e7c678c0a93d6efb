export type { ProbeIo, Tls, Wire, WireFailure } from './io.ts'
export { runProbe } from './run.ts'
export { workersIo } from './workers.ts'
