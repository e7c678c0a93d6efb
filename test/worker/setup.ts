import { reset } from 'cloudflare:test'
import { beforeAll, vi } from 'vitest'
import { restart } from './bundle/main.ts'
import { forgetDeadlines } from './deadlines.ts'

/** The files of a process share its modules and its storage: each begins without what the file before has left. */
vi.useRealTimers()
forgetDeadlines()
restart()
await reset()

/** Deletes what work that the file before left under way has stored while this file was loaded. */
beforeAll(reset)
