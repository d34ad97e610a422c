/**
 * The commented `switchboard.jsonc` that `switchboard init` writes: every key with its default,
 * so that the file says what can be set. Who is allowed is for the owner to fill in.
 */
export function settingsTemplate(options: { allowedUsers?: readonly number[] } = {}): string {
  return TEMPLATE.replace("[]", `[${(options.allowedUsers ?? []).join(", ")}]`);
}

const TEMPLATE =
  `// Settings of Switchboard. JSON with comments; a wrong key or value stops the start and is named.
// Secrets do not belong here: the bot token comes from the variable TELEGRAM_BOT_TOKEN, from the
// file that telegram.token_file names, or from the systemd credential "telegram_bot_token".
{
  "telegram": {
    // The ids of the Telegram users who may use the bot (@userinfobot tells yours).
    // Nobody else gets an answer. Required: an empty list does not mean everyone.
    "allowed_users": [],
    // "token_file": "bot-token",
    // The Bot API server.
    "api_root": "https://api.telegram.org",
    // How a running turn is shown: "edit" one message, "draft", or "off" for the answer alone.
    "stream": "edit"
  },

  "claude": {
    // The program and its first arguments.
    "command": ["claude"],
    // For sessions that choose none: default, acceptEdits, plan, dontAsk, auto, bypassPermissions.
    "permission_mode": "default",
    // Whether a session may be switched to bypassPermissions from the chat, after a warning.
    "allow_bypass": false,
    // For sessions that choose none: an alias such as "opus"; null leaves it to Claude.
    "model": null,
    // After so many quiet minutes (1 to 120) a process is closed; its session keeps everything.
    "idle_minutes": 10,
    // How many processes may be alive at once (1 to 50).
    "max_processes": 4,
    // The most steps that one prompt may take, whatever the persona says; without it that decides.
    // "max_turns": 50,
    // A turn that says nothing for so long is reported, with a button to stop it.
    "watchdog_minutes": 5,
    // A request of Claude that nobody answers for so long parks its turn; a tap goes on with it.
    "prompt_minutes": 30,
    // What a day may cost in US dollars: warned of at 80 %, then each message is asked about.
    "budget_usd_per_day": null,
    // Further environment variables for Claude.
    "env": {}
  },

  // Services of the homelab, each of them optional. Their secrets stand in files of their own. Where no
  // public authority signed the certificate: "ca_file", or the "fingerprint" that Proxmox shows.
  //   "pbs": { "url": "https://10.0.0.6:8007", "token_file": "pbs-token", "fingerprint": "3a:f1:…" },
  //   "pve": { "url": "https://10.0.0.5:8006", "token_file": "pve-token", "ca_file": "pve-root-ca.pem" },
  //   "beszel": { "url": "https://beszel.lan", "email": "bot@lan", "password_file": "beszel-password" },
  //   "kuma": { "url": "https://kuma.lan", "api_key_file": "kuma-key" },
  //   "ping": { "hosts": ["nas.lan", "10.0.0.2:22"] },
  //   "commands": { "updates": { "run": ["bin/updates"], "seconds": 60 } }
  "homelab": {},

  "alerts": {
    // Whether trouble is reported without being asked.
    "enabled": false,
    "every_minutes": 5,
    // Alerts wait until this span is over; null for none.
    "quiet_hours": "23:00-07:00",
    // When the daily digest is sent; null for never.
    "digest_at": "08:00"
  },

  "watches": {
    // Files that a watch may read, by their absolute paths.
    "paths": [],
    // Commands that a watch may run beside its own few, each exactly as it stands here. Their output
    // goes to a model that may believe what it reads there: name none that shows a secret.
    //   "commands": ["docker logs --tail 100 jellyfin", "systemctl --failed"]
    "commands": []
  },

  // Directories of yours by name, below home. With "trust": "always" what one brings (hooks, servers,
  // rules) is used as it is at each start, without a tap:
  // "infra": { "directory": "sessions/infra", "trust": "always" }
  "projects": {},

  "log": {
    // The least level that is logged: trace, debug, info, warning, error, fatal.
    "level": "info"
  }
}
`;
