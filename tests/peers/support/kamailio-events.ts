import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type KamailioProcess, startKamailioWith } from './kamailio-process';
import { freePort } from './ports';

/** Tables of `db_text`, empty, as Kamailio's package brings them. */
const TABLES = '/usr/share/kamailio/dbtext/kamailio';

/**
 * Starts Kamailio as a presence server (RFC 3856, RFC 3903) and as a registrar and proxy for requests of any method, over UDP and TCP.
 */
export async function startKamailioEvents(): Promise<{ port: number; kamailio: KamailioProcess }> {
  const port = await freePort();
  const kamailio = await startKamailioWith((folder) => {
    for (const table of ['version', 'presentity', 'active_watchers', 'watchers', 'xcap', 'pua']) {
      cpSync(join(TABLES, table), join(folder, table));
    }
    return configuration(port, folder);
  });
  return { port, kamailio };
}

const configuration = (port: number, folder: string) => `
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}

loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "db_text.so"
loadmodule "presence.so"
loadmodule "presence_xml.so"
loadmodule "presence_dialoginfo.so"
loadmodule "presence_mwi.so"

modparam("presence|presence_xml", "db_url", "text://${folder}")
modparam("presence", "server_address", "sip:127.0.0.1:${port}")
modparam("presence", "subs_db_mode", 0)
modparam("presence", "min_expires", 5)
modparam("presence", "max_expires", 600)
modparam("presence_xml", "force_active", 1)
modparam("registrar", "min_expires", 5)

request_route {
  route(CHECK);
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  if (has_totag()) {
    if (loose_route()) {
      t_relay();
    } else if (is_method("SUBSCRIBE")) {
      route(PRESENCE);
    } else if (is_method("ACK")) {
      if (t_check_trans()) t_relay();
    } else {
      sl_send_reply("404", "Not Here");
    }
    exit;
  }
  t_check_trans();
  if (is_method("REGISTER")) {
    if (!save("location")) sl_reply_error();
    exit;
  }
  if (is_method("PUBLISH") || (is_method("SUBSCRIBE") && $hdr(Event) =~ "^(presence|dialog|message-summary)")) {
    route(PRESENCE);
  }
  if (is_method("INVITE|SUBSCRIBE|REFER")) record_route();
  if (!lookup("location")) {
    sl_send_reply("404", "Not Found");
    exit;
  }
  t_relay();
}

route[PRESENCE] {
  if (!t_newtran()) {
    sl_reply_error();
    exit;
  }
  if (is_method("PUBLISH")) handle_publish();
  else handle_subscribe();
  t_release();
  exit;
}
`;
