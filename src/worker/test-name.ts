import { logEvent } from '../events.ts'
import { parseTestName, type TestQuestion } from '../landing/test-question.ts'
import { err, type Result } from '../result.ts'
import type { Env } from './env.ts'

let question: Result<TestQuestion | undefined> | undefined

/** Returns the setting TEST_NAME, which an isolate reads once. One that is not valid counts as none. */
export function isolateTestName({ TEST_NAME }: Env): Result<TestQuestion | undefined> {
  if (!question) {
    const parsed = parseTestName(TEST_NAME)
    question = parsed.ok ? parsed : err(`TEST_NAME: ${parsed.error}; the page asks for a zone`)
    if (!question.ok) logEvent({ event: 'bad-setting', why: question.error })
  }
  return question
}
