export { type Forwarding, ForwardingProxy, type ForwardingProxyOptions } from './testing/forwarding-proxy';
export { MemoryNetwork, type MemoryNetworkOptions } from './testing/memory-network';
export { MockDns, type MockDnsOptions } from './testing/mock-dns';
export { ScriptedMedia } from './testing/scripted-media';
export { ScriptedPeer, type ScriptedReply } from './testing/scripted-peer';
export { seededRandom, seededRandomBytes } from './testing/seeded-random';
export {
  type TestArrival,
  type TestBinding,
  TestRegistrar,
  type TestRegistrarOptions,
} from './testing/test-registrar';
export { VirtualClock } from './testing/virtual-clock';
export { type WireEntry, WireLog } from './testing/wire-log';
export { parseZone, type ZoneRecord } from './testing/zone';
