import { err, ok, type Result } from '../../result.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import type { Console } from '../console.ts'
import type { PublishKv } from '../kv/kv.ts'
import type { CompiledFile } from '../zones/compile-files.ts'
import { compilePaths } from './files.ts'
import { compareWith } from './plan.ts'
import { sourcesFor } from './sources.ts'
import { planText, SHORT } from './text.ts'

/** Returns what `publish` shows before it asks: the plan in short, with health as before the first probe. */
export const previewOf =
  (paths: readonly string[], prune: boolean, isRemote: boolean, console: Console, compiling: CompileOptions) =>
  async (kv: PublishKv, compiled: readonly CompiledFile[] | undefined): Promise<Result<readonly string[]>> => {
    const files = compiled ?? compilePaths(paths, prune, console, compiling)
    if (!files) return err('the zones have errors')
    const sources = sourcesFor({ isRemote, now: Date.now() })
    const compared = await compareWith(files, kv, { prune, whatIf: { up: [], down: [] } }, sources, console)
    return compared.ok ? ok(planText(compared.value.plan, SHORT)) : compared
  }
