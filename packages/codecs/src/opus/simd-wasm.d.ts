declare module '@evan/opus/wasm/simd.wasm' {
  /** The WebAssembly module in base64; the build and the tests put it here. */
  const base64: string;
  export default base64;
}
