// Why a place cannot be listened on, in words.
import { AppError } from '../core/app-error.ts'

/** What listening threw, as port-in-use, or input-invalid for an address of another computer. */
export function listenError(
  error: NodeJS.ErrnoException,
  { host, port }: { host: string; port: number },
): AppError {
  if (error.code === 'EADDRINUSE') {
    return new AppError('port-in-use', {
      message: `Port ${port} of this computer is used by another program, perhaps by a second EMI Tray.`,
      nextStep: `Close that program (to find it: ${whoUses(port)}), or choose another port in Settings and point the tunnel to it.`,
      details: `listen ${error.code}`,
      cause: error,
    })
  }
  if (error.code === 'EADDRNOTAVAIL') {
    return new AppError('input-invalid', {
      message: `The address ${host} that is to be listened on does not belong to this computer.`,
      nextStep: 'Enter one of its own addresses, or 127.0.0.1 for this computer only.',
      details: `listen ${error.code}`,
      cause: error,
    })
  }
  return new AppError('port-in-use', {
    message: `This computer does not let EMI Tray use port ${port}.`,
    nextStep: 'Choose another port above 1024 in Settings, and point the tunnel to it.',
    details: `listen ${error.code ?? error.message}`,
    cause: error,
  })
}

/** The refusal to listen where others could ask. */
export function notLoopback(host: string): AppError {
  return new AppError('input-invalid', {
    message: `The webhook listens on this computer only, and ${host} is not an address of it alone.`,
    nextStep:
      'Use 127.0.0.1. For a reverse proxy on another computer, enter one address of this computer, a certificate ' +
      'for it and the address of the proxy.',
  })
}

function whoUses(port: number): string {
  if (process.platform === 'win32') return `netstat -ano | findstr :${port}`
  if (process.platform === 'darwin') return `lsof -nP -iTCP:${port} -sTCP:LISTEN`
  return `ss -ltnp "sport = :${port}"`
}
