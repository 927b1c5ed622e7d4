// Has the credentials of a shop's administrator revealed, with nothing but what a browser has too: fetch and
// WebCrypto. Prints them as JSON.
//
//     API_URL=… ADMIN_TOKEN=… node reveal.mjs my-test-shop

const { subtle } = globalThis.crypto;
const { API_URL: api, ADMIN_TOKEN: token } = process.env;
const encoder = new TextEncoder();

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const number = (value, length) => Uint8Array.from({ length }, (_, place) => value >> (8 * (length - 1 - place)));
const joined = (...parts) => {
  const arrays = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : new Uint8Array(part)));
  const all = new Uint8Array(arrays.reduce((length, array) => length + array.length, 0));
  arrays.reduce((place, array) => (all.set(array, place), place + array.length), 0);
  return all;
};

// RFC 5869. WebCrypto's own HKDF does both halves in one, and HPKE needs them apart.
const hmac = async (key, data) => {
  // An empty key is as good as one of zeros (RFC 2104), and WebCrypto takes no empty one.
  const raw = key.length === 0 ? new Uint8Array(32) : key;
  const imported = await subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", imported, data));
};

// RFC 9180, section 4. All that is wanted here fits into the first block of an expansion.
const labeled = (suite) => ({
  extract: (salt, label, material) => hmac(salt, joined("HPKE-v1", suite, label, material)),
  expand: async (key, label, info, length) =>
    (await hmac(key, joined(number(length, 2), "HPKE-v1", suite, label, info, number(1, 1)))).slice(0, length),
});

// RFC 9180, sections 4.1 (Decap), 5.1 (base mode) and 5.2 (Open), for DHKEM(P-256, HKDF-SHA256), HKDF-SHA256
// and AES-128-GCM.
async function open({ privateKey, publicKey }, { enc, ciphertext }, info) {
  const P256 = { name: "ECDH", namedCurve: "P-256" };
  const ours = await subtle.exportKey("raw", publicKey);
  const theirs = await subtle.importKey("raw", enc, P256, false, []);
  const dh = new Uint8Array(await subtle.deriveBits({ name: "ECDH", public: theirs }, privateKey, 256));
  const none = new Uint8Array();

  const kem = labeled(joined("KEM", number(16, 2)));
  const shared = await kem.expand(
    await kem.extract(none, "eae_prk", dh), "shared_secret", joined(enc, ours), 32);

  const hpke = labeled(joined("HPKE", number(16, 2), number(1, 2), number(1, 2)));
  const context = joined(
    number(0, 1), await hpke.extract(none, "psk_id_hash", none), await hpke.extract(none, "info_hash", info));
  const secret = await hpke.extract(shared, "secret", none);
  const raw = await hpke.expand(secret, "key", context, 16);
  const iv = await hpke.expand(secret, "base_nonce", context, 12);

  const key = await subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  return new TextDecoder().decode(await subtle.decrypt({ name: "AES-GCM", iv }, key, ciphertext));
}

async function call(path, options = {}) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(`${api}${path}`, { ...options, headers });
  const body = await response.json();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${body.detail}`);
  return { body, operation: response.headers.get("operation-location") };
}

const [store] = process.argv.slice(2);
const keys = await subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
const { uid } = (await call(`/v1/stores/${store}`)).body;
const publicKey = await subtle.exportKey("jwk", keys.publicKey);
const asked = await call(`/v1/stores/${store}/actions/reveal-credentials`, {
  method: "POST",
  body: JSON.stringify({ publicKey }),
});
let { body: told } = asked;
while (told.endedAt === null) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  told = (await call(asked.operation)).body;
}
if (told.failure) throw new Error(`${told.failure.code}: ${told.failure.message}`);
const { enc, ciphertext } = told.answer.credentials;
const info = encoder.encode(["shopwright/reveal-credentials/1", store, uid, told.id].join("\n"));
console.log(await open(keys, { enc: bytes(enc), ciphertext: bytes(ciphertext) }, info));
