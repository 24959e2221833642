import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from './server-process.mjs';

/** Whether Kamailio (Debian package kamailio) is there. */
export function hasKamailio() {
  return spawnSync('kamailio', ['-v']).status === 0;
}

/** Kamailio as a registrar that keeps its bindings in memory; with `digest`, every user's password is `secret`. */
export function startKamailio(digest = false) {
  return startProgram((port, folder) => {
    const file = join(folder, 'kamailio.cfg');
    writeFileSync(file, configuration(port, digest));
    return ['kamailio', '-f', file, '-DD', '-E', '-m', '256', '-Y', folder, '-w', folder];
  });
}

const configuration = (port, digest) => `#!KAMAILIO
debug=-2
log_stderror=yes
fork=yes
children=2
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:${port}

loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"

modparam("usrloc", "db_mode", 0)
modparam("usrloc", "hash_size", 14)

request_route {
  if (!is_method("REGISTER")) {
    sl_send_reply("405", "Method Not Allowed");
    exit;
  }
${
  digest
    ? `  if (!pv_auth_check("example.com", "secret", "0", "0")) {
    auth_challenge("example.com", "0");
    exit;
  }
`
    : ''
}  if (!save("location")) sl_reply_error();
}
`;
