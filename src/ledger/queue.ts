/** Does one piece of work after the other. */
export class Queue {
  private last: Promise<unknown> = Promise.resolve()
  private waiting = 0
  private readonly most: number

  /** @param most pieces that may wait, the one that is being done among them */
  constructor(most: number) {
    this.most = most
  }

  /** @throws if too many wait */
  async add<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= this.most) throw new Error(`${this.waiting} calls wait for this zone; expected fewer at once`)
    this.waiting++
    const done = this.last.then(work, work)
    this.last = done.catch(() => undefined)
    try {
      return await done
    } finally {
      this.waiting--
    }
  }
}
