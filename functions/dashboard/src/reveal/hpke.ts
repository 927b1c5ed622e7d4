// Opens what is sealed by HPKE (RFC 9180) for a key of this page: base mode with DHKEM(P-256, HKDF-SHA256),
// HKDF-SHA256 and AES-128-GCM. All of its cryptography is the browser's own.

const { subtle } = globalThis.crypto;
const P256 = { name: "ECDH", namedCurve: "P-256" } as const;
const encoder = new TextEncoder();
const NOTHING = new Uint8Array();

type Bytes = Uint8Array<ArrayBuffer>;

/** The bytes that a text in base64url stands for. */
export function fromBase64url(text: string): Bytes {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

/** `value` in `length` bytes, the greatest first. */
function integer(value: number, length: number): Bytes {
  return Uint8Array.from({ length }, (_, place) => value >> (8 * (length - 1 - place)));
}

function joined(...parts: (string | Uint8Array)[]): Bytes {
  const arrays = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const all = new Uint8Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let place = 0;
  for (const array of arrays) {
    all.set(array, place);
    place += array.length;
  }
  return all;
}

async function hmac(key: Bytes, data: Bytes): Promise<Bytes> {
  // WebCrypto takes no empty key. RFC 2104 fills one up with zeros, so these are as good.
  const raw = key.length === 0 ? new Uint8Array(32) : key;
  const imported = await subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", imported, data));
}

/** LabeledExtract and LabeledExpand (section 4). WebCrypto's HKDF does both halves at once, and they are needed apart. */
class Labeled {
  constructor(private readonly suite: Bytes) {}

  extract(salt: Bytes, label: string, material: Bytes): Promise<Bytes> {
    return hmac(salt, joined("HPKE-v1", this.suite, label, material));
  }

  /** At most 32 bytes, which the first block of an expansion has. */
  async expand(key: Bytes, label: string, info: Bytes, length: number): Promise<Bytes> {
    const block = joined(integer(length, 2), "HPKE-v1", this.suite, label, info, integer(1, 1));
    return (await hmac(key, block)).slice(0, length);
  }
}

/** A new pair of keys. The private one can't leave the browser's cryptography, not even for this page. */
export function newKeys(): Promise<CryptoKeyPair> {
  return subtle.generateKey(P256, false, ["deriveBits"]);
}

/** The public key as the API takes it. */
export async function publicJwk(keys: CryptoKeyPair): Promise<{ kty: string; crv: string; x: string; y: string }> {
  const { kty, crv, x, y } = await subtle.exportKey("jwk", keys.publicKey);
  if (kty === undefined || crv === undefined || x === undefined || y === undefined) throw new Error("no P-256 key");
  return { kty, crv, x, y };
}

export interface Sealed {
  enc: Bytes;
  ciphertext: Bytes;
}

/** Opens the first message of a sender. Throws where it was sealed for another key or another `info`. */
export async function open(
  keys: CryptoKeyPair,
  { enc, ciphertext }: Sealed,
  info: Bytes,
  aad: Bytes = NOTHING,
): Promise<Bytes> {
  // Section 4.1, Decap.
  const ours = new Uint8Array(await subtle.exportKey("raw", keys.publicKey));
  const theirs = await subtle.importKey("raw", enc, P256, false, []);
  const secretPoint = new Uint8Array(await subtle.deriveBits({ name: "ECDH", public: theirs }, keys.privateKey, 256));
  const kem = new Labeled(joined("KEM", integer(16, 2)));
  const extracted = await kem.extract(NOTHING, "eae_prk", secretPoint);
  const shared = await kem.expand(extracted, "shared_secret", joined(enc, ours), 32);
  // Section 5.1, the key schedule in base mode.
  const hpke = new Labeled(joined("HPKE", integer(16, 2), integer(1, 2), integer(1, 2)));
  const context = joined(
    integer(0, 1),
    await hpke.extract(NOTHING, "psk_id_hash", NOTHING),
    await hpke.extract(NOTHING, "info_hash", info),
  );
  const secret = await hpke.extract(shared, "secret", NOTHING);
  const raw = await hpke.expand(secret, "key", context, 16);
  const iv = await hpke.expand(secret, "base_nonce", context, 12);
  // Section 5.2, Open.
  const key = await subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  return new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv, additionalData: aad }, key, ciphertext));
}
