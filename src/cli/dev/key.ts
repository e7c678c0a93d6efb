import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hasKeys } from '../../keys/index.ts'
import { ok, type Result } from '../../result.ts'
import { storageOf } from '../key/through-kv.ts'
import type { PublishKv } from '../kv/kv.ts'
import type { DevVars } from './vars.ts'

/**
 * The keys of the API in this run: `given` in the environment or in .dev.vars, `stored` in local KV, or `made` for this
 * run alone, since there was none.
 */
export type DevKey = { readonly kind: 'given' | 'stored' } | { readonly kind: 'made'; readonly secret: string }

/**
 * Finds the key that the API has, or makes one. A made key is a variable of the Worker, and ends with the run.
 * @param config wrangler's configuration; .dev.vars is beside it
 * @param fill fills octets at random
 */
export async function keyForRun(
  vars: DevVars,
  config: string,
  kv: PublishKv,
  fill: (octets: Uint8Array<ArrayBuffer>) => Uint8Array,
): Promise<Result<DevKey>> {
  if (vars.API_KEY !== undefined || isInFile(join(dirname(config), '.dev.vars'))) return ok({ kind: 'given' })
  const isStored = await hasKeys(storageOf(kv)).catch((error: Error) => error)
  if (isStored instanceof Error) return { ok: false, error: isStored.message }
  if (isStored) return ok({ kind: 'stored' })
  return ok({ kind: 'made', secret: Buffer.from(fill(new Uint8Array(16))).toString('hex') })
}

const isInFile = (file: string): boolean => existsSync(file) && /^\s*API_KEY\s*=/m.test(readFileSync(file, 'utf8'))
