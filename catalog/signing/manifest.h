// catalog/signing/manifest.h: a signed claim as one JSON document. Layer 2.
// Form: docs/formats/manifest.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/digest.h"
#include "common/base/signature.h"

namespace changeling {

struct Manifest {
  std::string claim;  ///< canonical JSON, see clip_claim
  std::string key_id;
  std::optional<Digest> previous;  ///< of the document that this one takes the place of
  std::string signature;           ///< 128 hex digits, over signed_bytes
};

/// Everything but the signature as canonical JSON: sorted keys, UTF-8, no insignificant space.
[[nodiscard]] std::string signed_bytes(const Manifest& manifest);

/// The document: signed_bytes with the signature as one more member. One key, claim and previous
/// document have one text. Throws Error(kInput) for a claim that is no canonical JSON.
[[nodiscard]] std::string make_manifest(std::string_view claim, const SigningKey& key,
                                        const std::optional<Digest>& previous = std::nullopt);

/// Inverse of make_manifest. Throws Error(kInput) when a member is missing, unknown or wrong, or
/// when the text is not the one that make_manifest would write.
[[nodiscard]] Manifest parse_manifest(std::string_view document);

/// True when the key's owner signed exactly this manifest.
[[nodiscard]] bool is_signed_by(const Manifest& manifest, const VerifyingKey& key);

}  // namespace changeling
