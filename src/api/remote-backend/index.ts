export { remoteBackendRoutes } from './routes.ts'
