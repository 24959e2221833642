import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, start } from './child';

/** A Kamailio of the current test, which may be started again where it was. */
export interface KamailioProcess {
  /** Where its files are; the database of `db_text` as well. */
  readonly folder: string;
  readonly child: Child;
  stop(): Promise<void>;
  /** On the same ports, with the same configuration, and nothing remembered. */
  start(): Promise<void>;
}

/** Starts Kamailio with a configuration; what every one of ours begins with comes before it. */
export async function startKamailioWith(
  configuration: (folder: string) => string,
  files: Readonly<Record<string, string>> = {},
): Promise<KamailioProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'kamailio-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const file = join(folder, 'kamailio.cfg');
  writeFileSync(file, preamble + configuration(folder));
  const run = async () => {
    const child = start('kamailio', ['-f', file, '-DD', '-E', '-m', '64', '-Y', folder, '-w', folder]);
    await child.waitFor(/ready to serve/);
    return child;
  };
  let child = await run();
  return {
    folder,
    get child() {
      return child;
    },
    stop: async () => {
      await child.stop();
    },
    start: async () => {
      child = await run();
    },
  };
}

const preamble = `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=2
tcp_children=2
auto_aliases=no

loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "outbound.so"
loadmodule "rr.so"
loadmodule "path.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "sanity.so"
loadmodule "xlog.so"

event_route[core:worker-one-init] {
  xlog("L_ERR", "ready to serve\\n");
}

route[CHECK] {
  if (!mf_process_maxfwd_header("20")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if (!sanity_check("1511", "7")) {
    xlog("L_ERR", "SANITY $rm from $si:$sp\\n");
    exit;
  }
}
`;
