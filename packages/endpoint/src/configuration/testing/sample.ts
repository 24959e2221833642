/** A file in the shape of those that came with the original, with something of every kind in it. */
export const sampleXml = `<?xml version="1.0" encoding="utf-8"?>
<!-- The phone of desk 7. -->
<SipEndpoint xmlns="http://schemas.genesyslab.com/2009/sipendpoint">
  <Container name="Basic">
    <!-- Two sites -->
    <Connectivity user="1001" server="sip1.example.com:5060" protocol="UDP"/>
    <Connectivity user="1001" server="sip2.example.com:5062" protocol="tcp"/>
  </Container>
  <Container name="Genesys">
    <settings xmlns="http://www.genesyslab.com/sip">
      <domain name="policy">
        <section name="endpoint">
          <setting name="public_address" value="$auto"/>
          <setting name="ip_versions" value="ipv4"/>
          <setting name="rtp_port_min" value="8000"/>
          <setting name="rtp_port_max" value="9000"/>
          <!-- Nobody knows what for. -->
          <setting name="house_rule" value="a &amp; &quot;b&quot;"/>
          <setting name="vq_report_publish" value="0"/>
        </section>
        <section name="session">
          <setting name="auto_answer" value="0"/>
          <setting name="dtmf_method" value="rfc2833"/>
          <setting name="vad_level" value=""/>
        </section>
        <section name="device">
          <setting name="use_headset" value="1"/>
          <setting name="headset_name" value="Jabra.*"/>
          <setting name="headset_name" value="Plantronics"/>
        </section>
        <section name="codecs">
          <setting name="PCMU/8000" value="7"/>
          <setting name="PCMA/8000" value="6"/>
          <setting name="iSAC/32000" value="4"/>
          <setting name="G722/16000" value="9"/>
          <setting name="vp8" value="1"/>
        </section>
      </domain>
      <domain name="proxies">
        <section name="proxy0">
          <setting name="reg_timeout" value="600"/>
          <setting name="password" value="secret"/>
          <section name="mailbox">
            <setting name="user" value="2001"/>
          </section>
        </section>
      </domain>
      <domain name="system">
        <section name="diagnostics">
          <setting name="log_level" value="2"/>
        </section>
        <section name="security">
          <setting name="use_srtp" value="both,UEC"/>
        </section>
      </domain>
    </settings>
  </Container>
</SipEndpoint>
`;

/** The least there can be. */
export const oneLine = { connectivity: [{ user: '1001', server: '192.0.2.1' }] };
