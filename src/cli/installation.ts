import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of edge-gslb: a clone, or the package in node_modules. src/cli and dist/cli are equally deep in it. */
export const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))

/** True in a clone of the repository. npm never packs a lock file, so a package has none. */
export const IS_CLONE = existsSync(join(PACKAGE, 'package-lock.json'))

/** The wrangler configuration that commands use by default: the clone's, or the one in the user's own folder. */
export const DEFAULT_CONFIG = IS_CLONE ? join(PACKAGE, 'wrangler.toml') : 'wrangler.toml'
