// One line per call: name → the function that does it.
import type { CallName, Input, Output } from '../contract/calls.ts'
import type { EmiApp } from './app.ts'

export type Handlers = {
  [N in CallName]: (input: Input<N>) => Output<N> | Promise<Output<N>>
}

/** The handlers of one app. Hosts reach them through dispatch only. */
export function createHandlers(app: EmiApp): Handlers {
  return {
    'app.getState': () => app.state,
    'app.openLink': ({ link }) => app.openLink(link),
    'connection.choose': ({ mode }) => app.chooseConnection(mode),
    'connection.leave': () => app.leaveConnection(),
    'signIn.start': ({ method }) => app.connected.startSignIn(method),
    'signIn.cancel': () => app.connected.signIn.cancel(),
    'signIn.signOut': () => app.signOut(),
    'setup.check': () => app.connected.setup.check(),
    'setup.plan': () => app.connected.setup.plan(),
    'setup.apply': () => app.connected.setup.apply(),
    'setup.verify': () => app.connected.setup.verify(),
    'setup.cancel': () => app.connected.setup.cancel(),
    'setup.applyRemedy': (input) => app.applyRemedy(input),
    'clientSecret.reveal': async () => ({ secretText: await app.connected.clientSecret() }),
    'handover.copy': ({ field }) => app.copyHandover(field),
    'handover.confirm': () => app.connected.setup.confirmHandover(),
    'webhook.start': () => app.startWebhook(),
    'webhook.pause': () => app.pauseWebhook(),
    'webhook.test': () => app.connected.tunnel.testNow(),
    'tunnel.restart': () => app.connected.tunnel.restart(),
    'tunnel.readHostKey': (input) => app.readHostKey(input),
    'tunnel.getPublicKey': () => app.getSshPublicKey(),
    'subscription.ensure': () => app.connected.ensureSubscriptions(),
    'subscription.takeOver': ({ subscriptionId }) =>
      app.connected.subscriptions.takeOver(subscriptionId),
    'delivery.get': ({ id }) => app.getDelivery(id),
    'log.list': ({ afterSequence }) => app.logAfter(afterSequence),
    'settings.update': (change) => app.updateSettings(change),
    'practice.signIn': ({ personId }) => app.connected.signInAsPerson(personId),
    'practice.setTraffic': (traffic) =>
      app.withPractice((practice) => practice.setTraffic(traffic)),
    'practice.say': (message) => app.withPractice((practice) => practice.say(message)),
    'practice.setFault': ({ name, on }) =>
      app.withPractice((practice) => practice.setFault(name, on)),
  }
}
