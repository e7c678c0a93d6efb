import { type Context, type Env, Hono } from 'hono'
import type { Operation } from './operation.ts'

/** An operation with the function that answers it. */
export type ServedOperation<E extends Env> = Operation & {
  readonly answer: (c: Context<E>) => Response | Promise<Response>
}

/** Makes an app of operations, whose paths Hono writes with colons: `/zones/:zone`. */
export function serve<E extends Env>(operations: readonly ServedOperation<E>[]): Hono<E> {
  const app = new Hono<E>()
  for (const { method, path, answer } of operations) {
    app.on(method.toUpperCase(), path.replace(/\{(\w+)\}/g, ':$1'), answer)
  }
  return app
}
