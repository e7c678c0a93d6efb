import { reset } from 'cloudflare:test'
import { vi } from 'vitest'
import { restart } from './bundle/main.ts'
import { forgetDeadlines } from './deadlines.ts'

/** The files of a process share its modules and its storage: each begins without what the file before has left. */
vi.useRealTimers()
forgetDeadlines()
await reset()
restart()
