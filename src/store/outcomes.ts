/** The callers that wait until KV has taken a switch, by its id. */
export class Outcomes {
  private readonly waiting = new Map<number, (isWritten: boolean) => void>()

  /** Resolves with true when KV has taken the switch, and with false when it has to wait for others. */
  of(id: number): Promise<boolean> {
    return new Promise((resolve) => this.waiting.set(id, resolve))
  }

  written(ids: readonly number[]): void {
    for (const id of ids) this.tell(id, true)
  }

  /** Lets go of a caller, since the switch has to wait, or another one has replaced it. */
  postponed(id: number | undefined): void {
    if (id !== undefined) this.tell(id, false)
  }

  private tell(id: number, isWritten: boolean): void {
    this.waiting.get(id)?.(isWritten)
    this.waiting.delete(id)
  }
}
