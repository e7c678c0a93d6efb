import type { ApiEnv } from '../api/index.ts'
import type { Key } from '../keys/index.ts'

/** Tells what the console needs of the Worker, for one request. */
export type ConsoleSettings = {
  readonly control: ApiEnv['Bindings']
  /** Asks the API as the holder of a key, whose scopes decide there. */
  readonly api: (request: Request, key: Key) => Promise<Response>
  /** Returns the salt of sessions, which is not in KV. Rejects if storage cannot be reached. */
  readonly sessionSalt: () => Promise<string>
}
