// tests/support/known_key.h: a key that everybody knows.
#pragma once

#include "common/base/signature.h"

namespace changeling {

/// The key of RFC 8032, section 7.1, test 2, as PKCS #8.
inline SigningKey known_key() {
  return SigningKey::from_pem(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
      "-----END PRIVATE KEY-----\n");
}

}  // namespace changeling
