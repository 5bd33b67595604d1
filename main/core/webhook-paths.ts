// The paths that are reachable through the tunnel; everything else on that port answers 404.

export const NOTIFICATION_PATH = '/emi/notifications'
export const LIFECYCLE_PATH = '/emi/lifecycle'
/** Answers a nonce, so that a probe through the public URL can tell us from anybody else. */
export const PROBE_PATH = '/emi/probe'

/** The two addresses that Graph posts to, below a public address. */
export function webhookUrls(publicUrl: string): {
  notificationUrl: string
  lifecycleNotificationUrl: string
} {
  return {
    notificationUrl: publicUrl + NOTIFICATION_PATH,
    lifecycleNotificationUrl: publicUrl + LIFECYCLE_PATH,
  }
}
