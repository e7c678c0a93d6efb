import type { Result } from '../../result.ts'

export type Row = { readonly key: string; readonly value: string; readonly metadata?: unknown }

export type ListedKey = { readonly name: string; readonly metadata?: unknown }

/** Workers KV as commands need it. Every error is a sentence that says what to do. */
export type Kv = {
  /** The value, or undefined where KV has said that there is none: a read that failed is an error. */
  readonly get: (key: string) => Promise<Result<string | undefined>>
  /** In no certain order. */
  readonly put: (rows: readonly Row[]) => Promise<Result<true>>
  readonly delete: (keys: readonly string[]) => Promise<Result<true>>
  readonly close: () => Promise<void>
}

/** For publishing, which compares what is there. */
export type PublishKv = Kv & {
  /** The values of those keys that there are. */
  readonly getAll: (keys: readonly string[]) => Promise<Result<ReadonlyMap<string, string>>>
  /** All keys that begin with `prefix`, with their metadata. A listing can lag behind a write by a minute. */
  readonly list: (prefix: string) => Promise<Result<readonly ListedKey[]>>
}

/** Values that are not texts are read, too. */
export type BinaryKv = Kv & {
  readonly getBytes: (key: string) => Promise<Result<ArrayBuffer | undefined>>
  readonly putBytes: (key: string, value: Uint8Array) => Promise<Result<true>>
}

export type AnyKv = PublishKv & BinaryKv

/** Which KV namespace: a binding of a wrangler configuration, on this machine or in production. */
export type KvPlace = {
  readonly binding: string
  /** Path of wrangler.toml. */
  readonly config: string
  /** The folder of the local state, as wrangler's `--persist-to`; undefined: `.wrangler/state` beside the configuration. */
  readonly persistTo: string | undefined
}
