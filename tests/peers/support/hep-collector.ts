import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './child';
import { freePort } from './ports';

/** What a capture server has understood of a packet. */
export interface CollectedMessage {
  source: string;
  target: string;
  /** Method, or status. */
  message: string;
  callId: string;
}

export interface HepCollector {
  readonly port: number;
  /** Resolves once there are so many. */
  messages(count: number): Promise<CollectedMessage[]>;
}

/** Starts Kamailio as a capture server on 127.0.0.1, with its own HEP parser and SIP parser. */
export async function startHepCollector(): Promise<HepCollector> {
  const folder = mkdtempSync(join(tmpdir(), 'collector-'));
  const port = await freePort();
  const file = join(folder, 'kamailio.cfg');
  writeFileSync(file, configuration(port, folder));
  const child = start('kamailio', ['-f', file, '-DD', '-E', '-m', '64', '-Y', folder, '-w', folder]);
  await child.waitFor(/ready to serve/);
  const found = () =>
    [...child.output().matchAll(/HEP\|(\S*)\|[^|]*\|(\S*)\|(\S*)\|(\S*)\|/g)].map((match): CollectedMessage => {
      const [, target = '', source = '', message = '', callId = ''] = match;
      return { source, target, message, callId };
    });
  return {
    port,
    async messages(count) {
      for (let tries = 0; tries < 100 && found().length < count; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return found();
    },
  };
}

const configuration = (port: number, folder: string) => `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:${port}

loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "db_text.so"
loadmodule "sipcapture.so"

modparam("sipcapture", "db_url", "text://${folder}")
modparam("sipcapture", "hep_capture_on", 1)
modparam("sipcapture", "capture_on", 1)

event_route[core:worker-one-init] {
  xlog("L_ERR", "ready to serve\\n");
}

# The port it came to first: Kamailio keeps it where it writes the next number it is asked for.
request_route {
  xlog("L_ERR", "HEP|$Ri:$Rp|");
  xlog("L_ERR", "|$si:$sp|$rm|$ci|\\n");
  drop;
}

onreply_route {
  xlog("L_ERR", "HEP|$Ri:$Rp|");
  xlog("L_ERR", "|$si:$sp|$rs|$ci|\\n");
  drop;
}
`;
