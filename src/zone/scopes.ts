import type { Asker } from './asker.ts'

/**
 * For whom an answer holds, over all that was decided on the way. Where a zone believes the Client Subnet option, the
 * scope is of that subnet, and decisions of zones that do not believe it add nothing: they depend on the connection.
 */
export class Scopes {
  private ofSubnet = 0
  private ofConnection = 0
  private believed = false

  /** Called for each zone on the way. */
  enter({ ignoresSubnet }: Asker): void {
    this.believed ||= !ignoresSubnet
  }

  add(scope: number, { ignoresSubnet }: Asker): void {
    if (ignoresSubnet) this.ofConnection = Math.max(this.ofConnection, scope)
    else this.ofSubnet = Math.max(this.ofSubnet, scope)
  }

  get longest(): number {
    return this.believed ? this.ofSubnet : this.ofConnection
  }
}
