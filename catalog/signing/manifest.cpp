#include "catalog/signing/manifest.h"

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/json_depth.h"

namespace changeling {
namespace {

using nlohmann::json;

constexpr int kSchemaVersion = 1;

json without_signature(const Manifest& manifest) {
  return {{"schema_version", kSchemaVersion},
          {"claim", json::parse(manifest.claim)},
          {"key_id", manifest.key_id},
          {"previous_sha256", manifest.previous ? json(manifest.previous->hex()) : json()}};
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string to_document(const Manifest& manifest) {
  json document = without_signature(manifest);
  document["signature"] = manifest.signature;
  return dump(document);
}

}  // namespace

std::string signed_bytes(const Manifest& manifest) {
  return dump(without_signature(manifest));
}

std::string make_manifest(std::string_view claim, const SigningKey& key,
                          const std::optional<Digest>& previous) {
  Manifest manifest;
  manifest.claim = claim;
  manifest.key_id = key.verifying_key().id();
  manifest.previous = previous;
  try {
    if (dump(json::parse(claim)) != claim) {
      throw Error(ErrorKind::kInput, "the claim is no canonical JSON");
    }
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kInput, std::string("the claim is no JSON: ") + error.what());
  }
  manifest.signature = key.sign(signed_bytes(manifest));
  return to_document(manifest);
}

Manifest parse_manifest(std::string_view document) {
  Manifest manifest;
  refuse_deep_json(document, "damaged manifest: it");
  try {
    const json value = json::parse(document);
    if (value.at("schema_version") != kSchemaVersion) {
      throw Error(ErrorKind::kInput, "manifest schema " + value.at("schema_version").dump() +
                                         " is not supported (expected " +
                                         std::to_string(kSchemaVersion) + ")");
    }
    manifest.claim = dump(value.at("claim"));
    value.at("key_id").get_to(manifest.key_id);
    value.at("signature").get_to(manifest.signature);
    if (const json& previous = value.at("previous_sha256"); !previous.is_null()) {
      manifest.previous = Digest::from_hex(previous.get<std::string>());
    }
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kInput, std::string("damaged manifest: ") + error.what());
  }
  if (to_document(manifest) != document) {
    throw Error(ErrorKind::kInput, "damaged manifest: its text is not canonical");
  }
  return manifest;
}

bool is_signed_by(const Manifest& manifest, const VerifyingKey& key) {
  return key.id() == manifest.key_id && key.verify(signed_bytes(manifest), manifest.signature);
}

}  // namespace changeling
