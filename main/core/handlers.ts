// One line per call: name → the function that does it.
import type { CallName, Input, Output } from '../contract/calls.ts'
import type { EmiApp } from './app.ts'
import { TUNNEL_PROFILES } from './tunnel/profiles.ts'
import { exportAudit } from './entra/audit-export.ts'

export type Handlers = {
  [N in CallName]: (input: Input<N>) => Output<N> | Promise<Output<N>>
}

/** The handlers of one app. Hosts reach them through dispatch only. */
export function createHandlers(app: EmiApp): Handlers {
  return {
    'app.getState': () => app.state,
    'app.saveDiagnostics': async () => ({ path: await app.host.saveDiagnostics() }),
    'app.startAtLogin': ({ on }) => app.host.startAtLogin(on),
    'update.check': () => app.host.updates.check(),
    'update.restart': () => app.host.updates.restart(),
    'app.openLink': ({ link }) => app.openLink(link),
    'connection.choose': ({ mode, connection }) => app.chooseConnection(mode, connection),
    'connection.leave': () => app.leaveConnection(),
    'signIn.start': ({ method }) => app.connected.tenant.signInFlow.start(method),
    'signIn.cancel': () => app.connected.tenant.signIn.cancel(),
    'signIn.signOut': () => app.signOut(),
    'setup.check': () => app.connected.tenant.setup.check(),
    'setup.plan': () => app.connected.tenant.setup.plan(),
    'setup.apply': () => app.connected.tenant.setup.apply(),
    'setup.verify': () => app.connected.tenant.setup.verify(),
    'setup.cancel': () => app.connected.tenant.setup.cancel(),
    'setup.applyRemedy': (input) => app.choices.applyRemedy(input),
    'application.choose': ({ appId }) => app.choices.choose(appId),
    'application.restore': ({ applicationObjectId }) =>
      app.connected.tenant.setup.restoreApplication(applicationObjectId),
    'drift.check': () => app.connected.tenant.drift.check(),
    'drift.repair': ({ removals }) => app.connected.tenant.drift.repair(removals),
    'drift.cancel': () => app.connected.tenant.drift.cancel(),
    'credentials.verify': (input) => app.connected.tenant.verifyCredentials(input),
    'rotation.start': () => app.connected.tenant.secretCare.rotate(),
    'rotation.confirm': () => app.connected.tenant.confirmRotation(),
    'rotation.abandon': () => app.connected.tenant.secretCare.abandon(),
    'rotation.cancel': () => app.connected.tenant.secretCare.cancel(),
    'consent.start': () => app.connected.tenant.consent.start(),
    'consent.check': () => app.connected.tenant.consent.check(),
    'consent.stop': () => app.connected.tenant.consent.forget(),
    'package.create': () => ({ files: app.connected.tenant.documents.createPackage() }),
    'handover.seal': (input) => app.connected.tenant.documents.sealHandover(input),
    'handover.open': (input) => app.choices.openHandover(input),
    'handover.export': (input) => app.connected.tenant.documents.exportHandover(input),
    'report.create': ({ format }) => app.connected.tenant.documents.createReport(format),
    'calendar.create': () => app.connected.tenant.documents.createCalendar(),
    'removal.list': () => app.connected.tenant.removal.list(),
    'removal.start': ({ ids }) => app.connected.tenant.removal.remove(ids),
    'removal.cancel': () => app.connected.tenant.removal.cancel(),
    'audit.list': ({ afterId }) => app.connected.tenant.audit.list(afterId),
    'audit.export': async ({ format }) =>
      exportAudit(await app.connected.tenant.audit.all(), format),
    'clientSecret.reveal': async () => ({
      secretText: await app.connected.tenant.documents.clientSecret(),
    }),
    'handover.copy': ({ field }) => app.copyHandover(field),
    'handover.confirm': () => app.connected.tenant.setup.confirmHandover(),
    'webhook.start': () => app.startWebhook(),
    'webhook.pause': () => app.pauseWebhook(),
    'webhook.test': () => app.connected.tunnel.testNow(),
    'webhook.sendTest': () => app.connected.trials.send(),
    'webhook.waitForMessage': () => app.connected.trials.startWaiting(),
    'webhook.stopWaiting': () => app.connected.trials.wait.cancel(),
    'tunnel.restart': () => app.connected.tunnel.restart(),
    'tunnel.readHostKey': (input) => app.connected.tunnelSetup.readHostKey(input),
    'tunnel.getPublicKey': () => app.connected.tunnelSetup.publicKey(),
    'tunnel.snippets': () => app.connected.tunnelSetup.snippets(),
    'tunnel.profiles': () => TUNNEL_PROFILES,
    'tunnel.tryOut': ({ connection }) => app.tryTunnel({ connection }),
    'tunnel.setSecret': (input) => app.connected.tunnelSetup.setSecret(input),
    'tunnel.keptSecrets': () => app.connected.tunnelSetup.keptSecrets(),
    'subscription.ensure': () => app.connected.ensureSubscriptions(),
    'subscription.takeOver': ({ subscriptionId }) =>
      app.connected.subscriptions.takeOver(subscriptionId),
    'subscription.observe': (input) => app.connected.subscriptions.observe(input),
    'subscription.handBack': ({ key }) => app.connected.subscriptions.handBack(key),
    'subscription.takePlace': ({ key }) => app.connected.subscriptions.takePlace(key),
    'handOn.test': () => app.connected.deliveries.handOn.test(),
    'handOn.revealKey': () => app.connected.deliveries.handOn.revealKey(),
    'handOn.newKey': () => app.connected.deliveries.handOn.newKey(),
    'handOn.list': ({ state }) => app.connected.deliveries.handOn.list(state),
    'handOn.redeliver': ({ deliveryIds }) => app.connected.deliveries.handOn.redeliver(deliveryIds),
    'gaps.check': () => app.connected.catchUp.checkNow(),
    'gaps.readElsewhere': ({ id }) => app.connected.catchUp.readElsewhere(id),
    'delivery.get': ({ id }) => app.connected.deliveries.stored.get(id),
    'delivery.content': ({ id }) => app.connected.deliveries.stored.content(id),
    'delivery.image': ({ id, imageId }) => app.connected.deliveries.stored.image(id, imageId),
    'delivery.search': (input) => app.connected.deliveries.stored.search(input),
    'delivery.export': (input) => app.connected.deliveries.stored.export(input),
    'log.list': ({ afterSequence }) => app.logAfter(afterSequence),
    'network.check': () => app.connected.networkCheck.start(),
    'network.cancel': () => app.connected.networkCheck.cancel(),
    'network.setProxyPassword': ({ password }) =>
      app.connected.tunnelSetup.setProxyPassword(password),
    'network.firewallRequest': ({ provider }) =>
      app.connected.networkCheck.firewallRequest(provider),
    'settings.update': (change) => app.updateSettings(change),
    'practice.signIn': ({ personId }) => app.connected.tenant.signInFlow.asPerson(personId),
    'practice.setTraffic': (traffic) =>
      app.withPractice((practice) => practice.setTraffic(traffic)),
    'practice.say': (message) => app.withPractice((practice) => practice.say(message)),
    'practice.setFault': ({ name, on }) =>
      app.withPractice((practice) => practice.setFault(name, on)),
    'practice.act': ({ name }) => app.withPractice((practice) => practice.act(name)),
    'practice.setReplication': ({ seconds }) =>
      app.withPractice((practice) => practice.setReplicationSeconds(seconds)),
  }
}
