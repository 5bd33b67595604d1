// The connection that a command works on: chosen and changed by its options, or the one of the last run.
import { resolve } from 'node:path'
import type { CloudId, Mode } from '../../contract/models/connection.ts'
import type { OptionalPermission, SettingsChange } from '../../contract/models/settings.ts'
import { AppError } from '../../core/app-error.ts'
import type { CliApp } from '../command-context.ts'
import { call, requireConnection, throwAppError } from '../follow.ts'

/** Options that say where to connect and what is wanted there. */
export interface ConnectOptions {
  practice?: boolean
  tenantUrl?: string
  cloud?: CloudId
  loginHost?: string
  graphHost?: string
  caFile?: string
  clientId?: string
  deviceCode?: boolean
  name?: string
  adopt?: string
  secretMonths?: number
  withChatReadAll?: boolean
  with?: OptionalPermission[]
}

/** What a command cannot do without. */
interface Needs {
  tenantUrl?: boolean
}

/**
 * Opens the connection that the options name, with their settings; where one is refused, nothing is switched or written.
 * Throws AppError tenant-url-invalid and input-invalid, and ReportedError.
 */
export async function connect(
  app: CliApp,
  options: ConnectOptions,
  needs: Needs = {},
): Promise<void> {
  refuseContradictions(options)
  const mode = options.practice ? 'practice' : 'microsoft'
  if (needs.tenantUrl) requireTenantUrl(app, mode, options.tenantUrl)
  await call(app, 'connection.choose', { mode, connection: toChange(options) })
  requireConnection(app)
}

/** As connect, but stays with the connection of the last run where the options name none. */
export async function connectOrResume(
  app: CliApp,
  options: ConnectOptions,
  needs: Needs = {},
): Promise<void> {
  const { mode } = app.state
  const { practice, cloud, loginHost, tenantUrl } = options
  const isNamed = [practice, cloud, loginHost, tenantUrl].some((one) => one !== undefined)
  if (isNamed || mode === null) return connect(app, options, needs)
  requireConnection(app)
  if (needs.tenantUrl) requireTenantUrl(app, mode)
}

/** Throws AppError tenant-url-invalid while nobody has said which contact center it is about. */
function requireTenantUrl(app: CliApp, mode: Mode, given?: string): void {
  if (given ?? app.state.settings.connections[mode].tenantUrl) return
  // The settings may hold it, and be unreadable.
  throwAppError(app)
  throw new AppError('tenant-url-invalid', {
    message: 'The address of your contact center is missing.',
    nextStep:
      'Give the host name your agents use with --tenant-url, such as --tenant-url acme.brightpattern.com.',
  })
}

function refuseContradictions(options: ConnectOptions): void {
  const { cloud, loginHost, graphHost } = options
  const isCustom = loginHost !== undefined || graphHost !== undefined
  if (isCustom && cloud !== undefined && cloud !== 'custom') {
    throw new AppError('input-invalid', {
      message: `--login-host and --graph-host belong to a custom cloud, but --cloud says ${cloud}.`,
      nextStep: 'Leave out --cloud, or leave out the two addresses.',
    })
  }
  const ofMicrosoft = cloud !== undefined || isCustom || options.caFile !== undefined
  if (options.practice && (ofMicrosoft || options.deviceCode)) {
    throw new AppError('input-invalid', {
      message: 'The practice tenant brings its own cloud, certificate authority and sign-in.',
      nextStep:
        'Leave out --practice, or leave out --cloud, --login-host, --graph-host, --ca-file and --device-code.',
    })
  }
}

function toChange(options: ConnectOptions): SettingsChange['connection'] {
  const isCustom = options.loginHost !== undefined || options.graphHost !== undefined
  const chatReadAll: OptionalPermission[] = options.withChatReadAll ? ['Chat.Read.All'] : []
  const extras = [...new Set([...chatReadAll, ...(options.with ?? [])])]
  return {
    cloud: options.cloud ?? (isCustom ? 'custom' : undefined),
    customLoginHost: options.loginHost,
    customGraphHost: options.graphHost,
    caFile: options.caFile === undefined ? undefined : resolve(options.caFile),
    bootstrapClientId: options.clientId,
    tenantUrl: options.tenantUrl,
    adoptedAppId: options.adopt,
    applicationName: options.name,
    secretLifetimeMonths: options.secretMonths,
    optionalPermissions: extras.length > 0 ? extras : undefined,
  }
}
