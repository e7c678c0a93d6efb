import { type Address, believes, type SubnetTrust } from '../net/index.ts'

/** The clients of what is not for everybody: clients that have shown a token, and connections from networks. */
export type Access = { readonly token: boolean; readonly networks: SubnetTrust }

/** @param client has getters, each of which is read only if it decides */
export const admits = (
  { token, networks }: Access,
  client: { readonly token: string | undefined; readonly connection: Address },
): boolean => (token && client.token !== undefined) || believes(networks, client)
