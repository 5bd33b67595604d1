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
    'app.saveDiagnostics': async () => ({ path: await app.saveDiagnostics() }),
    'app.startAtLogin': ({ on }) => app.startAtLogin(on),
    'update.check': () => app.updates.check(),
    'update.restart': () => app.updates.restart(),
    'app.openLink': ({ link }) => app.openLink(link),
    'connection.choose': ({ mode }) => app.chooseConnection(mode),
    'connection.leave': () => app.leaveConnection(),
    'signIn.start': ({ method }) => app.connected.signInFlow.start(method),
    'signIn.cancel': () => app.connected.signIn.cancel(),
    'signIn.signOut': () => app.signOut(),
    'setup.check': () => app.connected.setup.check(),
    'setup.plan': () => app.connected.setup.plan(),
    'setup.apply': () => app.connected.setup.apply(),
    'setup.verify': () => app.connected.setup.verify(),
    'setup.cancel': () => app.connected.setup.cancel(),
    'setup.applyRemedy': (input) => app.applyRemedy(input),
    'application.choose': ({ appId }) => app.chooseApplication(appId),
    'application.restore': ({ applicationObjectId }) =>
      app.connected.setup.restoreApplication(applicationObjectId),
    'drift.check': () => app.connected.drift.check(),
    'drift.repair': ({ removals }) => app.connected.drift.repair(removals),
    'drift.cancel': () => app.connected.drift.cancel(),
    'credentials.verify': (input) => app.connected.verifyCredentials(input),
    'rotation.start': () => app.connected.secretCare.rotate(),
    'rotation.confirm': () => app.connected.confirmRotation(),
    'rotation.abandon': () => app.connected.secretCare.abandon(),
    'rotation.cancel': () => app.connected.secretCare.cancel(),
    'consent.start': () => app.connected.consent.start(),
    'consent.check': () => app.connected.consent.check(),
    'consent.stop': () => app.connected.consent.forget(),
    'package.create': () => ({ files: app.connected.documents.createPackage() }),
    'handover.seal': (input) => app.connected.documents.sealHandover(input),
    'handover.open': (input) => app.openHandover(input),
    'handover.export': (input) => app.connected.documents.exportHandover(input),
    'report.create': ({ format }) => app.connected.documents.createReport(format),
    'calendar.create': () => app.connected.documents.createCalendar(),
    'removal.list': () => app.connected.removal.list(),
    'removal.start': ({ ids }) => app.connected.removal.remove(ids),
    'removal.cancel': () => app.connected.removal.cancel(),
    'audit.list': ({ afterId }) => app.connected.audit.list(afterId),
    'audit.export': async ({ format }) => exportAudit(await app.connected.audit.all(), format),
    'clientSecret.reveal': async () => ({
      secretText: await app.connected.documents.clientSecret(),
    }),
    'handover.copy': ({ field }) => app.copyHandover(field),
    'handover.confirm': () => app.connected.setup.confirmHandover(),
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
    'handOn.test': () => app.connected.handOn.test(),
    'handOn.revealKey': () => app.connected.handOn.revealKey(),
    'handOn.newKey': () => app.connected.handOn.newKey(),
    'handOn.list': ({ state }) => app.connected.handOn.list(state),
    'handOn.redeliver': ({ deliveryIds }) => app.connected.handOn.redeliver(deliveryIds),
    'gaps.check': () => app.connected.catchUp.checkNow(),
    'delivery.get': ({ id }) => app.connected.deliveries.get(id),
    'delivery.content': ({ id }) => app.connected.deliveries.content(id),
    'delivery.image': ({ id, imageId }) => app.connected.deliveries.image(id, imageId),
    'delivery.search': (input) => app.connected.deliveries.search(input),
    'delivery.export': (input) => app.connected.deliveries.export(input),
    'log.list': ({ afterSequence }) => app.logAfter(afterSequence),
    'network.check': () => app.connected.networkCheck.start(),
    'network.cancel': () => app.connected.networkCheck.cancel(),
    'network.setProxyPassword': ({ password }) =>
      app.connected.tunnelSetup.setProxyPassword(password),
    'network.firewallRequest': ({ provider }) =>
      app.connected.networkCheck.firewallRequest(provider),
    'settings.update': (change) => app.updateSettings(change),
    'practice.signIn': ({ personId }) => app.connected.signInFlow.asPerson(personId),
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
