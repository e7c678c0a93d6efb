import { type Dirent, type FSWatcher, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'

/**
 * Calls `onChange` when anything below a folder changes, once for a burst of changes. Each folder has a watcher, which
 * also sees files that editors replace by a rename. New folders are watched, and so is a root that was removed and
 * created again.
 * @returns a function that stops watching
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
        // The folder was removed after it was listed: the watcher of its parent sees that.
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

/** The quiet time that ends a burst: an editor saves in several steps. */
const QUIET_MS = 60

/** The maximum length of a burst, for changes that never pause. */
const LONGEST_BURST_MS = 500

/** The interval of looking for a root that was removed. */
const REVIVE_MS = 1000

/** Skips hidden folders: they contain the state of tools, such as local KV, and no zones. */
const isWatched = (entry: Dirent): boolean => entry.isDirectory() && !entry.name.startsWith('.')

function foldersBelow(folder: string): string[] {
  try {
    const inner = readdirSync(folder, { withFileTypes: true }).filter(isWatched)
    return [folder, ...inner.flatMap((entry) => foldersBelow(join(folder, entry.name)))]
  } catch {
    return []
  }
}
