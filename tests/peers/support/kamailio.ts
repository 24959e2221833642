import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, start } from './child';
import { freePort } from './ports';

export interface Kamailio {
  readonly port: number;
  readonly child: Child;
}

/**
 * Starts Kamailio on 127.0.0.1 as registrar with digest authentication (every user's password is `secret-USER`) and as a
 * record-routing proxy between the registered users, over UDP and TCP.
 */
export async function startKamailio(): Promise<Kamailio> {
  const folder = mkdtempSync(join(tmpdir(), 'kamailio-'));
  const port = await freePort();
  const file = join(folder, 'kamailio.cfg');
  writeFileSync(file, configuration(port));
  const child = start('kamailio', ['-f', file, '-DD', '-E', '-m', '64', '-Y', folder, '-w', folder]);
  await child.waitFor(/ready to serve/);
  return { port, child };
}

const configuration = (port: number) => `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=2
tcp_children=2
auto_aliases=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}

loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "sanity.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"

modparam("registrar", "max_expires", 3600)
modparam("registrar", "min_expires", 10)
modparam("rr", "enable_full_lr", 1)

event_route[core:worker-one-init] {
  xlog("L_ERR", "ready to serve\\n");
}

request_route {
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if (!sanity_check("1511", "7")) {
    xlog("L_ERR", "SANITY $rm from $si:$sp\\n");
    exit;
  }
  if (has_totag()) {
    if (loose_route() || is_method("ACK")) {
      t_relay();
      exit;
    }
    sl_send_reply("404", "Not here");
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  t_check_trans();
  if (is_method("REGISTER")) {
    if (!pv_auth_check("$fd", "secret-$fU", "0", "1")) {
      auth_challenge("$fd", "1");
      exit;
    }
    if (!save("location")) sl_reply_error();
    exit;
  }
  if (is_method("OPTIONS") && $rU == $null) {
    sl_send_reply("200", "Keepalive");
    exit;
  }
  if (is_method("INVITE|SUBSCRIBE")) record_route();
  if (!lookup("location")) {
    sl_send_reply("404", "Not Found");
    exit;
  }
  t_relay();
}
`;
