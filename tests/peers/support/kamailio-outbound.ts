import type { TlsCertificate } from '@offhook/sip-core/node';
import { type KamailioProcess, startKamailioWith } from './kamailio-process';
import { freePort } from './ports';

/** Two Kamailios: an edge proxy that phones have flows to (RFC 5626 §5), and behind it, over UDP, the registrar of example.com. */
export interface OutboundServers {
  readonly edge: KamailioProcess;
  readonly registrar: KamailioProcess;
  /** Port of the edge for UDP, TCP and WebSocket. */
  readonly port: number;
  /** Port of the edge for TLS and WebSocket over it. */
  readonly tlsPort: number;
}

/** How the servers are set up. */
export interface OutboundServersOptions {
  /** Who the edge is over TLS. */
  certificate?: TlsCertificate;
  /** Authority, as PEM, that phones must have a certificate of. */
  clientAuthority?: string;
  /** Seconds the edge gives phones between keep-alives. */
  flowTimer?: number;
}

/** Starts both on 127.0.0.1. The password of each user is `secret-` and the name; digest is by SHA-256 alone. */
export async function startOutboundServers(options: OutboundServersOptions = {}): Promise<OutboundServers> {
  const [port, tlsPort, registrarPort] = [await freePort(), await freePort(), await freePort()];
  const { certificate, clientAuthority, flowTimer = 20 } = options;
  const registrar = await startKamailioWith(() => registrarConfiguration(registrarPort));
  const edge = await startKamailioWith(
    (folder) =>
      edgeConfiguration({ port, registrarPort, flowTimer, ...(certificate && { tls: tlsSettings(tlsPort, folder) }) }),
    certificate && {
      'cert.pem': String(certificate.cert),
      'key.pem': String(certificate.key),
      'tls.cfg': `[server:default]\nmethod = TLSv1.2+\ncertificate = cert.pem\nprivate_key = key.pem\n${
        clientAuthority ? 'verify_certificate = yes\nrequire_certificate = yes\nca_list = ca.pem\n' : ''
      }[client:default]\nmethod = TLSv1.2+\n`,
      ...(clientAuthority && { 'ca.pem': clientAuthority }),
    },
  );
  return { edge, registrar, port, tlsPort };
}

const tlsSettings = (port: number, folder: string) => `
enable_tls=yes
listen=tls:127.0.0.1:${port}
loadmodule "tls.so"
modparam("tls", "config", "${folder}/tls.cfg")
`;

const edgeConfiguration = ({ port, registrarPort, flowTimer, tls = '' }: EdgeSettings) => `
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
force_rport=yes
tcp_connection_lifetime=${flowTimer + 10}
tcp_accept_no_cl=yes

loadmodule "stun.so"
loadmodule "nathelper.so"
loadmodule "xhttp.so"
loadmodule "websocket.so"
${tls}
modparam("tm", "failure_reply_mode", 3)
# A phone that says nothing for so long is not behind that flow any more.
modparam("tm", "fr_timer", 1500)
modparam("rr", "append_fromtag", 0)
# So that flows are known again after a restart: those over UDP outlive it.
modparam("outbound", "flow_token_secret", "kept over restarts")
modparam("outbound", "force_outbound_flag", 1)

request_route {
  route(CHECK);
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  if (has_totag()) {
    if (loose_route()) {
      if (is_method("NOTIFY")) record_route();
      t_relay();
    } else if (is_method("ACK")) {
      if (t_check_trans()) t_relay();
    } else {
      sl_send_reply("404", "Not Here");
    }
    exit;
  }
  t_check_trans();
  if (is_method("REGISTER")) {
    remove_hf("Route");
    add_path();
    $du = "sip:127.0.0.1:${registrarPort}";
    t_relay();
    exit;
  }
  # What comes from a phone is to be answered over its flow: others could not reach it at the address it names.
  if ($sp != ${registrarPort}) setflag(1);
  if (is_method("INVITE|SUBSCRIBE|REFER")) record_route();
  if ($sp != ${registrarPort}) {
    remove_hf("Route");
    $du = "sip:127.0.0.1:${registrarPort}";
  } else if (!loose_route()) {
    sl_send_reply("403", "Forbidden");
    exit;
  } else {
    xlog("L_ERR", "BY FLOW $rm to $du\\n");
    # A connection that is gone cannot be made from here.
    set_forward_no_connect();
    t_on_failure("FLOW");
    if (!t_relay()) send_reply("430", "Flow Failed");
    exit;
  }
  t_relay();
}

onreply_route {
  if ($rm == "REGISTER" && $rs >= 200 && $rs <= 299) {
    remove_hf("Flow-Timer");
    if ($(hdr(Require)[*]) =~ "outbound") insert_hf("Flow-Timer: ${flowTimer}\\r\\n", "Call-ID");
  }
}

failure_route[FLOW] {
  if (t_branch_timeout() || !t_branch_replied()) send_reply("430", "Flow Failed");
}

event_route[xhttp:request] {
  if ($hdr(Upgrade) =~ "websocket" && $rm == "GET") {
    if (ws_handle_handshake()) exit;
  }
  xhttp_reply("404", "Not Found", "", "");
}
`;

interface EdgeSettings {
  port: number;
  registrarPort: number;
  flowTimer: number;
  tls?: string;
}

const registrarConfiguration = (port: number) => `
listen=udp:127.0.0.1:${port}
disable_tcp=yes

loadmodule "tmx.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"

modparam("rr", "append_fromtag", 0)
modparam("tm", "failure_reply_mode", 3)
modparam("tm", "contact_flows_avp", "tm_contact_flows")
modparam("tm", "contacts_avp", "tm_contacts")
modparam("registrar", "use_path", 1)
modparam("registrar", "gruu_enabled", 1)
modparam("registrar", "outbound_mode", 1)
modparam("registrar", "min_expires", 10)
modparam("auth", "algorithm", "SHA-256")

request_route {
  route(CHECK);
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  if (has_totag()) {
    if (loose_route()) {
      if (is_method("NOTIFY")) record_route();
      t_relay();
    } else if (is_method("ACK")) {
      if (t_check_trans()) t_relay();
    } else {
      sl_send_reply("404", "Not Here");
    }
    exit;
  }
  t_check_trans();
  remove_hf("Route");
  if (is_method("REGISTER")) {
    if (!pv_auth_check("example.com", "secret-$fU", "0", "1")) {
      auth_challenge("example.com", "1");
      exit;
    }
    xlog("L_ERR", "REGISTER $ct path $(hdr(Path))\\n");
    if (!save("location")) sl_reply_error();
    exit;
  }
  if (is_method("INVITE|SUBSCRIBE|REFER")) record_route();
  if (!lookup("location")) {
    sl_send_reply("404", "Not Found");
    exit;
  }
  # Neither finds anything to do where there is one contact.
  t_load_contacts();
  t_next_contacts();
  t_on_branch_failure("NEXT_FLOW");
  t_relay();
}

# Another flow of the same phone, when this one has failed (RFC 5626 §5.3).
event_route[tm:branch-failure:NEXT_FLOW] {
  if (t_check_status("403|430|47[78]") || (t_branch_timeout() && !t_branch_replied())) {
    if (t_next_contact_flow()) {
      t_on_branch_failure("NEXT_FLOW");
      t_relay();
    }
  }
}
`;
