"""A passkey without a device: answers the challenges as a browser and its authenticator would (WebAuthn level 2)."""

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

USER_PRESENT, USER_VERIFIED, HAS_CREDENTIAL = 0x01, 0x04, 0x40


class Device:
    """One authenticator with one passkey. Its counter goes up with every use unless ``counts`` is false."""

    def __init__(self, origin: str = "http://localhost", *, verifies: bool = True, counts: bool = True) -> None:
        self.origin, self.verifies, self.counts = origin, verifies, counts
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = os.urandom(32)
        self.user_handle = ""
        self.counter = 1 if counts else 0

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to a challenge for a new passkey."""
        public = options["publicKey"]
        self.user_handle = public["user"]["id"]
        cose = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        credential = b"\0" * 16 + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        data = self._data(public["rp"]["id"], HAS_CREDENTIAL) + credential
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": websafe_encode(self._client("webauthn.create", public["challenge"])),
            "attestationObject": websafe_encode(attested),
        }
        return self._answer(response) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def use(self, options: dict[str, Any], rp_id: str = "localhost") -> dict[str, Any]:
        """The answer to a challenge to prove the passkey."""
        if self.counts:
            self.counter += 1
        data = self._data(rp_id, 0)
        client = self._client("webauthn.get", options["publicKey"]["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": self.user_handle,
        }
        return self._answer(response) | {"clientExtensionResults": {}}

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        id = websafe_encode(self.credential_id)
        return {"id": id, "rawId": id, "type": "public-key", "response": response}

    def _client(self, kind: str, challenge: str) -> bytes:
        websafe_decode(challenge)
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, rp_id: str, flags: int) -> bytes:
        flags |= USER_PRESENT | (USER_VERIFIED if self.verifies else 0)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")
