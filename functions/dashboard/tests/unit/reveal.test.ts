import { describe, expect, it } from "vitest";
import { fromBase64url, open } from "../../src/reveal/hpke.ts";

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const base64url = (hex: string) => Buffer.from(hex, "hex").toString("base64url");

// RFC 9180, A.3.1: base mode of DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, its first encryption.
const PRIVATE = "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2";
const X = "fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82";
const Y = "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0";
const SEALED = {
  enc: bytes(
    "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4",
  ),
  ciphertext: bytes("5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434"),
};
const INFO = bytes("4f6465206f6e2061204772656369616e2055726e");
const AAD = bytes("436f756e742d30");

async function keys(): Promise<CryptoKeyPair> {
  const jwk = { kty: "EC", crv: "P-256", x: base64url(X), y: base64url(Y) };
  const p256 = { name: "ECDH", namedCurve: "P-256" };
  const { subtle } = globalThis.crypto;
  return {
    privateKey: await subtle.importKey("jwk", { ...jwk, d: base64url(PRIVATE) }, p256, false, ["deriveBits"]),
    publicKey: await subtle.importKey("jwk", jwk, p256, true, []),
  };
}

describe("HPKE", () => {
  it("opens what the RFC has sealed", async () => {
    const opened = await open(await keys(), SEALED, INFO, AAD);
    expect(new TextDecoder().decode(opened)).toBe("Beauty is truth, truth beauty");
  });

  it("opens nothing that is bound to something else", async () => {
    const ours = await keys();
    await expect(open(ours, SEALED, bytes("00"), AAD)).rejects.toThrow();
    await expect(open(ours, SEALED, INFO)).rejects.toThrow();
    const changed = {
      ...SEALED,
      ciphertext: SEALED.ciphertext.map((byte, place) => (place === 3 ? byte ^ 1 : byte)),
    };
    await expect(open(ours, changed, INFO, AAD)).rejects.toThrow();
  });
});

it("reads base64url without padding", () => {
  expect([...fromBase64url("-_8")]).toEqual([251, 255]);
  expect([...fromBase64url("")]).toEqual([]);
});
