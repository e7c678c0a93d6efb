export type { FetchInit, FetchReply, ProbeIo, Tls, Wire, WireFailure } from './io.ts'
export { runProbe } from './run.ts'
export { type WorkersIo, workersIo } from './workers.ts'
