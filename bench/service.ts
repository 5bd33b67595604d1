// How the systemd unit and the image start Node: so the bench does it, too.

/** Options and environment of Node; why is said in deploy/emi-tray.service. */
export const SERVICE = {
  options: ['--min-semi-space-size=4', '--max-semi-space-size=4'],
  environment: { MALLOC_ARENA_MAX: '1' },
}
