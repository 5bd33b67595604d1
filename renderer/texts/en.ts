// Every sentence on the pages, in English. Functions where a number or a name goes in; nothing is glued together.

const plurals = new Intl.PluralRules('en')

function plural(count: number, forms: { one: string; other: string }): string {
  return plurals.select(count) === 'one' ? forms.one : forms.other
}

const listFormat = new Intl.ListFormat('en', { type: 'conjunction' })

/** What the plan depends on, as the settings call it. */
const planSettings = {
  tenantUrl: 'contact center host name',
  applicationName: 'application name',
  secretLifetimeMonths: 'secret life',
  optionalPermissions: 'optional extras',
  adoptedAppId: 'application to use',
}

export const en = {
  /** Several things in a row, such as “A, B and C”. */
  list: (items: string[]) => listFormat.format(items),

  app: {
    name: 'EMI Tray',
    title: (page: string) => `${page} – EMI Tray`,
    skip: 'Skip to the page',
    rail: 'Pages',
    status: 'Status',
    version: (version: string) => `Version ${version}`,
    notLoaded: 'This page could not be loaded, because EMI Tray did not answer.',
    notLoadedNext: 'Check that EMI Tray runs, then load it again.',
    reload: 'Load again',
  },

  pages: {
    overview: 'Overview',
    setup: 'Setup',
    application: 'Application',
    handover: 'Handover',
    webhook: 'Webhook',
    log: 'Log',
    settings: 'Settings',
  },

  actions: {
    cancel: 'Cancel',
    close: 'Close',
    copy: 'Copy',
    copied: 'Copied',
    copyDetails: 'Copy details',
    details: 'Details',
    tryAgain: 'Try again',
    undo: 'Undo',
    hide: 'Hide',
    reveal: 'Show',
    copyNamed: (name: string) => `Copy ${name}`,
  },

  errors: {
    unexpected: 'Something went wrong that EMI Tray did not expect.',
    unexpectedNext: 'Try again. If it happens again, copy the details and ask for help.',
    connectionLost: 'The connection to EMI Tray is gone, so this was not done.',
    connectionLostNext: 'Wait until the page is connected again, then repeat it.',
    noAnswer: 'EMI Tray did not answer in time.',
    noAnswerNext: 'Look at the log for what it is doing, then try again.',
    copyBlocked: 'The browser did not allow this page to copy.',
    copyBlockedNext: 'Click into the page and try again, or select the value and copy it by hand.',
    code: 'Code',
    reference: 'Reference',
    time: 'Time',
    info: 'Information',
    appWide: 'EMI Tray cannot work properly',
    detailsBlock: (lines: {
      message: string
      nextStep: string
      code: string
      details: string | null
      reference: string
      at: string
    }) =>
      [
        lines.message,
        lines.nextStep,
        `Code: ${lines.code}`,
        ...(lines.details === null ? [] : [`Information: ${lines.details}`]),
        ...(lines.reference === '' ? [] : [`Reference: ${lines.reference}`]),
        `Time: ${lines.at}`,
      ].join('\n'),
  },

  connection: {
    lost: 'Connection to EMI Tray lost',
    lostHelp:
      'What you see may be out of date. Trying again by itself. If EMI Tray was stopped, start it and open the address that it prints.',
    retry: 'Try now',
    connecting: 'Connecting to EMI Tray',
    connectingHelp: 'If this takes long, start EMI Tray and open the address that it prints.',
    opening: 'Opening your connection',
    openingHelp:
      'EMI Tray unlocks its secrets. If the keychain of this computer is locked, the computer asks you for its password.',
  },

  light: {
    'not-set-up': 'Not set up',
    working: 'In progress',
    ok: 'OK',
    warning: 'Attention',
    failed: 'Down',
  },

  since: (time: string) => `Since ${time}`,
  lasting: (duration: string) => `for ${duration}`,

  welcome: {
    title: 'Connect Microsoft Teams to your contact center',
    intro:
      'EMI Tray sets up the Microsoft Entra application that Bright Pattern needs and hands you the values to paste. Afterwards it receives notifications from Teams and shows you at a glance whether everything works.',
    microsoft: 'Connect to Microsoft',
    microsoftHelp:
      'Set up your real tenant. You sign in as an administrator and see the plan before anything is written.',
    practice: 'Try with the practice tenant',
    practiceHelp:
      'Rehearse everything with a simulated Microsoft on this computer. Nothing leaves it, and you can start over at any time.',
    microsoftTime: 'About 10 minutes',
    practiceTime: 'About 2 minutes',
  },

  ribbon: {
    label: 'Practice',
    text: 'Practice tenant: nothing here touches Microsoft',
    open: 'Practice controls',
  },

  practice: {
    title: 'Practice controls',
    intro: (tenant: string) => `Play people, traffic and faults in ${tenant}.`,
    traffic: 'Traffic',
    trafficHelp: 'People write to each other by themselves.',
    trafficOn: 'People are chatting',
    perMinute: 'Messages per minute',
    say: 'Say something',
    person: 'Who',
    place: 'Where',
    text: 'Message',
    textPlaceholder: 'Hello from the practice tenant',
    send: 'Send',
    sent: 'Sent.',
    chat: (topic: string) => `Chat: ${topic}`,
    channel: (topic: string) => `Channel: ${topic}`,
    faults: 'Faults',
    faultsHelp: 'Switch on what may go wrong, and see how it shows.',
    groups: {
      account: 'The administrator',
      policy: 'Policies',
      directory: 'The directory',
      service: 'Microsoft’s services',
      webhook: 'Notifications',
    },
    actions: 'Behind your back',
    actionsHelp: 'Things another administrator might do. Then compare, verify or repair.',
    act: 'Do it',
    acted: 'Done.',
    replication: 'Replication delay',
    replicationHelp: 'How long a new object, secret or grant takes to be seen everywhere.',
    seconds: (count: number) => plural(count, { one: '1 second', other: `${count} seconds` }),
    roles: {
      'global-admin': 'Global Administrator',
      'application-admin': 'Application Administrator',
      user: 'No administrator role',
    },
    nobody: 'Nobody can speak yet. Chats appear once the practice tenant has started.',
  },

  overview: {
    title: 'Overview',
    chain: 'From Microsoft to the contact center',
    stations: {
      microsoft: 'Microsoft',
      subscriptions: 'Subscriptions',
      tunnel: 'Tunnel',
      webhook: 'Webhook',
      'contact-center': 'Contact center',
    },
    stationLight: {
      ok: 'OK',
      working: 'In progress',
      warning: 'Attention',
      failed: 'Down',
      off: 'Off',
    },
    secret: 'Client secret',
    secretDays: (days: number) => plural(days, { one: '1 day', other: `${days} days` }),
    secretLeft: 'until it expires',
    secretExpired: 'Expired',
    secretExpiresOn: (date: string) => `Expires on ${date}`,
    secretExpiredOn: (date: string) => `Expired on ${date}. Rotate it under Secrets.`,
    secretLevel: { soon: 'Soon', urgent: 'Urgent', expired: 'Expired' },
    secretOpen: 'Open Secrets',
    secretWaits: 'A new one waits to be entered in Bright Pattern.',
    alertAt: 'Raised',
    alertOpen: (page: string) => `Open ${page}`,
    secretNone: 'No secret yet',
    secretNoneHelp: 'Set-up makes one. Its days are counted here.',
    notifications: 'Notifications',
    notificationsReceived: 'received',
    notificationsLast: 'Last one',
    notificationsNone: 'None yet',
    notificationsNoneHelp: 'They are counted here as soon as the webhook runs and somebody writes.',
    recent: 'What happened last',
    recentEmpty: 'Nothing yet. The last three lines of the log appear here.',
    openLog: 'Open the log',
  },

  setup: {
    title: 'Setup',
    intro: 'Seven steps from signing in to a working connection. You can stop and come back.',
    doneIntro:
      'Everything is set up. You can run any step again. Running it again changes nothing that is right already.',
    changeIntro:
      'A change is planned and waits for you. Look over the plan below, then apply it. Until then everything stays as it is.',
    steps: {
      'sign-in': 'Sign in',
      check: 'Check',
      plan: 'Plan',
      apply: 'Apply',
      verify: 'Verify',
      'connect-webhook': 'Connect the webhook',
      'hand-over': 'Hand over',
    },
    about: {
      'sign-in': 'Sign in to Microsoft as an administrator of your tenant.',
      check: 'Look for anything that would stop the set-up. Only reads.',
      plan: 'Show what will be created or changed, and why. Only reads.',
      apply: 'Create the application, its secret and its permissions in your tenant.',
      verify: 'Sign in as the application and see that every permission really works.',
      'connect-webhook': 'Start the webhook and subscribe to the notifications of Teams.',
      'hand-over': 'Copy the values into Bright Pattern and test the connection there.',
    },
    stepState: {
      waiting: 'Later',
      ready: 'Next',
      running: 'In progress',
      done: 'Done',
      attention: 'Attention',
      stopped: 'Stopped',
      failed: 'Failed',
    },
    stepOf: (current: number, total: number) => `Step ${current} of ${total}`,
    usually: (duration: string) => `Usually takes ${duration}`,
    running: (duration: string) => `Running for ${duration}`,
    doing: {
      'sign-in': 'Waiting for the sign-in.',
      check: 'Reading your tenant. This usually takes a few seconds.',
      plan: 'Reading your tenant and comparing. This usually takes a few seconds.',
      apply: 'Starting. This usually takes less than a minute.',
      verify: 'Asking Microsoft for a token. This usually takes a few seconds.',
      'connect-webhook': 'Starting the webhook and asking for notifications.',
      'hand-over': 'Waiting for the hand-over.',
    },
    announce: (step: string, state: string) => `${step}: ${state}.`,
    stop: 'Stop',
    stopHelp: 'Stopping keeps what was made so far. The next run finishes it.',
  },

  form: {
    tenantUrl: 'Contact center host name',
    tenantUrlHelp: 'The address of your Agent Desktop, without https.',
    tenantUrlPlaceholder: 'acme.brightpattern.com',
    redirectUri: 'Redirect URI',
    redirectUriOf: (host: string) => `https://${host}/agentdesktop/msteamscallback.html`,
    applicationName: 'Application name',
    applicationNameHelp: 'How the application is called in Microsoft Entra.',
    secretLife: 'Secret life',
    secretLifeHelp: 'Months until the client secret has to be renewed. Your tenant may allow less.',
    months: (count: number) => plural(count, { one: '1 month', other: `${count} months` }),
    more: 'More options',
    cloud: 'Microsoft cloud',
    cloudHelp: 'Where your tenant lives. Nearly always Global.',
    customWaits: 'The custom cloud is used once both addresses are entered.',
    customLoginHost: 'Sign-in host',
    customLoginHostHelp: 'Such as https://login.example.com.',
    customGraphHost: 'Graph host',
    customGraphHostHelp: 'Such as https://graph.example.com.',
    bootstrapClientId: 'Client id for signing in',
    bootstrapClientIdHelp:
      'The public client that signs you in. Change it only if your identity team gave you one.',
    clouds: {
      global: 'Global',
      'us-gov-l4': 'US Government L4 (GCC High)',
      'us-gov-l5': 'US Government L5 (DoD)',
      china: 'China (21Vianet)',
      custom: 'Custom',
    },
  },

  signIn: {
    start: 'Sign in with Microsoft',
    startPractice: 'Sign in to the practice tenant',
    useCode: 'Use a code instead',
    needTenantUrl: 'Enter the contact center host name first.',
    browserTitle: 'Continue in your browser',
    browserHelp:
      'The Microsoft sign-in page has opened there. Come back when it says you may close it.',
    browserHelpManual:
      'Open the Microsoft sign-in page and come back when it says you may close it.',
    reopen: 'Open the sign-in page',
    timeLeft: (left: string) => `${left} left`,
    practiceTitle: 'Or sign in here',
    practiceHelp:
      'In the practice tenant one click is enough. Only a Global Administrator can finish.',
    signInAs: (name: string) => `Sign in as ${name}`,
    codeTitle: 'Enter this code at Microsoft',
    codeHelp: 'Open the page on any device, enter the code and sign in there.',
    codeOpen: 'Open the page',
    code: 'Code',
    tenant: 'Tenant',
    domain: 'Domain',
    tenantId: 'Tenant ID',
    account: 'Account',
    accountOf: (name: string, username: string) => `${name} (${username})`,
    roles: 'Active roles',
    noRoles: 'No administrator role is active',
    nothingWritten: 'Nothing has been written to this tenant so far.',
    other: 'Use another account',
  },

  check: {
    start: 'Check the tenant',
    again: 'Check again',
    outdated: (changed: (keyof typeof planSettings)[]) =>
      `Changed after the plan was made: ${listFormat.format(changed.map((name) => planSettings[name]))}. The plan has to be made anew, beginning with the check.`,
    names: {
      tenant: 'Tenant',
      account: 'Account',
      roles: 'Roles',
      graph: 'Microsoft Graph',
      'app-registration': 'App registration',
      'secret-policy': 'Secret policy',
      'existing-application': 'Existing application',
      clock: 'Clock',
    },
    states: { ok: 'OK', warning: 'Attention', failed: 'Stops the set-up' },
    ask: 'Text for the team that can change it',
    askCopy: 'Copy the text',
    askNamed: (finding: string) => `the text about ${finding}`,
    links: {
      'entra-app-registrations': 'App registrations in Microsoft Entra',
      'entra-deleted-applications': 'Deleted applications in Microsoft Entra',
      'entra-user-settings': 'User settings in Microsoft Entra',
      'entra-app-management-policies': 'Application policies in Microsoft Entra',
      'entra-permission-grants': 'API permissions in Microsoft Entra',
      'pim-my-roles': 'My roles in Privileged Identity Management',
    },
  },

  candidates: {
    title: 'Applications that look like this one',
    help: 'Somebody may have made one by hand. Choose the one to use, or let EMI Tray make its own.',
    inUse: 'In use',
    use: 'Use this one',
    useOwn: 'Make EMI Tray’s own instead',
    restore: 'Restore it',
    matched: (reasons: string) => `Same ${reasons}`,
    reasons: {
      'unique-name': 'unique name',
      'client-id': 'client ID',
      'redirect-uri': 'redirect URI',
      name: 'name',
    },
    owners: (names: string) => `Owned by ${names}`,
    noOwner: 'No owner',
    created: (date: string) => `Created on ${date}`,
    deleted: (date: string) => `Deleted on ${date}`,
    clientId: (appId: string) => `Client ID ${appId}`,
  },

  people: {
    title: 'When somebody else has the rights',
    help: 'Often the contact center’s admin is not the tenant’s admin. Each way below needs only one of you at a time.',
    consent: {
      title: 'Let another administrator consent',
      help: 'Where only the consent is missing, a link is enough. The other administrator opens it in a browser and needs no EMI Tray.',
      needApplication:
        'First apply the plan. It goes as far as your roles allow, and the link needs the application that it makes.',
      start: 'Make the link',
      /** The spoken name of the button begins with what stands on it. */
      link: 'the link for consent',
      copy: 'Copy the link',
      waiting: 'Waiting for the other administrator',
      checked: 'Last asked',
      notChecked: 'Not asked yet',
      missing: (roles: string) => `Still missing: ${roles}`,
      granted: 'Every application permission is granted.',
      check: 'Ask now',
      forget: 'Forget the link',
      landing:
        'After consenting, the other administrator lands on a page of your contact center. It may look empty or show an error. That is normal: they can close it.',
    },
    package: {
      title: 'Give the work to the identity team',
      help: 'Scripts for PowerShell, Azure CLI and Terraform that make exactly what the plan shows, the permissions with their reasons, and the steps by hand. No secret is in them.',
      make: 'Make the files',
      save: (name: string) => `Save ${name}`,
      saveAll: 'Save all',
      count: (files: number) => plural(files, { one: '1 file', other: `${files} files` }),
    },
    open: {
      title: 'Open a sealed hand-over',
      help: 'Another EMI Tray made the application and sealed its values in a file. Open it here to take them over.',
      file: 'Sealed file',
      fileHelp: 'It ends in .age.',
      passphrase: 'Passphrase of the file',
      passphraseHelp: 'You got it another way than the file.',
      replace: 'Replace the application that is set up here',
      start: 'Open the file',
      done: (application: string, tenant: string) => `Took over ${application} of ${tenant}.`,
      next: 'It is being verified with a real token. The values are on the Handover page.',
    },
    verify: {
      title: 'Check values that somebody gave you',
      help: 'Asks Microsoft for a token with them. Needs no administrator, and nothing is kept.',
      tenantId: 'Directory (Tenant) ID',
      clientId: 'Client ID',
      clientSecret: 'Client secret',
      clientSecretHelp: 'The value, not the secret ID.',
      start: 'Check these values',
      ok: 'These values work.',
      roles: (roles: string) => `The token carries ${roles}.`,
      surplus: (roles: string) => `More than is needed: ${roles}.`,
    },
  },

  formats: {
    title: 'More formats',
    files: 'The values as a file',
    filesHelp: 'For scripts and records. The secret is left out unless you tick it.',
    withSecret: 'With the client secret',
    withSecretWarning:
      'The file then holds the secret in plain text. Delete it as soon as it was used.',
    names: { env: '.env', json: 'JSON', csv: 'CSV' },
    saveAs: (format: string) => `Save as ${format}`,
    report: 'Report without secrets',
    reportHelp:
      'Ids, permissions with reasons, who consented when, and the expiry date. HTML prints well.',
    reportNames: { markdown: 'Markdown', html: 'HTML' },
    calendar: 'Reminder of the expiry',
    calendarHelp: 'A calendar file with reminders 60, 30, 15 and 7 days and 1 day before.',
    calendarSave: 'Save the calendar file',
    seal: 'Sealed hand-over',
    sealHelp:
      'One encrypted file with everything, secret included, for another EMI Tray. Send the file one way and the passphrase another.',
    passphrase: 'Passphrase',
    passphraseHelp: 'At least 12 characters. Several words are best.',
    passphraseShort: (missing: number) =>
      plural(missing, {
        one: 'The passphrase needs 1 more character.',
        other: `The passphrase needs ${missing} more characters.`,
      }),
    days: 'Can be opened for',
    daysOf: (days: number) => plural(days, { one: '1 day', other: `${days} days` }),
    sealSave: 'Seal and save',
  },

  plan: {
    start: 'Show the plan',
    again: 'Plan again',
    tableTitle: 'What will happen in your tenant',
    object: 'Object',
    what: 'What will happen',
    why: 'Why',
    nothing: 'Everything is there already. Applying changes nothing.',
    summary: (counts: { create: number; change: number; leave: number }) =>
      [
        ...(counts.create > 0 ? [`${counts.create} to create`] : []),
        ...(counts.change > 0 ? [`${counts.change} to change`] : []),
        ...(counts.leave > 0 ? [`${counts.leave} to leave as they are`] : []),
      ].join(', '),
    actions: { create: 'Create', change: 'Change', leave: 'Leave' },
    objects: {
      application: 'Application',
      'service-principal': 'Enterprise application',
      'redirect-uri': 'Redirect URI',
      'required-resource-access': 'Requested permissions',
      'client-secret': 'Client secret',
      'delegated-grant': 'Consent, delegated',
      'app-role-assignments': 'Consent, application',
      token: 'First token',
    },
    permissionsTitle: 'Permissions and their reasons',
    permission: 'Permission',
    kind: 'Kind',
    reason: 'Reason',
    granted: 'Granted',
    notGranted: 'Not yet',
    optional: 'Optional',
    kinds: { delegated: 'Delegated', application: 'Application' },
    delegatedHelp: 'Used on behalf of an agent who signed in. It can do no more than that person.',
    applicationHelp: 'Used by the server on its own, without anybody signed in.',
    microsoftPage: 'Microsoft’s page about permissions',
  },

  apply: {
    start: 'Apply the plan',
    again: 'Apply again',
    writes: 'This writes to your tenant. You can stop at any time.',
    states: { waiting: 'Waiting', running: 'In progress', done: 'Done', failed: 'Failed' },
    listTitle: 'What is being made',
  },

  verify: {
    start: 'Verify',
    again: 'Verify again',
    found: 'Application permissions found in a real token',
    missingRole: (role: string) => `${role} is missing`,
    delegated: 'Delegated permissions',
    delegatedGranted: 'Granted for the whole tenant',
    delegatedMissing: 'Not granted yet',
    at: 'Verified',
    changedSince: 'The set-up stays as it is.',
    compare: 'Compare with the tenant',
  },

  connect: {
    start: 'Start the webhook',
    tunnel: 'Tunnel',
    publicUrl: 'Public URL',
    noPublicUrl: 'None yet',
    direct: 'None needed on this computer',
    open: 'Open the Webhook page',
    needUrl:
      'Microsoft must be able to reach this computer. Enter the public URL on the Webhook page first.',
  },

  handoverStep: {
    open: 'Go to Handover',
  },

  gaps: {
    title: 'Gaps',
    help: 'Times in which notifications from Teams may have been missed. EMI Tray then reads from Microsoft what changed, and hands it on like everything else.',
    check: 'Check now',
    checking: 'Reading',
    checked: 'Compared with Teams',
    none: 'No gap is known. When this computer sleeps, the tunnel is down or a subscription is lost, it shows here with what was recovered.',
    because: (reasons: string[]) => reasons.join('; '),
    reasons: {
      'not-running': 'EMI Tray was not listening',
      sleep: 'This computer slept',
      tunnel: 'The tunnel was down',
      paused: 'The webhook was paused',
      'subscription-removed': 'Microsoft removed a subscription',
      'subscription-gone': 'A subscription was gone and was made again',
      reauthorization: 'A subscription was not reauthorized in time',
      missed: 'Microsoft said that it missed notifications',
      'not-stored': 'Notifications could not be stored',
      silent: 'A message came unannounced',
      'held-elsewhere': 'Another server received them',
      'place-free': 'Nobody received them: no server had the subscription',
    },
    phases: {
      open: 'Goes on',
      waiting: 'Waiting',
      'catching-up': 'Reading',
      done: 'Caught up',
      partly: 'In part',
      cannot: 'Lost',
      elsewhere: 'Received elsewhere',
    },
    elsewhere: (what: string, host: string) => `${what} went to ${host}`,
    elsewhereNote:
      'Whether the contact center got what went to another server is not known here. It is not read from Microsoft by itself, so that the contact center does not get it twice.',
    readElsewhere: 'Read it…',
    readElsewhereTitle: (host: string) => `Read what went to ${host}?`,
    readElsewhereText:
      'EMI Tray reads from Microsoft what changed in that time and hands it on like everything else. What the contact center got from the other server it then gets a second time.',
    readElsewhereConfirm: 'Read it',
    from: 'From',
    until: 'until',
    began: 'Began',
    goesOn: 'and goes on',
    progress: (done: number, total: number) => `${done} of ${total} people and channels read.`,
    counts: (recovered: number, there: number) =>
      `${plural(recovered, { one: '1 change', other: `${recovered} changes` })} recovered, ${there} were there already.`,
    failed: 'Could not be read yet; it is tried again.',
    lost: 'Lost:',
    showAll: (count: number) => `Show all ${count}`,
    limits:
      'What was sent in the last five minutes is not compared yet: it may still be on its way. Reading gives the latest version: what was edited several times comes once. Channels from which nothing ever arrived cannot be found with these permissions.',
  },
  handOn: {
    title: 'Contact center',
    help: 'Where EMI Tray sends what it received from Teams. Each event waits here until it was taken.',
    phases: {
      off: 'Off',
      paused: 'Paused',
      working: 'Working',
      retrying: 'Trying again',
      failing: 'Needs you',
    },
    pause: 'Pause',
    resume: 'Resume',
    target: 'Hand events on to',
    targets: { none: 'Nobody', http: 'An address', file: 'A file' },
    targetHelp: {
      none: 'Notifications are kept in the inbox only.',
      http: 'Each event is posted to the address, in the order of its chat, until it is taken.',
      file: 'Each event becomes one line of JSON. The file holds messages, so keep its folder private.',
    },
    url: 'Address',
    urlHelp: 'Starts with https. Plain http works on this computer only.',
    urlPlaceholder: 'https://contactcenter.example.com/teams-events',
    sendContent: 'Send content along',
    sendContentChoices: { off: 'Off', on: 'On' },
    sendContentHelp:
      'Adds the message with sender, text and pictures to each event. Microsoft lets one message a second be read in each chat, so events of a busy chat come later.',
    key: 'Signing key',
    keyTerm:
      'Proves to the contact center that an event comes from EMI Tray. It follows the Standard Webhooks specification.',
    keyHelp: 'Enter it in the contact center. It hides again after 30 seconds.',
    newKey: 'Make a new key',
    newKeyTitle: 'Make a new signing key?',
    newKeyText:
      'The present key goes on signing along for 24 hours. Enter the new one in the contact center within that time.',
    file: 'File',
    handedOn: 'Handed on',
    waiting: 'Waiting',
    waitingHelp: 'Not taken yet. Nothing overtakes an earlier event of the same chat.',
    dead: 'Given up',
    deadHelp: 'Not taken for three days. They are kept as long as their notifications are.',
    lastHandedOn: 'Last one',
    never: 'None since EMI Tray started',
    failingSince: 'Not taken since',
    nextAttempt: 'Next attempt',
    deadNotice: (count: number) =>
      plural(count, {
        one: '1 event was not taken for three days. It was given up and is kept.',
        other: `${count} events were not taken for three days. They were given up and are kept.`,
      }),
    redeliverAll: 'Hand all on again',
    redeliver: 'Hand on again',
    redeliverOne: (id: number) => `Hand notification ${id} on again`,
    showDead: 'Show them',
    deadEntry: (id: number, attempts: number) =>
      plural(attempts, {
        one: `Notification ${id}, 1 attempt.`,
        other: `Notification ${id}, ${attempts} attempts.`,
      }),
    deadMore: (shown: number) => `The oldest ${shown} are shown.`,
    testTitle: 'Try it',
    testIntro: 'Sends an event that stands for nothing, signed like a real one.',
    test: 'Send a test event',
    testing: 'Sending',
    testTaken: ({ status, durationMs }: { status: number; durationMs: number }) =>
      `Taken: answered ${status} after ${durationMs} ms.`,
    testWritten: 'Written to the file.',
  },

  handover: {
    title: 'Handover',
    intro: 'Copy each value into the form of Bright Pattern, in this order.',
    introRotating: 'Replace the client secret in the form of Bright Pattern.',
    emptyTitle: 'Nothing to hand over yet',
    empty: 'The values for Bright Pattern appear here once set-up has applied the plan.',
    emptyAction: 'Go to Setup',
    version: 'Your Bright Pattern version',
    versions: { '5.8': '5.8', '5.19': '5.19' },
    where: 'Where to paste',
    wherePath: 'Call Center Configuration › Integration Accounts › Microsoft Teams',
    whereSteps: [
      'Open the Microsoft Teams account there. If there is one already, edit it.',
      'Paste the values below, each into the field of the same name.',
      'Press Test connection, then Apply.',
    ],
    neverDelete:
      'Never delete an existing account. That disables Teams for every agent, and each of them has to enable it again.',
    whereHelp: 'Bright Pattern’s help page',
    values: 'Values',
    copyNext: (label: string) => `Copy next: ${label}`,
    copyAgain: 'Start over',
    progress: (done: number, total: number) => `${done} of ${total} copied`,
    copied: 'Copied',
    readOnly: 'Shown by the form, not pasted',
    notKnown: 'Not known yet',
    secretHidden: 'Hidden',
    secretHint: (hint: string) => `Starts with ${hint}`,
    hidesAgain: 'Hides again after 30 seconds.',
    clearing: (seconds: number) =>
      plural(seconds, {
        one: 'Secret copied, the clipboard clears in 1 second',
        other: `Secret copied, the clipboard clears in ${seconds} seconds`,
      }),
    clearingFocus:
      'The secret is still in the clipboard. A browser page may clear it only while you look at it: it is cleared when you come back here.',
    cleared: 'The clipboard was cleared.',
    redirect: 'Redirect URI of the application',
    redirectTerm: 'Redirect URI',
    redirectTermHelp:
      'The page that agents come back to after they sign in to Teams. Some guides call it a webhook, but notifications never go there.',
    redirectNote: 'It is set in Microsoft Entra already. You do not paste it anywhere.',
    rotating:
      'Only the client secret is new. The old one still works, so nothing stops while you paste.',
    rotatingConfirm:
      'When Test connection says OK, answer below. Only then is the old secret removed.',
    removingOld: 'Removing the old secret',
    testYesRotation: 'Yes: remove the old secret',
    testSignIn: 'Removing the old secret takes an administrator, and nobody is signed in.',
    testSignInStart: 'Sign in to remove it',
    testTitle: 'Did Test connection say OK?',
    testIntro: 'Press Test connection in Bright Pattern, then tell EMI Tray what it said.',
    testYes: 'Yes, it says OK',
    testNo: 'No, it shows an error',
    testThanks: 'Handed over. Test connection said OK.',
    testErrors: [
      {
        text: 'Failed to request refresh token',
        cause: 'The client secret, the tenant ID or the client ID is wrong.',
        fix: 'Copy these three again. Check that the secret’s value was pasted, not its ID, and that no space came along.',
      },
      {
        text: 'Account credentials are incomp…',
        cause: 'A field of the form is empty.',
        fix: 'Fill every field listed above, then press Test connection again.',
      },
    ],
    testOther: 'Another text? Verify the application in Setup, then look at the log.',
  },

  webhook: {
    title: 'Webhook',
    intro: 'Microsoft posts the notifications of Teams to this computer through a public URL.',
    server: 'Webhook',
    running: 'Running',
    stopped: 'Stopped',
    paused: 'Paused by you',
    start: 'Start',
    pause: 'Pause',
    resume: 'Resume',
    localAddress: 'Local address',
    publicUrl: 'Public URL',
    none: 'None',
    received: 'Received',
    refused: 'Refused',
    refusedHelp:
      'Posts that did not carry the secret word agreed with Microsoft. They are counted and thrown away.',
    duplicates: 'Sent again',
    duplicatesHelp:
      'Microsoft sometimes sends a notification twice, such as when an answer was lost on the way. It is stored once.',
    latency: 'Time to answer',
    latencyHelp:
      'How long Microsoft waited for an answer in the last ten minutes. When more than 10 % of the answers take longer than ten seconds, Microsoft delays new notifications. Above 15 % it drops them.',
    latencyValue: (of: { p50: string; p99: string; slow: string; delay: string; drop: string }) =>
      `Half within ${of.p50}, 99 of 100 within ${of.p99}. ${of.slow} took longer than 10 s (delayed above ${of.delay}, dropped above ${of.drop})`,
    noLatency: 'Nothing answered in the last ten minutes',
    lastReceived: 'Last notification',
    never: 'None since EMI Tray started',
    test: 'Test',
    testing: 'Testing',
    sendTitle: 'Send a test notification',
    sendIntro:
      'Posts a notification as Microsoft does, and follows it into the inbox and the log. It is not handed on.',
    send: 'Send a test',
    sending: 'Sending…',
    waitTitle: 'Wait for a real Teams message',
    waitIntro: 'Then write anything to any chat of your organization in Teams.',
    waitIntroPractice: 'Then say anything under Practice controls, at the top.',
    waitInChannel:
      'Write it in a channel: messages in chats do not come yet, as Subscriptions says.',
    wait: 'Wait for it',
    waitingFor: (left: string) => `Write a message in Teams now. Waiting for ${left} more.`,
    cameAt: ({ what, at }: { what: string; at: string }) => `It works: ${what}, received ${at}.`,
    tookFor: (time: string) => `It took ${time} from sending.`,
    nothingCame: 'No message came. What to look at:',
    waitsForSetUp:
      'Starting, testing and subscribing wait until the steps of Setup up to Verify are done.',
    testTitle: 'Test through the public URL',
    testIntro: 'Sends a request the way Microsoft does, and times each hop.',
    testOk: 'The webhook can be reached from outside.',
    testFailed: 'The webhook cannot be reached from outside.',
    hopOk: 'OK',
    hopFailed: 'Failed',
    tunnel: 'Tunnel',
    tunnelTerm:
      'What makes this computer reachable for Microsoft: either your own reverse proxy, or a connection to a gateway with a public address.',
    provider: 'How Microsoft reaches this computer',
    providers: {
      static: 'My own public address',
      ssh: 'SSH gateway',
      'hosted-ssh': 'Hosted SSH tunnel',
      devtunnels: 'Microsoft Dev Tunnels (trial)',
      command: 'Installed program',
    },
    providerHelp: {
      static:
        'A reverse proxy or port forwarding of yours sends the public URL to the local address.',
      ssh: 'EMI Tray keeps an SSH connection to a gateway of yours, which passes requests back through it. Whoever runs the gateway can read the traffic.',
      'hosted-ssh':
        'A service on the Internet gives out an address over SSH. Whoever runs it can read the traffic.',
      devtunnels:
        'Microsoft gives out an address that stays the same, and passes requests back through one connection. Nothing to install or to open in the firewall. Microsoft can read the traffic. The webhook’s port is part of the address: keep it.',
      command:
        'EMI Tray starts a program that you installed, such as cloudflared, and keeps it running. Who can read the traffic depends on the service behind it.',
    },
    phases: {
      stopped: 'Stopped',
      connecting: 'Connecting',
      up: 'Up',
      degraded: 'Unsteady',
      failed: 'Down',
    },
    since: {
      stopped: 'Stopped since',
      connecting: 'Connecting since',
      up: 'Up since',
      degraded: 'Unsteady since',
      failed: 'Down since',
    },
    nextAttempt: 'Next attempt',
    attempt: (count: number) => `Attempt ${count}`,
    restart: 'Connect again',
    publicUrlHelp: 'https address that reaches the webhook from the Internet.',
    publicUrlHelpCommand:
      'https address that the service gave you. Leave it empty if the program says it each time.',
    publicUrlHelpPractice:
      'Leave it empty: the practice tenant is on this computer and reaches the webhook directly.',
    publicUrlPlaceholder: 'https://emi.example.com',
    sshHost: 'Gateway host',
    sshHostHelp: 'Name or address of the gateway.',
    sshPort: 'SSH port',
    sshUser: 'User name',
    sshRemoteBind: 'Listens on the gateway at',
    sshRemoteBindHelp:
      'Path of a unix socket (better), or host:port. With a comma in between, the first that the gateway allows is used. Its web server passes requests to it.',
    hostKey: 'Host key',
    hostKeyTerm:
      'How the gateway proves that it is the right one. Confirm it once; if it changes later, the tunnel stops and says so.',
    hostKeyTrusted: 'Confirmed',
    hostKeyMissing: 'Not confirmed yet',
    hostKeyRead: 'Read host key',
    hostKeyReadAgain: 'Read again',
    hostKeyCompare: 'Is this the fingerprint of your gateway?',
    hostKeyCompareHelp:
      'Compare it with what the gateway’s owner gives you, such as the output of ssh-keygen -lf on its public host key.',
    hostKeyAccept: 'Yes, trust this key',
    hostKeyReject: 'No',
    publicKey: 'Key of EMI Tray',
    publicKeyHelp: 'Add this line to authorized_keys of that user on the gateway.',
    publicKeyShow: 'Show public key',
    subscriptions: 'Subscriptions',
    subscriptionsTerm:
      'An order to Microsoft: tell us about these changes. It ends after three days at most, and EMI Tray renews it in time.',
    subscriptionsEmpty: 'No subscriptions yet',
    subscriptionsEmptyHelp:
      'They appear here when the webhook has started and can be reached through the public URL.',
    ensure: 'Check subscriptions',
    resources: {
      chats: 'Chats created and changed',
      'chat-messages': 'Messages in chats',
      'channel-messages': 'Messages in channels',
      presence: 'Presence of chosen people',
    },
    presencePaused:
      'Presence pauses until an administrator signs in again: Microsoft gives it only to a signed-in person. Everything else goes on.',
    resourceOfPerson: (person: string) => `Chat messages of ${person}`,
    statuses: {
      waiting: 'Waiting',
      creating: 'Creating',
      active: 'Active',
      renewing: 'Renewing',
      'held-elsewhere': 'Held elsewhere',
      observed: 'Observed',
      paused: 'Paused',
      refused: 'Refused',
      failed: 'Failed',
    },
    renewed: 'Renewed',
    created: 'Created',
    expires: 'Expires',
    lastNotification: 'Last notification',
    unknown: '–',
    heldBy: (host: string) => `${host} receives these instead`,
    heldHelp:
      'Microsoft sends them to one server only. Find out who runs it. If it is no longer needed, take over: its subscription is deleted, and notifications come here. If it is meant to have them, observe.',
    heldExpires: 'Its subscription expires',
    observedBy: (host: string) => `${host} receives these, as you chose.`,
    observedTake: 'When its subscription ends, this app takes the place.',
    observedTell: 'When its subscription ends, you are told.',
    observe: 'Observe',
    observeTitle: (host: string) => `Leave this to ${host}?`,
    observeText:
      'EMI Tray only watches who receives these notifications and keeps its light green. None of them comes here. You can take over later.',
    observeTake: 'Take the place when it becomes free',
    observeTakeHelp:
      'If that subscription ends, EMI Tray makes its own at once. Otherwise you are told and can decide.',
    observeConfirm: 'Observe',
    handBack: 'Hand back',
    handBackFrom: (host: string) => `Taken over from ${host}.`,
    handBackTitle: (host: string) => `Hand back to ${host}?`,
    handBackText:
      'EMI Tray deletes its subscription and leaves the place free. That server must subscribe again by itself: only it knows the clientState, the word by which it recognises its notifications. Until it does, nobody receives them.',
    handBackConfirm: 'Hand back',
    takePlace: 'Take the place',
    takeOver: 'Take over',
    takeOverTitle: (host: string) => `Take over from ${host}?`,
    takeOverText:
      'EMI Tray deletes that subscription and makes its own. The other server stops receiving these notifications at once. If it is still in use, it may try to take them back.',
    takeOverConfirm: 'Take over',
    remedyPermission: 'Add the permission Chat.Read.All',
    remedySignIn: 'Sign in to add the permission',
    remedySignedIn: 'You are signed in. Now choose “Add the permission Chat.Read.All” again.',
    remedyPermissionHelp:
      'Asks for one more permission and its consent in Setup. Covers everybody.',
    remedyPlanned: 'Planned. Apply the plan in Setup, and Chat.Read.All takes effect.',
    remedyPlannedOpen: 'Go to the plan',
    remedyPeople: 'Subscribe person by person',
    remedyPeopleHelp: 'Needs no further permission. Covers only the people you name.',
    remedyPeopleLabel: 'User principal names, one per line',
    remedyPeoplePlaceholder: 'adele.vance@contoso.com',
    remedyPeopleApply: (count: number) =>
      plural(count, { one: 'Subscribe 1 person', other: `Subscribe ${count} people` }),
  },

  chooser: {
    open: 'Help me choose',
    title: 'How should Microsoft reach this computer?',
    close: 'Close',
    own: {
      question: 'Does your company have a server that the Internet reaches?',
      answers: {
        proxy: 'A web server or gateway that forwards requests',
        ssh: 'A server that I reach by SSH',
        nothing: 'No, or I do not know',
      },
    },
    outside: {
      question: 'May a company outside carry the notifications?',
      answers: {
        yes: 'Yes',
        microsoft: 'Only Microsoft, which has them anyway',
        no: 'No, nobody else may read them',
      },
    },
    purpose: {
      question: 'What is it for?',
      answers: { stay: 'To stay', trial: 'To try things out' },
    },
    recommended: (name: string) => `Recommended: ${name}`,
    readers: {
      'nobody-else':
        'Nobody outside can read the traffic: https ends on your own servers or on this computer.',
      gateway: 'Whoever runs that server can read the traffic, because https ends there.',
      microsoft:
        'Nobody but Microsoft can read the traffic: https ends at its servers. It is for trying out only; Microsoft promises no service level.',
      service:
        'Whoever runs the service can read the traffic: ids of people and chats, and no message text unless content is sent along, which is then encrypted for this computer.',
    },
    setUp: 'Set it up',
    draft:
      'Nothing here is saved yet, except a secret, which goes to the vault at once. Testing pauses a running webhook for a moment.',
    test: 'Test it',
    save: 'Save and use',
    saveUntested: 'Save without a test',
    back: 'Back to the questions',
  },

  snippets: {
    title: 'Set up the reverse proxy or gateway',
    intro:
      'Made from the values on this page. Hand it to whoever runs that server, or paste it there and adapt the certificate.',
    program: 'For',
    names: { nginx: 'nginx', caddy: 'Caddy', iis: 'IIS', sshd: 'SSH gateway' },
  },

  profiles: {
    label: 'Ready-made',
    names: {
      'localhost-run': 'localhost.run',
      pinggy: 'Pinggy',
      sish: 'sish (your own)',
      cloudflared: 'Cloudflare tunnel',
      'cloudflared-quick': 'Cloudflare, trial',
      frp: 'frp',
      zrok: 'zrok',
      tailscale: 'Tailscale Funnel',
      devtunnel: 'Microsoft Dev Tunnels program',
      ngrok: 'ngrok',
    } as Record<string, string>,
    help: {
      'localhost-run':
        'Free addresses change after hours; add the key of EMI Tray to an account there to keep one longer.',
      pinggy:
        'Free tunnels end after 60 minutes. Paid ones want a token as the user name, which would not be kept as a secret: do not use them here.',
      sish: 'A server of your own that gives out addresses; enter its host.',
      cloudflared:
        'A named tunnel of your Cloudflare zone. Let its public hostname lead to the local address above, enter that hostname as the public URL, and its token below.',
      'cloudflared-quick':
        'Without an account. The address changes at every start; for testing only.',
      frp: 'Your own frp server. Enter the path of frpc.toml, put loginFailExit = false into it, and read the token there from {{ .Envs.FRP_TOKEN }}.',
      zrok: 'Reserve a name once with “zrok reserve”, and enter it in the arguments. Whoever runs the zrok server can read the traffic.',
      tailscale:
        'https ends on this computer, so the relay cannot read the traffic. Needs Tailscale with Funnel allowed.',
      devtunnel:
        'Microsoft’s program, for testing and development only. Once: “devtunnel user login”, “devtunnel create --allow-anonymous”, “devtunnel port create -p” with the webhook’s port; then enter the tunnel’s id in the arguments. Microsoft can read the traffic.',
      ngrok: 'Needs an account; enter its authtoken below. Free plans have limits.',
    } as Record<string, string>,
    trial:
      'For trying out only: there is no service level, and the address may change. Move to an own address or gateway before people rely on it.',
  },

  hostedSsh: {
    host: 'Service',
    username: 'User name',
    bindName: 'Name asked for',
    request: 'Request',
    pattern: 'Find the address by',
    help: {
      host: 'Host name of the service.',
      username: 'Not a secret.',
      bindName: 'Empty lets the service choose.',
      request: 'What is asked after connecting; often empty.',
      pattern: 'Regular expression; empty where the service answers in JSON.',
    },
  },

  devTunnels: {
    trial:
      'For trying out only: Microsoft offers Dev Tunnels for testing and development, as a preview without a service level. Move to an own address or gateway before people rely on it.',
    signIn: 'Let in by',
    ways: { application: 'EMI Tray’s application', 'host-token': 'Token of a tunnel' },
    help: {
      application:
        'EMI Tray asks with the application that Setup made, makes one tunnel, keeps it, and opens only the webhook’s port. Microsoft does not document whether it lets such applications in: test it, and use a token if it does not.',
      'host-token':
        'You make the tunnel with Microsoft’s devtunnel program and keep its token here. The token is good for a day at most and cannot be renewed by itself: EMI Tray warns eight hours before it runs out.',
    },
    recipe: 'Type this once, on any computer. Afterwards the last line alone gives a fresh token.',
    recipeName: 'Commands for the tunnel',
    commands: (port: number) =>
      [
        'devtunnel user login',
        'devtunnel create',
        `devtunnel port create TUNNEL-ID -p ${port} --protocol http`,
        `devtunnel access create TUNNEL-ID -p ${port} --anonymous`,
        'devtunnel token TUNNEL-ID --scopes host',
      ].join('\n'),
    token: 'Token of the tunnel',
    tokenHelp: 'Paste what the last line prints. Only the token is kept, in the vault.',
    endsSoon:
      'The token of the tunnel runs out soon. After that the tunnel cannot be opened again, and no Teams message arrives. Keep a fresh one below.',
  },

  command: {
    program: 'Program',
    args: 'Arguments',
    pattern: 'Connected when its output says',
    secretVariable: 'Variable for the secret',
    help: {
      program: 'Name or whole path. It is started without a shell, and ended with the webhook.',
      args: 'One per line. {host} and {port} stand for the local address. No secrets: other programs can read them.',
      pattern:
        'Regular expression. Where no public URL is set, the address is taken from that line.',
      secretVariable:
        'Name of the environment variable that the program reads its token from, such as TUNNEL_TOKEN. Empty for none.',
    },
    secret: (variable: string) => `Secret for ${variable}`,
    secretHelp: 'Kept in the vault and given to the program only.',
  },

  tunnelSecret: {
    keep: 'Keep',
    forget: 'Forget',
    kept: 'Kept in the vault',
    missing: 'Not entered yet',
    validUntil: 'Valid until',
  },

  proxy: {
    title: 'The reverse proxy is on another computer',
    intro:
      'By default only programs on this computer reach the webhook. For a proxy elsewhere, let it listen on one address of this computer, encrypted, and name the proxy: nobody else is answered.',
    listenAddress: 'Listens on',
    listenAddressHelp: '127.0.0.1, or one address of this computer.',
    certificateFile: 'Certificate',
    keyFile: 'Private key',
    help: {
      certificateFile:
        'PEM file with the certificate for the public host name. A renewed file is taken up within seconds.',
      keyFile: 'PEM file with its private key, without a passphrase.',
    },
    trusted: 'Trusted proxies',
    trustedHelp:
      'Addresses such as 10.0.0.5, or networks such as 10.0.0.0/24. Only these may say whom a request comes from (X-Forwarded-For and X-Forwarded-Host).',
  },

  content: {
    title: 'Message',
    show: 'Show content',
    hide: 'Hide',
    reading: 'Reading',
    note: 'Hidden until you ask. It is read from Teams for you, and not kept.',
    none: 'This notification is not about a message.',
    sender: 'From',
    unnamed: 'Somebody without a name',
    senderKinds: { guest: 'guest', application: 'app', unknown: 'of an unknown kind' },
    place: 'In',
    sent: 'Sent',
    edited: 'Edited',
    deleted: 'Deleted',
    wasDeleted: 'The message was deleted. Teams no longer tells its words.',
    importance: 'Importance',
    importances: { high: 'High', urgent: 'Urgent' },
    picture: 'Picture in the message',
    readingPicture: 'Reading the picture',
    location: 'Taken at',
    attachmentKinds: {
      file: 'File',
      card: 'Card',
      'quoted reply': 'Quoted reply',
      'forwarded message': 'Forwarded message',
      'code snippet': 'Code snippet',
      announcement: 'Announcement',
      meeting: 'Meeting',
      tab: 'Tab',
      image: 'Picture',
      other: 'Attachment',
    },
  },

  localSide: {
    title: 'Pictures and monitoring',
    help: 'What the contact center and monitoring may ask this computer for. It has a port of its own, which the tunnel never reaches.',
    on: 'On',
    off: 'Off',
    pictures: 'Pictures for the contact center',
    picturesHelp:
      'Lets the contact center show pictures of messages and profile photos without rights in Microsoft, by addresses that are good for four hours.',
    metrics: 'Metrics',
    metricsHelp: 'Counters for monitoring in the OpenMetrics format. They name nobody.',
    host: 'Listens on',
    hostHelp: '127.0.0.1 is for this computer only. Enter its network address for others.',
    openNote:
      'Everybody on that network can ask. The answers travel unencrypted, so use a network that you trust.',
    port: 'Port for pictures and metrics',
    portHelp: 'Not the port of the webhook.',
    url: 'Address for others',
    urlHelp:
      'Only where the contact center or monitoring reaches this computer under another name or address.',
    picturesAt: 'Pictures at',
    metricsAt: 'Metrics at',
  },

  log: {
    title: 'Log',
    chips: { all: 'All', notifications: 'Notifications', activity: 'Activity', trouble: 'Trouble' },
    chipsLabel: 'Show',
    search: 'Search the log',
    views: { live: 'Live', stored: 'Stored' },
    viewsLabel: 'What is shown',
    storedFields: {
      what: {
        label: 'Kind',
        any: 'Any kind',
        words: { created: 'New', updated: 'Changed', deleted: 'Deleted', lifecycle: 'Lifecycle' },
      },
      origin: {
        label: 'Origin',
        any: 'Any origin',
        words: { graph: 'From Microsoft', 'catch-up': 'Caught up later', test: 'Tests' },
      },
      handOn: {
        label: 'Hand-on',
        any: 'Any hand-on',
        words: {
          waiting: 'Waiting to be handed on',
          done: 'Handed on',
          dead: 'Given up',
          none: 'Not to be handed on',
        },
      },
      content: {
        label: 'Content',
        any: 'Any content',
        words: {
          none: 'Without content',
          waiting: 'Content not checked yet',
          valid: 'Content from Microsoft',
          refused: 'Content refused',
        },
      },
    },
    storedTime: 'Time',
    storedTimes: {
      any: 'Any time',
      hour: 'Last hour',
      day: 'Last 24 hours',
      week: 'Last 7 days',
      between: 'Between…',
    },
    storedSearch: 'Id or name',
    foundCount: (count: string) => `${count} found`,
    tooManyNames: 'Many people and chats have such a name. Type more of it.',
    storedList: 'Stored notifications',
    from: 'From',
    to: 'Until',
    exportLines: 'Export JSON lines',
    exportHar: 'Export HAR',
    exported: ({ count, isCut }: { count: string; isCut: boolean }) =>
      isCut
        ? `Exported the newest ${count}. “emi-tray log --export” writes all.`
        : `Exported ${count}, without content and names.`,
    handOnFound: (count: string) => `Hand on again (${count})…`,
    handOnTitle: (count: string) => `Hand on ${count} again?`,
    handOnText:
      'The contact center receives these events once more, in their order, also those that it has taken before.',
    queued: (count: string) => `${count} wait for their turn.`,
    nothingStoredTitle: 'Nothing is stored yet',
    nothingStored:
      'Each notification from Teams is kept here for some days, to be found, exported or handed on again.',
    noStoredMatchTitle: 'No stored notification matches',
    noStoredMatch:
      'Choose other filters or less of the text. What messages say is not searched: it lies encrypted.',
    searching: 'Searching…',
    searchedBackTo: (time: string) => `Searched back to ${time}.`,
    further: 'Search further back',
    origins: { 'catch-up': 'Caught up later', test: 'Test' },
    handOnStates: { waiting: 'Waits', done: 'Handed on', dead: 'Given up' },
    headers: 'Headers of the post',
    pause: 'Pause',
    follow: 'Follow',
    newEntries: (count: number) => plural(count, { one: '1 new', other: `${count} new` }),
    showNew: (count: number) =>
      plural(count, { one: 'Show 1 new entry', other: `Show ${count} new entries` }),
    list: 'Log entries',
    count: (count: string) => `${count} entries`,
    emptyTitle: 'Nothing has happened yet',
    empty:
      'Each notification from Teams and everything that EMI Tray does appears here as it happens.',
    noMatchTitle: 'No entry matches',
    noMatch: 'Choose All or change the search.',
    clear: 'Show everything',
    kinds: {
      changeNotification: 'Notification',
      lifecycleNotification: 'Lifecycle',
      debug: 'Detail',
      info: 'Activity',
      warning: 'Warning',
      error: 'Error',
    },
    areas: {
      app: 'App',
      'sign-in': 'Sign-in',
      setup: 'Setup',
      secret: 'Secret',
      webhook: 'Webhook',
      subscription: 'Subscription',
      tunnel: 'Tunnel',
      inbox: 'Inbox',
      'hand-on': 'Hand-on',
      'catch-up': 'Catch-up',
      practice: 'Practice',
    },
    detail: 'Entry',
    closeDetail: 'Close the entry',
    time: 'Time',
    area: 'Area',
    kind: 'Kind',
    resource: 'Resource',
    change: 'Change',
    subscription: 'Subscription',
    chatOf: (id: string) => `Chat …${id}`,
    channelOf: (id: string) => `Channel …${id}`,
    facts: {
      appId: 'Client ID',
      attempt: 'Attempt',
      closed: 'Closed',
      code: 'Code',
      details: 'Information',
      expirationDateTime: 'Expires',
      failedAttempts: 'Failed attempts',
      handOn: 'Hand-on',
      host: 'Host',
      items: 'Notifications',
      notificationUrl: 'Notification URL',
      origin: 'Origin',
      port: 'Port',
      publicUrl: 'Public URL',
      reason: 'Reason',
      reference: 'Reference',
      resource: 'Resource',
      roles: 'Permissions',
      status: 'Status',
      subscriptionId: 'Subscription',
      tenant: 'Tenant',
      url: 'Address',
    },
    item: 'What Microsoft sent',
    testItem: 'What was posted',
    handOnAgain: 'Hand on again',
    handedOnAgain: {
      waiting: 'It waits for its turn.',
      done: 'It was handed on.',
      dead: 'It was given up.',
    },
    itemNote: 'The content of messages is not kept in the log.',
    content: 'Content',
    encrypted: 'Encrypted',
    loading: 'Reading',
  },

  application: {
    title: 'Application',
    question: 'Is the application in order?',
    tabsLabel: 'Parts of this page',
    tabs: { compare: 'Compare', secrets: 'Secrets', audit: 'Audit trail', report: 'Report' },
    words: {
      ok: 'In order',
      attention: 'Attention',
      failed: 'Not working',
      working: 'In progress',
      unknown: 'Not compared',
      notSetUp: 'Not set up',
    },
    answers: {
      notSetUp: 'There is no application yet. Set-up makes it.',
      secretExpired: 'Its client secret has expired, so nothing works. Rotate it under Secrets.',
      rotating: 'A new client secret is on its way. Finish the rotation under Secrets.',
      notInOrder: 'Something differs from what the contact center needs. Compare shows what.',
      secretEnds: (days: number) =>
        plural(days, {
          one: 'Everything is in place, but the client secret expires in 1 day.',
          other: `Everything is in place, but the client secret expires in ${days} days.`,
        }),
      inOrder: 'Everything that the contact center needs is in place.',
      partly: 'It is there, but set-up has not finished it yet. Apply the plan in Setup.',
      notCompared: 'Set up. What is in the tenant now has not been compared yet.',
    },
    permissionOf: (value: string, kind: string) => `${value} (${kind.toLowerCase()})`,
    secretOf: (hint: string) => `The secret that starts with ${hint}`,
    surplusOf: (name: string, found: string) => `${name}: ${found}`,
    emptyTitle: 'Nothing here yet',
    empty: 'The application appears here once set-up has made it.',
    emptyAction: 'Go to Setup',
    signIn: {
      waiting: 'Continue in your browser',
      waitingHelp: 'Sign in there as an administrator, then come back.',
      code: 'A sign-in with a code is under way.',
      codeOpen: 'Open it in Setup',
    },
  },

  compare: {
    title: 'Compare with the tenant',
    intro:
      'Reads the application as it is in Microsoft Entra and compares it with what the contact center needs. Only reads.',
    start: 'Compare with the tenant',
    again: 'Compare again',
    signIn: 'Sign in to compare',
    running: 'Reading your tenant. This usually takes a few seconds.',
    stop: 'Stop',
    stopHelp: 'Stopping keeps what was done so far.',
    at: 'Compared',
    inOrder: 'Everything is as it should be.',
    outdated:
      'By now Microsoft has shown that this is in order again. Comparing again shows it here.',
    notInOrder: (counts: { missing: number; different: number }) => {
      const missing = plural(counts.missing, {
        one: '1 thing is missing',
        other: `${counts.missing} things are missing`,
      })
      if (counts.missing > 0 && counts.different > 0) {
        return plural(counts.different, {
          one: `${missing}, 1 is different.`,
          other: `${missing}, ${counts.different} are different.`,
        })
      }
      if (counts.missing > 0) return `${missing}.`
      if (counts.different > 0) {
        return plural(counts.different, {
          one: '1 thing is different.',
          other: `${counts.different} things are different.`,
        })
      }
      return 'Not everything is as the contact center needs it.'
    },
    surplus: (count: number) =>
      plural(count, {
        one: '1 more thing is there that the contact center does not need.',
        other: `${count} more things are there that the contact center does not need.`,
      }),
    unknown: (count: number) =>
      plural(count, { one: '1 could not be read.', other: `${count} could not be read.` }),
    repairRule:
      'Repair adds what is missing and sets right what differs. It takes nothing away, unless you tick Remove.',
    removeRule: 'What is not needed stays, unless you tick Remove beside it.',
    repair: 'Repair',
    repairAnd: (count: number) => `Repair and remove ${count}`,
    removeOnly: (count: number) => `Remove ${count}`,
    repairSignIn: 'Sign in to repair',
    remove: 'Remove',
    removeNamed: (name: string) => `Remove ${name}`,
    removeTitle: (count: number) =>
      plural(count, {
        one: 'Remove 1 thing from the tenant?',
        other: `Remove ${count} things from the tenant?`,
      }),
    removeText:
      'The contact center does not need these, but somebody else may use them. Removing them cannot be undone here.',
    objectsTitle: 'Objects',
    object: 'Object',
    expected: 'Should be',
    actual: 'Is',
    state: 'State',
    states: {
      ok: 'In order',
      missing: 'Missing',
      different: 'Different',
      surplus: 'Not needed',
      unknown: 'Not readable',
    },
    application: 'Application',
    objectHelp: {
      'service-principal': 'The application’s instance in your tenant. It holds the consent.',
      'sign-in-audience': 'Whether only people of your tenant may use the application.',
    },
    permissionsTitle: 'Permissions',
    permissionsHelp:
      'Required by the contact center, configured on the application, granted by an administrator.',
    permission: 'Permission',
    off: 'Off',
    required: 'Required',
    configured: 'Configured',
    granted: 'Granted',
    yes: 'Yes',
    no: 'No',
    secretsTitle: 'Secrets that EMI Tray does not know',
    secretsHelp: 'Remove one only if you are sure that nothing else signs in with it.',
    secretLine: (hint: string, date: string) => `Starts with ${hint}, ends on ${date}`,
  },

  secrets: {
    current: 'Current client secret',
    currentHelp: 'The password of the application. Handover gives it to Bright Pattern.',
    none: 'No secret yet',
    noneHelp: 'Set-up makes one. From then on its days are counted here.',
    daysLeft: (days: number) => plural(days, { one: '1 day left', other: `${days} days left` }),
    expired: 'Expired',
    levels: { ok: 'OK', soon: 'Soon', urgent: 'Urgent', expired: 'Expired', none: 'None' },
    lifeLabel: 'Share of its life that is left',
    hint: 'Starts with',
    keyId: 'Secret ID',
    keyIdHelp:
      'Names the secret in Microsoft Entra. It is not the secret, and it does not work in its place.',
    validFrom: 'Valid from',
    validUntil: 'Valid until',
    nextAlert: 'Next reminder',
    calendar: 'Save a calendar file',
    calendarHelp: 'An appointment with reminders, for you or for whoever comes after you.',
    rotation: 'Rotation',
    rotationHelp: 'Replaces the secret while both work, so that Teams never stops.',
    rotationIntro:
      'Do it in time, and calmly: the old secret keeps working until you say that the new one does.',
    steps: {
      add: 'Add a new one',
      prove: 'Prove it five times',
      enter: 'Enter it in Bright Pattern',
      remove: 'Remove the old one',
    },
    about: {
      add: 'A second secret beside the old one. Both work.',
      prove:
        'Microsoft takes a while to know a new secret everywhere. It has to work five times in a row.',
      enter: 'Copy it in Handover, paste it into the integration account, press Test connection.',
      remove: 'Only once you said that Test connection is OK.',
    },
    proven: (done: number, needed: number) => `Worked ${done} of ${needed} times in a row.`,
    newSecret: (hint: string, date: string) => `New: starts with ${hint}, ends on ${date}.`,
    oldSecret: (hint: string, date: string) => `Old: starts with ${hint}, ends on ${date}.`,
    rotate: 'Rotate the secret',
    rotateSignIn: 'Sign in to rotate the secret',
    goOn: 'Go on with the rotation',
    goOnSignIn: 'Sign in to go on',
    openHandover: 'Open Handover to copy it',
    confirm: 'Test connection said OK: remove the old one',
    confirmTitle: 'Remove the old secret?',
    confirmText:
      'From then on only the new one works. If Bright Pattern still has the old one, Teams stops for every agent until the new one is entered.',
    confirmButton: 'Remove the old secret',
    abandon: 'Go back to the old secret',
    abandonTitle: 'Go back to the old secret?',
    abandonText:
      'The new secret is removed, and the old one stays in use. If the new one is already in Bright Pattern, enter the old one again first.',
    editNotDelete:
      'Edit the integration account in Bright Pattern, never delete it: deleting it disables Teams for every agent.',
    all: 'All secrets of the application',
    allHelp: 'What Microsoft Entra listed when it was last compared. Values are never shown there.',
    allUnknown: 'Compare with the tenant, and every secret of the application is listed here.',
    allChanged: 'The secrets have changed since the last comparison. Compare again to list them.',
    allNone: 'The application has no secret.',
    openCompare: 'Go to Compare',
    removeForeign: 'One that EMI Tray does not know can be removed under Compare.',
    states: {
      current: 'Current',
      next: 'New',
      previous: 'Old, still works',
      foreign: 'Not from EMI Tray',
    },
    ended: (date: string) => `Ended on ${date}`,
    ends: (date: string) => `Ends on ${date}`,
  },

  audit: {
    title: 'Audit trail',
    intro:
      'Everything that EMI Tray wrote to your tenant, with who did it. Secrets are never part of it.',
    search: 'Search the audit trail',
    chipsLabel: 'Show',
    chips: {
      all: 'All',
      create: 'Created',
      change: 'Changed',
      remove: 'Removed',
      trouble: 'Trouble',
    },
    count: (count: number) => plural(count, { one: '1 entry', other: `${count} entries` }),
    exportCsv: 'Save as CSV',
    exportJson: 'Save as JSON',
    emptyTitle: 'Nothing has been written yet',
    empty: 'Each change that EMI Tray makes in your tenant appears here, with who made it.',
    noMatchTitle: 'No entry matches',
    noMatch: 'Choose All or change the search.',
    clear: 'Show everything',
    loading: 'Reading',
    more: 'Show more',
    time: 'Time',
    account: 'Account',
    what: 'What',
    name: 'Name',
    outcome: 'Outcome',
    actions: { create: 'Created', change: 'Changed', remove: 'Removed' },
    /** For a write that was refused, or whose answer was lost. */
    attempts: { create: 'Tried to create', change: 'Tried to change', remove: 'Tried to remove' },
    objects: {
      application: 'Application',
      applications: 'Application',
      servicePrincipal: 'Enterprise application',
      servicePrincipals: 'Enterprise application',
      oauth2PermissionGrant: 'Consent, delegated',
      oauth2PermissionGrants: 'Consent, delegated',
      appRoleAssignment: 'Consent, application',
      appRoleAssignments: 'Consent, application',
      passwordCredential: 'Client secret',
      passwordCredentials: 'Client secret',
      clientSecret: 'Client secret',
      owners: 'Owner',
      owner: 'Owner',
      subscription: 'Subscription',
      subscriptions: 'Subscription',
    },
    whatOf: (action: string, object: string) => `${action}: ${object}`,
    outcomes: { done: 'Done', refused: 'Refused', unknown: 'Answer lost' },
    open: (what: string, name: string) => `Details of ${what}, ${name}`,
    before: 'Before',
    after: 'After',
    nothing: 'Nothing',
    request: 'Request',
    status: 'Status',
    requestId: 'Request-id',
    requestIdHelp: 'Microsoft’s support finds the request by it.',
    clientRequestId: 'Client-request-id',
    tenantId: 'Tenant ID',
  },

  report: {
    title: 'Report for your records',
    intro:
      'What was set up, with ids, permissions and their reasons, who consented when, and when the secret expires. It holds no secret, so it can be sent and filed.',
    markdown: 'Save as Markdown',
    html: 'Save as HTML',
    help: 'HTML opens in any browser and prints well. Markdown suits a wiki or a ticket.',
    notCompared: 'Compare with the tenant first, and the report also says what is there now.',
  },

  save: {
    making: 'Preparing',
    saved: 'Ready to save',
  },

  extras: {
    title: 'Optional extras',
    help: 'Permissions that most contact centers do not need.',
    intro:
      'Off by default, each with its reason. After a change a new plan waits in Setup. It takes effect once you apply it there.',
    planWaits: 'A changed plan waits in Setup.',
    openPlan: 'Go to the plan',
    kind: 'Application permission',
    reasons: {
      'Chat.Read.All':
        'Needed only where Microsoft refuses the one subscription to all chat messages of the tenant.',
      'Application.Read.All':
        'Lets the 5.19 form read when the secret expires, for its field Expires at. With it the application sees the settings of every application of the tenant, never their secrets.',
      'Presence.Read.All':
        'Lets the contact center see who is available while no agent is signed in.',
      'Files.Read.All':
        'Lets the contact center fetch files that people share in a chat. With it the application can read every file of the tenant in OneDrive and SharePoint.',
    },
  },

  adopted: {
    label: 'Application in use',
    help: 'Somebody made this application by hand, and it was chosen in Setup. This is its client ID.',
    useOwn: 'Use EMI Tray’s own',
    useOwnTitle: 'Use EMI Tray’s own application?',
    useOwnText:
      'The next plan in Setup then makes or finds EMI Tray’s own application. Nothing is removed from the one in use. After applying, the values in Bright Pattern have to be replaced.',
  },

  removal: {
    title: 'Leave EMI Tray',
    intro:
      'Lists what EMI Tray made, in your tenant and on this computer, also what is left of applications that are no longer in use, and removes what you choose.',
    list: 'List what EMI Tray made',
    listAgain: 'List again',
    listed: 'Listed',
    listing: 'Looking for everything that EMI Tray made.',
    nothing: 'Nothing is left of what EMI Tray made.',
    exportFirst:
      'Export the audit trail first, if you want to keep it. It is removed with the rest.',
    openAudit: 'Open the audit trail',
    signedOut: 'You are signed out. What is in the tenant can be removed only after a sign-in.',
    signIn: 'Sign in to remove from the tenant',
    places: { tenant: 'In your tenant', 'this-machine': 'On this computer' },
    stays: 'Stays',
    states: { listed: 'Listed', running: 'Removing', done: 'Removed', failed: 'Failed' },
    remove: 'Remove the selected',
    removeCount: (count: number) =>
      plural(count, { one: '1 selected', other: `${count} selected` }),
    confirmTitle: (count: number) =>
      plural(count, { one: 'Remove 1 thing?', other: `Remove ${count} things?` }),
    confirmTenant:
      'Teams stops working for every agent of the contact center, at once. To use it again, somebody has to set it up from the beginning.',
    confirmFormer:
      'What still signs in with an application or client secret that is no longer in use stops working. What is in use stays as it is.',
    confirmMachine:
      'This computer forgets its part of EMI Tray. The application in your tenant stays as it is.',
    confirm: 'Remove',
    running: 'Removing. What is done stays done if you stop.',
    finished: 'Everything you selected was removed.',
    finishedPartly: (counts: { failed: number; total: number }) =>
      `${counts.failed} of ${counts.total} could not be removed. Look at the reasons below, then remove the rest.`,
  },

  network: {
    title: 'Network',
    intro: 'The proxy, extra certificates, and a check of everything that has to be reached.',
    elsewhere: 'Behind a proxy, or with an authority of your own for certificates?',
    open: 'Open Network',
    back: 'Settings',
    wayOut: 'Proxy',
    kind: 'Which proxy',
    kinds: { system: 'As the system', none: 'None', address: 'This one' },
    kindHelp: {
      desktop: 'As this computer’s network settings say, with their script if there is one.',
      headless: 'As the variables HTTPS_PROXY and NO_PROXY say.',
      none: 'Everything is reached directly.',
      address: 'Everything but this computer goes through the proxy below.',
    },
    address: 'Address of the proxy',
    addressPlaceholder: 'proxy.example.com:8080',
    bypass: 'Reached directly',
    bypassHelp:
      'Hosts inside your network, separated by commas, such as the contact center: names (example.com with all below it) or IP addresses, each with :8443 for that port only. * stands for every host.',
    username: 'User name',
    usernameHelp:
      'Only for a proxy that asks for a sign-in. Basic works; for NTLM or Kerberos ask your network team for another way.',
    password: 'Password',
    passwordKept: 'One is kept, encrypted. It is never shown.',
    passwordNone: 'None is kept.',
    passwordSave: 'Keep the password',
    passwordReplace: 'Replace it',
    passwordForget: 'Forget it',
    caFile: 'CA file',
    caFileHelp:
      'Path of a PEM file with the certificate of your own authority, for a proxy that inspects TLS. What the system trusts is trusted anyway.',
    check: 'Network check',
    checkIntro:
      'Tries each address that EMI Tray needs, hop by hop, without sending a secret. It takes some seconds.',
    start: 'Check',
    again: 'Check again',
    checking: 'Starting',
    stopHelp: 'What was found stays.',
    checked: 'Checked',
    allOk: 'Everything can be reached.',
    notOk: (count: number) =>
      plural(count, {
        one: '1 address cannot be reached as it should.',
        other: `${count} addresses cannot be reached as they should.`,
      }),
    states: { ok: 'OK', warning: 'Look at this', failed: 'Failed' },
    firewall: 'Text for your network team',
    firewallIntro:
      'Which connections to allow, in which direction and why. It holds addresses from your settings, and no secret.',
    firewallFor: 'With this tunnel',
    firewallShow: 'Show the text',
    firewallText: 'The text to send',
    firewallSave: 'Save it',
    fromError: 'Check the network',
  },

  about: {
    title: 'About EMI Tray',
    version: (version: string) => `Version ${version}. Released under the MIT License.`,
    diagnosticsHelp:
      'For whoever helps you: logs, settings and records of crashes in one file, without secrets, sign-in names and messages. Nothing is sent.',
    diagnostics: 'Save a diagnostics file',
    saved: 'Saved as',
    licences: 'What EMI Tray is made of, with licences',
    update: {
      checkNow: 'Check for updates',
      unchecked: 'Updates are looked for a few times a day.',
      current: (time: string) => `No newer version for this computer. Last looked ${time}.`,
      checking: 'Looking for a newer version.',
      downloading: (version: string, percent: number) =>
        `Version ${version} is being fetched: ${percent} %.`,
      ready: (version: string) => `Version ${version} is here.`,
      readyHelp:
        'It is used after a restart, which takes a few seconds. Nothing is lost: Microsoft repeats what it cannot deliver meanwhile. EMI Tray never restarts by itself.',
      restart: 'Restart to update',
    },
  },
  settings: {
    title: 'Settings',
    intro: 'Changes apply at once.',
    saved: (label: string) => `${label} saved`,
    appearance: 'Appearance',
    theme: 'Theme',
    themeHelp: 'Follow the system, or always the same.',
    themes: { system: 'System', light: 'Light', dark: 'Dark' },
    alerts: 'Alerts',
    alertsHelp:
      'What pops up when it needs you, once for each cause, and never while this window is before you. The pages show all of it in any case.',
    alertKinds: {
      app: {
        title: 'EMI Tray cannot work',
        help: 'The vault, the disk or the local port needs you.',
      },
      tunnel: {
        title: 'The public address does not lead here',
        help: 'For more than five minutes, or soon because its token runs out.',
      },
      subscription: {
        title: 'A subscription was lost',
        help: 'And could not be made anew within five minutes.',
      },
      'taken-over': {
        title: 'Another computer took over',
        help: 'The tunnel or the notifications.',
      },
      access: {
        title: 'The application was changed',
        help: 'A permission, a consent or something else it needs.',
      },
      secret: {
        title: 'The client secret expires',
        help: '60, 30, 15, 7 and 1 days before, and when it has.',
      },
      'slow-webhook': {
        title: 'The webhook answers slowly',
        help: 'Above the share at which Microsoft holds back.',
      },
      'hand-on': {
        title: 'The contact center takes no events',
        help: 'For more than a quarter of an hour.',
      },
      gap: { title: 'Notifications were missed', help: 'And what could be read again.' },
    },
    computer: 'This computer',
    startAtLogin: 'Start EMI Tray at login',
    startAtLoginHelp: 'In the tray, without its window.',
    keepAwake: 'Keep this computer awake while the webhook listens',
    keepAwakeHelp: 'The screen may still turn off. On battery it empties sooner.',
    contactCenter: 'Contact center',
    integrationName: 'Name of the integration account',
    integrationNameHelp: 'What Handover offers for the field Name.',
    formVersion: 'Version of Bright Pattern',
    formVersionHelp: 'Decides the fields that Handover shows.',
    application: 'Entra application',
    applyAgain: 'Takes effect when you plan and apply again in Setup.',
    secretMonths: 'Secret life in months',
    webhook: 'Webhook',
    port: 'Local port',
    portHelp:
      'The webhook listens on this port of 127.0.0.1. Your proxy or tunnel must point to it.',
    rich: 'Content with notifications',
    richHelp:
      'Microsoft sends each message along, encrypted for this computer, and proves that it comes from Microsoft. Off: only ids arrive. Changing it makes the subscriptions anew.',
    richChoices: { off: 'Off', on: 'On' },
    keepDays: 'Days that notifications are kept',
    keepDaysHelp: '1 to 90 days. What has not been handed on yet is kept longer.',
    people: 'Person by person',
    peopleHelp: 'User principal names to subscribe one by one, one per line. Usually empty.',
    presence: 'Presence of these people',
    presenceHelp:
      'User principal names, one per line, up to 650. Presence is received only while an administrator is signed in, who accepts Presence.Read.All at the next sign-in.',
    microsoft: 'Microsoft',
    connection: 'Connection',
    inUse: 'In use',
    modes: { microsoft: 'Microsoft', practice: 'Practice tenant' },
    modeHelp: {
      microsoft: 'Your real tenant.',
      practice: 'A simulated Microsoft on this computer.',
    },
    switchTo: {
      microsoft: 'Switch to Microsoft',
      practice: 'Switch to the practice tenant',
    },
    switchTitle: {
      microsoft: 'Switch to Microsoft?',
      practice: 'Switch to the practice tenant?',
    },
    switchText: {
      microsoft:
        'The practice tenant stops. The webhook then works for your real tenant, with its own settings and credentials.',
      practice:
        'The webhook stops receiving from your real tenant while you practise. Its settings and credentials stay as they are and are back when you switch back.',
    },
    leave: 'Back to the first page',
    leaveHelp: 'Stops the webhook and asks again what to connect to. Nothing is deleted.',
    leaveTitle: 'Leave this connection?',
    leaveText:
      'The webhook stops and the first page opens. Settings, the application in Entra and its secret stay.',
    leaveConfirm: 'Leave',
  },
}
