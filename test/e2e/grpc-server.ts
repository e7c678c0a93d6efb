import { readFileSync } from 'node:fs'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'

/** A gRPC server with the health service. Its status follows a file, whose word is "up" while it serves. */
const [port = '', file = ''] = process.argv.slice(2)
const health = new HealthImplementation({ 'shop.v1.Orders': 'SERVING' })
const server = new Server()
health.addToServer(server)
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error
  console.log('listens')
})
const follow = (): void => {
  const isUp = readFileSync(file, 'utf8').trim() !== 'not-serving'
  health.setStatus('shop.v1.Orders', isUp ? 'SERVING' : 'NOT_SERVING')
}
setInterval(follow, 50)
