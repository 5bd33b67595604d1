// The parsers of every call's input: the allow-list of what a page may ask.
import * as v from 'valibot'
import type { CallName, Input } from './calls.ts'
import { deliveryFilterEntries } from './delivery-filter.ts'
import { guid, host, ids, port, shortText, subscriptionKey } from './input-fields.ts'
import { alertKindSchema, connectionSettingsSchema, themeSchema } from './settings-schema.ts'

const nothing = v.pipe(
  v.nullish(v.unknown()),
  v.transform(() => undefined),
)

/** Parsers of every call's input: the allow-list of what a page may ask. They throw valibot's ValiError. */
export const parseInput: { [N in CallName]: (value: unknown) => Input<N> } = {
  'app.getState': parser(nothing),
  'app.saveDiagnostics': parser(nothing),
  'app.startAtLogin': parser(v.object({ on: v.boolean() })),
  'update.check': parser(nothing),
  'update.restart': parser(nothing),
  'app.openLink': parser(
    v.object({
      link: v.picklist([
        'sign-in',
        'device-code',
        'graph-permissions',
        'entra-application',
        'entra-app-registrations',
        'entra-deleted-applications',
        'entra-user-settings',
        'entra-app-management-policies',
        'entra-permission-grants',
        'pim-my-roles',
        'admin-consent',
        'integration-account-help',
      ]),
    }),
  ),
  'connection.choose': parser(
    v.object({
      mode: v.picklist(['microsoft', 'practice']),
      connection: v.optional(v.partial(connectionSettingsSchema)),
    }),
  ),
  'connection.leave': parser(nothing),
  'signIn.start': parser(v.object({ method: v.picklist(['browser', 'device-code']) })),
  'signIn.cancel': parser(nothing),
  'signIn.signOut': parser(nothing),
  'setup.check': parser(nothing),
  'setup.plan': parser(nothing),
  'setup.apply': parser(nothing),
  'setup.verify': parser(nothing),
  'setup.cancel': parser(nothing),
  'setup.applyRemedy': parser(
    v.object({
      remedy: v.picklist(['add-chat-read-all', 'per-user']),
      userPrincipalNames: connectionSettingsSchema.entries.perUserSubscriptions,
    }),
  ),
  'application.choose': parser(v.object({ appId: v.nullable(guid) })),
  'application.restore': parser(v.object({ applicationObjectId: guid })),
  'drift.check': parser(nothing),
  'drift.repair': parser(v.object({ removals: ids })),
  'drift.cancel': parser(nothing),
  // Pasted by hand: what is wrong with them is explained by the check, not by the parser.
  'credentials.verify': parser(
    v.object({ tenantId: shortText, clientId: shortText, clientSecret: shortText }),
  ),
  'rotation.start': parser(nothing),
  'rotation.confirm': parser(nothing),
  'rotation.abandon': parser(nothing),
  'rotation.cancel': parser(nothing),
  'consent.start': parser(nothing),
  'consent.check': parser(nothing),
  'consent.stop': parser(nothing),
  'package.create': parser(nothing),
  'handover.seal': parser(
    v.object({
      passphrase: v.pipe(
        v.string(),
        v.minLength(12, 'must have at least 12 characters'),
        v.maxLength(300),
        v.check(
          (text) => new Set(text.replace(/\s/g, '')).size > 1,
          'must not be only spaces, or one character again and again',
        ),
      ),
      validDays: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(90)),
    }),
  ),
  'handover.open': parser(
    v.object({
      text: v.pipe(v.string(), v.maxLength(100_000)),
      passphrase: v.pipe(v.string(), v.minLength(1), v.maxLength(300)),
      replace: v.boolean(),
    }),
  ),
  'handover.export': parser(
    v.object({ format: v.picklist(['env', 'json', 'csv']), withSecret: v.boolean() }),
  ),
  'report.create': parser(v.object({ format: v.picklist(['markdown', 'html']) })),
  'calendar.create': parser(nothing),
  'removal.list': parser(nothing),
  'removal.start': parser(v.object({ ids })),
  'removal.cancel': parser(nothing),
  'audit.list': parser(v.object({ afterId: v.pipe(v.number(), v.integer()) })),
  'audit.export': parser(v.object({ format: v.picklist(['csv', 'json']) })),
  'clientSecret.reveal': parser(nothing),
  'handover.copy': parser(
    v.object({
      field: v.picklist([
        'name',
        'object-id',
        'tenant-id',
        'client-id',
        'client-secret',
        'expires-at',
      ]),
    }),
  ),
  'handover.confirm': parser(nothing),
  'webhook.start': parser(nothing),
  'webhook.pause': parser(nothing),
  'webhook.test': parser(nothing),
  'webhook.sendTest': parser(nothing),
  'webhook.waitForMessage': parser(nothing),
  'webhook.stopWaiting': parser(nothing),
  'tunnel.restart': parser(nothing),
  'tunnel.readHostKey': parser(v.object({ host: v.pipe(host, v.minLength(1)), port })),
  'tunnel.getPublicKey': parser(nothing),
  'tunnel.snippets': parser(nothing),
  'tunnel.profiles': parser(nothing),
  'tunnel.tryOut': parser(
    v.object({ connection: v.optional(v.partial(connectionSettingsSchema)) }),
  ),
  'tunnel.setSecret': parser(
    v.object({
      secret: v.picklist(['command', 'devtunnels']),
      text: v.pipe(v.string(), v.trim(), v.maxLength(8000)),
    }),
  ),
  'tunnel.keptSecrets': parser(nothing),
  'subscription.ensure': parser(nothing),
  'subscription.takeOver': parser(v.object({ subscriptionId: v.pipe(shortText, v.minLength(1)) })),
  'subscription.observe': parser(v.object({ key: subscriptionKey, takeWhenFree: v.boolean() })),
  'subscription.handBack': parser(v.object({ key: subscriptionKey })),
  'subscription.takePlace': parser(v.object({ key: subscriptionKey })),
  'handOn.test': parser(nothing),
  'handOn.revealKey': parser(nothing),
  'handOn.newKey': parser(nothing),
  'handOn.list': parser(v.object({ state: v.picklist(['waiting', 'dead']) })),
  // None means all that were given up.
  'handOn.redeliver': parser(
    v.object({ deliveryIds: v.pipe(v.array(v.pipe(v.number(), v.integer())), v.maxLength(1000)) }),
  ),
  'delivery.content': parser(v.object({ id: v.pipe(v.number(), v.integer()) })),
  'delivery.image': parser(
    v.object({
      id: v.pipe(v.number(), v.integer()),
      imageId: v.pipe(v.string(), v.minLength(1), v.maxLength(2_000)),
    }),
  ),
  'gaps.check': parser(nothing),
  'gaps.readElsewhere': parser(v.object({ id: v.pipe(v.number(), v.integer()) })),
  'delivery.get': parser(v.object({ id: v.pipe(v.number(), v.integer()) })),
  'delivery.search': parser(
    v.object({
      ...deliveryFilterEntries,
      beforeId: v.optional(v.pipe(v.number(), v.integer())),
      limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)),
    }),
  ),
  'delivery.export': parser(
    v.object({ ...deliveryFilterEntries, format: v.picklist(['jsonl', 'har']) }),
  ),
  'log.list': parser(v.object({ afterSequence: v.pipe(v.number(), v.integer()) })),
  'network.check': parser(nothing),
  'network.cancel': parser(nothing),
  // Empty forgets it.
  'network.setProxyPassword': parser(v.object({ password: v.pipe(v.string(), v.maxLength(300)) })),
  'network.firewallRequest': parser(
    v.object({ provider: connectionSettingsSchema.entries.tunnelProvider }),
  ),
  'settings.update': parser(
    v.object({
      theme: v.optional(themeSchema),
      quietAlerts: v.optional(v.array(alertKindSchema)),
      keepAwake: v.optional(v.boolean()),
      connection: v.optional(v.partial(connectionSettingsSchema)),
    }),
  ),
  'practice.signIn': parser(v.object({ personId: shortText })),
  'practice.setTraffic': parser(
    v.object({ on: v.boolean(), perMinute: v.pipe(v.number(), v.minValue(1), v.maxValue(600)) }),
  ),
  'practice.say': parser(
    v.object({
      chatId: shortText,
      personId: shortText,
      text: v.pipe(v.string(), v.minLength(1), v.maxLength(4000)),
    }),
  ),
  'practice.setFault': parser(v.object({ name: shortText, on: v.boolean() })),
  'practice.act': parser(v.object({ name: shortText })),
  'practice.setReplication': parser(
    v.object({ seconds: v.pipe(v.number(), v.minValue(0), v.maxValue(300)) }),
  ),
}

function parser<S extends v.GenericSchema>(schema: S): (value: unknown) => v.InferOutput<S> {
  return (value) => v.parse(schema, value)
}
