import type { Result } from '../result.ts'

export type Row = { readonly key: string; readonly value: string; readonly metadata?: unknown }

/** Workers KV as publishing needs it. Every error is a sentence that says what to do. */
export type Kv = {
  /** The value, or undefined where KV has said that there is none: a read that failed is an error. */
  readonly get: (key: string) => Promise<Result<string | undefined>>
  /** In no certain order. */
  readonly put: (rows: readonly Row[]) => Promise<Result<true>>
  readonly delete: (keys: readonly string[]) => Promise<Result<true>>
  readonly close: () => Promise<void>
}

/** For what is no text, too. */
export type BinaryKv = Kv & {
  readonly getBytes: (key: string) => Promise<Result<ArrayBuffer | undefined>>
  readonly putBytes: (key: string, value: Uint8Array) => Promise<Result<true>>
}

/** Which KV namespace: a binding of a wrangler configuration, on this machine or in production. */
export type KvPlace = {
  readonly binding: string
  /** Path of wrangler.toml. */
  readonly config: string
  /** The folder of the local state, as wrangler's `--persist-to`; undefined: `.wrangler/state` beside the configuration. */
  readonly persistTo: string | undefined
}
