import { sha256 } from '@noble/hashes/sha2.js'
import type { Endpoint } from './endpoint.ts'
import type { Action } from './kinds/index.ts'
import type { Times } from './times.ts'

/** A check of a target. Records with the same check and target share it. It is plain data: agents get it as JSON. */
export type Probe = Endpoint &
  Times & {
    /** The identity of a probe: 96 bits of the SHA-256 of all other fields. */
    readonly id: string
    readonly action: Action
  }

/** @param probe has its fields in the order of the type, so that equal probes have equal text */
export function identified(probe: Omit<Probe, 'id'>): Probe {
  const digest = sha256(new TextEncoder().encode(JSON.stringify(probe)))
  return { id: base64url(digest.subarray(0, 12)), ...probe }
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
