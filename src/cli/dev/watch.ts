import { type Dirent, type FSWatcher, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'

/**
 * Tells when anything below a folder changes, once for a burst of changes. Each folder is watched by itself, which sees
 * files replaced by a rename too, as editors save them; new folders are taken up, and a root that was away comes back.
 * @returns ends it
 */
export function watchFolder(root: string, onChange: () => void): () => void {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  let tellBy: number | undefined
  let ended = false

  const touched = (): void => {
    if (ended) return
    clearTimeout(timer)
    tellBy ??= Date.now() + LONGEST_BURST_MS
    timer = setTimeout(
      () => {
        tellBy = undefined
        rescan()
        onChange()
      },
      Math.min(QUIET_MS, Math.max(0, tellBy - Date.now())),
    )
  }

  const drop = (folder: string): void => {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }

  const rescan = (): void => {
    const folders = new Set(foldersBelow(root))
    for (const folder of watchers.keys()) if (!folders.has(folder)) drop(folder)
    for (const folder of folders) {
      if (watchers.has(folder)) continue
      try {
        const watcher = watch(folder, touched)
        watcher.on('error', () => drop(folder))
        watchers.set(folder, watcher)
      } catch {
        // Gone between listing and watching: the folder above tells.
      }
    }
  }

  rescan()
  const revive = setInterval(() => {
    if (watchers.size > 0) return
    rescan()
    if (watchers.size > 0) onChange()
  }, REVIVE_MS)
  return () => {
    ended = true
    clearTimeout(timer)
    clearInterval(revive)
    for (const folder of watchers.keys()) drop(folder)
  }
}

/** An editor saves in several steps. */
const QUIET_MS = 60

/** Changes that never pause are told of all the same. */
const LONGEST_BURST_MS = 500

/** How soon a root that was removed, and made again, is found. */
const REVIVE_MS = 1000

/** Hidden folders hold the state of tools, local KV's perhaps, and no zones. */
const isWatched = (entry: Dirent): boolean => entry.isDirectory() && !entry.name.startsWith('.')

function foldersBelow(folder: string): string[] {
  try {
    const inner = readdirSync(folder, { withFileTypes: true }).filter(isWatched)
    return [folder, ...inner.flatMap((entry) => foldersBelow(join(folder, entry.name)))]
  } catch {
    return []
  }
}
