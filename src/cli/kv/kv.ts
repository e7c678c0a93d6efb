import type { Result } from '../../result.ts'

/** A key to write. A value of octets is binary in KV. */
export type Row = { readonly key: string; readonly value: string | Uint8Array; readonly metadata?: unknown }

export type ListedKey = { readonly name: string; readonly metadata?: unknown }

/** The part of Workers KV that commands need. Every error is a sentence that says what to do. */
export type Kv = {
  /** Returns the value, or undefined if KV has no such key. A failed read is an error. */
  readonly get: (key: string) => Promise<Result<string | undefined>>
  /** Writes the rows, in any order. */
  readonly put: (rows: readonly Row[]) => Promise<Result<true>>
  readonly delete: (keys: readonly string[]) => Promise<Result<true>>
  readonly close: () => Promise<void>
}

/** KV for publishing, which compares the zones with what is published. */
export type PublishKv = BinaryKv & {
  /** Returns the values of the keys that exist. */
  readonly getAll: (keys: readonly string[]) => Promise<Result<ReadonlyMap<string, string>>>
  /** Returns all keys that begin with `prefix`, with their metadata. It may lag behind a write by a minute. */
  readonly list: (prefix: string) => Promise<Result<readonly ListedKey[]>>
}

/** KV with binary values. */
export type BinaryKv = Kv & {
  readonly getBytes: (key: string) => Promise<Result<ArrayBuffer | undefined>>
  readonly putBytes: (key: string, value: Uint8Array) => Promise<Result<true>>
}

export type AnyKv = PublishKv

/** A KV namespace: a binding of a wrangler configuration, on this machine or in production. */
export type KvTarget = {
  readonly binding: string
  /** The path of wrangler.toml. */
  readonly config: string
  /**
   * The folder of the local state, as wrangler's `--persist-to`; undefined: `.wrangler/state` beside the configuration.
   */
  readonly persistTo: string | undefined
}
